"""Many fits on a cluster of which one part after another is killed: each ends once, as an undisturbed run does.

The clock of one service is a minute ahead. `FIT_TEST_FAULT_SECONDS` says for how long; .ci/long has ten minutes.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from tests.helpers.cluster_faults import WholeCluster, strike
from tests.helpers.fits_of_all_kinds import KINDS
from tests.helpers.hosted_cluster import HostedCluster
from tests.helpers.outcomes import outcome, posted
from tests.helpers.postgres_server import PostgresServer
from tests.helpers.running_service import RunningService

SEED = 18
SECONDS = float(os.environ.get("FIT_TEST_FAULT_SECONDS", "60"))
FITS = min(1000, int(3 * SECONDS))


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeCluster]:
    """Return two services, a scheduler, two workers and a database of their own."""
    with ExitStack() as stack:
        server = stack.enter_context(closing(PostgresServer(durable=True)))
        url = stack.enter_context(server.database())
        hosted = stack.enter_context(closing(HostedCluster(tmp_path_factory.mktemp("cluster"), url)))
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
        yield WholeCluster([one, other], hosted, server)


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
    names = random.Random(SEED).choices(list(KINDS), k=FITS)  # noqa: S311
    fits: dict[str, str] = {}

    def post_all() -> None:
        with ExitStack() as stack:
            clients = [
                stack.enter_context(httpx.Client(base_url=service.client.base_url, timeout=60, trust_env=False))
                for service in cluster.services
            ]
            for number, name in enumerate(names):
                fits[posted(cluster, clients, KINDS[name], f"key {number}")] = name
                time.sleep(0.8 * SECONDS / FITS)

    with ThreadPoolExecutor(1) as pool:
        poster = pool.submit(post_all)
        faults = strike(cluster, SECONDS, SEED)
        poster.result()
    over = time.monotonic()
    ended = Counter(first.ended(fit_id)["status"] for fit_id in fits)
    took = time.monotonic() - over
    print(f"{FITS} fits in {SECONDS:g} s, {dict(ended)}, the last {took:.0f} s after; {dict(faults)}")  # noqa: T201

    assert len(fits) == FITS
    for fit_id, name in fits.items():
        assert outcome(first, fit_id) == undisturbed[name], name
