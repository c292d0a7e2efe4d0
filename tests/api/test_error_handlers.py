"""Every error is a small problem+json that names the field and echoes nothing."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from app.schemas.problem_details import MOST_ERRORS
from tests.helpers.running_service import RunningService

JSON = {"Content-Type": "application/json"}
COUNTS = {"x": [1, 2], "y": [1, 2]}


def problem(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    assert len(response.content) < 5000
    found: dict[str, Any] = response.json()
    assert found["status"] == status
    assert {"type", "title", "detail"} <= set(found)
    return found


def pointers(client: httpx.Client, body: Any, status: int = 422) -> set[str]:
    content = body if isinstance(body, str) else json.dumps(body)
    found = problem(client.post("/fit", content=content, headers=JSON), status)
    return {error["pointer"] for error in found["errors"]}


def test_an_unknown_address(client: httpx.Client) -> None:
    problem(client.get("/nothing"), 404)


def test_an_unknown_fit(client: httpx.Client) -> None:
    for response in (
        client.get("/fit/none"),
        client.get("/fit/none/history"),
        client.post("/fit/none/cancel"),
        client.delete("/fit/none"),
        client.get("/fit", params={"after": "none"}),
    ):
        problem(response, 404)


def test_a_method_that_an_address_does_not_have(client: httpx.Client) -> None:
    response = client.put("/fit", json={})
    problem(response, 405)
    assert response.headers["Allow"]


def test_a_body_that_is_not_declared_as_json(client: httpx.Client) -> None:
    for media_type in ("text/plain", "application/x-www-form-urlencoded", "application/xml"):
        problem(client.post("/fit", content="{}", headers={"Content-Type": media_type}), 415)
    problem(client.post("/fit", content=b"{}", headers={"Content-Type": ""}), 415)


def test_a_body_that_is_larger_than_allowed(client: httpx.Client) -> None:
    problem(client.post("/fit", content=b" " * 2_000_001, headers=JSON), 413)


def test_a_body_of_unsaid_length_that_is_larger_than_allowed(client: httpx.Client) -> None:
    chunks = (b" " * 100_000 for _ in range(30))
    problem(client.post("/fit", content=chunks, headers=JSON), 413)


@pytest.mark.parametrize(
    "body", ["{", "[", '{"model": }', "{'model': 1}", "\x00", "[" * 100_000, '{"a": ' * 50_000, "1" * 10_000]
)
def test_a_body_that_is_not_json(client: httpx.Client, body: str) -> None:
    response = client.post("/fit", content=body, headers=JSON)
    problem(response, response.status_code)
    assert response.status_code in (400, 422)


def test_a_body_that_is_not_utf8(client: httpx.Client) -> None:
    problem(client.post("/fit", content=b'{"model": "\xff"}', headers=JSON), 400)


@pytest.mark.parametrize("body", ["[]", "5", '"text"', "true"])
def test_a_body_that_is_not_an_object(client: httpx.Client, body: str) -> None:
    assert pointers(client, body) == {"#"}


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1" + "0" * 400])
def test_numbers_that_are_not_finite(client: httpx.Client, number: str) -> None:
    assert pointers(client, f'{{"hyperparameters": {{"learning_rate": {number}}}}}') == {
        "#/hyperparameters/learning_rate"
    }
    assert pointers(client, f'{{"parameters": {{"a": {number}}}}}') == {"#/parameters/a"}
    assert pointers(client, f'{{"parameters": {{"a": {{"start": {number}}}}}}}') == {"#/parameters/a/start"}
    assert pointers(client, f'{{"target": {{"x": [1, {number}], "y": [1, 2]}}}}') == {"#/target/x/1"}
    assert pointers(client, f'{{"target": {{"domain": [0, {number}]}}}}') == {"#/target/domain/1"}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"modell": "a*x"}, "#/modell"),
        ({"model": 5}, "#/model"),
        ({"model": None}, "#/model"),
        ({"target": 5}, "#/target"),
        ({"target": []}, "#/target"),
        ({"target": {"function": "sin", "x": [1], "y": [1]}}, "#/target/function"),
        ({"target": {"x": [1, 2]}}, "#/target/y"),
        ({"target": {"x": [1, 2], "y": [1]}}, "#/target/y"),
        ({"target": {"x": [], "y": [1]}}, "#/target/x"),
        ({"target": {"x": [1, "2"], "y": [1, 2]}}, "#/target/x/1"),
        ({"target": {"x": [1, None], "y": [1, 2]}}, "#/target/x/1"),
        ({"target": {"x": [1, True], "y": [1, 2]}}, "#/target/x/1"),
        ({"target": {"x": [[1, 2]], "y": [1]}}, "#/target/x/0"),
        ({"target": {"x": "1,2", "y": [1, 2]}}, "#/target/x"),
        ({"target": {"x": {"x1": [1, 2], "x2": [1]}, "y": [1, 2]}}, "#/target/x/x2"),
        ({"target": {"x": {"x1": [1, None]}, "y": [1, 2]}}, "#/target/x/x1/1"),
        ({"target": {"x": {"pi": [1, 2]}, "y": [1, 2]}}, "#/target/x/pi"),
        ({"target": {"x": {"a b": [1, 2]}, "y": [1, 2]}}, "#/target/x/a b"),
        ({"target": {"x": {}, "y": [1, 2]}}, "#/target/x"),
        ({"target": {"x": [1, 2], "y": [1, 2], "sigma": [1, 0]}}, "#/target/sigma/1"),
        ({"target": {"x": [1, 2], "y": [1, 2], "sigma": [1]}}, "#/target/sigma"),
        ({"target": {"x": [1, 2], "y": [1, 2], "weights": [1]}}, "#/target/weights"),
        ({"target": {"x": [1, 2], "y": [1, 2], "sigma": [1e-320, 1]}}, "#/target/sigma"),
        ({"target": {"x": [1, 2], "y": [1, 2], "weights": [1, -1]}}, "#/target/weights/1"),
        ({"target": {"x": [1, 2], "y": [1, 2], "weights": [1, 1], "sigma": [1, 1]}}, "#/target"),
        ({"target": {"x": [1, 2], "y": [1, 2], "sigma_absolute": True}}, "#/target"),
        ({"target": {"x": [1, 2], "y": [1, -2], "response": "log(y)"}}, "#/target/response"),
        ({"target": {"x": [1, 2], "y": [1, 2], "response": "log(x)"}}, "#/target/response"),
        ({"target": {"points": 2.5}}, "#/target/points"),
        ({"target": {"points": "10"}}, "#/target/points"),
        ({"target": {"points": 1}}, "#/target/points"),
        ({"target": {"points": 10**9}}, "#/target/points"),
        ({"target": {"points": 10**30}}, "#/target/points"),
        ({"target": {"domain": [1]}}, "#/target/domain"),
        ({"target": {"domain": [2, 1]}}, "#/target"),
        ({"target": {"domain": [-1.7e308, 1.7e308]}}, "#/target"),
        ({"target": {"function": "log(x)", "domain": [-1, 1]}}, "#/target/function"),
        ({"target": {"function": "exp(x)", "domain": [0, 100]}, "dtype": "float32"}, "#/target/function"),
        ({"target": {"function": "a*x"}}, "#/target/function"),
        ({"target": {"x": [1e300], "y": [1]}, "dtype": "float32"}, "#/target/x"),
        ({"target": {"domain": [0, 1e39]}, "dtype": "float32"}, "#/target/domain"),
        ({"target": {"function": "minimum(x, 1e39) + 1e39"}, "dtype": "float32"}, "#/target/function"),
        ({"target": {"function": "1e39/(x+10)"}, "dtype": "float32"}, "#/target/function"),
        ({"parameters": {"a": 1e39}, "dtype": "float32"}, "#/parameters"),
        ({"model": "a*gegenbauer(50, 1e50, x)"}, "#/model"),
        ({"parameters": {"a b": 1}}, "#/parameters/a b"),
        ({"parameters": {"z": 1}}, "#/parameters/z"),
        ({"parameters": {"a": "1"}}, "#/parameters/a"),
        ({"parameters": {"a": True}}, "#/parameters/a"),
        ({"parameters": {"a": {"begin": 1}}}, "#/parameters/a/begin"),
        ({"parameters": [1, 2]}, "#/parameters"),
        ({"parameters": {"a": {"lower": 2, "upper": 1}}}, "#/parameters/a"),
        ({"parameters": {"a": {"lower": 2, "start": 1}}}, "#/parameters/a"),
        ({"parameters": {"a": {"lower": 2, "tied": "b"}}}, "#/parameters/a"),
        ({"parameters": {"a": {"tied": "2 * z"}}}, "#/parameters/a/tied"),
        ({"parameters": {"a": {"tied": "2 * a"}}}, "#/parameters/a/tied"),
        ({"parameters": {"a": {"tied": "b +"}}}, "#/parameters/a/tied"),
        ({"parameters": {"a": {"tied": "c"}, "c": {"tied": "a"}}}, "#/parameters/a/tied|#/parameters/c/tied"),
        ({"parameters": {"a": {"tied": "c", "start": 1}}}, "#/parameters/a"),
        ({"parameters": {name: {"fixed": True} for name in "abcd"}}, "#/parameters"),
        ({"model": "a + b * x", "parameters": {"a": {"fixed": True}}}, "#/parameters/a/start"),
        ({"model": {"name": "gaussian"}, "parameters": {"center": {"fixed": True}}}, "#/parameters/center/start"),
        ({"target": COUNTS | {"sigma": [1, 1]}, "model": "exp(a)", "loss": "poisson"}, "#/target/sigma"),
        ({"target": COUNTS | {"response": "log(y)"}, "model": "exp(a)", "loss": "poisson"}, "#/target/response"),
        ({"target": {"x": [1, 2], "y": [[1, 2]]}, "confidence": {"profile": True}}, "#/confidence/profile"),
        ({"target": {"x": [1, 1], "y": [1, 2]}, "model": {"series": "legendre", "degree": 1}}, "#/target/x"),
        ({"target": {"x": [1, 1], "y": [1, 2]}, "model": {"series": "legendre", "degree": "auto"}}, "#/target/x"),
        ({"model": {"series": "legendre", "degree": 1, "domain": [0, 5e-324]}}, "#/model/domain"),
        ({"hyperparameters": {"optimizer": "magic"}}, "#/hyperparameters"),
        ({"hyperparameters": {"optimizer": ["adam"]}}, "#/hyperparameters"),
        ({"hyperparameters": 5}, "#/hyperparameters"),
        ({"hyperparameters": {"steps": 0}}, "#/hyperparameters/steps"),
        ({"hyperparameters": {"steps": 10**12}}, "#/hyperparameters/steps"),
        ({"hyperparameters": {"steps": 10**40}}, "#/hyperparameters/steps"),
        ({"hyperparameters": {"learning_rate": -1}}, "#/hyperparameters/learning_rate"),
        ({"hyperparameters": {"momentum": 1}}, "#/hyperparameters/momentum"),
        (
            {"hyperparameters": {"optimizer": "levenberg_marquardt", "learning_rate": 1}},
            "#/hyperparameters/learning_rate",
        ),
        ({"hyperparameters": {"optimizer": "auto", "learning_rate": 1}}, "#/hyperparameters/learning_rate"),
        ({"hyperparameters": {"optimizer": "adam", "momentum": 0.5}}, "#/hyperparameters/momentum"),
        ({"device": "tpu"}, "#/device"),
        ({"device": 0}, "#/device"),
        ({"dtype": "float16"}, "#/dtype"),
        ({"metadata": {"a": 1}}, "#/metadata/a"),
        ({"metadata": {"": "x"}}, "#/metadata/"),
        ({"metadata": {str(i): "x" for i in range(17)}}, "#/metadata"),
        ({"model": "2 + 3"}, "#/model"),
        ({"model": "sin(x)"}, "#/model"),
        ({"model": "a*t + b"}, "#/model"),
        ({"model": "e*x^4 + a"}, "#/model"),
        ({"model": ""}, "#/model"),
    ],
)
def test_the_field_is_named(client: httpx.Client, body: dict, pointer: str) -> None:
    assert pointers(client, body) == set(pointer.split("|"))


@pytest.mark.parametrize(
    "formula",
    [
        "__import__('os').system('true')",
        "x.__class__",
        "(lambda: a)()",
        "[a for a in x]",
        'f"{a}"',
        "a if x else b",
        "exec(a)",
        "(a := 1)",
        "a" * 100_000,
        "(" * 2000,
        "-" * 1999 + "a",
        "a" + "**a" * 600,
        "a*9**9**9**9",
        "legendre(10**9, a*x)",
        "legendre(99999999999999999999, a*x)",
        "a*x # comment",
        "a;x",
        "a\x00x",
        "a*\N{MULTIPLICATION SIGN}",
        "sin(" * 500 + "a" + ")" * 500,
    ],
)
def test_hostile_formulas(client: httpx.Client, formula: str) -> None:
    assert pointers(client, {"model": formula}) == {"#/model"}
    assert pointers(client, {"target": {"function": formula}}) == {"#/target/function"}


@pytest.mark.parametrize(("name", "value"), [("e", "2.71828"), ("pi", "3.14159")])
def test_a_parameter_that_is_a_constant_in_formulas_is_told_so(client: httpx.Client, name: str, value: str) -> None:
    found = problem(client.post("/fit", json={"model": f"a * exp(-{name} * x)", "parameters": {name: 1}}), 422)
    (error,) = found["errors"]
    assert error["pointer"] == f"#/parameters/{name}"
    assert f"the constant {value}" in error["detail"]


def test_a_fixed_parameter_of_the_tutorial_stays_at_its_start(client: httpx.Client) -> None:
    fit = client.post("/fit", json={"parameters": {"b": {"fixed": True}}, "hyperparameters": {"steps": 1}}).json()
    assert fit["parameters"]["b"]["start"] == -1


def test_a_formula_error_tells_the_position(client: httpx.Client) -> None:
    found = problem(client.post("/fit", json={"model": "a + bb * foo(x)"}), 422)
    assert "character 10" in found["errors"][0]["detail"]


def test_a_large_bad_array_gets_a_small_answer(client: httpx.Client) -> None:
    body = {"target": {"x": ["bad"] * 10_000, "y": [None] * 10_000}}
    assert pointers(client, body) == {"#/target/x/0", "#/target/y/0"}


def test_many_unknown_fields_get_a_small_answer(client: httpx.Client) -> None:
    assert len(pointers(client, {f"field {'x' * 500} {i}": 1 for i in range(1000)})) <= MOST_ERRORS


def test_nothing_that_was_sent_is_echoed(client: httpx.Client) -> None:
    text = "private text"
    for body in ({"dtype": text}, {"device": text}, {"hyperparameters": {"optimizer": text}}, {"target": text}):
        assert "private" not in client.post("/fit", json=body).text


def test_a_device_that_is_not_there_lists_those_that_are(client: httpx.Client) -> None:
    found = problem(client.post("/fit", json={"device": "cuda:7"}), 422)
    assert "cpu" in found["errors"][0]["detail"]


def test_bad_query_parameters_are_named(client: httpx.Client) -> None:
    for address, name in [
        ("/fit?limit=0", "limit"),
        ("/fit?limit=many", "limit"),
        ("/fit?status=done", "status"),
        ("/fit?state=failed", "state"),
        ("/fit/none/history?max_points=1", "max_points"),
        ("/fit/none/history?format=xml", "format"),
    ]:
        assert problem(client.get(address), 422)["errors"][0]["parameter"] == name


def test_names_that_are_no_text_are_not_repeated(client: httpx.Client) -> None:
    problem(client.post("/fit", content=r'{"parameters": {"p\ud800": 1}}', headers=JSON), 400)


def test_many_wrong_parameters_get_a_small_answer(client: httpx.Client) -> None:
    names = [f"n{i:02}" + "x" * 46 for i in range(36)]
    body = {"model": " + ".join(names), "parameters": {f"m{i}" + "\N{GRINNING FACE}" * 40: 1 for i in range(99)}}
    assert len(pointers(client, body)) == 10
    body["parameters"] = {f"m{i:02}" + "y" * 46: 1 for i in range(99)}
    assert len(pointers(client, body)) == 10


def test_a_body_of_more_fields_than_any_fit_needs_is_refused_before_it_is_judged(client: httpx.Client) -> None:
    for body in ("{" + ",".join(f'"{i}": 0' for i in range(20_000)) + "}", "[" + "[]," * 20_000 + "0]"):
        problem(client.post("/fit", content=body, headers=JSON), 400)


def test_a_body_of_more_numbers_than_points_are_allowed(client: httpx.Client) -> None:
    body = '{"target": {"x": [' + "0," * 300_000 + '0], "y": [0]}}'
    found = problem(client.post("/fit", content=body, headers=JSON), 413)
    assert "100000 points" in found["detail"]


def test_a_list_filtered_by_more_labels_than_a_fit_can_have(client: httpx.Client) -> None:
    problem(client.get("/fit", params={f"metadata[k{i}]": "v" for i in range(1000)}), 422)


@pytest.fixture(scope="module")
def ended(service: RunningService) -> str:
    """Id of a fit of a function that has ended."""
    return str(service.fitted({"hyperparameters": {"steps": 5}})["id"])


@pytest.fixture
def running(service: RunningService) -> Iterator[str]:
    """Id of a fit that does not end by itself."""
    fit_id = service.post({"hyperparameters": {"steps": 10_000_000, "learning_rate": 1e-9}})["id"]
    yield fit_id
    service.client.post(f"/fit/{fit_id}/cancel")
    service.ended(fit_id)


def type_of(response: httpx.Response) -> str:
    return str(problem(response, response.status_code)["type"])


def test_the_type_says_what_is_wrong_with_the_request_itself(client: httpx.Client) -> None:
    assert type_of(client.post("/fit", content="{", headers=JSON)) == "/problems/malformed-body"
    assert type_of(client.get("/nothing")) == "/problems/address-not-found"
    assert type_of(client.put("/fit", json={})) == "/problems/method-not-allowed"
    assert type_of(client.post("/fit", content=b" " * 2_000_001, headers=JSON)) == "/problems/body-too-large"
    assert type_of(client.post("/fit", content="{}")) == "/problems/unsupported-media-type"
    assert type_of(client.post("/fit", json={"dtype": 5})) == "/problems/invalid-fields"
    assert type_of(client.post("/fit", json={"device": "cuda:7"})) == "/problems/invalid-request"
    assert type_of(client.post("/fit", files={"data": ("data.csv", b"x,y")})) == "/problems/invalid-upload"


def test_the_type_says_what_is_not_there(client: httpx.Client, ended: str) -> None:
    assert type_of(client.get("/fit/none")) == "/problems/fit-not-found"
    assert type_of(client.get(f"/fit/{ended}/history?curve=0")) == "/problems/curve-not-found"
    assert type_of(client.get("/models/none")) == "/problems/model-not-found"
    assert type_of(client.get(f"/fit/{ended}/data")) == "/problems/no-measured-data"


def test_the_type_says_what_the_fit_has_not_come_to(client: httpx.Client, ended: str, running: str) -> None:
    assert type_of(client.get(f"/fit/{running}/export")) == "/problems/no-result"
    assert type_of(client.delete(f"/fit/{running}")) == "/problems/fit-not-ended"
    assert type_of(client.post(f"/fit/{ended}/cancel")) == "/problems/fit-ended"


def test_the_type_says_which_rule_is_broken(client: httpx.Client) -> None:
    key = {"Idempotency-Key": "types of problems"}
    assert client.post("/fit", json={"hyperparameters": {"steps": 5}}, headers=key).status_code == 202
    conflict = client.post("/fit", json={"hyperparameters": {"steps": 6}}, headers=key)
    assert (conflict.status_code, type_of(conflict)) == (422, "/problems/idempotency-conflict")
    labels = {f"metadata[k{i}]": "v" for i in range(1000)}
    assert type_of(client.get("/fit", params=labels)) == "/problems/too-many-labels"


def test_formulas_are_read_by_many_threads_at_once(client: httpx.Client) -> None:
    def post(number: int) -> int:
        model = " + ".join(f"a * lgamma(x + {number} + {i})" for i in range(60))
        body = {"model": model, "target": {"points": 2}, "hyperparameters": {"steps": 1}}
        return client.post("/fit", json=body).status_code

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(post, range(60))) == {202}


def test_the_service_is_well_after_all_that(client: httpx.Client) -> None:
    assert client.get("/readyz").status_code == 200
