"""Files of data as people have them, read as an upload is."""

from typing import Any

import pytest

from app.jobs.data.files import FileLimits, open_data_file
from app.jobs.data.layouts import measured_data, wanted_of
from app.jobs.data.reading.errors import DataFileError
from app.jobs.errors import InvalidRequestError
from app.schemas.target import DataTarget
from app.schemas.upload import UploadTarget

LIMITS = FileLimits(rows=10_000, bytes=2**20)


def read(file: bytes | str, x: Any = "x", y: Any = "y", **more: Any) -> DataTarget:
    """Return the data of a file; a text is in UTF-8."""
    target = UploadTarget.model_validate({"x": x, "y": y, **more})
    data = file.encode() if isinstance(file, str) else file
    return measured_data(target, open_data_file(data, "", "", LIMITS, wanted_of(target)))


def numbers(file: bytes | str, x: Any = "x", y: Any = "y", **more: Any) -> tuple[Any, Any]:
    """Return x and y of a file."""
    found = read(file, x, y, **more)
    given = {name: column.lists() for name, column in found.variables.items()}
    return (given["x"] if list(given) == ["x"] else given), found.y.lists()


def refused(file: bytes | str, x: Any = "x", y: Any = "y", **more: Any) -> tuple[tuple[str | int, ...], str]:
    """Return the field that is named, and what is told of it."""
    with pytest.raises((InvalidRequestError, DataFileError)) as caught:
        read(file, x, y, **more)
    if isinstance(caught.value, InvalidRequestError):
        (wrong,) = caught.value.wrong
        return wrong.path[1:], wrong.detail
    setting = caught.value.setting
    return (() if setting is None else ("reading", setting)), str(caught.value)
