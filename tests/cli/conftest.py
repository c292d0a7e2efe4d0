"""What the tests of the commands have in common: a service, and measured data in a file."""

from pathlib import Path

import pytest

from tests.helpers.measured import X, Y
from tests.helpers.running_service import RunningService


@pytest.fixture
def where(service: RunningService) -> tuple[str, str]:
    """Return the option that names the service of the tests."""
    return "--where", f"http://127.0.0.1:{service.port}"


@pytest.fixture
def decay(tmp_path: Path) -> Path:
    """Return a file with a decay, as a German spreadsheet writes it."""
    rows = [f"{x:.4f};{y:.4f}".replace(".", ",") for x, y in zip(X, Y, strict=True)]
    path = tmp_path / "decay.csv"
    path.write_text("\n".join(["time;signal", *rows]) + "\n")
    return path
