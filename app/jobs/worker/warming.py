"""The first fits of a worker process, which nobody posted: what libraries do only once is done with them."""

from app.jobs.data.columns import StoredData
from app.jobs.store.work import Work
from app.jobs.submission.resolve import resolve
from app.jobs.worker.many_curves import train_many
from app.jobs.worker.one_curve import train_one
from app.schemas.request import FitRequest
from app.settings import Settings

_POINTS = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
_VALUES = [2.1, 1.3, 0.7, 0.6, 0.4, 0.3]
_REQUESTS = (
    FitRequest(),
    FitRequest.model_validate({"target": {"x": _POINTS, "y": _VALUES}, "model": "a*exp(-b*x)"}),
    FitRequest.model_validate({"target": {"x": _POINTS, "y": _VALUES}, "model": "a + b*x"}),
    FitRequest.model_validate({"target": {"x": _POINTS, "y": [_VALUES, _VALUES]}, "model": "a*exp(-b*x)"}),
)


def warm_up() -> None:
    """Train the tutorial's job and small fits of other kinds; the programs of the tutorial's are kept."""
    settings = Settings.model_construct()
    for request in _REQUESTS:
        submission = resolve(request, settings, ["cpu"])
        work = Work(0, submission.fit.to_json(), submission.arrays, None, None, 0.0)
        target = submission.fit.target
        many = isinstance(target, StoredData) and target.curves is not None
        pieces = train_many(work, target, 1.0) if many else train_one(work, 1.0)  # type: ignore[arg-type]
        for _ in pieces:
            pass
