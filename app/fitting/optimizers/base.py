"""What an optimizer is: `init` makes its state, `step` updates the parameters once, `done` says when to stop."""

from typing import NamedTuple, Protocol

from torch import Tensor

from app.fitting.problems.objective import Objective

State = dict[str, Tensor]
"""What an optimizer remembers between steps; together with the parameters all that a checkpoint needs."""


class Step(NamedTuple):
    """Result of one update."""

    parameters: Tensor
    """After the update, (parameters,)."""
    state: State
    loss: Tensor
    """Before the update, 0-d or (curves,)."""


class End(NamedTuple):
    """Why no further step would help."""

    reason: str
    """`converged`, or `singular` where the data do not determine all parameters."""
    criterion: str | None
    """Which test told: `gradient`, `step`, `cost`, `bound` or `solved`."""
    message: str


class Optimizer(Protocol):
    """A rule that updates parameters; pure, so that a step taken again gives the same numbers again."""

    def init(self, parameters: Tensor) -> State:
        """State before the first step from `parameters` (parameters,)."""

    def step(self, objective: Objective, parameters: Tensor, state: State) -> Step:
        """One update."""

    def done(self, state: State) -> End | None:
        """Why no further step would help; None as long as one may."""
