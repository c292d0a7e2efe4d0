"""Data that each model of the library is tried on: its options, its variables and the parameters of the truth."""

from collections.abc import Mapping

import torch
from torch import Tensor

X = torch.linspace(0, 10, 60, dtype=torch.float64)
DOSES = torch.tensor([0.0, *(10 ** (k / 3) for k in range(-6, 9))], dtype=torch.float64).repeat(3)
GRID = {
    "x1": torch.arange(7, dtype=torch.float64).repeat(7),
    "x2": torch.arange(7, dtype=torch.float64).repeat_interleave(7),
}
TRUTHS: dict[str, tuple[Mapping[str, int], Mapping[str, Tensor], Mapping[str, float]]] = {
    "polynomial": ({"degree": 3}, {"x": X}, {"c0": 1, "c1": -2, "c2": 0.5, "c3": 0.1}),
    "linear": ({}, GRID, {"intercept": 3, "slope_x1": -1, "slope_x2": 2}),
    "rational": ({"numerator": 1, "denominator": 2}, {"x": X}, {"a0": 2, "a1": 1, "b1": 0.2, "b2": 0.05}),
    "exponential_decay": ({}, {"x": X}, {"amplitude": 5, "rate": 0.8, "offset": 1}),
    "exponential_growth": ({}, {"x": X}, {"amplitude": 0.2, "rate": 0.4, "offset": -3}),
    "double_exponential": (
        {},
        {"x": X},
        {"amplitude1": 6, "rate1": 3, "amplitude2": 4, "rate2": 0.4, "offset": 1},
    ),
    "power_law": ({}, {"x": X}, {"amplitude": 2, "exponent": 1.7}),
    "logistic_growth": ({}, {"x": X}, {"top": 8, "rate": 1.5, "midpoint": 4}),
    "gompertz": ({}, {"x": X}, {"top": 8, "rate": 0.9, "midpoint": 3}),
    "weibull": ({}, {"x": X}, {"top": 8, "shape": 2, "scale": 4}),
    "arrhenius": ({}, {"x": 280 + 10 * X}, {"amplitude": 1e4, "temperature": 2000}),
    "logistic_3": ({}, {"x": DOSES}, {"top": 100, "ec50": 2, "hill": 1.3}),
    "logistic_4": ({}, {"x": DOSES}, {"bottom": 5, "top": 100, "ec50": 2, "hill": 1.3}),
    "logistic_5": ({}, {"x": DOSES}, {"bottom": 5, "top": 100, "ec50": 2, "hill": 1.3, "asymmetry": 1.6}),
    "hill": ({}, {"x": DOSES}, {"top": 100, "ec50": 2, "hill": 2}),
    "michaelis_menten": ({}, {"x": 1e-6 * X}, {"vmax": 3, "km": 2e-6}),
    "langmuir": ({}, {"x": X}, {"capacity": 5, "affinity": 0.8}),
    "gaussian": ({}, {"x": X}, {"amplitude": 5, "center": 6.3, "width": 0.5, "offset": 1}),
    "lorentzian": ({}, {"x": X}, {"amplitude": -5, "center": 2.2, "half_width": 0.6, "offset": 8}),
    "voigt": ({}, {"x": X}, {"area": 9, "center": 5, "width": 0.6, "half_width": 0.5, "offset": 1}),
    "pseudo_voigt": ({}, {"x": X}, {"amplitude": 9, "center": 5, "half_width": 0.9, "fraction": 0.4, "offset": 1}),
    "gaussian_2d": ({}, GRID, {"amplitude": 5, "center1": 2.7, "center2": 3.4, "width": 1.1, "offset": 1}),
    "sinusoid": ({}, {"x": X}, {"amplitude": 3, "frequency": 0.93, "phase": 0.7, "offset": 2}),
    "damped_oscillation": (
        {},
        {"x": X},
        {"amplitude": 6, "decay": 0.3, "frequency": 0.61, "phase": 0.4, "offset": 1},
    ),
}
