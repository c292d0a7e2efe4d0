"""The target of a fit whose data come as a file: it names columns where other targets have numbers."""

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from app.schemas.incoming import Incoming
from app.schemas.numbers import Column, NonnegativeColumn, Numbers, PositiveColumn
from app.schemas.reading import Reading
from app.schemas.target import Missing, Response, SigmaAbsolute, VariableName

ALL_OTHERS = "*"
ColumnName = Annotated[str, Field(min_length=1, max_length=200)]


def _kind(value: Any) -> str | None:
    if isinstance(value, str):
        return "tag:name"
    if isinstance(value, list | Numbers):
        return "tag:numbers"
    return "tag:several" if isinstance(value, dict) else None


_KIND = Discriminator(
    _kind, custom_error_type="column", custom_error_message="give the name of a column, or a list of numbers"
)
NameOrColumn = Annotated[Annotated[ColumnName, Tag("tag:name")] | Annotated[Column, Tag("tag:numbers")], _KIND]


def _kind_of_names(value: Any) -> str | None:
    if isinstance(value, list):
        return "tag:names"
    return "tag:name" if isinstance(value, str) else None


class UploadTarget(Incoming):
    """Measured data in the columns of a file.

    The file has a row for each point, of one curve or, with `curve`, of many; or a column for each curve, of which `*`
    names all that are not named elsewhere; or a row for each curve, with lists in it.
    """

    x: Annotated[
        Annotated[ColumnName, Tag("tag:name")]
        | Annotated[Column, Tag("tag:numbers")]
        | Annotated[dict[VariableName, NameOrColumn], Field(min_length=1, max_length=20), Tag("tag:several")],
        _KIND,
    ] = Field(description="Column of x, or of each predictor variable by its name in the model; or the numbers.")
    y: Annotated[
        Annotated[ColumnName, Tag("tag:name")]
        | Annotated[list[ColumnName], Field(min_length=1, fail_fast=True), Tag("tag:names")],
        Discriminator(
            _kind_of_names,
            custom_error_type="column",
            custom_error_message="give the name of a column; or the names of many, a column a curve",
        ),
    ] = Field(
        description=(
            "Column of y; or several, one for each curve, which is then named after its column; `*`: all others that "
            "have numbers."
        )
    )
    sigma: (
        Annotated[Annotated[ColumnName, Tag("tag:name")] | Annotated[PositiveColumn, Tag("tag:numbers")], _KIND] | None
    ) = Field(None, description="Column of the standard deviation of each y, or the numbers.")
    sigma_absolute: SigmaAbsolute = False
    weights: (
        Annotated[Annotated[ColumnName, Tag("tag:name")] | Annotated[NonnegativeColumn, Tag("tag:numbers")], _KIND]
        | None
    ) = Field(None, description="Column of the factor of each squared residual, or the numbers.")
    response: Response = None
    curve: ColumnName | None = Field(
        None, description="Column that says to which curve a row belongs; its values become the labels."
    )
    missing: Missing = None
    reading: Reading = Field(
        default_factory=Reading, description="How the file is read; what is left out is found from the file."
    )

    @property
    def takes_all_others(self) -> bool:
        """Tell whether every column is a curve that is not named elsewhere."""
        return self.y == ALL_OTHERS

    @property
    def is_of_many(self) -> bool:
        """Tell whether it is one of many curves, as far as the request says it."""
        return self.curve is not None or isinstance(self.y, list) or self.takes_all_others

    @property
    def names(self) -> dict[tuple[str | int, ...], str]:
        """Return the names of columns by the fields in which they stand; without `curve`."""
        named: dict[tuple[str | int, ...], Any] = {
            ("sigma",): self.sigma,
            ("weights",): self.weights,
        }
        if isinstance(self.x, dict):
            named |= {("x", name): column for name, column in self.x.items()}
        else:
            named["x",] = self.x
        if isinstance(self.y, list):
            named |= {("y", index): name for index, name in enumerate(self.y)}
        elif not self.takes_all_others:
            named["y",] = self.y
        return {path: name for path, name in named.items() if isinstance(name, str)}
