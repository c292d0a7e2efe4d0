"""A small plot: what is where, and that it is no larger than it may be."""

from typing import TYPE_CHECKING, Any

from app.cli.terminal_plot import drawn

if TYPE_CHECKING:
    from app.client.fit_service_client import schemas

WIDTH, HEIGHT = 60, 10


def plot(x: list[float], y: list[float | None], line: list[float | None] | None, **more: Any) -> list[str]:
    view: Any = {"points": {"x": x, "y": y}, "x": x, "line": line, "x_label": "dose", "y_label": "signal", **more}
    view_of_fit: schemas.FitView = view
    return drawn(view_of_fit, WIDTH, HEIGHT, has_colours=False).splitlines()


def test_it_has_axes_with_names_and_numbers() -> None:
    title, *rows, axis, numbers = plot([0, 1, 2], [0, 1, 4], None)
    assert title.strip() == "signal against dose"
    assert [row[0] for row in rows if row[2] == "┤"] == ["4", "2", "0"]
    assert numbers.split() == ["0", "1", "2"]
    assert axis.count("┬") == 3
    assert len(rows) == HEIGHT
    assert max(map(len, [title, *rows, axis, numbers])) <= WIDTH


def test_few_points_are_letters_on_the_line() -> None:
    rows = plot([0, 1, 2], [0, 1, 2], [0, 1, 2])[1:-2]
    assert "".join(rows).count("o") == 3
    assert rows[-1].index("o") < rows[0].index("o")


def test_many_points_are_dots() -> None:
    x = [float(number) for number in range(1000)]
    assert "o" not in "".join(plot(x, [*x], None)[1:-1])


def test_a_curve_that_runs_away_leaves_the_points_their_room() -> None:
    rows = plot([0, 1, 2], [0, 1, 2], [0, 1e308, 2])
    marked = [index for index, row in enumerate(rows[1:-2]) if "o" in row]
    assert marked[-1] - marked[0] >= HEIGHT // 3


def test_a_curve_has_gaps_where_it_has_no_value() -> None:
    gap = plot([0, 1, 2], [0, None, 2], [0, None, 2])
    assert {*"".join(gap[1:-2])} <= {*"o⠀┤│ 012.5"}


def test_without_points_nothing_is_drawn() -> None:
    assert plot([0], [None], None) == []
    assert plot([0, 1], [-1e308, 1e308], None) == []
