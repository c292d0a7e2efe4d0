"""Levenberg-Marquardt: damped trials, and where these do not lead to a sure minimum, restricted steps from the start.

Damped trials (`damping`) are cheap, the same for one fit and for many curves, and can be compiled. Restricted steps
(`restricted`) look at every number, and find their way out of flat regions and through columns that are almost the
same. Which of the two ends a training depends on its numbers alone.
"""

import math
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from app.fitting.optimizers.base import End, Optimizer, State, Step
from app.fitting.optimizers.levenberg_marquardt import damping, restricted
from app.fitting.optimizers.levenberg_marquardt.damping import FIRST_DAMPING, FIRST_GROWTH, Damped
from app.fitting.optimizers.levenberg_marquardt.ends import ENDS, GOES_ON, NOT_FINITE, SINGULAR
from app.fitting.optimizers.levenberg_marquardt.gauss_newton import (
    REFINED,
    Refine,
    begin_refinement,
    refined_to_the_end,
)
from app.fitting.problems.objective import Objective

ROUNDING = 512
"""Rounding units up to which a change of the loss can't be told from rounding."""
DAMPED_TRIALS = 128
"""Number of trials after which a training begins anew by restricted steps; 98 % of those that end well need fewer."""


@dataclass(frozen=True)
class LevenbergMarquardt(Optimizer):
    """Levenberg-Marquardt: each step is one accepted update.

    Damped trials and restricted steps both end with Gauss-Newton updates, which are judged by their own length.
    """

    name = "levenberg_marquardt"
    title = "Levenberg-Marquardt"
    description = "Levenberg-Marquardt, until no update makes the loss smaller."
    ends_at_a_minimum = True
    later_states = ("level", "idle")
    shares_parameters = True

    def relative_tolerance(self, dtype: torch.dtype) -> float:
        """Return which relative change, of the loss or of the model, counts as none.

        Steps and trials of one curve, of many and of a global fit ask for it here.
        """
        return ROUNDING * torch.finfo(dtype).eps

    def init(self, parameters: Tensor) -> State:
        """Return the state before the first step: parameters where it has `begun`, (parameters,), and numbers, 0-d.

        The numbers are how many damped `trials` are left, their `loss` (NaN: not yet known), `growth` and `damping`,
        what else `restricted` steps remember, and how the training `ended`.
        """
        return restricted.init(parameters) | _before_trials(parameters.dtype, parameters.device) | {"begun": parameters}

    def done(self, state: State) -> End | None:
        """Return how it ended, once the last update was no larger than rounding; None before."""
        return ENDS.get(int(state["ended"]))

    def step(self, objective: Objective, parameters: Tensor, state: State) -> Step:
        """Return the result of one accepted update; parameters of NaN where a derivative is not finite."""
        trials = int(state["trials"])
        if not trials:
            step, ended = restricted.step(objective, parameters, state, self.relative_tolerance(parameters.dtype))
            return step._replace(state=state | step.state | {"ended": parameters.new_tensor(float(ended))})
        damped = self.trial(objective, self.damped(parameters, state, 1))
        before = damped.loss
        while trials and damped.goes_on:
            damped, trials = self.trial(objective, damped), trials - 1
        return Step(*self.after(objective, state, damped, trials), before)

    def damped(self, parameters: Tensor, state: State, most_steps: int) -> Damped:
        """Return the state of the damped trials before the next, of which at most `most_steps` may be accepted.

        A trial that finds out where it is comes first, and does not count.
        """
        known = {"scale": state["longest"], "damping": state["damping"], "growth": state["growth"]}
        return damping.begin(parameters, most_steps)._replace(**known)

    def trial(self, objective: Objective, damped: Damped) -> Damped:
        """Return the state after the next damped trial, of one curve or of many."""
        return damping.trial(objective, damped, self.relative_tolerance(damped.loss.dtype))

    def after(
        self, objective: Objective, state: State, damped: Damped, trials: int, refine: Refine = refined_to_the_end
    ) -> tuple[Tensor, State]:
        """Return parameters and state after damped trials, of which `trials` are left.

        Where the trials have ended, the result is what comes after the Gauss-Newton updates that follow. `refine`
        makes these: our own function, or a program of it.
        """
        ended = int(damped.ended)
        if ended == GOES_ON and trials:
            changed = {"loss": damped.loss, "longest": damped.scale, "damping": damped.damping, "growth": damped.growth}
            return damped.parameters, state | changed | {"trials": damped.loss.new_tensor(float(trials))}
        minimum = None if ended in (GOES_ON, NOT_FINITE) else _at_minimum(objective, damped, ended, refine)
        if minimum is not None:
            parameters, ended = minimum
            return parameters, state | {"ended": parameters.new_tensor(float(ended))}
        begun = state["begun"]
        return begun, state | restricted.init(begun) | {"trials": begun.new_zeros(())}


@cache
def _before_trials(dtype: torch.dtype, device: torch.device) -> State:
    """Return the numbers with which every training begins; nobody ever changes a tensor of a state."""
    numbers = torch.tensor((DAMPED_TRIALS, math.nan, FIRST_GROWTH, FIRST_DAMPING, GOES_ON), dtype=dtype, device=device)
    return dict(zip(("trials", "loss", "growth", "damping", "ended"), numbers.unbind(), strict=True))


def _at_minimum(objective: Objective, damped: Damped, ended: int, refine: Refine) -> tuple[Tensor, int] | None:
    """Return refined parameters at the end of the damped trials, and how they ended; None if it is no sure minimum.

    Restricted steps then begin at the start values, as a flat region is hard to leave.
    """
    minimum = refine(objective, begin_refinement(damped.parameters, damped.loss))
    if int(minimum.ended) == REFINED:
        return minimum.parameters, ended
    parameters, ended = restricted.concluded(objective, damped.parameters, ended, math.inf)
    return None if ended in (GOES_ON, SINGULAR) else (parameters, ended)
