"""How much memory a fit will take in a worker, told from its request alone, so that what can't fit is refused at once.

The counts of numbers were measured as the growth of a worker's memory with a million points; an estimate is rather too
high than too low.
"""

from collections.abc import Iterator

from app.fitting.problems.losses import needs_threshold
from app.jobs.data.columns import StoredData
from app.jobs.errors import WrongField
from app.jobs.fit.curve_blocks import curves_at_once, parts_of
from app.jobs.fit.optimizer import optimizer_of
from app.jobs.fit.stored import StoredFit
from app.jobs.submission.expected_work import size_and_degree
from app.schemas.model import SeriesModel
from app.settings import Settings

_BYTES = 8
_OF_POINT = 20
"""Numbers of each point for data, loss and residuals, and the copies that a step makes of them."""
_OF_DERIVATIVE = 12
"""Numbers of each point for each free parameter, where a Jacobian is made."""
_FEW_POINTS = 10_000
"""Fewer points fit into any worker."""
_OF_THRESHOLD = 60
"""Numbers of each point while the threshold of a robust loss is found."""


def expected_bytes(fit: StoredFit, most_parts: int) -> int:
    """Return roughly the most bytes that a worker will take beside what it takes idle.

    That is for a fit, or for the largest part of one that is cut into up to `most_parts`.
    """
    target, free = fit.target, free_parameters(fit)
    points_at_once = points_of_part = target.points
    columns = 2
    if isinstance(target, StoredData):
        columns = len(target.variables) + 2
        if target.curves is not None and not fit.shared:
            in_block = curves_at_once(target, fit.hyperparameters.steps)
            points_at_once = -(-target.points * min(in_block, target.curves) // target.curves)
            of_part = max(map(len, parts_of(fit, most_parts)), default=target.curves)
            points_of_part = -(-target.points * of_part // target.curves)
    size = 1 if fit.formula is None else size_and_degree(fit.formula, fit.variables)[0]
    numbers = _OF_POINT + columns + size
    if not optimizer_of(fit).elementwise:
        numbers += _OF_DERIVATIVE * free + size
    if needs_threshold(fit.loss.name):
        numbers += _OF_THRESHOLD
    return _BYTES * (numbers * points_at_once + columns * points_of_part)


def free_parameters(fit: StoredFit) -> int:
    """Return how many free parameters a curve has, or may get where its degree is left to the data."""
    if fit.formula is None and isinstance(fit.model, SeriesModel):
        return fit.model.max_degree + 1
    return sum(not parameter.fixed and parameter.tied is None for parameter in fit.parameters.values())


def wrong_memory(fit: StoredFit, settings: Settings) -> Iterator[WrongField]:
    """Yield an error for a fit that would not fit into a worker, with the figures."""
    if fit.target.points < _FEW_POINTS:
        return
    most = settings.bytes_of_worker
    needed = expected_bytes(fit, settings.most_parts)
    if needed <= most:
        return
    field = "y" if isinstance(fit.target, StoredData) else "points"
    words = (
        f"{fit.target.points:,} points and {free_parameters(fit)} free parameters need about {needed:,} "
        f"bytes, and a worker has {most:,}: give fewer points"
    )
    yield WrongField(("target", field), words)
