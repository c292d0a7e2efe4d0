"""The optimizers, each a module of this folder; a further one needs its module and one line here."""

from collections.abc import Mapping
from types import MappingProxyType

from app.fitting.optimizers.adam import Adam
from app.fitting.optimizers.base import Optimizer, Task
from app.fitting.optimizers.gradient_descent import GradientDescent
from app.fitting.optimizers.lbfgs import LBFGS
from app.fitting.optimizers.least_squares import LeastSquares
from app.fitting.optimizers.levenberg_marquardt.optimizer import LevenbergMarquardt

_ALL: tuple[type[Optimizer], ...] = (
    GradientDescent,
    Adam,
    LBFGS,
    LevenbergMarquardt,
    LeastSquares,
)

OPTIMIZERS: Mapping[str, type[Optimizer]] = MappingProxyType({optimizer.name: optimizer for optimizer in _ALL})
"""Every optimizer by its name."""

_AUTOMATIC: tuple[type[Optimizer], ...] = (LeastSquares, LevenbergMarquardt)
"""Optimizers among which `auto` chooses the first that can do the task; the last one can do every task."""


def make_optimizer(name: str, **hyperparameters: float) -> Optimizer:
    """Return the optimizer of that name with the given hyperparameters.

    Raises KeyError for a name that no optimizer has, TypeError for a hyperparameter that this one does not have.
    """
    return OPTIMIZERS[name](**hyperparameters)


def automatic(task: Task) -> type[Optimizer]:
    """Return the optimizer that `auto` chooses for a task."""
    return next(optimizer for optimizer in _AUTOMATIC if not optimizer.obstacles(task))
