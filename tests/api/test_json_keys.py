"""Keys that come twice are found, whatever stands around them."""

import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.json_keys import twice_in

documents: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text('a[]1,."\\{}'),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('a[]1,"\\{}', max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(documents)
def test_what_a_writer_of_json_writes_has_no_key_twice(document: Any) -> None:
    assert twice_in(json.dumps(document).encode()) is None


@given(documents, documents, st.text('a[]1,"\\{}', max_size=4))
def test_a_key_that_comes_twice_is_found_at_any_depth(first: Any, second: Any, key: str) -> None:
    text = json.dumps(key)
    inner = f'{{{text}: {json.dumps(first)}, "other": 0, {text}: {json.dumps(second)}}}'
    assert twice_in(f'{{"outer": [{inner}, [1, 2]]}}'.encode()) is not None


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b'{"a": }', b"[" * 100_000])
def test_what_is_no_json_has_none(text: bytes) -> None:
    assert twice_in(text) is None


def test_the_same_key_in_another_spelling_is_found() -> None:
    assert twice_in(b'{"metadata": {"[1]": "a", "\\u005b1]": "b"}}') == "[1]"


@pytest.mark.parametrize("body", ['{"seed": 1, "seed": 2}', '{"target": {"x": [1], "y": [1], "x": [2]}}'])
def test_a_body_with_a_key_twice_is_refused(client: httpx.Client, body: str) -> None:
    response = client.post("/fit", content=body, headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["type"]) == (400, "/problems/malformed-body")
    assert "comes twice" in response.json()["detail"]
