"""A fitted model as a C99 function that needs nothing but the standard library (link with -lm)."""

from textwrap import wrap

from app.fitting.exports.c_helpers import C_HELPERS
from app.fitting.exports.fitted_model import FittedModel, renamed
from app.fitting.exports.writer import FLOAT_CONSTANTS, Piece, Writer, call, signed, template
from app.fitting.formulas.tree import read_tree

WIDTH = 100
"""Longest line of the source, in characters."""

C_FUNCTIONS = {
    **{name: call(name) for name in ("sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh")},
    **{name: call(name) for name in ("asinh", "acosh", "atanh", "exp", "expm1", "log", "log1p", "log2", "log10")},
    **{name: call(name) for name in ("sqrt", "cbrt", "erf", "erfc", "lgamma", "hypot")},
    "abs": call("fabs"),
    "gamma": call("tgamma"),
    "floor": call("floor"),
    "ceil": call("ceil"),
    "minimum": call("fmin"),
    "maximum": call("fmax"),
    "clip": template("fmin(fmax(<0>, <1>), <2>)"),
    "where": template("(<0> > 0.0 ? <1> : <2>)"),
    # Other systems than plain C have their own j0 and j1.
    "j0": template("bessel_j(0, <0>)"),
    "j1": template("bessel_j(1, <0>)"),
    **{name: call(name) for name in C_HELPERS if name != "bessel_j"},
}
_HELPERS = {name: C_HELPERS[name] for name in C_HELPERS} | dict.fromkeys(("j0", "j1"), C_HELPERS["bessel_j"])
"""The helper that each function needs."""

_KEYWORDS = """
auto break case char const continue default do double else enum extern float for goto if inline int long register
restrict return short signed sizeof static struct switch typedef union unsigned void volatile while
alignas alignof atomic bool complex constexpr false nullptr static_assert thread_local true typeof
and asm bitand bitor catch class compl concept delete explicit export friend mutable namespace new noexcept not
operator or private protected public requires template this throw try typename using virtual wchar_t xor
"""
_MACROS = """
CMPLX HUGE_VAL I INFINITY MATH_ERREXCEPT MATH_ERRNO MAXFLOAT NAN NULL OVERFLOW UNDERFLOW DOMAIN SING PLOSS TLOSS
FP_FAST_FMA FP_ILOGB0 FP_ILOGBNAN FP_INFINITE FP_NAN FP_NORMAL FP_SUBNORMAL FP_ZERO
M_1_PI M_2_PI M_2_SQRTPI M_E M_LN10 M_LN2 M_LOG10E M_LOG2E M_PI M_PI_2 M_PI_4 M_SQRT1_2 M_SQRT2
fpclassify isfinite isgreater isgreaterequal isinf isless islessequal islessgreater isnan isnormal isunordered
math_errhandling signbit linux unix i386
"""
_CALLED = """
sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh exp expm1 log log1p log2 log10 sqrt cbrt erf erfc
lgamma tgamma hypot pow fabs fmax fmin fmod floor ceil fma copysign
"""

RESERVED = frozenset(f"{_KEYWORDS} {_MACROS} {_CALLED}".split()) | C_HELPERS.keys()
"""Names that a C or C++ compiler or the written source uses already."""


class CWriter(Writer):
    """Writes trees as C expressions of doubles."""

    language = "C"
    functions = C_FUNCTIONS
    constants = FLOAT_CONSTANTS

    def number(self, value: float) -> Piece:
        """Write a number as a double: 1/2 must not be a division of whole numbers."""
        return signed(repr(value))

    def power(self, base: Piece, exponent: Piece) -> Piece:
        """Write a power as a call of pow, since C has no sign for it."""
        return Piece(f"pow({base.text}, {exponent.text})")


def write_c(model: FittedModel) -> str:
    """Return the source of a function `model` of the variables, with the coefficients inside.

    Raises ExportError where C has no function of that kind.
    """
    parameters = model.parameters
    names = renamed([*model.variables, *parameters], RESERVED)
    writer = CWriter({name: Piece(c_name) for name, c_name in names.items()})
    expression = writer.write(read_tree(model.formula)).text
    helpers = dict.fromkeys(_HELPERS[name] for name in writer.used if name in _HELPERS)
    equation = wrap(model.equation, WIDTH - 3, break_long_words=False, break_on_hyphens=False)
    arguments = ", ".join(f"double {names[name]}" for name in model.variables)
    unused = [names[name] for name in model.variables if name not in model.parsed.variables]
    pieces = [
        f"/* {model.title}\n\n",
        *(f"   {line}\n" for line in equation),
        "*/\n\n",
        "#include <complex.h>\n" if "voigt" in writer.used else "",
        "#include <math.h>\n",
        *helpers,
        f"\ndouble model({arguments})\n{{\n",
        *(f"    const double {names[name]} = {value!r};\n" for name, value in parameters.items()),
        *(f"    (void){name};\n" for name in unused),
        "    return ",
        "\n        ".join(wrap(expression, WIDTH - 12, break_long_words=False, break_on_hyphens=False)),
        ";\n}\n",
    ]
    return "".join(pieces)
