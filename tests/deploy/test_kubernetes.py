"""The manifests for Kubernetes are as its published schemas have it, and name nothing that is not there."""

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from app.settings import Settings

FOLDER = Path(__file__).parents[2] / "app" / "deploy" / "kubernetes"
FILES = sorted(path for path in FOLDER.glob("*.yaml") if path.name != "kustomization.yaml")
VERSION = "1.32"


def objects() -> list[dict[str, Any]]:
    return [each for path in FILES for each in yaml.safe_load_all(path.read_text())]


def named(each: dict[str, Any]) -> str:
    return f"{each['kind']} {each['metadata']['name']}"


def pods() -> list[dict[str, Any]]:
    return [each["spec"]["template"] for each in objects() if each["kind"] in ("Deployment", "StatefulSet")]


def app_of(pod: dict[str, Any]) -> str:
    name: str = pod["metadata"]["labels"]["app"]
    return name


@pytest.mark.parametrize("manifest", objects(), ids=named)
def test_every_object_is_as_the_schemas_of_kubernetes_have_it(manifest: dict[str, Any]) -> None:
    kubernetes_validate.validate(manifest, VERSION, strict=True)


def test_a_mistake_is_found() -> None:
    (service,) = [each for each in objects() if named(each) == "Service api"]
    service["spec"]["ports"][0]["prot"] = 80
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(service, VERSION, strict=True)


def test_kustomization_has_every_file() -> None:
    kustomization = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
    assert sorted(kustomization["resources"]) == [path.name for path in FILES]


def test_settings_are_those_of_the_service() -> None:
    (settings,) = [each["data"] for each in objects() if each["kind"] == "ConfigMap"]
    assert {name.removeprefix("FIT_").lower() for name in settings} <= set(Settings.model_fields)


@pytest.mark.parametrize("pod", pods(), ids=app_of)
def test_no_pod_may_more_than_it_needs(pod: dict[str, Any]) -> None:
    assert pod["spec"]["securityContext"]["runAsNonRoot"]
    assert not pod["spec"]["automountServiceAccountToken"]
    for container in pod["spec"]["containers"]:
        security = container["securityContext"]
        assert not security["allowPrivilegeEscalation"]
        assert security["capabilities"] == {"drop": ["ALL"]}
        assert "memory" in container["resources"]["limits"]


def test_network_policies_are_of_pods_that_there_are() -> None:
    selected = set()
    for each in objects():
        if each["kind"] == "NetworkPolicy":
            selector = each["spec"]["podSelector"]
            selected |= {*selector.get("matchLabels", {}).values()}
            selected |= {value for one in selector.get("matchExpressions", ()) for value in one["values"]}
    assert selected == {app_of(pod) for pod in pods()}
