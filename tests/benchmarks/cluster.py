"""A scheduler and workers that run elsewhere beside those of the service: what they add to a tiny fit.

Run with `pip install -e '.[test,benchmark]'` and `python -m tests.benchmarks.cluster`; PostgreSQL has to be installed.
"""

import statistics
import tempfile
from contextlib import ExitStack, closing
from pathlib import Path

from tests.benchmarks.service import TINY, TINY_FITS, seconds_of
from tests.benchmarks.services import WORKERS, running, warm
from tests.benchmarks.table import SERVICE, at_most, begin, told, written
from tests.helpers.hosted_cluster import HostedCluster, Place
from tests.helpers.postgres_server import PostgresServer


def rows() -> None:
    """By turns on both services, each on a database of its own."""
    with ExitStack() as stack:
        server = stack.enter_context(closing(PostgresServer(durable=True)))
        url, other = (stack.enter_context(server.database()) for _ in range(2))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        hosted = stack.enter_context(closing(HostedCluster(folder, [Place(url)])))
        elsewhere = stack.enter_context(running(database_url=url, scheduler=hosted.address, **hosted.files))
        own = stack.enter_context(running(database_url=other, workers=WORKERS))
        for service in (elsewhere, own):
            warm(service, TINY)
        turns = [(seconds_of(elsewhere), seconds_of(own)) for _ in range(TINY_FITS)]
    theirs, ours = (statistics.median(each) for each in zip(*turns, strict=True))
    added = 1e3 * (theirs - ours)
    what = "tiny fit over HTTP, idle, p50: external scheduler with TLS / the service's own workers"
    told(what, SERVICE, written(theirs), written(ours), f"{added:.1f} ms more", at_most(10, "ms more").told(added))


if __name__ == "__main__":
    begin("distributed", "psycopg")
    rows()
