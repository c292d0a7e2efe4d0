"""The loop of the tutorial, which is compiled before anybody asks for it."""

from app.fitting.programs.shape import Shape, shape_of
from app.jobs.fit.optimizer import optimizer_of
from app.jobs.fit.problem import padded_columns, problem_of
from app.jobs.submission.resolve import resolve
from app.jobs.worker.loops import Loops
from app.jobs.worker.one_curve import objective_of
from app.schemas.request import FitRequest
from app.settings import Settings


def compile_tutorial(loops: Loops, settings: Settings) -> None:
    """Begin to compile the loop of an empty request, if it is not there."""
    shape = tutorial_shape(settings)
    if shape is not None:
        loops.compile(shape)


def tutorial_shape(settings: Settings) -> Shape | None:
    """Return the shape of an empty request; None if nothing can be compiled for it."""
    fit = resolve(FitRequest(), settings, ["cpu"]).fit
    problem = problem_of(fit, padded_columns(fit, {}), fit.formula or "").alone(0)
    return shape_of(objective_of(problem, fit), optimizer_of(fit))
