"""XLSX and ODS files as rows of cells."""

import io
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zipfile import ZipFile

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from app.jobs.data.reading.archives import unpacked
from app.jobs.data.reading.errors import DataFileError, shown
from app.jobs.data.reading.header import header_of
from app.jobs.data.reading.rows import Cell, Rows, within
from app.jobs.data.reading.sheets import SheetFile, Wanted

_MOST_NAMES = 20
_1904 = re.compile(rb"""date1904\s*=\s*["'](1|true)["']""")


def spreadsheet(data: bytes, wanted: Wanted, most_bytes: int, check: Callable[[int], None]) -> SheetFile:
    """Return a sheet of a spreadsheet: the one that is set, or that has the wanted columns.

    Raises DataFileError for a file that can't be read or is too large, or where several sheets have them.
    """
    archive, kind = unpacked(data, most_bytes)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(archive))
        sheets = {name: _rows(workbook, name, wanted) for name in _names(workbook, wanted)}
    except (CalamineError, ValueError) as error:
        if isinstance(error, DataFileError):
            raise
        raise DataFileError(f"the file can't be read: {str(error).partition(chr(10))[0][:100]}") from None
    name = _chosen(sheets, wanted)
    found: dict[str, object] = {"format": kind, "sheet": name[:200]}
    if kind == "xlsx":
        found["date_system"] = 1904 if _counts_from_1904(archive) else 1900
    return SheetFile(sheets[name], wanted, None, found, check)


def _names(workbook: CalamineWorkbook, wanted: Wanted) -> list[str]:
    """Return the names of the sheets that come into question."""
    all_names, name = workbook.sheet_names, wanted.reading.sheet
    if name is None:
        visible = [sheet.name for sheet in workbook.sheets_metadata if sheet.visible == SheetVisibleEnum.Visible]
        return visible or all_names
    if name not in all_names:
        known = ", ".join(shown(known) for known in all_names[:_MOST_NAMES])
        raise DataFileError(f"there is no such sheet; there are: {known}", setting="sheet")
    return [name]


def _chosen(sheets: dict[str, Rows], wanted: Wanted) -> str:
    """Return the name of the sheet that has the wanted columns. Raise DataFileError where several have."""
    filled = [name for name, rows in sheets.items() if any(True for _ in rows)]
    if not filled:
        raise DataFileError("the file is empty")
    names = {name.strip() for name in wanted.all_names}
    fitting = [
        name
        for name in filled
        if len(filled) == 1 or names <= set(header_of(sheets[name], names, wanted.reading).names)
    ]
    if len(fitting) > 1:
        known = ", ".join(shown(name) for name in fitting[:_MOST_NAMES])
        raise DataFileError(f"several sheets have these columns: set one of {known}", setting="sheet")
    return fitting[0] if fitting else filled[0]


def _rows(workbook: CalamineWorkbook, name: str, wanted: Wanted) -> Rows:
    cells = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    return within(Rows(lambda: ([_cell(value) for value in row] for row in cells)), wanted.reading.range)


def _cell(value: "float | str | bool | date | time | timedelta") -> Cell:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, timedelta):
        thousandths = round(value / timedelta(milliseconds=1))
        hours, rest = divmod(abs(thousandths), 3_600_000)
        return f"{'-' if thousandths < 0 else ''}{hours:02}:{rest // 60_000:02}:{rest % 60_000 / 1000:06.3f}"
    return value.isoformat(timespec="milliseconds") if isinstance(value, datetime | time) else value.isoformat()


def _counts_from_1904(archive: bytes) -> bool:
    with ZipFile(io.BytesIO(archive)) as parts:
        return bool(_1904.search(parts.read("xl/workbook.xml")))
