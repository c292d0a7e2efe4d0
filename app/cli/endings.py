"""How a command ends: the exit code for scripts, and in words what went wrong."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from http import HTTPStatus
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

import typer

if TYPE_CHECKING:
    from app.client.fit_service_client import ProblemError

EXIT_CODES = """\b
Exit codes: 0 the fit succeeded, or what was asked for is done; 1 the fit failed, diverged or was cancelled;
2 wrong usage, or the service refuses the request; 3 the service is not reached or can't answer now;
130 interrupted by Ctrl-C (128 and the number of the signal)."""


_HOW_TO_REACH = "Start a service with fit-service serve, or name one that runs by --where or FITSERVICE_URL."


class Exit(IntEnum):
    """What a command tells scripts about its end."""

    SUCCEEDED = 0
    FAILED = 1
    REFUSED = 2
    UNREACHABLE = 3
    INTERRUPTED = 128
    """To which the number of the signal is added."""


class Interrupted(KeyboardInterrupt):
    """A signal asks the command to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def code_of(interruption: KeyboardInterrupt) -> int:
    """Return the exit code after a signal."""
    return Exit.INTERRUPTED + (interruption.number if isinstance(interruption, Interrupted) else signal.SIGINT)


@contextmanager
def told_in_words(field_of: Callable[[str], str] = str, model: Any = None) -> Iterator[None]:
    """End the command with its exit code and one message for what goes wrong with the service, or by a signal.

    `field_of` says in words which field of a request a JSON pointer means; `model` is the formula, if it is a text.
    """
    from app.client.fit_service_client import FitServiceError, ProblemError, ServiceUnreachableError  # noqa: PLC0415

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        yield
    except ProblemError as problem:
        end(_code_of(problem), _words_of(problem, field_of, model))
    except ServiceUnreachableError as error:
        end(Exit.UNREACHABLE, f"{error}\n{_HOW_TO_REACH}")
    except FitServiceError as error:
        end(Exit.UNREACHABLE, str(error))
    except KeyboardInterrupt as interruption:
        end(code_of(interruption), "interrupted")


def end(code: int, words: str) -> NoReturn:
    """Write why the command ends, and end it."""
    from app.cli.consoles import remarks, shown  # noqa: PLC0415

    console = remarks()
    first, *rest = shown(words).splitlines()
    console.print(first, style="bold red")
    for line in rest:
        console.print(line)
    raise typer.Exit(code)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    raise Interrupted(number)


def _code_of(problem: "ProblemError") -> Exit:
    later = problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR or problem.status == HTTPStatus.TOO_MANY_REQUESTS
    return Exit.UNREACHABLE if later else Exit.REFUSED


def _words_of(problem: "ProblemError", field_of: Callable[[str], str], model: Any) -> str:
    """Return a problem as lines: what it is, each field with what is wrong with it, and the place in a formula."""
    lines = [problem.title if problem.errors else f"{problem.title}: {problem.detail}"]
    for wrong in problem.errors:
        field = wrong.parameter if wrong.pointer is None else field_of(wrong.pointer)
        lines.append(f"  {field}: {wrong.detail}" if field else f"  {wrong.detail}")
        if wrong.position is not None and isinstance(model, str) and wrong.pointer == "#/model":
            lines += [f"    {model}", f"    {'':{wrong.position}}^"]
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR and problem.request_id:
        lines.append(f"  The log of the service calls the request {problem.request_id}.")
    return "\n".join(lines)
