"""A class for each kind of problem of the service; tests/helpers/client_problems.py writes it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from .errors import ProblemError


class CrossSiteRequestError(ProblemError):
    """A page of another origin may not do this (403).

    Who runs the service can allow the origin with FIT_CORS_ORIGINS. Programs send no Origin, and a key.
    """

    type: ClassVar[str] = "/problems/cross-site-request"


class HostNotAllowedError(ProblemError):
    """The service is not known by this name (421).

    Use localhost or the address in numbers, or have the name added to FIT_ALLOWED_HOSTS.
    """

    type: ClassVar[str] = "/problems/host-not-allowed"


class KeyNeededError(ProblemError):
    """A good key is needed (401).

    Send a key as a bearer token, or begin a session at POST /session. Who runs the service makes keys.
    """

    type: ClassVar[str] = "/problems/key-needed"


class ScopeMissingError(ProblemError):
    """The key may not do this (403).

    Ask who runs the service for a key that has the scope which the detail names.
    """

    type: ClassVar[str] = "/problems/scope-missing"


class CurveNotFoundError(ProblemError):
    """There is no such curve (404).

    Curves are numbered from 0. Ask again when the curve has ended; leave the curve out if there is only one.
    """

    type: ClassVar[str] = "/problems/curve-not-found"


class FitEndedError(ProblemError):
    """The fit has already ended (409).

    Nothing needs to be done; its result, if there is one, stays until the fit is deleted.
    """

    type: ClassVar[str] = "/problems/fit-ended"


class FitExpiredError(ProblemError):
    """The fit has expired (410).

    Post the fit again. Who runs the service sets FIT_KEEP_DAYS.
    """

    type: ClassVar[str] = "/problems/fit-expired"


class FitNotEndedError(ProblemError):
    """The fit has not ended yet (409).

    Wait for its end, or cancel it with POST /fit/{id}/cancel; then delete it.
    """

    type: ClassVar[str] = "/problems/fit-not-ended"


class FitNotFoundError(ProblemError):
    """There is no such fit (404).

    Take the id from the answer to POST /fit, or from the list at GET /fit.
    """

    type: ClassVar[str] = "/problems/fit-not-found"


class IdempotencyConflictError(ProblemError):
    """The Idempotency-Key belongs to another request (422).

    Use a new key for each new request, and an old one only to repeat a request unchanged.
    """

    type: ClassVar[str] = "/problems/idempotency-conflict"


class LinkNotFoundError(ProblemError):
    """There is no such link (404).

    Take the number from GET /fit/{id}/links. Nobody reads the fit by a link that is not there.
    """

    type: ClassVar[str] = "/problems/link-not-found"


class ModelNotFoundError(ProblemError):
    """There is no such model (404).

    Take a name from GET /models, or post a formula.
    """

    type: ClassVar[str] = "/problems/model-not-found"


class NoMeasuredDataError(ProblemError):
    """The fit has no measured data (404).

    Read the function and its domain in the target of the fit, at GET /fit/{id}.
    """

    type: ClassVar[str] = "/problems/no-measured-data"


class NoResultError(ProblemError):
    """There are no coefficients (409).

    Read the fit: wait until it has ended. If it has failed, its reason and error say what to change.
    """

    type: ClassVar[str] = "/problems/no-result"


class QueueFullError(ProblemError):
    """Too many fits wait (429).

    Post again after as many seconds as the header Retry-After says. Many curves of one model are better sent as one
    fit. Whoever runs the service sets FIT_MAX_QUEUED and FIT_MAX_QUEUED_OF_CALLER.
    """

    type: ClassVar[str] = "/problems/queue-full"


class TooManyLabelsError(ProblemError):
    """The list is filtered by too many labels (422).

    Filter by fewer labels.
    """

    type: ClassVar[str] = "/problems/too-many-labels"


class TooManyLinksError(ProblemError):
    """The fit has too many links (409).

    Revoke links that nobody needs any more with DELETE /fit/{id}/links/{number}.
    """

    type: ClassVar[str] = "/problems/too-many-links"


class AddressNotFoundError(ProblemError):
    """There is nothing at this address (404).

    Compare the address with the list at /docs. Behind a proxy, look whether its path is right.
    """

    type: ClassVar[str] = "/problems/address-not-found"


class BodyTooLargeError(ProblemError):
    """The body is too large (413).

    Upload the data as Parquet, which is smaller than JSON, or fit fewer points. Who runs the service can raise
    FIT_MAX_BODY_BYTES and FIT_MAX_POINTS.
    """

    type: ClassVar[str] = "/problems/body-too-large"


class CalculationTooLargeError(ProblemError):
    """This takes more than the service gives (413).

    Send fewer points, or plain columns of numbers. Who runs the service can raise FIT_CALCULATION_BYTES and
    FIT_CALCULATION_SECONDS.
    """

    type: ClassVar[str] = "/problems/calculation-too-large"


class InvalidFieldsError(ProblemError):
    """Fields are not as expected (422).

    Look at errors: each names a field by pointer, or a parameter, and says what is expected there.
    """

    type: ClassVar[str] = "/problems/invalid-fields"


class InvalidRequestError(ProblemError):
    """This can't be done here (422).

    Look at errors: each names a field by pointer and says what to change.
    """

    type: ClassVar[str] = "/problems/invalid-request"


class InvalidUploadError(ProblemError):
    """The upload is not as expected (422).

    Send the request as JSON in part fit, and the data as a file in part data. The detail names the part.
    """

    type: ClassVar[str] = "/problems/invalid-upload"


class MalformedBodyError(ProblemError):
    """The body can't be read (400).

    Send valid JSON. The detail names line and column of the first mistake, where there are such.
    """

    type: ClassVar[str] = "/problems/malformed-body"


class MethodNotAllowedError(ProblemError):
    """The address does not have this method (405).

    Use one of the methods in the header Allow.
    """

    type: ClassVar[str] = "/problems/method-not-allowed"


class RequestTooSlowError(ProblemError):
    """The request did not come in time (408).

    Send the request again, whole. Who runs the service can give it more time with FIT_HEAD_SECONDS and
    FIT_BODY_SECONDS.
    """

    type: ClassVar[str] = "/problems/request-too-slow"


class UnsupportedMediaTypeError(ProblemError):
    """The body is of another media type (415).

    Send JSON with Content-Type: application/json. Fits with a data file are multipart/form-data.
    """

    type: ClassVar[str] = "/problems/unsupported-media-type"


class CalculationStoppedError(ProblemError):
    """The calculation was stopped (503).

    Try again, with fewer points if it happens once more.
    """

    type: ClassVar[str] = "/problems/calculation-stopped"


class DatabaseUnavailableError(ProblemError):
    """The database can't be used at the moment (503).

    Try again after as many seconds as the header Retry-After says. Repeat a POST /fit with the Idempotency-Key of
    the first, so that there is no second fit.
    """

    type: ClassVar[str] = "/problems/database-unavailable"


class FitDamagedError(ProblemError):
    """What is kept of the fit can't be read (500).

    Delete the fit and post it again, or have the database restored; the service's log says what is wrong.
    """

    type: ClassVar[str] = "/problems/fit-damaged"


class InternalError(ProblemError):
    """The service made a mistake (500).

    Report it to those who run the service: its log has the time, the address, the fit and a traceback.
    """

    type: ClassVar[str] = "/problems/internal-error"


class ServiceStoppingError(ProblemError):
    """The service is being stopped (503).

    Try again after as many seconds as the header Retry-After says. Repeat a POST /fit with the Idempotency-Key of
    the first, so that there is no second fit.
    """

    type: ClassVar[str] = "/problems/service-stopping"


class StorageFullError(ProblemError):
    """There is no room for another fit (507).

    Delete fits that nobody needs, or try again later. Who runs the service makes room on the disk, or sets
    FIT_DISK_RESERVE_BYTES, FIT_MAX_STORED_BYTES and FIT_KEEP_DAYS.
    """

    type: ClassVar[str] = "/problems/storage-full"


class TooManyConnectionsError(ProblemError):
    """Too many connections are open (503).

    Try again after as many seconds as the header Retry-After says, and send requests one after another over few
    connections. Who runs the service can raise FIT_MAX_CONNECTIONS.
    """

    type: ClassVar[str] = "/problems/too-many-connections"


class TooManyStreamsError(ProblemError):
    """Too many streams are open (503).

    Close streams that nobody looks at, and follow several fits by one stream, GET /events?fit=a&fit=b; or read the
    fit now and then. Who runs the service can raise FIT_MAX_STREAMS.
    """

    type: ClassVar[str] = "/problems/too-many-streams"


class TooMuchInFlightError(ProblemError):
    """Too much is in flight (503).

    Try again later. Who runs the service can raise FIT_MAX_BYTES_IN_FLIGHT.
    """

    type: ClassVar[str] = "/problems/too-much-in-flight"


PROBLEMS: Mapping[str, type[ProblemError]] = MappingProxyType(
    {kind.type: kind for kind in ProblemError.__subclasses__()}
)
"""The classes by their types."""
