"""Tasks of people who fit curves, from public reports, and the answers that the service gives."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from app.jobs.store.records import FitRecord
from tests.helpers.trained_fits import trained

FOLDER = Path(__file__).parents[1] / "cases"
SEARCHED = sorted(path.stem for path in FOLDER.glob("*.json"))
"""Formulas whose parameters were left out, each with the best loss that is known."""
FAILED_ONCE = FOLDER / "failed_once"
"""Tasks on which an early version failed; what the person needed is written there in words."""


@dataclass(frozen=True)
class Case:
    """A task: what is posted, and what is known of the right answer."""

    body: dict[str, Any]
    needed: dict[str, Any]


def searched(name: str) -> Case:
    """Return a task whose parameters were left out."""
    case = json.loads((FOLDER / f"{name}.json").read_text())
    return Case(case["body"], case["expect"])


def failed_once(name: str) -> Case:
    """Return a task on which an early version failed."""
    case = json.loads((FAILED_ONCE / f"{name}.json").read_text())
    return Case(case["body"], case["needed"])


def answered(engine: Engine, name: str, **more: Any) -> FitRecord:
    """Return the fit of a task on which an early version failed, at its end."""
    return trained(engine, failed_once(name).body | more)
