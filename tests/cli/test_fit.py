"""`fit-service fit` with a running service; tests/cli/test_temporary_service.py has it without one."""

import ast
import json
import signal
import subprocess
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

from app.cli.endings import Exit
from tests.helpers.command_line import command, environment_of, run, run_on_terminal
from tests.helpers.measured import FORMULA, TRUTH, X, Y
from tests.helpers.running_service import RunningService
from tests.helpers.waiting import PATIENCE

COLUMNS = ("--x", "time", "--y", "signal")
BY_DESCENT = ("--optimizer", "gradient_descent", "--hyperparameter")


def test_in_a_pipe_the_report_is_plain_text(decay: Path, where: tuple[str, str]) -> None:
    ended = run("fit", decay, FORMULA, *COLUMNS, *where)
    assert (ended.returncode, ended.stderr) == (0, "")
    title, formula, *rest = ended.stdout.splitlines()
    assert title.split()[1:2] == ["succeeded:"]
    assert formula == FORMULA
    rows = {row.split()[0]: row.split() for row in rest if row}
    assert rows["parameter"][1:] == ["value", "error", "%", "95", "%", "from", "to"]
    value, error, low, high = (float(rows["a"][index]) for index in (1, 3, 5, 6))
    assert low < value < high
    assert value == pytest.approx(TRUTH["a"], abs=5 * error)
    assert "30 points, 3 parameters fitted" in ended.stdout
    assert ended.stdout.isascii() or not {"\x1b", "⠀"} & {*ended.stdout}


def test_a_terminal_shows_a_plot_in_colours(decay: Path, where: tuple[str, str]) -> None:
    code, written = run_on_terminal("fit", decay, FORMULA, *COLUMNS, *where)
    assert code == 0
    assert "\x1b[" in written
    assert "┤" in written
    assert "⠀" in written


def test_without_colours_the_plot_is_drawn_all_the_same(decay: Path, where: tuple[str, str]) -> None:
    _, written = run_on_terminal("fit", decay, FORMULA, *COLUMNS, *where, environment={"NO_COLOR": "1"})
    shown = written[written.index("parameter") :]
    assert "┤" in shown
    assert "\x1b[3" not in shown


def test_as_json_the_fit_is_all_that_stdout_gets(decay: Path, where: tuple[str, str], service: RunningService) -> None:
    ended = run("fit", decay, FORMULA, *COLUMNS, "--json", "--label", "plate=7", "--level", "0.9", *where)
    fit = json.loads(ended.stdout)
    kept = service.get(fit["id"])
    assert fit["result"]["coefficients"] == kept["result"]["coefficients"]
    assert fit["metadata"] == {"plate": "7"}
    assert fit["confidence"]["level"] == 0.9
    assert ended.stderr == ""


def test_data_come_from_stdin(where: tuple[str, str]) -> None:
    given = "x,y\n" + "".join(f"{x},{y}\n" for x, y in zip(X, Y, strict=True))
    ended = run("fit", "-", FORMULA, "--x", "x", "--y", "y", "--json", *where, given=given)
    assert json.loads(ended.stdout)["status"] == "succeeded"


def test_columns_that_nobody_names_are_those_that_the_service_suggests(decay: Path, where: tuple[str, str]) -> None:
    ended = run("fit", decay, FORMULA, *where)
    assert "x: time, y: signal" in ended.stdout.splitlines()


def test_ctrl_c_cancels_the_fit_and_shows_what_there_is(
    decay: Path, where: tuple[str, str], service: RunningService
) -> None:
    slow = (*BY_DESCENT, "learning_rate=1e-9", "--hyperparameter", "steps=10000000", "--label", f"of={decay}")
    arguments = command("fit", decay, FORMULA, *slow, "--hyperparameter", "compression=false", *where)
    with subprocess.Popen(arguments, stdout=PIPE, stderr=PIPE, text=True, env=environment_of()) as process:

        def running() -> list[dict[str, Any]]:
            query = {"status": "running", "metadata[of]": str(decay)}
            rows = service.client.get("/fit", params=query).json()["data"]
            return [row for row in rows if row["progress"]["step"]]

        service.wait_until(running, "the fit is trained")
        process.send_signal(signal.SIGINT)
        written, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == Exit.INTERRUPTED + signal.SIGINT
    assert "cancelled" in written.splitlines()[0]
    assert [line for line in written.splitlines() if line.startswith("parameter")]


def test_parameters_are_said_by_options(decay: Path, where: tuple[str, str]) -> None:
    options = ("--start", "a=2", "--start", "b=auto", "--fixed", "c=0.5", "--bounds", "b=0:3", "--tied", "d=2*a")
    ended = run("fit", decay, f"{FORMULA} + 0*d", *COLUMNS, *options, "--json", *where)
    fit = json.loads(ended.stdout)
    described = {name: {k: v for k, v in said.items() if v} for name, said in fit["parameters"].items()}
    assert described["c"] == {"start": 0.5, "fixed": True}
    assert described["b"]["upper"] == 3
    assert described["d"]["tied"] == "2*a"


def test_the_model_is_shown_at_other_x(decay: Path, where: tuple[str, str]) -> None:
    ended = run("fit", decay, FORMULA, *COLUMNS, "--predict", "0,10", *where)
    *_, first, second = ended.stdout.splitlines()
    assert [float(row.split()[0]) for row in (first, second)] == [0, 10]
    assert float(second.split()[1]) == pytest.approx(TRUTH["c"], rel=0.1)


def test_the_model_in_another_language_is_all_that_stdout_gets(decay: Path, where: tuple[str, str]) -> None:
    ended = run("fit", decay, FORMULA, *COLUMNS, "--export", "python", *where)
    assert any(isinstance(part, ast.FunctionDef) for part in ast.parse(ended.stdout).body)
    assert "parameters fitted" in ended.stderr


@pytest.mark.parametrize(("name", "begin"), [("out.svg", b"<?xml"), ("out.PNG", b"\x89PNG"), ("out.pdf", b"%PDF")])
def test_the_plot_is_a_file_of_the_kind_that_its_name_says(
    decay: Path, where: tuple[str, str], tmp_path: Path, name: str, begin: bytes
) -> None:
    ended = run("fit", decay, FORMULA, *COLUMNS, "--plot", tmp_path / name, "--json", *where)
    assert json.loads(ended.stdout)["status"] == "succeeded"
    assert (tmp_path / name).read_bytes().startswith(begin)
    assert ended.stderr == f"plot: {tmp_path / name}\n"


def test_many_curves_are_shown_in_a_table_the_worst_first(tmp_path: Path, where: tuple[str, str]) -> None:
    path = tmp_path / "plate.csv"
    path.write_text("dose,A1,A2,dead\n" + "".join(f"{x},{2 * x + 1},{3 * x + x % 2},\n" for x in range(6)))
    ended = run("fit", path, "linear", "--x", "dose", "--y", "A1", "--y", "A2", "--y", "dead", "--curves", 2, *where)
    assert ended.returncode == 0
    lines = ended.stdout.splitlines()
    begin = next(index for index, line in enumerate(lines) if line.startswith("curve "))
    assert lines[begin + 1].startswith("dead")
    assert "failed" in lines[begin + 1]
    assert lines[begin + 2].startswith("A2")
    assert "2 worst curves" in lines[begin + 3]


def test_a_fit_that_fails_is_told_by_the_exit_code(decay: Path, where: tuple[str, str]) -> None:
    ended = run("fit", decay, FORMULA, *COLUMNS, *BY_DESCENT, "learning_rate=1e9", *where)
    assert ended.returncode == Exit.FAILED
    assert "failed: " in ended.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("a*exp(-b*x", *COLUMNS), ["MODEL: ", "a*exp(-b*x\n         ^"]),
        (("linear", "--x", "tim", "--y", "signal"), ["--x: ", "'time'"]),
        (("linear", *COLUMNS, "--reading", "decimal=x"), ["--reading decimal: "]),
        (("a*x", *COLUMNS, "--bounds", "a=5:2"), ["parameter a: "]),
        (("linear", *COLUMNS, "--webhook", "nobody"), ["--webhook: "]),
    ],
)
def test_what_the_service_refuses_is_told_with_its_option(
    decay: Path, where: tuple[str, str], arguments: tuple[str, ...], words: list[str]
) -> None:
    ended = run("fit", decay, *arguments, *where)
    assert (ended.returncode, ended.stdout) == (Exit.REFUSED, ""), ended.stderr
    assert [word for word in words if word not in ended.stderr] == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nothing.csv", "linear"), "nothing.csv can't be read"),
        (("-", "linear", "--plot", "out.gif"), "--plot: out.gif has to end with .svg, .png or .pdf"),
        (("-", "linear", "--json", "--predict", "1"), "--json"),
        (("-", "a*x", "--fixed", "a"), "--fixed a=1"),
        (("-", "linear", "--x", "x", "--y", "y", "--where", "localhost"), "--where: localhost is no address"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_asked(arguments: tuple[str, ...], words: str) -> None:
    ended = run("fit", *arguments)
    assert ended.returncode == Exit.REFUSED
    assert words in " ".join(ended.stderr.split())


def test_a_service_that_is_not_there_has_an_exit_code_of_its_own(decay: Path) -> None:
    ended = run("fit", decay, "linear", *COLUMNS, "--where", "http://127.0.0.1:1")
    assert ended.returncode == Exit.UNREACHABLE
    assert "--where" in ended.stderr
