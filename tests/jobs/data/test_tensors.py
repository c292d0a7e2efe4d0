"""Stored data as matrices, curves as the last axis."""

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from app.fitting.problems.data import NotFiniteError
from app.jobs.data.columns import to_stored
from app.jobs.data.tensors import PaddedColumns, flat_columns
from app.schemas.target import DataTarget

CURVES = st.lists(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5), min_size=1, max_size=6)


def padded(first: int, last: int, dtype: torch.dtype = torch.float64, **target: Any) -> PaddedColumns:
    data, arrays = to_stored(DataTarget.model_validate(target))
    return flat_columns(data, arrays, dtype, curves=range(first, last)).padded()


@given(CURVES, st.data())
def test_each_column_is_its_curve_and_then_padding_that_counts_nothing(
    y: list[list[float]], data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(y) - 1))
    last = data.draw(st.integers(first + 1, len(y)))
    found = padded(first, last, x=y, y=y)
    assert found.counts.tolist() == [len(curve) for curve in y[first:last]]
    for number, curve in enumerate(y[first:last]):
        for column in (found.y, found.variables["x"]):
            assert column[: len(curve), number].tolist() == curve
            assert (column[len(curve) :, number] == curve[-1]).all()
        if found.factor is not None:
            assert found.factor[:, number].tolist() == [1] * len(curve) + [0] * (len(found.y) - len(curve))


def test_curves_are_the_last_axis_and_lie_together() -> None:
    found = padded(0, 3, x=[0, 1], y=[[1, 2], [3, 4], [5, 6]])
    assert found.y.tolist() == [[1, 3, 5], [2, 4, 6]]
    assert found.y.is_contiguous()


def test_what_all_curves_share_has_one_column() -> None:
    found = padded(1, 3, x=[0, 1], y=[[1, 2], [3, 4], [5, 6]], sigma=[1, 2])
    assert found.variables["x"].tolist() == [[0], [1]]
    assert found.factor is not None
    assert found.factor.tolist() == [[1], [0.5]]


def test_weights_are_padded_with_zero() -> None:
    found = padded(0, 2, x=[[0, 1], [0]], y=[[1, 2], [3]], weights=[[1, 4], [9]])
    assert found.factor is not None
    assert found.factor.tolist() == [[1, 3], [2, 0]]


def test_without_weights_and_padding_there_is_no_factor() -> None:
    assert padded(0, 2, x=[0, 1], y=[[1, 2], [3, 4]]).factor is None


def test_the_response_is_transformed() -> None:
    assert padded(0, 2, x=[0], y=[[1], [4]], response="sqrt(y)").y.tolist() == [[1, 2]]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_all_tensors_have_the_dtype(dtype: torch.dtype) -> None:
    found = padded(0, 2, dtype, x=[[0, 1], [0]], y=[[1, 2], [3]], sigma=[[1, 4], [9]])
    assert found.factor is not None
    assert {found.y.dtype, found.variables["x"].dtype, found.factor.dtype} == {dtype}


def test_a_number_that_is_not_finite_is_told_by_its_place_among_all_curves() -> None:
    with pytest.raises(NotFiniteError, match="point 1 of curve 2"):
        padded(2, 3, torch.float32, x=[0, 1], y=[[1, 2], [3, 4], [5, 1e300]])


def test_residuals_are_divided_by_sigma_and_multiplied_by_the_root_of_a_weight() -> None:
    by_sigma = padded(0, 1, x=[0, 1], y=[[1, 2]], sigma=[[0.5, 4]])
    by_weight = padded(0, 1, x=[0, 1], y=[[1, 2]], weights=[[4, 0]])
    assert by_sigma.factor is not None
    assert by_weight.factor is not None
    assert by_sigma.factor[:, 0].tolist() == [2, 0.25]
    assert by_weight.factor[:, 0].tolist() == [2, 0]


def test_a_response_is_transformed() -> None:
    assert padded(0, 1, x=[0, 1], y=[[1, 10]], response="log10(y)").y[:, 0].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("target", "field"),
    [
        ({"x": [1e300], "y": [1.0]}, "x"),
        ({"x": [1.0], "y": [1e300]}, "y"),
        ({"x": [1.0], "y": [-1.0], "response": "log(y)"}, "response"),
        ({"x": [1.0], "y": [1.0], "sigma": [1e-40]}, "sigma"),
    ],
)
def test_what_is_not_finite_in_the_number_format_is_named(target: dict[str, Any], field: str) -> None:
    data, arrays = to_stored(DataTarget.model_validate(target))
    with pytest.raises(NotFiniteError, match=r"at point 0$") as caught:
        flat_columns(data, arrays, torch.float32)
    assert caught.value.field == field
