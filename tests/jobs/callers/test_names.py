"""Names of callers and of what is theirs."""

import pytest

from app.jobs.callers.names import check_name


@pytest.mark.parametrize("name", ["a", "ann", "ann.b_c@lab-7", "7", "A" * 64])
def test_a_name_is_a_short_word(name: str) -> None:
    check_name("caller", name)


@pytest.mark.parametrize("name", ["", "two words", "-a", "a\n", "a/b", "\u00e4", "A" * 65])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="a webhook's name has 1 to 64 letters"):
        check_name("webhook", name)
