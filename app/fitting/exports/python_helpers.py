"""Functions that NumPy lacks, as Python source; each stands alone, and an export has those that it calls."""

from app.fitting.exports.recurrences import RECURRENCES, Recurrence

_OF_A_NUMBER = """
def _{name}_of_number(u):
    try:
        return math.{name}(u)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.nan


_{name} = np.vectorize(_{name}_of_number, otypes=[float])
"""

_DIGAMMA = '''
def _digamma_of_number(u):
    """Derivative of log(gamma(u)): DLMF 5.5.2 and 5.5.4 lead to large u, 5.11.2 is the series there."""
    if u <= 0 and u == math.floor(u):
        return math.nan
    if u < 0:
        return _digamma_of_number(1 - u) - math.pi / math.tan(math.pi * (u - math.floor(u)))
    below = 0.0
    while u < 10:
        below += 1 / u
        u += 1
    w = 1 / (u * u)
    tail = w * (1 / 12 - w * (1 / 120 - w * (1 / 252 - w * (1 / 240 - w * (1 / 132 - w * (691 / 32760 - w / 12))))))
    return math.log(u) - 1 / (2 * u) - tail - below


_digamma = np.vectorize(_digamma_of_number, otypes=[float])
'''

_VOIGT = '''
def _voigt(u, sigma, gamma):
    """Normal density of standard deviation sigma, widened by a Cauchy density of scale gamma.

    Faddeeva function: J. A. C. Weideman, SIAM J. Numer. Anal. 31, 1994; Laplace's continued fraction far from 0.
    """
    wide = np.abs(sigma) * math.sqrt(2)
    z = u / wide + 1j * (np.abs(gamma) / wide)
    terms = 40
    scale = math.sqrt(terms / math.sqrt(2))
    angle = np.arange(1 - 2 * terms, 2 * terms) * math.pi / (2 * terms)
    t = scale * np.tan(angle / 2)
    weight = np.exp(-t * t) * (scale**2 + t * t) / (4 * terms)
    total, ratio = 0, (scale + 1j * z) / (scale - 1j * z)
    for k in range(terms, 0, -1):
        total = total * ratio + np.sum(weight * np.cos(k * angle))
    near = 2 * total / (scale - 1j * z) ** 2 + 1 / math.sqrt(math.pi) / (scale - 1j * z)
    far = below = np.where(np.abs(z) > 8, z, 8)
    for k in range(30, 0, -1):
        below = far - k / 2 / below
    w = np.where(np.abs(z) > 8, 1j / math.sqrt(math.pi) / below, near)
    return w.real / (wide * math.sqrt(math.pi))
'''

_ERFCX = '''
def _erfcx(u):
    """Return exp(u^2) erfc(u); for large u by the series DLMF 7.12.1."""
    far, total = np.maximum(u, 10), 1
    for k in range(25, 0, -2):
        total = 1 - k * 0.5 / far**2 * total
    near = np.minimum(u, 10)
    near = np.exp(near * near) * np.vectorize(math.erfc, otypes=[float])(near)
    return np.where(np.greater(u, 10), total / far / math.sqrt(math.pi), near)
'''

_EXP_ERFC = '''
def _exp_erfc(t, u):
    """Return exp(t) erfc(u), where its factors overflow and underflow too; for large u by the series DLMF 7.12.1."""
    far, total = np.maximum(u, 10), 1
    for k in range(25, 0, -2):
        total = 1 - k * 0.5 / far**2 * total
    near = np.clip(u, 0, 10)
    near = np.exp(near * near) * np.vectorize(math.erfc, otypes=[float])(near)
    scaled = np.where(np.greater(u, 10), total / far / math.sqrt(math.pi), near)
    plain = np.less(u, 0) | (np.less(t, 700) & np.less(u, 26))
    product = np.exp(np.where(plain, t, 0)) * np.vectorize(math.erfc, otypes=[float])(u)
    return np.where(plain, product, np.exp(np.where(plain, 0, t - u * u)) * scaled)
'''

_ERFINV = '''
def _erfinv_of_number(u):
    """Return the number whose erf is u, by steps of Halley."""
    size = abs(u)
    if not size < 1:
        return math.copysign(math.inf, u) if size == 1 else math.nan
    x = size * (0.886 + 0.232 * size**2)
    if size >= 0.5:
        w = math.log((1 - size) * (1 + size))
        x = math.sqrt(math.sqrt((4.33 + w / 2) ** 2 - w / 0.147) - 4.33 - w / 2)
    for _ in range(4):
        over = math.erf(x) - size if size < 0.5 else 1 - size - math.erfc(x)
        over *= math.sqrt(math.pi) / 2 * math.exp(x * x)
        x -= over / (1 + x * over)
    return math.copysign(x, u)


_erfinv = np.vectorize(_erfinv_of_number, otypes=[float])
'''

_BESSEL = '''
def _j{n}_of_number(u):
    """Bessel function of the first kind: near 0 by the integral DLMF 10.9.4, far by the series 10.17.3."""
    x = abs(u)
    if x < 25:
        angles = [(k + 0.5) * math.pi / 32 for k in range(32)]
        return {power}sum({weight}math.cos(x * math.cos(angle)) for angle in angles) / 32
    if not x < math.inf:
        return math.nan
    p, q, term = 1.0, 0.0, 1.0
    for k in range(1, 31):
        term *= ({square} - (2 * k - 1) ** 2) / (8 * k * x)
        p += (term, 0, -term, 0)[k % 4]
        q += (0, term, 0, -term)[k % 4]
    c, s = math.cos(x), math.sin(x)
    return {far} / math.sqrt(math.pi * x)


_j{n} = np.vectorize(_j{n}_of_number, otypes=[float])
'''
_J0 = _BESSEL.format(n=0, power="", weight="", square="0", far="(p * (c + s) - q * (s - c))")
_J1 = _BESSEL.format(
    n=1,
    power="u * ",
    weight="math.sin(angle) ** 2 * ",
    square="4",
    far="math.copysign(1, u) * (p * (s - c) + q * (c + s))",
)

_LAMBERTW = '''
def _lambertw_of_number(u):
    """Return the w of at least -1 with w exp(w) = u.

    R. M. Corless et al., Adv. Comput. Math. 5, 1996: series 4.22 and Halley.
    """
    if not -math.exp(-1) <= u < math.inf:
        return u if u > 0 else math.nan
    p = math.sqrt(2 * math.e * max(u + math.exp(-1) - 1.2428753672788363e-17, 0))
    if u > 0:
        w = math.log1p(u) * (1 - math.log1p(math.log1p(u)) / (2 + math.log1p(u)))
    else:
        w = p * (1 - p * (1 / 3 - p * (11 / 72 - p * (43 / 540 - p * (769 / 17280 - p * 221 / 8505))))) - 1
    if p < 0.01:
        return w
    for _ in range(7):
        over = w - u * math.exp(-w)
        w -= over / (w + 1 - (w + 2) * over / (2 * w + 2))
    return w


_lambertw = np.vectorize(_lambertw_of_number, otypes=[float])
'''


def _polynomial(name: str, recurrence: Recurrence) -> str:
    return f'''
def _{name}({", ".join(["n", *recurrence.family, "u"])}):
    """By its recurrence: NIST DLMF 18.9 (i)."""
    if n == 0:
        return np.ones_like(u)
    previous, current = 1, {recurrence.first}
    for k in range(1, n):
        previous, current = current, {recurrence.step}
    return current
'''


PYTHON_HELPERS = {
    "erf": "\n_erf = np.vectorize(math.erf, otypes=[float])\n",
    "erfc": "\n_erfc = np.vectorize(math.erfc, otypes=[float])\n",
    "gamma": _OF_A_NUMBER.format(name="gamma"),
    "lgamma": _OF_A_NUMBER.format(name="lgamma"),
    "digamma": _DIGAMMA,
    "voigt": _VOIGT,
    "erfcx": _ERFCX,
    "exp_erfc": _EXP_ERFC,
    "erfinv": _ERFINV,
    "j0": _J0,
    "j1": _J1,
    "lambertw": _LAMBERTW,
    **{name: _polynomial(name, recurrence) for name, recurrence in RECURRENCES.items()},
}
"""The source of each function `_name` by its name."""
