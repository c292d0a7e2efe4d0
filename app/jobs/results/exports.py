"""The model that is exported, from what is stored of a fit."""

from collections.abc import Mapping

from app.fitting.exports import FittedModel
from app.jobs.errors import NoResultError
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord


def fitted_model(store: Store, record: FitRecord, curve: int | None) -> FittedModel:
    """Return the model of a fit, or of one of its many curves, with the coefficients that it ended with.

    Raises NoResultError if there are no coefficients, CurveNotFoundError if there is no such curve.
    """
    if curve is not None:
        row = store.curves.one(record, curve)
        title = f"{record.id}, curve {curve}: {row['status']} ({row['reason']})"
        return _model(record, title, row["coefficients"], row["stderr"])
    if not record.ended or record.result is None:
        raise NoResultError("the fit has no coefficients yet, or none at all: see its status and reason")
    statistics = record.result.statistics
    stderr = {} if statistics is None else statistics.stderr
    return _model(record, f"{record.id}: {record.status} ({record.reason})", record.result.coefficients, stderr)


def _model(
    record: FitRecord, title: str, coefficients: Mapping[str, float], stderr: Mapping[str, float | None]
) -> FittedModel:
    if record.formula is None or None in coefficients.values():
        raise NoResultError("there are no coefficients to export: see the reason why it ended")
    return FittedModel(title, record.formula, record.fit.variables, coefficients, stderr, record.fit.response)
