"""Models that every export is tried with, and what our own formula makes of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from app.fitting.exports import FittedModel
from app.fitting.exports.excel import MISSING
from app.fitting.formulas.formula import parse
from app.fitting.formulas.functions import ALIASES, FUNCTIONS

WIDE = (-7.5, -2.3, -0.4, -1e-3, -1e-9, 0.0, 1e-9, 1e-3, 0.3, 0.7, 2.5, 6.0)
POSITIVE = (1e-3, 0.4, 1.7, 3.0, 30.0)
WITHIN_ONE = (-0.9, -0.3, -1e-3, 0.2, 0.95)
BETWEEN_POLES = (-3.4, -2.5, -1.2, -0.3, 0.4, 1.7, 5.0, 30.5)
DOMAINS = {
    **dict.fromkeys(("log", "log2", "log10", "sqrt"), POSITIVE),
    **dict.fromkeys(("asin", "acos", "atanh"), WITHIN_ONE),
    **dict.fromkeys(("gamma", "lgamma", "digamma"), BETWEEN_POLES),
    "erfcx": (*WIDE, -20.0, 9.9, 10.1, 19.9, 20.1, 1e3, 1e9),
    "erfinv": (*WITHIN_ONE, 1e-9, 0.49, 0.51, 1 - 1e-12, 1e-12 - 1),
    "lambertw": (-0.367879441, -0.36787, -0.3, -1e-9, 0.0, 1e-9, 0.7, 2.5, 1e9, 1e300),
    **dict.fromkeys(("j0", "j1"), (*WIDE, -24.9, 25.1, -300.0, 1e6)),
    "exp_erfc": (-20.0, *WIDE, 9.0, 25.0, 30.0, 60.0),
    "acosh": (1.01, 1.5, 20.0),
    "log1p": (-0.9, -0.3, -1e-3, 1e-12, 0.2, 1e17),
    "expm1": (*WIDE, -1500.0),
    "sigmoid": (*WIDE, -40.0, 40.0),
    "softplus": (*WIDE, -40.0, 40.0),
    "voigt": (*WIDE, 0.5, 8.0, 200.0),
}
ARGUMENTS = {
    "atan2": "x, 0.7",
    "minimum": "x, 0.5",
    "maximum": "0.5, x",
    "clip": "x, -1, 2",
    "where": "x, x**2 + 1, -x",
    "hypot": "x, -2",
    "exp_erfc": "abs(x)^2 - 2*x + 1, x - 1",
    "mod": "x, -1.25",
    "voigt": "x, 0.7, 0.3",
}
FAMILY = ("0.75", "0.25")


def call_of(name: str, degree: int = 5) -> str:
    """Return the formula that calls a function with x."""
    function = FUNCTIONS[name]
    shape = [str(degree), *FAMILY][: function.constants]
    return f"{name}({', '.join([*shape, ARGUMENTS.get(ALIASES.get(name, name), 'x')])})"


def model_of(formula: str, variables: tuple[str, ...] = ("x",), **coefficients: float) -> FittedModel:
    return FittedModel("test", formula, variables, coefficients, dict.fromkeys(coefficients, 0.5))


def named_like(names: Sequence[str]) -> FittedModel:
    """Return a model that calls functions and has parameters of their names."""
    formula = " + ".join(f"{name}*{call_of(name)}" for name in names)
    return model_of(formula, **{name: 0.5 + index / 64 for index, name in enumerate(names)})


@dataclass(frozen=True)
class Case:
    model: FittedModel
    points: tuple[tuple[float, ...], ...]

    def expected(self) -> torch.Tensor:
        """Return what our own formula gives at the points."""
        columns = torch.tensor(self.points, dtype=torch.float64).unbind(1)
        numbers = {name: torch.tensor(value, dtype=torch.float64) for name, value in self.model.coefficients.items()}
        values = dict(zip(self.model.variables, columns, strict=True)) | numbers
        return parse(self.model.formula, self.model.variables)(values).expand(len(self.points))

    def check(self, computed: list[float]) -> None:
        torch.testing.assert_close(torch.tensor(computed, dtype=torch.float64), self.expected(), rtol=1e-12, atol=1e-13)


def one_variable(formula: str, points: tuple[float, ...] = WITHIN_ONE, **coefficients: float) -> Case:
    return Case(model_of(formula, **coefficients), tuple((point,) for point in points))


FUNCTION_CASES = {
    name: one_variable(call_of(name), DOMAINS.get(name, WIDE)) for name in FUNCTIONS if name not in ALIASES
}

_EASY = [name for name in FUNCTIONS if ALIASES.get(name, name) not in {*MISSING, "acosh"}]

GRAMMAR_CASES = {
    case.model.formula: case
    for case in (
        one_variable("a + b * P3(c + d * x)", a=0.012345678901234568, b=-2.234567890123456, c=-1e-9, d=1 / 3),
        one_variable("-x^2"),
        one_variable("-x^2 * 3 + -(x*a)^2", a=-1.5),
        one_variable("a - x^2/b^2", a=0.1, b=0.7),
        one_variable("(-x)^2 - -x - -(-x)"),
        one_variable("-(x^2*3)"),
        one_variable("2^3^2^x + (2^x)^3"),
        one_variable("x^2^1 / a / b * c", a=3.0, b=-7.0, c=0.3),
        one_variable("1/2*x - 1/(2*x) + x/(a/b)", a=1.0, b=3.0),
        one_variable("a*(b*x) - (a - (b - x))", a=-1.0, b=1e-5),
        one_variable("a^b*x^-a", (0.5, 2.0), a=-2.0, b=2.0),
        one_variable("x^b + x^c", (-1.0, 0.5, 2.0), b=2.0, c=0.0),
        one_variable("2*pi*e*x + pi^2"),
        one_variable("1e22*x + 1e-7 + 123456789.123456789"),
        one_variable("c", c=2.5),
        one_variable("where(x < a, where(x >= -0.3, x, 2), mod(-x, 0.25)) - floor(3*x)*ceil(x - a)^2", a=0.2),
        one_variable("pow(x, 2)*power(a, x) - max(x, a) + np.sign(x)*math.pi", a=0.2),
        one_variable("P0(x) + legendre(2 + 1, 2*x) + gegenbauer(3, 1/4, x) + P3(0.5)"),
        one_variable("jacobi(4, -0.5, -0.5, x) + jacobi(3, -0.9, 0.3, -x) + jacobi(1, 0.5, 2, x) + T1(x)^2"),
        one_variable("where(x, 1, 2) * 3 + 1 / where(x, 1, 2) + 2^where(x, 1, 2)"),
        one_variable("sigmoid(-x^2) + softplus(-x) * log1p(-x) ** 2 - expm1(x - 1)"),
        one_variable("erf((x - a)/b)^2 / gamma(x + 3) - abs(-x)^3 + cbrt(x - 1)^2", a=0.1, b=0.3),
        Case(
            model_of(
                "linux + np * x1 + I * x2 - model * exp(-x1/int_)", ("x1", "x2"), linux=1, np=2, I=3, model=4, int_=5
            ),
            ((0.3, 0.7), (-1.0, 2.0)),
        ),
        Case(model_of("a * np", ("x1", "np"), a=2.0), ((0.3, 0.7),)),
        *(Case(named_like(some), ((0.4,), (0.5,))) for some in (_EASY[::2], _EASY[1::2])),
        Case(
            model_of(
                "lambda * exp(is*in) + int/if^2 - class + P3 * P3(in) + exp",
                ("in", "exp"),
                **{"lambda": 1.5, "is": -0.5, "int": 2.5, "if": 0.7, "class": 3.0, "P3": 0.25},
            ),
            ((0.3, 0.7), (-1.0, 2.0)),
        ),
        Case(model_of("e*x - a*e^x", ("x", "e"), a=0.3), ((0.3, 0.7), (-1.0, 2.0))),
    )
}

OVERFLOWING = "a*exp(x^2 + 1)*erfc(x)/2 - e^(-x)*erfc(-x)"
"""A formula whose value is a number where that of a factor is none: what computes has it, not the tree as written."""

CASES = FUNCTION_CASES | GRAMMAR_CASES | {OVERFLOWING: one_variable(OVERFLOWING, (-3.0, 0.5, 27.0, 30.0), a=3.0)}
"""All cases by formula, or by the name of the function that is tried."""
