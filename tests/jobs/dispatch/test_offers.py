"""What workers offer, and how versions are compared."""

import pickle

from app.jobs.dispatch.offers import difference, offer, versions


def test_a_worker_of_the_same_versions_does_not_differ() -> None:
    assert difference(dict(versions())) == ""


def test_each_version_that_differs_is_named_with_both() -> None:
    theirs = versions() | {"distributed": "2020.1.0"}
    del theirs["torch"]
    words = difference(theirs)
    assert f"distributed is 2020.1.0 there and {versions()['distributed']} here" in words
    assert f"torch is missing there and {versions()['torch']} here" in words


def test_an_offer_has_the_processor_and_passes_between_processes() -> None:
    offered = pickle.loads(pickle.dumps(offer()))  # noqa: S301
    assert offered.devices[0].device == "cpu"
    assert offered.versions == versions()
