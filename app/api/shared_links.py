"""Links by which others read a fit, over HTTP."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Body, Path, Request

from app.api.bodies import SmallBodyRoute
from app.api.path_parameters import LARGEST, FitId
from app.api.problem_details import OF_A_BODY, OF_A_FIT, declared
from app.api.services import Provided
from app.jobs.callers.links import Link
from app.schemas.examples import LINK_EXAMPLES
from app.schemas.link import FitLink, LinkList, LinkRequest, NewLink
from app.schemas.problem_kinds import INVALID_FIELDS, LINK_NOT_FOUND, TOO_MANY_LINKS

router = APIRouter(tags=["fits"], route_class=SmallBodyRoute)


@router.post(
    "/fit/{fit_id}/links",
    status_code=201,
    summary="Make a link to a fit",
    response_description="The link, with its token.",
    responses=declared(*OF_A_BODY, *OF_A_FIT, TOO_MANY_LINKS),
)
def create_link(
    request: Request,
    services: Provided,
    fit_id: FitId,
    link: Annotated[LinkRequest | None, Body(openapi_examples=LINK_EXAMPLES)] = None,
) -> NewLink:
    """Make a link by which others read this fit and nothing else, until it ends or is revoked.

    Its token needs no key: it reads all below `/fit/{id}`, follows the fit, and asks the model, but never changes
    anything. It may stand in the query, `?link=fsl_...`, where a page can set no headers.
    """
    record = services.store.get(fit_id)
    days = (link or LinkRequest()).days
    made, token = services.keys.links.make(record, services.store.reader.caller, days)
    root_path = request.scope.get("root_path", "").rstrip("/")
    url = f"{root_path}/#/fit/{record.id}?link={token}"
    return NewLink(**_shown(made).model_dump(), token=token, url=url)


@router.get(
    "/fit/{fit_id}/links",
    summary="List the links to a fit",
    response_description="The links, without their tokens.",
    responses=declared(*OF_A_FIT),
)
def list_links(services: Provided, fit_id: FitId) -> LinkList:
    """List the links by which others read a fit, as far as they have not ended."""
    return LinkList(data=[_shown(link) for link in services.keys.links.all(services.store.get(fit_id))])


@router.delete(
    "/fit/{fit_id}/links/{number}",
    status_code=204,
    summary="Revoke a link to a fit",
    response_description="The link is gone.",
    responses=declared(*OF_A_FIT, INVALID_FIELDS, LINK_NOT_FOUND),
)
def revoke_link(
    services: Provided,
    fit_id: FitId,
    number: Annotated[
        int,
        Path(ge=1, le=LARGEST, description="Number of the link.", openapi_examples={"first": {"value": 1}}),
    ],
) -> None:
    """Revoke a link: nobody reads the fit by it any more, within a second also who follows it."""
    services.keys.links.revoke(services.store.get(fit_id), number)
    services.keys.forget()


def _shown(link: Link) -> FitLink:
    created_at, ends_at = (datetime.fromtimestamp(seconds, UTC) for seconds in (link.created_at, link.ends_at))
    return FitLink(number=link.number, created_at=created_at, ends_at=ends_at)
