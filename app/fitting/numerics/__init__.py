"""Kinds of numbers and of linear systems that torch lacks."""
