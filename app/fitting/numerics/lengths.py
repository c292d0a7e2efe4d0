"""Lengths of columns whose squares no number can hold."""

import torch
from torch import Tensor


def column_lengths(matrix: Tensor) -> Tensor:
    """Return the length (columns,) of each column of a matrix (rows, columns).

    It is right also where squares overflow or underflow: exp(b x) at years x has derivatives of 1e190 and more.
    """
    lengths: Tensor = matrix.norm(dim=0)
    limits = torch.finfo(matrix.dtype)
    if bool(((lengths > limits.tiny**0.5) & (lengths < limits.max**0.5)).all()):
        return lengths
    largest = matrix.abs().amax(0)
    unit = torch.where((largest > 0) & largest.isfinite(), largest, 1.0)
    scaled: Tensor = (matrix / unit).norm(dim=0)
    return scaled * unit
