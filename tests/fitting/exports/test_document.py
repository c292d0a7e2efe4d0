"""JSON exports: a program that knows no formulas can work the model out."""

import json
from typing import Any

import pytest
import torch

from app.fitting.exports import document
from app.fitting.formulas.functions import FUNCTIONS, OPERATIONS
from tests.helpers.exported_models import CASES, OVERFLOWING, model_of


def worked_out(tree: Any, values: dict[str, torch.Tensor]) -> torch.Tensor:
    """Return what a reader of the document has to write."""
    if isinstance(tree, str):
        return values[tree]
    if not isinstance(tree, list):
        return torch.tensor(float(tree), dtype=torch.float64)
    operation, *parts = tree
    if operation in FUNCTIONS and FUNCTIONS[operation].constants:
        return FUNCTIONS[operation].apply(*parts[:-1], worked_out(parts[-1], values))
    first, *others = (worked_out(part, values) for part in parts)
    if operation in FUNCTIONS:
        return FUNCTIONS[operation].apply(first, *others)
    if operation == "-":
        return -first
    for other in others:
        first = OPERATIONS["**" if operation == "^" else operation](first, other)
    return first


@pytest.mark.parametrize("name", [name for name in CASES if name != OVERFLOWING])
def test_the_tree_computes_what_the_formula_does(name: str) -> None:
    case = CASES[name]
    found = json.loads(json.dumps(document(case.model), allow_nan=False))
    numbers = {key: torch.tensor(value, dtype=torch.float64) for key, value in found["coefficients"].items()}
    columns = torch.tensor(case.points, dtype=torch.float64).unbind(1)
    values = numbers | dict(zip(found["variables"], columns, strict=True))
    case.check(worked_out(found["tree"], values).expand(len(case.points)).tolist())


def test_the_document() -> None:
    assert document(model_of("a + b * P3(x/2) - ln(x)", a=0.1, b=2.0)) == {
        "formula": "a + b * P3(x/2) - ln(x)",
        "latex": r"a + b\,P_{3}\left(\frac{x}{2}\right) - \ln\left(x\right)",
        "response": None,
        "variables": ["x"],
        "coefficients": {"a": 0.1, "b": 2.0},
        "stderr": {"a": 0.5, "b": 0.5},
        "functions": ["legendre", "log"],
        "tree": ["+", "a", ["*", "b", ["legendre", 3, ["/", "x", 2.0]]], ["-", ["log", "x"]]],
    }


def test_a_long_sum_is_no_deep_tree() -> None:
    tree = document(model_of("+".join(["x"] * 1000)))["tree"]
    assert tree == ["+", *["x"] * 1000]
