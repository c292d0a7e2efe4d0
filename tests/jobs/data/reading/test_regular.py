"""Large texts are read to the same numbers and the same words as small ones."""

from typing import Any

import pytest

from app.jobs.data.reading import texts
from tests.helpers.data_files import numbers, read, refused

ROWS = 400


def text(separator: str, decimal: str, *others: str, form: str = "x{s}y\n") -> str:
    rows = (f"{n / 8}{separator}{n * n / 4}".replace(".", decimal) for n in range(ROWS))
    return form.format(s=separator) + "\n".join([*rows, *others]) + "\n"


@pytest.fixture(autouse=True)
def _every_text_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "LEAST", 0)


@pytest.mark.parametrize(
    ("file", "more"),
    [
        (text(";", ","), {}),
        (text("\t", "."), {}),
        (text("|", ","), {}),
        (text(";", ",", form="Ann{s}7\n\nx{s}y\ns{s}mV\n"), {}),
        (text(",", ".").replace("\n1.0,16.0\n", "\n1.0,\n"), {"missing": "omit"}),
        (text(";", ",", "# no", "Total;7"), {}),
        (text(";", ",", "", "60,5;1.234,5"), {}),
    ],
)
def test_large_texts_are_read_as_small_ones(file: str, more: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    large = read(file, **more)
    monkeypatch.setattr(texts, "LEAST", len(file) + 1)
    small = read(file, **more)
    assert (large.variables, large.y, large.reading) == (small.variables, small.y, small.reading)


@pytest.mark.parametrize(
    ("last", "place", "words"),
    [
        ("60,5;", ("y",), "row 402 of the column 'y' is empty"),
        ("60,5;NA", ("y",), "row 402 of the column 'y' has 'NA'"),
        ("60,5;2.5", ("reading", "decimal"), "'2.5' a decimal point"),
        ("60,5;oops", ("y",), "row 402 of the column 'y' has 'oops'"),
        ("60,5;1;2", (), "row 402 has 3 cells"),
    ],
)
def test_what_is_wrong_far_behind_the_first_rows_is_told(last: str, place: tuple[str, ...], words: str) -> None:
    found, told = refused(text(";", ",", last))
    assert found == place
    assert words in told


def test_numbers_that_have_two_readings_are_refused_though_arrow_would_take_them() -> None:
    file = "x;y\n" + "".join(f"{n};1.{n:03}\n" for n in range(100, 400))
    assert refused(file)[0] == ("reading", "decimal")
    assert numbers(file, reading={"decimal": "."})[1][0] == 1.1
