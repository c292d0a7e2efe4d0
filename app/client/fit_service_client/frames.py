"""Results as tables of pandas, which is asked for only here."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from .answers import Curve
from .base_fit import BaseFit

_OF_CURVES = ("curve", "label", "final_loss", "steps", "status", "reason", "message", "threshold", "left_out")


def frame_of_coefficients(fit: BaseFit) -> Any:
    """Return a row for each parameter: value, standard error and limits."""
    import pandas as pd  # noqa: PLC0415

    values, statistics = fit.coefficients, fit.result.get("statistics")
    errors = {} if statistics is None else fit.stderr
    limits = {} if statistics is None else fit.confidence_intervals
    rows = [
        (value, errors.get(name, math.nan), *limits.get(name, (math.nan, math.nan))) for name, value in values.items()
    ]
    index = pd.Index(list(values), name="parameter")
    return pd.DataFrame(rows, index=index, columns=["value", "stderr", "lower", "upper"])


def frame_of_curves(curves: Sequence[Curve]) -> Any:
    """Return a row for each curve; columns of a parameter a are `coefficients.a`, `stderr.a`, `lower.a`, `upper.a`."""
    import pandas as pd  # noqa: PLC0415

    return pd.DataFrame([_row(curve) for curve in curves])


def _row(curve: Curve) -> dict[str, Any]:
    row = {name: getattr(curve, name) for name in _OF_CURVES}
    row |= {f"coefficients.{name}": value for name, value in curve.coefficients.items()}
    row |= {f"stderr.{name}": value for name, value in curve.stderr.items()}
    if curve.statistics is not None:
        row |= _limits(curve.statistics.get("confidence_intervals", {}))
        row |= {name: value for name, value in curve.statistics.items() if isinstance(value, int | float)}
    return row


def _limits(intervals: Mapping[str, Any]) -> dict[str, float]:
    pairs = {name: (math.nan, math.nan) if pair is None else pair for name, pair in intervals.items()}
    sides = enumerate(("lower", "upper"))
    return {f"{side}.{name}": pair[place] for place, side in sides for name, pair in pairs.items()}
