"""The states of a fit and the reasons of its end: words of the API with a sentence each."""

from enum import StrEnum
from typing import Annotated, Literal

from app.schemas.incoming import schema_named


class _Explained(StrEnum):
    """A word with a sentence that explains it."""

    sentence: str

    def __new__(cls, word: str, sentence: str = "") -> "_Explained":
        member = str.__new__(cls, word)
        member._value_ = word
        member.sentence = sentence
        return member

    @classmethod
    def explained(cls) -> str:
        """Return all words with their sentences, as one text."""
        return " ".join(f"`{member.value}`: {member.sentence}" for member in cls)


class Status(_Explained):
    """The state of a fit in its life."""

    QUEUED = "queued", "It waits for a worker."
    RUNNING = "running", "A worker trains it."
    CANCELLING = "cancelling", "It was cancelled while it ran, and stops within a second."
    CANCELLED = "cancelled", "It was cancelled; it keeps the result that it had."
    SUCCEEDED = "succeeded", "It ended with the coefficients that were asked for."
    FAILED = "failed", "It ended without; the reason says why."
    EXPIRED = "expired", "It ended so long ago that its data and result are deleted; the reason says how it ended."

    @property
    def has_ended(self) -> bool:
        """Tell whether nothing will change any more."""
        return self in ENDED


ENDED = (Status.CANCELLED, Status.SUCCEEDED, Status.FAILED, Status.EXPIRED)
UNDER_WAY = (Status.RUNNING, Status.CANCELLING)


class Reason(_Explained):
    """The reason why a fit, or one of its many curves, ended."""

    CONVERGED = "converged", "It is at a minimum; `result.criterion` says which test told so."
    SINGULAR = "singular", "It is at a minimum, but the data do not determine all parameters."
    MAX_STEPS = "max_steps", "All steps that were allowed are done."
    TIMEOUT = "timeout", "The seconds that were allowed are over."
    CURVES_FAILED = "curves_failed", "Of many curves, some failed or all; each curve has its own reason."
    CANCELLED = "cancelled", "It was cancelled."
    DIVERGED = "diverged", "Loss or parameters grew beyond all numbers; the result has the last finite coefficients."
    NO_POINTS = "no_points", "All points of this curve lack a value."
    NONFINITE = "nonfinite", "Loss or derivative is no finite number at the start, or where the training led."
    OUT_OF_MEMORY = "out_of_memory", "It does not fit into the memory of a worker."
    WORKER_LOST = "worker_lost", "Its worker process died again and again."
    INTERNAL_ERROR = "internal_error", "The service made a mistake; its log says more."


CurveStatus = Annotated[
    Literal["succeeded", "failed"],
    schema_named("CurveStatus", "Whether a curve ended with the coefficients asked for."),
]
