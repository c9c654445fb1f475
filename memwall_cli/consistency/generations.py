"""What can't be true of memories, interconnects, models and claims."""

from collections.abc import Iterator
from itertools import pairwise

from memwall_cli.consistency.fault import Fault, Tables, entries
from memwall_cli.text import digits

LANES = {"8b/10b": 8 / 10, "128b/130b": 128 / 130, "1b/1b FLIT 242B/256B, PAM4": 242 / 256}
"""Share of the signalling rate that a line code leaves for data."""

GENERATIONS = (
    "DDR DDR2 DDR3 DDR4 DDR5",
    "GDDR2 GDDR3 GDDR4 GDDR5 GDDR5X GDDR6 GDDR6X GDDR7",
    "LPDDR LPDDR2 LPDDR3 LPDDR4 LPDDR4X LPDDR5 LPDDR5X LPDDR6",
    "HBM HBM2 HBM2E HBM3 HBM3E HBM4",
)
"""Generations of DRAM, oldest first."""

TOKEN_FLOP = (1 / 3, 3.0)
"""Training FLOP over 6 x parameters x tokens, for a Transformer trained once."""
UNKNOWN_ACTIVE = ("switch-c", "st-moe-269b", "pangu-sigma")
"""Mixtures of experts that never said how many parameters a token uses."""


def memories(tables: Tables) -> Iterator[Fault]:
    """Find bandwidths that aren't bus width x pin rate, and generations out of order."""
    table = tables["memories"].set_index("id")
    product = table["bus_width_bits"] * table["pin_rate_gbps"] / 8
    for id_, one in entries(product, (product / table["bandwidth_gbs"] - 1).abs() > 1e-3):
        yield id_, "bandwidth_gbs", f"bus width x pin rate / 8 is {one:g}"
    for line in GENERATIONS:
        mine = table[table["generation"].isin(line.split())]
        first = mine.sort_values("released").drop_duplicates("generation")
        dates = first.set_index("generation")["released"]
        for before, after in pairwise(g for g in line.split() if g in dates):
            if dates[after] < dates[before]:
                id_ = first.index[first["generation"] == after].astype(str)[0]
                yield id_, "released", f"{after} before {before}"


def lanes(tables: Tables) -> Iterator[Fault]:
    """Find bandwidths that lanes, rate and line code don't give, and dates out of order."""
    links = tables["interconnects"].set_index("id")
    share = links["device_gbs"] * 8 / links["lane_rate_gbps"] / links["lanes"]
    want = links["encoding"].map(LANES)
    wrong = (share < 0.75) | (share > 1.02) | ((share - want).abs() > 0.01)
    for id_, one in entries(share, wrong):
        code = f", {links['encoding'][id_]} leaves {digits(want[id_])}" if want[id_] > 0 else ""
        yield id_, "device_gbs", f"{digits(one)} of lanes x rate{code}"
    for column in ("specified", "first_product_date"):
        for family, dates in links[column].dropna().groupby(links["family"]):
            for id_, _ in entries(dates.diff().dt.days, dates.diff().dt.days < 0):
                yield id_, column, f"before the generation of {family} above it"
    early = (links["specified"] - links["first_product_date"]).dt.days.astype(float)
    for id_, _ in entries(early, early > 366):
        yield id_, "first_product_date", "more than a year before the specification"


def models(tables: Tables) -> Iterator[Fault]:
    """Find more active parameters than there are, and training that its tokens don't explain."""
    table = tables["models"].set_index("id")
    active = table["active_parameters"]
    for id_, _ in entries(active, active > table["parameters"]):
        yield id_, "active_parameters", "more than all parameters"
    used = active.fillna(table["parameters"])
    ratio = table["training_flop"] / (6 * used * table["training_tokens"])
    plain = (table["architecture"] != "other") & (table["domain"] == "language")
    plain &= ~table.index.isin(UNKNOWN_ACTIVE)
    low, high = TOKEN_FLOP
    for id_, one in entries(ratio, plain & ((ratio < low) | (ratio > high))):
        yield id_, "training_flop", f"{digits(one)} x 6 x parameters x tokens"


def claims(tables: Tables) -> Iterator[Fault]:
    """Find values outside their own interval, and series that there are none of."""
    from memwall_cli.curated import CURATED_SERIES

    table = tables["claims"].set_index("id")
    value = table["value"]
    for id_, _ in entries(value, (value < table["ci_low"]) | (value > table["ci_high"])):
        yield id_, "value", "outside its own interval"
    series = table["series"].dropna()
    unknown = series[~series.isin(list(CURATED_SERIES))]
    for id_, name in zip(unknown.index.astype(str), unknown, strict=True):
        yield id_, "series", f"{name} is none of ours"
