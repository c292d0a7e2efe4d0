"""The client for asyncio, and its fits: the same names, to be awaited."""

from types import TracebackType
from typing import TYPE_CHECKING, Self

import httpx

from . import client_calls, fit_calls
from .base_client import BaseClient
from .base_fit import BaseFit
from .connection import TIMEOUT, settings_of_http
from .methods import async_iterable, awaitable
from .sending import Retries
from .transports import AsyncTransport


class AsyncFit(BaseFit):
    """A fit: its properties say what is known of it, its methods ask the service and are awaited."""

    if TYPE_CHECKING:
        client: "AsyncClient"

    @property
    def transport(self) -> AsyncTransport:
        """Return what carries out exchanges."""
        return self.client.transport

    refresh = awaitable(fit_calls.refresh)
    wait = awaitable(fit_calls.wait)
    cancel = awaitable(fit_calls.cancel)
    delete = awaitable(fit_calls.delete)
    history = awaitable(fit_calls.history)
    predict = awaitable(fit_calls.predict)
    predict_all = async_iterable(fit_calls.predict_all)
    inverse = awaitable(fit_calls.inverse)
    derive = awaitable(fit_calls.derive)
    derive_all = async_iterable(fit_calls.derive_all)
    curves = async_iterable(fit_calls.curves)
    to_pandas = awaitable(fit_calls.to_pandas)
    data = awaitable(fit_calls.data)
    data_file = awaitable(fit_calls.data_file)
    deliveries = awaitable(fit_calls.deliveries)
    export = awaitable(fit_calls.export)
    plot = awaitable(fit_calls.plot)
    plot_loss = awaitable(fit_calls.plot_loss)
    view = awaitable(fit_calls.view)
    views = awaitable(fit_calls.views)


class AsyncClient(BaseClient[AsyncFit]):
    """A fit-service, as Client: `await client.fit(...)`, `async for fit in client.fits()`."""

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        timeout: float | httpx.Timeout = TIMEOUT,
        retries: Retries = Retries(),  # noqa: B008
        http: httpx.AsyncClient | None = None,
    ) -> None:
        super().__init__(AsyncFit, url, key, retries)
        self._is_owned = http is None
        self._http = http or httpx.AsyncClient(**settings_of_http(self.service, timeout))
        self.transport = AsyncTransport(self._http, self.service)

    submit = awaitable(client_calls.submit)
    fit = awaitable(client_calls.fit)
    get = awaitable(client_calls.get)
    fits = async_iterable(client_calls.fits)
    check = awaitable(client_calls.check)
    compare = awaitable(client_calls.compare)
    read_table = awaitable(client_calls.read_table)
    models = awaitable(client_calls.models)
    model = awaitable(client_calls.model)
    optimizers = awaitable(client_calls.optimizers)
    losses = awaitable(client_calls.losses)
    functions = awaitable(client_calls.functions)
    devices = awaitable(client_calls.devices)

    async def aclose(self) -> None:
        """Close the connections."""
        if self._is_owned:
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()
