"""What `docker compose up` starts."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from app.settings import Settings

ROOT = Path(__file__).parent.parent
SET_BY_THE_IMAGE = {"FIT_HOST", "FIT_PORT", "FIT_DATABASE_URL"}
"""Settings that hold inside the container: where it listens, and where its volume is."""


@pytest.fixture(scope="module")
def service() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["fit-service"]
    return found


def test_every_setting_is_taken_from_the_environment(service: dict[str, Any]) -> None:
    settings = {f"FIT_{name.upper()}" for name in Settings.model_fields}
    assert set(service["environment"]) == settings - SET_BY_THE_IMAGE
    given = {name: value for name, value in service["environment"].items() if value is not None}
    assert given == {"FIT_WITHOUT_KEYS": "${FIT_WITHOUT_KEYS:-true}"}


def test_the_port_is_this_machines_only_and_taken_from_the_environment(service: dict[str, Any]) -> None:
    assert service["ports"] == ["127.0.0.1:${FIT_PORT:-8000}:8000"]
