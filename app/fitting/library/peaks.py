"""Peaks above a constant background."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from types import MappingProxyType

import torch
from torch import Tensor

from app.fitting.library.base import Bounds, Entry, LibraryModel, Option, Sample, latex, powers

_PEAKS = {"peaks": Option(1, 1, 5, "number of peaks")}
_MEANINGS = {
    "amplitude": "height above the background",
    "area": "area above the background",
    "center": "place of the maximum",
    "width": "standard deviation, of the Gaussian part where there are two",
    "half_width": "half width at half maximum, of the Lorentzian part where there are two",
    "fraction": "share of the Lorentzian: 0 is a Gaussian, 1 a Lorentzian",
    "offset": "background",
}


def _peak(
    title: str, names: Sequence[str], shape: str, written: str, bounds: Mapping[str, Bounds] = MappingProxyType({})
) -> Entry:
    """Return the entry of a peak whose shape is a formula in {x}, {amplitude}, {center} and so on.

    A width that counts by its square has no bound: at 0 it would stop a fit that could go on beyond as well.
    """

    def build(options: Mapping[str, int], variables: Sequence[str]) -> LibraryModel:
        (x,), peaks = variables, options["peaks"]
        numbers = [""] if peaks == 1 else [str(k) for k in range(1, peaks + 1)]
        named = [{name: f"{name}{number}" for name in names} for number in numbers]
        formula = " + ".join([*(shape.format(x=x, **own) for own in named), "offset"])
        tex = " + ".join([*(_numbered(written, own) for own in named), "<offset>"])
        meanings = {f"{name}{number}": _MEANINGS[name] for number in numbers for name in names}
        meanings["offset"] = _MEANINGS["offset"]
        numbered = {own[name]: bounds[name] for own in named for name in bounds}
        return LibraryModel(formula, latex(tex, x), meanings, partial(_candidates, named), bounds=numbered)

    return Entry(title, build, _PEAKS)


def _numbered(written: str, own: Mapping[str, str]) -> str:
    for name, numbered in own.items():
        written = written.replace(f"<{name}>", f"<{numbered}>")
    return written


def _candidates(named: Sequence[Mapping[str, str]], sample: Sample) -> Iterable[Mapping[str, Tensor]]:
    """Return every place and width of a grid for one peak; for several, at each width, the places of the strongest."""
    widths = powers(sample.span, 0.002, 0.5, 14)
    if len(named) > 1:
        return [_values(named, wide, _strongest(sample, wide, len(named))) for wide in widths]
    places = [sample.extremum(), *(sample.low + sample.span * k / 12 for k in range(13))]
    return [_values(named, wide, [place]) for wide in widths for place in places]


def _values(named: Sequence[Mapping[str, str]], wide: Tensor, places: Sequence[Tensor]) -> Mapping[str, Tensor]:
    values: dict[str, Tensor] = {}
    for own, place in zip(named, places, strict=True):
        guessed = {"center": place, "width": wide, "half_width": wide, "fraction": torch.full_like(wide, 0.5)}
        values |= {own[name]: guessed[name] for name in own if name in guessed}
    return values


def _strongest(sample: Sample, wide: Tensor, peaks: int) -> list[Tensor]:
    """Return the centers of peaks of one width, in their order; each is removed before the next highest is sought."""
    rest = sample.y - sample.y.median(dim=0).values
    centers = []
    for _ in range(peaks):
        place = rest.abs().argmax(dim=0, keepdim=True)
        center = sample.x.gather(0, place)[0]
        rest = rest - rest.gather(0, place) * torch.exp(-(((sample.x - center) / wide) ** 2) / 2)
        centers.append(center)
    return list(torch.stack(centers).sort(dim=0).values)


def _gaussian_2d(_options: Mapping[str, int], variables: Sequence[str]) -> LibraryModel:
    first, second = variables
    distance = f"(({first} - center1)**2 + ({second} - center2)**2)"
    meanings = {
        "amplitude": "height above the background",
        "center1": f"{first} of the maximum",
        "center2": f"{second} of the maximum",
        "width": "standard deviation, the same in both directions",
        "offset": "background",
    }
    written = (
        rf"<amplitude>\, \exp\left(-\frac{{({first} - <center1>)^2 + ({second} - <center2>)^2}}"
        r"{2\, <width>^2}\right) + <offset>"
    )
    formula = f"amplitude*exp(-{distance}/(2*width**2)) + offset"
    return LibraryModel(formula, latex(written), meanings, partial(_moments, first, second))


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
    "gaussian_2d": Entry("Round Gaussian peak of two predictor variables", _gaussian_2d, variables=2),
}
