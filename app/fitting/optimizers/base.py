"""The class of an optimizer, which says what it can do and which hyperparameters it has, and takes the steps."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from torch import Tensor

from app.fitting.problems.losses import Kind, Loss
from app.fitting.problems.objective import Objective

State = dict[str, Tensor]
"""Tensors that an optimizer remembers from step to step; a checkpoint needs them and the parameters."""


class Step(NamedTuple):
    """Result of one update."""

    parameters: Tensor
    """Parameters after the update, (parameters,)."""
    state: State
    """State after the update."""
    loss: Tensor
    """Loss before the update, 0-d or (curves,)."""


class End(NamedTuple):
    """The reason why no further step would help."""

    reason: str
    """Name of the reason: `converged`, or `singular` where the data do not determine all parameters."""
    criterion: str | None
    """Test that decided it: `gradient`, `step`, `cost`, `bound` or `solved`."""
    message: str
    """Explanation in words for people."""


@dataclass(frozen=True)
class Task:
    """The properties of a fit that decide which optimizers can do it."""

    loss: type[Loss]
    """Class of its loss."""
    is_linear: bool
    """Whether the model is linear in its parameters."""
    bounded: bool
    """Whether a parameter has a bound."""
    shared: bool
    """Whether curves share a parameter."""


class Hyperparameter(NamedTuple):
    """A setting of an optimizer; its type is that of its default value, bool, int or float."""

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
    """Return the dataclass field of a hyperparameter; `description` is a sentence for people.

    A step that becomes a program meets a tensor in the place of the number, unless that is 0: take arithmetic and
    functions of torch for it, and no comparison such as `max`.
    """
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
    """Description of what it does, in a sentence for people."""

    only_loss: ClassVar[Kind | None] = None
    """Kind of the losses that it takes; None where it takes all."""
    takes_bounds: ClassVar[bool] = True
    """Whether parameters may have bounds."""
    solves_directly: ClassVar[bool] = False
    """Whether it solves for the minimum in one step from any start, and takes only models that are linear in the
    parameters."""
    ends_at_a_minimum: ClassVar[bool] = False
    """Whether it ends by itself at the nearest minimum, and not only when its steps are used up."""
    later_states: ClassVar[tuple[str, ...]] = ()
    """Names of states that older versions do not have, and that may begin anew by themselves."""
    cheap_steps: ClassVar[bool] = False
    """Whether it takes many steps that need only the loss and its gradient; then it pays to train a polynomial model
    over few nodes that stand for all points."""
    elementwise: ClassVar[bool] = False
    """Whether each entry of an update follows from the same entry of parameters, gradient and state alone; then many
    curves train as one tensor (parameters, curves), and no curve changes another."""
    alone_because: ClassVar[str | None] = None
    """Why it trains many curves one after another, which is slow; None where it trains them at once."""
    step_by_step_because: ClassVar[str | None] = None
    """Why no program takes its steps; None where one does."""
    shares_parameters: ClassVar[bool] = False
    """Whether curves may share parameters."""
    slower_by: ClassVar[str | None] = None
    """Name of the hyperparameter of which a smaller value may help where the training diverges; None without one."""

    @classmethod
    def hyperparameters(cls) -> Iterator[Hyperparameter]:
        """Yield the hyperparameters in the order of the fields."""
        for field in dataclasses.fields(cls):
            if not field.metadata:
                raise TypeError(f"{cls.__name__}.{field.name}: make the field by hyperparameter(default, description)")
            yield Hyperparameter(field.name, **field.metadata)

    @classmethod
    def obstacles(cls, task: Task) -> list[str]:
        """Return why it can't do a task, each reason as words that follow its name; none where it can."""
        reasons = {
            "solves only models that are linear in their parameters": cls.solves_directly and not task.is_linear,
            f"takes only losses of the kind {cls.only_loss}": cls.only_loss not in (None, task.loss.kind),
            "takes no bounds": task.bounded and not cls.takes_bounds,
            "can't share parameters between curves": task.shared and not cls.shares_parameters,
        }
        return [reason for reason, applies in reasons.items() if applies]

    def contradiction(self) -> str | None:
        """Return in words which hyperparameters contradict each other; None where none do."""
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
