"""The figure of one curve."""

import re
from dataclasses import replace

import pytest

from app.plots.files import written
from app.plots.fit_figure import FitPicture, Parts, draw_fit
from app.plots.style import Look

PICTURE = FitPicture(
    x_label="time",
    y_label="signal",
    x=[0.0, 1.0, 2.0, 3.0],
    y=[1.0, 2.1, 2.9, 4.2],
    sigma=[0.1, 0.1, 0.2, 0.1],
    counts=None,
    residuals=[0.0, 0.1, -0.1, 0.2],
    at=[0.0, 1.5, 3.0],
    line=[1.0, 2.5, 4.0],
    confidence=([0.9, 2.4, 3.9], [1.1, 2.6, 4.1]),
    prediction=([0.5, 2.0, 3.5], [1.5, 3.0, 4.5]),
    coefficients={"a": (1.0, 0.1), "b": (1.0, None)},
    formula="a + b*x",
    message=None,
)
ALL = Parts(("confidence", "prediction"), residuals=True, summary=True)


def parts_of(picture: FitPicture, parts: Parts = ALL, look: Look | None = None) -> set[str]:
    """Return the names of what an SVG figure shows, one for residuals too."""
    wanted = look or Look()
    content = written(lambda figure: draw_fit(figure, picture, parts, wanted), wanted, "svg").decode()
    return set(re.findall(r'id="([a-z][a-z-]+)"', content)) | {f"axes {len(re.findall('id=.axes_', content))}"}


def test_a_figure_has_points_error_bars_curve_bands_and_residuals() -> None:
    named = {"points", "error-bars", "curve", "confidence-band", "prediction-band", "summary", "axes 2"}
    assert named <= parts_of(PICTURE)


def test_parts_are_left_out_on_request() -> None:
    shown = parts_of(PICTURE, Parts(("none",), residuals=False, summary=False))
    assert not {"confidence-band", "prediction-band", "summary", "axes 2"} & shown


def test_a_fit_without_a_curve_shows_its_points_and_says_why() -> None:
    nothing = replace(PICTURE, line=None, confidence=None, prediction=None, residuals=None, message="it waits")
    shown = parts_of(nothing, replace(ALL, summary=False))
    assert {"points", "remark"} <= shown
    assert "curve" not in shown


def test_points_of_weight_zero_are_marked() -> None:
    assert "points-without-weight" in parts_of(replace(PICTURE, sigma=None, counts=[True, False, True, True]))


def test_what_logarithmic_axes_cannot_show_is_said() -> None:
    shown = parts_of(PICTURE, replace(ALL, summary=False), Look(x_scale="log", y_scale="log"))
    assert "remark" in shown


@pytest.mark.parametrize("y", [[1.0] * 4, [0.0] * 4, [1e300, -1e300, 0.0, 1.0], [None] * 4])
def test_odd_data_have_a_figure_too(y: list[float | None]) -> None:
    assert "points" in parts_of(replace(PICTURE, y=y, line=None, confidence=None, prediction=None))


def test_no_points_at_all_have_a_figure_too() -> None:
    empty = replace(PICTURE, x=[], y=[], sigma=None, residuals=[], line=None, confidence=None, prediction=None)
    assert "axes 1" in parts_of(empty)
