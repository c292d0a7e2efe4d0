"""The types of requests and answers are those that the service promises."""

from tests.helpers.client_schemas import COMMITTED, written


def test_the_types_are_made_of_what_the_service_promises() -> None:
    assert COMMITTED.read_text() == written(), "python -m tests.helpers.client_schemas writes them anew"
