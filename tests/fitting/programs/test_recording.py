"""Recordings: what a function does below autograd, and nothing of the lengths that it was recorded with."""

from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Tensor

from app.fitting.programs import recording
from app.fitting.programs.nodes import FITS, POINTS, SUM, Graph, UnsupportedError, known
from app.fitting.programs.recording import Input, Nodes, lengths_for, recorded
from app.fitting.programs.rules import RULES

X = Input("x", ("points", "fits"), torch.float64)
P = Input("p", (3, "fits"), torch.float64, moves=True)
LENGTHS = lengths_for([P, X])


def nodes_of(function: Callable[..., Sequence[Tensor]]) -> tuple[Graph, list[Nodes]]:
    return recorded(function, [P, X], RULES)


def test_known_axes_are_written_out_and_others_are_not() -> None:
    _, (products, total) = nodes_of(lambda p, x: [p, (p[0] * x).sum(0)])
    assert products.shape == (3, 1)
    assert total.shape == (1,)
    assert total[0].operation == SUM
    assert total[0].moves


def test_a_backward_is_recorded_operation_by_operation() -> None:
    def slope(p: Tensor, x: Tensor) -> list[Tensor]:
        q = p.detach().requires_grad_()
        (gradient,) = torch.autograd.grad((q[0] * q[0] * x).sum(), q)
        return [gradient]

    _, (gradient,) = nodes_of(slope)
    assert gradient.shape == (3, 1)
    assert known(gradient[1, 0]) == known(gradient[2, 0]) == 0
    assert gradient[0, 0].moves


def test_what_follows_from_no_input_is_a_number() -> None:
    _, (number,) = nodes_of(lambda _p, _x: [torch.ones(2, dtype=torch.float64) * 3 + 1])
    assert [known(node) for node in number] == [4, 4]


def test_what_changes_in_place_has_its_number_of_that_time() -> None:
    def function(p: Tensor, _x: Tensor) -> list[Tensor]:
        total = torch.ones(LENGTHS[FITS], dtype=torch.float64)
        before = total * 2
        total.add_(p[0])
        return [total, before]

    _, (total, before) = nodes_of(function)
    assert known(before[0]) == 2
    assert known(total[0]) is None


def test_a_constant_along_an_axis_of_any_length_has_to_be_the_same_everywhere() -> None:
    points = LENGTHS[POINTS]
    with pytest.raises(UnsupportedError, match="differs along an axis of any length"):
        nodes_of(lambda p, x: [(p[0] * x * torch.arange(points, dtype=torch.float64)[:, None]).sum(0)])


def test_an_operation_without_a_rule_is_told_by_its_name() -> None:
    with pytest.raises(UnsupportedError, match=r"aten\.i0\.default has no rule"):
        nodes_of(lambda p, _x: [torch.i0(p)])


def test_the_largest_number_of_a_fit_is_not_known() -> None:
    with pytest.raises(UnsupportedError, match="maximum over the points"):
        nodes_of(lambda p, x: [(p[0] * x).amax(0)])


def test_a_sum_over_fits_may_be_recorded_but_nothing_may_follow_from_it() -> None:
    _, (total,) = nodes_of(lambda p, _x: [p[0].sum()])
    assert total.item().operation == "never"


def test_a_step_of_too_many_operations_is_given_up_as_it_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MOST_OPERATIONS", 100)
    done = []

    def endless(p: Tensor, _x: Tensor) -> list[Tensor]:
        while True:
            p = p + 1
            done.append(1)

    with pytest.raises(UnsupportedError, match="too many operations"):
        nodes_of(endless)
    assert len(done) <= 100


@pytest.mark.parametrize("length", range(60, 90))
def test_no_axis_of_known_length_is_mistaken_for_one_of_any_length(length: int) -> None:
    inputs = [Input("p", (length, "fits"), torch.float64), Input("n", (length + 8,), torch.float64), X]
    lengths = lengths_for(inputs)
    assert lengths.keys() == {POINTS, FITS}
    # A right side is one more column.
    assert len({*lengths.values(), length, length + 1, length + 8}) == 5
    _, (same,) = recorded(lambda p, n, _x: [p + n[:length, None]], inputs, RULES)
    assert same.shape == (length, 1)
