"""Dose-response curves and binding, over doses that may be 0."""

from collections.abc import Iterable, Mapping, Sequence

from torch import Tensor

from app.fitting.library.base import CONSTANT, TINY, Candidates, Entry, LibraryModel, latex, powers
from app.fitting.library.domains import AMOUNTS, DOSES
from app.fitting.library.options import Values
from app.fitting.library.sample import Sample

_MEANINGS = {
    "bottom": "response without a dose",
    "top": "response to very large doses",
    "ec50": "dose of half the effect",
    "hill": "steepness: 1 is binding to one site",
    "asymmetry": "1: as steep before half the effect as after",
}

_EXCESS = f"hill*(log(maximum({{x}}, {TINY})) - log(ec50))"
"""The Hill exponent times the logarithm of dose / ec50, written so that it exists at dose 0 with its derivatives."""


def _logistic(title: str, names: Sequence[str], shape: str, written: str) -> Entry:
    def build(_options: Values, variables: Sequence[str]) -> LibraryModel:
        (x,) = variables
        meanings = {name: _MEANINGS[name] for name in names}
        return LibraryModel(
            shape.format(excess=_EXCESS.format(x=x)),
            latex(written, x),
            meanings,
            _doses(names),
            inherent=frozenset([CONSTANT] if "bottom" in names else []),
            place=_half_effect,
        )

    return Entry(title, build, domain=DOSES)


def _half_effect(values: Mapping[str, Tensor]) -> Tensor:
    return values["ec50"]


def _doses(names: Sequence[str]) -> Candidates:
    def candidates(sample: Sample) -> Iterable[Mapping[str, Tensor]]:
        ones = sample.span / sample.span
        # Doses are mostly chosen in equal ratios: their ranks divide the range better than they do themselves.
        places = [sample.at(k / 12) for k in range(1, 12)] + powers(sample.x[-1].abs(), 0.001, 2, 8)
        # Without a bottom, only a negative steepness lets the response fall.
        signs = (1,) if "bottom" in names else (1, -1)
        hills = [ones * sign * hill for sign in signs for hill in (0.5, 1, 1.5, 2.5, 4, 8)]
        extra = {"asymmetry": ones} if "asymmetry" in names else {}
        tiny = sample.span * 1e-12
        return [{"ec50": place.clamp(min=tiny), "hill": hill} | extra for place in places for hill in hills]

    return candidates


def _hyperbola(title: str, names: Sequence[str], meanings: Sequence[str], formula: str, written: str) -> Entry:
    def build(_options: Values, variables: Sequence[str]) -> LibraryModel:
        (x,) = variables

        def candidates(sample: Sample) -> Iterable[Mapping[str, Tensor]]:
            scale = powers(sample.x[-1].abs().clamp(min=1e-300), 0.001, 10, 24)
            return [{names[1]: 1 / place if names[1] == "affinity" else place} for place in scale]

        meaning_by_name = dict(zip(names, meanings, strict=True))
        return LibraryModel(formula.format(x=x), latex(written, x), meaning_by_name, candidates)

    return Entry(title, build, domain=AMOUNTS)


ENTRIES = {
    "logistic_3": _logistic(
        "Dose-response with 3 parameters, no response without a dose",
        ("top", "ec50", "hill"),
        "top*sigmoid({excess})",
        r"\frac{<top>}{1 + (<ec50>/@)^{<hill>}}",
    ),
    "logistic_4": _logistic(
        "Dose-response with 4 parameters",
        ("bottom", "top", "ec50", "hill"),
        "bottom + (top - bottom)*sigmoid({excess})",
        r"<bottom> + \frac{<top> - <bottom>}{1 + (<ec50>/@)^{<hill>}}",
    ),
    "logistic_5": _logistic(
        "Dose-response with 5 parameters",
        ("bottom", "top", "ec50", "hill", "asymmetry"),
        # The power of a sigmoid, whose derivative is infinite where the sigmoid is 0 to rounding.
        "bottom + (top - bottom)*exp(-asymmetry*softplus(-{excess}))",
        r"<bottom> + \frac{<top> - <bottom>}{\left(1 + (<ec50>/@)^{<hill>}\right)^{<asymmetry>}}",
    ),
    "hill": _logistic(
        "Hill equation",
        ("top", "ec50", "hill"),
        "top*sigmoid({excess})",
        r"\frac{<top>\, @^{<hill>}}{<ec50>^{<hill>} + @^{<hill>}}",
    ),
    "michaelis_menten": _hyperbola(
        "Michaelis-Menten kinetics",
        ("vmax", "km"),
        ("rate at saturation", "concentration of half the rate"),
        "vmax*{x}/(km + {x})",
        r"\frac{<vmax>\, @}{<km> + @}",
    ),
    "langmuir": _hyperbola(
        "Langmuir adsorption",
        ("capacity", "affinity"),
        ("amount at saturation", "reciprocal of the concentration of half the capacity"),
        "capacity*affinity*{x}/(1 + affinity*{x})",
        r"\frac{<capacity>\, <affinity>\, @}{1 + <affinity>\, @}",
    ),
}
