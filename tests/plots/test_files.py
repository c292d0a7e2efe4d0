"""Figures as files."""

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from app.plots.files import written
from app.plots.loss_figure import LossLine, draw_losses
from app.plots.style import FileFormat, Look

BEGINNINGS: dict[FileFormat, bytes] = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}


def drawn(look: Look, file_format: FileFormat, name: str = "a fit") -> bytes:
    def draw(figure: Figure) -> None:
        draw_losses(figure, [LossLine(name, [0, 1, 2], [4.0, 2.0, None]), LossLine("b", [0], [1.0])], look, None)

    return written(draw, look, file_format)


@pytest.mark.parametrize("file_format", BEGINNINGS)
def test_the_same_figure_has_the_same_bytes(file_format: FileFormat) -> None:
    content = drawn(Look(), file_format)
    assert content.startswith(BEGINNINGS[file_format])
    assert content == drawn(Look(), file_format)


@settings(max_examples=15)
@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_no_text_breaks_a_figure(text: str) -> None:
    look = Look(title=text, x_label=text, y_label=text, width=60, height=60)
    ElementTree.fromstring(drawn(look, "svg", text or "-"))  # noqa: S314 - our own figure


@pytest.mark.parametrize(
    "text", ["$\\frac{1}{0}$", "a_b^c", "<script>alert(1)</script>", "&amp;", "\u202eabc", "漢字", "x" * 10_000]
)
def test_labels_are_no_mathematics_and_no_markup(text: str) -> None:
    content = drawn(Look(title=text), "svg", text)
    tags = {element.tag for element in ElementTree.fromstring(content).iter()}  # noqa: S314 - our own figure
    assert not any(tag.endswith("script") for tag in tags)


def test_dark_is_another_figure_than_light() -> None:
    assert drawn(Look(theme="dark"), "svg") != drawn(Look(), "svg")


def test_a_folder_that_cannot_be_used_is_not_complained_of(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    place = os.environ | {"MPLCONFIGDIR": str(tmp_path / "file" / "folder")}
    code = "import app.plots.files"
    loaded = subprocess.run([sys.executable, "-c", code], env=place, capture_output=True, text=True, check=True)
    assert loaded.stderr == ""
