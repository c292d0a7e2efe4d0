"""Oscillations."""

import math
from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor

from app.fitting.library.base import Entry, LibraryModel, Term, latex, powers
from app.fitting.library.options import Values
from app.fitting.library.origins import DISTANCE, distance, written
from app.fitting.library.sample import Sample
from app.fitting.numerics.periodogram import strongest_frequencies

_STRONGEST = 6
"""Frequencies of the highest peaks of the periodogram that are tried."""
_SLOW = 8
"""Frequencies of up to two oscillations in the range that are tried: a periodogram does not tell them apart."""


def _sinusoid(options: Values, variables: Sequence[str]) -> LibraryModel:
    (x,), origin = variables, options.number("origin")
    wave, linear = f"2*pi*frequency*{distance(x, origin)}", "sine*sin({0}) + cosine*cos({0})"
    return LibraryModel(
        f"amplitude*sin({wave} + phase)",
        latex(r"<amplitude>\, \sin(2\pi\, <frequency>\, @ + <phase>)", distance(x, origin)),
        {
            "amplitude": "height above the offset",
            "frequency": f"oscillations per unit of {x}",
            "phase": f"phase at {x} = {written(origin)}, in radians",
            "offset": "value about which it oscillates",
        },
        _frequencies,
        (Term("offset"),),
        guessed=linear.format(wave),
        finished=_with_phase,
        of_all_points=True,
        canonical=_forwards,
        place=_slowest,
    )


def _damped_oscillation(options: Values, variables: Sequence[str]) -> LibraryModel:
    (x,), origin = variables, options.number("origin")
    from_origin = distance(x, origin)
    wave, decay = f"2*pi*frequency*{from_origin}", f"exp(-decay*{from_origin})"
    return LibraryModel(
        f"amplitude*{decay}*sin({wave} + phase)",
        latex(r"<amplitude>\, e^{-<decay>\, @} \sin(2\pi\, <frequency>\, @ + <phase>)", from_origin),
        {
            "amplitude": f"height above the offset at {x} = {written(origin)}",
            "decay": f"relative decrease of the amplitude per unit of {x}",
            "frequency": f"oscillations per unit of {x}",
            "phase": f"phase at {x} = {written(origin)}, in radians",
            "offset": "value about which it oscillates",
        },
        _frequencies_and_decays,
        (Term("offset"),),
        guessed=f"{decay}*(sine*sin({wave}) + cosine*cos({wave}))",
        finished=_with_phase,
        rates={"decay": origin, "frequency": origin},
        of_all_points=True,
        canonical=_forwards,
        place=_slowest,
    )


def _frequencies(sample: Sample) -> Iterable[Mapping[str, Tensor]]:
    """Return the frequencies that stand out among all that the points can tell, and slow ones."""
    every = sample.whole or sample
    strongest = strongest_frequencies(every.x, every.y, _STRONGEST)
    slow = [k / 4 / sample.span for k in range(1, _SLOW + 1)]
    return [{"frequency": frequency} for frequency in (*slow, *torch.where(strongest > 0, strongest, slow[0]))]


def _frequencies_and_decays(sample: Sample) -> Iterable[Mapping[str, Tensor]]:
    decays = powers(1 / sample.span, 0.3, 20, 5)
    return [{**wave, "decay": decay} for wave in _frequencies(sample) for decay in decays]


def _slowest(values: Mapping[str, Tensor]) -> Tensor:
    return values["frequency"].abs()


def _with_phase(values: dict[str, Tensor]) -> dict[str, Tensor]:
    amplitude = torch.hypot(values["sine"], values["cosine"])
    return {**values, "amplitude": amplitude, "phase": torch.atan2(values["cosine"], values["sine"])}


def _forwards(values: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the same oscillation with a positive amplitude and frequency, its phase from -pi to pi."""
    amplitude, frequency, phase = (values[name] for name in ("amplitude", "frequency", "phase"))
    # sin(-u + p) is -sin(u - p).
    backwards = frequency < 0
    amplitude = torch.where(backwards, -amplitude, amplitude)
    phase = torch.where(backwards, -phase, phase)
    phase = torch.where(amplitude < 0, phase + math.pi, phase)
    turns = 2 * math.pi * (phase / (2 * math.pi)).round()
    return {**values, "amplitude": amplitude.abs(), "frequency": frequency.abs(), "phase": phase - turns}


ENTRIES = {
    "sinusoid": Entry("Sinusoid", _sinusoid, {"origin": DISTANCE}),
    "damped_oscillation": Entry("Damped oscillation", _damped_oscillation, {"origin": DISTANCE}),
}
