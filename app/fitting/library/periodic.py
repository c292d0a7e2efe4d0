"""Oscillations."""

from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor

from app.fitting.library.base import ORIGIN, Entry, LibraryModel, Sample, from_origin, latex, powers

_MOST_FREQUENCIES = 400


def _sinusoid(_options: Mapping[str, int], variables: Sequence[str]) -> LibraryModel:
    (x,) = variables
    wave, linear = f"2*pi*frequency*{x}", "sine*sin({0}) + cosine*cos({0}) + offset"
    return LibraryModel(
        f"amplitude*sin({wave} + phase) + offset",
        latex(r"<amplitude>\, \sin(2\pi\, <frequency>\, @ + <phase>) + <offset>", x),
        {
            "amplitude": "height above the offset",
            "frequency": f"oscillations per unit of {x}",
            "phase": "phase at 0, in radians",
            "offset": "value about which it oscillates",
        },
        _frequencies,
        linear.format(wave),
        _with_phase,
    )


def _damped_oscillation(options: Mapping[str, int], variables: Sequence[str]) -> LibraryModel:
    (x,), origin = variables, options["origin"]
    distance = from_origin(x, origin)
    wave, decay = f"2*pi*frequency*{distance}", f"exp(-decay*{distance})"
    return LibraryModel(
        f"amplitude*{decay}*sin({wave} + phase) + offset",
        latex(r"<amplitude>\, e^{-<decay>\, @} \sin(2\pi\, <frequency>\, @ + <phase>) + <offset>", distance),
        {
            "amplitude": f"height above the offset at {x} = {origin}",
            "decay": f"relative decrease of the amplitude per unit of {x}",
            "frequency": f"oscillations per unit of {x}",
            "phase": f"phase at {x} = {origin}, in radians",
            "offset": "value about which it oscillates",
        },
        _frequencies_and_decays,
        f"{decay}*(sine*sin({wave}) + cosine*cos({wave})) + offset",
        _with_phase,
        rates=("decay", "frequency"),
        origin=origin,
    )


def _frequencies(sample: Sample) -> Iterable[Mapping[str, Tensor]]:
    """Return frequencies from a fourth of an oscillation in the range of x to one oscillation in two points.

    They are so close that four fall into the width of a spectral line.
    """
    count = min(_MOST_FREQUENCIES, 2 * len(sample.x))
    return [{"frequency": k / 4 / sample.span} for k in range(1, count + 1)]


def _frequencies_and_decays(sample: Sample) -> Iterable[Mapping[str, Tensor]]:
    decays = powers(1 / sample.span, 0.3, 20, 5)
    return [{**wave, "decay": decay} for wave in _frequencies(sample) for decay in decays]


def _with_phase(values: dict[str, Tensor]) -> dict[str, Tensor]:
    amplitude = torch.hypot(values["sine"], values["cosine"])
    return {**values, "amplitude": amplitude, "phase": torch.atan2(values["cosine"], values["sine"])}


ENTRIES = {
    "sinusoid": Entry("Sinusoid", _sinusoid),
    "damped_oscillation": Entry("Damped oscillation", _damped_oscillation, ORIGIN),
}
