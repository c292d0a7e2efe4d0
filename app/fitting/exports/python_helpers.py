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
    **{name: _polynomial(name, recurrence) for name, recurrence in RECURRENCES.items()},
}
"""The source of each function `_name` by its name."""
