"""What each operation of torch is in nodes; an operation that a step needs and that has no rule fails a test."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from app.fitting.programs.recording import Rule
from app.fitting.programs.rules import elementwise, reductions, shapes, special

RULES: Mapping[Any, Rule] = MappingProxyType({**elementwise.RULES, **special.RULES, **reductions.RULES, **shapes.RULES})
"""Every rule by the operation of torch."""
