"""A program with the numbers of an objective, and the memory that it works in."""

import pytest
import torch

from app.fitting.curves.compression import compressed_curves
from app.fitting.problems.compression import compressed
from app.fitting.programs.bound import Bound, Pointers, Registers, evaluations_of
from app.fitting.programs.inputs import tensors_of
from app.fitting.programs.program import compiled
from app.fitting.programs.shape import shape_of
from app.fitting.programs.solution import trials_of
from tests.helpers.programs import SOLVER, beside_each_other, everything, fit, is_close, tried_by_torch


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
def test_registers_hold_the_numbers_of_one_fit_by_name(dtype: torch.dtype) -> None:
    problem = everything(dtype=dtype)
    shape = shape_of(problem)
    program = compiled(shape, trials_of(shape, SOLVER))
    registers = Registers(program)
    registers["parameters"][:] = problem.start.numpy()
    registers["loss"][0] = torch.nan
    registers["damping"][0], registers["growth"][0] = 1e-3, 2.0
    registers["most_steps"][0] = 99
    losses = torch.zeros(9, dtype=dtype)
    Bound(program, tensors_of(shape, problem)).run(registers.pointers, Pointers([losses.data_ptr()]), 2, 9)
    expected = tried_by_torch(problem, problem.start)
    for name, right in expected._asdict().items():
        part = registers.tensor(name)
        assert part.shape == right.shape
        assert part.dtype == right.dtype
        assert is_close(part, right, 1e-9 if dtype is torch.float64 else 2e-3)


def test_a_tensor_of_a_register_is_a_copy() -> None:
    shape = shape_of(everything())
    registers = Registers(compiled(shape, trials_of(shape, SOLVER)))
    copy = registers.tensor("parameters")
    registers["parameters"][:] = 5
    assert copy.tolist() == [0, 0, 0]


def test_only_the_fits_that_are_asked_for_change() -> None:
    curves = beside_each_other([everything(seed=100 * number) for number in range(20)])
    shape = shape_of(curves)
    program = compiled(shape, trials_of(shape, SOLVER))
    expected = tried_by_torch(curves, curves.start)
    for first, end in ((0, 20), (3, 4), (8, 17), (19, 20)):
        state = [part.clone() for part in tried_by_torch(curves, curves.start, trials=-1)]
        losses = torch.full((20, 4), -1.0, dtype=torch.float64)
        Bound(program, tensors_of(shape, curves), 20).run(
            Pointers.to_rows(state, 20), Pointers([losses.data_ptr()]), 2, 4, first, end
        )
        inside = torch.zeros(20, dtype=torch.bool)
        inside[first:end] = True
        assert is_close(state[0][:, inside], expected.parameters[:, inside])
        assert state[0][:, ~inside].equal(curves.start[:, ~inside])
        assert ((losses != -1).any(1) == inside).all()


def test_rows_of_tensors_are_pointed_to_in_order() -> None:
    matrix, vector = torch.zeros(2, 3, 5, dtype=torch.float64), torch.zeros(5, dtype=torch.float32)
    pointers = Pointers.to_rows([matrix, vector], 5)
    rows = [*range(matrix.data_ptr(), matrix.data_ptr() + 240, 40), vector.data_ptr()]
    assert pointers._addresses.tolist() == rows


def test_evaluations_are_counted_where_the_model_is() -> None:
    problem = fit("a + b*x", {"a": 1.0, "b": 2.0}, points=40)
    curves = beside_each_other([problem, problem])
    few, few_curves = compressed(problem), compressed_curves(curves)
    assert few is not None
    assert few_curves is not None
    assert evaluations_of(problem) is evaluations_of(few) is problem.evaluations
    assert evaluations_of(curves) is curves.evaluations
    assert evaluations_of(few_curves) is few_curves.at_nodes.evaluations
    with pytest.raises(TypeError, match="no objective"):
        evaluations_of(object())  # type: ignore[arg-type]
