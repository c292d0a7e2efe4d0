"""A sum of models of the library: names, terms that parts have in common, and start values guessed together."""

import pytest
import torch
from torch import Tensor

from app.fitting.formulas.formula import parse
from app.fitting.library import LibraryError, LibraryModel, resolve_parts

X = torch.linspace(0, 10, 120, dtype=torch.float64)


def sum_of(*names: str) -> LibraryModel:
    return resolve_parts([(name, {}) for name in names], ("x",))


def curve(model: LibraryModel, **values: float) -> Tensor:
    """Return y of these parameters, with noise of 1 % of its range."""
    tensors = {name: torch.tensor(value, dtype=torch.float64) for name, value in values.items()}
    y = parse(model.formula)({"x": X, **tensors})
    noise = torch.randn(len(X), generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    return y + 0.01 * (y.max() - y.min()) * noise


def test_names_stay_where_they_do_not_meet() -> None:
    model = sum_of("gaussian", "linear")
    assert model.formula == "amplitude*exp(-(x - center)**2/(2*width**2)) + intercept + slope*x"
    assert model.latex.endswith(r" + \mathrm{intercept} + \mathrm{slope}\, x")
    assert list(model.parameters) == ["amplitude", "center", "width", "intercept", "slope"]


def test_names_that_meet_have_that_of_their_part_before_them() -> None:
    assert list(sum_of("exponential_decay", "gaussian").parameters) == [
        *("exponential_decay_amplitude", "rate", "offset", "gaussian_amplitude", "center", "width")
    ]
    model = sum_of("pseudo_voigt", "pseudo_voigt", "sinusoid")
    assert {"pseudo_voigt1_fraction", "pseudo_voigt2_fraction", "sinusoid_amplitude", "phase"} < {*model.parameters}
    assert model.bounds == {"pseudo_voigt1_fraction": (0, 1), "pseudo_voigt2_fraction": (0, 1)}
    assert r"\mathrm{pseudo\_voigt2\_fraction}" in model.latex


@pytest.mark.parametrize(
    ("names", "constant"),
    [
        (("gaussian", "linear"), "intercept"),
        (("exponential_decay", "polynomial"), "c0"),
        (("gaussian", "sinusoid", "logistic_4"), "bottom"),
        (("gaussian", "lorentzian"), "offset"),
        (("exponential_decay", "rational"), "a0"),
    ],
)
def test_a_constant_is_in_a_sum_once(names: tuple[str, ...], constant: str) -> None:
    assert {"offset", "intercept", "c0", "bottom", "a0"} & {*sum_of(*names).parameters} == {constant}


def test_slopes_too_are_in_a_sum_once() -> None:
    model = resolve_parts([("gaussian", {"background": "linear"}), ("polynomial", {"degree": 3})], ("x",))
    assert list(model.parameters) == ["amplitude", "center", "width", "c0", "c1", "c2", "c3"]


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("gaussian", "linear", "polynomial"), "all of linear is in polynomial already: leave it out"),
        (("logistic_4", "logistic_5"), "each have a constant that can't be left out"),
    ],
)
def test_what_makes_no_sum_is_refused_with_the_part(names: tuple[str, ...], words: str) -> None:
    with pytest.raises(LibraryError, match=words) as caught:
        sum_of(*names)
    assert caught.value.part == 1


def test_a_variable_is_no_parameter_of_a_sum() -> None:
    with pytest.raises(LibraryError, match="choose another name for the variable"):
        resolve_parts([("gaussian", {}), ("lorentzian", {})], ("gaussian_center",))


def test_start_values_are_guessed_together() -> None:
    model = sum_of("gaussian", "exponential_decay", "linear")
    truth = {"gaussian_amplitude": 3, "center": 6, "width": 0.3, "exponential_decay_amplitude": 9, "rate": 1.5}
    guess = model.guess({"x": X}, curve(model, **truth, intercept=1, slope=-0.4))
    assert {name: guess[name].item() for name in truth} == pytest.approx(truth, rel=0.35)
    assert guess["slope"].item() == pytest.approx(-0.4, abs=0.05)


def test_like_parts_are_in_the_order_of_their_places() -> None:
    model = sum_of("gaussian", "gaussian", "lorentzian")
    y = curve(
        model,
        gaussian1_amplitude=5,
        gaussian1_center=8,
        gaussian1_width=0.3,
        offset=1,
        gaussian2_amplitude=-4,
        gaussian2_center=2,
        gaussian2_width=0.4,
        lorentzian_amplitude=3,
        lorentzian_center=5,
        half_width=0.2,
    )
    guess = model.guess({"x": X}, y)
    assert guess["gaussian1_center"] < guess["gaussian2_center"]
    assert all(value.isfinite() for value in guess.values())


def test_curves_are_guessed_together_as_alone() -> None:
    model = sum_of("sinusoid", "linear")
    curves = [
        curve(model, amplitude=amplitude, frequency=0.7, phase=0.3, intercept=2, slope=1) for amplitude in (1.0, 4.0)
    ]
    together = model.guess({"x": X[:, None]}, torch.stack(curves, dim=1))
    for number, y in enumerate(curves):
        for name, value in model.guess({"x": X}, y).items():
            assert together[name][number].item() == pytest.approx(value.item(), rel=1e-6)
