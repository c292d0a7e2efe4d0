"""What people read after a fit: standard errors, covariance, goodness of fit. The words are those of lmfit."""

from app.fitting.statistics.summary import Statistics, statistics

__all__ = ["Statistics", "statistics"]
