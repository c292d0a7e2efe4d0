"""Fits of many curves whose blocks are small, so that a few curves make several parts."""

from typing import Any

CURVES_OF_A_BLOCK = 4
BLOCKS = 5


def cut_into_blocks(curves: int = CURVES_OF_A_BLOCK * BLOCKS, **more: Any) -> dict[str, Any]:
    """Return a fit of curves that decay, whose blocks have four curves each, because each may take so many steps."""
    x = [0.0, 0.5, 1.0, 2.0, 3.0, 5.0]
    y = [
        [round((2 + curve) * 0.8**place + 0.03 * ((7 * curve + 3 * place) % 5), 3) for place in range(len(x))]
        for curve in range(curves)
    ]
    fit = {"target": {"x": x, "y": y}, "model": "a*exp(-b*x)", "parameters": {"a": 1.0, "b": 0.5}}
    return {**fit, "hyperparameters": {"steps": 2**24 // CURVES_OF_A_BLOCK}, **more}
