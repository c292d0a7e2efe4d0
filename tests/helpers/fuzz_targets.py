"""What a fuzzer feeds with bytes: formulas and uploads, of which each either is taken or is refused in words."""

import torch
from fastapi.exceptions import RequestValidationError

from app.api.problem_details import ProblemError
from app.api.uploads import DataPart, with_data
from app.fitting import exports
from app.fitting.formulas.formula import FormulaError, parse
from app.jobs.errors import InvalidRequestError
from app.settings import Settings

LONGEST_FORMULA = 2000
SETTINGS = Settings(max_points=10_000, max_fit_bytes=2**20)
TARGETS = (
    {"x": "x", "y": "y"},
    {"x": "x", "y": "y", "curve": "well"},
    {"x": [0, 1], "y": "y"},
    {"x": "x", "y": ["y", "z"], "sigma": "sd"},
    {"x": {"u": "x", "v": "z"}, "y": "y", "weights": "sd", "curve": "well"},
    {"x": "x", "y": "*", "missing": "omit"},
    {"x": "x", "y": "*", "reading": {"transpose": True, "range": "A1:Z99"}},
    {"x": "column 1", "y": "column 2", "reading": {"header_row": 0, "decimal": ",", "date_order": "dmy"}},
)


def formula(data: bytes) -> None:
    """Parse a formula, work it out and write it in other languages."""
    text = data.decode(errors="ignore")[:LONGEST_FORMULA]
    try:
        parsed = parse(text, ("x",))
    except FormulaError as error:
        assert_in_words(error)
        return
    x = torch.linspace(-1, 1, 3, dtype=torch.float64)
    values = parsed({"x": x} | {name: torch.ones((), dtype=torch.float64) for name in parsed.parameters})
    assert values.numel() in (1, 3)
    model = exports.FittedModel("fit", text, ("x",), dict.fromkeys(parsed.parameters, 1.0), {})
    for write in (exports.write_python, exports.write_c, exports.write_latex):
        try:
            assert write(model)
        except exports.ExportError as error:
            assert_in_words(error)


def upload(data: bytes) -> None:
    """Read a file whose first byte says what is asked of it."""
    if not data:
        return
    part = DataPart(data[1:], "", "")
    try:
        with_data({"target": TARGETS[data[0] % len(TARGETS)]}, part, SETTINGS)
    except (ProblemError, InvalidRequestError, RequestValidationError) as error:
        assert_in_words(error)


def assert_in_words(error: Exception) -> None:
    assert str(error)
