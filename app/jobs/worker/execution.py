"""Which way a fit ran."""

from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Execution:
    """Which way a fit ran."""

    compressed: bool
    compiled_steps: int = 0

    @classmethod
    def of(cls, result: dict[str, Any] | None, compressed: bool) -> "Execution":
        """As an earlier attempt left it."""
        return cls(**result["execution"]) if result and "execution" in result else cls(compressed)

    def after(self, compiled_steps: int) -> "Execution":
        """After some more steps, so many of them by compiled code."""
        return replace(self, compiled_steps=self.compiled_steps + compiled_steps)

    def after_block(self, compressed: bool, compiled_steps: int) -> "Execution":
        """After a further block of curves."""
        return Execution(self.compressed or compressed, self.compiled_steps + compiled_steps)
