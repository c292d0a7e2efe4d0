"""Functions that the C99 library lacks, as C source; each stands alone, and an export has those that it calls."""

import math

from app.fitting.exports.recurrences import RECURRENCES, Recurrence

_TERMS = 40
_SCALE = math.sqrt(_TERMS / math.sqrt(2))


def _voigt_coefficient(k: int) -> float:
    """Return the k-th coefficient of Weideman's rational sum for the Faddeeva function.

    J. A. C. Weideman, "Computation of the Complex Error Function", SIAM J. Numer. Anal. 31, 1994.
    """
    total = []
    for j in range(1 - 2 * _TERMS, 2 * _TERMS):
        angle = j * math.pi / (2 * _TERMS)
        square = (_SCALE * math.tan(angle / 2)) ** 2
        total.append(math.exp(-square) * (_SCALE**2 + square) * math.cos(k * angle))
    return math.fsum(total) / (4 * _TERMS)


_COEFFICIENTS = ",\n".join(f"        {_voigt_coefficient(k)!r}" for k in range(1, _TERMS + 1))

_VOIGT = f"""
/* Normal density of standard deviation sigma, widened by a Cauchy density of scale gamma. Faddeeva function:
   J. A. C. Weideman, SIAM J. Numer. Anal. 31, 1994; Laplace's continued fraction far from 0. */
static double voigt(double u, double sigma, double gamma)
{{
    static const double coefficients[] = {{
{_COEFFICIENTS}
    }};
    const double scale = {_SCALE!r}, root_pi = {math.sqrt(math.pi)!r};
    const double wide = fabs(sigma) * {math.sqrt(2)!r};
    const double complex z = u / wide + I * (fabs(gamma) / wide);
    double complex w = 0.0, below = z;
    if (cabs(z) > 8.0) {{
        for (int k = 30; k > 0; k--)
            below = z - k / 2.0 / below;
        w = I / root_pi / below;
    }} else {{
        below = scale - I * z;
        for (int k = {_TERMS - 1}; k >= 0; k--)
            w = w * (scale + I * z) / below + coefficients[k];
        w = 2.0 * w / (below * below) + 1.0 / root_pi / below;
    }}
    return creal(w) / (wide * root_pi);
}}
"""

_DIGAMMA = f"""
/* Derivative of log(gamma(u)): DLMF 5.5.2 and 5.5.4 lead to large u, 5.11.2 is the series there. */
static double digamma(double u)
{{
    double below = 0.0, w, tail;
    if (u <= 0.0 && u == floor(u))
        return NAN;
    if (u < 0.0)
        return digamma(1.0 - u) - {math.pi!r} / tan({math.pi!r} * (u - floor(u)));
    for (; u < 10.0; u += 1.0)
        below += 1.0 / u;
    w = 1.0 / (u * u);
    tail = 1.0 / 132 - w * (691.0 / 32760 - w / 12);
    tail = w * (1.0 / 12 - w * (1.0 / 120 - w * (1.0 / 252 - w * (1.0 / 240 - w * tail))));
    return log(u) - 1.0 / (2.0 * u) - tail - below;
}}
"""


_MOD = """
/* Remainder of u / v with the sign of v. */
static double mod(double u, double v)
{
    const double rest = fmod(u, v);
    return rest != 0.0 && (rest < 0.0) != (v < 0.0) ? rest + v : rest;
}
"""


def _short(name: str, expression: str) -> str:
    return f"\nstatic double {name}(double u)\n{{\n    return {expression};\n}}\n"


def _polynomial(name: str, recurrence: Recurrence) -> str:
    arguments = ", ".join(["int n", *(f"double {number}" for number in recurrence.family), "double u"])
    return f"""
/* By its recurrence: NIST DLMF 18.9 (i). */
static double {name}({arguments})
{{
    double previous = 1.0, current = {recurrence.first};
    if (n == 0)
        return 1.0;
    for (int k = 1; k < n; k++) {{
        const double next = {recurrence.step};
        previous = current;
        current = next;
    }}
    return current;
}}
"""


C_HELPERS = {
    "sign": _short("sign", "u != u ? u : (u > 0.0) - (u < 0.0)"),
    "heaviside": _short("heaviside", "u != u ? u : ((u > 0.0) - (u < 0.0) + 1) / 2.0"),
    "sinc": _short("sinc", f"u == 0.0 ? 1.0 : sin({math.pi!r} * u) / ({math.pi!r} * u)"),
    "sigmoid": _short("sigmoid", "u < 0.0 ? exp(u) / (1.0 + exp(u)) : 1.0 / (1.0 + exp(-u))"),
    "softplus": _short("softplus", "fmax(u, 0.0) + log1p(exp(-fabs(u)))"),
    "mod": _MOD,
    "digamma": _DIGAMMA,
    "voigt": _VOIGT,
    **{name: _polynomial(name, recurrence) for name, recurrence in RECURRENCES.items()},
}
"""The source of each function by the function's name."""
