"""A fit as a workbook of a spreadsheet: what was found, and the data beside the fitted model."""

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from app.jobs.data import downloads
from app.jobs.data.columns import StoredData
from app.jobs.errors import InvalidRequestError, NoResultError, WrongField
from app.jobs.results.curve_rows import tables_of
from app.jobs.results.prediction import predict
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.jobs.views.of_fit import Window, view_of
from app.schemas.prediction import PredictionRequest

if TYPE_CHECKING:
    import xlsxwriter

MOST_ROWS = 1_048_575
"""Most rows of a sheet below the names of its columns."""
_GRID = Window(None, None, 10, 0.95)
_NUMBERS = (
    "ndata", "nvarys", "nfree", "chisqr", "redchi", "rmse", "rsquared", "adjusted_rsquared", "aic", "aicc", "bic",
    "condition",
)  # fmt: skip

Table = tuple[Sequence[str], Iterator[Sequence[Any]]]
"""Names of columns, and rows."""


def workbook_of(store: Store, record: FitRecord) -> bytes:
    """Return a fit as an XLSX file, whose texts are texts and never formulas.

    Raises InvalidRequestError for more rows than a sheet has.
    """
    import xlsxwriter  # noqa: PLC0415 - only here

    points = record.fit.target.points
    if points > MOST_ROWS:
        raise InvalidRequestError([WrongField(("fit",), f"a sheet has at most {MOST_ROWS} rows: take data?format=csv")])
    content = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
    }
    with xlsxwriter.Workbook(content, options) as book:
        book.set_properties({"created": None})
        for name, table in _sheets(store, record):
            _write(book, name, table)
    return content.getvalue()


def _sheets(store: Store, record: FitRecord) -> Iterator[tuple[str, Table]]:
    yield "Fit", (("", ""), iter(_facts(record)))
    if record.result is not None and record.fit.curves is None:
        yield "Coefficients", _coefficients(record)
    if record.fit.curves is not None:
        tables = tables_of(store, record, store.curves.tables(record.number), statistics=False)
        yield "Curves", _of_batches(batch for table in tables for batch in table.to_batches())
    if isinstance(record.fit.target, StoredData):
        yield "Data", _data(store, record, record.fit.target)
    if record.result is not None and record.fit.curves is None and len(record.fit.variables) == 1:
        yield "Curve", _curve(store, record)


def _facts(record: FitRecord) -> list[tuple[str, Any]]:
    result = record.result
    statistics = None if result is None else result.statistics
    facts: list[tuple[str, Any]] = [
        ("id", record.id),
        ("status", record.status.value),
        ("reason", "" if record.reason is None else record.reason.value),
        ("message", record.message or ""),
        ("formula", record.formula or ""),
        ("optimizer", record.fit.hyperparameters.optimizer),
        ("loss", record.fit.loss.name),
    ]
    if result is not None:
        facts += [("final_loss", result.final_loss), ("steps", result.steps)]
    if statistics is not None:
        facts += [(name, getattr(statistics, name)) for name in _NUMBERS]
        facts += [("warning", words) for words in statistics.warnings]
    return facts


def _coefficients(record: FitRecord) -> Table:
    result = record.result
    statistics = None if result is None else result.statistics
    errors: Mapping[str, float | None] = {} if statistics is None else statistics.stderr
    intervals: Mapping[str, Any] = {} if statistics is None else statistics.confidence_intervals
    rows = (
        (name, value, errors.get(name), *(intervals.get(name) or (None, None)))
        for name, value in ({} if result is None else result.coefficients).items()
    )
    return ("parameter", "value", "stderr", "lower", "upper"), rows


def _data(store: Store, record: FitRecord, target: StoredData) -> Table:
    """Return the data, of one curve with the fitted value and the residual at each point."""
    batches = downloads.batches(target, store.data(record).arrays)
    names, rows = _of_batches(batches)
    if target.curves is not None:
        return names, rows
    try:
        fitted = predict(store, record, PredictionRequest(), target.points)
    except NoResultError:
        return names, rows
    columns = zip(fitted["values"], fitted["residuals"], strict=True)
    return (*names, "fitted", "residual"), ((*row, *more) for row, more in zip(rows, columns, strict=True))


def _curve(store: Store, record: FitRecord) -> Table:
    """Return the fitted curve on a grid, with its bands."""
    view = view_of(store, record, None, _GRID)
    names = [view["x_label"], "fitted"]
    columns = [view["x"], view["line"] or [None] * len(view["x"])]
    for band in ("confidence", "prediction"):
        if view[band] is not None:
            names += [f"{band}_lower", f"{band}_upper"]
            columns += [view[band]["lower"], view[band]["upper"]]
    return names, iter(zip(*columns, strict=True))


def _of_batches(batches: Iterator[pa.RecordBatch]) -> Table:
    first = next(batches, None)
    if first is None:
        return (), iter(())

    def rows() -> Iterator[Sequence[Any]]:
        for batch in (first, *batches):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)

    return first.schema.names, rows()


def _write(book: "xlsxwriter.Workbook", name: str, table: Table) -> None:
    sheet = book.add_worksheet(name)
    bold = book.add_format({"bold": True})
    names, rows = table
    sheet.write_row(0, 0, names, bold)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(0, len(names) - 1), 16)
    for place, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(place, column, value)
            elif value is not None:
                sheet.write_number(place, column, value)
