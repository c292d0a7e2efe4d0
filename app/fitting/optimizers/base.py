"""What an optimizer is: a class that says what it can do and which hyperparameters it has, and takes the steps."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from torch import Tensor

from app.fitting.problems.losses import Kind, Loss
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


@dataclass(frozen=True)
class Task:
    """What of a fit decides which optimizers can do it."""

    loss: type[Loss]
    is_linear: bool
    """Whether the model is linear in its parameters."""
    bounded: bool
    """Whether a parameter has a bound."""
    shared: bool
    """Whether curves share a parameter."""


class Hyperparameter(NamedTuple):
    """A setting of an optimizer: its default value tells its type, which is bool, int or float."""

    name: str
    default: float
    description: str
    greater_than: float | None
    at_least: float | None
    less_than: float | None
    at_most: float | None


def hyperparameter(
    default: float,
    description: str,
    *,
    greater_than: float | None = None,
    at_least: float | None = None,
    less_than: float | None = None,
    at_most: float | None = None,
) -> Any:
    """Return the dataclass field of a hyperparameter; `description` is a sentence for people."""
    limits = {"greater_than": greater_than, "at_least": at_least, "less_than": less_than, "at_most": at_most}
    return dataclasses.field(default=default, metadata={"default": default, "description": description, **limits})


@dataclass(frozen=True)
class Optimizer(ABC):
    """A rule that updates parameters; pure, so that a step taken again gives the same numbers again.

    Every optimizer is a frozen dataclass whose fields are its hyperparameters, each made by `hyperparameter`. What it
    can do stands in the class, and nowhere else: schemas, the choice of `auto`, the training of many curves and
    `GET /optimizers` follow from it.
    """

    name: ClassVar[str]
    """Name in requests."""
    title: ClassVar[str]
    """Name for people."""
    description: ClassVar[str]
    """What it does, in a sentence for people."""

    only_loss: ClassVar[Kind | None] = None
    """Kind of the losses that it takes; None: it takes all."""
    takes_bounds: ClassVar[bool] = True
    """Whether parameters may have bounds."""
    solves_directly: ClassVar[bool] = False
    """Whether it solves for the minimum in one step, wherever it starts, of models that are linear in the
    parameters, and only of those."""
    ends_at_a_minimum: ClassVar[bool] = False
    """Whether it ends by itself at the nearest minimum, and not only when its steps are used up."""
    cheap_steps: ClassVar[bool] = False
    """Whether it takes many steps that need only the loss and its gradient, so that it is worth to train a polynomial
    model on a few points that stand for all."""
    elementwise: ClassVar[bool] = False
    """Whether each number of a step follows from the same number of the parameters, gradient and state alone: so many
    curves train as one tensor (parameters, curves), and none touches another."""
    alone_because: ClassVar[str | None] = None
    """Why it trains many curves one after another, which is slow; None where it trains them at once."""
    shares_parameters: ClassVar[bool] = False
    """Whether curves may share parameters."""
    slower_by: ClassVar[str | None] = None
    """Hyperparameter of which a smaller value may help where the training diverges."""

    @classmethod
    def hyperparameters(cls) -> Iterator[Hyperparameter]:
        """Yield the hyperparameters in the order of the fields."""
        return (Hyperparameter(field.name, **field.metadata) for field in dataclasses.fields(cls))

    @classmethod
    def obstacles(cls, task: Task) -> list[str]:
        """Return why it can't do a task, each reason as words that follow its name; empty where it can."""
        reasons = {
            "solves only models that are linear in their parameters": cls.solves_directly and not task.is_linear,
            f"takes only losses of the kind {cls.only_loss}": cls.only_loss not in (None, task.loss.kind),
            "takes no bounds": task.bounded and not cls.takes_bounds,
            "can't share parameters between curves": task.shared and not cls.shares_parameters,
        }
        return [reason for reason, applies in reasons.items() if applies]

    def contradiction(self) -> str | None:
        """Return in words which hyperparameters do not go together; None where all do."""
        return None

    @abstractmethod
    def init(self, parameters: Tensor) -> State:
        """Return the state before the first step from `parameters` (parameters,)."""

    @abstractmethod
    def step(self, objective: Objective, parameters: Tensor, state: State) -> Step:
        """Return the result of one update."""

    def done(self, state: State) -> End | None:  # noqa: ARG002
        """Return why no further step would help; None as long as one may."""
        return None
