"""Least squares with an arrowhead Jacobian: a block for each curve's own parameters, and columns of the shared ones.

Each block is reduced by a QR decomposition of its own. What is left of the shared columns of all curves is reduced by
one more. So the work grows only linearly with the number of curves (A. Bjorck, "Numerical Methods for Least Squares
Problems", 1996, section 6.3).
"""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Arrow:
    """Triangles of the QR decomposition of a joint Jacobian, and of the residual."""

    own: Tensor
    """Triangle of each curve's own parameters, (curves, own, own)."""
    across: Tensor
    """Columns of the shared parameters in the rows of the own ones, (curves, own, shared)."""
    own_right: Tensor
    """Residual in the rows of the own parameters, (curves, own)."""
    shared: Tensor
    """Triangle of the shared parameters, (shared, shared)."""
    shared_right: Tensor
    """Residual in the rows of the shared parameters, (shared,)."""

    @property
    def promised(self) -> Tensor:
        """Return by how much the minimum is below the sum of squares of the residual, 0-d."""
        return self.own_right.square().sum() + self.shared_right.square().sum()

    @property
    def least_pivot(self) -> Tensor:
        """Return the smallest magnitude on the diagonals of all triangles, 0-d."""
        pivots = [self.own.diagonal(dim1=1, dim2=2).flatten(), self.shared.diagonal()]
        return torch.cat(pivots).abs().amin()

    def update(self) -> Tensor:
        """Return the update of the parameters that leads to the minimum, (curves, own + shared)."""
        shared = torch.linalg.solve_triangular(self.shared, -self.shared_right[:, None], upper=True)[:, 0]
        right = -(self.own_right + self.across @ shared)[:, :, None]
        own = torch.linalg.solve_triangular(self.own, right, upper=True)[:, :, 0]
        return torch.cat([own, shared.expand(len(own), -1)], dim=1)

    def inverse(self) -> Tensor:
        """Return the blocks of (J^T J)^-1 that belong to each curve, (curves, own + shared, own + shared)."""
        shared, own = torch.linalg.inv(self.shared), torch.linalg.inv(self.own)
        # R^-1 of a curve's own rows and the shared ones; the inverse is R^-1 times its transpose.
        upper = torch.cat([own, -own @ self.across @ shared], dim=2)
        lower = torch.cat([torch.zeros_like(self.across).mT, shared.expand(len(own), -1, -1)], dim=2)
        half = torch.cat([upper, lower], dim=1)
        return half @ half.mT


def arrow_of(blocks: Tensor, pivots: Tensor, own: int) -> Arrow:
    """Return the triangles of `blocks` (curves, rows, own + shared + 1), whose last column is the residual.

    Each parameter gets one more row, which holds a single number in the column of the parameter: the damping, or what
    keeps a column of zeros from being singular. `pivots` (curves, own + shared) are the squares of these numbers; for
    shared parameters only those of the first curve count.
    """
    size = pivots.shape[1]
    extra = blocks.new_zeros(len(blocks), own, size + 1)
    extra[:, :, :own] = torch.diag_embed(pivots[:, :own].sqrt())
    triangles = torch.linalg.qr(torch.cat([blocks, extra], dim=1), mode="r").R
    last = blocks.new_zeros(size - own, size - own + 1)
    last[:, :-1] = torch.diag(pivots[0, own:].sqrt())
    below = torch.cat([triangles[:, own:, own:].flatten(0, 1), last])
    shared = torch.linalg.qr(below, mode="r").R[: size - own]
    top = triangles[:, :own]
    return Arrow(top[:, :, :own], top[:, :, own:-1], top[:, :, -1], shared[:, :-1], shared[:, -1])
