"""How fits end that are posted while everything around them is disturbed."""

import itertools
import time
from collections.abc import Sequence
from typing import Any, Protocol

import httpx

from tests.helpers.running_service import RunningService

OF_THE_RUN = ("timings", "execution", "nfev")


class Logged(Protocol):
    """What has a log."""

    @property
    def log(self) -> str: ...


def outcome(service: RunningService, fit_id: str) -> dict[str, Any]:
    """Return all numbers of a fit, without what differs from run to run.

    That is how long it took, on which machines, and how often the model was worked out: again where it went on.
    """
    fit = service.get(fit_id)
    result = {name: value for name, value in (fit["result"] or {}).items() if name not in OF_THE_RUN}
    if result.get("statistics"):
        result["statistics"] = {**result["statistics"], "nfev": None}
    curves = service.client.get(fit["urls"]["curves"]).json()["data"]
    return {
        "status": fit["status"],
        "reason": fit["reason"],
        "error": fit["error"],
        "result": result,
        "losses": service.losses(fit_id),
        "curves": curves,
    }


def posted(disturbed: Logged, clients: Sequence[httpx.Client], body: dict[str, Any], key: str) -> str:
    """Post a fit to one service after another until it is accepted, whatever happens, and return its id."""
    fit_id: str = answered(disturbed, clients, "/fit", json=body, headers={"Idempotency-Key": key}).json()["id"]
    return fit_id


def answered(disturbed: Logged, clients: Sequence[httpx.Client], path: str, **request: Any) -> httpx.Response:
    """Post a request to one service after another until one carries it out, and return the answer."""
    for client in itertools.cycle(clients):
        try:
            answer = client.post(path, **request)
        except httpx.TransportError:
            time.sleep(0.1)
            continue
        if answer.is_success:
            return answer
        assert answer.status_code in (429, 503, 507), f"{answer.text}\n{disturbed.log}"
        time.sleep(0.1)
    raise AssertionError("there is no service to post to")
