"""A few processes beside the service's own, in which whatever is large is worked out."""

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import ParamSpec, TypeVar

import anyio
import anyio.to_process

from app.jobs.calculations.process import end, parcel, run
from app.jobs.errors import CalculationStoppedError, CalculationTooLargeError
from app.settings import Settings

logger = logging.getLogger(__name__)

IDLE_SECONDS = 300
"""Seconds without a calculation after which the processes end."""

Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")


class Calculations:
    """A bounded pool of processes: each starts when it is needed first, and all end when none was needed for long."""

    def __init__(self, settings: Settings, idle_seconds: float = IDLE_SECONDS) -> None:
        self._limiter = anyio.CapacityLimiter(settings.calculation_processes)
        self._seconds = settings.calculation_seconds
        self._bytes = settings.calculation_bytes
        self._idle_seconds = idle_seconds
        self._alive = 0
        """Processes that there are at most."""
        self._last_use = 0.0

    async def calculate(
        self, function: Callable[Arguments, Result], *arguments: Arguments.args, **_none: Arguments.kwargs
    ) -> Result:
        """Return the result of `function`, which a process imports by its name; its exceptions are raised here.

        Arguments and result should be small: they are copied here. Whoever cancels the wait kills the process. Raises
        CalculationTooLargeError for a calculation that takes more memory or time than the settings give it,
        CalculationStoppedError where its process died.
        """
        async with self._limiter:
            self._alive = max(self._alive, self._limiter.borrowed_tokens)
            try:
                with anyio.fail_after(self._seconds):
                    result: Result = await anyio.to_process.run_sync(
                        run,
                        parcel(function, arguments),
                        self._bytes,
                        cancellable=True,
                        limiter=anyio.CapacityLimiter(1),
                    )
                    return result
            except TimeoutError:
                words = f"this takes longer than the {self._seconds:g} seconds of FIT_CALCULATION_SECONDS"
                raise CalculationTooLargeError(words) from None
            except (anyio.BrokenWorkerProcess, OSError) as error:
                # The latter where a disk is full, or the process can't begin.
                logger.warning("a calculation process ended in the middle of %s: %r", function.__name__, error)
                raise CalculationStoppedError("the process that worked on this has ended: try again") from None
            finally:
                self._last_use = anyio.current_time()

    async def prepare(self, function: Callable[..., object]) -> None:
        """Start a process, if there is none, and let it import `function`, so that whoever asks next need not wait."""
        if self._alive == 0:
            with suppress(CalculationStoppedError, CalculationTooLargeError):
                await self.calculate(callable, function)

    async def end_idle_processes(self) -> None:
        """End the processes whenever none was needed for long; never returns."""
        while True:
            await anyio.sleep(self._idle_seconds / 4)
            if self._limiter.borrowed_tokens or anyio.current_time() - self._last_use < self._idle_seconds:
                continue
            while self._alive:
                async with self._limiter:
                    self._alive -= 1
                    try:
                        await anyio.to_process.run_sync(end, limiter=anyio.CapacityLimiter(1))
                    except anyio.BrokenWorkerProcess:
                        continue
