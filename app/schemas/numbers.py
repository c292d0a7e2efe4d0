"""Columns of numbers, read in bulk and kept packed: a million numbers must not stay a million objects for long."""

import math
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, pairwise
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Discriminator, Field, GetCoreSchemaHandler, Tag
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

COLUMNS = ("x", "y", "sigma", "weights")
"""The fields of a target that have columns."""


@dataclass(frozen=True)
class Numbers:
    """A list of numbers, or a list of such lists, one for each curve."""

    values: "array[float]"
    """All numbers, curve after curve."""
    lengths: "array[int] | None" = None
    """Count of numbers in each curve; None: it is one list."""

    @classmethod
    def read(cls, value: Any) -> "Numbers | None":
        """Pack plain lists as in JSON; return None if there is anything but numbers in them, or a list is empty."""
        if type(value) is not list or not value:
            return None
        nested = type(value[0]) is list
        if nested and not (set(map(type, value)) == {list} and all(value)):
            return None
        if not set(map(type, chain.from_iterable(value) if nested else value)) <= {float, int}:
            return None
        try:
            return cls.of(value)
        except OverflowError:
            return None

    @classmethod
    def of(cls, value: Any) -> "Numbers":
        """Pack a list of numbers, or a list of such lists. Raise OverflowError for one too large for a float."""
        if isinstance(value[0], list):
            return cls(array("d", chain.from_iterable(value)), array("q", map(len, value)))
        return cls(array("d", value))

    def lists(self) -> "list[float] | list[list[float]]":
        """Return the numbers as plain lists."""
        values = self.values.tolist()
        if self.lengths is None:
            return values
        return [values[first:last] for first, last in pairwise(accumulate(self.lengths, initial=0))]

    def are_finite(self, least: float = -math.inf) -> bool:
        """Tell whether there is no NaN, no infinity, and nothing less than `least`."""
        values = np.frombuffer(self.values)
        return bool(np.isfinite(values).all() and (values >= least).all())


def with_packed_columns(target: Mapping[str, Any]) -> dict[str, Any]:
    """Return a target from JSON in which every column of numbers, if nothing else is in it, has become Numbers."""
    return {name: _packed(value) if name in COLUMNS else value for name, value in target.items()}


def _packed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _packed(inner) for name, inner in value.items()}
    numbers = Numbers.read(value)
    return value if numbers is None else numbers


class _Bulk:
    """A validator of all numbers at once; one by one only when one of them is wrong, to say which."""

    def __init__(self, number: Any, least: float = -math.inf) -> None:
        column = Annotated[list[number], Field(min_length=1, fail_fast=True)]
        # A curve has no points if all of them lack a value.
        curve = Annotated[list[number], Field(fail_fast=True)]
        matrix = Annotated[list[curve], Field(min_length=1, fail_fast=True)]
        kinds = Annotated[column, Tag("tag:column")] | Annotated[matrix, Tag("tag:matrix")]
        self.kinds = Annotated[kinds, Discriminator(_kind)]
        self.least = least

    def __get_pydantic_core_schema__(self, _source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(
            self._validated,
            handler.generate_schema(self.kinds),
            serialization=core_schema.plain_serializer_function_ser_schema(Numbers.lists),
        )

    def _validated(self, value: Any, one_by_one: Callable[[Any], Any]) -> Numbers:
        numbers = value if isinstance(value, Numbers) else Numbers.read(value)
        if numbers is not None and numbers.are_finite(self.least):
            return numbers
        return Numbers.of(one_by_one(value.lists() if isinstance(value, Numbers) else value))


def _kind(value: Any) -> str:
    return "tag:matrix" if isinstance(value, Sequence) and value and isinstance(value[0], list) else "tag:column"


def _not_missing(value: Any) -> Any:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        raise PydanticCustomError(
            "missing_value", 'a value is missing here: leave the point out, as "missing": "omit" does'
        )
    return value


_Number = Annotated[float, BeforeValidator(_not_missing), Field(strict=True, allow_inf_nan=False)]

Column = Annotated[Numbers, _Bulk(_Number)]
"""A column of finite numbers."""
PositiveColumn = Annotated[Numbers, _Bulk(Annotated[_Number, Field(gt=0)], math.ulp(0.0))]
"""A column of finite numbers greater than 0."""
NonnegativeColumn = Annotated[Numbers, _Bulk(Annotated[_Number, Field(ge=0)], 0.0)]
"""A column of finite numbers that are at least 0."""
