"""The figure of losses."""

import pytest
from matplotlib.figure import Figure

from app.plots.files import written
from app.plots.loss_figure import LossLine, draw_losses
from app.plots.style import Look


@pytest.mark.parametrize("losses", [[3.0, 2.0, 1.0], [1e4, 1.0, 1e-3], [1e30, 1.0, 1e-200], [1.7e308, 1.0, 1e-308]])
def test_an_axis_of_losses_has_labels_however_wide_it_is(losses: list[float | None]) -> None:
    figures: list[Figure] = []

    def draw(figure: Figure) -> None:
        draw_losses(figure, [LossLine("a fit", [0, 1, 2], losses)], Look(), None)
        figures.append(figure)

    written(draw, Look(), "svg")
    (axes,) = figures[0].axes
    low, high = axes.get_ylim()
    assert len([tick for tick in axes.get_yticks() if low <= tick <= high]) > 1
