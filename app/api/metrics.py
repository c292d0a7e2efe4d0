"""Figures for Prometheus: what this process has counted, and what the database says when somebody asks."""

from collections.abc import Iterator

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from app.api.problem_details import declared
from app.api.services import Provided
from app.jobs.store.figures import Snapshot
from app.operations.metrics import COUNTED
from app.schemas.problem_kinds import INTERNAL_ERROR

router = APIRouter(tags=["service"])


@router.get(
    "/metrics",
    summary="Read figures for Prometheus",
    response_class=Response,
    response_description="Figures in Prometheus' text format.",
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **declared(INTERNAL_ERROR)},
)
def read_metrics(services: Provided) -> Response:
    """Read what the service counts: requests, the queue, fits, training, workers, bytes.

    Where there are keys, it is for this machine itself and for keys with the scope `admin`.
    """
    of_database = CollectorRegistry()
    of_database.register(_OfDatabase(services.figures.snapshot()))
    return Response(generate_latest(COUNTED) + generate_latest(of_database), media_type=CONTENT_TYPE_PLAIN_0_0_4)


class _OfDatabase(Collector):
    """The figures of the database in the words of Prometheus."""

    def __init__(self, snapshot: Snapshot | None) -> None:
        self._snapshot = snapshot

    def collect(self) -> Iterator[Metric]:
        """Yield the figures; only that it does not answer, where the database does not."""
        snapshot = self._snapshot
        yield GaugeMetricFamily("fit_service_database_up", "Whether the database answers.", int(snapshot is not None))
        if snapshot is None:
            return
        fits = GaugeMetricFamily("fit_service_fits", "Fits in the database, by status.", labels=["status"])
        for status, number in snapshot.by_status.items():
            fits.add_metric([status], number)
        yield fits
        yield GaugeMetricFamily(
            "fit_service_oldest_queued_seconds",
            "Age of the oldest fit that is queued; 0 where none is.",
            snapshot.oldest_queued_seconds,
        )
        if snapshot.stored_bytes is not None:
            yield GaugeMetricFamily("fit_service_stored_bytes", "Bytes of the database's files.", snapshot.stored_bytes)
