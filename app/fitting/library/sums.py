"""The sum of several models of the library as one model.

Parameters keep their names; only names that several parts have get that of their part before them, `gaussian_center`,
with a number where there are several of this model, `gaussian2_center`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor

from app.fitting.formulas.formula import parse, with_names_replaced
from app.fitting.library.base import LibraryError, LibraryModel, Monomial, added
from app.fitting.library.best import Candidate
from app.fitting.library.sample import Sample
from app.fitting.library.together import Member, anew, together


@dataclass(frozen=True)
class _Part:
    """A model in a sum, without the terms that another part has."""

    name: str
    """Its name in the library."""
    label: str
    """Its name among the parts."""
    model: LibraryModel
    names: Mapping[str, str]
    """Names in the sum of its parameters, and of those with which its start values are guessed."""

    def own(self, values: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return what concerns the part of values of the sum, by its own names."""
        return {own: values[name] for own, name in self.names.items() if name in values}

    def renamed(self, values: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return values of the part by their names in the sum."""
        return {name: values[own] for own, name in self.names.items() if own in values}

    def in_sum(self, formula: str) -> str:
        """Return a formula of the part with the names of the sum."""
        return with_names_replaced(formula, self.names) if formula else ""

    @property
    def latex(self) -> str:
        """Return the part in LaTeX, with the names of the sum."""
        return re.sub(r"\\mathrm\{([^}]*)\}", self._upright, self.model.latex)

    @property
    def shape_names(self) -> tuple[str, ...]:
        """Return the names in the sum of what is left without terms, in order."""
        terms = {term.parameter for term in self.model.terms}
        return tuple(self.names[own] for own in self.model.parameters if own not in terms)

    def _upright(self, name: re.Match[str]) -> str:
        own = name[1].replace(r"\_", "_")
        return r"\mathrm{" + self.names.get(own, own).replace("_", r"\_") + "}"


def sum_of(models: Sequence[tuple[str, LibraryModel]], variables: Sequence[str]) -> LibraryModel:
    """Return the sum of models, each with its name in the library, in these predictor variables.

    A constant, or the same power of a variable, is in the sum once: the model that is nothing but such terms keeps it,
    of others the first. Raises LibraryError, with the number of the part, where that leaves nothing of a part, and
    where a part can't give it up.
    """
    parts = _parts(models, variables)
    for number, part in enumerate(parts):
        for variable in variables:
            if variable in part.names.values():
                words = f"{variable} is a parameter of {part.name}: choose another name for the variable"
                raise LibraryError("name", words, number)
    rates = [(part.names[rate], origin) for part in parts for rate, origin in part.model.rates.items()]
    members = [
        Member(
            part.in_sum(part.model.guessed or part.model.shape),
            tuple(replace(term, parameter=part.names[term.parameter]) for term in part.model.terms),
            partial(_candidates, part),
        )
        for part in parts
    ]
    judged = [part for part in parts if part.model.is_sensible is not None]
    return LibraryModel(
        " + ".join(part.in_sum(part.model.formula) for part in parts),
        " + ".join(part.latex for part in parts),
        {part.names[own]: f"{part.label}: {words}" for part in parts for own, words in part.model.parameters.items()},
        partial(together, members),
        guessed=" + ".join(added(member.shape, member.terms) for member in members),
        finished=partial(_finished, parts),
        bounds={part.names[own]: bounds for part in parts for own, bounds in part.model.bounds.items()},
        rates=dict(rates),
        anew=partial(anew, members),
        of_all_points=any(part.model.of_all_points for part in parts),
        is_sensible=partial(_is_sensible, judged) if judged else None,
        canonical=partial(_canonical, parts),
    )


def _parts(models: Sequence[tuple[str, LibraryModel]], variables: Sequence[str]) -> list[_Part]:
    """Return the models as parts whose names differ."""
    kept = _without_repeated_terms(models)
    number_of = Counter(name for name, _ in models)
    counts = Counter(parameter for model in kept for parameter in model.parameters)
    seen: Counter[str] = Counter()
    parts = []
    for (name, _), model in zip(models, kept, strict=True):
        seen[name] += 1
        label = f"{name}{seen[name]}" if number_of[name] > 1 else name
        names = {own: own if counts[own] == 1 else f"{label}_{own}" for own in model.parameters}
        extra = parse(model.guessed, variables).parameters if model.guessed else ()
        only_guessed = {own: f"{label}_{own}" for own in extra if own not in names}
        parts.append(_Part(name, label, model, names | only_guessed))
    return parts


def _without_repeated_terms(models: Sequence[tuple[str, LibraryModel]]) -> list[LibraryModel]:
    """Return the models without terms that another one has. Raise LibraryError where one can't do without."""
    owners: dict[Monomial, str] = {}
    for number, (name, model) in enumerate(models):
        if not owners.keys().isdisjoint(model.inherent):
            other = owners[min(model.inherent & owners.keys())]
            words = (
                f"{other} and {name} each have a constant that can't be left out, and a sum can have only one: take a "
                "model without, such as logistic_3 for logistic_4"
            )
            raise LibraryError("name", words, number)
        owners |= dict.fromkeys(model.inherent, name)
    kept = [model for _, model in models]
    for number in sorted(range(len(models)), key=lambda k: (bool(kept[k].shape), -len(kept[k].terms))):
        name, model = models[number]
        kept[number] = model.without([term for term in model.terms if term.monomial in owners])
        if not kept[number].parameters:
            others = ", ".join(dict.fromkeys(owners[term.monomial] for term in model.terms))
            raise LibraryError("name", f"all of {name} is in {others} already: leave it out", number)
        owners |= {term.monomial: name for term in kept[number].terms}
    return kept


def _candidates(part: _Part, sample: Sample) -> Iterable[Candidate]:
    return [part.renamed(candidate) for candidate in part.model.candidates(sample)]


def _finished(parts: Sequence[_Part], values: dict[str, Tensor]) -> dict[str, Tensor]:
    for part in parts:
        values = values | part.renamed(part.model.finished(part.own(values)))
    return values


def _is_sensible(parts: Sequence[_Part], values: Mapping[str, Tensor], low: Tensor, high: Tensor) -> Tensor:
    """Tell which values are sensible for every part that tells so."""
    of_parts = [part.model.is_sensible(part.own(values), low, high) for part in parts if part.model.is_sensible]
    return torch.stack(of_parts).all(0)


def _canonical(parts: Sequence[_Part], values: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the same sum with each part as people write it, and like parts in their order."""
    for part in parts:
        values = values | part.renamed(part.model.canonical(part.own(values)))
    alike: dict[tuple[str, str], list[_Part]] = {}
    for part in parts:
        if part.model.place is not None:
            alike.setdefault((part.name, part.model.shape), []).append(part)
    for group in alike.values():
        values = values | _in_order(group, values)
    return values


def _in_order(parts: Sequence[_Part], values: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the parameters of like parts in the order of their places."""
    places = torch.stack([part.model.place(part.own(values)) for part in parts if part.model.place])
    order = places.argsort(dim=0, stable=True)
    moved: dict[str, Tensor] = {}
    for names in zip(*(part.shape_names for part in parts), strict=True):
        sorted_values = torch.stack([values[name] for name in names]).gather(0, order)
        moved |= dict(zip(names, sorted_values, strict=True))
    return moved
