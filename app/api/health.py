"""Whether the service is alive, and whether it is ready, for container engines and load balancers."""

from collections.abc import Callable

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Response

from app.api.services import Provided, Services
from app.jobs.store.database import unavailability
from app.jobs.store.opened_file import DatabaseFileLostError
from app.schemas.response import Health

router = APIRouter(tags=["service"])


@router.get("/livez", summary="Is it alive?", response_description="It is alive.")
async def check_liveness() -> Health:
    """Tell that the process answers."""
    return Health(status="ok")


@router.get(
    "/readyz",
    summary="Is it ready?",
    response_description="It is ready.",
    responses={503: {"model": Health, "description": "A part does not answer; `checks` says which."}},
)
async def check_readiness(services: Provided, response: Response) -> Health:
    """Tell whether store, cluster and dispatcher answer, so that a fit posted now will be trained."""
    # A thread of its own: the common ones may all be waiting for what is asked about here.
    checks = await to_thread.run_sync(_checks, services, limiter=CapacityLimiter(1))
    ready = all(answer == "ok" for answer in checks.values())
    response.status_code = 200 if ready else 503
    return Health(status="ok" if ready else "unavailable", checks=checks)


def _checks(services: Services) -> dict[str, str]:
    return {
        "store": _check(services.store.ping),
        "cluster": _check(services.cluster.ping),
        "dispatcher": _check(services.dispatcher.ping),
    }


def _check(ask: Callable[[], None]) -> str:
    try:
        ask()
    except RuntimeError as error:
        return str(error)
    except Exception as error:
        reason = unavailability(error)
        if reason is None:
            raise
        if isinstance(error, DatabaseFileLostError):
            return reason
        # The words of a driver may name hosts and users.
        return f"the database does not answer: {type(error).__name__}"
    return "ok"
