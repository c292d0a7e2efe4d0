"""The result of a fit: coefficients, statistics, and the way to them."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from app.schemas.outgoing import Outgoing


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


class DegreeSelection(Outgoing):
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


class FitResult(Outgoing):
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
    statistics: Statistics | None = Field(
        None,
        description=(
            "Standard errors and goodness of fit, if it succeeded; for a global fit those of all curves together, with "
            "the errors of the coefficients that they share. Each of many curves has its own in `GET /fit/{id}/curves`."
        ),
    )
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
    selection: DegreeSelection | None = Field(
        None, description="How the degree of a series was chosen, if it was automatic."
    )
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
    timings: Timings = Field(description="Where the time went.")
    loss_history: list[LossPoint] | None = Field(
        None,
        description="Loss history, thinned; whole at `urls.history`. Left out of lists and minimal answers.",
    )
