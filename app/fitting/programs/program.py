"""Machine code that is loaded from a file."""

from pathlib import Path

import torch
from torch import Tensor


class CompiledProgram:
    """A program of a file that may hold several. Raises RuntimeError for a file without programs."""

    def __init__(self, path: Path, name: str) -> None:
        # Without the rest of PyTorch's compiler, which would take seconds and 100 MB to import.
        self._loader = torch._C._aoti.AOTIModelPackageLoader(str(path), name, False, 1, -1)

    def __call__(self, *inputs: Tensor) -> list[Tensor]:
        """Return the outputs for some inputs, which must be contiguous."""
        outputs: list[Tensor] = self._loader.run(list(inputs))
        return outputs
