"""Exponentials, powers, and growth that saturates."""

from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor

from app.fitting.library.base import TINY, Entry, LibraryModel, Term, latex, powers
from app.fitting.library.domains import AMOUNTS, KELVIN, POWERS
from app.fitting.library.options import Values
from app.fitting.library.origins import DISTANCE, RATIO, distance, ratio, written
from app.fitting.library.sample import Sample


def _exponential(sign: str) -> Entry:
    def build(options: Values, variables: Sequence[str]) -> LibraryModel:
        (x,), origin = variables, options.number("origin")
        from_origin = distance(x, origin)
        meanings = {
            "amplitude": f"height above the offset at {x} = {written(origin)}",
            "rate": f"relative {'decrease' if sign == '-' else 'increase'} per unit of {x}",
            "offset": "value that is approached",
        }
        return LibraryModel(
            f"amplitude*exp({sign}rate*{from_origin})",
            latex(rf"<amplitude>\, e^{{{sign}<rate>\, @}}", from_origin),
            meanings,
            _rates,
            (Term("offset"),),
            rates={"rate": origin},
            place=_fastest,
        )

    return Entry("Exponential decay" if sign == "-" else "Exponential growth", build, {"origin": DISTANCE})


def _fastest(values: Mapping[str, Tensor]) -> Tensor:
    return -values["rate"].abs()


def _rates(sample: Sample) -> Iterable[Mapping[str, Tensor]]:
    # Negative ones too: what is called growth may turn out to be decay.
    rates = [*powers(1 / sample.span, 0.1, 200, 24), *powers(-1 / sample.span, 0.1, 20, 8)]
    return [{"rate": rate} for rate in rates]


def _double_exponential(options: Values, variables: Sequence[str]) -> LibraryModel:
    (x,), origin = variables, options.number("origin")
    from_origin = distance(x, origin)
    meanings = {
        "amplitude1": f"height of the fast part at {x} = {written(origin)}",
        "rate1": f"relative decrease of the fast part per unit of {x}",
        "amplitude2": f"height of the slow part at {x} = {written(origin)}",
        "rate2": f"relative decrease of the slow part per unit of {x}",
        "offset": "value that is approached",
    }
    return LibraryModel(
        f"amplitude1*exp(-rate1*{from_origin}) + amplitude2*exp(-rate2*{from_origin})",
        latex(r"<amplitude1>\, e^{-<rate1>\, @} + <amplitude2>\, e^{-<rate2>\, @}", from_origin),
        meanings,
        _two_rates,
        (Term("offset"),),
        rates={"rate1": origin, "rate2": origin},
        canonical=_faster_first,
    )


def _two_rates(sample: Sample) -> Iterable[Mapping[str, Tensor]]:
    rates = powers(1 / sample.span, 0.3, 200, 12)
    return [{"rate1": rates[i], "rate2": rates[j]} for i in range(len(rates)) for j in range(i)]


def _faster_first(values: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the same sum of exponentials with the faster one first."""
    wrong = values["rate1"] < values["rate2"]
    swapped = {
        f"{name}{k}": torch.where(wrong, values[f"{name}{3 - k}"], values[f"{name}{k}"])
        for name in ("amplitude", "rate")
        for k in (1, 2)
    }
    return {**values, **swapped}


def _power_law(options: Values, variables: Sequence[str]) -> LibraryModel:
    (x,), origin = variables, options.number("origin")
    meanings = {
        "amplitude": f"value at {x} = {written(origin)}",
        "exponent": f"relative change of y per relative change of {x}",
    }
    to_origin = ratio(x, origin)
    written_out = latex(r"<amplitude>\, @^{<exponent>}", to_origin)
    return LibraryModel(f"amplitude*{to_origin}**exponent", written_out, meanings, _exponents)


def _exponents(sample: Sample) -> Iterable[Mapping[str, Tensor]]:
    ones = sample.span / sample.span
    return [{"exponent": ones * k / 4} for k in range(-20, 25)]


def _growth(title: str, shape: str, written: str) -> Entry:
    def build(_options: Values, variables: Sequence[str]) -> LibraryModel:
        (x,) = variables
        meanings = {
            "top": "value that is approached",
            "rate": f"steepness per unit of {x}",
            "midpoint": f"{x} at which growth is fastest",
        }
        return LibraryModel(f"top*{shape.format(x=x)}", latex(written, x), meanings, _rates_and_midpoints)

    return Entry(title, build)


def _rates_and_midpoints(sample: Sample) -> Iterable[Mapping[str, Tensor]]:
    rates = [*powers(1 / sample.span, 1, 100, 8), *powers(-1 / sample.span, 1, 100, 8)]
    places = [sample.low + sample.span * k / 8 for k in range(-1, 10)]
    return [{"rate": rate, "midpoint": place} for rate in rates for place in places]


def _weibull(_options: Values, variables: Sequence[str]) -> LibraryModel:
    (x,) = variables
    # The logarithm of a number that is never 0: at x = 0 the derivatives by scale and shape must exist.
    formula = f"top*(1 - exp(-exp(shape*(log(maximum({x}, {TINY})) - log(scale)))))"
    written = r"<top> \left(1 - e^{-(@/<scale>)^{<shape>}}\right)"
    meanings = {
        "top": "value that is approached",
        "shape": "steepness: 1 is an exponential approach",
        "scale": f"{x} at which 63 % are reached",
    }
    return LibraryModel(formula, latex(written, x), meanings, _shapes_and_scales)


def _shapes_and_scales(sample: Sample) -> Iterable[Mapping[str, Tensor]]:
    ones = sample.span / sample.span
    scales = powers(sample.span, 0.02, 5, 12)
    return [{"shape": ones * shape, "scale": scale} for shape in (0.5, 1, 1.5, 2, 3, 5) for scale in scales]


def _arrhenius(_options: Values, variables: Sequence[str]) -> LibraryModel:
    (x,) = variables
    meanings = {
        "amplitude": f"value at infinite {x}",
        "temperature": f"activation energy divided by the gas constant, in the unit of {x}",
    }
    written = r"<amplitude>\, e^{-<temperature>/@}"
    return LibraryModel(f"amplitude*exp(-temperature/{x})", latex(written, x), meanings, _temperatures)


def _temperatures(sample: Sample) -> Iterable[Mapping[str, Tensor]]:
    middle = sample.at(0.5).abs()
    return [{"temperature": value} for value in [*powers(middle, 0.1, 100, 30), *powers(-middle, 0.1, 100, 10)]]


ENTRIES = {
    "exponential_decay": _exponential("-"),
    "exponential_growth": _exponential(""),
    "double_exponential": Entry("Sum of two exponential decays", _double_exponential, {"origin": DISTANCE}),
    "power_law": Entry("Power law", _power_law, {"origin": RATIO}, domain=POWERS),
    "logistic_growth": _growth(
        "Logistic growth", "sigmoid(rate*({x} - midpoint))", r"\frac{<top>}{1 + e^{-<rate> (@ - <midpoint>)}}"
    ),
    "gompertz": _growth(
        "Gompertz growth",
        "exp(-exp(-rate*({x} - midpoint)))",
        r"<top>\, \exp\left(-e^{-<rate> (@ - <midpoint>)}\right)",
    ),
    "weibull": Entry("Weibull growth", _weibull, domain=AMOUNTS),
    "arrhenius": Entry("Arrhenius' law", _arrhenius, domain=KELVIN),
}
