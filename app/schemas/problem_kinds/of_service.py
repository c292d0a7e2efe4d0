"""The kinds of problems of the service itself."""

from app.schemas.problem_kinds.kind import ProblemKind

INTERNAL_ERROR = ProblemKind(
    slug="internal-error",
    title="The service made a mistake",
    status=500,
    detail="the service made a mistake; its log says more. Please report it",
    meaning="Something unforeseen went wrong in the service; the request is not to blame.",
    remedy="Report it to those who run the service: its log has the time, the address, the fit and a traceback.",
)
FIT_DAMAGED = ProblemKind(
    slug="fit-damaged",
    title="What is kept of the fit can't be read",
    status=500,
    detail="what the database keeps of this fit can't be read: delete it, or restore the database from a backup",
    meaning="The row of this fit, or data that belong to it, are not what the service wrote. Other fits are untouched.",
    remedy="Delete the fit and post it again, or have the database restored; the service's log says what is wrong.",
)
DATABASE_UNAVAILABLE = ProblemKind(
    slug="database-unavailable",
    title="The database can't be used at the moment",
    status=503,
    detail="the database does not answer: try again in a few seconds",
    meaning="The database that holds the fits is busy or can't be reached.",
    remedy=(
        "Try again after as many seconds as the header Retry-After says. Repeat a POST /fit with the Idempotency-Key "
        "of the first, so that there is no second fit."
    ),
)
SERVICE_STOPPING = ProblemKind(
    slug="service-stopping",
    title="The service is being stopped",
    status=503,
    detail="the service is being stopped: try again once it is back",
    meaning="The service was stopped, and the request took too long to be finished before.",
    remedy=(
        "Try again after as many seconds as the header Retry-After says. Repeat a POST /fit with the Idempotency-Key "
        "of the first, so that there is no second fit."
    ),
)
CALCULATION_STOPPED = ProblemKind(
    slug="calculation-stopped",
    title="The calculation was stopped",
    status=503,
    detail="the process that worked on this has ended: try again",
    meaning="A process that worked on the request ended in the middle of it, mostly because memory was short.",
    remedy="Try again, with fewer points if it happens once more.",
)
TOO_MUCH_IN_FLIGHT = ProblemKind(
    slug="too-much-in-flight",
    title="Too much is in flight",
    status=503,
    detail="requests in flight have as many bytes as they may have: try again later",
    meaning="Large bodies and answers that are on their way take as many bytes as the service keeps for them.",
    remedy="Try again later. Who runs the service can raise FIT_MAX_BYTES_IN_FLIGHT.",
)
TOO_MANY_CONNECTIONS = ProblemKind(
    slug="too-many-connections",
    title="Too many connections are open",
    status=503,
    detail="as many connections are open as may be: try again later",
    meaning="As many connections to the service are open as it serves at once; this one is closed.",
    remedy=(
        "Try again after as many seconds as the header Retry-After says, and send requests one after another over few "
        "connections. Who runs the service can raise FIT_MAX_CONNECTIONS."
    ),
)
TOO_MANY_STREAMS = ProblemKind(
    slug="too-many-streams",
    title="Too many streams are open",
    status=503,
    detail="as many streams are open as may be: try again later, or read the fit now and then",
    meaning="As many streams of events are open as the service keeps at once.",
    remedy=(
        "Close streams that nobody looks at, and follow several fits by one stream, GET /events?fit=a&fit=b; or read "
        "the fit now and then. Who runs the service can raise FIT_MAX_STREAMS."
    ),
)
STORAGE_FULL = ProblemKind(
    slug="storage-full",
    title="There is no room for another fit",
    status=507,
    detail="there is no room for another fit: delete fits that nobody needs",
    meaning="The disk of the database, or the database itself, has reached the mark up to which fits are accepted.",
    remedy=(
        "Delete fits that nobody needs, or try again later. Who runs the service makes room on the disk, or sets "
        "FIT_DISK_RESERVE_BYTES, FIT_MAX_STORED_BYTES and FIT_KEEP_DAYS."
    ),
)
