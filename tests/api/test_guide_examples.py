"""Every example of the guide does what the page says: requests are posted, programs run."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.api.guide import PAGES
from tests.helpers.guide_examples import INTERPRETERS, Example, read_page
from tests.helpers.running_service import ENDED, RunningService
from tests.helpers.waiting import PATIENCE

ADDRESSES = ["/guide", *(f"/guide/{name}" for name in PAGES)]
SELDOM = ("javascript", "matlab", "r")
"""Languages whose programs are run where `FIT_TEST_LANGUAGES` asks for it: not every machine has them."""
CAPTION = re.compile(r"POST (/\S+)(?: is refused with (?P<refused>\d+)| ends with (?P<reason>\w+))?")


def examples_of(service: RunningService, address: str) -> list[Example]:
    return read_page(service.client.get(address).text).examples


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_request_is_answered_as_the_page_says(service: RunningService, address: str) -> None:
    fits: list[str] = []
    for example in examples_of(service, address):
        if example.language != "json":
            continue
        caption = CAPTION.fullmatch(example.caption)
        assert caption is not None, example.caption
        check(service, example, caption, fits)


def check(service: RunningService, example: Example, caption: re.Match[str], fits: list[str]) -> None:
    """Post an example; `fits` are the ids of those posted before on this page, to which it may refer."""
    path, body = caption[1], example.text
    for placeholder, place in (("{id}", -1), ("{other}", -2)):
        if placeholder in path + body:
            path, body = path.replace(placeholder, fits[place]), body.replace(placeholder, fits[place])
    headers = {"Content-Type": "application/json", "Prefer": f"wait={PATIENCE}"}
    answer = service.client.post(path, content=body, headers=headers)
    assert answer.status_code == int(caption["refused"] or 200), answer.text
    document: dict[str, Any] = answer.json()
    if example.output is not None:
        assert document == json.loads(example.output)
    if document.get("object") != "fit":
        return
    fits.append(document["id"])
    assert document["status"] in ENDED
    if caption["reason"]:
        assert document["reason"] == caption["reason"]
    else:
        assert document["status"] == "succeeded", document["message"]


@pytest.mark.parametrize("language", INTERPRETERS)
@pytest.mark.parametrize("address", ADDRESSES)
def test_every_program_runs_and_prints_what_the_page_says(
    service: RunningService, tmp_path: Path, address: str, language: str
) -> None:
    examples = examples_of(service, address)
    programs = [example for example in examples if example.is_program and example.language == language]
    if programs and language in SELDOM and not os.environ.get("FIT_TEST_LANGUAGES"):
        pytest.skip("programs of this language are run with FIT_TEST_LANGUAGES=1")
    for example in examples:
        if example.file is not None:
            (tmp_path / example.file).write_text(example.text)
    for program in programs:
        printed = run(program, tmp_path)
        if program.output is not None:
            assert lines_of(printed) == lines_of(program.output)
        if "fit.png" in program.text:
            assert (tmp_path / "fit.png").read_bytes().startswith(b"\x89PNG")
            (tmp_path / "fit.png").unlink()


def run(program: Example, folder: Path) -> str:
    """Run a program in a folder and return what it prints."""
    name, *options = INTERPRETERS[program.language]
    command = sys.executable if name == "python" else shutil.which(name)
    assert command is not None, f"there is no {name}"
    ended = subprocess.run(
        [command, *options], input=program.text, cwd=folder, capture_output=True, text=True, timeout=PATIENCE
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def lines_of(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


def test_every_program_is_in_a_language_that_is_run_here_or_the_page_says_that_it_is_not(
    service: RunningService,
) -> None:
    for address in ADDRESSES:
        for example in examples_of(service, address):
            if example.is_program:
                assert example.language in INTERPRETERS
