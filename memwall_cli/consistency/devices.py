"""What can't be true of a processor or accelerator."""

from collections.abc import Iterator
from itertools import pairwise

from memwall_cli.consistency.fault import Fault, Tables, entries
from memwall_cli.text import digits

RATIOS = (
    ("fp64_tflops", "fp32_tflops", 1 / 128, 1),
    ("fp16_tflops", "fp32_tflops", 1, 4),
    ("fp64_matrix_tflops", "fp64_tflops", 1, 2),
    ("fp16_matrix_tflops", "fp32_tflops", 2, 130),
    ("fp16_matrix_tflops", "fp16_tflops", 1, 64),
    ("tf32_matrix_tflops", "fp16_matrix_tflops", 1 / 4, 1),
    ("fp8_matrix_tflops", "fp16_matrix_tflops", 1, 4.4),
    ("fp4_matrix_tflops", "fp8_matrix_tflops", 1, 4),
    ("int8_matrix_tops", "fp16_matrix_tflops", 1 / 17, 4),
)
"""Peaks of one device over each other: the least and the most that any design has had."""

MATRIX_PER_VECTOR = {
    "GV100": 8, "TU102": 8, "TU104": 8, "GA100": 16, "GA102": 4, "GH100": 16, "GB100": 32,
    "GB110": 32, "AD102": 4, "AD104": 4, "GB202": 4,
}  # fmt: skip
"""Dense FP16 multiply-adds of a die's matrix units per FP32 one of its vector units and clock."""

WIDEST = {
    "GDDR3": (512, 2.6), "GDDR5": (512, 8), "GDDR5X": (384, 12), "GDDR6": (512, 20),
    "GDDR6X": (384, 21), "GDDR7": (512, 32), "DDR4": (512, 3.2), "DDR5": (768, 8.8),
    "HBM2": (6144, 2.4), "HBM2E": (8192, 3.6), "HBM3": (8192, 6.4), "HBM3E": (8192, 9.8),
    "HBM4": (24576, 11),
}  # fmt: skip
"""Widest bus (bits) of a chip or socket with such memory, and its fastest rate (Gbit/s a pin)."""

READ_ALL = (0.002, 1.0)
"""Seconds to read a whole DRAM once; on-chip memories take microseconds."""

LINES = tuple(
    line.split()
    for line in (
        "tpu-v1 tpu-v2 tpu-v3 tpu-v4 tpu-v5e tpu-v5p tpu-v6e tpu7x tpu-8t",
        "tesla-c870 tesla-c1060 tesla-c2050 tesla-m2090 tesla-k20x tesla-k40 tesla-k80 p100-sxm2 "
        "v100-sxm2-16gb a100-sxm-40gb h100-sxm h200-sxm b200-sxm b300-sxm rubin",
        "a100-sxm-40gb a100-sxm-80gb",
        "geforce-256-ddr geforce2-ultra geforce3 geforce4-ti-4600 geforce-fx-5900-ultra "
        "geforce-6800-ultra geforce-7800-gtx geforce-8800-gtx geforce-gtx-280 geforce-gtx-480 "
        "geforce-gtx-580 geforce-gtx-680 geforce-gtx-780-ti geforce-gtx-1080-ti "
        "geforce-rtx-2080-ti geforce-rtx-3090 geforce-rtx-4090 geforce-rtx-5090",
        "mi8 mi50 mi100 mi250x mi300x mi325x mi355x mi455x",
        "trainium trainium2 trainium3",
        "inferentia inferentia2",
        "gaudi gaudi2 gaudi3",
        "mtia-v1 mtia-v2 mtia-300",
        "maia-100 maia-200",
        "ascend-310 ascend-910 ascend-910b2 ascend-910c ascend-950pr",
        "cerebras-wse-1 cerebras-wse-2 cerebras-wse-3",
        "graphcore-gc2 graphcore-gc200 graphcore-bow",
        "sx-5 sx-6 sx-8 sx-9 sx-ace sx-aurora-tsubasa-ve-10a",
        "epyc-7601 epyc-7702 epyc-7763 epyc-9654 epyc-9755",
    )
)
"""Product lines, oldest first."""


def ratios(tables: Tables) -> Iterator[Fault]:
    """Find peaks of one device whose ratio no design has."""
    devices = tables["accelerators"].set_index("id")
    for above, below, least, most in RATIOS:
        ratio = devices[above] / devices[below]
        for id_, one in entries(ratio, (ratio < least * 0.97) | (ratio > most * 1.03)):
            yield id_, above, f"{digits(one)} x {below}, want {digits(least)} to {digits(most)} x"


def dense(tables: Tables) -> Iterator[Fault]:
    """Find matrix peaks above what the die does in the clock that its FP32 peak shows."""
    devices = tables["accelerators"].set_index("id")
    most = devices["die"].map(MATRIX_PER_VECTOR)
    ratio = devices["fp16_matrix_tflops"] / devices["fp32_tflops"]
    for id_, one in entries(ratio, ratio > 1.1 * most):
        what = f"a {devices['die'][id_]} does {most[id_]:.0f} x; dense?"
        yield id_, "fp16_matrix_tflops", f"{digits(one)} x fp32_tflops, {what}"


def memory(tables: Tables) -> Iterator[Fault]:
    """Find bandwidths beyond the widest bus, and memories read in no time: SRAM, or a slip."""
    devices = tables["accelerators"].set_index("id")
    devices = devices[devices["memory_type"].notna() & (devices["memory_type"] != "SRAM")]
    bandwidth, kind = devices["memory_bandwidth_gbs"], devices["memory_type"].str.upper()
    most = kind.map({k: bits * rate / 8 for k, (bits, rate) in WIDEST.items()})
    for id_, one in entries(bandwidth, bandwidth > 1.03 * most):
        what = f"{digits(one, 4)} GB/s, {kind[id_]} gives {digits(most[id_], 4)} at most"
        yield id_, "memory_bandwidth_gbs", f"{what}; on-chip, or counted twice?"
    seconds = devices["memory_gb"] / bandwidth
    for id_, one in entries(seconds, (seconds < READ_ALL[0]) | (seconds > READ_ALL[1])):
        what = f"{digits(one)} s to read all memory, want {READ_ALL[0]:g} to {READ_ALL[1]:g} s"
        yield id_, "memory_bandwidth_gbs", what


def links(tables: Tables) -> Iterator[Fault]:
    """Find links faster than their generation is in one direction: both directions, or a slip."""
    if "interconnects" not in tables:
        return
    known = tables["interconnects"]
    most = dict(zip(known["family"] + " " + known["generation"], known["device_gbs"], strict=True))
    devices = tables["accelerators"].dropna(subset=["link", "link_gbs"])
    for id_, link, speed in zip(devices["id"], devices["link"], devices["link_gbs"], strict=True):
        family, version, width, *_ = f"{link} - -".split(" ")
        full = most.get(f"{family} {version.replace('1.x', '1.0')}")
        if full is not None and width.startswith("x"):
            full *= int(width[1:]) / 16
        if full is not None and speed > 1.01 * full:
            what = f"{speed:g} GB/s, {family} {version} gives {full:g} in one direction"
            yield id_, "link_gbs", what


def lines(tables: Tables) -> Iterator[Fault]:
    """Find devices that came before their predecessor."""
    devices = tables["accelerators"]
    released = dict(zip(devices["id"], devices["released"], strict=True))
    for line in LINES:
        for before, after in pairwise(id_ for id_ in line if id_ in released):
            if released[after] < released[before]:
                yield after, "released", f"{released[after]:%Y-%m-%d} is before {before}"


def before_its_memory(tables: Tables) -> Iterator[Fault]:
    """Find devices that came long before the kind of memory that they have."""
    if "memories" not in tables:
        return
    memories, devices = tables["memories"], tables["accelerators"]
    first = memories.groupby(memories["generation"].str.upper())["released"].min()
    known = devices["memory_type"].str.upper().map(first)
    early = devices[(known - devices["released"]).dt.days > 366]
    for id_, kind in zip(early["id"], early["memory_type"], strict=True):
        yield id_, "released", f"more than a year before {kind} memory"
