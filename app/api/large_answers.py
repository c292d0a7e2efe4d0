"""Answers with data: small ones are written by the service itself, large ones by a calculation process into a file."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import anyio
from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from app.api.entity_tags import OF_A_CALLER, is_known, not_modified, tag_of
from app.api.services import Services
from app.jobs.calculations.spool import SpooledFile, room_on_disk
from app.jobs.callers.caller import Reader
from app.jobs.data.columns import StoredData
from app.jobs.store.fits import Store
from app.jobs.store.of_settings import store_of_process
from app.jobs.store.records import FitRecord
from app.settings import Settings

Result = TypeVar("Result")
Write = Callable[..., Iterator[str] | Iterator[bytes]]
"""Returns the pieces of an answer; its first arguments are the store and a fit."""

MOST_NUMBERS = 20_000
"""Most numbers of an answer that the service writes itself, in some milliseconds."""


async def answered(
    request: Request,
    services: Services,
    record: FitRecord,
    write: Write,
    *arguments: object,
    numbers: float,
    media_type: str,
    file_name: str | None = None,
    follows_from: Sequence[object] = (),
) -> Response:
    """Return an answer about a fit with roughly so many numbers, whose pieces `write(store, record, ...)` returns.

    What is read with GET has a tag, and whoever has it already gets 304; `follows_from` is what it says beside the
    fit's own results, as `tag_of` takes it.

    Raises what `write` raises, and what `Calculations.calculate` does.
    """
    is_read = request.method == "GET"
    headers = OF_A_CALLER | {"ETag": tag_of(request, record.mark, *follows_from)} if is_read else {}
    if headers and is_known(request, headers["ETag"]):
        return not_modified(headers)
    if file_name is not None:
        headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    if numbers <= MOST_NUMBERS:
        content = await run_in_threadpool(_whole, write, services.store, record, *arguments)
        return Response(content, media_type=media_type, headers=headers)
    file = services.spool.file()
    try:
        place = (services.settings, services.store.reader, record.id, file.path)
        await calculated(request, services, _write_into, *place, write, *arguments)
        length = {"Content-Length": str(file.written())}
        return _FileAnswer(file, media_type, headers | length)
    except BaseException:
        file.close()
        raise


def numbers_of(record: FitRecord) -> int:
    """Return roughly how many numbers the data of a fit have."""
    target = record.fit.target
    return target.points * (1 + len(target.variables)) if isinstance(target, StoredData) else target.points


async def calculated(
    request: Request, services: Services, function: Callable[..., Result], *arguments: object
) -> Result:
    """Return what a calculation process makes of a request, whose body has been received; it ends if the client goes.

    Raises what `Calculations.calculate` raises, and ClientDisconnect.
    """
    results: list[Result] = []
    failure: Exception = ClientDisconnect()

    async def end_without_client() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        group.start_soon(end_without_client)
        # What leaves a group of tasks leaves it as a group of exceptions.
        try:
            results.append(await services.calculations.calculate(function, *arguments))
        except Exception as error:
            failure = error
        group.cancel_scope.cancel()
    if not results:
        raise failure
    return results[0]


def _whole(write: Write, *arguments: Any) -> bytes:
    return b"".join(map(_encoded, write(*arguments)))


def _encoded(piece: str | bytes) -> bytes:
    return piece.encode() if isinstance(piece, str) else piece


def _write_into(settings: Settings, reader: Reader, fit_id: str, path: Path, write: Write, *arguments: Any) -> None:
    """Write an answer into a file, in a calculation process."""
    store: Store = store_of_process(settings).of(reader)
    with room_on_disk(), path.open("wb") as file:
        for piece in write(store, store.get_kept(fit_id), *arguments):
            file.write(_encoded(piece))


class _FileAnswer(StreamingResponse):
    """An answer out of a file, which is deleted when it is sent or the client has gone."""

    def __init__(self, file: SpooledFile, media_type: str, headers: dict[str, str]) -> None:
        super().__init__(file.blocks(), media_type=media_type, headers=headers)
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()
