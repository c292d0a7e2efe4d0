"""The two ways to carry out exchanges: blocking, and with asyncio."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any, TypeVar, cast

import httpx

from .exchanges import Exchange, NextPiece, Opening, Pause, Request, Response, Service, Wish

R = TypeVar("R")


class BlockingTransport:
    """Carries out exchanges and waits meanwhile."""

    def __init__(self, http: httpx.Client, service: Service) -> None:
        self.http, self.service = http, service

    def run(self, exchange: Exchange[R]) -> R:
        """Return what an exchange returns."""
        conversation = _BlockingConversation(self.http, self.service)
        answer, error = None, None
        try:
            while True:
                try:
                    wish = exchange.send(answer) if error is None else exchange.throw(error)
                except StopIteration as end:
                    return cast(R, end.value)
                try:
                    answer, error = conversation.carry_out(wish), None
                except BaseException as raised:
                    answer, error = None, raised
        finally:
            conversation.close()


class _BlockingConversation:
    def __init__(self, http: httpx.Client, service: Service) -> None:
        self._http, self._service = http, service
        self._stream: httpx.Response | None = None
        self._pieces: Iterator[bytes] = iter(())

    def carry_out(self, wish: Wish) -> Any:
        match wish:
            case Request():
                return _response(self._http.send(wish.built(self._http, self._service)))
            case Opening():
                return self._opened(wish)
            case NextPiece():
                return next(self._pieces, b"")
            case Pause(seconds):
                return time.sleep(seconds)

    def _opened(self, wish: Opening) -> Response:
        self.close()
        self._stream = self._http.send(wish.built(self._http, self._service), stream=True)
        if not _is_stream(self._stream):
            self._stream.read()
            return _response(self._stream)
        self._pieces = self._stream.iter_bytes()
        return _response(self._stream, b"")

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()


class AsyncTransport:
    """Carries out exchanges while other tasks go on."""

    def __init__(self, http: httpx.AsyncClient, service: Service) -> None:
        self.http, self.service = http, service

    async def run(self, exchange: Exchange[R]) -> R:
        """Return what an exchange returns."""
        conversation = _AsyncConversation(self.http, self.service)
        answer, error = None, None
        try:
            while True:
                try:
                    wish = exchange.send(answer) if error is None else exchange.throw(error)
                except StopIteration as end:
                    return cast(R, end.value)
                try:
                    answer, error = await conversation.carry_out(wish), None
                except BaseException as raised:
                    answer, error = None, raised
        finally:
            await conversation.close()


class _AsyncConversation:
    def __init__(self, http: httpx.AsyncClient, service: Service) -> None:
        self._http, self._service = http, service
        self._stream: httpx.Response | None = None
        self._pieces: AsyncIterator[bytes] | None = None

    async def carry_out(self, wish: Wish) -> Any:
        match wish:
            case Request():
                return _response(await self._http.send(wish.built(self._http, self._service)))
            case Opening():
                return await self._opened(wish)
            case NextPiece():
                return b"" if self._pieces is None else await anext(self._pieces, b"")
            case Pause(seconds):
                return await asyncio.sleep(seconds)

    async def _opened(self, wish: Opening) -> Response:
        await self.close()
        self._stream = await self._http.send(wish.built(self._http, self._service), stream=True)
        if not _is_stream(self._stream):
            await self._stream.aread()
            return _response(self._stream)
        self._pieces = self._stream.aiter_bytes()
        return _response(self._stream, b"")

    async def close(self) -> None:
        if self._stream is not None:
            await self._stream.aclose()


def _is_stream(answer: httpx.Response) -> bool:
    return answer.status_code == 200 and answer.headers.get("Content-Type", "").startswith("text/event-stream")


def _response(answer: httpx.Response, content: bytes | None = None) -> Response:
    return Response(answer.status_code, answer.headers, answer.content if content is None else content)
