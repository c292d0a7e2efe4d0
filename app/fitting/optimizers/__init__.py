"""One optimizer a file behind one protocol (`base.py`)."""

from app.fitting.optimizers.adam import Adam
from app.fitting.optimizers.base import Optimizer
from app.fitting.optimizers.gradient_descent import GradientDescent
from app.fitting.optimizers.lbfgs import LBFGS
from app.fitting.optimizers.least_squares import LeastSquares
from app.fitting.optimizers.levenberg_marquardt.optimizer import LevenbergMarquardt

OPTIMIZERS: dict[str, type[Optimizer]] = {
    "gradient_descent": GradientDescent,
    "adam": Adam,
    "lbfgs": LBFGS,
    "levenberg_marquardt": LevenbergMarquardt,
    "least_squares": LeastSquares,
}


def make_optimizer(name: str, **hyperparameters: float) -> Optimizer:
    """The optimizer of that name. Raises KeyError for a name, TypeError for a hyperparameter that it does not have."""
    return OPTIMIZERS[name](**hyperparameters)
