"""How figures look: colours for light and dark grounds, sizes, fonts."""

from dataclasses import dataclass
from typing import Any, Literal

ThemeName = Literal["light", "dark"]
FileFormat = Literal["svg", "png", "pdf"]

MILLIMETRES = 25.4
"""Millimetres of an inch."""


@dataclass(frozen=True)
class Theme:
    """Colours. Those of curves are told apart by colour-blind people too (Okabe and Ito, "Color Universal Design",
    2008).
    """

    ground: str
    text: str
    frame: str
    grid: str
    data: str
    curves: tuple[str, ...]
    """Of the fitted curve, and of further ones."""
    confidence: str
    prediction: str
    failed: str
    warned: str


THEMES: dict[ThemeName, Theme] = {
    "light": Theme(
        "#ffffff", "#1b2330", "#5c6675", "#e3e7ec", "#1b2330",
        ("#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"), "#d55e00", "#0072b2", "#b3261e", "#a86b00",
    ),
    "dark": Theme(
        "#181d26", "#e8ecf2", "#9aa5b5", "#2b3441", "#dfe5ee",
        ("#ff9a5c", "#56b4e9", "#3ecf9f", "#e5a3c6", "#f0c24b", "#9ad3f5"), "#ff9a5c", "#56b4e9", "#ff9a90", "#f2c063",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Look:
    """How a figure is to look."""

    width: float = 160.0
    """In millimetres."""
    height: float = 120.0
    """In millimetres."""
    dpi: int = 150
    """Dots an inch, of PNG."""
    theme: ThemeName = "light"
    title: str | None = None
    x_label: str | None = None
    """None: the name of the variable."""
    y_label: str | None = None
    """None: the name of the response."""
    x_scale: Literal["auto", "linear", "log"] = "auto"
    """`auto`: logarithmic where all x are positive and crowded at the lower end."""
    y_scale: Literal["linear", "log"] = "linear"
    legend: bool = True

    @property
    def inches(self) -> tuple[float, float]:
        """Return width and height in inches."""
        return self.width / MILLIMETRES, self.height / MILLIMETRES

    @property
    def pixels(self) -> float:
        """Return how many pixels the figure has as a PNG."""
        return self.inches[0] * self.inches[1] * self.dpi**2

    @property
    def colours(self) -> Theme:
        """Return the colours of the theme."""
        return THEMES[self.theme]


def settings_of(look: Look) -> dict[Any, Any]:
    """Return the settings of matplotlib for a look: with them the same figure has the same bytes, and no text is read
    as mathematics.
    """
    colours = look.colours
    return {
        "svg.hashsalt": "fit-service",
        "svg.fonttype": "path",
        "pdf.fonttype": 42,
        "text.parse_math": False,
        "font.family": "DejaVu Sans",
        "font.size": 9,
        "figure.facecolor": colours.ground,
        "savefig.facecolor": colours.ground,
        "axes.facecolor": colours.ground,
        "axes.edgecolor": colours.frame,
        "axes.labelcolor": colours.text,
        "axes.linewidth": 0.7,
        "axes.titlesize": 10,
        "axes.formatter.use_mathtext": False,
        "axes.formatter.limits": (-4, 5),
        "text.color": colours.text,
        "xtick.color": colours.frame,
        "ytick.color": colours.frame,
        "xtick.labelcolor": colours.text,
        "ytick.labelcolor": colours.text,
        "grid.color": colours.grid,
        "grid.linewidth": 0.6,
        "legend.frameon": False,
        "legend.fontsize": 8,
    }
