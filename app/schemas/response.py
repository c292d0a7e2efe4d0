"""The answers of the service: the fit, its result, its history, pages of fits, devices."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.schemas.hyperparameters import Hyperparameters
from app.schemas.loss import Loss
from app.schemas.parameters import Parameter
from app.schemas.reading import Reading
from app.schemas.request import Confidence
from app.schemas.status import Reason, Status
from app.schemas.target import DataTarget, FunctionTarget


class Outgoing(BaseModel):
    """A part of an answer: plain data, which need not be validated again."""

    model_config = ConfigDict(frozen=True)


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


class LossPoint(Outgoing):
    """One row of the loss history."""

    step: int = Field(description="Number of updates done; 0 is the start.")
    loss: float | None = Field(description="Loss after that many updates; null where it is not finite.")


class Timings(Outgoing):
    """The times that a fit took, in seconds."""

    queued: float = Field(description="From the request to the first worker.")
    building: float = Field(description="Turning the request into tensors.")
    training: float = Field(description="The steps themselves, all attempts together.")


class Statistics(Outgoing):
    """Statistics of the fit, in the words of lmfit; null where a number does not exist."""

    var_names: list[str] = Field(description="The parameters that were fitted and are not at a bound.")
    ndata: int = Field(description="Number of points; one of weight 0 does not count.")
    nvarys: int = Field(
        description="Number of parameters that were fitted; one that is at a bound counts as fixed there."
    )
    nfree: int = Field(description="Degrees of freedom: ndata - nvarys.")
    nfev: int | None = Field(None, description="Evaluations of the model, with its derivatives or without.")
    chisqr: float | None = Field(description="Sum of squared weighted residuals; for counts, Pearson's chi-squared.")
    redchi: float | None = Field(description="chisqr / nfree: the variance of the residuals.")
    chi2_pvalue: float | None = Field(
        None,
        description=(
            "Where sigma is absolute: probability of a chisqr as large or larger if the model is right. Near 0, the "
            "model does not follow the data or sigma is too small; near 1, sigma is too large."
        ),
    )
    rmse: float | None = Field(
        description=(
            "Root of the mean squared residual, in the unit of y; with sigma or weights the mean is weighted, whatever "
            "the scale of these."
        )
    )
    response_variance: float | None = Field(
        None,
        description=(
            "Variance of y about the model, where its weight is 1: redchi, or 1 where sigma is absolute; with a robust "
            "loss it follows from the median size of the residuals. Null for counts: there it is the model itself."
        ),
    )
    rsquared: float | None = Field(
        description=(
            "Share of the variance of y about its mean that the model explains; for a linear model without a constant, "
            "share of the sum of squares of y, as in NIST and statsmodels. With sigma or weights it is weighted. Null "
            "for counts and with a robust loss."
        )
    )
    adjusted_rsquared: float | None = Field(None, description="The same, corrected for the number of parameters.")
    aic: float | None = Field(description="Akaike information criterion; null with a robust loss.")
    aicc: float | None = Field(description="The same, corrected for few points.")
    bic: float | None = Field(description="Bayesian information criterion.")
    stderr: dict[str, float | None] = Field(description="Standard error of each coefficient; null for a fixed one.")
    confidence_level: float | None = Field(None, description="Level of the confidence intervals.")
    confidence_intervals: dict[str, tuple[float, float] | None] = Field(
        default_factory=dict,
        description=(
            "Lower and upper limit of each coefficient, from its standard error: by Student's t where a sum of squares "
            "told the variance of y too, else (sigma absolute, robust loss, counts) by the normal distribution."
        ),
    )
    profile_intervals: dict[str, tuple[float | None, float | None]] | None = Field(
        None,
        description=(
            "Limits of each fitted coefficient by profile likelihood (with a robust loss, by its drop in dispersion), "
            "if they were asked for; null for a limit that is beyond a bound, or does not exist."
        ),
    )
    covar: list[list[float]] | None = Field(description="Covariance; rows and columns in the order of var_names.")
    correl: list[list[float]] | None = Field(description="Correlation; rows and columns in the order of var_names.")
    condition: float | None = Field(description="Condition number of the Jacobian with columns of length one.")
    warnings: list[str] = Field(description="Sentences that say which numbers should not be trusted, and why.")


class Selection(Outgoing):
    """The choice of the degree of a series."""

    criterion: str = Field(description="Criterion that was made least.")
    degree: int = Field(description="The lowest degree with the least score.")
    scores: list[float | None] = Field(description="Score of each degree from 0; null where a fit would tell nothing.")


class Execution(Outgoing):
    """The way in which a fit ran."""

    compressed: bool = Field(description="Whether few points stood for all of them.")
    compiled_steps: int = Field(description="Steps that a program took; the others were taken one by one.")
    step_by_step_because: str | None = Field(
        None, description="Why no program took the steps; null where one did, or where nothing is known of it."
    )
    machines: list[str] = Field(
        [],
        description="Kinds of machines on which it ran, in order: processor and versions of libraries. A fit that went "
        "on on another kind may differ from an undisturbed one in its last digits.",
    )


class StartSearch(Outgoing):
    """The search for start values, and how much it tried."""

    parameters: list[str] = Field(description="The parameters that were searched for.")
    seed: int = Field(description="Seed of the search: the same one finds the same.")
    candidates: int = Field(description="Candidates that were tried.")
    trained: int = Field(description="Candidates that were trained for a few steps.")
    points: int = Field(description="Points that were looked at, at most 400.")


class Minimum(Outgoing):
    """A minimum of the loss."""

    coefficients: dict[str, float] = Field(description="Value of each parameter.")
    loss: float = Field(description="Loss of these coefficients.")


class CurveCounts(Outgoing):
    """The number of curves of a fit, by how they ended; each one is in `GET /fit/{id}/curves`."""

    total: int = Field(description="Curves of the fit.")
    succeeded: int = Field(description="Curves that ended with the coefficients that were asked for.")
    failed: int = Field(description="Curves that ended without them.")


class Result(Outgoing):
    """The result of the training; for a fit that failed or was cancelled it has the last finite coefficients."""

    coefficients: dict[str, float] = Field(
        description="Value of each parameter; with many curves, of each parameter that they share."
    )
    formula: str | None = Field(
        description=(
            "The model with the coefficients in it; null with many curves. If it has up to 2,000 characters, it can be "
            "posted as a target."
        )
    )
    final_loss: float = Field(description="Loss of just these coefficients; with many curves, the sum of their losses.")
    steps: int = Field(description="Updates that led to them; with many curves, those of the curve with the most.")
    criterion: Literal["gradient", "step", "cost", "bound", "solved"] | None = Field(
        None,
        description=(
            "The test by which it has converged: the `gradient` is zero to rounding, the last `step` or change of "
            "the `cost` was no more than rounding, all parameters are at a `bound`, or the minimum was `solved` for."
        ),
    )
    start: Annotated[dict[str, float], BeforeValidator(lambda start: start or {})] = Field(
        default_factory=dict, description="Start value of each parameter that was fitted, also if it was left to us."
    )
    threshold: float | None = Field(None, description="Threshold of a robust loss: larger residuals count less.")
    selection: Selection | None = Field(None, description="How the degree of a series was chosen, if it was automatic.")
    execution: Execution | None = Field(None, description="The way in which the training ran.")
    search: StartSearch | None = Field(
        None,
        description="How start values were searched for, if some were left to us; with many curves, on one of them.",
    )
    minima: list[Minimum] | None = Field(
        None,
        description=(
            "The best distinct minima that the search found, best first, this result among them: another one that is "
            "nearly as good is another answer that the data allow."
        ),
    )
    curves: CurveCounts | None = Field(None, description="Counts of the curves, if the fit has many.")
    loss_history: list[LossPoint] | None = Field(
        None,
        description="Loss history, thinned; whole at `urls.history`. Left out of lists and minimal answers.",
    )
    statistics: Statistics | None = Field(
        None,
        description=(
            "Standard errors and goodness of fit, if it succeeded; for a global fit those of all curves together, with "
            "the errors of the coefficients that they share. Each of many curves has its own in `GET /fit/{id}/curves`."
        ),
    )
    timings: Timings = Field(description="Where the time went.")


class DataTargetSummary(Outgoing):
    """Measured data in lists, minimal answers and where they are large: not the points, only their number."""

    points: int = Field(description="Number of points; x and y are in `GET /fit/{id}`.")
    missing: Literal["refuse", "omit"] | None = Field(None, description="What became of values that were missing.")
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
    target: FunctionTarget | DataTarget | DataTargetSummary = Field(description="What is fitted to.")
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
    warnings: list[str] = Field(
        [],
        description="Sentences about the request: what may be meant otherwise, or was left to a default that matters.",
    )
    result: Result | None = Field(description="What the training found, once the fit has ended.")
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


class CurveResult(Outgoing):
    """The result of one of many curves; null where a number does not exist."""

    curve: int = Field(description="Number of the curve in the order of the data, from 0.")
    label: str | None = Field(None, description="Label of the curve, if the data have labels.")
    coefficients: dict[str, float | None] = Field(description="Value of each parameter.")
    stderr: dict[str, float | None] = Field(description="Standard error of each coefficient.")
    final_loss: float | None = Field(description="Loss of these coefficients.")
    steps: int = Field(description="Updates that led to them.")
    status: Literal["succeeded", "failed"] = Field(description="Whether these are the coefficients asked for.")
    reason: Reason = Field(description="Why the training of this curve ended.")
    message: str | None = Field(None, description="The same in words.")
    threshold: float | None = Field(None, description="Threshold of a robust loss: larger residuals count less.")
    statistics: Statistics | None = Field(
        None,
        description=(
            "Standard errors, intervals and goodness of fit of this curve; null if it failed, or statistics were not "
            "asked for. Where curves share parameters, the covariance is what all curves say, and `nfree` is of all."
        ),
    )
    left_out: int = Field(0, description="Points that lack a value and are left out.")
    warnings: list[str] = Field([], description="Sentences about the data of this curve.")


class CurvePage(Outgoing):
    """A page of the results of curves, in the order of the data."""

    object: Literal["list"] = Field("list", description="What this is.")
    data: list[CurveResult] = Field(description="The curves of this page.")
    has_more: bool = Field(description="Whether more have ended: ask again with `after` = `last_curve`.")
    last_curve: int | None = Field(description="Number of the last curve on this page.")


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
