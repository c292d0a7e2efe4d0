"""A bar on the terminal says how far a training is."""

import io

import pytest
from fit_service_client.progress import ProgressBar, shown_by
from fit_service_client.schemas import Progress

HALF: Progress = {"step": 1500, "steps": 3000, "loss": 0.0012345, "curves": None}


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_the_bar_says_step_and_loss_and_is_gone_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fit_service_client.progress._QUIET_SECONDS", 0)
    terminal = io.StringIO()
    bar = ProgressBar(terminal)
    bar(HALF)
    assert terminal.getvalue() == "\r[############............] step 1,500 of 3,000, loss 0.001234, 0 s"
    bar.close()
    assert terminal.getvalue().rpartition("s\r")[2].strip() == ""


def test_what_ends_at_once_needs_no_bar() -> None:
    terminal = io.StringIO()
    bar = ProgressBar(terminal)
    bar(HALF)
    bar.close()
    assert terminal.getvalue() == ""


def test_a_bar_is_shown_by_itself_only_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", io.StringIO())
    assert shown_by(None) is None
    assert isinstance(shown_by(True), ProgressBar)
    monkeypatch.setattr("sys.stderr", Terminal())
    assert isinstance(shown_by(None), ProgressBar)
    assert shown_by(False) is None
