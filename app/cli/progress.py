"""A line on the terminal that says what is going on, and how far the training is."""

from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from app.cli.consoles import remarks

if TYPE_CHECKING:
    from app.client.fit_service_client import schemas


class Bar:
    """A bar on stderr, if that is a terminal: drawn anew in its line, and gone at the end."""

    def __init__(self) -> None:
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

    def __call__(self, progress: "schemas.Progress") -> None:
        """Show how far a training is."""
        step, steps, loss, curves = progress["step"], progress["steps"], progress["loss"], progress.get("curves")
        if curves is not None:
            self.say(f"{curves:,} curves have ended")
        elif loss is None:
            self.say("waiting for a worker")
        else:
            words = f"step {step:,} of at most {steps:,}, loss {loss:.4g}"
            self._progress.update(self._task, description=words, completed=step, total=steps)
