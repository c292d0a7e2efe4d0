"""The ends of Levenberg-Marquardt, as numbers that a tensor can hold, and what each of them means."""

from app.fitting.optimizers.base import End

GOES_ON, GRADIENT, STEP, COST, BOUND, SINGULAR, NOT_FINITE, STAGNANT = range(8)
"""Numbers of the ends. NOT_FINITE says that a loss or derivative has no value, which ends only damped trials."""

ENDS = {
    GRADIENT: End("converged", "gradient", "the gradient is zero to rounding"),
    STEP: End("converged", "step", "updates are no larger than rounding"),
    COST: End("converged", "cost", "no update makes the loss smaller"),
    BOUND: End("converged", "bound", "every free parameter is at a bound"),
    STAGNANT: End("singular", "cost", "the loss stays the same while parameters still move: the data do not tell them"),
    SINGULAR: End("singular", "cost", "no update makes the loss smaller, but the data do not determine all parameters"),
}
"""Meaning of each number with which a training can end."""
