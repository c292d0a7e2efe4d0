"""One nonlinear fit by Levenberg-Marquardt, in process, on one thread, beside scipy's `curve_fit`.

Run with `pip install -e '.[test,benchmark]'` and `python -m tests.benchmarks.nonlinear`.
"""

from functools import partial

from tests.benchmarks.as_a_worker import become_a_worker
from tests.benchmarks.models import (
    EXPONENTIAL,
    MODELS,
    Checkpoint,
    Model,
    Vector,
    assert_close,
    curve_fit,
    posed,
    solved,
)
from tests.benchmarks.table import PATH, at_most, begin, fastest, takes

MANY_POINTS = 1_000_000


def fitted(model: Model, x: Vector, y: Vector) -> Checkpoint:
    return solved(posed(model, x, y))


def model_row(model: Model, points: int, repetitions: int, aim: float) -> None:
    x, y = model.sample(points)
    ways = partial(fitted, model, x, y), partial(curve_fit, model, x, y)
    ours, theirs = (way() for way in ways)
    # scipy stops at eight digits.
    assert_close(ours.parameters.tolist(), theirs, 1e-5)
    assert ours.loss <= ((model.values(x, *theirs) - y) ** 2).sum() * (1 + 1e-12)
    took = [fastest(repetitions, way)[0] for way in ways]
    what = f"{model.name}, {points:,} points, Levenberg-Marquardt / scipy `curve_fit`, exact Jacobian"
    takes(what, PATH, *took, at_most(aim))


def rows() -> None:
    for model in MODELS:
        model_row(model, 1000, 200, 0.7)
    model_row(EXPONENTIAL, MANY_POINTS, 5, 0.3)


if __name__ == "__main__":
    become_a_worker()
    begin("torch", "scipy")
    rows()
