"""Parameters in which a formula is linear, solved for at many values of the others at once.

G. H. Golub and V. Pereyra, "The Differentiation of Pseudo-Inverses and Nonlinear Least Squares Problems Whose Variables
Separate", 1973. Normal equations with columns of length one are accurate enough here: what is found is a start.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

_RIDGE = 1e-10
"""Share of each diagonal element of the normal equations that is added to it, so that they have one solution."""


class Projection(NamedTuple):
    """Values of the linear parameters at each candidate."""

    values: dict[str, Tensor]
    """(candidates,) each."""
    residual: Tensor
    """Model minus data, weighted, (points, candidates)."""


def project(
    formula: Callable[[dict[str, Tensor]], Tensor],
    linear: Sequence[str],
    values: Mapping[str, Tensor],
    y: Tensor,
    factor: Tensor | None = None,
) -> Projection:
    """Solve for the parameters `linear` by least squares at candidates of all others.

    `values` has the variables, (points, 1) or (points, candidates), and all other parameters, (candidates,);
    `y` and `factor` have the shape of a variable. Candidates may be curves, each with its own y. NaN where the formula
    is not finite.
    """
    shape = torch.broadcast_shapes(y.shape, *(value.shape for value in values.values()))
    zeros = {name: y.new_zeros(shape[-1]) for name in linear}

    def evaluated(parameters: Mapping[str, Tensor]) -> Tensor:
        model = formula({**values, **parameters}).expand(shape)
        return model if factor is None else model * factor

    offset = evaluated(zeros)
    target = (y if factor is None else y * factor) - offset
    if not linear:
        return Projection({}, -target)
    columns = torch.stack([evaluated({**zeros, name: zeros[name] + 1}) - offset for name in linear])
    lengths = columns.norm(dim=1, keepdim=True)
    columns = columns / torch.where(lengths > 0, lengths, 1.0)
    rows = columns.permute(2, 0, 1)  # candidates, linear, points
    gram = rows @ rows.mT
    gram.diagonal(dim1=1, dim2=2).add_(_RIDGE)
    solution, _ = torch.linalg.solve_ex(gram, rows @ target.T[:, :, None])
    residual = (rows.mT @ solution)[:, :, 0].T - target
    scaled = solution[:, :, 0].T / torch.where(lengths > 0, lengths, 1.0)[:, 0]
    return Projection(dict(zip(linear, scaled, strict=True)), residual)
