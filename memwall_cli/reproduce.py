"""What computes a published number: a few functions, called by name from the table of cases.

All answer in base units: FLOP, bytes, parameters, seconds, or as they are counted.
"""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from memwall_cli.errors import MemwallError
from memwall_cli.published import UNITS, Case, Verdict, fault

if TYPE_CHECKING:
    from memwall_cli.series import Series
    from memwall_cli.workload.model import Model
    from memwall_cli.workload.operator import Operator


def judge(case: Case) -> Verdict:
    """Compute ours and put it beside a published number.

    Raises
    ------
    MemwallError
        If it can't be computed; the message names the case.

    Examples
    --------
    >>> from memwall_cli.published import load_cases
    >>> verdict = judge(load_cases()[0])
    >>> print(f"{verdict.ours:.2f} for {verdict.case.published:g}: {verdict.ok}")
    3.03 for 3: True
    """
    try:
        compute = FUNCTIONS[case.function]
        ours = compute(**{name: _typed(value) for name, value in case.arguments.items()})
        return Verdict(case, ours / UNITS[case.unit])
    except (MemwallError, KeyError, TypeError, ValueError) as error:
        raise fault(case.id, f"can't be computed: {error}") from None


def _typed(text: str) -> Any:
    """Read an argument: a whole number, a decimal fraction, or a word."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


@cache
def _series(name: str, dataset: str) -> "Series":
    from memwall_cli.series import load_series

    return load_series(name, dataset)


def rate(series: str, dataset: str, years: float = 2) -> float:
    """Fit the growth of a series over so many years.

    Examples
    --------
    >>> print(f"{rate('compute', 'gholami2024'):.4f}")
    3.0257
    """
    from memwall_cli.growth import fit_growth

    found = _series(series, dataset)
    growth: float = fit_growth(found.years, found.values).growth_per_2yr ** (years / 2)
    return growth


def points(series: str, dataset: str) -> int:
    """Count the points of a series."""
    return len(_series(series, dataset).values)


def first_year(series: str, dataset: str) -> int:
    """Year of the earliest point of a series."""
    return int(str(_series(series, dataset).dates.min())[:4])


def last_year(series: str, dataset: str) -> int:
    """Year of the latest point of a series."""
    return int(str(_series(series, dataset).dates.max())[:4])


@cache
def _model(name: str) -> "Model":
    """Load a bundled model, or build one from "type:field=value,field=value"."""
    from memwall_cli.workload.config import load_model, model_of

    kind, _, fields = name.partition(":")
    if not fields:
        return load_model(name)
    config = {key: _typed(value) for key, value in (f.split("=") for f in fields.split(","))}
    return model_of({"model_type": kind, **config}, kind, name)


@cache
def _operators(model: str, phase: Any, convention: str, more: tuple[Any, ...]) -> "list[Operator]":
    from memwall_cli.workload.formats import Formats
    from memwall_cli.workload.workload import Workload

    options = dict(more)
    if convention == "paper":
        options |= {"formats": Formats.all("int8"), "fused": False, "blocks_only": True}
    return Workload(_model(model), phase, **options).operators


def workload(
    model: str,
    phase: str,
    quantity: str,
    convention: str = "ours",
    group: str | None = None,
    kind: str | None = None,
    **options: Any,
) -> float:
    """Add up FLOPs or bytes of a workload, or divide one by the other.

    Parameters
    ----------
    model, phase : what runs.
    quantity : "flops", "flops-per-token", "bytes" or "intensity".
    convention : "paper" counts as arXiv 2302.14017 does.
    group, kind : only operators of these.
    options : further arguments of `Workload`.

    Examples
    --------
    >>> workload("llama-2-7b", "decode", "flops", kind="matmul", context=2048)
    14287896576
    """
    rows = [
        row
        for row in _operators(model, phase, convention, tuple(options.items()))
        if group in (None, row.group) and kind in (None, row.kind)
    ]
    flops, moved = sum(row.flops for row in rows), sum(row.bytes for row in rows)
    found = {"flops": flops, "bytes": moved, "intensity": flops / moved if moved else None}
    if quantity == "flops-per-token":
        return float(flops / options["tokens"])
    answer: float = found[quantity]
    return answer


def parameters(model: str, part: str = "all") -> int:
    """Count parameters: "all", those "active" for a token, and each with "no-embedding".

    Of active parameters many count no token embedding (one row of it is looked up), but the head.

    Examples
    --------
    >>> parameters("llama-2-7b"), parameters("mixtral-8x7b", "active")
    (6738415616, 12879925248)
    """
    from memwall_cli.workload.weights import parameters as count

    found = _model(model)
    if part not in ("all", "active", "no-embedding", "active-no-embedding"):
        raise ValueError(f"no part {part!r}")
    number = count(found, active=part.startswith("active"))
    if part.endswith("no-embedding"):
        rows = found.vocabulary + found.positions + found.types
        number -= rows * found.hidden
    return number


def weights(model: str, format: str) -> int:  # noqa: A002 (the word that the tables use)
    """Count the bytes of a model's weights."""
    from memwall_cli.workload.operator import in_bytes

    number: int = in_bytes(parameters(model), format)
    return number


def kv_cache(model: str, format: str, tokens: int = 1) -> int:  # noqa: A002
    """Count the bytes of the KV cache of one sequence.

    Examples
    --------
    >>> kv_cache("deepseek-v3", "bf16"), kv_cache("llama-3.1-405b", "bf16")
    (70272, 516096)
    """
    from memwall_cli.workload.operator import in_bytes

    held = sum(
        blocks.count * blocks.attention.cached * min(tokens, blocks.attention.window or tokens)
        for blocks in _model(model).blocks
    )
    number: int = in_bytes(held, format)
    return number


FUNCTIONS: dict[str, Callable[..., float]] = {
    "rate": rate,
    "points": points,
    "first-year": first_year,
    "last-year": last_year,
    "workload": workload,
    "parameters": parameters,
    "weights": weights,
    "kv-cache": kv_cache,
}
"""What a row of the table may name."""
