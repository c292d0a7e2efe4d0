"""The recurrences that exports write are those of the polynomials."""

import pytest
import torch

from app.fitting.exports.recurrences import RECURRENCES
from app.fitting.formulas.formula import parse

U = torch.linspace(-0.9, 0.9, 7, dtype=torch.float64)
FAMILY = {"lam": 0.75, "alpha": 0.3, "beta": -0.4}


@pytest.mark.parametrize("name", RECURRENCES)
def test_a_polynomial_is_what_its_recurrence_gives(name: str) -> None:
    recurrence = RECURRENCES[name]
    numbers = {key: torch.tensor(value, dtype=torch.float64) for key, value in FAMILY.items()}
    variables = ("u", "k", "current", "previous", *FAMILY)

    def worked_out(text: str, **more: torch.Tensor) -> torch.Tensor:
        return parse(text, variables)({"u": U, **numbers, **more}).expand_as(U)

    previous, current = torch.ones_like(U), worked_out(recurrence.first)
    for k in range(1, 6):
        shape = "".join(f"{FAMILY[number]}, " for number in recurrence.family)
        expected = parse(f"{name}({k}, {shape}u)", ("u",))({"u": U})
        torch.testing.assert_close(current, expected, rtol=1e-12, atol=1e-12)
        step = worked_out(recurrence.step, k=torch.tensor(float(k)).double(), current=current, previous=previous)
        previous, current = current, step
