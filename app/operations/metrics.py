"""What this process counts, for Prometheus; what the database knows is in `app/jobs/store/figures.py`."""

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]

COUNTED = CollectorRegistry()
REQUESTS = Histogram(
    "fit_service_request_seconds",
    "Seconds until the last byte of an answer; status 0: the client went before it.",
    ("method", "route", "status"),
    registry=COUNTED,
    # What waits or streams takes long by intention, so few buckets say enough.
    buckets=(0.005, 0.02, 0.1, 0.5, 2, 10, 60),
)
ENDED_FITS = Counter(
    "fit_service_ended_fits", "Fits that this service has seen end.", ("status", "reason"), registry=COUNTED
)
TRAINING_SECONDS = Counter("fit_service_training_seconds", "Seconds of training of fits that ended.", registry=COUNTED)
WORKER_RESTARTS = Counter(
    "fit_service_worker_restarts", "Worker processes that ended and were replaced.", registry=COUNTED
)
LEASE_LOSSES = Counter(
    "fit_service_lease_losses", "Running fits that were queued again, as nothing was heard of them.", registry=COUNTED
)
WEBHOOK_TRIES = Counter(
    "fit_service_webhook_tries", "Tries to tell webhooks of the ends of fits.", ("outcome",), registry=COUNTED
)
ProcessCollector(registry=COUNTED)
