"""Labels in CSV files, which a spreadsheet takes for formulas where they begin like one.

Source: OWASP, CSV Injection, https://owasp.org/www-community/attacks/CSV_Injection.
"""

from typing import TypeVar

import pyarrow as pa
import pyarrow.compute

_BEGINS_AS_A_FORMULA = r"^[=+\-@\t\r]"

Rows = TypeVar("Rows", pa.Table, pa.RecordBatch)


def with_harmless_labels(rows: Rows) -> Rows:
    """Return rows whose labels begin with an apostrophe where a spreadsheet would take them for formulas."""
    if "label" not in rows.schema.names:
        return rows
    labels = rows.column("label")
    quoted = pa.compute.binary_join_element_wise("'", labels, "")
    harmless = pa.compute.if_else(pa.compute.match_substring_regex(labels, _BEGINS_AS_A_FORMULA), quoted, labels)
    return rows.set_column(rows.schema.get_field_index("label"), "label", harmless)
