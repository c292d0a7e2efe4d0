"""Confidence intervals by profile likelihood: of coefficients, and of the x at which a model has a response."""

from app.fitting.profile.coefficients import profile_intervals
from app.fitting.profile.following import Interval
from app.fitting.profile.unknowns import profile_limits

__all__ = ["Interval", "profile_intervals", "profile_limits"]
