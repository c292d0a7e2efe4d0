"""Spreadsheets as files, written by other libraries than the one that reads them."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

Sheets = Mapping[str, Sequence[Sequence[Any]]]


def xlsx(sheets: Sheets, from_1904: bool = False, hidden: str | None = None) -> bytes:
    """Return an XLSX file."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    if from_1904:
        workbook.epoch = CALENDAR_MAC_1904
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        sheet.sheet_state = "hidden" if name == hidden else "visible"
        for row in rows:
            sheet.append(list(row))
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def ods(sheets: Sheets) -> bytes:
    """Return an ODS file."""
    document = OpenDocumentSpreadsheet()
    for name, rows in sheets.items():
        table = Table(name=name)
        for row in rows:
            line = TableRow()
            for value in row:
                line.addElement(_ods_cell(value))
            table.addElement(line)
        document.spreadsheet.addElement(table)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _ods_cell(value: Any) -> Any:
    if value is None:
        return TableCell()
    if isinstance(value, str):
        cell = TableCell(valuetype="string")
        cell.addElement(P(text=value))
        return cell
    if isinstance(value, date | datetime):
        return TableCell(valuetype="date", datevalue=value.isoformat())
    if isinstance(value, time | timedelta):
        return TableCell(valuetype="time", timevalue=value.strftime("PT%HH%MM%SS"))  # type: ignore[union-attr]
    return TableCell(valuetype="float", value=str(value))


def with_part(file: bytes, name: str, content: bytes) -> bytes:
    """Return an archive in which a part is another one."""
    copy = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file)) as old, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, content if part == name else old.read(part))
    return copy.getvalue()
