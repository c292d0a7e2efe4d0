"""What is told of a file that can't be read, or can be read in two ways."""


class DataFileError(ValueError):
    """The file can't be read; the message is for the client."""

    def __init__(self, words: str, column: str | None = None, setting: str | None = None) -> None:
        super().__init__(words)
        self.column = column
        """Name of the column that is to blame, if there is one."""
        self.setting = setting
        """Field of `target.reading` that would settle it, if there is one."""


_LONGEST = 40


def shown(text: str) -> str:
    """Return a cell's text for a message, cut."""
    return repr(text if len(text) <= _LONGEST else text[:_LONGEST] + "...")
