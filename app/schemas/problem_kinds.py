"""Every kind of problem that the service answers with: one table for documents, pages and the OpenAPI description."""

from dataclasses import dataclass

PROBLEMS_PATH = "/problems"
"""Address of the pages, and beginning of each `type`."""


@dataclass(frozen=True)
class ProblemKind:
    """A kind of problem, as its page explains it."""

    slug: str
    """Its name in addresses; it never changes."""
    title: str
    """The kind in a few words, the same in each document."""
    status: int
    """HTTP status."""
    detail: str
    """The detail of a document that has nothing more exact to say; an example of a detail for all others."""
    meaning: str
    """What happened."""
    remedy: str
    """What the client can do."""

    @property
    def type(self) -> str:
        """Return the `type` of a problem document: path of the page, without host and without the path of a proxy."""
        return f"{PROBLEMS_PATH}/{self.slug}"


# What the request itself is.

MALFORMED_BODY = ProblemKind(
    slug="malformed-body",
    title="The body can't be read",
    status=400,
    detail="the body could not be read as JSON",
    meaning=(
        "The body is not what its Content-Type says: it is no JSON in UTF-8, an upload whose parts can't be told from "
        "each other, or JSON with more objects, lists and fields than any request needs."
    ),
    remedy="Send valid JSON. The detail names line and column of the first mistake, where there are such.",
)
ADDRESS_NOT_FOUND = ProblemKind(
    slug="address-not-found",
    title="There is nothing at this address",
    status=404,
    detail="there is nothing at this address: /docs shows what there is",
    meaning="The service has no such address.",
    remedy="Compare the address with the list at /docs. Behind a proxy, look whether its path is right.",
)
METHOD_NOT_ALLOWED = ProblemKind(
    slug="method-not-allowed",
    title="The address does not have this method",
    status=405,
    detail="this address does not answer to this method: see the header Allow",
    meaning="The address is right, but it does not answer to this HTTP method.",
    remedy="Use one of the methods in the header Allow.",
)
REQUEST_TOO_SLOW = ProblemKind(
    slug="request-too-slow",
    title="The request did not come in time",
    status=408,
    detail="the rest of the request did not come in time: send it again",
    meaning="A part of the request came, and then for a long time nothing more; the connection is closed.",
    remedy=(
        "Send the request again, whole. Who runs the service can give it more time with FIT_HEAD_SECONDS and "
        "FIT_BODY_SECONDS."
    ),
)
BODY_TOO_LARGE = ProblemKind(
    slug="body-too-large",
    title="The body is too large",
    status=413,
    detail="the body is larger than this service accepts",
    meaning="The body has more bytes, or more numbers, than this service accepts.",
    remedy=(
        "Upload the data as Parquet, which is smaller than JSON, or fit fewer points. Who runs the service can raise "
        "FIT_MAX_BODY_BYTES and FIT_MAX_POINTS."
    ),
)
UNSUPPORTED_MEDIA_TYPE = ProblemKind(
    slug="unsupported-media-type",
    title="The body is of another media type",
    status=415,
    detail="send the body as JSON, with the header Content-Type: application/json",
    meaning="The header Content-Type says that the body is not JSON; or there is no such header.",
    remedy="Send JSON with Content-Type: application/json. Fits with a data file are multipart/form-data.",
)
INVALID_FIELDS = ProblemKind(
    slug="invalid-fields",
    title="Fields are not as expected",
    status=422,
    detail="a field is not as expected: see errors",
    meaning="A field of the body or a parameter is missing, unknown, of another type or out of its range.",
    remedy="Look at errors: each names a field by pointer, or a parameter, and says what is expected there.",
)
INVALID_REQUEST = ProblemKind(
    slug="invalid-request",
    title="This can't be done here",
    status=422,
    detail="this can't be done here: see errors",
    meaning=(
        "Each field is well-formed, but the request can't be carried out: a formula does not fit its parameters or its "
        "data, a limit of this service is exceeded, or a device is not there."
    ),
    remedy="Look at errors: each names a field by pointer and says what to change.",
)
INVALID_UPLOAD = ProblemKind(
    slug="invalid-upload",
    title="The upload is not as expected",
    status=422,
    detail="send the request as part fit, and the data as a file in part data",
    meaning="A part of the upload is missing, or its data file can't be read as CSV, Parquet or Arrow.",
    remedy="Send the request as JSON in part fit, and the data as a file in part data. The detail names the part.",
)

# Who asks.

KEY_NEEDED = ProblemKind(
    slug="key-needed",
    title="A good key is needed",
    status=401,
    detail="send a key of this service in the header: Authorization: Bearer fsk_...",
    meaning="The request has no API key and no session, or one that is not good: unknown, revoked or over.",
    remedy="Send a key as a bearer token, or begin a session at POST /session. Who runs the service makes keys.",
)
SCOPE_MISSING = ProblemKind(
    slug="scope-missing",
    title="The key may not do this",
    status=403,
    detail="this key has not the scope delete: ask who runs the service for one that has",
    meaning="The key is good, but it was not made for this: to read, post and delete fits are scopes of their own.",
    remedy="Ask who runs the service for a key that has the scope which the detail names.",
)
CROSS_SITE_REQUEST = ProblemKind(
    slug="cross-site-request",
    title="A page of another origin may not do this",
    status=403,
    detail="a web page of another origin has sent this, which is not allowed here",
    meaning="The browser says that a web page of another origin has sent the request; or a cookie came without saying.",
    remedy="Who runs the service can allow the origin with FIT_CORS_ORIGINS. Programs send no Origin, and a key.",
)
HOST_NOT_ALLOWED = ProblemKind(
    slug="host-not-allowed",
    title="The service is not known by this name",
    status=421,
    detail="the header Host names a host that this service is not known by",
    meaning="The request asks for a host by a name that is not this service's: so web pages attack private services.",
    remedy="Use localhost or the address in numbers, or have the name added to FIT_ALLOWED_HOSTS.",
)

CALCULATION_TOO_LARGE = ProblemKind(
    slug="calculation-too-large",
    title="This takes more than the service gives",
    status=413,
    detail="this takes more memory than the service gives to one request",
    meaning="Reading the body, or working out the answer, takes more memory or time than one request is given.",
    remedy=(
        "Send fewer points, or plain columns of numbers. Who runs the service can raise FIT_CALCULATION_BYTES and "
        "FIT_CALCULATION_SECONDS."
    ),
)

# What is asked for.

FIT_NOT_FOUND = ProblemKind(
    slug="fit-not-found",
    title="There is no such fit",
    status=404,
    detail="there is no fit 'fit_0123456789abcdef': GET /fit lists those there are",
    meaning="There is no fit of this id: it was never there, or it has been deleted.",
    remedy="Take the id from the answer to POST /fit, or from the list at GET /fit.",
)
CURVE_NOT_FOUND = ProblemKind(
    slug="curve-not-found",
    title="There is no such curve",
    status=404,
    detail="the fit has the curves 0 to 95",
    meaning="The fit has no curve of this number, or has no result of it yet.",
    remedy="Curves are numbered from 0. Ask again when the curve has ended; leave the curve out if there is only one.",
)
MODEL_NOT_FOUND = ProblemKind(
    slug="model-not-found",
    title="There is no such model",
    status=404,
    detail="there is no model 'gauss': GET /models lists those there are",
    meaning="The library has no model of this name.",
    remedy="Take a name from GET /models, or post a formula.",
)
NO_MEASURED_DATA = ProblemKind(
    slug="no-measured-data",
    title="The fit has no measured data",
    status=404,
    detail="the fit has no measured data: its target is a function",
    meaning="The target of the fit is a function, so there are no data to download.",
    remedy="Read the function and its domain in the target of the fit, at GET /fit/{id}.",
)

# What state a fit is in.

NO_RESULT = ProblemKind(
    slug="no-result",
    title="There are no coefficients",
    status=409,
    detail="the fit has no coefficients yet, or none at all: see its status and reason",
    meaning="The fit, or the curve, has not ended yet, or has ended without coefficients.",
    remedy="Read the fit: wait until it has ended. If it has failed, its reason and error say what to change.",
)
FIT_EXPIRED = ProblemKind(
    slug="fit-expired",
    title="The fit has expired",
    status=410,
    detail="the fit has expired: its data and result are deleted",
    meaning="The fit ended longer ago than this service keeps data and results: only status and labels are left.",
    remedy="Post the fit again. Who runs the service sets FIT_KEEP_DAYS.",
)
FIT_ENDED = ProblemKind(
    slug="fit-ended",
    title="The fit has already ended",
    status=409,
    detail="the fit has already succeeded: there is nothing to cancel",
    meaning="A fit that has ended can't be cancelled.",
    remedy="Nothing needs to be done; its result, if there is one, stays until the fit is deleted.",
)
FIT_NOT_ENDED = ProblemKind(
    slug="fit-not-ended",
    title="The fit has not ended yet",
    status=409,
    detail="the fit is running: cancel it first, then delete it",
    meaning="Only a fit that has ended can be deleted.",
    remedy="Wait for its end, or cancel it with POST /fit/{id}/cancel; then delete it.",
)
IDEMPOTENCY_CONFLICT = ProblemKind(
    slug="idempotency-conflict",
    title="The Idempotency-Key belongs to another request",
    status=422,
    detail="this Idempotency-Key came before with another request: use a new key",
    meaning="A fit was posted with the same Idempotency-Key before, but with another body.",
    remedy="Use a new key for each new request, and an old one only to repeat a request unchanged.",
)
QUEUE_FULL = ProblemKind(
    slug="queue-full",
    title="Too many fits wait",
    status=429,
    detail="10,000 of your fits wait already, and no more may: post again in a while",
    meaning=(
        "As many fits wait to be trained as one caller, or all together, may have waiting here; the header "
        "RateLimit-Policy says how many. Nothing of this request was kept."
    ),
    remedy=(
        "Post again after as many seconds as the header Retry-After says. Many curves of one model are better sent as "
        "one fit. Whoever runs the service sets FIT_MAX_QUEUED and FIT_MAX_QUEUED_OF_CALLER."
    ),
)
TOO_MANY_LABELS = ProblemKind(
    slug="too-many-labels",
    title="The list is filtered by too many labels",
    status=422,
    detail="filter by at most 16 labels: a fit has no more",
    meaning="The list of fits is filtered by more metadata labels than a fit can have.",
    remedy="Filter by fewer labels.",
)

# What is wrong with the service.

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

PROBLEM_KINDS = {kind.slug: kind for kind in list(globals().values()) if isinstance(kind, ProblemKind)}
"""All kinds of problems by their slugs, in the order above."""
