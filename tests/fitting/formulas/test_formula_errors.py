"""What is no formula: what is said about it, where it points to, and that hostile texts do no harm."""

import sys
from multiprocessing.reduction import ForkingPickler

import pytest

from app.fitting.formulas.formula import FormulaError, parse, parse_function_of_x


def error_of(text, **options):
    with pytest.raises(FormulaError) as caught:
        parse(text, **options)
    return caught.value


def test_error_names_its_position_for_people():
    error = error_of("2 * sine(x)")
    assert error.position == 4
    assert error.message == "unknown function 'sine': did you mean sin?"
    assert str(error) == "unknown function 'sine': did you mean sin? (at character 5)"


def test_error_is_a_value_error():
    assert isinstance(error_of("1 +"), ValueError)


def test_error_travels_between_processes():
    error = ForkingPickler.loads(ForkingPickler.dumps(error_of("a *")))
    assert (error.message, error.position) == (error_of("a *").message, 3)


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("", 0, "the formula is empty"),
        (" \n ", 0, "the formula is empty"),
        ("a + ", 4, "a number, a name or a '(' is missing here"),
        ("a + * b", 4, "a number, a name or a '(' is missing here"),
        ("sin(,x)", 4, "a number, a name or a '(' is missing here"),
        ("()", 0, "a number, a name or a '(' is missing here"),
        ("x // 2", 3, "a number, a name or a '(' is missing here"),
        ("a x", 2, "an operator such as * is missing here"),
        ("2 (x)", 2, "an operator such as * is missing here"),
        ("(a)(x)", 3, "an operator such as * is missing here"),
        ("(a + (b)", 0, "this '(' has no ')'"),
        ("1 + sin(x", 7, "this '(' has no ')'"),
        ("a + b)", 5, "this ')' has no '('"),
        ("1,5 * x", 1, "a ',' only separates the arguments of a function; decimals are written with a '.'"),
        ("(1,5) * x", 2, "a ',' only separates the arguments of a function; decimals are written with a '.'"),
        ("a + 2x", 5, "an operator is missing: write 2 * x"),
        ("1.5exp(x)", 3, "an operator is missing: write 1.5 * exp"),
        ("y = a * x", 2, "'=' has no place in a formula: write only its right-hand side"),
        ("a[0]", 1, "only round brackets ( ) can be used"),
        ("a.b", 1, "a '.' only belongs inside a number, as in 0.5"),
        ("|x|", 0, "'|' cannot be used: write abs(u)"),
        ("_a * x", 0, "a name starts with a letter"),
        ("None * x", 0, "'None' is no number: choose another name, such as None_"),
        ("x\N{MINUS SIGN}1", 1, "the character '\N{MINUS SIGN}' cannot be used: write -"),
        ("2\N{MULTIPLICATION SIGN}x", 1, "the character '\N{MULTIPLICATION SIGN}' cannot be used: write *"),
        ("x\N{SUPERSCRIPT TWO}", 1, "the character '\N{SUPERSCRIPT TWO}' cannot be used: write **2"),
        ("\N{GREEK SMALL LETTER PI}*x", 0, "the character '\N{GREEK SMALL LETTER PI}' cannot be used: write pi"),
        ("\N{GREEK SMALL LETTER BETA}", 0, "the character '\N{GREEK SMALL LETTER BETA}' cannot be used: write beta"),
    ],
)
def test_text_that_does_not_follow_the_grammar(text, position, message):
    error = error_of(text)
    assert (error.position, error.message) == (position, message)


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("a + bar(x)", 4, "unknown function 'bar'; to multiply, write bar * (...)"),
        ("Exp(x)", 0, "unknown function 'Exp': did you mean exp?"),
        ("p3(x)", 0, "unknown function 'p3': did you mean P3?"),
        ("a + a(x + 1)", 4, "a is not a function: to multiply, write a * (...)"),
        ("x(a + 1)", 0, "x is not a function: to multiply, write x * (...)"),
        ("sin()", 0, "write sin(u); the number of arguments here is 0"),
        ("atan2(x)", 0, "write atan2(y, x); the number of arguments here is 1"),
        ("P3(1, x)", 0, "write P3(u); the number of arguments here is 2"),
    ],
)
def test_function_that_is_none_or_is_called_in_another_way(text, position, message):
    error = error_of(text)
    assert (error.position, error.message) == (position, message)


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("legendre(n, x)", 9, "n must be a number, without variables or parameters"),
        ("legendre(x, x)", 9, "n must be a number, without variables or parameters"),
        ("jacobi(2, 1, b, x)", 13, "beta must be a number, without variables or parameters"),
        ("legendre(2.5, x)", 9, "the degree must be a whole number from 0 to 100"),
        ("legendre(-1, x)", 9, "the degree must be a whole number from 0 to 100"),
        ("1 + P101(x)", 4, "the degree must be a whole number from 0 to 100"),
        ("gegenbauer(3, -2, x)", 14, "lam must be finite and greater than -0.5, but is -2.0"),
    ],
)
def test_polynomial_that_does_not_exist(text, position, message):
    error = error_of(text)
    assert (error.position, error.message) == (position, message)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("a + 1/0", 4),
        ("log(-1)", 0),
        ("x * (2 - 0 ** -1)", 9),
        ("x + sqrt(-1) * a", 4),
        ("exp(1e3)", 0),
        ("9**9**9", 0),
    ],
)
def test_constant_part_must_be_finite(text, position):
    error = error_of(text)
    assert (error.position, error.message) == (position, "this constant part has no finite value")


def test_names_are_refused_where_there_are_no_parameters():
    error = error_of("sin(k * x)", allow_parameters=False)
    assert (error.position, error.message) == (4, "unknown name 'k': only x can be used here")


@pytest.mark.parametrize("text", ["a * x", "foo", "T1 * x"])
def test_function_of_x_has_no_other_names(text):
    with pytest.raises(FormulaError, match="only x can be used here"):
        parse_function_of_x(text)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("atan2", r"atan2 is a function: write atan2\(y, x\)"),
        ("legendre", r"legendre is a function: write legendre\(n, u\)"),
        ("P101", "the degree must be a whole number from 0 to 100"),
    ],
)
def test_name_of_another_function_is_no_function_of_x(name, message):
    with pytest.raises(FormulaError, match=message):
        parse_function_of_x(name)


@pytest.mark.parametrize(
    "at_the_bound",
    [
        "x" + " " * 1999,
        "n" * 50,
        "1e300",
        "(" * 99 + "x" + ")" * 99,
        "-" * 99 + "x",
        "sin(" * 99 + "x" + ")" * 99,
        "+".join(["x"] * 1000),
        "*".join(["x"] * 1000),
        "P100(x)" + "+P100(x)" * 9,
        "+".join(f"b{i}" for i in range(100)),
        "x ** 1000000",
    ],
)
def test_bounds_are_allowed(at_the_bound):
    parse(at_the_bound)


@pytest.mark.parametrize(
    ("beyond", "position", "message"),
    [
        ("x" + " " * 2000, 2000, "a formula has at most 2,000 characters, not 2,001"),
        ("n" * 51, 0, "names have at most 50 characters, not 51"),
        ("x + 1.1e300", 4, "numbers are at most 1e+300 here"),
        ("x + 1e999", 4, "numbers are at most 1e+300 here"),
        ("(" * 201 + "x" + ")" * 201, 200, "brackets and operators are nested more than 100 deep"),
        ("sin(" * 100 + "x" + ")" * 100, 400, "brackets and operators are nested more than 100 deep"),
        ("P100(x)" + "+P100(x)" * 9 + "+P1(x)", 80, "the degrees add up to more than 1,000"),
        ("+".join(f"b{i}" for i in range(101)), 390, "a formula has at most 100 parameters"),
        ("x ** -1000001", 5, "constant exponents are at most 1,000,000"),
    ],
)
def test_bounds_cannot_be_passed(beyond, position, message):
    error = error_of(beyond)
    assert (error.position, error.message) == (position, message)


@pytest.mark.parametrize("deep", ["1 + 2 * (x ** (" * 40 + "x" + "))" * 40, "(" * 40 + "x" + "**2 * 3 + 1)" * 40])
def test_bound_of_the_depth_counts_every_kind_of_nesting(deep):
    assert "nested more than 100 deep" in error_of(deep).message


HOSTILE = {
    "import": "__import__('os').system('true')",
    "attribute": "x.__class__.__mro__",
    "attribute of a number": "(1).__class__",
    "attribute of a float": "1..real",
    "lambda": "(lambda: 0)()",
    "comprehension": "[x for x in y]",
    "generator": "sum(x for x in y)",
    "f-string": 'f"{x}"',
    "bytes": "b'x'",
    "conditional": "x if x else y",
    "exec": "exec(x)",
    "eval": "eval('1')",
    "getattr": "getattr(x, x)",
    "walrus": "(x := 1)",
    "await": "await x",
    "yield": "yield x",
    "keyword arguments": "legendre(n=3, u=x)",
    "starred arguments": "legendre(*x)",
    "double starred arguments": "legendre(**x)",
    "boolean": "True",
    "comparison": "x == x",
    "bitwise": "x & ~x",
    "matrix product": "x @ x",
    "subscript": "x[0]",
    "set": "{x}",
    "comment": "x # y",
    "statement": "x; y",
    "assignment": "x = 1",
    "continued line": "x \\\n + 1",
    "complex number": "1j",
    "hexadecimal number": "0x10",
    "digits in groups": "1_000",
    "dunder debug": "__debug__",
    "null byte": "x\0",
    "lone surrogate": "\ud800",
    "digit that is not ASCII": "\N{ARABIC-INDIC DIGIT ONE}",
    "letter that is normalised to x": "\N{MATHEMATICAL ITALIC SMALL X}",
    "long": "x" * 100_000,
    "long number": "9" * 2_000,
    "long name": "y" * 2_000,
    "open brackets": "(" * 2_000,
    "closed brackets": ")" * 2_000,
    "deep brackets": "(" * 999 + "x" + ")" * 999,
    "signs": "-" * 1_999 + "x",
    "powers": "2**" * 600 + "2",
    "powers of x": "x**" * 600 + "x",
    "functions of functions": "sin(" * 390 + "x" + ")" * 390,
    "alternating operators": "x+x*x**(" * 200 + "x" + ")" * 200,
    "tower of powers": "9**9**9**9",
    "huge exponent": "x**9999999999999999",
    "huge degree": "P" + "9" * 49 + "(x)",
    "degree of infinity": "legendre(1e300, x)",
}
hostile_text = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)


@hostile_text
def test_hostile_text_is_an_error_with_a_short_message_that_points_into_it(text):
    error = error_of(text)
    assert 0 <= error.position <= len(text)
    assert len(str(error)) < 160
    assert str(error).isprintable()


@hostile_text
def test_hostile_text_is_no_function_of_x(text):
    with pytest.raises(FormulaError):
        parse_function_of_x(text)


@hostile_text
def test_hostile_text_is_an_error_even_where_little_of_the_stack_is_left(text):
    def parse_below(frames):
        return parse_below(frames - 1) if frames else error_of(text)

    frames_used = len(list(_frames()))
    assert parse_below(sys.getrecursionlimit() - frames_used - 400)


def _frames():
    frame = sys._getframe()
    while frame:
        yield frame
        frame = frame.f_back
