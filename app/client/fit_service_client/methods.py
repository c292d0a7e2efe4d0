"""Methods of exchanges: each exchange is written once, and is a method of the blocking and of the other client."""

import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, Concatenate, ParamSpec, TypeVar

from .exchanges import Exchange, Pages

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")


def blocking(exchange: Callable[Concatenate[S, P], Exchange[R]]) -> Callable[Concatenate[S, P], R]:
    """Return a method that carries out an exchange, whose first argument is the object, and returns what it returns."""

    @functools.wraps(exchange)
    def method(self: Any, /, *arguments: P.args, **named: P.kwargs) -> Any:
        return self.transport.run(exchange(self, *arguments, **named))

    return method


def awaitable(exchange: Callable[Concatenate[S, P], Exchange[R]]) -> Callable[Concatenate[S, P], Awaitable[R]]:
    """Return a method that carries out an exchange once it is awaited."""

    @functools.wraps(exchange)
    async def method(self: Any, /, *arguments: P.args, **named: P.kwargs) -> Any:
        return await self.transport.run(exchange(self, *arguments, **named))

    return method


def iterable(pages: Callable[Concatenate[S, P], Pages[R]]) -> Callable[Concatenate[S, P], Iterator[R]]:
    """Return a method that iterates over what is on pages, each read when it is needed."""

    @functools.wraps(pages)
    def method(self: Any, /, *arguments: P.args, **named: P.kwargs) -> Any:
        read, after = pages(self, *arguments, **named), None
        while True:
            page, after = self.transport.run(read(after))
            yield from page
            if after is None:
                return

    return method


def async_iterable(pages: Callable[Concatenate[S, P], Pages[R]]) -> Callable[Concatenate[S, P], AsyncIterator[R]]:
    """Return a method that iterates over what is on pages by `async for`."""

    @functools.wraps(pages)
    async def method(self: Any, /, *arguments: P.args, **named: P.kwargs) -> Any:
        read, after = pages(self, *arguments, **named), None
        while True:
            page, after = await self.transport.run(read(after))
            for one in page:
                yield one
            if after is None:
                return

    return method
