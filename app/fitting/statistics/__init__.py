"""The statistics of a fit: standard errors, covariance, goodness of fit. Their names are those of lmfit."""

from app.fitting.statistics.summary import Statistics, statistics

__all__ = ["Statistics", "statistics"]
