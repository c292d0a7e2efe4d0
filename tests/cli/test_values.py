"""What options say is read one by one."""

from collections.abc import Callable

import pytest
import typer

from app.cli import values
from app.cli.values import Named


@pytest.mark.parametrize(
    ("read", "words", "said"),
    [
        (values.text, "formula = a = b", Named("formula", "a = b")),
        (values.setting, "steps=1000", Named("steps", 1000)),
        (values.setting, "compression=false", Named("compression", False)),
        (values.setting, "optimizer=adam", Named("optimizer", "adam")),
        (values.start, "a=-1e3", Named("a", -1000.0)),
        (values.start, "a=auto", Named("a", "auto")),
        (values.fixed, "a", Named("a", None)),
        (values.fixed, "a=2", Named("a", 2.0)),
        (values.bounds, "a=0:10", Named("a", {"lower": 0.0, "upper": 10.0})),
        (values.bounds, "a=:10", Named("a", {"upper": 10.0})),
        (values.bounds, "a=0:", Named("a", {"lower": 0.0})),
        (values.numbers, "1,-2, 3", Named("", [1.0, -2.0, 3.0])),
        (values.numbers, "t=1,2", Named("t", [1.0, 2.0])),
    ],
)
def test_what_is_said_of_a_name(read: Callable[[str], Named], words: str, said: Named) -> None:
    assert read(words) == said


@pytest.mark.parametrize(
    ("read", "words"),
    [
        (values.text, "a"),
        (values.text, "=1"),
        (values.start, "a=one"),
        (values.start, "a=inf"),
        (values.bounds, "a=5"),
        (values.bounds, "a=:"),
        (values.numbers, "1;2"),
        (values.name_or_object, '{"series": '),
    ],
)
def test_what_can_not_be_meant_is_refused(read: Callable[[str], object], words: str) -> None:
    with pytest.raises(typer.BadParameter):
        read(words)


def test_a_model_is_a_text_or_the_json_that_the_service_takes() -> None:
    assert values.name_or_object("a*x") == "a*x"
    assert values.name_or_object('{"series": "legendre", "degree": 7}') == {"series": "legendre", "degree": 7}
