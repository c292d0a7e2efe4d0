"""The progress of many curves: the same for all cuts, and kept as bytes."""

from array import array
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from app.jobs.fit.curve_progress import CurveProgress, PartSummary, with_all_parts
from app.jobs.fit.result import CurveCounts, Execution, StartSearch, StoredResult, Timings

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)
SUMS = st.lists(st.lists(NUMBERS, min_size=1, max_size=5), min_size=1, max_size=6)


def progress_of(sums: list[list[float]]) -> CurveProgress:
    return CurveProgress(Counter(converged=len(sums)), tuple(array("d", of_block) for of_block in sums))


@given(SUMS, st.data())
def test_the_losses_have_the_same_bits_whatever_the_cut(sums: list[list[float]], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(sums)))
    whole = progress_of(sums)
    parts = progress_of(sums[:cut]).with_others(progress_of(sums[cut:]))
    assert parts == whole
    assert parts.losses == whole.losses
    if cut:
        assert progress_of(sums[:cut]).in_one_block.with_others(progress_of(sums[cut:])).losses == whole.losses


def test_a_curve_that_has_ended_keeps_its_last_loss() -> None:
    assert progress_of([[4.0, 1.0], [8.0, 6.0, 5.0]]).losses == [12.0, 7.0, 6.0]


@given(SUMS)
def test_progress_is_read_as_it_was_written(sums: list[list[float]]) -> None:
    progress = progress_of(sums)
    assert CurveProgress.from_bytes(progress.to_bytes()) == progress
    assert CurveProgress.from_checkpoint(progress.to_checkpoint()).losses == progress.losses


def test_a_summary_is_read_as_it_was_written() -> None:
    summary = PartSummary(3, 1, 17, 0.5, 2.5, Execution(machines=["one"]), StartSearch(["a"], 1, 2, 3, 4))
    assert PartSummary.from_json(summary.to_json()) == summary
    assert PartSummary.from_json(PartSummary().to_json()) == PartSummary()


def test_the_result_of_a_fit_is_that_of_all_its_parts() -> None:
    first = PartSummary(3, 1, 17, 0.5, 2.0, Execution(True, 10, None, ["one"]), StartSearch(["a"], 1, 2, 3, 4))
    second = PartSummary(4, 0, 12, 0.25, 1.0, Execution(False, 5, "why", ["one", "other"]), None)
    of_one = StoredResult({}, None, 0.25, 12, "a * x", Timings(1.0, 0.0, 1.0), curves=CurveCounts(4, 4, 0))
    whole = with_all_parts(of_one, [first, second], 10)
    assert whole.curves == CurveCounts(10, 7, 1)
    assert (whole.final_loss, whole.steps) == (0.75, 17)
    assert whole.timings == Timings(1.0, 0.0, 3.0)
    assert whole.execution == Execution(True, 15, "why", ["one", "other"])
    assert whole.search == first.search
