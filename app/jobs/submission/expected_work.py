"""How long a fit will take, told roughly from its request alone, so that short ones can be handed out by the handful.

A guess that is too low costs little: what waits behind a fit that lasts longer is handed to another worker.
"""

from functools import lru_cache

from app.fitting.formulas.formula import parse
from app.fitting.formulas.polynomial_degree import degree_in
from app.fitting.formulas.text import tokenize
from app.fitting.problems.compression import is_worthwhile
from app.jobs.fit.optimizer import optimizer_of, wants_compression
from app.jobs.fit.stored import StoredFit
from app.schemas.model import OfLibrary

_FIT = 3e-3
"""Seconds of every fit, for its problem and its statistics."""
_STEP_OF_POINT = 2e-9
"""Seconds of one point of the simplest model in one step of gradient descent or Adam."""
_DERIVATIVE_OF_POINT = 5e-9
"""Seconds of one derivative at one point of the simplest model."""
_TRIALS = 40
"""Steps within which an optimizer that ends at a minimum has mostly found one."""
_DEGREE = 0.1
"""Seconds in which a degree is chosen."""
_SEARCH = 0.02
"""Seconds in which start values are mostly searched for."""
_GUESS = 3e-3
"""Seconds in which a model of the library guesses its start values."""
_PAIR = 0.02
"""Seconds in which two parts of a sum are looked for together, in the one curve of a fit."""
_PROFILE = 0.1
"""Seconds in which one interval by profile likelihood is found."""
_TOKENS = 8
"""Words and signs of a formula that add to a step what the simplest model takes."""


def expected_seconds(fit: StoredFit) -> float:
    """Return roughly the seconds that a worker will have to work on a fit."""
    curves = fit.curves or 1
    free = [parameter for parameter in fit.parameters.values() if not parameter.fixed and parameter.tied is None]
    seconds = _FIT + _training_seconds(fit, fit.target.points / curves, len(free))
    if fit.formula is None:
        seconds += _DEGREE
    elif any(parameter.start == "auto" for parameter in free):
        seconds += _guess_seconds(fit.model, curves) if isinstance(fit.model, OfLibrary) else _SEARCH
    if fit.confidence.profile:
        seconds += _PROFILE * len(free)
    return seconds * curves


def _guess_seconds(model: OfLibrary, curves: int) -> float:
    """Return roughly the seconds in which a model guesses the start values of a curve, or each of many."""
    parts = len(model.parts)
    return _GUESS if parts == 1 else parts**2 * (_PAIR if curves == 1 else _GUESS)


def _training_seconds(fit: StoredFit, points: float, free: int) -> float:
    """Return roughly the seconds of all steps of one curve."""
    optimizer, steps = optimizer_of(fit), fit.hyperparameters.steps
    size, degree = (1, None) if fit.formula is None else size_and_degree(fit.formula, fit.variables)
    if optimizer.elementwise:
        if degree is not None and wants_compression(fit) and is_worthwhile(int(points), degree + 1):
            points = degree + 1
        return steps * points * _STEP_OF_POINT * (1 + size / _TOKENS)
    return min(steps, _TRIALS) * points * (free + 1) * _DERIVATIVE_OF_POINT * (1 + size / _TOKENS)


@lru_cache(maxsize=256)
def size_and_degree(formula: str, variables: tuple[str, ...]) -> tuple[int, int | None]:
    """Return the number of words and signs of a formula, and its degree where it is a polynomial in one variable."""
    degree = degree_in(parse(formula, variables), variables[0]) if len(variables) == 1 else None
    return len(tokenize(formula)), degree
