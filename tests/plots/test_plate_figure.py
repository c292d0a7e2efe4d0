"""The figure of many curves."""

from dataclasses import replace

from app.plots.files import written
from app.plots.plate_figure import CurvePicture, draw_plate
from app.plots.style import Look

CURVE = CurvePicture("A1", [0.1, 1.0, 10.0], [1.0, 2.0, 3.0], [0.1, 10.0], [1.0, 3.0], "R² 0.999", False, False)


def svg(curves: list[CurvePicture], look: Look | None = None) -> str:
    wanted = look or Look()
    return written(lambda figure: draw_plate(figure, curves, wanted), wanted, "svg").decode()


def test_each_curve_has_a_small_plot() -> None:
    assert svg([CURVE] * 7).count('id="points"') == 7


def test_a_failed_curve_looks_otherwise_and_needs_no_line() -> None:
    failed = replace(CURVE, line=None, at=None, is_failed=True, remark="no points", x=[], y=[])
    content = svg([CURVE, failed])
    assert content.count('id="curve"') == 1
    assert content != svg([CURVE, replace(failed, is_failed=False)])


def test_no_curves_have_a_figure_too() -> None:
    assert svg([]).startswith("<?xml")


def test_points_that_are_not_shown_are_told_of_beside_the_title() -> None:
    content = svg([replace(CURVE, y=[-1.0, 0.0, 3.0])] * 2, Look(title="Plate 7", y_scale="log"))
    assert "Plate 7; 4 points that are not positive are not shown" in content


def test_all_axes_have_one_label_that_was_asked_for() -> None:
    content = svg([CURVE] * 4, Look(x_label="dose", y_label="signal"))
    assert content.count('id="x-label"') == content.count('id="y-label"') == 1
    assert 'id="x-label"' not in svg([CURVE] * 4)
