"""Best of several runs of one thing, and how far the others were from it."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter

Clock = Callable[[], float]


@dataclass(frozen=True)
class Timing:
    """Seconds of all timed runs of one thing.

    Attributes
    ----------
    seconds : each run, in order; the warm-up is not among them.

    Examples
    --------
    >>> timing = Timing((2.0, 1.0, 1.2))
    >>> timing.best, round(timing.spread, 3)
    (1.0, 0.2)
    """

    seconds: tuple[float, ...]

    @property
    def best(self) -> float:
        """Shortest run: what the machine can do when nothing else is in its way."""
        return min(self.seconds)

    @property
    def spread(self) -> float:
        """How much longer the median run took than the best, as a fraction of the best."""
        return median(self.seconds) / self.best - 1


def timed(
    call: Callable[[], object],
    budget: float,
    *,
    least: int = 3,
    most: int = 100,
    clock: Clock = perf_counter,
    wait: Callable[[], object] = lambda: None,
) -> Timing:
    """Run something once to warm up, then again and again while the time lasts.

    Parameters
    ----------
    call : what to time.
    budget : seconds after which no further run begins, the warm-up included.
    least, most : runs to time at least, even beyond the budget, and at most.
    clock : gives the time in seconds.
    wait : waits until what `call` began is done: a GPU works on while Python goes ahead.

    Examples
    --------
    >>> ticks = iter(range(100))
    >>> timed(lambda: None, budget=5, clock=lambda: next(ticks)).seconds
    (1, 1, 1)
    """
    begun = clock()
    call()
    wait()
    seconds: list[float] = []
    while len(seconds) < least or (len(seconds) < most and clock() - begun < budget):
        start = clock()
        call()
        wait()
        seconds.append(clock() - start)
    return Timing(tuple(seconds))
