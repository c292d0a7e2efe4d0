"""The archives that XLSX and ODS files are, unpacked within bounds before anything reads them.

ZIP: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT; cells and their places: ECMA-376 part 1, 18.3.1, and
OpenDocument 1.3 part 3, 9.1.
"""

import io
import re
import struct
import zlib
from xml.parsers import expat
from zipfile import ZIP_STORED, BadZipFile, ZipFile

from app.jobs.data.reading.errors import DataFileError
from app.jobs.data.reading.rows import column_number

ZIP = b"PK\x03\x04"
MOST_CELLS = 2**22
"""Most cells of a sheet, empty ones among them: each takes about 100 bytes while it is read."""
_MOST_DIRECTORY = 2**20
"""Most bytes of an archive's directory."""
_PARTS = (".xml", ".rels", "mimetype")
_END = b"PK\x05\x06"
_CELL = re.compile(rb"""\br\s*=\s*["']\s*([A-Z]{0,3})(\d{1,10})\s*["']""")
_ANY_CELL = re.compile(rb"<c[\s>/]")
_ODS_TAG = re.compile(rb"<table:(table-row|covered-table-cell|table-cell)\b([^>]*)>")
_REPEATED = re.compile(rb"""number-(?:rows|columns)-repeated\s*=\s*["']\s*(\d{1,20})""")


def unpacked(data: bytes, most_bytes: int) -> tuple[bytes, str]:
    """Return an XLSX or ODS file as an archive in which nothing is compressed, and its format.

    Raises DataFileError for what unpacks to more than `most_bytes`, has sheets of too many cells, or is no such file.
    """
    _check_directory(data)
    copy = io.BytesIO()
    try:
        with ZipFile(io.BytesIO(data)) as archive, ZipFile(copy, "w", ZIP_STORED) as plain:
            names = set(archive.namelist())
            kind = "xlsx" if "xl/workbook.xml" in names else "ods" if "content.xml" in names else None
            if kind is None:
                raise DataFileError("the file is an archive, but neither XLSX nor ODS")
            parts = [part for part in archive.infolist() if part.filename.endswith(_PARTS)]
            if sum(part.file_size for part in parts) > most_bytes:
                raise DataFileError(f"the file unpacks to more than the {most_bytes} bytes that are allowed here")
            for part in parts:
                # No more is unpacked than the directory says; where that lies, the check of the sum fails.
                with archive.open(part) as packed:
                    content = packed.read(part.file_size)
                _check_xml(part.filename, content)
                _check_cells(kind, part.filename, content)
                plain.writestr(part.filename, content)
    except DataFileError:
        raise
    except (BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        raise DataFileError("the file is a damaged or encrypted archive") from None
    return copy.getvalue(), kind


def _check_directory(data: bytes) -> None:
    """Raise DataFileError for a directory that is too large to be looked at."""
    place = data.rfind(_END)
    if place >= 0 and len(data) >= place + 16:
        (size,) = struct.unpack_from("<I", data, place + 12)
        if size <= _MOST_DIRECTORY:
            return
    raise DataFileError("the file is a damaged archive, or one of too many parts")


def _check_xml(name: str, content: bytes) -> None:
    """Raise DataFileError for a part that is not well-formed, on which a reader may never end, or has declarations."""
    if name == "mimetype":
        return
    # In another encoding the cells could not be counted.
    parser = expat.ParserCreate("utf-8")

    def refuse(*_: object) -> None:
        raise DataFileError("the file has document type declarations, which no spreadsheet needs")

    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, LookupError):
        raise DataFileError("the file is damaged: a part of it is not well-formed XML") from None


def _check_cells(kind: str, name: str, content: bytes) -> None:
    """Raise DataFileError for a sheet of too many cells."""
    if kind == "xlsx" and name.startswith("xl/worksheets/") and name.endswith(".xml"):
        cells = _cells_of_xlsx(content)
    elif kind == "ods" and name == "content.xml":
        cells = _cells_of_ods(content)
    else:
        return
    if cells > MOST_CELLS:
        raise DataFileError(f"a sheet has more than {MOST_CELLS} cells, empty ones among them: save it as CSV")


def _cells_of_xlsx(content: bytes) -> int:
    """Return the cells from A1 to the last one that a sheet of XLSX names."""
    rows, columns = 0, set[bytes]()
    for column, row in _CELL.findall(content):
        columns.add(column)
        rows = max(rows, int(row))
    width = max((column_number(column.decode()) for column in columns), default=0)
    named = sum(bool(column) for column, _ in _CELL.findall(content))
    if named < len(_ANY_CELL.findall(content)):
        # A cell that names no place comes after the one before it.
        width += max(len(_ANY_CELL.findall(row)) for row in content.split(b"<row"))
        rows += content.count(b"<row")
    return rows * width


def _cells_of_ods(content: bytes) -> int:
    """Return the cells of all sheets of ODS, up to the last of each row that has a value."""
    total, repeated, width, filled = 0, 1, 0, 0
    for tag in _ODS_TAG.finditer(content):
        count = _REPEATED.search(tag[2])
        times = 1 if count is None else int(count[1])
        if tag[1] == b"table-row":
            total += repeated * filled
            repeated, width, filled = times, 0, 0
        else:
            width += times
            filled = filled if tag[2].endswith(b"/") and b"value" not in tag[2] else width
    return total + repeated * filled
