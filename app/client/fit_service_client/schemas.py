"""What goes over the wire, as typed dicts; tests/helpers/client_schemas.py makes this module of openapi.json."""

from typing import Any, Literal, NotRequired, TypedDict


class Adam(TypedDict):
    """
    Adam (Kingma and Ba, 2015), as in `torch.optim.Adam`.
    """

    optimizer: Literal["adam"]
    """
    Adam.
    """
    steps: NotRequired[int]
    """
    Updates of the parameters. Default: `2000`.
    """
    max_seconds: NotRequired[float | None]
    """
    Seconds of training after which it ends with what it has, reason `timeout`.
    """
    compression: NotRequired[bool]
    """
    Whether a polynomial model may be trained on as few points as its degree needs, which tell the same of a sum of squares, to rounding. Default: `true`.
    """
    learning_rate: NotRequired[float]
    """
    Largest usual change of a parameter in one step. Default: `0.001`.
    """
    beta1: NotRequired[float]
    """
    Decay per step of the running mean of the gradient. Default: `0.9`.
    """
    beta2: NotRequired[float]
    """
    Decay per step of the running mean of the squared gradient. Default: `0.999`.
    """
    epsilon: NotRequired[float]
    """
    Added to the denominator, so that it is never zero. Default: `1e-08`.
    """


class Area(TypedDict):
    """
    The integral of the fitted model over one of its variables.
    """

    integral: list[float]
    """
    Least and greatest x.
    """
    variable: NotRequired[str | None]
    """
    The predictor variable, if there are several.
    """
    at: NotRequired[dict[str, float]]
    """
    Values of all other predictor variables, by name.
    """


class AutomaticOptimizer(TypedDict):
    """
    The choice of the optimizer by the service.

    It takes the tutorial's settings for the tutorial's job; direct least squares where the model is linear in its
    parameters, the loss is the sum of squares and there are no bounds; else Levenberg-Marquardt.
    """

    optimizer: NotRequired[Literal["auto"]]
    """
    The answer says which optimizer was chosen. Default: `"auto"`.
    """
    steps: NotRequired[int]
    """
    Most updates of the parameters. Default: `2000`.
    """
    max_seconds: NotRequired[float | None]
    """
    Seconds of training after which it ends with what it has, reason `timeout`.
    """


class Band(TypedDict):
    """
    The limits of a band; at each single point they hold with the confidence level. Null where they do not exist.
    """

    lower: list[float | None]
    """
    Lower limits.
    """
    upper: list[float | None]
    """
    Upper limits.
    """


class CheckedParameter(TypedDict):
    """
    A parameter of a model that was checked.
    """

    name: str
    """
    Its name.
    """
    meaning: str | None
    """
    Its meaning, in a model of the library.
    """
    start: float | None
    """
    Start value that is given; null: it is guessed or searched for when there are data.
    """
    fixed: bool
    """
    Whether it stays at its start value.
    """
    lower: float | None
    """
    Smallest value that it may take, given or natural; null: there is none.
    """
    upper: float | None
    """
    Largest value that it may take, given or natural; null: there is none.
    """
    tied: str | None
    """
    Formula in other parameters that gives its value; null: there is none.
    """
    shared: bool
    """
    Whether it has the same value in all of many curves.
    """


class ComparedFit(TypedDict):
    """
    A fit beside the others; null where a number does not exist.
    """

    fit: str
    """
    Id of the fit.
    """
    ndata: int
    """
    Number of points that count.
    """
    nvarys: int
    """
    Number of parameters that were fitted and are not at a bound.
    """
    k: int
    """
    Number of parameters as the criteria count them: with the variance of y, where it was estimated.
    """
    loss: float | None
    """
    Sum of squared weighted residuals; for counts, the deviance.
    """
    log_likelihood: float | None
    """
    Logarithm of the likelihood with all of its constants, as R's `logLik`; `result.statistics` leaves constants out.
    """
    aic: float | None
    """
    -2 log_likelihood + 2 k, as R's `AIC`.
    """
    aicc: float | None
    """
    The same, corrected for few points: aic + 2 k (k + 1) / (ndata - k - 1).
    """
    bic: float | None
    """
    -2 log_likelihood + k ln(ndata), as R's `BIC`.
    """
    delta: float | None
    """
    The criterion less that of the best fit.
    """
    weight: float | None
    """
    Akaike weight by the criterion: the weights of all fits add up to 1.
    """
    evidence_ratio: float | None
    """
    Weight of the best fit, divided by that of this one.
    """


class Confidence(TypedDict):
    """
    Confidence intervals of the coefficients.
    """

    level: NotRequired[float]
    """
    Confidence level. Default: `0.95`.
    """
    profile: NotRequired[bool]
    """
    `true`: also intervals by profile likelihood, for which the fit is done anew around each coefficient; they hold where the model is far from linear, and intervals by Student's t do not. With a robust loss they follow from its drop in dispersion at the threshold of the fit. Many curves can't have them. Default: `false`.
    """


class CurveCounts(TypedDict):
    """
    The number of curves of a fit, by how they ended; each one is in `GET /fit/{id}/curves`.
    """

    total: int
    """
    Curves of the fit.
    """
    succeeded: int
    """
    Curves that ended with the coefficients that were asked for.
    """
    failed: int
    """
    Curves that ended without them.
    """


class DateColumn(TypedDict):
    """
    What the numbers of a column of dates or times mean.
    """

    zero: str
    """
    The moment that is 0, such as `2025-03-04T00:00:00`; of times of day, 00:00:00.
    """
    unit: Literal["days", "hours", "minutes", "seconds"]
    """
    What 1 is.
    """


class DegreeSelection(TypedDict):
    """
    The choice of the degree of a series.
    """

    criterion: str
    """
    Criterion that was made least.
    """
    degree: int
    """
    The lowest degree with the least score.
    """
    scores: list[float | None]
    """
    Score of each degree from 0; null where a fit would tell nothing.
    """


class Delivery(TypedDict):
    """
    The way of a message to its webhook until now.
    """

    id: str
    """
    Id of the message, the header `webhook-id` of all tries.
    """
    webhook: str
    """
    Name of the webhook.
    """
    tries: int
    """
    How often it was tried.
    """
    last_status: int | None
    """
    Status that the last try was answered with; null: it got no answer.
    """
    last_error: str | None
    """
    What went wrong with the last try, in words.
    """
    next_at: str | None
    """
    When it is tried next, UTC; null: it has arrived, or was given up.
    """
    delivered_at: str | None
    """
    When it arrived, UTC; null: it has not.
    """


class DeliveryList(TypedDict):
    """
    The messages about a fit.
    """

    object: Literal["list"]
    """
    What this is.
    """
    data: list[Delivery]
    """
    One message once the fit has ended, if it names a webhook; else none.
    """


class DeriveRequest(TypedDict):
    """
    The quantities that are to be worked out from the coefficients of a fit.
    """

    after: NotRequired[int]
    """
    Only curves after this one (`last_curve` of a page). Default: `-1`.
    """
    limit: NotRequired[int]
    """
    Most curves of a page. Default: `100`.
    """
    quantities: dict[str, str | Area]
    """
    Quantities by names of your own: a formula in the parameters of the fit, also fixed and tied ones; or the area under the fitted model, `{integral: [0, 10]}`.
    """
    level: NotRequired[float]
    """
    Confidence level of the intervals. Default: `0.95`.
    """
    curves: NotRequired[list[int | str] | None]
    """
    Numbers or labels of the curves, if there are many; left out: all, page by page.
    """


class DerivedQuantity(TypedDict):
    """
    A quantity that follows from the coefficients; null where a number does not exist.
    """

    value: float | None
    """
    The value.
    """
    stderr: float | None
    """
    Standard error, by linear propagation of errors; fixed parameters have none.
    """
    lower: float | None
    """
    Lower limit, by the distribution that the coefficients' intervals have.
    """
    upper: float | None
    """
    Upper limit.
    """


class Device(TypedDict):
    """
    A place where fits can be trained.
    """

    device: str
    """
    What to put into `device`.
    """
    name: str
    """
    What it is.
    """
    memory_bytes: int
    """
    Its memory in bytes.
    """


class DeviceList(TypedDict):
    """
    The devices of the workers.
    """

    object: Literal["list"]
    """
    What this is.
    """
    data: list[Device]
    """
    The devices.
    """


class Execution(TypedDict):
    """
    The way in which a fit ran.
    """

    compressed: bool
    """
    Whether few points stood for all of them.
    """
    compiled_steps: int
    """
    Steps that a program took; the others were taken one by one.
    """
    step_by_step_because: str | None
    """
    Why no program took the steps; null where one did, or where nothing is known of it.
    """
    machines: list[str]
    """
    Kinds of machines on which it ran, in order: processor and versions of libraries. A fit that went on on another kind may differ from an undisturbed one in its last digits.
    """


class FitLink(TypedDict):
    """
    A link by which others read a fit, without its token.
    """

    number: int
    """
    Its number, by which it is revoked.
    """
    created_at: str
    """
    When it was made, UTC.
    """
    ends_at: str
    """
    When it ends, UTC.
    """


class FunctionDescription(TypedDict):
    """
    A function that a formula may call.
    """

    name: str
    """
    Its name in a formula.
    """
    arguments: list[str]
    """
    What it is called with, in order.
    """
    numbers: list[str]
    """
    Those of its arguments that have to be plain numbers, as a degree.
    """
    description: str
    """
    What it is.
    """
    aliases: list[str]
    """
    Further names.
    """
    shorthand: str | None
    """
    What may stand before a degree as a shorter name, as in `P3(u)`; null: there is none.
    """


class FunctionList(TypedDict):
    """
    Functions and constants by name.
    """

    object: Literal["list"]
    """
    What this is.
    """
    data: list[FunctionDescription]
    """
    The functions.
    """
    constants: dict[str, float]
    """
    Numbers that have a name.
    """


class FunctionTarget(TypedDict):
    """
    A function of x, sampled at evenly spaced points of a domain, both ends included.
    """

    function: NotRequired[str]
    """
    A function of x by name (`sin`) or by formula (`exp(-x/3) * sin(x)`). Default: `"sin"`.
    """
    domain: NotRequired[list[float]]
    """
    First and last x. Default: `[-3.141592653589793, 3.141592653589793]`.
    """
    points: NotRequired[int]
    """
    Number of points x at which the function is sampled. Default: `2000`.
    """


class GradientDescent(TypedDict):
    """
    Gradient descent, with momentum as in `torch.optim.SGD`.
    """

    optimizer: NotRequired[Literal["gradient_descent"]]
    """
    Gradient descent. Default: `"gradient_descent"`.
    """
    steps: NotRequired[int]
    """
    Updates of the parameters. Default: `2000`.
    """
    max_seconds: NotRequired[float | None]
    """
    Seconds of training after which it ends with what it has, reason `timeout`.
    """
    compression: NotRequired[bool]
    """
    Whether a polynomial model may be trained on as few points as its degree needs, which tell the same of a sum of squares, to rounding. Default: `true`.
    """
    learning_rate: NotRequired[float]
    """
    Step length per unit of the gradient. Default: `5e-06`.
    """
    momentum: NotRequired[float]
    """
    Share of the last update that is kept in the next; 0 is none. Default: `0.0`.
    """
    nesterov: NotRequired[bool]
    """
    Nesterov's momentum: the gradient is added once more. Default: `false`.
    """


class Health(TypedDict):
    """
    The health of the service, part by part.
    """

    status: Literal["ok", "unavailable"]
    """
    `ok` if every part is ok.
    """
    checks: dict[str, str]
    """
    `ok` for each part, or what is wrong with it.
    """


class HyperparameterDescription(TypedDict):
    """
    A setting of an optimizer.
    """

    name: str
    """
    What to put into `hyperparameters`.
    """
    type: Literal["boolean", "integer", "number"]
    """
    Type of its values in JSON.
    """
    default: bool | int | float
    """
    Value if it is left out.
    """
    description: str
    """
    Meaning of the setting.
    """
    greater_than: float | None
    """
    Values are greater than this; null: there is no such limit.
    """
    at_least: float | None
    """
    Smallest value; null: there is no such limit.
    """
    less_than: float | None
    """
    Values are less than this; null: there is no such limit.
    """
    at_most: float | None
    """
    Largest value; null: there is no such limit.
    """


class InverseRequest(TypedDict):
    """
    The responses of which x is asked.
    """

    curve: NotRequired[int | None]
    """
    Number of the curve, if there are many.
    """
    label: NotRequired[str | None]
    """
    Label of the curve, instead of its number.
    """
    y: list[float | list[float]]
    """
    What was measured of each unknown: a number, or a list of replicates, whose mean is taken. In the unit of the target's y, also where the fit has a transformed response: each is transformed first.
    """
    replicates: NotRequired[int | None]
    """
    How many measurements each y is the mean of, where y has numbers only.
    """
    level: NotRequired[float]
    """
    Confidence level of the limits. Default: `0.95`.
    """
    interval: NotRequired[Literal["auto", "fieller", "inversion", "delta", "profile"]]
    """
    `fieller`: Fieller's limits, exact for a straight line. `inversion`: the x whose prediction band contains y. `delta`: x plus and minus a multiple of its standard error (Wald). `profile`: by profile likelihood, for which the fit is done anew around each x, with y as a further point; of at most 100 unknowns. `auto`: `fieller` for a straight line, else `inversion`. Default: `"auto"`.
    """
    mean_response: NotRequired[bool]
    """
    `true`: y is a value of the model itself, such as half of its height, and not a measurement. Default: `false`.
    """
    pooled: NotRequired[bool]
    """
    `true`: the scatter of the replicates has a say in the variance, with as many degrees of freedom as it adds. `false`: the variance is that of the fit. Default: `false`.
    """
    sigma: NotRequired[float | list[float] | None]
    """
    Standard deviation of a single measurement of each unknown, on the scale of the target's sigma; left out: that of the points of the fit, if it is the same for all.
    """
    range: NotRequired[list[float] | None]
    """
    Least and greatest x. Left out: the range of the data, and where no x there has this y, the nearest beyond.
    """
    variable: NotRequired[str | None]
    """
    The predictor variable that is asked for, if there are several.
    """
    at: NotRequired[dict[str, float]]
    """
    Values of all other predictor variables, by name.
    """


class InverseSolution(TypedDict):
    """
    An x at which the model has the response.
    """

    x: float
    """
    The x.
    """
    stderr: float | None
    """
    Its standard error, by linear propagation of errors; null for none.
    """
    lower: float | None
    """
    Lower limit; null where there is none.
    """
    upper: float | None
    """
    Upper limit; null where there is none.
    """
    extrapolated: bool
    """
    Whether x lies beyond the data.
    """


class LBFGS(TypedDict):
    """
    L-BFGS (limited-memory quasi-Newton) until no update makes the loss smaller.
    """

    optimizer: Literal["lbfgs"]
    """
    L-BFGS.
    """
    steps: NotRequired[int]
    """
    Most updates of the parameters; it ends before when it has converged. Default: `2000`.
    """
    max_seconds: NotRequired[float | None]
    """
    Seconds of training after which it ends with what it has, reason `timeout`.
    """
    compression: NotRequired[bool]
    """
    Whether a polynomial model may be trained on as few points as its degree needs, which tell the same of a sum of squares, to rounding. Default: `true`.
    """
    history: NotRequired[int]
    """
    Updates that it remembers. Default: `10`.
    """


class LeastSquares(TypedDict):
    """
    The direct solution by QR, of a model that is linear in its parameters: one step, wherever it starts.
    """

    optimizer: Literal["least_squares"]
    """
    Direct least squares.
    """
    steps: NotRequired[Literal[1]]
    """
    It takes one. Default: `1`.
    """
    max_seconds: NotRequired[float | None]
    """
    Seconds of training after which it ends with what it has, reason `timeout`.
    """


class LevenbergMarquardt(TypedDict):
    """
    Levenberg-Marquardt, until no update makes the loss smaller.
    """

    optimizer: Literal["levenberg_marquardt"]
    """
    Levenberg-Marquardt.
    """
    steps: NotRequired[int]
    """
    Most updates of the parameters; it ends before when it has converged. Default: `2000`.
    """
    max_seconds: NotRequired[float | None]
    """
    Seconds of training after which it ends with what it has, reason `timeout`.
    """


class Line(TypedDict):
    """
    A curve; null where the model has no value.
    """

    x: list[float]
    """
    Where it is drawn.
    """
    y: list[float | None]
    """
    Its values there.
    """


class LinkList(TypedDict):
    """
    The links of a fit.
    """

    object: Literal["list"]
    """
    What this is.
    """
    data: list[FitLink]
    """
    The links that have not ended, in the order in which they were made.
    """


class LinkRequest(TypedDict):
    """
    How long a link is good.
    """

    days: NotRequired[int]
    """
    Days from now on after which it ends. Default: `30`.
    """


class LossDescription(TypedDict):
    """
    A loss.
    """

    name: str
    """
    What to put into `loss`, or into `loss.name`.
    """
    title: str
    """
    What it is called.
    """
    description: str
    """
    What it is good for.
    """
    kind: Literal["squares", "robust", "likelihood"]
    """
    Whether it is the sum of squares, robust against outliers, or a likelihood.
    """
    tuning: float | None
    """
    Threshold, in standard deviations, that `loss.threshold` has if it is `auto`; null: the loss has no threshold.
    """
    redescending: bool
    """
    Whether a point far from the model pulls less and less at it, so that there are several minima; then a training that ends at the nearest starts at the minimum of Huber's loss.
    """
    of_counts: bool
    """
    Whether y has to be counts.
    """
    source: str
    """
    Where it comes from.
    """


class LossList(TypedDict):
    """
    Losses by name.
    """

    object: Literal["list"]
    """
    What this is.
    """
    data: list[LossDescription]
    """
    The losses.
    """


class LossPoint(TypedDict):
    """
    One row of the loss history.
    """

    step: int
    """
    Number of updates done; 0 is the start.
    """
    loss: float | None
    """
    Loss after that many updates; null where it is not finite.
    """


class Minimum(TypedDict):
    """
    A minimum of the loss.
    """

    coefficients: dict[str, float]
    """
    Value of each parameter.
    """
    loss: float
    """
    Loss of these coefficients.
    """


class ModelExport(TypedDict):
    """
    A fitted model as data, for a program in any language.
    """

    formula: str
    """
    The model as a formula.
    """
    latex: str
    """
    The same in LaTeX.
    """
    response: str | None
    """
    Formula in y for the quantity that the model describes; null: y itself.
    """
    variables: list[str]
    """
    The predictor variables.
    """
    coefficients: dict[str, float]
    """
    Value of each parameter of the formula.
    """
    stderr: dict[str, float | None]
    """
    Standard error of each coefficient, null where there is none.
    """
    functions: list[str]
    """
    The functions of the formula.
    """
    tree: Any
    """
    The formula as a tree: a number; the name of a variable or parameter; or a list of an operation and its operands. `+` and `*` have two or more operands, `-` has one, `/` and `^` have two, a function has its arguments in order.
    """


class ModelOption(TypedDict):
    """
    A number or word that shapes a model.
    """

    default: int | float | str
    """
    Value if it is left out.
    """
    lowest: int | None
    """
    Smallest value of a whole number; null for what is none.
    """
    highest: int | None
    """
    Largest value of a whole number; null for what is none.
    """
    choices: list[str] | None
    """
    The words that can be chosen from; null for a number.
    """
    meaning: str
    """
    Meaning of the option.
    """


class NamedModel(TypedDict):
    """
    A model of the library; other fields are its options, see `GET /models`.
    """

    name: str
    """
    Name of the model, one of `GET /models`.
    """


class NaturalBounds(TypedDict):
    """
    The smallest and the largest value with which a parameter has a meaning; null: there is none.
    """

    lower: float | None
    """
    Smallest value.
    """
    upper: float | None
    """
    Largest value.
    """


class NestedTest(TypedDict):
    """
    A test of a model against a larger one of which it is a special case; null where there is no outcome.
    """

    smaller: str
    """
    Id of the fit of the smaller model.
    """
    larger: str
    """
    Id of the fit of the larger model.
    """
    test: Literal["f", "chi_squared", "likelihood_ratio"]
    """
    `f`: extra sum of squares. `chi_squared`: difference of chi-squared, where sigma is absolute. `likelihood_ratio`: difference of deviance, for counts.
    """
    statistic: float | None
    """
    F, or the difference.
    """
    df: int
    """
    How many parameters more the larger model has.
    """
    nfree: int | None
    """
    Degrees of freedom in the denominator of F.
    """
    p_value: float | None
    """
    Probability of such a statistic, or a larger one, if the smaller model is right.
    """
    why_nested: str
    """
    Why the smaller model is a special case of the larger, in words.
    """
    message: str | None
    """
    Why there is no outcome, or why it is not exact, in words.
    """


class NewLink(TypedDict):
    """
    A link that was just made.
    """

    number: int
    """
    Its number, by which it is revoked.
    """
    created_at: str
    """
    When it was made, UTC.
    """
    ends_at: str
    """
    When it ends, UTC.
    """
    token: str
    """
    What reads the fit, as query parameter `link` or in the header `Authorization: Bearer ...`. It is told now and never again: only its SHA-256 is kept.
    """
    url: str
    """
    The page that shows the fit to whoever opens it.
    """


class OptimizerDescription(TypedDict):
    """
    An optimizer, and what it can do.
    """

    name: str
    """
    What to put into `hyperparameters.optimizer`.
    """
    title: str
    """
    What it is called.
    """
    description: str
    """
    What it does.
    """
    hyperparameters: list[HyperparameterDescription]
    """
    Its settings, besides `steps` and `max_seconds`, and `compression` of those with cheap steps.
    """
    losses: list[str]
    """
    Names of the losses that it takes.
    """
    takes_bounds: bool
    """
    Whether parameters may have bounds.
    """
    shares_parameters: bool
    """
    Whether curves may share parameters.
    """
    solves_directly: bool
    """
    Whether it solves a model that is linear in its parameters in one step, and takes no other.
    """
    ends_at_a_minimum: bool
    """
    Whether it ends by itself at the nearest minimum, and not only when its steps are used up.
    """
    cheap_steps: bool
    """
    Whether it takes many cheap steps, so that a polynomial model may be compressed to few points.
    """
    alone_because: str | None
    """
    Why it trains many curves one after another; null: it trains them at once.
    """
    slower_by: str | None
    """
    Hyperparameter to make smaller where a training diverges; null: there is none.
    """


class OptimizerList(TypedDict):
    """
    Optimizers by name.
    """

    object: Literal["list"]
    """
    What this is.
    """
    data: list[OptimizerDescription]
    """
    The optimizers.
    """


class PointsInView(TypedDict):
    """
    Points of one curve in ascending order of x; null where a number does not exist.
    """

    x: list[float | None]
    """
    Where they are.
    """
    y: list[float | None]
    """
    What was measured; transformed where the fit's response is.
    """
    sigma: list[float | None] | None
    """
    Standard deviation of each y, if the data have it.
    """
    counts: list[bool] | None
    """
    Whether a point counts; null: all do.
    """
    residuals: list[float | None] | None
    """
    y less the fitted model, not weighted; null without a model.
    """


class Prediction(TypedDict):
    """
    The model at the requested points; null where a number does not exist.
    """

    residuals: list[float | None] | None
    """
    At the points of the fit itself: response less value, not weighted.
    """
    stderr: list[float | None] | None
    """
    Standard error of the model.
    """
    confidence: Band | None
    """
    Limits for the model with the true coefficients.
    """
    prediction: Band | None
    """
    Limits for a further response.
    """
    message: str | None
    """
    Why there are no bands, in words.
    """
    values: list[float | None]
    """
    Value of the model at each point.
    """
    response: str | None
    """
    The quantity of the values, where y was transformed, e.g. `log(y)`.
    """
    level: float
    """
    Confidence level of the bands.
    """


class PredictionOfCurve(TypedDict):
    """
    One of several curves at the requested points; null where a number does not exist.
    """

    residuals: list[float | None] | None
    """
    At the points of the fit itself: response less value, not weighted.
    """
    stderr: list[float | None] | None
    """
    Standard error of the model.
    """
    confidence: Band | None
    """
    Limits for the model with the true coefficients.
    """
    prediction: Band | None
    """
    Limits for a further response.
    """
    message: str | None
    """
    Why there are no bands, in words.
    """
    curve: int
    """
    Number of the curve in the order of the data, from 0.
    """
    label: str | None
    """
    Label of the curve, if the data have labels.
    """
    values: list[float | None] | None
    """
    Value of the model at each point; null for a curve without coefficients.
    """


class PredictionPage(TypedDict):
    """
    Several curves at the requested points, in the order of the data.
    """

    object: Literal["list"]
    """
    What this is.
    """
    response: str | None
    """
    The quantity of the values, where y was transformed, e.g. `log(y)`.
    """
    level: float
    """
    Confidence level of the bands.
    """
    data: list[PredictionOfCurve]
    """
    The curves of this page.
    """
    has_more: bool
    """
    Whether more curves have ended: ask again with `after` = `last_curve`.
    """
    last_curve: int | None
    """
    Number of the last curve on this page.
    """


class Progress(TypedDict):
    """
    The progress of the training.
    """

    step: int
    """
    Updates done.
    """
    steps: int
    """
    Updates to do.
    """
    loss: float | None
    """
    Loss after `step` updates; null before the first look.
    """
    curves: int | None
    """
    Curves that have ended, if the fit has many.
    """


class RowsLeftOut(TypedDict):
    """
    How many rows of a file were left out.
    """

    comments: NotRequired[int]
    """
    Rows that begin with the mark of comments. Default: `0`.
    """
    blank: NotRequired[int]
    """
    Rows without anything in the columns that are used. Default: `0`.
    """
    trailing: NotRequired[int]
    """
    Rows at the end that are no data: totals, remarks, empty ones. Default: `0`.
    """


class SeriesDescription(TypedDict):
    """
    A series of orthogonal functions.
    """

    series: str
    """
    What to put into `model.series`.
    """
    formula: str
    """
    The series of degree 2 in u, the scaled x.
    """
    example: dict[str, Any]
    """
    A `model` for `POST /fit`.
    """


class StartSearch(TypedDict):
    """
    The search for start values, and how much it tried.
    """

    parameters: list[str]
    """
    The parameters that were searched for.
    """
    seed: int
    """
    Seed of the search: the same one finds the same.
    """
    candidates: int
    """
    Candidates that were tried.
    """
    trained: int
    """
    Candidates that were trained for a few steps.
    """
    points: int
    """
    Points that were looked at, at most 400.
    """


class Statistics(TypedDict):
    """
    Statistics of the fit, in the words of lmfit; null where a number does not exist.
    """

    var_names: list[str]
    """
    The parameters that were fitted and are not at a bound.
    """
    ndata: int
    """
    Number of points; one of weight 0 does not count.
    """
    nvarys: int
    """
    Number of parameters that were fitted; one that is at a bound counts as fixed there.
    """
    nfree: int
    """
    Degrees of freedom: ndata - nvarys.
    """
    nfev: int | None
    """
    Evaluations of the model, with its derivatives or without.
    """
    chisqr: float | None
    """
    Sum of squared weighted residuals; for counts, Pearson's chi-squared.
    """
    redchi: float | None
    """
    chisqr / nfree: the variance of the residuals.
    """
    chi2_pvalue: float | None
    """
    Where sigma is absolute: probability of a chisqr as large or larger if the model is right. Near 0, the model does not follow the data or sigma is too small; near 1, sigma is too large.
    """
    rmse: float | None
    """
    Root of the mean squared residual, in the unit of y; with sigma or weights the mean is weighted, whatever the scale of these.
    """
    response_variance: float | None
    """
    Variance of y about the model, where its weight is 1: redchi, or 1 where sigma is absolute; with a robust loss it follows from the median size of the residuals. Null for counts: there it is the model itself.
    """
    rsquared: float | None
    """
    Share of the variance of y about its mean that the model explains; for a linear model without a constant, share of the sum of squares of y, as in NIST and statsmodels. With sigma or weights it is weighted. Null for counts and with a robust loss.
    """
    adjusted_rsquared: float | None
    """
    The same, corrected for the number of parameters.
    """
    aic: float | None
    """
    Akaike information criterion; null with a robust loss.
    """
    aicc: float | None
    """
    The same, corrected for few points.
    """
    bic: float | None
    """
    Bayesian information criterion.
    """
    stderr: dict[str, float | None]
    """
    Standard error of each coefficient; null for a fixed one.
    """
    confidence_level: float | None
    """
    Level of the confidence intervals.
    """
    confidence_intervals: dict[str, tuple[float, float] | None]
    """
    Lower and upper limit of each coefficient, from its standard error: by Student's t where a sum of squares told the variance of y too, else (sigma absolute, robust loss, counts) by the normal distribution.
    """
    profile_intervals: dict[str, tuple[float | None, float | None]] | None
    """
    Limits of each fitted coefficient by profile likelihood (with a robust loss, by its drop in dispersion), if they were asked for; null for a limit that is beyond a bound, or does not exist.
    """
    covar: list[list[float]] | None
    """
    Covariance; rows and columns in the order of var_names.
    """
    correl: list[list[float]] | None
    """
    Correlation; rows and columns in the order of var_names.
    """
    condition: float | None
    """
    Condition number of the Jacobian with columns of length one.
    """
    warnings: list[str]
    """
    Sentences that say which numbers should not be trusted, and why.
    """


class SuggestedRoles(TypedDict):
    """
    What the columns most likely are, to be chosen otherwise; names as a target takes them.
    """

    x: str | None
    """
    Column of x; null: none has numbers beside y.
    """
    y: str | None
    """
    Column of y, or `*`: all others, of which each is a curve; null: there is none.
    """
    sigma: str | None
    """
    Column of standard deviations; null: none looks like it.
    """
    curve: str | None
    """
    Column that says to which curve a row belongs; null: none looks like it.
    """


class SumModel(TypedDict):
    """
    A sum of models of the library, whose start values are guessed together.
    """

    sum: list[NamedModel | str]
    """
    The models, or their names. A parameter keeps its name, unless several parts have it: then the name of its part stands before it, `gaussian_center`, with a number where there are several of one model, `gaussian2_center`. A constant, or the same power of x, is in the sum once: `linear` and `polynomial` keep it, of others the first.
    """


class TableColumn(TypedDict):
    """
    A column of a file, as it was read.
    """

    name: str
    """
    Its name, by which a target takes it.
    """
    label: str
    """
    Its name without a unit in brackets.
    """
    unit: str | None
    """
    Its unit, in brackets behind the name or under it; null: none is told.
    """
    kind: Literal["numbers", "dates", "texts", "lists", "other"]
    """
    What it has. Dates and times are numbers, see `dates`; `lists` have a curve in each row. A target takes texts as `curve` only, and nothing `other`.
    """
    dates: DateColumn | None
    """
    What the numbers of dates and times mean; null where there are none.
    """
    count: int
    """
    Values that there are.
    """
    missing: int
    """
    Values that are missing.
    """
    minimum: float | None
    """
    Least number; null where there is none.
    """
    maximum: float | None
    """
    Greatest number; null where there is none.
    """
    distinct: int | None
    """
    How many different texts there are; null for numbers.
    """
    problem: str | None
    """
    Why a column with numbers can't be taken for one, in words; null: it can.
    """


class Timings(TypedDict):
    """
    The times that a fit took, in seconds.
    """

    queued: float
    """
    From the request to the first worker.
    """
    building: float
    """
    Turning the request into tensors.
    """
    training: float
    """
    The steps themselves, all attempts together.
    """


class Urls(TypedDict):
    """
    The addresses of what belongs to a fit.
    """

    self: str
    """
    The fit: GET reads it, DELETE deletes it once it has ended.
    """
    cancel: str
    """
    POST cancels the fit.
    """
    history: str
    """
    GET reads the loss history.
    """
    data: str
    """
    GET downloads measured data.
    """
    curves: str
    """
    GET reads the results of many curves.
    """
    predict: str
    """
    POST works out the model at other x, with confidence and prediction bands.
    """
    inverse: str
    """
    POST finds the x at which the model has given y, with limits.
    """
    derive: str
    """
    POST works out quantities that follow from the coefficients, with errors.
    """
    export: str
    """
    GET writes the fitted model in another language.
    """


class FitGone(TypedDict):
    """
    A fit of which no more can be told: the event `gone` of a stream.
    """

    fit: str
    """
    Id of the fit.
    """
    type: str
    """
    Kind of the problem, as in problem details: `/problems/fit-not-found`.
    """
    detail: str
    """
    What happened, in words.
    """


class Snapshot(TypedDict):
    """
    A fit at one moment of its life, with the losses since the snapshot before: the event `snapshot` of a stream.
    """

    fit: str
    """
    Id of the fit.
    """
    status: Literal["queued", "running", "cancelling", "cancelled", "succeeded", "failed", "expired"]
    """
    Where it is in its life.
    """
    reason: (
        Literal[
            "converged",
            "singular",
            "max_steps",
            "timeout",
            "curves_failed",
            "cancelled",
            "diverged",
            "no_points",
            "nonfinite",
            "out_of_memory",
            "worker_lost",
            "internal_error",
        ]
        | None
    )
    """
    Why it ended, as data.
    """
    message: str | None
    """
    Why it ended, in words.
    """
    progress: Progress
    """
    How far the training is.
    """
    losses: list[LossPoint]
    """
    Losses since the snapshot before, thinned; the first and the last of them are always there. They replace what is known of these and of later steps. Many curves have theirs with the end.
    """
    coefficients: dict[str, float] | None
    """
    The newest value of each parameter; null before the first, and for many curves.
    """
    ended: bool
    """
    Whether nothing will change any more: the last snapshot of this fit.
    """


class EndedFit(TypedDict):
    """
    A fit that has ended, without its data and its result.
    """

    id: str
    """
    Id of the fit.
    """
    status: Literal["queued", "running", "cancelling", "cancelled", "succeeded", "failed", "expired"]
    """
    How it ended: `succeeded`, `failed` or `cancelled`.
    """
    reason: (
        Literal[
            "converged",
            "singular",
            "max_steps",
            "timeout",
            "curves_failed",
            "cancelled",
            "diverged",
            "no_points",
            "nonfinite",
            "out_of_memory",
            "worker_lost",
            "internal_error",
        ]
        | None
    )
    """
    Why it ended, as data.
    """
    message: str | None
    """
    Why it ended, in words.
    """
    metadata: dict[str, str]
    """
    Your own labels.
    """
    urls: Urls
    """
    Where to go from here, below the address of the service.
    """


class FitEnded(TypedDict):
    """
    The message that a webhook is sent when a fit ends, as Standard Webhooks has it.
    """

    type: Literal["fit.ended"]
    """
    What has happened.
    """
    timestamp: str
    """
    When the fit ended, UTC; the same for all tries.
    """
    data: EndedFit
    """
    The fit.
    """


class FieldProblem(TypedDict):
    """
    What is wrong with one field.
    """

    pointer: NotRequired[str | None]
    """
    JSON pointer (RFC 6901, as URI fragment) to the field of the body.
    """
    parameter: NotRequired[str | None]
    """
    Name of the query, path or header parameter.
    """
    detail: str
    """
    What is wrong and what to do.
    """
    position: NotRequired[int | None]
    """
    In a formula: offset of the character that the error is about, from 0; the formula's length, where something is missing at its end.
    """


class Problem(TypedDict):
    """
    Problem details (RFC 9457).
    """

    type: str
    """
    Kind of problem, for programs: a path without host and without the path of a proxy, which never changes. The service has a page there that explains the kind; `GET /problems` lists all.
    """
    title: str
    """
    The kind in words.
    """
    status: int
    """
    HTTP status.
    """
    detail: str
    """
    What happened and what to do.
    """
    errors: NotRequired[list[FieldProblem] | None]
    """
    The fields concerned, the first 10 of them.
    """


class CheckedModel(TypedDict):
    """
    What a model is, before it is fitted to anything.
    """

    object: Literal["checked_model"]
    """
    What this is.
    """
    formula: str | None
    """
    The model as a formula: an origin that follows from the data is 0 here, and `u` stands for the x of a series, scaled as the data tell. Null: the degree of the series is left to the data.
    """
    latex: str | None
    """
    The formula in LaTeX.
    """
    mathml: str | None
    """
    The formula in MathML, as an element that a page can show.
    """
    variables: list[str]
    """
    The predictor variables.
    """
    parameters: list[CheckedParameter]
    """
    The parameters, in the order of the formula.
    """
    is_linear: bool
    """
    Whether the model is linear in all parameters that are fitted.
    """
    description: str | None
    """
    What it is, in words; null for a formula.
    """
    warnings: list[str]
    """
    What of the model may be meant otherwise, in words.
    """


class CompareRequest(TypedDict):
    """
    The fits that are to be compared, all of the same data.
    """

    after: NotRequired[int]
    """
    Only curves after this one (`last_curve` of a page). Default: `-1`.
    """
    limit: NotRequired[int]
    """
    Most curves of a page. Default: `100`.
    """
    fits: list[str]
    """
    Ids of the fits.
    """
    criterion: NotRequired[Literal["aicc", "aic", "bic"]]
    """
    Criterion by which the best is chosen, and from which weights follow. Default: `"aicc"`.
    """
    nested: NotRequired[bool | list[list[str]] | None]
    """
    Which models are special cases of others. Left out: what can be shown from the formulas. `true`: each one with fewer parameters is one of those with more. Pairs of ids, `[[smaller, larger]]`: these. `false`: none.
    """


class ComparedCurve(TypedDict):
    """
    Fits compared by what they are to one of many curves.
    """

    fits: list[ComparedFit]
    """
    The fits, in the order of the request.
    """
    best: str | None
    """
    Id of the fit with the least criterion.
    """
    tests: list[NestedTest]
    """
    A test for each fit that is a special case of another.
    """
    message: str | None
    """
    What to know about the numbers, in words.
    """
    curve: int
    """
    Number of the curve in the order of the data, from 0.
    """
    label: str | None
    """
    Label of the curve, if the data have labels.
    """


class Comparison(TypedDict):
    """
    Fits of the same data compared; of many curves all together, and a page of them one by one.
    """

    fits: list[ComparedFit]
    """
    The fits, in the order of the request.
    """
    best: str | None
    """
    Id of the fit with the least criterion.
    """
    tests: list[NestedTest]
    """
    A test for each fit that is a special case of another.
    """
    message: str | None
    """
    What to know about the numbers, in words.
    """
    object: Literal["comparison"]
    """
    What this is.
    """
    criterion: Literal["aicc", "aic", "bic"]
    """
    Criterion by which the best was chosen.
    """
    curves: list[ComparedCurve] | None
    """
    Each curve by itself; null of one curve, and where curves share parameters: these can only be compared together.
    """
    has_more: bool
    """
    Whether more curves follow: ask again with `after` = `last_curve`.
    """
    last_curve: int | None
    """
    Number of the last curve on this page.
    """


class CurveResult(TypedDict):
    """
    The result of one of many curves; null where a number does not exist.
    """

    curve: int
    """
    Number of the curve in the order of the data, from 0.
    """
    label: str | None
    """
    Label of the curve, if the data have labels.
    """
    coefficients: dict[str, float | None]
    """
    Value of each parameter.
    """
    stderr: dict[str, float | None]
    """
    Standard error of each coefficient.
    """
    final_loss: float | None
    """
    Loss of these coefficients.
    """
    steps: int
    """
    Updates that led to them.
    """
    status: Literal["succeeded", "failed"]
    """
    Whether these are the coefficients asked for.
    """
    reason: Literal[
        "converged",
        "singular",
        "max_steps",
        "timeout",
        "curves_failed",
        "cancelled",
        "diverged",
        "no_points",
        "nonfinite",
        "out_of_memory",
        "worker_lost",
        "internal_error",
    ]
    """
    Why the training of this curve ended.
    """
    message: str | None
    """
    The same in words.
    """
    threshold: float | None
    """
    Threshold of a robust loss: larger residuals count less.
    """
    statistics: Statistics | None
    """
    Standard errors, intervals and goodness of fit of this curve; null if it failed, or statistics were not asked for. Where curves share parameters, the covariance is what all curves say, and `nfree` is of all.
    """
    left_out: int
    """
    Points that lack a value and are left out.
    """
    warnings: list[str]
    """
    Sentences about the data of this curve.
    """


class CurveView(TypedDict):
    """
    One of many curves as a small picture shows it.
    """

    curve: int
    """
    Number of the curve in the order of the data, from 0.
    """
    label: str | None
    """
    Label of the curve, if the data have labels.
    """
    status: Literal["succeeded", "failed"]
    """
    Whether the coefficients are those asked for.
    """
    reason: Literal[
        "converged",
        "singular",
        "max_steps",
        "timeout",
        "curves_failed",
        "cancelled",
        "diverged",
        "no_points",
        "nonfinite",
        "out_of_memory",
        "worker_lost",
        "internal_error",
    ]
    """
    Why the training of this curve ended.
    """
    message: str | None
    """
    The same in words.
    """
    coefficients: dict[str, float | None]
    """
    Value of each parameter.
    """
    stderr: dict[str, float | None]
    """
    Standard error of each coefficient.
    """
    rsquared: float | None
    """
    Share of the variance of y that the model explains.
    """
    warnings: list[str]
    """
    Sentences that say which numbers should not be trusted, and why.
    """
    points: PointsInView
    """
    Its points, thinned so that the extremes stay.
    """
    line: Line | None
    """
    The fitted model; null for a curve without coefficients.
    """


class CurveViewPage(TypedDict):
    """
    A page of small pictures.
    """

    object: Literal["list"]
    """
    What this is.
    """
    data: list[CurveView]
    """
    The curves of this page.
    """
    offset: int
    """
    How many curves stand before this page, in the order that was asked for.
    """
    has_more: bool
    """
    Whether more curves follow: ask again with a larger `offset`.
    """


class DerivedOfCurve(TypedDict):
    """
    The quantities of one curve.
    """

    curve: int | None
    """
    Number of the curve in the order of the data, from 0; null if it is the only one.
    """
    label: str | None
    """
    Label of the curve, if the data have labels.
    """
    quantities: dict[str, DerivedQuantity]
    """
    The quantities by name.
    """
    covar: list[list[float | None]] | None
    """
    Covariance of the quantities; rows and columns in the order of `names`.
    """
    correl: list[list[float | None]] | None
    """
    Correlation of the quantities; null where a standard error is 0.
    """
    message: str | None
    """
    Why numbers are missing, in words.
    """


class DerivedPage(TypedDict):
    """
    Quantities that follow from the coefficients: of the only curve, or a page of many.
    """

    object: Literal["list"]
    """
    What this is.
    """
    fit: str
    """
    Id of the fit.
    """
    level: float
    """
    Confidence level of the intervals.
    """
    names: list[str]
    """
    Names of the quantities, in the order of rows and columns of matrices.
    """
    data: list[DerivedOfCurve]
    """
    The curves of this page.
    """
    has_more: bool
    """
    Whether more curves have ended: ask again with `after` = `last_curve`.
    """
    last_curve: int | None
    """
    Number of the last curve on this page.
    """


class Evaluation(TypedDict):
    """
    A model at start values, before it is fitted.
    """

    object: Literal["evaluation"]
    """
    What this is.
    """
    start: dict[str, float | None]
    """
    Start value of each parameter that is fitted, given or found; null for one that needs none.
    """
    x_label: str
    """
    Name of the predictor variable; of several, `fitted value`.
    """
    y_label: str
    """
    Name of what y is: `y`, or the transformed response.
    """
    total_points: int
    """
    Number of points of the curve.
    """
    points: PointsInView
    """
    Its points, thinned so that the extremes stay.
    """
    line: Line | None
    """
    The model at the start values; null where none are needed.
    """
    message: str | None
    """
    What to know about it, in words.
    """


class FitError(TypedDict):
    """
    The reason why a fit failed while it ran.
    """

    code: Literal[
        "converged",
        "singular",
        "max_steps",
        "timeout",
        "curves_failed",
        "cancelled",
        "diverged",
        "no_points",
        "nonfinite",
        "out_of_memory",
        "worker_lost",
        "internal_error",
    ]
    """
    The same word as `reason`.
    """
    message: str
    """
    What happened and what to do.
    """
    field: str | None
    """
    The field of the request to change, if there is one to name.
    """
    step: int | None
    """
    The step at which it happened.
    """


class FitResult(TypedDict):
    """
    The result of the training; for a fit that failed or was cancelled it has the last finite coefficients.
    """

    coefficients: dict[str, float]
    """
    Value of each parameter; with many curves, of each parameter that they share.
    """
    formula: str | None
    """
    The model with the coefficients in it; null with many curves. If it has up to 2,000 characters, it can be posted as a target.
    """
    final_loss: float
    """
    Loss of just these coefficients; with many curves, the sum of their losses.
    """
    steps: int
    """
    Updates that led to them; with many curves, those of the curve with the most.
    """
    statistics: Statistics | None
    """
    Standard errors and goodness of fit, if it succeeded; for a global fit those of all curves together, with the errors of the coefficients that they share. Each of many curves has its own in `GET /fit/{id}/curves`.
    """
    criterion: Literal["gradient", "step", "cost", "bound", "solved"] | None
    """
    The test by which it has converged: the `gradient` is zero to rounding, the last `step` or change of the `cost` was no more than rounding, all parameters are at a `bound`, or the minimum was `solved` for.
    """
    start: dict[str, float]
    """
    Start value of each parameter that was fitted, also if it was left to us.
    """
    threshold: float | None
    """
    Threshold of a robust loss: larger residuals count less.
    """
    selection: DegreeSelection | None
    """
    How the degree of a series was chosen, if it was automatic.
    """
    execution: Execution | None
    """
    The way in which the training ran.
    """
    search: StartSearch | None
    """
    How start values were searched for, if some were left to us; with many curves, on one of them.
    """
    minima: list[Minimum] | None
    """
    The best distinct minima that the search found, best first, this result among them: another one that is nearly as good is another answer that the data allow.
    """
    curves: CurveCounts | None
    """
    Counts of the curves, if the fit has many.
    """
    timings: Timings
    """
    Where the time went.
    """
    loss_history: list[LossPoint] | None
    """
    Loss history, thinned; whole at `urls.history`. Left out of lists and minimal answers.
    """


class FitView(TypedDict):
    """
    A fit as a picture shows it.
    """

    object: Literal["fit_view"]
    """
    What this is.
    """
    fit: str
    """
    Id of the fit.
    """
    curve: int | None
    """
    Number of the curve, if there are many.
    """
    x_label: str
    """
    Name of what x is: the predictor variable; of several, `fitted value`.
    """
    y_label: str
    """
    Name of what y is: `y`, or the transformed response.
    """
    total_points: int
    """
    Number of points between `lower` and `upper`.
    """
    points: PointsInView
    """
    Points in the view, thinned so that the extremes stay.
    """
    x: list[float]
    """
    Where curves and bands have their values, in ascending order.
    """
    line: list[float | None] | None
    """
    The fitted model, while it is trained at its newest coefficients.
    """
    start_line: list[float | None] | None
    """
    The model at the start values, once they are known.
    """
    level: float
    """
    Confidence level of the bands.
    """
    confidence: Band | None
    """
    Limits for the model with the true coefficients.
    """
    prediction: Band | None
    """
    Limits for a further response, with the standard deviation of the points beside it.
    """
    message: str | None
    """
    Why there is no curve, or there are no bands, in words.
    """


class History(TypedDict):
    """
    The loss history of a fit, up to the current step while it runs.
    """

    object: Literal["history"]
    """
    What this is.
    """
    fit: str
    """
    Id of the fit.
    """
    total_points: int
    """
    Rows of the whole history.
    """
    data: list[LossPoint]
    """
    The rows asked for; the first and the last are always among them.
    """


class InverseEstimate(TypedDict):
    """
    What is known of one unknown.
    """

    y: float
    """
    The response; of replicates their mean; transformed where the fit's response is.
    """
    x: float | None
    """
    The x at which the model has this y; null where there is none, or several.
    """
    stderr: float | None
    """
    Standard error of x, by linear propagation of errors.
    """
    lower: float | None
    """
    Lower limit of x; null where there is none: the message says why.
    """
    upper: float | None
    """
    Upper limit of x; null where there is none: the message says why.
    """
    extrapolated: bool
    """
    Whether x lies beyond the data.
    """
    solutions: list[InverseSolution]
    """
    Every x at which the model has this y, in ascending order.
    """
    message: str | None
    """
    What to know about x, in words; null where there is nothing.
    """


class InversePrediction(TypedDict):
    """
    The x at which a fitted model has the requested responses.
    """

    object: Literal["inverse"]
    """
    What this is.
    """
    fit: str
    """
    Id of the fit.
    """
    curve: int | None
    """
    Number of the curve, if there are many.
    """
    variable: str
    """
    The predictor variable that was asked for.
    """
    response: str | None
    """
    The quantity of y, where it was transformed, e.g. `log(y)`.
    """
    level: float
    """
    Confidence level of the limits.
    """
    interval: Literal["fieller", "inversion", "delta", "profile"] | None
    """
    Kind of the limits; null where there are none.
    """
    range: list[float]
    """
    Least and greatest x between which x was looked for first.
    """
    reach: list[float] | None
    """
    Least and greatest value of the model there.
    """
    data: list[InverseEstimate]
    """
    The unknowns, in the order of y.
    """
    message: str | None
    """
    Why there are no limits, in words.
    """


class Loss(TypedDict):
    """
    A loss and, of a robust one, from which residual on it counts less than the square.
    """

    name: NotRequired[Literal["squares", "huber", "soft_l1", "cauchy", "tukey", "poisson"]]
    """
    `squares`: Sum of squared residuals. `huber`: Robust against outliers; a residual beyond the threshold counts as its size. `soft_l1`: Robust against outliers; a smooth form of Huber's loss. `cauchy`: Robust against outliers; the farther a point is beyond the threshold, the less it pulls. `tukey`: Robust against outliers; a point beyond the threshold does not pull at all. `poisson`: Likelihood of counts. Default: `"squares"`.
    """
    threshold: NotRequired[float | Literal["auto"] | None]
    """
    Of the robust losses, in the unit of the weighted residual; `auto` (the default there): that with 95 % efficiency on normal errors, from a robust estimate of their standard deviation. The result says it.
    """


class ModelDescription(TypedDict):
    """
    A model of the library, with its options at their defaults.
    """

    name: str
    """
    What to put into `model.name`.
    """
    title: str
    """
    What it is.
    """
    formula: str
    """
    Formula in the predictor variables and parameters.
    """
    latex: str
    """
    The formula in LaTeX.
    """
    mathml: str
    """
    The formula in MathML, as an element that a page can show.
    """
    parameters: dict[str, str]
    """
    Meaning of each parameter.
    """
    bounds: dict[str, NaturalBounds]
    """
    Bounds of the parameters that have some, unless `parameters` of a fit has others for them.
    """
    options: dict[str, ModelOption]
    """
    Further fields of `model`.
    """
    variables: int | None
    """
    Number of predictor variables; null: any.
    """
    example: dict[str, Any]
    """
    A `model` for `POST /fit`.
    """


class ModelList(TypedDict):
    """
    Models by name, and series.
    """

    object: Literal["list"]
    """
    What this is.
    """
    data: list[ModelDescription]
    """
    The models of the library.
    """
    series: list[SeriesDescription]
    """
    The series.
    """


class Parameter(TypedDict):
    """
    A parameter of the model.
    """

    start: NotRequired[float | Literal["auto"] | None]
    """
    Start value, or the value itself of a fixed parameter. `auto`: guessed from the data by a model of the library, else searched for.
    """
    fixed: NotRequired[bool]
    """
    `true`: it stays at its start value, which has to be given. Default: `false`.
    """
    lower: NotRequired[float | None]
    """
    Smallest value that it may take.
    """
    upper: NotRequired[float | None]
    """
    Largest value that it may take.
    """
    tied: NotRequired[str | None]
    """
    Formula in other parameters that gives its value; then it has no start value.
    """
    shared: NotRequired[bool]
    """
    `true`: it has the same value in all of many curves (a global fit). Default: `false`.
    """


class PredictionRequest(TypedDict):
    """
    The points at which the fitted model is to be worked out.
    """

    after: NotRequired[int]
    """
    Only curves after this one (`last_curve` of a page). Default: `-1`.
    """
    limit: NotRequired[int]
    """
    Most curves of a page. Default: `100`.
    """
    curve: NotRequired[int | None]
    """
    Number of the curve, if there are many.
    """
    label: NotRequired[str | None]
    """
    Label of the curve, instead of its number.
    """
    x: NotRequired[list[float] | dict[str, list[float]] | None]
    """
    Points: a list of x, or predictor variables by name, `{x1: [...], x2: [...]}`. Left out: the points of the fit itself; then the answer has the residuals too.
    """
    level: NotRequired[float]
    """
    Confidence level of the bands. Default: `0.95`.
    """
    sigma: NotRequired[list[float] | None]
    """
    Standard deviation of a further response at each point, on the scale of the target's sigma; left out: 1, at the points of the fit itself their own.
    """
    curves: NotRequired[Literal["all"] | list[int | str] | None]
    """
    Several of many curves: `all`, or a list of numbers and labels. The answer is a page.
    """


class Reading(TypedDict):
    """
    How a file is read. What is left out is found from the file; the answer says all, and can be posted again.

    Rows are counted as a spreadsheet counts them, from 1; a first line `sep=;` does not count.
    """

    format: NotRequired[Literal["text", "xlsx", "ods", "parquet", "arrow"] | None]
    """
    Format of the file, which is seen from its content: it can't be set to another.
    """
    encoding: NotRequired[str | None]
    """
    Encoding of a text: `utf-8`, `utf-16`, `cp1252`, or any other that Python knows.
    """
    separator: NotRequired[str | None]
    """
    Character between two cells of a row; a blank stands for any blanks and tabs.
    """
    decimal: NotRequired[Literal[".", ","] | None]
    """
    The mark before the fraction of a number.
    """
    thousands: NotRequired[Literal[".", ",", " ", "'", "none"] | None]
    """
    The mark between groups of three digits; `none` where there is none.
    """
    comment: NotRequired[str | None]
    """
    What a row begins with that is left out.
    """
    header_row: NotRequired[int | None]
    """
    Row with the names of the columns; 0: there is none, and columns are called `column 1`, `column 2`, ...
    """
    first_row: NotRequired[int | None]
    """
    First row of numbers.
    """
    last_row: NotRequired[int | None]
    """
    Last row of numbers: what comes after it is left out.
    """
    transpose: NotRequired[bool | None]
    """
    Whether rows and columns change places: x stands in a row.
    """
    sheet: NotRequired[str | None]
    """
    Name of the sheet of a spreadsheet.
    """
    range: NotRequired[str | None]
    """
    Cells of the sheet that are read, names included: `B3:D20`.
    """
    date_order: NotRequired[Literal["dmy", "mdy", "ymd"] | None]
    """
    Order of day, month and year in dates such as 03/04/2025.
    """
    date_zero: NotRequired[str | None]
    """
    Moment from which dates are counted, in ISO 8601; left out: the earliest of the column.
    """
    date_unit: NotRequired[Literal["days", "hours", "minutes", "seconds"] | None]
    """
    Unit of dates and times; left out: days for dates, seconds where there is a time of day.
    """
    missing_words: NotRequired[list[str] | None]
    """
    Texts that stand for a missing value, beside an empty cell, `NA`, `NaN`, `-` and their like.
    """
    date_system: NotRequired[Literal[1900, 1904] | None]
    """
    Found: the year from which an Excel file counts its days.
    """
    dates: NotRequired[dict[str, DateColumn] | None]
    """
    Found: columns of dates or times, and what 0 and 1 are; at most 100 are told.
    """
    units: NotRequired[dict[str, str] | None]
    """
    Found: what stands under the names, before the numbers; at most 100 are told.
    """
    left_out: NotRequired[RowsLeftOut | None]
    """
    Found: rows that were left out.
    """
    left_out_columns: NotRequired[list[str] | None]
    """
    Found: columns without a number, which `"y": "*"` leaves out; at most 100 are told.
    """


class SeriesModel(TypedDict):
    """
    A sum of orthogonal functions of x, linear in its coefficients c0, c1, ...
    """

    series: Literal["legendre", "chebyshev", "hermite", "laguerre", "fourier"]
    """
    The functions.
    """
    degree: int | Literal["auto"]
    """
    Degree of the series; `auto`: chosen by the criterion, the result says why.
    """
    criterion: NotRequired[Literal["aicc", "bic", "cross_validation"]]
    """
    Criterion that an automatic degree makes least. Default: `"aicc"`.
    """
    max_degree: NotRequired[int]
    """
    Highest degree that is tried. Default: `20`.
    """
    domain: NotRequired[list[float] | None]
    """
    x that are mapped to -1 and 1 (`legendre`, `chebyshev`); left out: the range of the data.
    """
    period: NotRequired[float | None]
    """
    Period of a `fourier` series; left out: the range of the data.
    """


class TableReading(TypedDict):
    """
    A file of data as it was read. Nothing of it is kept.
    """

    object: Literal["table"]
    """
    What this is.
    """
    reading: Reading
    """
    How the file was read; parts of it may be set in the next request.
    """
    total_rows: int
    """
    Rows of data in the file.
    """
    columns: list[TableColumn]
    """
    The columns, in the order of the file.
    """
    rows: list[list[float | str | None]]
    """
    The first rows, at most 200 and with many columns fewer; null where a value is missing. A list of numbers is told by its length, `[96]`.
    """
    suggestion: SuggestedRoles
    """
    What the columns most likely are.
    """
    warnings: list[str]
    """
    What a person should know of how the file was read.
    """


class CheckRequest(TypedDict):
    """
    A model, as in a fit, with the names of its predictor variables.
    """

    model: str | NamedModel | SumModel | SeriesModel
    """
    A formula, a model of the library or a sum of these, or a series, as `POST /fit` takes it.
    """
    variables: NotRequired[list[str]]
    """
    Names of the predictor variables; all other names are parameters. Default: `["x"]`.
    """
    parameters: NotRequired[dict[str, float | Parameter | Literal["auto"]] | Literal["auto"]]
    """
    What is said of the parameters, as `POST /fit` takes it.
    """


class CurvePage(TypedDict):
    """
    A page of the results of curves, in the order of the data.
    """

    object: Literal["list"]
    """
    What this is.
    """
    data: list[CurveResult]
    """
    The curves of this page.
    """
    has_more: bool
    """
    Whether more have ended: ask again with `after` = `last_curve`.
    """
    last_curve: int | None
    """
    Number of the last curve on this page.
    """


class DataTarget(TypedDict):
    """
    Measured data: one y for each x. Many curves have a list of y each, and a list of x each or one for all.
    """

    x: list[float] | list[list[float]] | dict[str, list[float] | list[list[float]]]
    """
    Where it was measured: one number per point, called `x` in the model; or several predictor variables by their names in the model, `{x1: [...], x2: [...]}`. With many curves: one list for all, or one for each.
    """
    y: list[float] | list[list[float]]
    """
    What was measured; as many numbers as x. With many curves: a list for each.
    """
    sigma: NotRequired[list[float] | list[list[float]] | None]
    """
    Standard deviation of each y (of the response, if it is transformed), in its unit.
    """
    sigma_absolute: NotRequired[bool]
    """
    `true`: sigma is the standard deviation itself, and standard errors follow from it alone. `false`: sigma is right only up to a common factor, which the scatter of the residuals tells. Default: `false`.
    """
    weights: NotRequired[list[float] | list[list[float]] | None]
    """
    Factor of each squared residual, instead of sigma; for counts (`poisson`), how often the point counts. A point of weight 0 is as if it were left out.
    """
    response: NotRequired[str | None]
    """
    Formula in y: the model is fitted to this instead of y itself.
    """
    labels: NotRequired[list[str] | None]
    """
    A label for each of many curves.
    """
    missing: NotRequired[Literal["refuse", "omit"] | None]
    """
    What becomes of missing values: `refuse`, or `omit`, which leaves the points out. If nothing is said, they are refused of one curve; of many the points are left out, counted, and warned of.
    """
    reading: NotRequired[Reading | None]
    """
    How the file was read from which the data come.
    """


class DataTargetSummary(TypedDict):
    """
    Measured data in lists, minimal answers and where they are large: not the points, only their number.
    """

    points: int
    """
    Number of points; x and y are in `GET /fit/{id}`.
    """
    curves: int | None
    """
    Number of curves, if there are many.
    """
    missing: Literal["refuse", "omit"] | None
    """
    What became of values that were missing.
    """
    reading: Reading | None
    """
    How the file was read from which the data come.
    """


class Fit(TypedDict):
    """
    A fit job and all that is known of it.
    """

    id: str
    """
    Id of the fit.
    """
    object: Literal["fit"]
    """
    What this is.
    """
    status: Literal["queued", "running", "cancelling", "cancelled", "succeeded", "failed", "expired"]
    """
    Where it is in its life; the last four are ends. `queued`: It waits for a worker. `running`: A worker trains it. `cancelling`: It was cancelled while it ran, and stops within a second. `cancelled`: It was cancelled; it keeps the result that it had. `succeeded`: It ended with the coefficients that were asked for. `failed`: It ended without; the reason says why. `expired`: It ended so long ago that its data and result are deleted; the reason says how it ended.
    """
    reason: (
        Literal[
            "converged",
            "singular",
            "max_steps",
            "timeout",
            "curves_failed",
            "cancelled",
            "diverged",
            "no_points",
            "nonfinite",
            "out_of_memory",
            "worker_lost",
            "internal_error",
        ]
        | None
    )
    """
    Why it ended, as data. `converged`: It is at a minimum; `result.criterion` says which test told so. `singular`: It is at a minimum, but the data do not determine all parameters. `max_steps`: All steps that were allowed are done. `timeout`: The seconds that were allowed are over. `curves_failed`: Of many curves, some failed or all; each curve has its own reason. `cancelled`: It was cancelled. `diverged`: Loss or parameters grew beyond all numbers; the result has the last finite coefficients. `no_points`: All points of this curve lack a value. `nonfinite`: Loss or derivative is no finite number at the start, or where the training led. `out_of_memory`: It does not fit into the memory of a worker. `worker_lost`: Its worker process died again and again. `internal_error`: The service made a mistake; its log says more.
    """
    message: str | None
    """
    Why it ended, in words.
    """
    error: FitError | None
    """
    What went wrong, if it failed.
    """
    created_at: str
    """
    When it was accepted, UTC.
    """
    started_at: str | None
    """
    When it was first handed to a worker, UTC.
    """
    finished_at: str | None
    """
    When it ended, UTC.
    """
    progress: Progress
    """
    How far the training is.
    """
    warnings: list[str]
    """
    Sentences about the request: what may be meant otherwise, or was left to a default that matters.
    """
    result: FitResult | None
    """
    What the training found, once the fit has ended.
    """
    target: DataTarget | DataTargetSummary | FunctionTarget
    """
    What is fitted to.
    """
    model: str | dict[str, Any]
    """
    The model as it was given, or what names of the library mean; with the options left to us.
    """
    formula: str | None
    """
    The model as a formula in x and in the parameters; null until its degree is chosen.
    """
    parameters: dict[str, Parameter]
    """
    Every parameter of the model, with its start value.
    """
    hyperparameters: GradientDescent | Adam | LBFGS | LevenbergMarquardt | LeastSquares
    """
    The optimizer and its settings, defaults filled in.
    """
    loss: Loss
    """
    What the training makes smaller.
    """
    confidence: Confidence
    """
    Confidence intervals that were asked for.
    """
    seed: int
    """
    Seed of the search for start values.
    """
    device: str
    """
    Where it is trained.
    """
    dtype: str
    """
    Number format of the training.
    """
    metadata: dict[str, str]
    """
    Your own labels.
    """
    webhook: str | None
    """
    Name of the webhook that is told of its end; `GET /fit/{id}/deliveries` says how that went.
    """
    urls: Urls
    """
    Where to go from here.
    """


class FitPage(TypedDict):
    """
    A page of fits, newest first.
    """

    object: Literal["list"]
    """
    What this is.
    """
    data: list[Fit]
    """
    The fits of this page.
    """
    has_more: bool
    """
    Whether older fits follow: ask again with `after` = `last_id`.
    """
    last_id: str | None
    """
    Id of the last fit on this page.
    """
    damaged: list[str]
    """
    Ids of fits of this page that `data` lacks: what is kept of them can't be read.
    """


class FitRequest(TypedDict):
    """
    A fit job. Whatever is left out takes its default, and the answer says which.
    """

    target: NotRequired[FunctionTarget | DataTarget]
    """
    What is fitted to.
    """
    model: NotRequired[str | NamedModel | SumModel | SeriesModel]
    """
    Formula in x (or in the predictor variables) and in named parameters; `P3(u)` is the Legendre polynomial of degree 3, trained through our own autograd function. Or a model of the library, see `GET /models`, or a sum of several, `gaussian + linear` or with options for each part, or a series. Default: `"a + b * P3(c + d * x)"`.
    """
    parameters: NotRequired[dict[str, float | Parameter | Literal["auto"]] | Literal["auto"]]
    """
    Start values by parameter name. One that is left out is searched for, or in a model of the library guessed from the data; in the tutorial's model it is the tutorial's a=0, b=-1, c=0, d=0.3, and with gradient descent or Adam it is 1. `auto`: all are searched for.
    """
    hyperparameters: NotRequired[
        AutomaticOptimizer | GradientDescent | Adam | LBFGS | LevenbergMarquardt | LeastSquares
    ]
    """
    The optimizer and its settings. Left to the service (`auto`), the tutorial's job is trained as the tutorial does, a model that is linear in its parameters is solved for directly, every other is fitted by Levenberg-Marquardt.
    """
    loss: NotRequired[Loss | Literal["squares", "huber", "soft_l1", "cauchy", "tukey", "poisson"]]
    """
    What the training makes smaller.
    """
    confidence: NotRequired[Confidence]
    seed: NotRequired[int]
    """
    Seed of the search for start values that are `auto`. Default: `0`.
    """
    device: NotRequired[str]
    """
    Where it is trained: one of `GET /devices`. Default: `"cpu"`.
    """
    dtype: NotRequired[Literal["float64", "float32"]]
    """
    Number format of the training. Default: `"float64"`.
    """
    metadata: NotRequired[dict[str, str]]
    """
    Your own labels: up to 16 texts, key up to 64 and value up to 512 characters.
    """
    webhook: NotRequired[str | None]
    """
    Name of one of your webhooks: when the fit ends, a signed message goes to its address. Who runs the service makes webhooks, by `fit-service webhooks make`.
    """
