"""Why the trainings of many curves end."""

import numpy as np
import torch
from torch import Tensor

from app.fitting.optimizers.levenberg_marquardt.damping import Damped
from app.fitting.optimizers.levenberg_marquardt.ends import GOES_ON, NOT_FINITE
from app.fitting.optimizers.levenberg_marquardt.gauss_newton import Refining

_REASONS = np.array(["converged", "singular", "diverged", "max_steps", "nonfinite"], dtype=object)


def has_regular_end(state: Damped) -> Tensor:
    """Tell for which curves damped trials came to an end by themselves, so that it can be refined, (curves,)."""
    return (state.ended != GOES_ON) & (state.ended != NOT_FINITE)


def reasons_of(state: Damped, minima: Refining) -> list[str]:
    """Return why each curve ended, from its damped trials and, where these came to a regular end, its refinement."""
    of_minimum = torch.where(minima.full_rank > 0, torch.where(minima.at_minimum > 0, 0, 2), 1)
    of_others = torch.where(state.ended == NOT_FINITE, 4, torch.where(state.steps >= state.most_steps, 3, 2))
    numbers = torch.where(has_regular_end(state), of_minimum, of_others)
    reasons: list[str] = _REASONS[numbers.cpu().numpy()].tolist()
    return reasons
