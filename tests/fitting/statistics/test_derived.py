"""Quantities derived from coefficients: the delta method against closed forms."""

import math

import pytest
import torch
from torch import Tensor

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters, parse_tie
from app.fitting.statistics.derived import Derived, Integral, Quantity, correlations, derive


def tensor(*numbers: float) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


DECAY = parse("a * exp(-k * x) + c")
COVARIANCE = torch.tensor([[0.04, 0.01, 0.0], [0.01, 0.09, 0.002], [0.0, 0.002, 0.01]], dtype=torch.float64)


def of_decay(*quantities: Quantity | str, parameters: Parameters | None = None, held: tuple[str, ...] = ()) -> Derived:
    """Return quantities of one decay with a = 3, k = 0.5, c = 0.2, as far as these are free."""
    parameters = parameters or Parameters(DECAY.parameters)
    values = {"a": 3.0, "k": 0.5, "c": 0.2}
    free = parameters.free
    places = [list(values).index(name) for name in free]
    read = [
        parse(text, DECAY.parameters, allow_parameters=False) if isinstance(text, str) else text for text in quantities
    ]
    moving = torch.tensor([name not in held for name in free])[:, None]
    return derive(
        read, parameters, tensor(*(values[name] for name in free))[:, None], COVARIANCE[places][:, places][None], moving
    )


def test_a_half_life_has_the_error_of_the_delta_method() -> None:
    found = of_decay("log(2) / k")
    assert found.values.item() == pytest.approx(math.log(2) / 0.5)
    assert found.covariance.item() == pytest.approx((math.log(2) / 0.25) ** 2 * 0.09)


def test_quantities_have_the_covariance_that_their_gradients_give_them() -> None:
    found = of_decay("a / k", "a + c")
    gradients = torch.tensor([[2.0, -12.0, 0.0], [1.0, 0.0, 1.0]], dtype=torch.float64)
    torch.testing.assert_close(found.covariance[0], gradients @ COVARIANCE @ gradients.T)
    correlation = correlations(found.covariance)[0]
    assert correlation[0, 1].item() == pytest.approx(
        (found.covariance[0, 0, 1] / (found.covariance[0, 0, 0] * found.covariance[0, 1, 1]).sqrt()).item()
    )
    assert correlation.diagonal().tolist() == pytest.approx([1, 1])


def test_fixed_parameters_and_those_at_a_bound_count_as_known() -> None:
    fixed = of_decay("a + c", parameters=Parameters(DECAY.parameters, fixed={"c": 0.2}))
    held = of_decay("a + c", held=("c",))
    assert (fixed.values.item(), held.values.item()) == (pytest.approx(3.2), pytest.approx(3.2))
    assert fixed.covariance.item() == held.covariance.item() == pytest.approx(0.04)


def test_a_tied_parameter_moves_with_the_one_that_it_is_tied_to() -> None:
    tied = Parameters(DECAY.parameters, tied={"c": parse_tie("2 * a", ["a", "k"])})
    assert of_decay("a + c", parameters=tied).covariance.item() == pytest.approx(9 * 0.04)


def test_what_depends_on_no_parameter_is_known_exactly() -> None:
    found = of_decay("2 * pi")
    assert (found.values.item(), found.covariance.item()) == (pytest.approx(2 * math.pi), 0)
    assert correlations(found.covariance).isnan().all()


def test_an_area_is_that_of_the_closed_form_with_its_error() -> None:
    area = Integral(DECAY, "x", tensor(0, 1, 4))
    found = of_decay(area, "a / k * (1 - exp(-4 * k)) + 4 * c")
    assert found.values[0].item() == pytest.approx(found.values[1].item(), rel=1e-14)
    assert correlations(found.covariance)[0].flatten().tolist() == pytest.approx([1] * 4, abs=1e-13)
    assert found.covariance[0, 0, 0].item() == pytest.approx(found.covariance[0, 1, 1].item(), rel=1e-13)


def test_an_area_over_one_of_several_variables_holds_the_others() -> None:
    formula = parse("a * u * v", ["u", "v"])
    area = Integral(formula, "u", tensor(0, 2), {"v": 3.0})
    free, covariance = tensor(5)[:, None], tensor(0.01)[:, None, None]
    found = derive([area], Parameters(formula.parameters), free, covariance, torch.ones(1, 1, dtype=torch.bool))
    assert (found.values.item(), found.covariance.item()) == (pytest.approx(30), pytest.approx(36 * 0.01))


def test_the_area_under_a_model_without_parameters_is_known_exactly() -> None:
    assert Integral(parse("sin(x)"), "x", tensor(0, math.pi))({}).item() == pytest.approx(2)


def test_each_of_many_curves_has_its_own() -> None:
    parameters, free = Parameters(DECAY.parameters), torch.stack([tensor(3, 0.5, 0.2), tensor(1, 2, 0)], dim=1)
    covariance = torch.stack([COVARIANCE, torch.full_like(COVARIANCE, torch.nan)])
    quantities = [parse("a / k", DECAY.parameters), Integral(DECAY, "x", tensor(0, 1))]
    found = derive(quantities, parameters, free, covariance, torch.ones(3, 2, dtype=torch.bool))
    assert found.values[0].tolist() == pytest.approx([6, 0.5])
    assert found.values[1].tolist() == pytest.approx([6 * (1 - math.exp(-0.5)) + 0.2, 0.5 * (1 - math.exp(-2))])
    assert found.covariance.isnan().all(2).all(1).tolist() == [False, True]


def test_where_a_quantity_has_no_value_there_is_none() -> None:
    assert of_decay("log(-a)").values.isnan().item()


def test_a_quantity_without_a_value_has_no_error_and_takes_none_from_others() -> None:
    found = of_decay("log(k - 5)", "a + c")
    assert found.covariance.isnan().tolist() == [[[True, True], [True, False]]]
    assert found.covariance[0, 1, 1].item() == of_decay("a + c").covariance.item()
