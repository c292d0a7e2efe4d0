"""Fitted models written in other languages.

Each language has a module with a table of how it writes the functions of formulas; the walk over a formula's tree is in
`writer`.
"""

from app.fitting.exports.c import write_c
from app.fitting.exports.document import document
from app.fitting.exports.excel import CellsError, write_excel
from app.fitting.exports.fitted_model import ExportError, FittedModel
from app.fitting.exports.latex import latex, write_latex
from app.fitting.exports.mathml import mathml, write_mathml
from app.fitting.exports.python import write_python

__all__ = [
    "CellsError",
    "ExportError",
    "FittedModel",
    "document",
    "latex",
    "mathml",
    "write_c",
    "write_excel",
    "write_latex",
    "write_mathml",
    "write_python",
]
