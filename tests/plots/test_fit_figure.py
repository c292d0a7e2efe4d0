"""The figure of one curve."""

import itertools
import re
from dataclasses import replace
from typing import Literal

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

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


def svg(picture: FitPicture, parts: Parts = ALL, look: Look | None = None) -> str:
    wanted = look or Look()
    return written(lambda figure: draw_fit(figure, picture, parts, wanted), wanted, "svg").decode()


def axes_of(picture: FitPicture, parts: Parts = ALL, look: Look | None = None) -> list[Axes]:
    """Return what a figure has been drawn on, with the layout that it has in a file."""
    figures: list[Figure] = []

    def draw(figure: Figure) -> None:
        draw_fit(figure, picture, parts, look or Look())
        figures.append(figure)

    written(draw, look or Look(), "png")
    return figures[0].axes


def parts_of(picture: FitPicture, parts: Parts = ALL, look: Look | None = None) -> set[str]:
    """Return the names of what an SVG figure shows, one for residuals too."""
    content = svg(picture, parts, look)
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


def test_what_logarithmic_axes_cannot_show_is_said_beside_the_summary() -> None:
    content = svg(PICTURE, ALL, Look(x_scale="log", y_scale="log"))
    assert "1 point that is not positive is not shown" in content
    assert 'id="summary"' in content


@pytest.mark.parametrize(
    "y", [[1.0] * 4, [0.0] * 4, [1e300, -1e300, 0.0, 1.0], [1.7e308, -1.7e308, 1e-310, 1.0], [None] * 4]
)
@pytest.mark.parametrize("scale", ["linear", "log"])
def test_odd_data_have_a_figure_too(y: list[float | None], scale: Literal["linear", "log"]) -> None:
    odd = replace(PICTURE, y=y, residuals=y, line=None, confidence=None, prediction=None)
    assert "points" in parts_of(odd, look=Look(y_scale=scale))


@pytest.mark.parametrize(
    ("x", "scale"), [([1e-300, 1.0, 2.0, 1e300], "log"), ([-1.7e308, -1.0, 1.0, 1.7e308], "linear")]
)
def test_all_points_are_within_the_axes_however_far_apart_they_are(
    x: list[float], scale: Literal["linear", "log"]
) -> None:
    main, _ = axes_of(
        replace(PICTURE, x=x, at=x, line=PICTURE.y, confidence=None, prediction=None), ALL, Look(x_scale=scale)
    )
    low, high = main.get_xlim()
    assert low < max(x[0], -1e300)
    assert high > min(x[-1], 1e300)
    assert len([tick for tick in main.get_xticks() if low <= tick <= high]) > 1


def test_numbers_that_are_too_large_for_axes_are_told_of() -> None:
    assert "numbers beyond 1e+300 are drawn there" in svg(replace(PICTURE, y=[1.7e308, 0.0, 1.0, 2.0]))


def test_error_bars_of_residuals_are_within_the_axes_and_points_of_weight_zero_need_not_be() -> None:
    _, below = axes_of(replace(PICTURE, sigma=[0.1, 9.0, 0.1, 0.1]))
    assert below.get_ylim()[1] > 9.0
    odd = replace(PICTURE, sigma=None, residuals=[0.0, 0.1, -0.1, 50.0], counts=[True, True, True, False])
    assert axes_of(odd)[1].get_ylim()[1] < 1.0


def test_zero_is_in_the_middle_of_residuals_of_a_perfect_fit_too() -> None:
    low, high = axes_of(replace(PICTURE, sigma=None, residuals=[0.0] * 4))[1].get_ylim()
    assert low == -high < 0


def test_the_summary_is_where_the_points_are_not() -> None:
    falling = replace(PICTURE, y=PICTURE.y[::-1], line=[4.0, 2.5, 1.0], confidence=None, prediction=None)
    for picture, is_upper_right in ((replace(PICTURE, confidence=None, prediction=None), False), (falling, True)):
        box = next(text for text in axes_of(picture)[0].texts if text.get_gid() == "summary")
        assert (box.get_position() == (0.98, 0.97)) == is_upper_right


def test_labels_of_large_numbers_do_not_overlap() -> None:
    x = [1e9 + place for place in range(4)]
    axes = axes_of(replace(PICTURE, x=x, at=x, line=PICTURE.y, confidence=None, prediction=None))[-1]
    low, high = axes.get_xlim()
    boxes = [
        label.get_window_extent()
        for label, tick in zip(axes.get_xticklabels(), axes.get_xticks(), strict=True)
        if low <= tick <= high
    ]
    assert len(boxes) > 1
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))


def test_a_long_title_stays_within_the_figure() -> None:
    axes = axes_of(PICTURE, look=Look(title="A rather long title " * 20, width=80, dpi=100))[0]
    title = next(text for text in axes.findobj(Text) if text.get_text().startswith("A rather"))
    assert "\n" in title.get_text()
    assert title.get_window_extent().x1 <= axes.figure.bbox.x1


def test_points_that_are_small_because_they_are_many_are_visible_in_the_legend() -> None:
    x = [float(place) for place in range(400)]
    legend = axes_of(replace(PICTURE, x=x, y=x, sigma=None, residuals=None))[0].get_legend()
    assert legend is not None
    assert max(line.get_markersize() for line in legend.get_lines()) >= 4.0 - 1e-9


def test_a_small_figure_has_no_legend() -> None:
    assert axes_of(PICTURE, look=Look(width=40, height=40))[0].get_legend() is None
    assert axes_of(PICTURE)[0].get_legend() is not None


def test_no_points_at_all_have_a_figure_too() -> None:
    empty = replace(PICTURE, x=[], y=[], sigma=None, residuals=[], line=None, confidence=None, prediction=None)
    assert "axes 1" in parts_of(empty)
