"""The client's types of requests and answers, made from what the service promises.

`python -m tests.helpers.client_schemas` writes app/client/fit_service_client/schemas.py anew.
"""

import re
import subprocess
import sys
from pathlib import Path

from datamodel_code_generator import DataModelType, Formatter, InputFileType, LiteralType, PythonVersion, generate

from tests.helpers.openapi import COMMITTED as DOCUMENT

COMMITTED = Path(__file__).parents[2] / "app/client/fit_service_client/schemas.py"

_HEAD = (
    '"""What goes over the wire, as typed dicts; tests/helpers/client_schemas.py makes this module of openapi.json."""'
)


def written() -> str:
    """Return the module."""
    code = generate(
        DOCUMENT,
        input_file_type=InputFileType.OpenAPI,
        output_model_type=DataModelType.TypingTypedDict,
        target_python_version=PythonVersion.PY_311,
        use_schema_description=True,
        use_field_description=True,
        collapse_root_models=True,
        disable_future_imports=True,
        use_closed_typed_dict=False,
        enum_field_as_literal=LiteralType.All,
        custom_file_header=_HEAD,
        formatters=[Formatter.BUILTIN],
    )
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(COMMITTED), "-"]
    return subprocess.run(command, input=_renamed(str(code)), capture_output=True, text=True, check=True).stdout


def _renamed(code: str) -> str:
    """Return the code in which no class has a number because a part that is gone by now had its name."""
    classes = set(re.findall(r"^class (\w+)\(", code, re.MULTILINE))
    for name in classes:
        if name.endswith("1") and name[:-1] not in classes:
            code = re.sub(rf"\b{name}\b", name[:-1], code)
    return code


def main() -> None:
    """Write the module anew."""
    COMMITTED.write_text(written())


if __name__ == "__main__":
    main()
