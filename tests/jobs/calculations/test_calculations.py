"""Calculations in processes of their own: bounded, and killed where nobody wants their results."""

import os
import signal
import time
from pathlib import Path

import anyio
import psutil
import pytest

from app.jobs.calculations.calculations import Calculations
from app.jobs.errors import CalculationStoppedError, CalculationTooLargeError, InvalidRequestError, WrongField
from app.settings import Settings
from tests.helpers.running_service import calculates
from tests.helpers.waiting import wait_until

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def own_process() -> int:
    return os.getpid()


def ended_by_a_signal() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def large(count: int) -> int:
    return len(bytes(count))


def mistaken() -> None:
    raise ValueError("a mistake of ours")


def refused() -> None:
    raise InvalidRequestError([WrongField(("target", "x"), "it is too short")])


def endless(note: str | None = None) -> None:
    if note is not None:
        Path(note).write_text(str(os.getpid()))
    time.sleep(3600)


class NowhereElse:
    """What can't be read from its pickle."""

    def __reduce__(self) -> tuple[object, ...]:
        return int, ("no number",)


def calculations(**settings: object) -> Calculations:
    return Calculations(Settings.model_validate(settings))


async def test_a_process_of_its_own_works_it_out_and_stays_for_the_next() -> None:
    pool = calculations()
    process = await pool.calculate(own_process)
    assert process != os.getpid()
    assert await pool.calculate(own_process) == process


async def test_a_process_that_was_prepared_works_out_what_comes_next() -> None:
    pool = calculations()
    await pool.prepare(own_process)
    prepared = [child.pid for child in psutil.Process().children() if calculates(child)]
    await pool.prepare(own_process)
    assert [await pool.calculate(own_process)] == prepared


async def test_what_is_wrong_with_a_request_is_raised_here() -> None:
    with pytest.raises(InvalidRequestError) as refusal:
        await calculations().calculate(refused)
    assert refusal.value.wrong == [WrongField(("target", "x"), "it is too short")]


async def test_a_mistake_of_ours_is_raised_here_with_its_place() -> None:
    with pytest.raises(ValueError, match="a mistake of ours") as mistake:
        await calculations().calculate(mistaken)
    assert "in mistaken" in mistake.value.__notes__[0]


async def test_a_process_that_dies_is_told_and_replaced() -> None:
    pool = calculations()
    with pytest.raises(CalculationStoppedError):
        await pool.calculate(ended_by_a_signal)
    assert await pool.calculate(large, 10) == 10


async def test_a_process_that_can_not_import_what_it_is_to_do_is_replaced() -> None:
    pool = calculations()
    process = await pool.calculate(own_process)
    with pytest.raises(CalculationStoppedError):
        await pool.calculate(large, NowhereElse())
    assert await pool.calculate(own_process) != process


async def test_what_takes_too_much_memory_is_told_with_the_setting_and_the_next_has_as_much_again() -> None:
    pool = calculations(calculation_bytes=64 * 2**20)
    with pytest.raises(CalculationTooLargeError, match="67108864 bytes of FIT_CALCULATION_BYTES"):
        await pool.calculate(large, 100 * 2**20)
    assert await pool.calculate(large, 40 * 2**20) == 40 * 2**20


async def test_what_takes_too_long_is_told_with_the_setting_and_ended() -> None:
    process = await calculations().calculate(own_process)
    with pytest.raises(CalculationTooLargeError, match=r"0\.1 seconds of FIT_CALCULATION_SECONDS"):
        await calculations(calculation_seconds=0.1).calculate(endless)
    assert not psutil.pid_exists(process)


async def test_whoever_cancels_ends_the_process(tmp_path: Path) -> None:
    note = tmp_path / "note"
    async with anyio.create_task_group() as group:
        group.start_soon(calculations().calculate, endless, str(note))
        await anyio.to_thread.run_sync(wait_until, lambda: note.exists() and note.read_text(), lambda: "begun")
        group.cancel_scope.cancel()
    assert not psutil.pid_exists(int(note.read_text()))


async def test_no_more_work_at_once_than_processes_are_allowed() -> None:
    pool, processes = calculations(calculation_processes=1), set[int]()

    async def note_process() -> None:
        processes.add(await pool.calculate(own_process))

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(note_process)
    assert len(processes) == 1


async def test_processes_that_nobody_needs_end() -> None:
    pool = Calculations(Settings(), idle_seconds=0.1)
    process = psutil.Process(await pool.calculate(own_process))
    async with anyio.create_task_group() as group:
        group.start_soon(pool.end_idle_processes)
        await anyio.to_thread.run_sync(wait_until, lambda: not process.is_running(), lambda: "ended")
        group.cancel_scope.cancel()
    assert await pool.calculate(large, 10) == 10
