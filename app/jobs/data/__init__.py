"""Columns of numbers in and out: files, layouts, tensors, downloads."""
