"""Without a running service `fit-service fit` starts one, of which nothing is left, whatever ends the call."""

import json
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from subprocess import PIPE

import psutil
import pytest

from app.cli.endings import Exit
from tests.helpers.command_line import command, environment_of, run
from tests.helpers.long_form import one_in
from tests.helpers.measured import FORMULA
from tests.helpers.running_service import trains
from tests.helpers.waiting import PATIENCE, wait_until

Call = subprocess.Popen[str]
SLOW = (
    *("--optimizer", "gradient_descent", "--hyperparameter", "compression=false"),
    *("--hyperparameter", "learning_rate=1e-9", "--hyperparameter", "steps=10000000"),
)


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """Return an empty folder in which calls write what is temporary."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@pytest.fixture
def call(decay: Path, temporary: Path) -> Iterator[Call]:
    """Return a call that fits for hours."""
    environment = environment_of({"TMPDIR": str(temporary)})
    arguments = command("fit", decay, FORMULA, *SLOW)
    with subprocess.Popen(arguments, stdout=PIPE, stderr=PIPE, text=True, env=environment) as process:
        yield process
        process.kill()


def processes_of(call: Call) -> list[psutil.Process]:
    return psutil.Process(call.pid).children(recursive=True)


def starting(call: Call) -> psutil.Process:
    """Return the service of a call, once there is one."""
    found: list[psutil.Process] = []

    def is_started() -> bool:
        found[:] = [process for process in processes_of(call) if "app.cli.service_process" in process.cmdline()]
        return bool(found)

    wait_until(is_started, lambda: "the service is started")
    return found[0]


def is_training(temporary: Path) -> bool:
    """Tell whether the fit of the only call has done a step, as its database says it."""
    for database in temporary.glob("*/fits.db"):
        with closing(sqlite3.connect(database)) as connection:
            try:
                return bool(connection.execute("SELECT 1 FROM fits WHERE step > 0").fetchone())
            except sqlite3.OperationalError:
                return False
    return False


def wait_until_nothing_is_left(processes: list[psutil.Process], temporary: Path) -> None:
    _, alive = psutil.wait_procs(processes, timeout=PATIENCE)
    assert alive == []
    wait_until(lambda: not [*temporary.iterdir()], lambda: f"{[*temporary.iterdir()]} to be deleted")


def test_a_fit_needs_no_running_service_and_leaves_nothing(decay: Path, temporary: Path, tmp_path: Path) -> None:
    # Neither settings of a service that others use, nor modules of the folder, are in its way.
    (tmp_path / "app").mkdir()
    environment = {"TMPDIR": str(temporary), "FIT_DATABASE_URL": "mysql://elsewhere", "FIT_PRT": "1"}
    ended = run("fit", decay, FORMULA, "--json", environment=environment)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert json.loads(ended.stdout)["status"] == "succeeded"
    assert [*temporary.iterdir()] == []


@pytest.mark.long
@pytest.mark.parametrize(
    ("number", "code"),
    one_in(2, [(signal.SIGINT, Exit.INTERRUPTED + signal.SIGINT), (signal.SIGKILL, -signal.SIGKILL)]),
)
def test_a_signal_ends_the_service_too(call: Call, temporary: Path, number: signal.Signals, code: int) -> None:
    wait_until(lambda: is_training(temporary), lambda: "the fit is trained")
    processes = processes_of(call)
    assert [process for process in processes if trains(process)]
    call.send_signal(number)
    written, _ = call.communicate(timeout=PATIENCE)
    assert call.returncode == code
    assert written.startswith("fit cancelled: ") == (number != signal.SIGKILL)
    wait_until_nothing_is_left(processes, temporary)


@pytest.mark.long
@pytest.mark.parametrize(
    ("number", "code"),
    one_in(2, [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGTERM, Exit.INTERRUPTED + signal.SIGTERM)]),
)
def test_a_signal_while_the_service_starts_ends_it(
    call: Call, temporary: Path, number: signal.Signals, code: int
) -> None:
    service = starting(call)
    call.send_signal(number)
    assert call.wait(PATIENCE) == code
    wait_until_nothing_is_left([service], temporary)


@pytest.mark.long
def test_a_service_that_dies_is_told(call: Call, temporary: Path) -> None:
    service = starting(call)
    service.kill()
    _, told = call.communicate(timeout=PATIENCE)
    assert call.returncode == Exit.UNREACHABLE
    assert told.startswith("the service for this call has ended: ")
    wait_until_nothing_is_left([service], temporary)
