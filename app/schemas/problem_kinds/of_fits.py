"""The kinds of problems of what is asked for: which fit, and in what state it is."""

from app.schemas.problem_kinds.kind import ProblemKind

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
LINK_NOT_FOUND = ProblemKind(
    slug="link-not-found",
    title="There is no such link",
    status=404,
    detail="the fit has no link 7: GET /fit/{id}/links lists those there are",
    meaning="The fit has no link of this number: it was never made, or was revoked, or its end date is over.",
    remedy="Take the number from GET /fit/{id}/links. Nobody reads the fit by a link that is not there.",
)
TOO_MANY_LINKS = ProblemKind(
    slug="too-many-links",
    title="The fit has too many links",
    status=409,
    detail="a fit has at most 100 links: revoke some first",
    meaning="As many links to the fit are good as a fit may have.",
    remedy="Revoke links that nobody needs any more with DELETE /fit/{id}/links/{number}.",
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
