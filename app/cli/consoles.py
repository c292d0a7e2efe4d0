"""What the commands write on: results on stdout, everything else on stderr."""

import io
import os
import sys
from collections.abc import Collection
from typing import TextIO

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

_WIDE = 1000
"""Characters of a line where nobody looks at a screen: nothing is broken or cut there."""


def results() -> Console:
    """Return the console of results, which are plain text where stdout is no terminal."""
    return _console(sys.stdout)


def remarks() -> Console:
    """Return the console of progress, remarks and errors."""
    return _console(sys.stderr)


def table(console: Console, *columns: str, right: Collection[str] = ()) -> Table:
    """Return an empty table with these columns, of which some stand to the right, as it looks on the console."""
    lines = box.SIMPLE_HEAD if console.is_terminal and can_draw(console) else None
    made = Table(box=lines, pad_edge=False, show_edge=False)
    for name in columns:
        made.add_column(name, justify="right" if name in right else "left", overflow="fold")
    return made


def write(console: Console, rows: Table) -> None:
    """Write a table, whose first column is never broken; in a pipe nothing is, and no blanks end a line."""
    first = rows.columns[0]
    first.no_wrap, first.min_width = True, max(cell_len(str(cell)) for cell in [first.header, *first.cells])
    if console.is_terminal:
        console.print(rows)
        return
    with console.capture() as captured:
        console.print(rows)
    for line in captured.get().splitlines():
        console.out(line.rstrip())


def can_draw(console: Console) -> bool:
    """Tell whether the console shows more than the letters of ASCII."""
    return console.encoding.startswith("utf")


def shown(text: str) -> str:
    """Return a text of others as a terminal may show it: what moves the cursor or colours is replaced."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _console(stream: TextIO) -> Console:
    if isinstance(stream, io.TextIOWrapper):
        # What the terminal has no letter for is no reason to end.
        stream.reconfigure(errors="replace")
    is_screen = stream.isatty() and os.environ.get("TERM") != "dumb"
    return Console(
        file=stream,
        width=None if is_screen else _WIDE,
        force_terminal=is_screen,
        highlight=False,
        markup=False,
        emoji=False,
    )
