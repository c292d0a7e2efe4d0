"""One try to send a message: it ends with a status or with words, and within seconds."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from types import TracebackType
from typing import Self

import anyio
import httpx
from anyio import CapacityLimiter, to_thread

from app.jobs.notifications.addresses import AddressError, Network, permitted_addresses

TRY_SECONDS = 20.0
"""How long a try may take, whatever the receiver is at."""
_GONE = 410
_PORTS = {"http": 80, "https": 443}
_MOST_LOOKUPS = 64
"""Most names that are looked up at once; one whose time is over may go on for a while."""
_LONGEST_NUMBER, _LONGEST_REASON = 9, 100


@dataclass(frozen=True)
class Outcome:
    """How a try has ended."""

    status: int | None = None
    """Status of the answer; None where there was none."""
    error: str | None = None
    """What went wrong, in words; None where the message has arrived."""
    asked_seconds: float = 0.0
    """How long the receiver asks to be left alone."""

    @property
    def is_final(self) -> bool:
        """Tell whether it is not to be tried again."""
        return self.error is None or self.status == _GONE


class Sender:
    """A client that sends to public addresses and those of some networks, and follows neither redirects nor proxies."""

    def __init__(self, networks: Collection[Network], seconds: float = TRY_SECONDS) -> None:
        """Send to these networks too; a try that takes longer than `seconds` has failed."""
        self._networks = networks
        self._seconds = seconds
        self._lookups = CapacityLimiter(_MOST_LOOKUPS)
        self._client = httpx.AsyncClient(
            verify=httpx.create_ssl_context(),
            trust_env=False,
            follow_redirects=False,
            timeout=seconds,
            # Connections are to numbers, of which two hosts may have the same: none is used again.
            limits=httpx.Limits(max_keepalive_connections=0),
            headers={"user-agent": f"fit-service/{version('fit-service')}"},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Send a message once; it has arrived where the answer is 2xx."""
        try:
            # The timeouts of the client begin anew with each byte.
            with anyio.fail_after(self._seconds):
                return await self._sent(httpx.URL(url), headers, body)
        except AddressError as error:
            return Outcome(error=str(error))
        except TimeoutError:
            return Outcome(error=f"there was no answer within {self._seconds:g} s")
        except httpx.HTTPError as error:
            return Outcome(error=f"there was no answer: {error or type(error).__name__}")

    async def _sent(self, url: httpx.URL, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Send a message to the first of the permitted addresses of its host that takes a connection."""
        host = url.raw_host.decode("ascii")
        named = {**headers, "host": url.netloc.decode("ascii")}
        addresses = await self._addresses(host, url.port or _PORTS[url.scheme])
        for address in addresses:
            request = self._client.build_request("POST", url.copy_with(host=address), headers=named, content=body)
            # Certificates are those of the name.
            request.extensions["sni_hostname"] = host
            try:
                response = await self._client.send(request, stream=True)
            except httpx.ConnectError:
                if address == addresses[-1]:
                    raise
            else:
                await response.aclose()
                return _outcome(response)
        raise AddressError(f"{host} has no address")

    async def _addresses(self, host: str, port: int) -> list[str]:
        return await to_thread.run_sync(
            permitted_addresses, host, port, self._networks, abandon_on_cancel=True, limiter=self._lookups
        )


def _outcome(response: httpx.Response) -> Outcome:
    status = response.status_code
    if response.is_success:
        return Outcome(status)
    asked = response.headers.get("retry-after", "")
    seconds = float(asked) if asked.isdecimal() and len(asked) <= _LONGEST_NUMBER else 0.0
    if response.is_redirect:
        return Outcome(status, f"it was answered {status}: redirects are not followed", seconds)
    return Outcome(status, f"it was answered {status} {response.reason_phrase[:_LONGEST_REASON]}".rstrip(), seconds)
