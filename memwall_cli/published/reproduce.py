"""Ours beside a published number: the functions that a row of the table of cases may name."""

from collections.abc import Callable

from memwall_cli.errors import MemwallError
from memwall_cli.published import devices, rates, training, workloads
from memwall_cli.published.cases import UNITS, Case, Verdict, fault

FUNCTIONS: dict[str, Callable[..., float]] = {
    "rate": rates.rate,
    "points": rates.points,
    "first-year": rates.first_year,
    "last-year": rates.last_year,
    "workload": workloads.workload,
    "balance": devices.balance,
    "utilization": devices.utilization,
    "parameters": workloads.parameters,
    "weights": workloads.weights,
    "kv-cache": workloads.kv_cache,
    "bound": devices.bound,
    "states": training.states,
    "activations": training.activations,
    "saved": training.saved,
}
"""What computes ours, in base units: FLOP, bytes, parameters, or as it is counted."""


def judge(case: Case) -> Verdict:
    """Compute ours and put it beside a published number.

    Raises
    ------
    MemwallError
        If it can't be computed; the message names the case.

    Examples
    --------
    >>> from memwall_cli.published.cases import load_cases
    >>> verdict = judge(load_cases()[0])
    >>> print(f"{verdict.ours:.2f} for {verdict.case.published:g}: {verdict.ok}")
    3.03 for 3: True
    """
    if case.function not in FUNCTIONS:
        raise fault(case.id, f"no function {case.function!r}; there are {', '.join(FUNCTIONS)}")
    arguments = {name: workloads.typed(value) for name, value in case.arguments.items()}
    try:
        ours = FUNCTIONS[case.function](**arguments)
    except (MemwallError, ArithmeticError, KeyError, TypeError, ValueError) as error:
        raise fault(case.id, f"can't be computed: {error}") from None
    return Verdict(case, ours / UNITS[case.unit])
