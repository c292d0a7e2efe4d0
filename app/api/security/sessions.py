"""Sessions of browsers: a key is changed into a cookie that no script can read."""

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from app.api.problem_details import OF_THE_STORE, ProblemError, declared
from app.api.security.access import COOKIE, bearer_of, cookie_of
from app.api.services import Provided
from app.jobs.store.keys import SESSION_SECONDS
from app.schemas.problem_kinds import KEY_NEEDED

router = APIRouter(tags=["service"])


@router.post(
    "/session",
    status_code=204,
    summary="Begin a session",
    response_description="The cookie is set.",
    responses=declared(KEY_NEEDED, *OF_THE_STORE),
)
async def begin_session(request: Request, response: Response, services: Provided) -> None:
    """Change the key in the header `Authorization` into a cookie, with which a browser may do the same for 12 hours."""
    secret = bearer_of(request.headers)
    key = None if secret is None else await services.keys.of_secret(secret)
    if key is None:
        raise ProblemError(KEY_NEEDED)
    session = await run_in_threadpool(services.keys.store.begin_session, key)
    response.set_cookie(
        COOKIE,
        session,
        max_age=SESSION_SECONDS,
        path=_path(request),
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


@router.delete(
    "/session",
    status_code=204,
    summary="End a session",
    response_description="The session is over.",
    responses=declared(*OF_THE_STORE),
)
async def end_session(request: Request, response: Response, services: Provided) -> None:
    """End the session of the cookie, if there is one, and take the cookie back."""
    session = cookie_of(request.headers)
    if session is not None:
        await run_in_threadpool(services.keys.store.end_session, session)
        services.keys.forget()
    response.delete_cookie(COOKIE, path=_path(request), httponly=True, samesite="strict")


def _path(request: Request) -> str:
    return f"{request.scope.get('root_path', '').rstrip('/')}/"
