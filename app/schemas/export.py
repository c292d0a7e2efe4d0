"""A fitted model as data for other programs."""

from typing import Any

from pydantic import BaseModel, Field


class ModelExport(BaseModel):
    """A fitted model as data, for a program in any language."""

    formula: str = Field(description="The model as a formula.")
    latex: str = Field(description="The same in LaTeX.")
    response: str | None = Field(description="Formula in y of what the model gives; null: y itself.")
    variables: list[str] = Field(description="The predictor variables.")
    coefficients: dict[str, float] = Field(description="Value of each parameter of the formula.")
    stderr: dict[str, float | None] = Field(description="Standard error of each, null where there is none.")
    functions: list[str] = Field(description="The functions of the formula.")
    tree: Any = Field(
        description=(
            "The formula, read: a number; a name of a variable or parameter; or a list of an operation and its parts. "
            "Operations: `+` and `*` of two or more, `-` of one, `/` and `^` of two, and the functions, of their "
            "arguments in order."
        ),
        examples=[["+", "a", ["*", "b", ["legendre", 3, "x"]]]],
    )
