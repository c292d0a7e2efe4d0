"""How a file of measured data is read: what a person may set, and what was found."""

from typing import Annotated, Literal

from pydantic import Field

from app.schemas.incoming import Incoming

MOST_NAMED = 100
"""Most columns of which the answer tells more."""
Row = Annotated[int, Field(ge=1, le=2**31)]
ShortText = Annotated[str, Field(min_length=1, max_length=200)]


class DateColumn(Incoming):
    """What the numbers of a column of dates or times mean."""

    zero: ShortText = Field(
        description="The moment that is 0, such as `2025-03-04T00:00:00`; of times of day, 00:00:00."
    )
    unit: Literal["days", "hours", "minutes", "seconds"] = Field(description="What 1 is.")


class RowsLeftOut(Incoming):
    """How many rows of a file were left out."""

    comments: int = Field(0, description="Rows that begin with the mark of comments.")
    blank: int = Field(0, description="Rows without anything in the columns that are used.")
    trailing: int = Field(0, description="Rows at the end that are no data: totals, remarks, empty ones.")


class Reading(Incoming):
    """How a file is read. What is left out is found from the file; the answer says all, and can be posted again.

    Rows are counted as a spreadsheet counts them, from 1; a first line `sep=;` does not count.
    """

    format: Literal["text", "xlsx", "ods", "parquet", "arrow"] | None = Field(
        None, description="Format of the file, which is seen from its content: it can't be set to another."
    )
    encoding: ShortText | None = Field(
        None, description="Encoding of a text: `utf-8`, `utf-16`, `cp1252`, or any other that Python knows."
    )
    separator: Annotated[str, Field(min_length=1, max_length=1)] | None = Field(
        None, description="Character between two cells of a row; a blank stands for any blanks and tabs."
    )
    decimal: Literal[".", ","] | None = Field(None, description="The mark before the fraction of a number.")
    thousands: Literal[".", ",", " ", "'", "none"] | None = Field(
        None, description="The mark between groups of three digits; `none` where there is none."
    )
    comment: Annotated[str, Field(min_length=1, max_length=2)] | None = Field(
        None, description="What a row begins with that is left out."
    )
    header_row: Annotated[int, Field(ge=0, le=2**31)] | None = Field(
        None,
        description=(
            "Row with the names of the columns; 0: there is none, and columns are called `column 1`, `column 2`, ..."
        ),
    )
    first_row: Row | None = Field(None, description="First row of numbers.")
    last_row: Row | None = Field(None, description="Last row of numbers: what comes after it is left out.")
    transpose: bool | None = Field(None, description="Whether rows and columns change places: x stands in a row.")
    sheet: ShortText | None = Field(None, description="Name of the sheet of a spreadsheet.")
    range: Annotated[str, Field(pattern=r"^[A-Za-z]{1,3}[0-9]{1,7}:[A-Za-z]{1,3}[0-9]{1,7}$")] | None = Field(
        None, description="Cells of the sheet that are read, names included: `B3:D20`."
    )
    date_order: Literal["dmy", "mdy", "ymd"] | None = Field(
        None, description="Order of day, month and year in dates such as 03/04/2025."
    )
    date_zero: ShortText | None = Field(
        None, description="Moment from which dates are counted, in ISO 8601; left out: the earliest of the column."
    )
    date_unit: Literal["days", "hours", "minutes", "seconds"] | None = Field(
        None, description="Unit of dates and times; left out: days for dates, seconds where there is a time of day."
    )
    missing_words: Annotated[list[ShortText], Field(max_length=100)] | None = Field(
        None, description="Texts that stand for a missing value, beside an empty cell, `NA`, `NaN`, `-` and their like."
    )
    date_system: Literal[1900, 1904] | None = Field(
        None, description="Found: the year from which an Excel file counts its days."
    )
    dates: Annotated[dict[ShortText, DateColumn], Field(max_length=MOST_NAMED)] | None = Field(
        None, description="Found: columns of dates or times, and what 0 and 1 are; at most 100 are told."
    )
    units: Annotated[dict[ShortText, ShortText], Field(max_length=MOST_NAMED)] | None = Field(
        None, description="Found: what stands under the names, before the numbers; at most 100 are told."
    )
    left_out: RowsLeftOut | None = Field(None, description="Found: rows that were left out.")
    left_out_columns: Annotated[list[ShortText], Field(max_length=MOST_NAMED)] | None = Field(
        None, description='Found: columns without a number, which `"y": "*"` leaves out; at most 100 are told.'
    )
