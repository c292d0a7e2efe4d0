"""The client that blocks until an answer is there, and its fits."""

from types import TracebackType
from typing import TYPE_CHECKING, Self

import httpx

from . import client_calls, fit_calls, tables
from .base_client import BaseClient
from .base_fit import BaseFit
from .connection import TIMEOUT, settings_of_http
from .methods import blocking, iterable
from .sending import Retries
from .transports import BlockingTransport


class Fit(BaseFit):
    """A fit: its properties say what is known of it, its methods ask the service."""

    if TYPE_CHECKING:
        client: "Client"

    @property
    def transport(self) -> BlockingTransport:
        """Return what carries out exchanges."""
        return self.client.transport

    refresh = blocking(fit_calls.refresh)
    wait = blocking(fit_calls.wait)
    cancel = blocking(fit_calls.cancel)
    delete = blocking(fit_calls.delete)
    history = blocking(fit_calls.history)
    predict = blocking(fit_calls.predict)
    predict_all = iterable(fit_calls.predict_all)
    inverse = blocking(fit_calls.inverse)
    derive = blocking(fit_calls.derive)
    derive_all = iterable(fit_calls.derive_all)
    curves = iterable(fit_calls.curves)
    to_pandas = blocking(fit_calls.to_pandas)
    data = blocking(fit_calls.data)
    data_file = blocking(fit_calls.data_file)
    deliveries = blocking(fit_calls.deliveries)
    export = blocking(fit_calls.export)
    plot = blocking(fit_calls.plot)
    plot_loss = blocking(fit_calls.plot_loss)
    view = blocking(fit_calls.view)
    views = blocking(fit_calls.views)
    _picture = blocking(fit_calls.picture)

    def _repr_html_(self) -> str:
        """Return the fit as a table for a notebook, with its plot."""
        return tables.html(self.document, self._picture() if self.has_ended else None)


class Client(BaseClient[Fit]):
    """A fit-service: `Client("http://localhost:8000").fit(x, y, "a * exp(-b*x) + c")`.

    Left out, the address is the environment's FITSERVICE_URL or that of a service on this machine, and the key
    FITSERVICE_KEY. `http` is a client of httpx of your own, with its proxies and certificates, which you close.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        timeout: float | httpx.Timeout = TIMEOUT,
        retries: Retries = Retries(),  # noqa: B008
        http: httpx.Client | None = None,
    ) -> None:
        super().__init__(Fit, url, key, retries)
        self._is_owned = http is None
        self._http = http or httpx.Client(**settings_of_http(self.service, timeout))
        self.transport = BlockingTransport(self._http, self.service)

    submit = blocking(client_calls.submit)
    fit = blocking(client_calls.fit)
    get = blocking(client_calls.get)
    fits = iterable(client_calls.fits)
    check = blocking(client_calls.check)
    compare = blocking(client_calls.compare)
    read_table = blocking(client_calls.read_table)
    models = blocking(client_calls.models)
    model = blocking(client_calls.model)
    optimizers = blocking(client_calls.optimizers)
    losses = blocking(client_calls.losses)
    functions = blocking(client_calls.functions)
    devices = blocking(client_calls.devices)

    def close(self) -> None:
        """Close the connections."""
        if self._is_owned:
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
