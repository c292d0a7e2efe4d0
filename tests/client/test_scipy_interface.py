"""curve_fit answers what scipy.optimize.curve_fit answers."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fit_service_client import Client, FitFailedError, curve_fit

from tests.helpers.measured import FORMULA, TRUTH, X, Y, decay

TOLERANCE = 1e-5
"""How far SciPy's optimum may be from the true one: its derivatives are differences."""
RISING = np.linspace(0.01, 0.03, X.size)


def both(connected: Client, *arguments: Any, **options: Any) -> tuple[Any, Any]:
    """Return what we answer, and what SciPy does."""
    optimize = pytest.importorskip("scipy.optimize", reason="SciPy comes with the extra benchmark")
    return curve_fit(*arguments, **options, client=connected), optimize.curve_fit(*arguments, **options)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"p0": [1, 1, 1]},
        {"p0": np.array([2.0, 1.0, 0.0]), "method": "lm"},
        {"sigma": RISING},
        {"sigma": RISING, "absolute_sigma": True},
        {"absolute_sigma": True},
        {"sigma": 0.5, "absolute_sigma": True},
        {"bounds": (0, 10)},
        {"bounds": ([0, 0, -np.inf], [10, np.inf, np.inf]), "p0": [1, 1, 0]},
    ],
)
def test_optimum_and_covariance_are_those_of_scipy(connected: Client, options: dict[str, Any]) -> None:
    (popt, pcov), (theirs, their_covariance) = both(connected, decay, X, Y, **options)
    assert popt == pytest.approx(theirs, rel=TOLERANCE)
    assert pcov == pytest.approx(their_covariance, rel=1e-3, abs=1e-5 * np.abs(their_covariance).max())


def test_several_rows_of_x_are_several_variables(connected: Client) -> None:
    def plane(point: Any, a: Any, b: Any) -> Any:
        u, v = point
        return a * u + b * v**2

    rows = np.vstack([X, np.cos(X)])
    (popt, pcov), (theirs, their_covariance) = both(connected, plane, rows, Y)
    assert popt == pytest.approx(theirs, rel=TOLERANCE)
    assert pcov == pytest.approx(their_covariance, rel=1e-3, abs=1e-5 * np.abs(their_covariance).max())


def test_parameters_that_are_gathered_are_as_many_as_p0(connected: Client) -> None:
    def polynomial(x: Any, *p: Any) -> Any:
        return np.polyval(p, x)

    popt, _ = curve_fit(polynomial, X, Y, p0=[1, 1, 1], client=connected)
    assert popt == pytest.approx(np.polyfit(X, Y, 2))


def test_certified_values_are_met(connected: Client) -> None:
    """NIST StRD, Misra1a: certified b1 = 238.94212918 (2.7070075241), b2 = 5.5015643181E-04 (7.2668688436E-06)."""
    x = [77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0]
    y = [10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78]
    popt, pcov = curve_fit(lambda x, b1, b2: b1 * (1 - np.exp(-b2 * x)), x, y, p0=[500, 1e-4], client=connected)
    assert popt == pytest.approx([238.94212918, 5.5015643181e-04], rel=1e-9)
    assert np.sqrt(np.diag(pcov)) == pytest.approx([2.7070075241, 7.2668688436e-06], rel=1e-9)


@pytest.mark.parametrize(
    "options",
    [
        {"p0": {"a": 1, "b": 1, "c": 0}, "bounds": {"a": (0, 10)}},
        {"p0": [1, 1, 0], "bounds": ([0, 0, -1], [10, np.inf, 1])},
    ],
)
def test_a_formula_has_its_parameters_by_name_or_in_its_order(url: str, options: dict[str, Any]) -> None:
    popt, _ = curve_fit(FORMULA, X, Y, **options, url=url)
    assert popt == pytest.approx(list(TRUTH.values()), rel=0.05)


def test_a_model_of_the_library_is_fitted_by_its_name(connected: Client) -> None:
    names = [parameter["name"] for parameter in connected.check("exponential_decay")["parameters"]]
    popt, pcov = curve_fit("exponential_decay", X, Y, client=connected)
    assert len(popt) == len(pcov) == len(names)


def test_a_parameter_at_its_bound_has_no_covariance(connected: Client) -> None:
    popt, pcov = curve_fit(decay, X, Y, bounds=([0, 0, 0.55], 10), client=connected)
    assert popt[2] == 0.55
    assert np.isnan(pcov[2]).all()
    assert np.isfinite(pcov[:2, :2]).all()


def test_data_that_do_not_determine_the_parameters_give_an_infinite_covariance_and_a_warning(connected: Client) -> None:
    with pytest.warns(RuntimeWarning, match="do not determine all of them"):
        _, pcov = curve_fit(lambda x, a, b: (a + b) * x, X, Y, p0=[1, 1], client=connected)
    assert np.isinf(pcov).all()


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"p0": [1, 2]}, ValueError, "p0 has 2 values, but the model has 3"),
        ({"bounds": ([0, 0], 1)}, ValueError, "one for each of 3 parameters"),
        ({"sigma": np.eye(X.size)}, TypeError, "covariance matrix"),
        ({"method": "annealing"}, ValueError, "none of lm, trf and dogbox"),
    ],
)
def test_what_can_not_be_is_refused_in_words(
    connected: Client, options: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        curve_fit(decay, X, Y, **options, client=connected)


@pytest.mark.parametrize("which", [(np.append(X[:-1], np.nan), Y), (X, np.append(Y[:-1], np.inf))])
def test_data_that_are_missing_or_infinite_are_refused(connected: Client, which: tuple[Any, Any]) -> None:
    with pytest.raises(ValueError, match="must not be infinite or missing"):
        curve_fit(decay, *which, client=connected)


def test_where_no_fit_is_found_a_runtime_error_says_why(connected: Client) -> None:
    failing: Callable[..., Any] = lambda x, a: np.log(a - x)  # noqa: E731
    with pytest.raises(FitFailedError, match="nonfinite") as raised:
        curve_fit(failing, X, Y, p0=[1], client=connected)
    assert isinstance(raised.value, RuntimeError)
