"""A figure as the bytes of a file: the same bytes for the same figure."""

import io
import warnings
from collections.abc import Callable

import matplotlib as mpl
from matplotlib.figure import Figure

from app.plots.style import FileFormat, Look, settings_of

_METADATA: dict[FileFormat, dict[str, None]] = {
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "ModDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
}
"""What would say when, and by which version, a file was made."""


def written(draw: Callable[[Figure], None], look: Look, file_format: FileFormat) -> bytes:
    """Return what `draw` draws on an empty figure, as a file."""
    content = io.BytesIO()
    with mpl.rc_context(settings_of(look)), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        figure = Figure(figsize=look.inches, layout="constrained")
        draw(figure)
        figure.savefig(content, format=file_format, dpi=look.dpi, metadata=_METADATA[file_format])
    return content.getvalue()
