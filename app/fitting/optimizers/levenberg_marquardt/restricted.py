"""Levenberg-Marquardt in a trust region, which ends with Gauss-Newton and Newton updates: the careful method.

Each step minimises the linearised sum of squares ||r + J s|| over the updates s with ||D s|| <= radius. D and radius
are those of the `trust_region`. One step is one accepted update. When rounding hides whether an update still makes the
loss smaller, full Gauss-Newton or Newton updates follow, which are judged by their own length: they reach digits that a
comparison of losses can't see. Where these show that the place is no minimum, the region begins anew and forgets what
it knew. A parameter at a bound that descent would cross stays there for the step; an update that crosses a bound ends
at it.
"""

import math
from functools import cache

import torch
from torch import Tensor

from app.fitting.numerics.lengths import column_lengths
from app.fitting.optimizers.base import State, Step
from app.fitting.optimizers.levenberg_marquardt.ends import BOUND, COST, GOES_ON, GRADIENT, SINGULAR, STAGNANT, STEP
from app.fitting.optimizers.levenberg_marquardt.refinement import refined
from app.fitting.optimizers.levenberg_marquardt.trust_region import TrustRegion
from app.fitting.problems.objective import Objective

MOST_TRIALS = 100
"""Most updates, each shorter than the one before, that one step tries."""

MOST_IDLE = 50
"""Most steps in which the loss may stay all but the same."""
_CLEARLY = 1e-9
"""Least share of a loss by which a smaller one is clearly smaller."""
MORE_BY_ROUNDING = 100.0
"""Factor by which a loss that is mere rounding may grow while the parameters get better."""


def init(parameters: Tensor) -> State:
    """Return the state before the first step.

    It holds the `longest` columns and `largest` parameters so far, (parameters,), and as 0-d numbers the `radius` of
    the region (0: not yet known), its `damping`, the loss at which it last began `anew`, the `level` of the loss when
    it was last clearly smaller than before, and for how many steps it has been `idle` since.
    """
    zeros = torch.zeros_like(parameters)
    return {"longest": zeros, "largest": zeros, **_first_numbers(parameters.dtype, parameters.device)}


@cache
def _first_numbers(dtype: torch.dtype, device: torch.device) -> State:
    """Return the numbers with which every training begins; nobody ever changes a tensor of a state."""
    zero, infinite = torch.tensor((0.0, math.inf), dtype=dtype, device=device).unbind()
    return {"radius": zero, "damping": zero, "anew": infinite, "level": infinite, "idle": zero}


def step(objective: Objective, parameters: Tensor, state: State, tolerance: float) -> tuple[Step, int]:
    """Return the result of one accepted update, and how the training ended; GOES_ON if it did not.

    A relative change of the loss or of the model that is no larger than `tolerance` counts as none. The parameters are
    NaN where a derivative is not finite.
    """
    here = objective.linearised(parameters)
    if not here.jacobian.isfinite().all():
        return Step(torch.full_like(parameters, math.nan), state, here.loss), GOES_ON
    moving = ~objective.blocked(parameters, here.gradient)
    if not moving.any():
        return Step(parameters, state, here.loss), BOUND
    level, idle = _idle(here.loss, state)
    if idle >= MOST_IDLE:
        end, ended = concluded(objective, parameters, COST, state["anew"].item())
        return Step(end, state | {"idle": torch.zeros_like(idle)}, here.loss), ended or STAGNANT
    lengths = column_lengths(here.jacobian)
    longest, largest = torch.maximum(state["longest"], lengths), torch.maximum(state["largest"], parameters.abs())
    region = TrustRegion(here, moving, longest, largest, state["radius"].item(), state["damping"].item())
    parameters, ended = _accepted_update(objective, parameters, lengths, region, tolerance)
    if ended:
        parameters, ended = concluded(objective, parameters, ended, state["anew"].item())
        if not ended:
            anew = objective.loss(parameters).detach()
            begun = init(parameters) | {"anew": anew, "level": level, "idle": idle}
            return Step(parameters, begun, here.loss), GOES_ON
    radius, damping = parameters.new_tensor((region.radius, region.damping)).unbind()
    changed = {"longest": longest, "largest": largest, "radius": radius, "damping": damping}
    changed |= {"level": level, "idle": idle}
    return Step(parameters, state | changed, here.loss), ended


def _idle(loss: Tensor, state: State) -> tuple[Tensor, Tensor]:
    """Return the loss that was last clearly smaller than before, 0-d, and for how many steps it has not been since."""
    is_less = loss < (1 - _CLEARLY) * state["level"]
    return torch.where(is_less, loss, state["level"]), torch.where(is_less, 0.0, state["idle"] + 1)


def _accepted_update(
    objective: Objective, parameters: Tensor, lengths: Tensor, region: TrustRegion, tolerance: float
) -> tuple[Tensor, int]:
    """Return parameters after the first update that makes the loss smaller, and how that ended the training, if it did.

    `lengths` (parameters,) are those of the Jacobian's columns here: what an update changes in the model.
    """
    shortest = tolerance * (lengths * parameters).norm().item()
    for _ in range(MOST_TRIALS):
        update = region.update()
        wanted, radius = update.norm().item(), region.radius
        is_short = (lengths * update / region.scale).norm().item() <= shortest
        unbounded = parameters + update / region.scale
        candidate = objective.project(unbounded)
        clipped = not candidate.equal(unbounded)
        if clipped:
            update = region.scale * (candidate - parameters)
        loss = objective.loss(candidate).item()
        if loss < region.loss and not objective.linearised(candidate).jacobian.isfinite().all():
            # From a place without derivatives no step leads on.
            loss = math.inf
        trial = region.judge(update, loss, wanted)
        # A clipped update that leads nowhere says nothing: a shorter one has another direction.
        # One that a growing region held back says nothing either: the minimum may be very far.
        tells = not clipped and region.radius <= radius
        negligible = tells and max(abs(trial.reduction), abs(trial.predicted)) <= tolerance * region.loss
        ended = COST if negligible else STEP if is_short and region.radius <= radius else GOES_ON
        if wanted == 0:
            ended = GRADIENT
        if trial.reduction > 0:
            return candidate, ended
        if ended:
            return parameters, ended
    return parameters, COST


def concluded(objective: Objective, parameters: Tensor, ended: int, anew: float) -> tuple[Tensor, int]:
    """Return parameters after an update that seemed to be the last, and how the training ended, if it did.

    `anew` is the loss at which the region last began anew.
    """
    end = refined(objective, parameters)
    if end is None:
        return parameters, GOES_ON
    if end.lower is not None:
        return end.lower, GOES_ON
    few = torch.finfo(parameters.dtype).eps ** 0.5
    loss = objective.loss(end.parameters).item()
    before = objective.loss(parameters).item()
    if not loss <= (1 + few) * before + min(end.rounding, MORE_BY_ROUNDING * before):
        # Where columns are all but the same, updates may lead far away and still get shorter.
        return parameters, SINGULAR
    if end.at_minimum:
        return end.parameters, ended if end.full_rank else SINGULAR
    if loss < (1 - few) * anew:
        return end.parameters, GOES_ON
    # Where the model is flat in a parameter, only updates that are too long to be true promise so much. Where others do
    # and do not keep it, the model has a kink, and no derivative tells of a minimum there.
    return end.parameters, COST if _promised_nearby(objective, end.parameters) > few * loss else SINGULAR


def _promised_nearby(objective: Objective, parameters: Tensor) -> float:
    """Return how much smaller the linearised problem promises to make the loss, in a region as large as at a start."""
    here = objective.linearised(parameters)
    moving = ~objective.blocked(parameters, here.gradient)
    region = TrustRegion(here, moving, column_lengths(here.jacobian), parameters.abs(), 0.0, 0.0)
    return region.promised(region.update())
