"""Shapes: what decides a computation, and no more; and the inputs that follow from them."""

import pytest
import torch

from app.fitting.curves.compression import compressed_curves
from app.fitting.problems.compression import compressed
from app.fitting.programs.inputs import tensors_of
from app.fitting.programs.shape import shape_of
from tests.helpers.programs import beside_each_other, everything, fit

LINE = {"a": 1.3, "b": 0.7}


def test_a_shape_knows_no_names_numbers_and_lengths() -> None:
    one = fit("a*x + b + 2", LINE, lower={"a": 0.0}, points=5)
    other = fit("q*t + r + 3", {"q": 2.0, "r": 5.0}, variables=["u", "t"], upper={"r": 9.0}, points=50, seed=7)
    assert shape_of(one) == shape_of(other)
    assert hash(shape_of(one)) == hash(shape_of(other))


def test_the_numbers_of_a_tie_are_inputs_too() -> None:
    one = fit("a*x + b + c", LINE, tied={"c": "2*a + 1"})
    other = fit("a*x + b + c", LINE, tied={"c": "5*a + 7"})
    third = fit("a*x + b + c", LINE, tied={"c": "2*b + 1"})
    assert shape_of(one) == shape_of(other)
    assert shape_of(one) != shape_of(third)
    assert tensors_of(shape_of(other), other)["numbers"].tolist() == [5, 7]


@pytest.mark.parametrize("loss", ["squares", "huber", "poisson"])
def test_inputs_are_named_and_shaped_as_the_shape_says(loss: str) -> None:
    for objective, lengths in (
        (everything(loss), {"points": 19}),
        (beside_each_other([everything(loss, seed=k) for k in range(3)]), {"points": 19, "fits": 3}),
        (beside_each_other([everything(loss, seed=k) for k in range(3)], shared=True), {"points": 19, "fits": 3}),
        (beside_each_other([everything(loss, points=k) for k in (3, 9)]), {"points": 9, "fits": 2}),
    ):
        shape = shape_of(objective)
        tensors = tensors_of(shape, objective)
        assert [each.name for each in shape.inputs()] == [*tensors] or {each.name for each in shape.inputs()} == {
            *tensors
        }
        for each in shape.inputs():
            sizes = [lengths[axis] if isinstance(axis, str) else axis for axis in each.axes]
            assert tensors[each.name].numel() == torch.Size(sizes).numel()
            assert tensors[each.name].dtype is each.dtype
            assert tensors[each.name].is_contiguous()


def test_padding_alone_is_no_weight() -> None:
    fits = [everything(plain=True, points=points) for points in (3, 9)]
    shape = shape_of(beside_each_other(fits))
    assert shape.ragged
    assert not shape.weighted


def test_nodes_stand_for_points() -> None:
    problem = fit("a + b*x**3", LINE, points=40)
    few, of_curves = compressed(problem), compressed_curves(beside_each_other([problem, problem]))
    assert few is not None
    assert of_curves is not None
    assert shape_of(few).nodes == shape_of(of_curves).nodes == 4
    assert shape_of(few) == shape_of(compressed(fit("a + b*x**3", LINE, points=70, weighted=True)))  # type: ignore[arg-type]


def test_variables_that_the_formula_does_not_use_are_no_inputs() -> None:
    problem = fit("a*v + b", LINE, variables=("u", "v", "w"))
    assert {*tensors_of(shape_of(problem), problem)} == {"x0", "y", "counts"}


def test_what_is_no_objective_has_no_shape() -> None:
    with pytest.raises(TypeError, match="no objective"):
        shape_of(object())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="no objective"):
        tensors_of(shape_of(everything()), object())  # type: ignore[arg-type]
