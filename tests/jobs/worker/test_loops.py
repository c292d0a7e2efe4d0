"""What is said of code that can't be compiled."""

import subprocess
import sys
from pathlib import Path

import pytest

from app.jobs.worker.loops import _awaited


def ended(code: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", code])


def test_a_compiler_that_fails_is_logged_with_what_it_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "shape.pt2"
    path.with_suffix(".failed").write_text("no such header")
    _awaited(ended("raise SystemExit(1)"), path)
    (record,) = caplog.records
    assert "shape.pt2 can't be compiled" in record.getMessage()
    assert "no such header" in record.getMessage()


def test_a_compiling_process_that_is_killed_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    _awaited(ended("import os; os.kill(os.getpid(), 9)"), tmp_path / "shape.pt2")
    (record,) = caplog.records
    assert "shape.pt2 is not compiled: signal 9" in record.getMessage()


def test_a_compiler_that_succeeds_is_not_worth_a_word(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    _awaited(ended("pass"), tmp_path / "shape.pt2")
    assert not caplog.records
