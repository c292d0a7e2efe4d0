"""From what is stored of a fit to the model that is exported."""

from collections.abc import Mapping
from typing import Any

from app.fitting.exports import FittedModel
from app.jobs.errors import NoResultError
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord


def fitted_model(store: Store, record: FitRecord, curve: int | None) -> FittedModel:
    """The model of a fit, or of one of its many curves, with the coefficients that it ended with.

    Raises NoResultError, CurveNotFoundError.
    """
    if curve is not None:
        row = store.curve(record, curve)
        return _model(record, f"{record.id}, curve {curve}", row, row["stderr"])
    if not record.ended or record.result is None:
        raise NoResultError("the fit has no coefficients yet, or none at all: see its status and reason")
    ended = {"status": record.status, "reason": record.reason, "coefficients": record.result["coefficients"]}
    return _model(record, record.id, ended, (record.result.get("statistics") or {}).get("stderr", {}))


def _model(record: FitRecord, name: str, ended: Mapping[str, Any], stderr: Mapping[str, float | None]) -> FittedModel:
    coefficients = ended["coefficients"]
    if record.formula is None or None in coefficients.values():
        raise NoResultError("there are no coefficients to export: see the reason why it ended")
    title = f"{name}: {ended['status']} ({ended['reason']})"
    response = record.request["target"].get("response")
    return FittedModel(title, record.formula, record.variables, coefficients, stderr, response)
