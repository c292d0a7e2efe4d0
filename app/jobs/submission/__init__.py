"""A well-formed request becomes a stored fit."""
