"""The ways in which a fit of many curves ends."""

from app.jobs.fit.curve_progress import CurveProgress
from app.jobs.fit.result import StoredResult
from app.jobs.store.records import Ending
from app.schemas.status import Reason, Status

_WORST_FIRST = (Reason.TIMEOUT, Reason.MAX_STEPS, Reason.SINGULAR, Reason.CONVERGED)
"""Reasons of curves that have succeeded; where all have, the fit ends with the first of these that one of them has."""


def ending_of(progress: CurveProgress, curves: int) -> Ending:
    """Return the end of a fit of so many curves, all of which have ended."""
    failed = curves - progress.succeeded
    if failed:
        message = f"{failed} of {curves} curves failed; GET /fit/{{id}}/curves says each one's reason"
        ending = Ending.failed(Reason.CURVES_FAILED, message)
        return ending if failed == curves else Ending(Status.SUCCEEDED, Reason.CURVES_FAILED, message)
    reason = next(reason for reason in _WORST_FIRST if progress.reasons[reason])
    return Ending(Status.SUCCEEDED, reason, f"of {curves} curves {progress.reasons[reason]} ended with reason {reason}")


def timeout_of(result: StoredResult, curves: int) -> Ending:
    """Return the end of a fit whose time is up before all of its curves have ended."""
    ended = 0 if result.curves is None else result.curves.ended
    return Ending(Status.SUCCEEDED, Reason.TIMEOUT, f"its time was up after {ended} of {curves} curves")
