"""The kinds of problems of who asks, and from where."""

from app.schemas.problem_kinds.kind import ProblemKind

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
