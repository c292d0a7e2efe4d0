"""The answers of the service: the fit, its result, its history, pages of fits, devices."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from app.schemas.hyperparameters import Hyperparameters
from app.schemas.loss import Loss
from app.schemas.outgoing import Outgoing
from app.schemas.parameters import Parameter
from app.schemas.reading import Reading
from app.schemas.request import Confidence
from app.schemas.result import FitResult, LossPoint
from app.schemas.status import Reason, Status
from app.schemas.target import DataTarget, FunctionTarget, MissingValues


class FitError(Outgoing):
    """The reason why a fit failed while it ran."""

    code: Reason = Field(description="The same word as `reason`.")
    message: str = Field(description="What happened and what to do.")
    field: str | None = Field(None, description="The field of the request to change, if there is one to name.")
    step: int | None = Field(None, description="The step at which it happened.")


class Progress(Outgoing):
    """The progress of the training."""

    step: int = Field(description="Updates done.")
    steps: int = Field(description="Updates to do.")
    loss: float | None = Field(description="Loss after `step` updates; null before the first look.")
    curves: int | None = Field(None, description="Curves that have ended, if the fit has many.")


class DataTargetSummary(Outgoing):
    """Measured data in lists, minimal answers and where they are large: not the points, only their number."""

    points: int = Field(description="Number of points; x and y are in `GET /fit/{id}`.")
    curves: int | None = Field(None, description="Number of curves, if there are many.")
    missing: MissingValues | None = Field(None, description="What became of values that were missing.")
    reading: Reading | None = Field(None, description="How the file was read from which the data come.")


class Urls(Outgoing):
    """The addresses of what belongs to a fit."""

    self: str = Field(description="The fit: GET reads it, DELETE deletes it once it has ended.")
    cancel: str = Field(description="POST cancels the fit.")
    history: str = Field(description="GET reads the loss history.")
    data: str = Field(description="GET downloads measured data.")
    curves: str = Field(description="GET reads the results of many curves.")
    predict: str = Field(description="POST works out the model at other x, with confidence and prediction bands.")
    inverse: str = Field(description="POST finds the x at which the model has given y, with limits.")
    derive: str = Field(description="POST works out quantities that follow from the coefficients, with errors.")
    export: str = Field(description="GET writes the fitted model in another language.")

    @classmethod
    def of(cls, fit_id: str, root_path: str) -> "Urls":
        """Return the addresses of a fit, below the path under which a proxy serves the service."""
        path = f"{root_path}/fit/{fit_id}"
        return cls(self=path, **{name: f"{path}/{name}" for name in cls.model_fields if name != "self"})


class Fit(Outgoing):
    """A fit job and all that is known of it."""

    id: str = Field(description="Id of the fit.", examples=["fit_0123456789abcdef"])
    object: Literal["fit"] = Field("fit", description="What this is.")
    status: Status = Field(description=f"Where it is in its life; the last four are ends. {Status.explained()}")
    reason: Reason | None = Field(description=f"Why it ended, as data. {Reason.explained()}")
    message: str | None = Field(description="Why it ended, in words.")
    error: FitError | None = Field(description="What went wrong, if it failed.")
    created_at: datetime = Field(description="When it was accepted, UTC.")
    started_at: datetime | None = Field(description="When it was first handed to a worker, UTC.")
    finished_at: datetime | None = Field(description="When it ended, UTC.")
    progress: Progress = Field(description="How far the training is.")
    warnings: list[str] = Field(
        [],
        description="Sentences about the request: what may be meant otherwise, or was left to a default that matters.",
    )
    result: FitResult | None = Field(description="What the training found, once the fit has ended.")
    target: DataTarget | DataTargetSummary | FunctionTarget = Field(description="What is fitted to.")
    model: str | dict[str, Any] = Field(
        description="The model as it was given, or what names of the library mean; with the options left to us."
    )
    formula: str | None = Field(
        description="The model as a formula in x and in the parameters; null until its degree is chosen."
    )
    parameters: dict[str, Parameter] = Field(description="Every parameter of the model, with its start value.")
    hyperparameters: Hyperparameters = Field(description="The optimizer and its settings, defaults filled in.")
    loss: Loss = Field(description="What the training makes smaller.")
    confidence: Confidence = Field(description="Confidence intervals that were asked for.")
    seed: int = Field(description="Seed of the search for start values.")
    device: str = Field(description="Where it is trained.")
    dtype: str = Field(description="Number format of the training.")
    metadata: dict[str, str] = Field(description="Your own labels.")
    webhook: str | None = Field(
        None, description="Name of the webhook that is told of its end; `GET /fit/{id}/deliveries` says how that went."
    )
    urls: Urls = Field(description="Where to go from here.")


class FitPage(Outgoing):
    """A page of fits, newest first."""

    object: Literal["list"] = Field("list", description="What this is.")
    data: list[Fit] = Field(description="The fits of this page.")
    has_more: bool = Field(description="Whether older fits follow: ask again with `after` = `last_id`.")
    last_id: str | None = Field(description="Id of the last fit on this page.")
    damaged: list[str] = Field(
        [], description="Ids of fits of this page that `data` lacks: what is kept of them can't be read."
    )


class History(Outgoing):
    """The loss history of a fit, up to the current step while it runs."""

    object: Literal["history"] = Field("history", description="What this is.")
    fit: str = Field(description="Id of the fit.")
    total_points: int = Field(description="Rows of the whole history.")
    data: list[LossPoint] = Field(description="The rows asked for; the first and the last are always among them.")


class Device(Outgoing):
    """A place where fits can be trained."""

    device: str = Field(description="What to put into `device`.")
    name: str = Field(description="What it is.")
    memory_bytes: int = Field(description="Its memory in bytes.")


class DeviceList(Outgoing):
    """The devices of the workers."""

    object: Literal["list"] = Field("list", description="What this is.")
    data: list[Device] = Field(description="The devices.")


class Health(Outgoing):
    """The health of the service, part by part."""

    status: Literal["ok", "unavailable"] = Field(description="`ok` if every part is ok.")
    checks: dict[str, str] = Field(default_factory=dict, description="`ok` for each part, or what is wrong with it.")
