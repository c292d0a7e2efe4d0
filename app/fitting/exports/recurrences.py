"""The orthogonal polynomials as recurrences, in expressions that Python, C and our own formulas share.

p_0 = 1, p_1 = `first`, p_{k+1} = `step` of k, u, current = p_k and previous = p_{k-1}, for k >= 1. NIST Digital Library
of Mathematical Functions, section 18.9 (i), https://dlmf.nist.gov/18.9.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recurrence:
    """The way in which the next polynomial follows from the two before it."""

    first: str
    step: str
    family: tuple[str, ...] = ()
    """Names of the parameters of the polynomial's family."""


_S = "(2*k + alpha + beta)"

RECURRENCES = {
    "legendre": Recurrence("u", "((2*k + 1)*u*current - k*previous)/(k + 1)"),
    "chebyshev_t": Recurrence("u", "2*u*current - previous"),
    "chebyshev_u": Recurrence("2*u", "2*u*current - previous"),
    "gegenbauer": Recurrence("2*lam*u", "(2*(k + lam)*u*current - (k - 1 + 2*lam)*previous)/(k + 1)", ("lam",)),
    "jacobi": Recurrence(
        "((alpha + 1 + (beta + 1))*u + alpha - beta)/2",
        f"(({_S} + 1)*({_S}*({_S} + 2)*u + (alpha - beta)*(alpha + beta))*current"
        f" - 2*(k + alpha)*(k + beta)*({_S} + 2)*previous)/(2*(k + 1)*(k - 1 + (alpha + 1 + (beta + 1)))*{_S})",
        ("alpha", "beta"),
    ),
    "hermite": Recurrence("2*u", "2*u*current - 2*k*previous"),
    "hermite_e": Recurrence("u", "u*current - k*previous"),
    "laguerre": Recurrence("1 - u", "((2*k + 1 - u)*current - k*previous)/(k + 1)"),
    "generalized_laguerre": Recurrence(
        "1 + alpha - u", "((2*k + 1 + alpha - u)*current - (k + alpha)*previous)/(k + 1)", ("alpha",)
    ),
}
