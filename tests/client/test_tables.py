"""A fit is shown as people write results."""

import pytest
from fit_service_client import Client
from fit_service_client.tables import html, rounded

from tests.helpers.measured import FORMULA, X, Y


@pytest.mark.parametrize(
    ("value", "stderr", "written"),
    [
        (2.51167, 0.01308, ("2.512", "0.013")),
        (-1234.567, 25.4, ("-1235", "25")),
        (0.0, 0.5, ("0.00", "0.50")),
        (1.23456e-7, 2.3e-9, ("1.235e-07", "0.023e-07")),
        (6.02214e23, 1.5e19, ("6.02214e+23", "0.00015e+23")),
        (1.0, 1e-17, ("1.000000000000000", "1e-17")),
        (3.14159265, float("nan"), ("3.14159", "")),
        (1e-3, 4.2, ("0.0", "4.2")),
    ],
)
def test_an_error_has_two_digits_and_its_number_as_many_decimals(
    value: float, stderr: float, written: tuple[str, str]
) -> None:
    assert rounded(value, stderr) == written


def test_the_text_has_formula_coefficients_goodness_and_warnings(connected: Client) -> None:
    fit = connected.fit(X, Y, FORMULA)
    lines = repr(fit).splitlines()
    assert lines[0].startswith(f"Fit {fit.id} succeeded (converged)")
    assert lines[1] == "  a * exp(-b*x) + c"
    assert lines[3].split() == ["a", "2.512", "±", "0.013", "2.4848", "to", "2.5385"]
    assert "30 points, 3 parameters fitted" in lines[-1]
    line = connected.fit([0, 1, 2], [[0, 1, 2], [None, 1, 2.5]], "linear")
    assert repr(line).splitlines()[-2:] == [
        "  2 of 2 curves succeeded",
        f"  ! {line.warnings[-1]}",
    ]


def test_in_a_notebook_everything_is_escaped(connected: Client) -> None:
    fit = connected.fit(X, Y, "where(x < a, b, c)", start={"a": 2, "b": 1, "c": 1})
    shown = fit._repr_html_()
    assert "where(x &lt; a, b, c)" in shown
    assert "<table>" in shown
    assert "data:image/svg+xml;base64,PHN2Zz4=" in html(fit.document, b"<svg>")
