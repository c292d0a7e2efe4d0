"""Names that callers have and give."""

import re

_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}", re.IGNORECASE)


def check_name(whose: str, name: str) -> None:
    """Raise ValueError for a name that what is called `whose`, such as a caller, can't have."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"a {whose}'s name has 1 to 64 letters, digits and . _ @ -, and begins with one of the first")
