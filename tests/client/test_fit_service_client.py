"""The client is a distribution of its own, which needs nothing of the service."""

import os
import re
import subprocess
import sys
import tomllib
import venv
from pathlib import Path
from typing import Any

import fit_service_client
import pytest

ROOT = Path(__file__).parents[2]
DISTRIBUTION = ROOT / "app" / "client"

LOADED = """
import sys
import fit_service_client
from fit_service_client import Client, curve_fit
heavy = {"app", "torch", "pydantic", "fastapi", "sqlalchemy", "distributed", "pyarrow", "pandas", "scipy"}
print(sorted(heavy & {name.partition(".")[0] for name in sys.modules}))
"""


def test_it_loads_nothing_but_httpx_and_numpy() -> None:
    environment = os.environ | {"PYTHONPATH": str(DISTRIBUTION)}
    ended = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True, env=environment, cwd="/"
    )
    assert ended.stdout == "[]\n"


def test_the_examples_of_its_readme_run(url: str) -> None:
    readme = (DISTRIBUTION / "README.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    names: dict[str, Any] = {}
    exec("\n".join(blocks).replace("http://localhost:8000", url), names)  # noqa: S102
    names["client"].close()
    assert names["popt"] == pytest.approx(list(names["fit"].coefficients.values()), rel=1e-6)
    # The id is another one each time.
    shown = re.search(r"```\nFit (.*?)```", readme, re.DOTALL)
    assert shown is not None
    assert shown[0].splitlines()[2:-1] == repr(names["fit"]).splitlines()[1:]


def test_it_has_the_version_and_the_licence_of_the_service() -> None:
    service = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert fit_service_client.__version__ == service["version"]
    assert (DISTRIBUTION / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()


@pytest.mark.skipif("FIT_TEST_INSTALL" not in os.environ, reason="it asks the package index; .ci/long does it")
def test_it_installs_alone_and_fits(tmp_path: Path, url: str) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", DISTRIBUTION], check=True)
    script = f"from fit_service_client import Client; print(Client({url!r}).fit([0, 1, 2], [1, 3, 5], 'linear').status)"
    ended = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert ended.stdout == "succeeded\n"
