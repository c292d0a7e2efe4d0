"""The way from a well-formed request to a stored fit."""
