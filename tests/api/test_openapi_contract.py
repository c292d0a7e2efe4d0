"""The whole OpenAPI document held to the letter: schemathesis makes requests, good and bad, and judges the answers."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.helpers.fits_of_all_kinds import KINDS
from tests.helpers.running_service import RunningService

CONFIG = Path(__file__).parent.parent / "fixtures" / "schemathesis.toml"
EXAMPLES = int(os.environ.get("FIT_TEST_CONTRACT_EXAMPLES", "4"))
"""Most requests of each operation in each phase."""
IS_SHORT = EXAMPLES < 100
SLOW = r"/fit/\{fit_id\}/(plot|loss)\."
"""Addresses that draw, which takes most of the time: they are left to the long form, and to tests of their own."""
SHORT = ["--exclude-path-regex", SLOW, "--phases", "examples,fuzzing,stateful"]
"""What the short form leaves out: those addresses, and the thousands of requests that cover each schema."""
SECONDS = 3600


def test_every_answer_is_as_the_document_says(start_service: Callable[..., RunningService], tmp_path: Path) -> None:
    service = start_service(workers=1, max_steps=3000, max_points=20_000)
    fits = [service.fitted(body)["id"] for body in KINDS.values()]
    config = tmp_path / "schemathesis.toml"
    config.write_text(f"{CONFIG.read_text()}\n[dictionaries]\nfits.values = {json.dumps(fits)}\n")
    options = [
        *(SHORT if IS_SHORT else []),
        "--checks",
        "all",
        "--max-examples",
        str(EXAMPLES),
        "--seed",
        "1",
        "--no-color",
        "--no-shrink",
    ]
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run", *options]
    judged = subprocess.run(
        [*command, "--continue-on-failure", "--request-timeout", "60", f"{service.client.base_url}/openapi.json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    print(judged.stdout[-3000:])  # noqa: T201 - the counts are told where the long form runs
    assert judged.returncode == 0, judged.stdout
    assert "Traceback" not in service.log
