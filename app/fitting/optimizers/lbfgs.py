"""L-BFGS: a quasi-Newton method that remembers a few updates."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.optimizers.base import End, Optimizer, State, Step, hyperparameter
from app.fitting.problems.objective import Objective, loss_and_gradient

_SUFFICIENT_DECREASE = 1e-4
_CURVATURE = 0.9
_MOST_TRIALS = 60
_ENDS = (
    None,
    End("converged", "gradient", "the gradient is zero to rounding"),
    End("converged", "cost", "no update makes the loss smaller"),
    End("converged", "bound", "every free parameter is at a bound"),
)
_GRADIENT, _COST, _BOUND = 1, 2, 3


@dataclass(frozen=True)
class LBFGS(Optimizer):
    """Limited-memory Broyden-Fletcher-Goldfarb-Shanno: Nocedal and Wright, "Numerical Optimization", 2006, section 7.2.

    The line search bisects to the weak Wolfe conditions (A. S. Lewis and M. L. Overton, "Nonsmooth optimization via
    quasi-Newton methods", 2013). A parameter at a bound that descent would cross stays there for the step; the search
    follows the projection of its line into the bounds.
    """

    name = "lbfgs"
    title = "L-BFGS"
    description = "L-BFGS (limited-memory quasi-Newton) until no update makes the loss smaller."
    ends_at_a_minimum = True
    cheap_steps = True
    step_by_step_because = "its line search looks at each number before it goes on"
    alone_because = "the line search of each curve takes as many trials as its own losses ask for"

    history: int = hyperparameter(10, "Updates that it remembers.", at_least=1, at_most=100)

    def init(self, parameters: Tensor) -> State:
        """Return an empty memory of steps.

        It holds the last `updates` and `changes` of the gradient, (history, parameters), parameters and gradient before
        the last step, (parameters,), and how the training `ended`, 0-d.
        """
        zeros = parameters.new_zeros(self.history, len(parameters))
        unknown = torch.full_like(parameters, math.nan)
        ended = parameters.new_zeros((), dtype=torch.int64)
        return {"updates": zeros, "changes": zeros, "last": unknown, "gradient": unknown, "ended": ended}

    def done(self, state: State) -> End | None:
        """Return that it has converged, once no update makes the loss smaller by more than rounding; None before."""
        return _ENDS[int(state["ended"])]

    def step(self, objective: Objective, parameters: Tensor, state: State) -> Step:
        """Return the result of one update."""
        loss, gradient = loss_and_gradient(objective, parameters)
        state = _remembered(state, parameters, gradient)
        moving = ~objective.blocked(parameters, gradient)
        if not moving.any():
            return _ended(parameters, state, loss, _BOUND)
        direction = _direction(state, gradient, moving)
        slope = (direction @ gradient).item()
        if -slope <= torch.finfo(loss.dtype).eps ** 1.5 * abs(loss.item()):
            return _ended(parameters, state, loss, _GRADIENT)
        # Without memory the gradient says nothing of how far: begin with a change as large as the parameters.
        first = 1.0 if state["updates"].any() else _first_length(parameters, direction)
        updated = _searched(objective, parameters, direction, loss.item(), gradient, first)
        return _ended(parameters, state, loss, _COST) if updated is None else Step(updated, state, loss)


def _ended(parameters: Tensor, state: State, loss: Tensor, how: int) -> Step:
    return Step(parameters, state | {"ended": torch.full_like(state["ended"], how)}, loss)


def _first_length(parameters: Tensor, direction: Tensor) -> float:
    length: float = min(1.0, max(parameters.norm().item(), 1.0) / direction.norm().item())
    return length


def _remembered(state: State, parameters: Tensor, gradient: Tensor) -> State:
    update, change = parameters - state["last"], gradient - state["gradient"]
    updates, changes = state["updates"], state["changes"]
    # Only a positive curvature keeps the approximation of the Hessian positive definite; NaN at the start is not.
    if update @ change > torch.finfo(update.dtype).eps * update.norm() * change.norm():
        updates = torch.cat([updates[1:], update[None]])
        changes = torch.cat([changes[1:], change[None]])
    return {**state, "updates": updates, "changes": changes, "last": parameters, "gradient": gradient}


def _direction(state: State, gradient: Tensor, moving: Tensor) -> Tensor:
    """Return minus the approximate inverse Hessian times the gradient, of the parameters that move.

    It is worked out by the two-loop recursion.
    """
    pairs = [(s * moving, y * moving) for s, y in zip(state["updates"], state["changes"], strict=True)]
    pairs = [(s, y) for s, y in pairs if s @ y > 0]
    direction = -gradient * moving
    shares = []
    for s, y in reversed(pairs):
        share = (s @ direction) / (s @ y)
        direction = direction - share * y
        shares.append(share)
    if pairs:
        s, y = pairs[-1]
        direction = direction * ((s @ y) / (y @ y))
    for (s, y), share in zip(pairs, reversed(shares), strict=True):
        direction = direction + (share - (y @ direction) / (s @ y)) * s
    return direction


def _searched(
    objective: Objective, parameters: Tensor, direction: Tensor, loss: float, gradient: Tensor, length: float
) -> Tensor | None:
    """Return parameters along the direction that meet the Wolfe conditions, or the best tried; None if none is better.

    `length` is the first step length that is tried, as a multiple of the direction.
    """
    short, long, best, least = 0.0, math.inf, None, loss
    for _ in range(_MOST_TRIALS):
        candidate = objective.project(parameters + length * direction)
        reached, slope_vector = loss_and_gradient(objective, candidate)
        value, update = reached.item(), candidate - parameters
        if value < least:
            best, least = candidate, value
        descent = (gradient @ update).item()
        if not value <= loss + _SUFFICIENT_DECREASE * descent:
            long = length
        elif (slope_vector @ update).item() < _CURVATURE * descent:
            short = length
        else:
            break
        length = 2 * length if long == math.inf else (short + long) / 2
    return best
