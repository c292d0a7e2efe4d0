"""Fits whose data come as a file: `multipart/form-data` with the request as part `fit`, the file as part `data`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile

from app.api.problem_details import ProblemError
from app.jobs.data.files import FileLimits, open_data_file
from app.jobs.data.layouts import measured_data, wanted_of
from app.jobs.data.reading.errors import DataFileError
from app.jobs.errors import InvalidRequestError, WrongField
from app.schemas.problem_kinds import INVALID_UPLOAD
from app.schemas.upload import UploadTarget
from app.settings import Settings

MEDIA_TYPE = "multipart/form-data"

UPLOAD_BODY: dict[str, Any] = {
    "requestBody": {
        "content": {
            MEDIA_TYPE: {
                "schema": {
                    "type": "object",
                    "required": ["fit", "data"],
                    "additionalProperties": False,
                    "properties": {
                        "fit": {
                            "type": "object",
                            "description": (
                                "The request; its target names columns where other targets have numbers. One row a "
                                "point: `{x: dose, y: response, sigma: sd}`, of many curves with `curve: well`. One "
                                "column a curve: `y: [well_1, well_2]`, or `y: *` for all others. One row a curve: "
                                "columns with lists in them. `reading` says of the file what can't be seen from it."
                            ),
                        },
                        "data": {
                            "type": "string",
                            "format": "binary",
                            "description": "CSV or another text with names of columns, XLSX, ODS, Parquet, Arrow IPC.",
                        },
                    },
                },
                "encoding": {"fit": {"contentType": "application/json"}},
            }
        }
    }
}
"""What the OpenAPI description of the route says about uploads."""


@dataclass(frozen=True)
class DataPart:
    """The part of an upload that has the file."""

    content: bytes
    media_type: str
    file_name: str


async def parts_of(form: FormData) -> tuple[bytes, DataPart]:
    """Return the request and the file. Raises ProblemError where one of them is missing, or there several times."""
    fit, data = form.get("fit"), form.get("data")
    for name in ("fit", "data"):
        if len(form.getlist(name)) > 1:
            raise ProblemError(INVALID_UPLOAD, f"send one part {name}, not {len(form.getlist(name))}")
    if fit is None or not isinstance(data, UploadFile):
        raise ProblemError(INVALID_UPLOAD)
    request = await fit.read() if isinstance(fit, UploadFile) else fit.encode()
    return request, DataPart(await data.read(), data.content_type or "", data.filename or "")


def with_data(fit: Mapping[str, Any], data: DataPart, settings: Settings) -> dict[str, Any]:
    """Return the request with the numbers of the file in the place of the names of columns.

    Raises ProblemError for a file that can't be read, RequestValidationError and InvalidRequestError for columns
    that are not there, or are not as they should be.
    """
    try:
        target = UploadTarget.model_validate(_named_columns(fit))
        limits = FileLimits(rows=settings.max_points, bytes=settings.max_fit_bytes)
        file = open_data_file(data.content, data.media_type, data.file_name, limits, wanted_of(target))
        return {**fit, "target": measured_data(target, file)}
    except ValidationError as error:
        raise RequestValidationError(list(_within_target(error))) from None
    except DataFileError as error:
        if error.setting is not None:
            raise InvalidRequestError([WrongField(("target", "reading", error.setting), str(error))]) from None
        raise ProblemError(INVALID_UPLOAD, f"part data: {error}") from None


def _named_columns(fit: Mapping[str, Any]) -> dict[str, Any]:
    target = fit.get("target")
    if isinstance(target, dict):
        return target
    words = "name the columns of the data: {x: dose, y: response}"
    raise RequestValidationError([{"type": "target", "loc": ("body", "target"), "msg": words}])


def _within_target(error: ValidationError) -> Iterable[dict[str, Any]]:
    for item in error.errors(include_url=False, include_input=False):
        yield {**item, "loc": ("body", "target", *item["loc"])}
