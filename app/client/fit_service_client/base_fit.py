"""What is known of a fit, whoever asks for it: blocking or not."""

import math
from collections.abc import Mapping

from . import schemas, tables
from .answers import array_or_none, floats_of
from .columns import Floats
from .connection import Connection
from .documents import has_ended, is_of_many, warnings_of
from .errors import FitFailedError
from .problems import NoResultError


class BaseFit:
    """A fit as it was when it was last heard of.

    Its properties ask nobody; methods ask the service. Of a fit that has no result yet, or none at all, properties of
    the result raise NoResultError.
    """

    def __init__(self, client: Connection, document: schemas.Fit) -> None:
        self.client = client
        self.document = document
        """All that the service says of the fit, as it says it."""

    @property
    def id(self) -> str:
        """Return the id of the fit."""
        return self.document["id"]

    @property
    def status(self) -> str:
        """Return where the fit is in its life: queued, running, cancelling, cancelled, succeeded, failed, expired."""
        return self.document["status"]

    @property
    def reason(self) -> str | None:
        """Return why it ended, as a word."""
        return self.document["reason"]

    @property
    def message(self) -> str | None:
        """Return why it ended, in words."""
        return self.document["message"]

    @property
    def has_ended(self) -> bool:
        """Tell whether nothing will change any more."""
        return has_ended(self.document)

    @property
    def progress(self) -> schemas.Progress:
        """Return how far the training was."""
        return self.document["progress"]

    @property
    def formula(self) -> str | None:
        """Return the model as a formula."""
        return self.document["formula"]

    @property
    def metadata(self) -> Mapping[str, str]:
        """Return your own labels."""
        return self.document["metadata"]

    @property
    def warnings(self) -> list[str]:
        """Return what should be known of the request, and of the result if there is one, in sentences."""
        return warnings_of(self.document)

    @property
    def url(self) -> str:
        """Return the address of the fit."""
        return f"{self.client.service.url}/fit/{self.id}"

    @property
    def result(self) -> schemas.FitResult:
        """Return what the training found, as the service says it. Raises NoResultError."""
        result = self.document["result"]
        if result is None:
            words = "it has not ended yet: wait() for its end" if not self.has_ended else self.message or self.status
            title = "There are no coefficients"
            raise NoResultError({"status": 409, "title": title, "detail": f"{self.id}: {words}"})
        return result

    @property
    def coefficients(self) -> dict[str, float]:
        """Return the value of each parameter; of many curves, of each that they share: `curves()` has the others."""
        return dict(self.result["coefficients"])

    @property
    def statistics(self) -> schemas.Statistics:
        """Return standard errors and goodness of fit, in the words of lmfit. Raises NoResultError for none."""
        statistics = self.result.get("statistics")
        if statistics is None:
            title, detail = "There are no statistics", f"{self.id} has none: it did not succeed, or has many curves"
            raise NoResultError({"status": 409, "title": title, "detail": detail})
        return statistics

    @property
    def stderr(self) -> dict[str, float]:
        """Return the standard error of each coefficient; NaN for one that was fixed."""
        return floats_of(self.statistics["stderr"])

    @property
    def confidence_intervals(self) -> dict[str, tuple[float, float]]:
        """Return lower and upper limit of each coefficient; NaN for one that was fixed."""
        limits = self.statistics.get("confidence_intervals", {})
        return {name: (math.nan, math.nan) if pair is None else (pair[0], pair[1]) for name, pair in limits.items()}

    @property
    def variables(self) -> list[str]:
        """Return the parameters that were fitted and are not at a bound: the rows and columns of `covariance`."""
        return self.statistics["var_names"]

    @property
    def covariance(self) -> Floats | None:
        """Return the covariance of the coefficients, in the order of `variables`; None if there is none."""
        return array_or_none(self.statistics["covar"])

    @property
    def correlation(self) -> Floats | None:
        """Return the correlation of the coefficients, in the order of `variables`; None if there is none."""
        return array_or_none(self.statistics["correl"])

    @property
    def is_of_many(self) -> bool:
        """Tell whether the fit has many curves."""
        return is_of_many(self.document)

    def raise_for_status(self) -> None:
        """Raise FitFailedError for a fit that has ended in another way than it should; one that goes on is no error."""
        if self.has_ended and self.status != "succeeded":
            raise FitFailedError(f"{self.id} {self.status} ({self.reason}): {self.message}")

    def __repr__(self) -> str:
        """Return the fit as a table for a terminal."""
        return tables.text(self.document)

    def _repr_html_(self) -> str:
        """Return the fit as a table for a notebook."""
        return tables.html(self.document)
