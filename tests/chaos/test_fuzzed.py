"""What a coverage-guided fuzzer (Atheris) kept of its formulas and uploads: each is taken, or refused in words.

`tests/helpers/fuzz_targets.py` has what it was let loose on.
"""

import json
from pathlib import Path
from zipfile import ZipFile

from tests.helpers import fuzz_targets

FIXTURES = Path(__file__).parent.parent / "fixtures"


def test_formulas() -> None:
    for text in json.loads((FIXTURES / "fuzzed_formulas.json").read_text()):
        fuzz_targets.formula(text.encode())


def test_uploads() -> None:
    with ZipFile(FIXTURES / "fuzzed_uploads.zip") as uploads:
        for name in uploads.namelist():
            fuzz_targets.upload(uploads.read(name))
