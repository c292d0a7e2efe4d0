"""Files of data as tables to look at, over HTTP."""

import asyncio
from contextlib import ExitStack
from typing import Any

import anyio
from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from app.api.bodies import files_of, received
from app.api.judging import LargeBody, form_of, media_type_of, read_json
from app.api.large_answers import calculated
from app.api.problem_details import OF_A_BODY, ProblemError, declared
from app.api.services import Provided
from app.api.uploads import MEDIA_TYPE, DataPart
from app.jobs.data.files import FileLimits, is_packed, open_data_file
from app.jobs.data.reading.errors import DataFileError
from app.jobs.data.table import read_table as read_file
from app.jobs.errors import InvalidRequestError, WrongField
from app.schemas.problem_kinds import INTERNAL_ERROR, INVALID_UPLOAD, UNSUPPORTED_MEDIA_TYPE
from app.schemas.reading import Reading
from app.schemas.table import TableReading
from app.settings import Settings

router = APIRouter(tags=["fits"])

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            MEDIA_TYPE: {
                "schema": {
                    "type": "object",
                    "required": ["data"],
                    "additionalProperties": False,
                    "properties": {
                        "data": {
                            "type": "string",
                            "format": "binary",
                            "description": "CSV or another text with names of columns, XLSX, ODS, Parquet, Arrow IPC.",
                        },
                        "reading": {
                            "type": "object",
                            "description": "What can't be seen from the file, as `target.reading` of a fit has it.",
                        },
                    },
                },
                "encoding": {"reading": {"contentType": "application/json"}},
            }
        },
    }
}


@router.post(
    "/read",
    summary="Read a file of data",
    response_description="The table, and how it was read.",
    responses=declared(*OF_A_BODY, INVALID_UPLOAD, INTERNAL_ERROR),
    openapi_extra=_BODY,
)
async def read_table(request: Request, services: Provided) -> TableReading:
    """Read a file of data as a fit would read it, to be looked at: its columns, first rows, and what they most likely
    are. Nothing of it is kept.

    What has two readings is refused with both, as `POST /fit` does: `reading` settles it.
    """
    content_type = request.headers.get("content-type", "")
    if media_type_of(content_type) != MEDIA_TYPE:
        raise ProblemError(UNSUPPORTED_MEDIA_TYPE, f"send the file as part data of {MEDIA_TYPE}")
    with ExitStack() as files:
        file_with = files_of(services, files)
        content = await received(request, file_with)
        if isinstance(content, bytes):
            upload = await _upload(content, content_type, services.settings)
            if not is_packed(upload[0].content):
                return await anyio.to_thread.run_sync(_read, *upload, services.settings)
            content = file_with(content)
        return await calculated(request, services, _read_body, LargeBody(content.path, content_type), services.settings)


def _read_body(body: LargeBody, settings: Settings) -> TableReading:
    return _read(*asyncio.run(_upload(body.path.read_bytes(), body.content_type, settings)), settings)


async def _upload(content: bytes, content_type: str, settings: Settings) -> tuple[DataPart, Reading]:
    """Return the file and what is said of it. Raises ProblemError and RequestValidationError for a wrong body."""
    form = await form_of(content, content_type, settings)
    try:
        data, reading = form.get("data"), form.get("reading")
        if not isinstance(data, UploadFile):
            raise ProblemError(INVALID_UPLOAD, "send the file as part data")
        for name in form:
            if name not in ("data", "reading"):
                raise ProblemError(INVALID_UPLOAD, "send the parts data and reading, and no other")
            if len(form.getlist(name)) > 1:
                raise ProblemError(INVALID_UPLOAD, f"send one part {name}, not {len(form.getlist(name))}")
        said = await reading.read() if isinstance(reading, UploadFile) else (reading or "{}").encode()
        part = DataPart(await data.read(), data.content_type or "", data.filename or "")
    finally:
        await form.close()
    try:
        return part, Reading.model_validate(read_json(said, settings))
    except ValidationError as error:
        items = error.errors(include_url=False, include_input=False)
        raise RequestValidationError([{**item, "loc": ("body", "reading", *item["loc"])} for item in items]) from None


def _read(data: DataPart, reading: Reading, settings: Settings) -> TableReading:
    limits = FileLimits(rows=settings.max_points, bytes=settings.max_fit_bytes)
    try:
        return read_file(
            lambda wanted: open_data_file(data.content, data.media_type, data.file_name, limits, wanted), reading
        )
    except DataFileError as error:
        if error.setting is not None:
            raise InvalidRequestError([WrongField(("reading", error.setting), str(error))]) from None
        raise ProblemError(INVALID_UPLOAD, f"part data: {error}") from None
