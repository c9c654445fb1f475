"""Check by simulation how often each interval holds the truth, where its assumptions hold or not.

Usage: python scripts/calibration.py [REPLICATIONS]     (2000 by default; a few minutes)

Prints, and writes to docs/calibration.md, the coverage of nominal 95 % intervals of the rate and
of nominal 90 % bands of the frontier five years ahead. The worlds were fixed before the first
run, and what comes out is written down, good and bad.
"""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import exp, isfinite
from pathlib import Path

import numpy as np

from memwall_cli.trends.estimators.bootstrap import fit_bootstrap
from memwall_cli.trends.estimators.breaks import ALARM, find_break
from memwall_cli.trends.estimators.drift import fit_drift
from memwall_cli.trends.estimators.frontier import fit_frontier
from memwall_cli.trends.estimators.quantile import fit_quantile
from memwall_cli.trends.estimators.theil_sen import fit_theil_sen
from memwall_cli.trends.forecast import Yearly, project, yearly_frontier
from memwall_cli.trends.growth import Array, Growth, fit_growth, least_squares

ROOT = Path(__file__).resolve().parent.parent
SIZES = (10, 24, 60)
SLOPE, SCATTER, WALK = 0.5, 0.8, 0.5
"""Rise of ln(value) a year; standard deviation about the line; of a year's step of the walk."""
SPAN, AHEAD = 20.0, 5
RESAMPLES, PERMUTATIONS = 2000, 999
LEVEL, BAND = 0.95, 0.90


@dataclass(frozen=True)
class Sample:
    """Points of one world: dates in years, ln(value), the vendor and the family of each."""

    t: Array
    y: Array
    vendor: Array
    family: Array

    def until(self, year: float) -> "Sample":
        """Keep what is dated until then."""
        seen = self.t <= year
        return Sample(self.t[seen], self.y[seen], self.vendor[seen], self.family[seen])


def line(n: int, span: float, rng: np.random.Generator) -> Sample:
    """Points that scatter independently about a line; vendors and families mean nothing."""
    t = rng.uniform(0, span, n)
    y = SLOPE * t + SCATTER * rng.normal(size=n)
    return Sample(t, y, rng.integers(0, vendors(n), n), np.arange(n) // 2)


def vendor_offsets(n: int, span: float, rng: np.random.Generator) -> Sample:
    """Vendors that stay above or below the line, each at work for half of the time."""
    vendor = rng.integers(0, vendors(n), n)
    start = rng.uniform(0, span / 2, vendors(n))
    t = start[vendor] + rng.uniform(0, span / 2, n)
    offset = rng.normal(size=vendors(n))[vendor]
    y = SLOPE * t + SCATTER * (offset + rng.normal(size=n)) / 2**0.5
    return Sample(t, y, vendor, np.arange(n) // 2)


def generations(n: int, span: float, rng: np.random.Generator) -> Sample:
    """Pairs of products of one design, within a year and a half, that differ little."""
    family = np.arange(n) // 2
    t = rng.uniform(0, span - 1.5, n)[family] + rng.uniform(0, 1.5, n)
    y = SLOPE * t + SCATTER * (rng.normal(size=n)[family] + 0.3 * rng.normal(size=n))
    return Sample(t, y, rng.integers(0, vendors(n), n), family)


def random_walk(n: int, span: float, rng: np.random.Generator) -> Sample:
    """Points on one random walk with drift: there is no line to come back to."""
    t = np.sort(rng.uniform(0, span, n))
    dt = np.diff(t, prepend=0.0)
    y = (SLOPE * dt + WALK * np.sqrt(dt) * rng.normal(size=n)).cumsum()
    return Sample(t, y, rng.integers(0, vendors(n), n), np.arange(n) // 2)


World = Callable[[int, float, np.random.Generator], Sample]
WORLDS: dict[str, World] = {
    "line": line,
    "vendor offsets": vendor_offsets,
    "generations": generations,
    "random walk": random_walk,
}


def vendors(n: int) -> int:
    return 4 + n // 8


def _bootstrap(of: Callable[[Sample], Array]) -> Callable[[Sample, int], Growth]:
    def fit(s: Sample, seed: int) -> Growth:
        return fit_bootstrap(s.t, np.exp(s.y), of(s), LEVEL, resamples=RESAMPLES, seed=seed)

    return fit


RATES: dict[str, Callable[[Sample, int], Growth]] = {
    "ols": lambda s, _: fit_growth(s.t, np.exp(s.y), LEVEL),
    "by year": _bootstrap(lambda s: np.floor(s.t)),
    "by vendor": _bootstrap(lambda s: s.vendor),
    "by family": _bootstrap(lambda s: s.family),
    "theil-sen": lambda s, _: fit_theil_sen(s.t, np.exp(s.y), LEVEL),
    "quantile 0.5": lambda s, _: fit_quantile(s.t, np.exp(s.y), LEVEL, quantile=0.5),
    "quantile 0.9": lambda s, _: fit_quantile(s.t, np.exp(s.y), LEVEL, quantile=0.9),
    "frontier": lambda s, _: fit_frontier(s.t, np.exp(s.y), LEVEL),
    "top 5": lambda s, _: fit_frontier(s.t, np.exp(s.y), LEVEL, top=5),
    "drift": lambda s, _: fit_drift(yearly_frontier(s.t, np.exp(s.y)), LEVEL),
}
BANDS = ("ols confidence", "ols prediction", "random walk")


def rate_coverage(world: World, n: int, replications: int) -> dict[str, tuple[float, float]]:
    """Share of intervals that hold the true rate, and share of samples that have one."""
    rng = np.random.default_rng([n, replications])
    truth = exp(2 * SLOPE)
    held = {name: [] for name in RATES}
    for seed in range(replications):
        sample = world(n, SPAN, rng)
        for name, fit in RATES.items():
            growth = fit(sample, seed)
            if isfinite(growth.ci_low):
                held[name].append(growth.ci_low <= truth <= growth.ci_high)
    return {name: share(each, replications) for name, each in held.items()}


def band_coverage(world: World, n: int, replications: int) -> dict[str, tuple[float, float]]:
    """Share of bands that hold the frontier five years ahead, and share of samples with one."""
    rng = np.random.default_rng([n, replications, 1])
    held = {name: [] for name in BANDS}
    for _ in range(replications):
        whole = world(round(n * 1.5), SPAN * 1.5, rng)
        sample = whole.until(SPAN)
        if len(sample.t) < 3:
            continue
        now = sample.t.max()
        frontier = whole.until(now + AHEAD).y.max()
        for name, (low, high) in bands(sample, now + AHEAD).items():
            if isfinite(low):
                held[name].append(low <= frontier <= high)
    return {name: share(each, replications) for name, each in held.items()}


def bands(sample: Sample, year: float) -> dict[str, tuple[float, float]]:
    """Give the ends of each band of ln(frontier) at a later date."""
    from scipy.special import stdtrit

    fit = least_squares(sample.t, sample.y)
    middle = fit.intercept + fit.slope * year
    of_line = fit.residual_error**2 / fit.n + (fit.slope_error * (year - sample.t.mean())) ** 2
    half = stdtrit(fit.n - 2, (1 + BAND) / 2) * np.sqrt([of_line, of_line + fit.residual_error**2])
    ahead = project(yearly_frontier(sample.t, np.exp(sample.y)), AHEAD, BAND)
    ends = ((middle - h, middle + h) for h in half)
    walk = float(np.log(ahead.low[-1])), float(np.log(ahead.high[-1]))
    return dict(zip(BANDS, (*ends, walk), strict=True))


def false_alarms(steps: int, replications: int) -> float:
    """Share of random walks without a break in which one is said to stand."""
    rng = np.random.default_rng([steps, replications, 2])
    walks = np.exp(rng.normal(SLOPE, WALK, (replications, steps + 1)).cumsum(axis=1))
    return alarms(Yearly(0.0, np.arange(steps + 1), walk[::-1]) for walk in walks)


def frontier_alarms(world: World, n: int, replications: int) -> float:
    """Give the same for the yearly frontiers of a world without a break."""
    rng = np.random.default_rng([n, replications, 3])
    samples = (world(n, SPAN, rng) for _ in range(replications))
    return alarms(yearly_frontier(s.t, np.exp(s.y)) for s in samples)


def alarms(quantities: Iterable[Yearly]) -> float:
    found = [find_break(yearly, seed, PERMUTATIONS) for seed, yearly in enumerate(quantities)]
    return float(np.mean([turn.p < ALARM for turn in found if turn]))


def share(held: list[bool], replications: int) -> tuple[float, float]:
    return (float(np.mean(held)) if held else float("nan")), len(held) / replications


def table(names: list[str], cells: Callable[[World, int], dict[str, tuple[float, float]]]) -> str:
    rows = [f"| truth | n | {' | '.join(names)} |", f"| :-- | --: |{' --: |' * len(names)}"]
    for world, make in WORLDS.items():
        for n in SIZES:
            found = cells(make, n)
            rows.append(f"| {world} | {n} | {' | '.join(cell(*found[name]) for name in names)} |")
            print(rows[-1], flush=True)
    return "\n".join(rows)


def cell(coverage: float, known: float) -> str:
    """Coverage in per cent; nothing where most samples have no interval, * where some have none."""
    if known < 0.5:
        return "-"
    return f"{100 * coverage:.0f}{'*' if known < 0.95 else ''}"


def main() -> None:
    replications = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    rates = table(list(RATES), lambda world, n: rate_coverage(world, n, replications))
    ahead = table(list(BANDS), lambda world, n: band_coverage(world, n, replications))
    told = {f"walk of {m} steps": false_alarms(m, replications) for m in (8, 12, 28)}
    for name, world in WORLDS.items():
        told[f"frontier of {SIZES[-1]} points: {name}"] = frontier_alarms(
            world, SIZES[-1], replications
        )
    rows = "\n".join(f"| {name} | {100 * part:.1f} |" for name, part in told.items())
    print(rows)
    text = TEXT.format(
        replications=replications,
        rates=rates,
        ahead=ahead,
        alarms=rows,
        slope=SLOPE,
        scatter=SCATTER,
        walk=WALK,
        span=SPAN,
    )
    (ROOT / "docs" / "calibration.md").write_text(text, "utf-8")


TEXT = """# How often the intervals hold

Written by `python scripts/calibration.py`: {replications} samples of each kind, so a figure is off
by a percentage point at most times. An interval that keeps its word holds the truth as often as its
level says: below that it is too narrow, above it is wider than it need be. The worlds were fixed
before the first run; nothing was tuned to them.

- **line**: points scatter independently about a line, standard deviation of ln(value)
  {scatter}.
- **vendor offsets**: half of that variance belongs to the vendor, and each vendor is at work for
  half of the {span:.0f} years; 5, 7 and 11 vendors.
- **generations**: points come in pairs of one family that share most of their distance to the line.
- **random walk**: points lie on a random walk with drift, {walk} a year; there is no line.

Everywhere ln(value) rises by {slope} a year in truth, over {span:.0f} years.

## The rate: nominal 95 % intervals of `memwall fit`

By year, vendor, family: `--bootstrap`. In per cent; - most samples have too few points or clusters
for an interval, * some have, and the figure is that of the others.

{rates}

## The frontier five years ahead: nominal 90 % bands

What the best value so far will be. Confidence and prediction band are those of the least-squares
line, random walk is that of `memwall project`.

{ahead}

## A change of pace: false alarms at 5 %

How often `memwall fit --estimator drift` would tell of one where there is none.

| truth | alarms, % |
| :-- | --: |
{alarms}
"""


if __name__ == "__main__":
    main()
