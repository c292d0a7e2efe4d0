"""How Levenberg-Marquardt ends: numbers that a tensor can hold, and what they mean."""

from app.fitting.optimizers.base import End

GOES_ON, GRADIENT, STEP, COST, BOUND, SINGULAR, NOT_FINITE = range(7)
"""NOT_FINITE: a derivative has no value; that ends damped trials only."""

ENDS = {
    GRADIENT: End("converged", "gradient", "the gradient is zero to rounding"),
    STEP: End("converged", "step", "updates are no larger than rounding"),
    COST: End("converged", "cost", "no update makes the loss smaller"),
    BOUND: End("converged", "bound", "every free parameter is at a bound"),
    SINGULAR: End("singular", "cost", "no update makes the loss smaller, but the data do not determine all parameters"),
}
