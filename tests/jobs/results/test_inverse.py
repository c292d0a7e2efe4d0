"""The x of given responses by a stored fit."""

from typing import Any

import pytest
from sqlalchemy import Engine

from app.jobs.errors import CurveNotFoundError, InvalidRequestError, NoResultError
from app.jobs.results.inverse import inverse
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.schemas.inverse import InverseRequest
from tests.helpers.trained_fits import submitted, trained

X, Y = [1.0, 2.0, 3.0, 4.0, 5.0], [1.1, 1.9, 3.2, 3.8, 5.1]
LINE = {"target": {"x": X, "y": Y}, "model": "a + b * x"}


def found(engine: Engine, record: FitRecord, **request: Any) -> dict[str, Any]:
    answer = inverse(Store(engine), record, InverseRequest.model_validate(request))
    return answer | {"data": list(answer["data"])}


def first(engine: Engine, record: FitRecord, y: Any, **request: Any) -> dict[str, Any]:
    estimate: dict[str, Any] = found(engine, record, y=[y], **request)["data"][0]
    return estimate


def wrong_fields(engine: Engine, record: FitRecord, **request: Any) -> set[tuple[str | int, ...]]:
    with pytest.raises(InvalidRequestError) as caught:
        found(engine, record, **request)
    return {wrong.path for wrong in caught.value.wrong}


def test_x_of_the_model_is_found_again(engine: Engine) -> None:
    record = trained(engine, LINE)
    assert record.result is not None
    a, b = record.result.coefficients["a"], record.result.coefficients["b"]
    estimate = first(engine, record, a + 2.5 * b)
    assert estimate["x"] == pytest.approx(2.5)
    assert (estimate["extrapolated"], estimate["message"]) == (False, None)


def test_a_transformed_response_is_asked_for_in_the_unit_of_y(engine: Engine) -> None:
    target = {"x": X, "y": [2.7, 7.4, 20.0, 54.6, 148.4], "response": "log(y)"}
    record = trained(engine, {"target": target, "model": "a + b * x"})
    assert first(engine, record, 20.0)["x"] == pytest.approx(3, abs=0.01)
    assert wrong_fields(engine, record, y=[20, -1]) == {("y", 1)}


def test_several_x_are_told_and_none_is_chosen(engine: Engine) -> None:
    target = {"x": [-2, -1, 0, 1, 2], "y": [4.1, 0.9, 0.1, 1.1, 3.9]}
    record = trained(engine, {"target": target, "model": "a + b * x^2"})
    estimate = first(engine, record, 2.0)
    assert (estimate["x"], len(estimate["solutions"])) == (None, 2)
    assert "2 x have this y" in estimate["message"]
    assert first(engine, record, 2.0, range=[0, 2])["x"] == pytest.approx(estimate["solutions"][1]["x"])


def test_what_is_not_reached_is_told_with_what_is(engine: Engine) -> None:
    target = {"x": X, "y": [0.52, 0.64, 0.76, 0.79, 0.84]}
    record = trained(engine, {"target": target, "model": "x / (c + x)"})
    estimate = first(engine, record, 2.0)
    assert (estimate["x"], estimate["solutions"]) == (None, [])
    assert "the model goes from" in estimate["message"]
    assert "between 1 and 5" in estimate["message"]


def test_standard_deviations_that_differ_ask_for_that_of_the_unknown(engine: Engine) -> None:
    same = trained(engine, {"target": {"x": X, "y": Y, "sigma": [0.1] * 5}, "model": "a + b * x"})
    plain = trained(engine, LINE)
    assert first(engine, same, 3.0)["upper"] == pytest.approx(first(engine, plain, 3.0)["upper"])
    other = trained(engine, {"target": {"x": X, "y": Y, "sigma": [0.1, 0.2, 0.2, 0.2, 0.2]}, "model": "a + b * x"})
    assert wrong_fields(engine, other, y=[3]) == {("sigma",)}
    assert first(engine, other, 3.0, sigma=0.2)["upper"] > first(engine, other, 3.0, sigma=[0.1])["upper"]
    assert first(engine, other, 3.0, mean_response=True)["upper"] is not None


def test_more_replicates_make_x_more_certain(engine: Engine) -> None:
    record = trained(engine, LINE)
    one, four, same = (
        first(engine, record, y, **more) for y, more in ((3.0, {}), (3.0, {"replicates": 4}), ([3.0] * 4, {}))
    )
    assert one["stderr"] > four["stderr"]
    assert same == four
    assert first(engine, record, [1.0, 5.0], pooled=True)["stderr"] > first(engine, record, [1.0, 5.0])["stderr"]


def test_only_an_estimated_variance_can_be_pooled(engine: Engine) -> None:
    target = {"x": X, "y": Y, "sigma": [0.1] * 5, "sigma_absolute": True}
    record = trained(engine, {"target": target, "model": "a + b * x"})
    assert wrong_fields(engine, record, y=[[3, 3.1]], pooled=True) == {("pooled",)}


def test_of_several_variables_one_is_asked_for_while_the_others_are_held(engine: Engine) -> None:
    target = {"x": {"u": [0, 1, 0, 1, 2, 1], "v": [0, 0, 1, 1, 1, 2]}, "y": [1, 3.1, 4, 6, 8.1, 8.9]}
    record = trained(engine, {"target": target, "model": "a + b * u + c * v"})
    estimate = first(engine, record, 6.0, variable="u", at={"v": 1})
    assert estimate["x"] == pytest.approx(1, abs=0.1)
    assert wrong_fields(engine, record, y=[6]) == {("variable",)}
    assert wrong_fields(engine, record, y=[6], variable="w") == {("variable",)}
    assert wrong_fields(engine, record, y=[6], variable="u") == {("at",)}
    assert wrong_fields(engine, record, y=[6], variable="u", at={"u": 1, "v": 1}) == {("at", "u")}


def test_one_of_many_curves_is_asked_by_number_or_label(engine: Engine) -> None:
    target = {"x": X, "y": [Y, [2 * y for y in Y], Y], "labels": ["A", "B", "A"]}
    record = trained(engine, {"target": target, "model": "a + b * x"})
    alone = first(engine, trained(engine, LINE), 3.0)
    assert first(engine, record, 6.0, label="B") == first(engine, record, 6.0, curve=1)
    assert first(engine, record, 6.0, curve=1)["upper"] == pytest.approx(alone["upper"])
    assert wrong_fields(engine, record, y=[3], label="A") == {("label",)}
    assert wrong_fields(engine, record, y=[3]) == {("curve",)}
    with pytest.raises(CurveNotFoundError):
        found(engine, record, y=[3], label="C")


def test_fiellers_limits_of_a_curve_are_refused(engine: Engine) -> None:
    target = {"x": X, "y": [0.52, 0.64, 0.76, 0.79, 0.84]}
    record = trained(engine, {"target": target, "model": "x / (c + x)"})
    assert wrong_fields(engine, record, y=[0.7], interval="fieller") == {("interval",)}


def test_limits_by_profile_likelihood_are_fiellers_for_a_straight_line(engine: Engine) -> None:
    for more in ({}, {"sigma": [0.1, 0.2, 0.2, 0.1, 0.3]}, {"sigma": [0.3] * 5, "sigma_absolute": True}):
        record = trained(engine, {"target": {"x": X, "y": Y, **more}, "model": "a + b * x"})
        asked: dict[str, Any] = {"sigma": 0.2} if more else {"pooled": True}
        fieller = first(engine, record, [2.9, 3.3], **asked)
        answer = found(engine, record, y=[[2.9, 3.3]], interval="profile", **asked)
        assert answer["interval"] == "profile"
        for name in ("x", "stderr", "lower", "upper"):
            assert answer["data"][0][name] == pytest.approx(fieller[name], rel=1e-8), (name, more)


def test_a_curve_of_many_has_a_profile_but_not_where_curves_share(engine: Engine) -> None:
    target = {"x": X, "y": [Y, [2 * y for y in Y]]}
    record = trained(engine, {"target": target, "model": "a + b * x"})
    profile, fieller = (first(engine, record, 6.0, curve=1, interval=kind) for kind in ("profile", "fieller"))
    assert profile["upper"] == pytest.approx(fieller["upper"], rel=1e-8)
    parameters = {"b": {"start": 1, "shared": True}}
    shared = trained(engine, {"target": target, "model": "a * x + b * x^2", "parameters": parameters})
    assert wrong_fields(engine, shared, y=[6], curve=1, interval="profile") == {("interval",)}


def test_without_a_covariance_there_is_x_and_a_word(engine: Engine) -> None:
    record = trained(engine, {"target": {"x": [1, 2], "y": [1, 3]}, "model": "a + b * x"})
    answer = found(engine, record, y=[2])
    assert answer["data"][0]["x"] == pytest.approx(1.5)
    assert (answer["interval"], answer["data"][0]["stderr"]) == (None, None)
    assert "no covariance" in answer["message"]


def test_robust_fits_and_counts_have_limits_too(engine: Engine) -> None:
    robust = trained(engine, LINE | {"loss": "huber"})
    assert first(engine, robust, 3.0)["upper"] is not None
    target = {"x": X, "y": [12, 19, 33, 38, 52]}
    counts = trained(engine, {"target": target, "model": "b * x", "loss": "poisson"})
    answer = found(engine, counts, y=[30])
    assert (answer["interval"], answer["data"][0]["upper"] is None) == ("inversion", False)


def test_the_range_of_a_function_is_its_domain(engine: Engine) -> None:
    body = {"target": {"function": "x^2", "domain": [0, 2], "points": 50}, "model": "a + b * x + c * x^2"}
    answer = found(engine, trained(engine, body), y=[1])
    assert answer["range"] == [0, 2]
    assert answer["data"][0]["x"] == pytest.approx(1)


def test_a_model_that_does_not_use_x_tells_nothing_of_it(engine: Engine) -> None:
    record = trained(engine, {"target": {"x": X, "y": Y}, "model": "m"})
    assert wrong_fields(engine, record, y=[3]) == {("variable",)}


def test_a_fit_that_has_not_ended_tells_nothing(engine: Engine) -> None:
    with pytest.raises(NoResultError):
        found(engine, Store(engine).create(submitted(LINE)), y=[1])
