"""Terms that are alike are found one after another."""

import torch
from torch import Tensor

from app.fitting.formulas.formula import parse
from app.fitting.formulas.linearity import linear_parameters, tree_of
from app.fitting.formulas.parameters import Parameters
from app.fitting.problems.data import Data
from app.fitting.problems.problem import Problem
from app.fitting.starts.like_terms import like_terms
from app.fitting.starts.pursuit import Pursuit

X = torch.linspace(0, 10, 101, dtype=torch.float64)
PLACES = (2.0, 4.5, 8.0)


def peak(place: float | Tensor) -> Tensor:
    return torch.exp(-(((X - place) / 0.5) ** 2))


def pursuit(formula: str, y: Tensor) -> Pursuit:
    parsed = parse(formula)
    parameters = Parameters(parsed.parameters)
    problem = Problem(parsed, Data({"x": X}, y), parameters, torch.ones(len(parameters.free), dtype=torch.float64))
    linear = linear_parameters(parsed)
    drawn = [name for name in parameters.free if name not in linear]
    terms = like_terms(tree_of(parsed, {}), ["x"], drawn, linear)
    return Pursuit(problem, linear, terms, torch.Generator().manual_seed(0))


PEAKS = "a1*exp(-((x - m1)/0.5)^2) + a2*exp(-((x - m2)/0.5)^2) + a3*exp(-((x - m3)/0.5)^2) + b"
Y = 3 * peak(PLACES[0]) + peak(PLACES[1]) + 2 * peak(PLACES[2]) + 5
NAMES = parse(PEAKS).parameters


def drawn_places() -> Tensor:
    """Candidates of all parameters in which each place is drawn from a grid, with NaN for one of them."""
    drawn = torch.ones(len(NAMES), 101, dtype=torch.float64)
    for name in ("m1", "m2", "m3"):
        drawn[NAMES.index(name)] = X
    drawn[NAMES.index("m2"), 3] = torch.nan
    return drawn


def places_of(start: Tensor) -> list[float]:
    return sorted(start[NAMES.index(name)].item() for name in ("m1", "m2", "m3"))


def test_each_term_is_found_where_the_others_leave_most() -> None:
    starts = pursuit(PEAKS, Y).starts(torch.ones(1, len(NAMES), dtype=torch.float64), drawn_places())
    for start in starts:
        assert all(abs(found - true) < 0.15 for found, true in zip(places_of(start), PLACES, strict=True))


def test_one_term_is_found_anew_beside_the_others() -> None:
    end = torch.ones(len(NAMES), dtype=torch.float64)
    for name, place in zip(("m1", "m2", "m3"), (2.0, 2.1, 8.0), strict=True):
        end[NAMES.index(name)] = place
    starts = pursuit(PEAKS, Y).exchanged(end, drawn_places())
    assert any(abs(places_of(start)[1] - PLACES[1]) < 0.15 for start in starts)


def test_half_of_the_starts_have_terms_of_one_sign() -> None:
    with_a_dip = 3 * peak(PLACES[0]) + peak(PLACES[1]) - 2 * peak(PLACES[2])
    starts = pursuit(PEAKS, with_a_dip).starts(torch.ones(1, len(NAMES), dtype=torch.float64), drawn_places())
    has_the_dip = [abs(places_of(start)[-1] - PLACES[2]) < 0.15 for start in starts]
    assert sum(has_the_dip) == len(starts) // 2
