"""A line on the terminal that says what is going on, and how far the training is."""

from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from app.cli.consoles import remarks

if TYPE_CHECKING:
    from app.client.fit_service_client import Fit, schemas


class Bar:
    """A bar on stderr, if that is a terminal: drawn anew in its line, and gone at the end."""

    def __init__(self) -> None:
        self._curves: int | None = None
        console = remarks()
        self._progress = Progress(
            SpinnerColumn(),
            BarColumn(24),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task: TaskID = self._progress.add_task("", total=None)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take the bar off the terminal."""
        self._progress.stop()

    def say(self, words: str) -> None:
        """Say what is going on, of which nobody knows how long it takes."""
        self._progress.update(self._task, description=words, total=None)

    def wait(self, fit: "Fit") -> None:
        """Wait for the end of a fit, and show how far it is."""
        target: Any = fit.document["target"]
        self._curves = target.get("curves")
        fit.wait(progress=self._show_progress)

    def _show_progress(self, progress: "schemas.Progress") -> None:
        step, steps, loss, ended = progress["step"], progress["steps"], progress["loss"], progress.get("curves")
        if self._curves is not None and ended is not None:
            self._show(f"{ended:,} of {self._curves:,} curves", ended, self._curves)
        elif loss is None:
            self.say("waiting for a worker")
        else:
            self._show(f"step {step:,} of at most {steps:,}, loss {loss:.4g}", step, steps)

    def _show(self, words: str, done: int, whole: int) -> None:
        self._progress.update(self._task, description=words, completed=done, total=whole)
