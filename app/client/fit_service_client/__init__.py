"""Curve fitting with a fit-service, from Python."""
