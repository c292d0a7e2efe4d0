"""Many fits on a cluster of which one part after another is disturbed: each ends once, as an undisturbed run does.

Parts are killed and hang, the disk of the database is full, half of the workers are cut off, and the clock of one
service is a minute ahead. `FIT_TEST_FAULT_SECONDS` says for how long; .ci/long has ten minutes.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from tests.helpers.cluster_faults import WholeCluster, strike
from tests.helpers.event_streams import statuses_told
from tests.helpers.far_host import FarHost
from tests.helpers.fits_of_all_kinds import KINDS
from tests.helpers.hosted_cluster import HostedCluster, Place
from tests.helpers.outcomes import answered, outcome, posted
from tests.helpers.postgres_server import PostgresServer
from tests.helpers.running_service import ENDLESS, RunningService
from tests.helpers.small_disk import SmallDisk

SEED = 18
SECONDS = float(os.environ.get("FIT_TEST_FAULT_SECONDS", "60"))
FITS = min(1000, int(3 * SECONDS))
FOLLOWED = 10
"""Each of so many fits is followed by a stream."""
CANCELLED = ("cancelled",)
"""Kinds of fits that would not end by themselves."""
DISK_MEBIBYTES = 512


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeCluster]:
    """Return two services, a scheduler, two workers, one of them far away, and a database on a disk of its own."""
    with ExitStack() as stack:
        far = stack.enter_context(closing(FarHost()))
        disk = stack.enter_context(closing(SmallDisk(DISK_MEBIBYTES)))
        server = stack.enter_context(closing(PostgresServer(durable=True, disk=disk, address=far.near)))
        url = stack.enter_context(server.database())
        places = [Place(url, workers=1), Place(server.from_afar(url), workers=1, words=far.words)]
        hosted = stack.enter_context(closing(HostedCluster(tmp_path_factory.mktemp("cluster"), places, far.near)))
        settings = {"database_url": url, "scheduler": hosted.address, **hosted.files}
        patient = {"max_lost_workers": 1000, "lease_seconds": 3}

        def started(name: str) -> RunningService:
            return stack.enter_context(closing(RunningService(tmp_path_factory.mktemp(name), **settings, **patient)))

        one = started("one")
        with pytest.MonkeyPatch.context() as patch:
            for variable, value in another_clock().items():
                patch.setenv(variable, value)
            other = started("other")
            if "FAKETIME" in os.environ:
                assert date_of(other) - date_of(one) > timedelta(seconds=50)
        yield WholeCluster([one, other], hosted, server, disk, far)


def date_of(service: RunningService) -> datetime:
    return parsedate_to_datetime(service.client.get("/livez").headers["date"])


def another_clock() -> dict[str, str]:
    """Return the environment of a process whose clock is a minute ahead, where libfaketime is installed."""
    library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
    if library is None:
        assert "FIT_TEST_REQUIRE_FAKETIME" not in os.environ, "apt-get install libfaketime"
        return {}
    return {"LD_PRELOAD": str(library), "FAKETIME": "+60s", "DONT_FAKE_MONOTONIC": "1"}


@pytest.mark.long
def test_every_accepted_fit_ends_once_as_an_undisturbed_one(cluster: WholeCluster) -> None:
    first = cluster.services[0]
    undisturbed = {name: outcome(first, first.fitted(body)["id"]) for name, body in KINDS.items()}
    names = random.Random(SEED).choices([*KINDS, *CANCELLED], k=FITS)  # noqa: S311
    fits: dict[str, str] = {}
    followed: dict[str, Future[list[str]]] = {}

    with ExitStack() as stack:
        clients = [
            stack.enter_context(httpx.Client(base_url=service.client.base_url, timeout=60, trust_env=False))
            for service in cluster.services
        ]
        pool = stack.enter_context(ThreadPoolExecutor(FITS))

        def post_all() -> None:
            for number, name in enumerate(names):
                fit_id = posted(cluster, clients, KINDS.get(name, ENDLESS), f"key {number}")
                fits[fit_id] = name
                if number % FOLLOWED == 0:
                    followed[fit_id] = pool.submit(statuses_told, clients, fit_id)
                if name in CANCELLED:
                    pool.submit(answered, cluster, clients, f"/fit/{fit_id}/cancel")
                time.sleep(0.8 * SECONDS / FITS)

        poster = pool.submit(post_all)
        faults = strike(cluster, SECONDS, SEED)
        poster.result()
        over = time.monotonic()
        ends = {fit_id: first.ended(fit_id)["status"] for fit_id in fits}
        took = time.monotonic() - over
        told = {fit_id: statuses.result() for fit_id, statuses in followed.items()}
    counts = f"{FITS} fits in {SECONDS:g} s, {dict(Counter(ends.values()))}, {len(told)} followed"
    print(f"{counts}; the last ended {took:.0f} s after; {dict(faults)}")  # noqa: T201

    assert len(fits) == FITS
    for fit_id, name in fits.items():
        if name in CANCELLED:
            assert ends[fit_id] == "cancelled"
        else:
            assert outcome(first, fit_id) == undisturbed[name], name
    assert {fit_id: statuses[-1] for fit_id, statuses in told.items()} == {fit_id: ends[fit_id] for fit_id in told}
