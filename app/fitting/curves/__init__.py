"""Many curves of one model, fitted as one tensor, or with parameters that they share."""

from app.fitting.curves.results import CurveResults
from app.fitting.curves.shared import fit_shared
from app.fitting.curves.training import fit_curves
from app.fitting.problems.curve_problem import CurveProblem

__all__ = ["CurveProblem", "CurveResults", "fit_curves", "fit_shared"]
