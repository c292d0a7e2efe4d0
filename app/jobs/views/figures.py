"""Fits as figures in files. It loads Matplotlib, so a calculation process alone imports it."""

from collections.abc import Sequence
from typing import Any

from app.jobs.results.fitted import fitted_model
from app.jobs.store.curve_labels import curve_labelled
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.jobs.views.figure_requests import Wanted, titles_of
from app.jobs.views.of_curves import views_of
from app.jobs.views.of_fit import Window, view_of
from app.plots.files import written
from app.plots.fit_figure import FitPicture, Parts, draw_fit
from app.plots.loss_figure import LossLine, draw_losses
from app.plots.plate_figure import CurvePicture, draw_plate
from app.plots.style import FileFormat, Look

_POINTS = 10_000
"""Most points of the figure of one curve."""
_POINTS_OF_CURVE = 60
_LOSSES = 2_000


def fit_figure(store: Store, record: FitRecord, wanted: Wanted, look: Look, file_format: FileFormat) -> bytes:
    """Return the figure of a fit as a file: of one curve, or of many a grid.

    Raises CurveNotFoundError and InvalidRequestError as `fitted_model` does, and NoResultError as `view_of` does.
    """
    curve = wanted.curve if wanted.label is None else curve_labelled(store, record, wanted.label)
    if record.fit.curves is not None and curve is None:
        page = views_of(store, record, wanted.offset, wanted.limit, _POINTS_OF_CURVE, "number")
        curves = [_curve_picture(view) for view in page["data"]]
        return written(lambda figure: draw_plate(figure, curves, look), look, file_format)
    picture = _fit_picture(store, record, curve, wanted.level)
    parts = Parts(wanted.bands, wanted.residuals, wanted.summary)
    return written(lambda figure: draw_fit(figure, picture, parts, look), look, file_format)


def loss_figure(
    store: Store, records: Sequence[FitRecord], look: Look, is_log_y: bool | None, file_format: FileFormat
) -> bytes:
    """Return the figure of the losses of fits as a file."""
    lines = []
    for record, title in zip(records, titles_of(store, records), strict=True):
        rows = store.thinned_history(record, _LOSSES).rows
        lines.append(LossLine(title, [step for step, _ in rows], [loss for _, loss in rows]))
    return written(lambda figure: draw_losses(figure, lines, look, is_log_y), look, file_format)


def _fit_picture(store: Store, record: FitRecord, curve: int | None, level: float) -> FitPicture:

    view = view_of(store, record, curve, Window(None, None, _POINTS, level))
    points = view["points"]
    return FitPicture(
        view["x_label"],
        view["y_label"],
        points["x"],
        points["y"],
        points["sigma"],
        points["counts"],
        points["residuals"],
        view["x"],
        view["line"],
        _limits(view["confidence"]),
        _limits(view["prediction"]),
        _coefficients(store, record, curve) if view["line"] is not None and record.ended else {},
        record.formula,
        view["message"],
        "fit" if len(record.fit.variables) == 1 else "fitted = observed",
    )


def _limits(band: dict[str, Any] | None) -> tuple[list[float | None], list[float | None]] | None:
    return None if band is None else (band["lower"], band["upper"])


def _coefficients(store: Store, record: FitRecord, curve: int | None) -> dict[str, tuple[float, float | None]]:
    """Return the coefficients of a curve, each with its standard error."""
    model = fitted_model(store, record, curve)
    # Of a fit with shared parameters the statistics of a curve have the errors of the shared ones only.
    known = model.statistics.stderr if curve is None and model.statistics else {}
    errors = known if curve is None else store.curves.one(record, curve)["stderr"]
    return {name: (value, errors.get(name)) for name, value in model.coefficients.items()}


def _curve_picture(view: dict[str, Any]) -> CurvePicture:

    is_failed, share = view["status"] == "failed", view["rsquared"]
    remark = view["reason"].replace("_", " ") if is_failed else "" if share is None else f"R² {share:.3f}"
    line = view["line"] or {"x": None, "y": None}
    name = view["label"] or str(view["curve"])
    points = view["points"]
    return CurvePicture(name, points["x"], points["y"], line["x"], line["y"], remark, is_failed, bool(view["warnings"]))
