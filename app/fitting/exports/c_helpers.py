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


_ROOT_PI = math.sqrt(math.pi)
_TAIL = f"""    for (int k = 25; k > 0; k -= 2)
        sum = 1.0 - k * w * sum;
    return sum / (u * {_ROOT_PI!r})"""

_ERFCX = f"""
/* exp(u^2) erfc(u); for large u by the series DLMF 7.12.1. */
static double erfcx(double u)
{{
    const double w = 0.5 / (u * u);
    double sum = 1.0;
    if (u < 10.0)
        return exp(u * u) * erfc(u);
{_TAIL};
}}
"""

_EXP_ERFC = f"""
/* exp(t) erfc(u), where its factors overflow and underflow too; for large u by the series DLMF 7.12.1. */
static double exp_erfc(double t, double u)
{{
    const double w = 0.5 / (u * u);
    double sum = exp(fma(-u, u, t));
    if (u < 0.0 || (t < 700.0 && u < 26.0))
        return exp(t) * erfc(u);
    if (u < 10.0)
        return sum * (exp(u * u) * erfc(u));
    const double scale = sum;
    sum = 1.0;
{_TAIL} * scale;
}}
"""

_ERFINV = f"""
/* The number whose erf is u, by steps of Halley. */
static double erfinv(double u)
{{
    const double size = fabs(u), w = log((1.0 - size) * (1.0 + size)), t = 4.33 + w / 2.0;
    double x = size < 0.5 ? size * (0.886 + 0.232 * size * size) : sqrt(sqrt(t * t - w / 0.147) - t);
    if (size >= 1.0)
        return size > 1.0 ? NAN : copysign(INFINITY, u);
    for (int k = 0; k < 4; k++) {{
        const double over = (size < 0.5 ? erf(x) - size : 1.0 - size - erfc(x)) * {_ROOT_PI / 2!r} * exp(x * x);
        x -= over / (1.0 + x * over);
    }}
    return copysign(x, u);
}}
"""

_BESSEL_J = f"""
/* Bessel function of the first kind, of order 0 or 1: near 0 by the integral DLMF 10.9.4, far by the series 10.17.3. */
static double bessel_j(int n, double u)
{{
    const double x = fabs(u), c = cos(x), s = sin(x);
    double sum = 0.0, p = 1.0, q = 0.0, term = 1.0;
    if (x < 25.0) {{
        for (int k = 0; k < 32; k++) {{
            const double angle = (k + 0.5) * {math.pi / 32!r};
            sum += (n ? sin(angle) * sin(angle) : 1.0) * cos(x * cos(angle));
        }}
        return (n ? u : 1.0) * sum / 32.0;
    }}
    for (int k = 1; k < 31; k++) {{
        term *= (4.0 * n - (2.0 * k - 1.0) * (2.0 * k - 1.0)) / (8.0 * k * x);
        if (k % 2)
            q += k % 4 == 1 ? term : -term;
        else
            p += k % 4 == 0 ? term : -term;
    }}
    sum = n ? p * (s - c) + q * (c + s) : p * (c + s) - q * (s - c);
    return (n && u < 0.0 ? -sum : sum) / sqrt({math.pi!r} * x);
}}
"""

_LAMBERTW = f"""
/* The w of at least -1 with w exp(w) = u: R. M. Corless et al., Adv. Comput. Math. 5, 1996, series 4.22 and Halley. */
static double lambertw(double u)
{{
    const double p = sqrt({2 * math.e!r} * fmax(u + {math.exp(-1)!r} - 1.2428753672788363e-17, 0.0)), l = log1p(u);
    double w = p * (1.0 - p * (1.0 / 3 - p * (11.0 / 72 - p * (43.0 / 540 - p * (769.0 / 17280 - p * 221.0 / 8505)))));
    if (!(u >= {-math.exp(-1)!r}) || isinf(u))
        return u > 0.0 ? u : NAN;
    w = u < 0.0 ? w - 1.0 : l * (1.0 - log1p(l) / (2.0 + l));
    for (int k = 0; p > 0.01 && k < 7; k++) {{
        const double over = w - u * exp(-w);
        w -= over / (w + 1.0 - (w + 2.0) * over / (2.0 * w + 2.0));
    }}
    return w;
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
    "erfcx": _ERFCX,
    "exp_erfc": _EXP_ERFC,
    "erfinv": _ERFINV,
    "bessel_j": _BESSEL_J,
    "lambertw": _LAMBERTW,
    **{name: _polynomial(name, recurrence) for name, recurrence in RECURRENCES.items()},
}
"""The source of each function by its name."""
