"""Updates at the minimum go on as long as they get shorter."""

import torch

from app.fitting.curves import fit_curves
from app.fitting.curves.step_by_step import refined
from app.fitting.optimizers import make_optimizer
from tests.helpers.curves import plate
from tests.helpers.work import answer


def test_from_nearby_each_curve_ends_at_its_minimum() -> None:
    problem = plate(6)
    results = answer(fit_curves(problem, make_optimizer("levenberg_marquardt"), 1000, 3600))
    minimum = torch.stack([results.coefficients[name] for name in problem.parameters.free])
    found = answer(refined(problem, minimum * (1 + 1e-6)))
    assert found.full_rank.all()
    assert found.at_minimum.all()
    torch.testing.assert_close(found.parameters, minimum, rtol=1e-9, atol=1e-9)


def test_a_curve_that_is_not_determined_stays_where_it_is() -> None:
    problem = plate(2)
    flat = problem.start.clone()
    # Without a rise the place and the steepness of it mean nothing.
    names = list(problem.parameters.free)
    flat[names.index("top"), 1] = flat[names.index("bottom"), 1] = 3.0
    found = answer(refined(problem, flat))
    assert not found.full_rank[1]
    assert found.parameters[:, 1].equal(flat[:, 1])
