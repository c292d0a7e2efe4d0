"""A disk that is small and gets full: what was accepted ends, everything but posts goes on, and room comes back."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.helpers.running_service import RunningService
from tests.helpers.small_disk import SmallDisk

POINTS = 400_000
LARGE = {"model": "a + b * x", "target": {"x": list(range(POINTS)), "y": list(range(POINTS))}}
RESERVE = 2**27
MOST_POSTS = 15
"""More than the disk can hold."""


@pytest.fixture
def small_disk() -> Iterator[Path]:
    with closing(SmallDisk(mebibytes=200)) as disk:
        yield disk.folder


@pytest.mark.long
def test_a_disk_that_is_filled_by_posts(small_disk: Path, start_service: Callable[..., RunningService]) -> None:
    service = start_service(disk_reserve_bytes=RESERVE, database_url=f"sqlite:///{small_disk}/fits.db")
    answers = [service.client.post("/fit", json=LARGE) for _ in range(MOST_POSTS)]
    accepted = [answer.json()["id"] for answer in answers if answer.status_code == 202]
    refused = [answer for answer in answers if answer.status_code != 202]
    assert accepted
    assert {answer.status_code for answer in refused} == {507}
    assert [service.ended(fit_id)["status"] for fit_id in accepted] == ["succeeded"] * len(accepted)
    assert {service.client.delete(f"/fit/{fit_id}").status_code for fit_id in accepted} == {204}
    service.wait_until(lambda: service.client.post("/fit", json=LARGE).status_code == 202, "room again")
