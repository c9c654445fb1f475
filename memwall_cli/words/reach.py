"""When something is reached, in words."""

from math import isnan
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from memwall_cli.trends.arrivals import Arrival

FAR = 30
"""Years beyond which the table names no date: as far again as the oldest series is long."""


def shown_date(one: "Arrival", i: int) -> str:
    """Month by which it is reached, or that it is too far."""
    years, date = one.years[i], one.dates[i]
    if isnan(years):
        return "-"
    return date[:7] if date and years <= FAR else f"not within\n{FAR} years"


def band_of(one: "Arrival") -> str:
    """Give the band of the date in words."""
    early, late = (shown_date(one, i).replace("\n", " ") for i in (0, 2))
    if not early[:1].isdigit():
        return early
    return f"{early} to {late}" if late[:1].isdigit() else f"from {early}, no end in {FAR} years"


def sentence_of(one: "Arrival", text: str, level: float) -> str:
    """Say when something ahead is reached."""
    median = shown_date(one, 1).replace("\n", " ")
    what = f"{one.quantity.label} reaches {text.strip()}"
    band = band_of(one)
    if band.startswith("not"):
        return f"{what} later than in {FAR} years, by every date of the {level * 100:g} % band"
    known = median[:1].isdigit()
    when = f"by {median} with even odds" if known else f"with even odds {median}"
    return f"{what} {when}" + ("" if band == "-" else f"; {level * 100:g} % band {band}")
