"""Calibration data that were published, with what other programs make of them.

`ARSENIC`, `CRYSTAL` and `NASTURTIUM` as in R's investr 1.5.0 (B. M. Greenwell and C. M. Schubert Kabban, "investr: An R
Package for Inverse Estimation", The R Journal 6/1, 2014), the first two from F. A. Graybill and H. K. Iyer, "Regression
Analysis", 1994; `MASSART` as in R's chemCal 0.2.3 (Massart et al., "Handbook of Chemometrics and Qualimetrics", 1997,
chapter 8, examples 1 and 3, the latter as means with weights).
"""

from itertools import chain, repeat
from typing import Any

ARSENIC: dict[str, Any] = {
    "x": list(chain.from_iterable(repeat(level, 4) for level in range(8))),
    "y": [
        *(0.17, 0.25, 0.01, 0.12, 1.25, 0.86, 1.25, 1.1, 2.01, 2.03, 2.14, 1.74, 3.18, 2.99, 3.23, 3.37),
        *(3.91, 3.9, 3.61, 4.27, 4.88, 5.33, 4.96, 4.98, 6.09, 6.17, 6.07, 5.97, 6.67, 7.02, 7.14, 7.3),
    ],
}
CRYSTAL: dict[str, Any] = {
    "x": list(range(2, 29, 2)),
    "y": [0.08, 1.12, 4.43, 4.98, 4.92, 7.18, 5.57, 8.4, 8.81, 10.81, 11.16, 10.12, 13.12, 15.04],
}
NASTURTIUM: dict[str, Any] = {
    "x": list(chain.from_iterable(repeat(level, 6) for level in (0, 0.025, 0.075, 0.25, 0.75, 2, 4))),
    "y": [
        *(920, 889, 866, 930, 992, 1017, 919, 878, 882, 854, 851, 850, 870, 825, 953, 834, 810, 875, 880, 834, 795),
        *(837, 834, 810, 693, 690, 722, 738, 563, 591, 429, 395, 435, 412, 273, 257, 200, 244, 209, 225, 128, 221),
    ],
}
LOG_LOGISTIC = "theta1 / (1 + exp(theta2) * x^theta3)"
"""The model of `NASTURTIUM`, which investr writes with exp(theta2 + theta3 * log(conc))."""
LOG_LOGISTIC_START = {"theta1": 1000.0, "theta2": -1.0, "theta3": 1.0}
MASSART: dict[str, Any] = {"x": [0, 10, 20, 30, 40, 50], "y": [4, 21.2, 44.6, 61.8, 78, 105.2]}
MASSART_MEANS: dict[str, Any] = {
    "x": [0, 10, 20, 30, 40, 50],
    "y": [4, 21.2, 44.6, 61.8, 78, 105.2],
    "weights": [1.984, 1.417, 1.262, 0.372, 0.199, 0.109],
}
