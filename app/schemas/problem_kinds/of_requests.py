"""The kinds of problems of a request by itself: how it comes, and what it says."""

from app.schemas.problem_kinds.kind import ProblemKind

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
