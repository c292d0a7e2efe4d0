"""The results of the curves of a fit, as far as they have ended."""

from array import array
from collections.abc import Generator
from contextlib import closing
from typing import Any

import pyarrow as pa
from sqlalchemy import Engine, select

from app.jobs.data.curve_results import from_bytes, rows
from app.jobs.errors import CurveNotFoundError
from app.jobs.store.blocks import FEW_AT_ONCE
from app.jobs.store.damage import readable
from app.jobs.store.database import asking, reading
from app.jobs.store.records import FitRecord
from app.jobs.store.tables import fit_curves


class Curves:
    """The results of curves, of fits whose records are in the hands of whoever asks."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def tables(self, number: int, first: int = 0, count: int | None = None) -> Generator[pa.Table]:
        """Yield results of the curves first, first + 1, ... of a fit that have ended, in tables of many curves."""
        last = None if count is None else first + count
        conditions = [fit_curves.c.fit_number == number, fit_curves.c.first_curve + fit_curves.c.curves > first]
        if last is not None:
            conditions.append(fit_curves.c.first_curve < last)
        statement = select(fit_curves.c.first_curve, fit_curves.c.results).where(*conditions)
        ordered = statement.order_by(fit_curves.c.first_curve)
        # Who has seen enough goes on no further: the cursor ends before its transaction does.
        with (
            reading(self._engine) as connection,
            connection.execute(ordered, execution_options=FEW_AT_ONCE) as found,
        ):
            for begin, results in found:
                offset = max(0, first - begin)
                with readable():
                    table = from_bytes(results).slice(offset, None if last is None else last - begin - offset)
                yield table

    def ended_from(self, number: int, first: int, limit: int) -> tuple[list[dict[str, Any]], bool]:
        """Return the results of up to `limit` curves from curve `first` on that have ended, and whether there are more.

        Of a fit that is trained in parts, some may have ended behind others that have not.
        """
        found: list[dict[str, Any]] = []
        with closing(self.tables(number, first)) as tables:
            for table in tables:
                found += rows([table.slice(0, limit + 1 - len(found))])
                if len(found) > limit:
                    break
        return found[:limit], len(found) > limit

    def one(self, record: FitRecord, curve: int) -> dict[str, Any]:
        """Return the result of one curve. Raises CurveNotFoundError if there is none, or it has not ended yet."""
        results = rows(self.tables(record.number, curve, 1))
        if not results:
            raise CurveNotFoundError(_no_curve(record, curve))
        return results[0]

    def history(self, record: FitRecord, curve: int) -> "array[float]":
        """Return the losses of the steps 0, 1, ... of one curve. Raises CurveNotFoundError as `one` does."""
        begin = fit_curves.c.first_curve
        statement = select(begin, fit_curves.c.losses).where(
            fit_curves.c.fit_number == record.number, begin <= curve, begin + fit_curves.c.curves > curve
        )
        with asking(self._engine) as connection:
            row = connection.execute(statement).one_or_none()
        if row is None:
            raise CurveNotFoundError(_no_curve(record, curve))
        with readable():
            return array("d", from_bytes(row.losses)["losses"][curve - row.first_curve].as_py())


def _no_curve(record: FitRecord, curve: int) -> str:
    total = record.fit.curves
    if total is None:
        return "the fit has one curve: ask without a curve"
    return f"curve {curve} has not ended yet" if 0 <= curve < total else f"the fit has the curves 0 to {total - 1}"
