"""A file of data as it was read, before anybody has said what its columns are."""

from typing import Literal

from pydantic import Field

from app.schemas.outgoing import Outgoing
from app.schemas.reading import DateColumn, Reading


class TableColumn(Outgoing):
    """A column of a file, as it was read."""

    name: str = Field(description="Its name, by which a target takes it.")
    label: str = Field(description="Its name without a unit in brackets.")
    unit: str | None = Field(description="Its unit, in brackets behind the name or under it; null: none is told.")
    kind: Literal["numbers", "dates", "texts", "lists", "other"] = Field(
        description=(
            "What it has. Dates and times are numbers, see `dates`; `lists` have a curve in each row. A target takes "
            "texts as `curve` only, and nothing `other`."
        )
    )
    dates: DateColumn | None = Field(description="What the numbers of dates and times mean; null where there are none.")
    count: int = Field(description="Values that there are.")
    missing: int = Field(description="Values that are missing.")
    minimum: float | None = Field(description="Least number; null where there is none.")
    maximum: float | None = Field(description="Greatest number; null where there is none.")
    distinct: int | None = Field(description="How many different texts there are; null for numbers.")
    problem: str | None = Field(description="Why a column with numbers can't be taken for one, in words; null: it can.")


class SuggestedRoles(Outgoing):
    """What the columns most likely are, to be chosen otherwise; names as a target takes them."""

    x: str | None = Field(description="Column of x; null: none has numbers beside y.")
    y: str | None = Field(description="Column of y, or `*`: all others, of which each is a curve; null: there is none.")
    sigma: str | None = Field(description="Column of standard deviations; null: none looks like it.")
    curve: str | None = Field(description="Column that says to which curve a row belongs; null: none looks like it.")


class TableReading(Outgoing):
    """A file of data as it was read. Nothing of it is kept."""

    object: Literal["table"] = Field("table", description="What this is.")
    reading: Reading = Field(description="How the file was read; parts of it may be set in the next request.")
    total_rows: int = Field(description="Rows of data in the file.")
    columns: list[TableColumn] = Field(description="The columns, in the order of the file.")
    rows: list[list[float | str | None]] = Field(
        description=(
            "The first rows, at most 200 and with many columns fewer; null where a value is missing. A list of numbers "
            "is told by its length, `[96]`."
        )
    )
    suggestion: SuggestedRoles = Field(description="What the columns most likely are.")
    warnings: list[str] = Field(description="What a person should know of how the file was read.")
