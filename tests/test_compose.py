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


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    return found


def test_without_a_profile_one_service_starts(services: dict[str, Any]) -> None:
    assert [name for name, each in services.items() if "profiles" not in each] == ["fit-service"]
    assert {name for name, each in services.items() if each.get("profiles") == ["cluster"]} == {
        *("proxy", "api", "worker", "scheduler", "keys", "database"),
    }


def test_only_proxy_and_services_reach_beyond_the_private_network(services: dict[str, Any]) -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    assert compose["networks"] == {"cluster": {"internal": True}}
    private = {name for name, each in services.items() if each.get("networks") == ["cluster"]}
    assert private == {"worker", "scheduler", "database"}
    assert services["proxy"]["ports"] == ["127.0.0.1:${FIT_CLUSTER_PORT:-8080}:8080"]


@pytest.mark.parametrize("name", ["proxy", "api", "worker", "scheduler", "database"])
def test_every_part_of_the_cluster_starts_again_has_a_limit_and_gets_no_further_rights(
    services: dict[str, Any], name: str
) -> None:
    part = services[name]
    assert part["restart"] == "unless-stopped"
    assert "mem_limit" in part
    assert part["security_opt"] == ["no-new-privileges:true"]


def test_no_password_stands_in_the_file(services: dict[str, Any]) -> None:
    environment = services["api"]["environment"]
    assert environment["FIT_DATABASE_URL"] == "postgresql+psycopg://fit@database/fits?passfile=/keys/pgpass"
    assert services["database"]["environment"]["POSTGRES_PASSWORD_FILE"].startswith("/password/")


def test_gpu_workers_are_an_overlay(services: dict[str, Any]) -> None:
    overlay = yaml.safe_load((ROOT / "app" / "deploy" / "gpu.yml").read_text())["services"]
    assert set(overlay) <= set(services)
    (device,) = overlay["worker"]["deploy"]["resources"]["reservations"]["devices"]
    assert device["capabilities"] == ["gpu"]
