"""Clients that generators make of the OpenAPI document are used as they come out, without edits."""

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.openapi import COMMITTED as DOCUMENT
from tests.helpers.running_service import RunningService

PROGRAMS = Path(__file__).parent / "programs"
# It pins an older typer than the service has, so that both can't be in one environment.
OPENAPI_PYTHON_CLIENT = "openapi-python-client>=0.29,<0.30"
NODE_PACKAGES = ["openapi-fetch@0.17.0", "openapi-typescript@7.13.0", "typescript@5.9.3", "@types/node@20.19.0"]


def asks_for_packages(generator: str) -> pytest.MarkDecorator:
    missing = generator not in os.environ.get("FIT_TEST_GENERATORS", "").split()
    return pytest.mark.skipif(missing, reason=f"it asks a package index: FIT_TEST_GENERATORS={generator}")


def told(*command: str | Path, path: Path | None = None) -> str:
    """Return what a program writes that may import what lies in `path`."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {} if path is None else {"PYTHONPATH": str(path), "MYPYPATH": str(path)}
    ended = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def check(answers: dict[str, Any]) -> None:
    """Check what every program tells of its fits."""
    status, coefficients = answers["tutorial"]
    assert status == "succeeded"
    assert coefficients["b"] == pytest.approx(-2.2085, rel=1e-4)
    assert answers["losses"][0] == pytest.approx(461.9025, rel=1e-6)
    assert answers["data"][0] == [0.9, 3.1, 5.0, 7.2, 8.9]
    assert answers["data"][1] == pytest.approx({"intercept": 1.0, "slope": 2.01})
    assert answers["listed"] is True
    assert answers["refused"] == ["/problems/invalid-fields", ["#/model"]]


@asks_for_packages("openapi-python-client")
def test_openapi_python_client_makes_a_client_that_posts_waits_lists_and_reads(
    tmp_path: Path, service: RunningService
) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    told(python, "-m", "pip", "install", "-q", OPENAPI_PYTHON_CLIENT)
    generator, made = python.with_name("openapi-python-client"), tmp_path / "made"
    made.mkdir()
    told(generator, "generate", "--path", DOCUMENT, "--meta", "none", "--output-path", made / "fits")
    program = PROGRAMS / "openapi_python_client.py"
    answers = json.loads(told(python, program, str(service.client.base_url), path=made))
    check(answers)
    assert answers["stderr"] == pytest.approx({"intercept": 0.11576, "slope": 0.04726}, rel=1e-4)
    assert answers["predicted"] == pytest.approx([21.1])
    assert answers["model"] == ["huber", pytest.approx({"intercept": 1.0, "slope": 2.01})]
    assert answers["uploaded"] == pytest.approx({"intercept": 1.0, "slope": 2.0})
    strictly = ["--strict", "--follow-imports=silent", f"--python-executable={python}", f"--cache-dir={tmp_path}/mypy"]
    told(sys.executable, "-m", "mypy", *strictly, program, path=made)


def test_datamodel_code_generator_makes_models_of_all_requests_and_answers(
    tmp_path: Path, service: RunningService
) -> None:
    options = ["--input-file-type=openapi", "--output-model-type=pydantic_v2.BaseModel", "--formatters=builtin"]
    generator = [sys.executable, "-m", "datamodel_code_generator"]
    told(*generator, *options, "--input", DOCUMENT, "--output", tmp_path / "models.py")
    check(
        json.loads(told(sys.executable, PROGRAMS / "pydantic_models.py", str(service.client.base_url), path=tmp_path))
    )
    code = (tmp_path / "models.py").read_text()
    renamed = [
        name for name in json.loads(DOCUMENT.read_text())["components"]["schemas"] if f"class {name}(" not in code
    ]
    assert renamed == [], "types that have no name take these: give them one by schema_named"


@asks_for_packages("openapi-typescript")
def test_openapi_typescript_makes_types_by_which_a_program_compiles_and_runs(
    tmp_path: Path, service: RunningService
) -> None:
    told("npm", "install", "--silent", "--prefix", tmp_path, *NODE_PACKAGES)
    tools = tmp_path / "node_modules" / ".bin"
    (tmp_path / "package.json").write_text('{"type": "module"}')
    told(tools / "openapi-typescript", DOCUMENT, "--output", tmp_path / "api.d.ts")
    for name in ("openapi_fetch.ts", "tsconfig.json"):
        shutil.copy(PROGRAMS / name, tmp_path)
    told(tools / "tsc", "--project", tmp_path)
    check(json.loads(told("node", tmp_path / "openapi_fetch.js", str(service.client.base_url))))
