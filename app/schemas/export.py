"""A fitted model as data for other programs."""

from typing import Any

from pydantic import Field

from app.schemas.outgoing import Outgoing


class ModelExport(Outgoing):
    """A fitted model as data, for a program in any language."""

    formula: str = Field(description="The model as a formula.")
    latex: str = Field(description="The same in LaTeX.")
    response: str | None = Field(description="Formula in y for the quantity that the model describes; null: y itself.")
    variables: list[str] = Field(description="The predictor variables.")
    coefficients: dict[str, float] = Field(description="Value of each parameter of the formula.")
    stderr: dict[str, float | None] = Field(description="Standard error of each coefficient, null where there is none.")
    functions: list[str] = Field(description="The functions of the formula.")
    tree: Any = Field(
        description=(
            "The formula as a tree: a number; the name of a variable or parameter; or a list of an operation and its "
            "operands. `+` and `*` have two or more operands, `-` has one, `/` and `^` have two, a function has its "
            "arguments in order."
        ),
        examples=[["+", "a", ["*", "b", ["legendre", 3, "x"]]]],
    )
