"""Peaks above a background."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import torch
from torch import Tensor

from app.fitting.library.base import Bounds, Entry, LibraryModel, Term, latex, powers
from app.fitting.library.options import Choice, Option, Values, Whole
from app.fitting.library.sample import Sample

_BACKGROUND = Choice("constant", ("none", "constant", "linear"), "what the peaks stand on")
_PEAKS: Mapping[str, Option] = {"peaks": Whole(1, 1, 5, "number of peaks"), "background": _BACKGROUND}
_MEANINGS = {
    "amplitude": "height above the background",
    "area": "area above the background",
    "center": "place of the maximum",
    "width": "standard deviation, of the Gaussian part where there are two",
    "half_width": "half width at half maximum, of the Lorentzian part where there are two",
    "fraction": "share of the Lorentzian: 0 is a Gaussian, 1 a Lorentzian",
}


@dataclass(frozen=True)
class _Background:
    """What peaks stand on: its terms, and the meanings of its parameters."""

    terms: tuple[Term, ...]
    meanings: Mapping[str, str]

    @classmethod
    def of(cls, kind: str, variables: Sequence[str]) -> "_Background":
        """Return the background of a kind."""
        if kind == "none":
            return cls((), {})
        if kind == "constant":
            return cls((Term("offset"),), {"offset": "background"})
        slopes = {f"slope_{x}" if len(variables) > 1 else "slope": x for x in variables}
        at_0 = " = ".join([*variables, "0"])
        return cls(
            (Term("offset"), *(Term(slope, x, 1) for slope, x in slopes.items())),
            {
                "offset": f"background at {at_0}",
                **{slope: f"change of the background per unit of {x}" for slope, x in slopes.items()},
            },
        )


def _peak(
    title: str, names: Sequence[str], shape: str, written: str, bounds: Mapping[str, Bounds] = MappingProxyType({})
) -> Entry:
    """Return the entry of a peak whose shape is a formula in {x}, {amplitude}, {center} and so on.

    A width that counts by its square has no bound: at 0 it would stop a fit that could go on beyond as well.
    """

    def build(options: Values, variables: Sequence[str]) -> LibraryModel:
        (x,), peaks = variables, options.whole("peaks")
        background = _Background.of(options.word("background"), variables)
        numbers = [""] if peaks == 1 else [str(k) for k in range(1, peaks + 1)]
        named = [{name: f"{name}{number}" for name in names} for number in numbers]
        formula = " + ".join(shape.format(x=x, **own) for own in named)
        tex = " + ".join(_numbered(written, own) for own in named)
        meanings = {f"{name}{number}": _MEANINGS[name] for number in numbers for name in names}
        meanings |= background.meanings
        numbered = {own[name]: bounds[name] for own in named for name in bounds}
        return LibraryModel(
            formula,
            latex(tex, x),
            meanings,
            partial(_candidates, named),
            background.terms,
            bounds=numbered,
            canonical=partial(_in_order, named),
            is_sensible=partial(_is_sensible, named),
            place=partial(_first_center, named[0]["center"]),
        )

    return Entry(title, build, _PEAKS)


def _first_center(center: str, values: Mapping[str, Tensor]) -> Tensor:
    return values[center]


def _is_sensible(named: Sequence[Mapping[str, str]], values: Mapping[str, Tensor], low: Tensor, high: Tensor) -> Tensor:
    """Tell which peaks all stand on one side of the background, within the data, no wider than these."""
    heights = torch.stack([values[own.get("amplitude") or own["area"]] for own in named])
    centers = torch.stack([values[own["center"]] for own in named])
    widths = torch.stack([values[own[name]] for own in named for name in ("width", "half_width") if name in own]).abs()
    same_side = (heights > 0).all(0) | (heights < 0).all(0)
    within = ((centers >= low) & (centers <= high)).all(0)
    sensible: Tensor = same_side & within & (widths <= high - low).all(0)
    return sensible


def _in_order(named: Sequence[Mapping[str, str]], values: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the same peaks in the order of their places, with positive widths."""
    order = torch.stack([values[own["center"]] for own in named]).argsort(dim=0, stable=True)
    moved = dict(values)
    for name in named[0]:
        of_all = torch.stack([values[own[name]] for own in named])
        sorted_values = (of_all.abs() if name in ("width", "half_width") else of_all).gather(0, order)
        moved |= {own[name]: value for own, value in zip(named, sorted_values, strict=True)}
    return moved


def _numbered(written: str, own: Mapping[str, str]) -> str:
    for name, numbered in own.items():
        written = written.replace(f"<{name}>", f"<{numbered}>")
    return written


def _candidates(named: Sequence[Mapping[str, str]], sample: Sample) -> Iterable[Mapping[str, Tensor]]:
    """Return every place and width of a grid for one peak; for several, at each width, the places of the strongest."""
    widths = powers(sample.span, 0.002, 0.5, 14)
    if len(named) > 1:
        # Of broad peaks that fill the range, the median is no background.
        bases = (sample.y.median(dim=0).values, sample.y.amin(0), sample.y.amax(0))
        return [_values(named, wide, _strongest(sample, base, wide, len(named))) for wide in widths for base in bases]
    places = [sample.extremum(), *(sample.low + sample.span * k / 12 for k in range(13))]
    return [_values(named, wide, [place]) for wide in widths for place in places]


def _values(named: Sequence[Mapping[str, str]], wide: Tensor, places: Sequence[Tensor]) -> Mapping[str, Tensor]:
    values: dict[str, Tensor] = {}
    for own, place in zip(named, places, strict=True):
        guessed = {"center": place, "width": wide, "half_width": wide, "fraction": torch.full_like(wide, 0.5)}
        values |= {own[name]: guessed[name] for name in own if name in guessed}
    return values


def _strongest(sample: Sample, base: Tensor, wide: Tensor, peaks: int) -> list[Tensor]:
    """Return the centers of peaks of one width above, or below, `base` (curves,), in their order.

    Each is removed before the next highest is sought.
    """
    rest = sample.y - base
    centers = []
    for _ in range(peaks):
        place = rest.abs().argmax(dim=0, keepdim=True)
        center = sample.x.gather(0, place)[0]
        rest = rest - rest.gather(0, place) * torch.exp(-(((sample.x - center) / wide) ** 2) / 2)
        centers.append(center)
    return list(torch.stack(centers).sort(dim=0).values)


def _gaussian_2d(options: Values, variables: Sequence[str]) -> LibraryModel:
    first, second = variables
    background = _Background.of(options.word("background"), variables)
    distance = f"(({first} - center1)**2 + ({second} - center2)**2)"
    meanings = {
        "amplitude": "height above the background",
        "center1": f"{first} of the maximum",
        "center2": f"{second} of the maximum",
        "width": "standard deviation, the same in both directions",
        **background.meanings,
    }
    written = (
        rf"<amplitude>\, \exp\left(-\frac{{({first} - <center1>)^2 + ({second} - <center2>)^2}}"
        r"{2\, <width>^2}\right)"
    )
    return LibraryModel(
        f"amplitude*exp(-{distance}/(2*width**2))",
        latex(written),
        meanings,
        partial(_moments, first, second),
        background.terms,
        canonical=_positive_width,
        place=partial(_first_center, "center1"),
    )


def _positive_width(values: dict[str, Tensor]) -> dict[str, Tensor]:
    return {**values, "width": values["width"].abs()}


def _moments(first: str, second: str, sample: Sample) -> Iterable[Mapping[str, Tensor]]:
    """Return the center of what lies above, or below, most points, with widths about its spread."""
    candidates = []
    for sign in (1.0, -1.0):
        height = (sign * (sample.y - sample.y.median(dim=0).values)).clamp(min=0)
        weight = height / height.sum(0).clamp(min=torch.finfo(height.dtype).tiny)
        x1, x2 = sample.variables[first], sample.variables[second]
        center1, center2 = (weight * x1).sum(0), (weight * x2).sum(0)
        spread = ((weight * ((x1 - center1) ** 2 + (x2 - center2) ** 2)).sum(0) / 2).sqrt()
        spread = torch.where(spread > 0, spread, sample.span)
        candidates += [
            {"center1": center1, "center2": center2, "width": width} for width in powers(spread, 0.3, 2.0, 6)
        ]
    return candidates


ENTRIES = {
    "gaussian": _peak(
        "Gaussian peak",
        ("amplitude", "center", "width"),
        "{amplitude}*exp(-({x} - {center})**2/(2*{width}**2))",
        r"<amplitude>\, \exp\left(-\frac{(@ - <center>)^2}{2\, <width>^2}\right)",
    ),
    "lorentzian": _peak(
        "Lorentzian peak",
        ("amplitude", "center", "half_width"),
        "{amplitude}*{half_width}**2/(({x} - {center})**2 + {half_width}**2)",
        r"<amplitude>\, \frac{<half_width>^2}{(@ - <center>)^2 + <half_width>^2}",
    ),
    "voigt": _peak(
        "Voigt peak",
        ("area", "center", "width", "half_width"),
        "{area}*voigt({x} - {center}, {width}, {half_width})",
        r"<area>\, V(@ - <center>; <width>, <half_width>)",
        {"half_width": (0.0, None)},
    ),
    "pseudo_voigt": _peak(
        "Pseudo-Voigt peak",
        ("amplitude", "center", "half_width", "fraction"),
        "{amplitude}*({fraction}*{half_width}**2/(({x} - {center})**2 + {half_width}**2)"
        " + (1 - {fraction})*exp(-log(2)*(({x} - {center})/{half_width})**2))",
        r"<amplitude> \left(<fraction> \frac{<half_width>^2}{(@ - <center>)^2 + <half_width>^2}"
        r" + (1 - <fraction>)\, 2^{-((@ - <center>)/<half_width>)^2}\right)",
        {"fraction": (0.0, 1.0)},
    ),
    "gaussian_2d": Entry(
        "Round Gaussian peak of two predictor variables", _gaussian_2d, {"background": _BACKGROUND}, variables=2
    ),
}
