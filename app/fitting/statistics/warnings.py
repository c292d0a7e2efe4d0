"""The sentences that say which numbers of a fit should not be trusted, and why, for one curve and for many."""

from collections.abc import Iterable

NO_DEGREES_OF_FREEDOM = "there are not more points than parameters: the scatter of the residuals tells nothing"
ROUNDING = (
    "the residuals are no more than rounding: the model passes through all points, so standard errors, intervals and "
    "criteria tell nothing"
)
NO_SIGNAL = "y is the same at all points: there is no signal, and coefficients that make the model flat mean nothing"
EXPLAINS_NOTHING = (
    "the model explains nothing of the scatter of y that a constant would not: there may be no signal, or the training "
    "is in a wrong valley; look at the data, try other start values or another model"
)
STRAIGHT_LINE = (
    "a straight line follows the data as well, with fewer parameters: over this range of x they do not show the bend "
    "by which the model is told, and its coefficients have no meaning of their own"
)


def at_bound(name: str) -> str:
    """Return the warning of a parameter that descent would lead across its bound."""
    return f"{name} is at its bound: it has no standard error, the others hold for it fixed"


def undetermined(names: Iterable[str]) -> str:
    """Return the warning of a singular Jacobian, with the parameters that the data do not determine, if known."""
    told = ", ".join(names)
    named = f" ({told})" if told else ""
    return f"the data do not determine all parameters{named}: the Jacobian is singular, standard errors do not exist"


def far_from_minimum(distance: float) -> str:
    """Return the warning of coefficients that are so many standard errors away from the minimum."""
    return (
        f"the coefficients are not at the minimum (about {distance:.2g} standard errors away): train longer, standard "
        "errors hold at the minimum only"
    )


def alike_neighbours(autocorrelation: float) -> str:
    """Return the warning of residuals whose neighbours in x are alike."""
    return (
        f"the residuals are far from white: neighbours are alike (autocorrelation {autocorrelation:.2g}). The model "
        "does not follow the data, or their errors are not independent; standard errors are too small"
    )
