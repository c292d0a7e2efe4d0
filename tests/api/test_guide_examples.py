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

from app.api.guide import FIRST, PAGES
from app.api.pages import STATIC
from tests.helpers.guide_examples import Example, read_page
from tests.helpers.running_service import ENDED, RunningService
from tests.helpers.waiting import PATIENCE

GUIDE = STATIC / "guide"
ADDRESSES = ["/guide", *(f"/guide/{name}" for name in PAGES)]
INTERPRETERS = {
    "sh": ("bash", "-eu"),
    "python": ("python",),
    "javascript": ("node", "--input-type=module", "-"),
    "r": ("Rscript", "-"),
    "matlab": ("octave-cli", "--no-init-file"),
}
"""What runs the programs of each language from its standard input."""
COMMANDS = {
    "sh": ("bash", "curl", "jq", "fit-service"),
    "python": (),
    "javascript": ("node",),
    "matlab": ("octave-cli", "curl"),
    "r": ("Rscript",),
}
"""What the programs of each language need."""
SELDOM = ("javascript", "matlab", "r")
"""Languages whose programs are run only where `FIT_TEST_LANGUAGES` names them."""
ASKED = os.environ.get("FIT_TEST_LANGUAGES", "").split()
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
"""Where commands are looked for: first where the service is installed."""
CLIENT = Path(__file__).parents[2] / "app" / "client"
"""The folder from which the Python client is installed."""
CAPTION = re.compile(r"POST (/\S+)(?: is refused with (?P<refused>\d+)| ends with (?P<reason>\w+))?")


def programs_of(address: str) -> list[str]:
    """Return the languages of the programs of a page."""
    text = (GUIDE / f"{address.removeprefix('/guide').lstrip('/') or FIRST}.html").read_text()
    return list(dict.fromkeys(example.language for example in read_page(text).examples if example.is_program))


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


@pytest.mark.parametrize(
    ("address", "language"), [(address, language) for address in ADDRESSES for language in programs_of(address)]
)
def test_every_program_runs_and_prints_what_the_page_says(
    service: RunningService, tmp_path: Path, address: str, language: str
) -> None:
    lacking = [command for command in COMMANDS[language] if shutil.which(command, path=PATH) is None]
    if language not in ASKED and (lacking or language in SELDOM):
        pytest.skip(f"programs of this language are run with FIT_TEST_LANGUAGES={language}, or where they can be")
    assert not lacking
    examples = examples_of(service, address)
    for example in examples:
        if example.file is not None:
            (tmp_path / example.file).write_text(example.text)
    for program in (example for example in examples if example.is_program and example.language == language):
        printed = run(program, tmp_path)
        if program.output is not None:
            assert lines_of(printed) == lines_of(program.output)
        if "fit.png" in program.text:
            assert (tmp_path / "fit.png").read_bytes().startswith(b"\x89PNG")
            (tmp_path / "fit.png").unlink()


def run(program: Example, folder: Path) -> str:
    """Run a program in a folder and return what it prints."""
    name, *options = INTERPRETERS[program.language]
    command = sys.executable if name == "python" else shutil.which(name, path=PATH)
    assert command is not None
    ended = subprocess.run(
        [command, *options],
        input=program.text,
        cwd=folder,
        env=os.environ | {"PATH": PATH, "PYTHONPATH": str(CLIENT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def lines_of(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]
