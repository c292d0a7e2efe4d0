"""From a stored fit to what its problem is made of: formula, data, parameters."""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from app.fitting.formulas.parameters import Parameters, parse_tie
from app.fitting.problems.data import DTYPES, Data, measured_data, sampled_function


def formula_text(request: Mapping[str, Any]) -> str:
    """The model of a stored request as the text of a formula, whatever it was given as."""
    text: str = request.get("formula") or request["model"]
    return text


def data_of(request: Mapping[str, Any], arrays: Mapping[str, "array[float]"]) -> Data:
    """The target as tensors. Raises NotFiniteError."""
    target, dtype, device = request["target"], DTYPES[request["dtype"]], request["device"]
    if not arrays:
        return sampled_function(target["function"], target["domain"], target["points"], dtype, device)
    columns: dict[str, dict[str, array[float]]] = defaultdict(dict)
    for path, numbers in arrays.items():
        field, _, name = path.partition(".")
        columns[field][name] = numbers
    return measured_data(columns, dtype, device, target["response"], target["sigma_absolute"])


def parameters_of(names: tuple[str, ...], wanted: Mapping[str, Mapping[str, Any]]) -> Parameters:
    """The parameters of a model, in its order, as a request wants them."""
    tied = {name: parameter["tied"] for name, parameter in wanted.items() if parameter["tied"] is not None}
    fixed = {name: parameter["start"] for name, parameter in wanted.items() if parameter["fixed"]}
    untied = [name for name in names if name not in tied]
    bounds = {
        side: {name: parameter[side] for name, parameter in wanted.items() if parameter[side] is not None}
        for side in ("lower", "upper")
    }
    return Parameters(names, fixed, {name: parse_tie(text, untied) for name, text in tied.items()}, **bounds)


def start_values(names: Iterable[str], wanted: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """Start value of each parameter; 1 where it is tied, or is yet to be found."""
    starts = {name: wanted.get(name, {}).get("start") for name in names}
    return {name: start if isinstance(start, int | float) else 1.0 for name, start in starts.items()}
