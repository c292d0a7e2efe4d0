"""Links to fits in the store."""

import time

import pytest
from sqlalchemy import Engine, select, update

from app.jobs.callers.caller import LOCAL, Reader
from app.jobs.errors import FitNotFoundError, LinkNotFoundError, TooManyLinksError
from app.jobs.store.database import reading, writing
from app.jobs.store.fits import Store
from app.jobs.store.links import MOST_LINKS, LinkStore
from app.jobs.store.records import FitRecord
from app.jobs.store.tables import fit_links
from tests.helpers.stored_fits import submission


@pytest.fixture
def links(engine: Engine) -> LinkStore:
    return LinkStore(engine)


@pytest.fixture
def fit(engine: Engine) -> FitRecord:
    return Store(engine).create(submission())


def test_the_secret_of_a_link_leads_to_its_fit_and_is_not_kept(links: LinkStore, fit: FitRecord) -> None:
    link, secret = links.make(fit, LOCAL, 30)
    assert links.of_secret(secret) == link
    assert (link.fit_id, link.caller) == (fit.id, LOCAL)
    assert link.ends_at - link.created_at == pytest.approx(30 * 86_400)
    assert links.of_secret(secret + "x") is None
    with reading(links.engine) as connection:
        (kept,) = connection.execute(select(fit_links)).all()
    assert secret not in map(str, kept)


def test_a_link_ends_at_its_date_or_when_it_is_revoked(links: LinkStore, fit: FitRecord) -> None:
    ended, secret = links.make(fit, LOCAL, 1)
    with writing(links.engine) as connection:
        connection.execute(update(fit_links).values(ends_at=time.time() - 1))
    revoked, other = links.make(fit, LOCAL, 1)
    assert links.of_secret(secret) is None
    assert links.all(fit) == [revoked]
    links.revoke(fit, revoked.number)
    assert (links.of_secret(other), links.all(fit)) == (None, [])
    for number in (ended.number, revoked.number):
        with pytest.raises(LinkNotFoundError):
            links.revoke(fit, number)


def test_a_link_of_another_fit_is_not_revoked(links: LinkStore, fit: FitRecord) -> None:
    other = Store(links.engine).create(submission())
    link, secret = links.make(other, LOCAL, 1)
    with pytest.raises(LinkNotFoundError):
        links.revoke(fit, link.number)
    assert links.of_secret(secret) is not None


def test_links_are_deleted_with_their_fit(links: LinkStore, fit: FitRecord) -> None:
    _, secret = links.make(fit, LOCAL, 1)
    store = Store(links.engine)
    store.cancel(fit.id)
    store.delete(fit.id)
    assert links.of_secret(secret) is None


def test_a_fit_has_only_so_many_links(links: LinkStore, fit: FitRecord) -> None:
    for _ in range(MOST_LINKS):
        links.make(fit, LOCAL, 1)
    with pytest.raises(TooManyLinksError):
        links.make(fit, LOCAL, 1)


def test_who_may_read_one_fit_finds_no_other(links: LinkStore, fit: FitRecord) -> None:
    store = Store(links.engine)
    other = store.create(submission())
    one = store.of(Reader(LOCAL, fit.id))
    assert one.get(fit.id).id == fit.id
    assert [record.id for record in one.page(after=None, limit=10, statuses=(), metadata={})[0]] == [fit.id]
    for act in (one.get, one.get_kept, one.cancel, one.delete):
        with pytest.raises(FitNotFoundError):
            act(other.id)
