"""A fitted model as a Python module that needs nothing but NumPy."""

import keyword
import re
from textwrap import wrap
from typing import ClassVar

from app.fitting.exports.fitted_model import FittedModel, one_line, renamed
from app.fitting.exports.python_helpers import PYTHON_HELPERS
from app.fitting.exports.writer import Binding, Piece, Writer, call, signed, template
from app.fitting.formulas.tree import read_tree

WIDTH = 100
"""Longest line of the source, in characters."""
RESERVED = frozenset({"np", "math", "float", *keyword.kwlist})
"""Python's own words, and names that the written source uses already."""
_WHOLE = re.compile(r"(-?[0-9]+)\.0")

PYTHON_FUNCTIONS = {
    **{name: call(f"np.{name}") for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "expm1", "log")},
    **{name: call(f"np.{name}") for name in ("log1p", "log2", "log10", "sqrt", "cbrt", "sign", "sinc", "hypot")},
    **{name: call(f"np.{name.replace('a', 'arc', 1)}") for name in ("asin", "acos", "atan", "atan2")},
    **{name: call(f"np.{name.replace('a', 'arc', 1)}") for name in ("asinh", "acosh", "atanh")},
    **{name: call(f"np.{name}") for name in ("abs", "floor", "ceil", "mod")},
    "heaviside": template("np.heaviside(<0>, 0.5)"),
    "minimum": call("np.minimum"),
    "maximum": call("np.maximum"),
    "clip": template("np.minimum(np.maximum(<0>, <1>), <2>)"),
    "where": template("np.where(<0> > 0, <1>, <2>)"),
    "sigmoid": template("np.exp(-np.logaddexp(0, -<0:power>))"),
    "softplus": template("np.logaddexp(0, <0>)"),
    **{name: call(f"_{name}") for name in PYTHON_HELPERS},
}


class PythonWriter(Writer):
    """Writes trees as NumPy expressions."""

    language = "Python"
    functions = PYTHON_FUNCTIONS
    constants: ClassVar = {"pi": Piece("np.pi"), "e": Piece("np.e")}

    def number(self, value: float) -> Piece:
        """Write a number as a float, so that no whole number grows without bound."""
        return signed(repr(value))

    def power(self, base: Piece, exponent: Piece) -> Piece:
        """Write a power as in `x**2`."""
        whole = _WHOLE.fullmatch(exponent.text)
        text = whole[1] if whole else exponent.within(Binding.SIGN)
        return Piece(f"{base.within(Binding.ATOM)}**{text}", Binding.POWER)


def write_python(model: FittedModel) -> str:
    """Return a module with a function `model` of the variables, with the coefficients as default keyword arguments.

    The function works for numbers and for arrays that broadcast. Raises ExportError where there is no function of that
    kind in Python.
    """
    parameters = model.parameters
    names = renamed([*model.variables, *parameters], RESERVED)
    writer = PythonWriter({name: Piece(python_name) for name, python_name in names.items()})
    expression = writer.write(read_tree(model.formula)).text
    if not model.parsed.variables:
        expression = f"np.full_like({names[model.variables[0]]}, {expression})"
    variables = [names[name] for name in model.variables]
    defaults = [f"{names[name]}={value!r}" for name, value in parameters.items()]
    helpers = [PYTHON_HELPERS[name] for name in writer.used if name in PYTHON_HELPERS]
    body = [f"{name} = np.asarray({name}, dtype=float)" for name in names.values()]
    pieces = [
        f'"""{model.title}"""\n\n',
        "import math\n\n" if any("math." in helper for helper in helpers) else "",
        "import numpy as np\n\n",
        *(f"{helper}\n" for helper in helpers),
        f"\ndef model({_signature(variables, defaults)}):\n",
        _docstring(model),
        *(f"    {line}\n" for line in body),
        _returned(expression),
    ]
    return "".join(pieces)


def _signature(variables: list[str], defaults: list[str]) -> str:
    every = [*variables, *(["*"] if defaults else []), *defaults]
    short = ", ".join(every)
    return short if len(short) + len("def model():") <= WIDTH else "".join(f"\n    {name}," for name in every) + "\n"


def _docstring(model: FittedModel) -> str:
    response = one_line(model.response or "y")
    lines = wrap(model.equation, WIDTH - 8, break_long_words=False, break_on_hyphens=False)
    return f'    """{response} of the fitted model.\n\n' + "".join(f"        {line}\n" for line in lines) + '    """\n'


def _returned(expression: str) -> str:
    if len(expression) + len("    return ") <= WIDTH:
        return f"    return {expression}\n"
    lines = wrap(expression, WIDTH - 8, break_long_words=False, break_on_hyphens=False)
    return "    return (\n" + "".join(f"        {line}\n" for line in lines) + "    )\n"
