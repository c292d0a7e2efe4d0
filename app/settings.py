"""Every environment variable of the service, in one class."""

import difflib
import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Literal, Self

from dask.system import CPU_COUNT
from pydantic import Field, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "FIT_"
REMOVED: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(("FIT_COMPILE", "FIT_LOOPS_FOLDER"), "programs are always made, in memory and without a compiler")
)
"""Environment variables of older versions, and why they are gone."""


class Settings(BaseSettings):
    """The settings, read from the environment with the prefix `FIT_`, e.g. `FIT_PORT=8080`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True)

    host: str = Field("127.0.0.1", description="Address that the service listens on.")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(8000, description="Port that the service listens on.")
    allowed_hosts: str = Field(
        "",
        description="Names besides `localhost` and numbers by which the service is asked for, with commas; `*`: any.",
    )
    cors_origins: str = Field(
        "", description="Origins of web pages that may use the service, such as `https://lab.example`, with commas."
    )
    trusted_proxies: str = Field(
        "", description="Addresses or networks of proxies, with commas: only these say in X-Forwarded-For who calls."
    )
    without_keys: bool = Field(
        False, description="Whether everybody who reaches it may use a service without keys that is not on loopback."
    )
    root_path: str = Field(
        "", description="Path under which a proxy serves the service, e.g. `/fits`; it may strip it."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="`debug`, `info`, `warning` or `error`."
    )
    log_format: Literal["text", "json"] = Field("text", description="Lines of the log: `text` or `json`.")

    database_url: str = Field(
        "sqlite:///fit-service.db",
        repr=False,
        description=(
            "SQLAlchemy URL of the database that holds every fit: an SQLite file, or "
            "`postgresql+psycopg://user:password@host/name`."
        ),
    )
    workers: Annotated[int, Field(ge=1)] = Field(
        default=CPU_COUNT,
        description="Worker processes that train, one fit each at a time. Default: one per core.",
    )
    scheduler: str = Field(
        "",
        description=(
            "Address of a Dask scheduler whose workers train the fits, such as `tls://host:8786`. Empty: the service "
            "has worker processes of its own."
        ),
    )
    tls_authority: str = Field(
        "", description="File with the certificate of the authority that scheduler, workers and services trust."
    )
    tls_certificate: str = Field("", description="File with the certificate that this process shows them.")
    tls_key: str = Field("", description="File with the key of that certificate.")
    chunk_seconds: Annotated[float, Field(gt=0, le=1)] = Field(
        0.1, description="Seconds of training between two looks at the database (progress, checkpoint, cancel)."
    )
    worker_bytes: Annotated[int, Field(ge=2**26)] | None = Field(
        None,
        description=(
            "Memory that a worker may take for a fit, in bytes; a fit that needs more gets 422. Empty: its share of "
            "four fifths of the machine's."
        ),
    )
    lease_seconds: Annotated[float, Field(gt=0)] = Field(
        15, description="A running fit of which nothing was heard for so many seconds is queued again."
    )
    cancel_seconds: Annotated[float, Field(gt=0)] = Field(
        0.6, description="A fit that has not stopped so many seconds after its cancel loses its worker process."
    )
    most_parts: Annotated[int, Field(ge=1)] = Field(
        32,
        description=(
            "Parts at most into which a fit of many curves is cut; one worker trains each of them. More than twice as "
            "many as workers."
        ),
    )
    max_lost_workers: Annotated[int, Field(ge=1)] = Field(
        3, description="A fit whose worker process dies so many times without progress fails."
    )

    webhook_networks: str = Field(
        "",
        description=(
            "Networks to which webhooks may be sent although their addresses are not public, such as `10.2.0.0/16`, "
            "with commas."
        ),
    )

    max_connections: Annotated[int, Field(ge=1)] = Field(
        1000, description="Most connections that are served at once; what asks over a further one gets 503."
    )
    head_seconds: Annotated[float, Field(gt=0)] = Field(
        20, description="Seconds in which the head of a request must have come whole; then it gets 408."
    )
    body_seconds: Annotated[float, Field(gt=0)] = Field(
        30, description="Seconds without a byte after which a body that is not whole gets 408."
    )
    send_seconds: Annotated[float, Field(gt=0)] = Field(
        30, description="Seconds after which a client that reads nothing of its answer is cut off."
    )
    max_body_bytes: Annotated[int, Field(ge=1)] = Field(
        64 * 2**20, description="Largest request body in bytes; a larger one gets 413."
    )
    max_bytes_in_flight: Annotated[int, Field(ge=1)] = Field(
        2**29,
        description="Most bytes that large bodies and answers take on their way, all together; a further one gets 503.",
    )
    calculation_processes: Annotated[int, Field(ge=1)] = Field(
        2, description="Processes at most that read large bodies and write large answers beside the service's own."
    )
    calculation_bytes: Annotated[int, Field(ge=64 * 2**20)] = Field(
        2**31,
        description="Memory that reading a body or writing an answer may take, in bytes; what takes more gets 413.",
    )
    calculation_seconds: Annotated[float, Field(gt=0)] = Field(
        120, description="Longest time that reading a body or writing an answer may take; what takes longer gets 413."
    )
    max_points: Annotated[int, Field(ge=1)] = Field(
        10_000_000, description="Most points of a target, all curves together."
    )
    max_fit_bytes: Annotated[int, Field(ge=1)] = Field(
        2**28, description="Most bytes that the numbers and labels of a fit may take, 8 a number; more get 422."
    )
    max_curves: Annotated[int, Field(ge=1)] = Field(1_000_000, description="Most curves of a fit.")
    max_steps: Annotated[int, Field(ge=1)] = Field(10_000_000, description="Most steps of a fit.")
    max_queued: Annotated[int, Field(ge=1)] = Field(
        100_000, description="Most fits that wait to be trained; a further one gets 429."
    )
    max_queued_of_caller: Annotated[int, Field(ge=1)] = Field(
        20_000, description="Most fits that one caller, told apart by its address, has waiting; a further one gets 429."
    )
    # SQLite's log alone may grow to 64 MiB.
    disk_reserve_bytes: Annotated[int, Field(ge=2**27)] = Field(
        2**28,
        description=(
            "Bytes of the database's disk that are kept free for running fits, 128 MiB or more: with fewer, a post "
            "gets 507."
        ),
    )
    max_stored_bytes: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Most bytes of what the database holds; a further post gets 507. Empty: no bound."
    )
    keep_days: Annotated[float, Field(gt=0)] | None = Field(
        None,
        description="Days after its end until a fit expires: its data and result are deleted then. Empty: never.",
    )
    max_waits: Annotated[int, Field(ge=0)] = Field(
        500, description="Most requests that wait at once with `Prefer: wait=N`; a further one is answered at once."
    )
    max_streams: Annotated[int, Field(ge=0)] = Field(
        500, description="Most streams of events that are open at once; a further one gets 503."
    )
    max_wait_seconds: Annotated[int, Field(ge=1)] = Field(
        60, description="Longest time that `Prefer: wait=N` holds a request, in seconds."
    )

    @property
    def bytes_of_worker(self) -> int:
        """Return the bytes that a worker may take for a fit."""
        # Dask takes a second to load, and knows what a container may have.
        from distributed.system import MEMORY_LIMIT  # noqa: PLC0415

        return self.worker_bytes or int(0.8 * MEMORY_LIMIT / self.workers)

    @property
    def permitted_networks(self) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
        """Return the networks to which webhooks may be sent although their addresses are not public."""
        return [ipaddress.ip_network(network) for network in self.listed("webhook_networks")]

    def listed(
        self, name: Literal["allowed_hosts", "cors_origins", "trusted_proxies", "webhook_networks"]
    ) -> list[str]:
        """Return the items of a setting that lists with commas."""
        return [item.strip() for item in getattr(self, name).split(",") if item.strip()]

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.chunk_seconds > self.cancel_seconds / 2:
            raise ValueError("FIT_CHUNK_SECONDS must be at most half of FIT_CANCEL_SECONDS, or every cancel is late")
        if self.database_url in ("sqlite://", "sqlite:///:memory:"):
            raise ValueError("FIT_DATABASE_URL must name a file: the workers are processes of their own")
        if self.scheduler:
            self._check_cluster()
        try:
            _ = self.permitted_networks
        except ValueError as error:
            raise ValueError(f"FIT_WEBHOOK_NETWORKS: {error}") from None
        return self

    def _check_cluster(self) -> None:
        if not self.scheduler.startswith("tls://"):
            raise ValueError("FIT_SCHEDULER must begin with tls://: data pass between the machines")
        if not re.fullmatch(r"tls://.+:[0-9]+", self.scheduler):
            raise ValueError("FIT_SCHEDULER needs a port, as in tls://host:8786")
        missing = [
            f"FIT_{name.upper()}" for name in ("tls_authority", "tls_certificate", "tls_key") if not getattr(self, name)
        ]
        if missing:
            raise ValueError(f"FIT_SCHEDULER needs {', '.join(missing)}: `fit-service certificates FOLDER` makes them")
        if self.database_url.startswith("sqlite"):
            raise ValueError(
                "FIT_SCHEDULER needs a database that workers of other machines reach: set FIT_DATABASE_URL to one of "
                "PostgreSQL"
            )


class SettingsError(ValueError):
    """The environment does not give the settings; the message says in one line which variable is wrong."""


def read_settings(environment: Iterable[str]) -> Settings:
    """Return the settings of the environment, of whose variables these are the names.

    Raises SettingsError for a value that can't be, and for a setting that is gone.
    """
    gone = [f"{name} has no meaning any more: {REMOVED[name.upper()]}" for name in environment if _is_gone(name)]
    if gone:
        raise SettingsError("; ".join(gone))
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("; ".join(map(_described, error.errors()))) from None


def without_meaning(environment: Iterable[str]) -> Iterator[str]:
    """Yield in words which variables of the environment look like settings and never were one."""
    known = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]
    for name in environment:
        upper = name.upper()
        if not upper.startswith(PREFIX) or upper in known or _is_gone(name):
            continue
        similar = next(iter(difflib.get_close_matches(upper, known, n=1)), None)
        yield f"{name} is no setting{f': did you mean {similar}?' if similar else ''}"


def _is_gone(name: str) -> bool:
    return name.upper() in REMOVED


def _described(wrong: ErrorDetails) -> str:
    words = wrong["msg"].removeprefix("Value error, ")
    return ": ".join([*(f"{PREFIX}{str(name).upper()}" for name in wrong["loc"]), words])
