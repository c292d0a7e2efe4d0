"""Functions of numbers whose derivatives are made of functions of their own family, as one autograd Function."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import reduce
from typing import Any, cast

import torch
from torch import Tensor
from torch.autograd import forward_ad


class Elementwise(ABC):
    """A function of real numbers that differentiates any number of times, in reverse and forward mode.

    It is computed in float64 and rounded to the dtype of its arguments, which broadcast and promote as in torch.
    Members of a family are equal if they are the same function.
    """

    __slots__ = ()

    @abstractmethod
    def evaluate(self, *arguments: Tensor) -> Tensor:
        """Return the values at float64 arguments of one shape, by operations that programs have rules for."""

    @abstractmethod
    def partials(self, *arguments: Tensor) -> tuple[Tensor, ...]:
        """Return the derivative by each argument, made of functions that differentiate themselves."""

    def __call__(self, *arguments: Tensor) -> Tensor:
        """Return the values, differentiable in all arguments."""
        dtype = reduce(torch.promote_types, [argument.dtype for argument in arguments])
        return _apply(self, *torch.broadcast_tensors(*(argument.to(dtype) for argument in arguments)))


class _ElementwiseFunction(torch.autograd.Function):
    @staticmethod
    def forward(function: Elementwise, *arguments: Tensor) -> Tensor:
        return function.evaluate(*(argument.double() for argument in arguments)).to(arguments[0].dtype)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], _output: Tensor) -> None:
        ctx.function, *arguments = inputs
        ctx.save_for_backward(*arguments)
        ctx.save_for_forward(*arguments)

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, ...]:
        return None, *(grad_output * partial for partial in ctx.function.partials(*ctx.saved_tensors))

    @staticmethod
    def jvp(ctx: Any, _function: None, *tangents: Tensor | None) -> Tensor:
        # torch switches forward mode off in here for every level at once, not only for the level it serves, so an
        # outer torch.func.jvp would take the derivative for a constant (pytorch/pytorch issue 197867).
        with forward_ad._set_fwd_grad_enabled(True):
            partials = ctx.function.partials(*(_unpack_dual(kept).primal for kept in ctx.saved_tensors))
            pairs = zip(partials, tangents, strict=True)
            return cast(Tensor, sum(partial * tangent for partial, tangent in pairs if tangent is not None))

    @staticmethod
    def vmap(
        info: Any, in_dims: tuple[int | None, ...], function: Elementwise, *arguments: Tensor
    ) -> tuple[Tensor, int]:
        batches = (
            part.expand(info.batch_size, *part.shape) if dim is None else part.movedim(dim, 0)
            for part, dim in zip(arguments, in_dims[1:], strict=True)
        )
        return _apply(function, *batches), 0


# Named with their types, which torch leaves out.
_apply: Callable[..., Tensor] = _ElementwiseFunction.apply
_unpack_dual: Callable[[Tensor], forward_ad.UnpackedDualTensor] = forward_ad.unpack_dual
