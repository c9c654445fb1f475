"""Compare our tables with other people's collections, and say why ours differ.

Usage: python scripts/compare_reference.py FOLDER [FILE...]

Each CSV file of FOLDER whose columns are known here (or only the FILEs named), and each of Karl
Rupp's tables (.txt), is matched with our rows by name. What differs by more than 3 % is printed
with the reason that provenance.csv gives for our value: what other sources say (`others`), or how
ours came about (`detail`). Exits 1 while a difference has no reason.
"""

import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from memwall_cli import load_table

TOLERANCE = 0.03
PEAKS = {
    "fp64_tflops": "fp64_tflops",
    "fp32_tflops": "fp32_tflops",
    "fp16_tensor_dense_tflops": "fp16_matrix_tflops",
    "fp8_dense_tflops": "fp8_matrix_tflops",
    "fp4_dense_tflops": "fp4_matrix_tflops",
    "int8_dense_tops": "int8_matrix_tops",
    "mem_gb": "memory_gb",
    "mem_bw_gbs": "memory_bandwidth_gbs",
    "tdp_w": "tdp_w",
}
EPOCH = {
    "Release price (USD)": ("price_usd", 1),
    "Tensor-FP16/BF16 performance (FLOP/s)": ("fp16_matrix_tflops", 1e-12),
    "FP8 performance (FLOP/s)": ("fp8_matrix_tflops", 1e-12),
    "FP4 performance (FLOP/s)": ("fp4_matrix_tflops", 1e-12),
    "Memory (bytes)": ("memory_gb", 1e-9),
    "Memory bandwidth (byte/s)": ("memory_bandwidth_gbs", 1e-9),
    "Intranode bandwidth (byte/s)": ("link_gbs", 0.5e-9),
    "TDP (W)": ("tdp_w", 1),
    "FP64 (double precision) performance (FLOP/s)": ("fp64_tflops", 1e-12),
    "FP32 (single precision) performance (FLOP/s)": ("fp32_tflops", 1e-12),
    "TF32 (TensorFloat-32) performance (FLOP/s)": ("tf32_matrix_tflops", 1e-12),
    "INT8 performance (OP/s)": ("int8_matrix_tops", 1e-12),
    "Process size (nm)": ("process_nm", 1),
    "Transistors (millions)": ("transistors_m", 1),
    "Die Size (mm^2)": ("die_mm2", 1),
}
MODELS = {
    "params_total": "parameters",
    "params_active": "active_parameters",
    "training_flop": "training_flop",
    "training_tokens": "training_tokens",
}
EPOCH_MODELS = {"Parameters": "parameters", "Training compute (FLOP)": "training_flop"}
RUPP = {
    "GFLOPs-SP": ("fp32_tflops", 1e-3),
    "GFLOPs-DP": ("fp64_tflops", 1e-3),
    "MFLOPs-SP": ("fp32_tflops", 1e-3),
    "MFLOPs-DP": ("fp64_tflops", 1e-3),
    "Mem-BW": ("memory_bandwidth_gbs", 1),
    "Mem-BW/Socket": ("memory_bandwidth_gbs", 1),
    "TDP": ("tdp_w", 1),
}
_NOISE = """
    nvidia amd intel google huawei amazon aws meta microsoft cerebras graphcore habana biren
    tesla groq tenstorrent sambanova instinct radeon data center gpu accelerator the hgx per
    nvl72 dual board class sxm2 sxm4 sxm5 oam blackwell ultra ghz hl trillium ironwood gb tensor
    core geforce tpu x16 4x inf1 inf2 trn1 trn2 trn3 fibre 802.3z 802.3ae knl knc
"""
NOISE = frozenset(_NOISE.split())
"""Words of a name that may be missing on our side; so may a capacity where our name has none."""


class Theirs(NamedTuple):
    """One value of someone else's."""

    table: str
    name: str
    field: str
    value: float


class Difference(NamedTuple):
    """A value of theirs that is not ours."""

    table: str
    id: str
    field: str
    ours: float
    theirs: float
    reason: str | None


def theirs(frame: pd.DataFrame) -> Iterator[Theirs]:
    """Read the values of a collection whose columns are known."""
    columns = set(frame.columns)
    if {"mem_bw_gbs", "name"} <= columns:
        yield from _values(frame, "accelerators", "name", {k: (v, 1) for k, v in PEAKS.items()})
        both = {"interconnect_gbs_bidirectional_per_device": ("link_gbs", 0.5)}
        yield from _values(frame, "accelerators", "name", both)
    elif "Hardware name" in columns:
        yield from _values(frame, "accelerators", "Hardware name", EPOCH)
    elif {"params_total", "name"} <= columns:
        yield from _values(frame, "models", "name", {k: (v, 1) for k, v in MODELS.items()})
    elif {"Model", "Parameters"} <= columns:
        yield from _values(frame, "models", "Model", {k: (v, 1) for k, v in EPOCH_MODELS.items()})
    elif {"family", "uni_gbs"} <= columns:
        frame = frame.assign(name=_joined(frame, "family", "generation"))
        yield from _values(frame, "interconnects", "name", {"uni_gbs": ("device_gbs", 1)})
    elif {"family", "per_pin_gbps"} <= columns:
        hbm = frame["generation"].replace("HBM1", "HBM")
        frame = frame.assign(name=hbm.where(frame["family"] == "HBM", frame["family"]))
        # A generation has a range of rates; its fastest is what ours must not be above.
        for column in ("per_pin_gbps", "bw_gbs"):
            frame[column] = frame[column].str.split("-").str[-1]
        wanted = {"per_pin_gbps": ("pin_rate_gbps", 1), "bw_gbs": ("bandwidth_gbs", 1)}
        yield from _values(frame, "memories", "name", wanted)
    elif "Freq(MHz)" in columns:
        yield from _values(frame, "accelerators", "Name", RUPP)
    elif {"figure", "value", "label"} <= columns:
        frame = frame[frame["label"].notna()]
        frame = frame.assign(name=_joined(frame, "figure", "label", "date"))
        yield from _values(frame, "gholami2024", "name", {"value": ("value", 1)})


def _joined(frame: pd.DataFrame, *columns: str) -> pd.Series:
    parts = [frame[c].fillna("").astype(str) for c in columns]
    return parts[0].str.cat(parts[1:], sep=" ")


def _values(
    frame: pd.DataFrame, table: str, name: str, fields: dict[str, tuple[str, float]]
) -> Iterator[Theirs]:
    for column, (field, scale) in fields.items():
        if column not in frame:
            continue
        numbers = pd.to_numeric(frame[column], errors="coerce") * scale
        for called, value in zip(frame[name], numbers, strict=True):
            if isinstance(called, str) and value > 0:
                yield Theirs(table, called, field, float(value))


def words(name: str) -> frozenset[str]:
    """Split a name into words as names are compared: `A100 SXM4 40 GB` has a100, sxm and 40gb."""
    text = re.sub(r"(\d)\s+(gb|gbe)\b", r"\1\2", name.lower())
    text = re.sub(r"\btpu\s*v?(\d+[a-z]*)", r"tpu v\1", text).replace("max-q", "maxq")
    text = re.sub(r"\bsxm\d\b", "sxm", text).replace("gaudi ", "gaudi").replace("+", " plus")
    return frozenset(re.findall(r"[a-z0-9.]+", text))


def match(name: str, ours: "dict[str, list[frozenset[str]]]") -> list[str]:
    """Find ours whose words are all in a name, and whose name leaves only noise: the fullest fit.

    Several of equal fit are several grades of one generation, or two rows that can't be told apart.
    """
    called = words(name)
    capacity = {word for word in called if re.fullmatch(r"\d+gb", word)}
    fits = []
    for id_, names in ours.items():
        for one in names:
            noise = NOISE if any(w.endswith("gb") for w in one) else NOISE | capacity
            if one and one <= called and called - one <= noise:
                fits.append((len(one), id_))
    return sorted({id_ for n, id_ in fits if n == max(fits)[0]})


def our_names(table: str) -> dict[str, list[frozenset[str]]]:
    """Give the words of our rows' names and ids; those of noise need not be in theirs."""
    frame = load_table(table)
    named = {
        "interconnects": lambda r: f"{r.family} {r.generation}",
        "memories": lambda r: r.generation,
        "gholami2024": lambda r: f"{r.figure} {r.label} {r.date:%Y-%m-%d}",
    }.get(table, lambda r: r.name)
    return {
        row.id: [words(named(row)) - NOISE or words(named(row)), words(row.id.replace("-", " "))]
        for row in frame.itertuples(index=False)
    }


def differences(frame: pd.DataFrame) -> tuple[int, list[Difference]]:
    """Compare a collection with our tables: how many values both have, and which differ."""
    reasons = _reasons()
    names: dict[str, dict[str, list[frozenset[str]]]] = {}
    found: set[Difference] = set()
    compared = 0
    for one in theirs(frame):
        if one.table not in names:
            names[one.table] = our_names(one.table)
        for ours in _ours(one, match(one.name, names[one.table])):
            compared += 1
            reason = reasons.get((one.table, ours[0], one.field))
            if abs(one.value / ours[1] - 1) > TOLERANCE:
                found.add(Difference(one.table, ours[0], one.field, ours[1], one.value, reason))
    return compared, sorted(found, key=lambda d: (d.reason is not None, d[:5]))


def _ours(one: Theirs, ids: list[str]) -> list[tuple[str, float]]:
    """Give our values to compare with one of theirs; none where rows can't be told apart."""
    column = load_table(one.table).set_index("id")[one.field]
    values = [(id_, float(column[id_])) for id_ in ids if column[id_] > 0]
    if one.table == "memories":
        # Theirs is the fastest of its generation, so ours is too.
        return sorted(values, key=lambda v: v[1])[-1:]
    return values if len(values) == 1 else []


def _reasons() -> dict[tuple[str, str, str], str]:
    rows = load_table("provenance")
    reasons = {}
    for row in rows.itertuples(index=False):
        text = "; ".join(t for t in (row.others, row.detail) if isinstance(t, str))
        if text:
            reasons[row.table, row.id, row.field] = text
    return reasons


def read(file: Path) -> pd.DataFrame:
    """Read a CSV file, or a table of Karl Rupp's: words in columns under `#Year`, names quoted."""
    if file.suffix == ".csv":
        return pd.read_csv(file, dtype=str)
    lines = file.read_text("utf-8").splitlines()
    header = next((line for line in lines if line.startswith("#Year")), "#Year").split()
    if "-dp-" in file.name:
        header = ["GFLOPs-DP" if column == "GFLOPs" else column for column in header]
    header = ["GFLOPs-SP" if column == "GFLOPs" else column for column in header]
    rows = [shlex.split(line, comments=True) for line in lines]
    return pd.DataFrame([row for row in rows if len(row) == len(header)], columns=header)


def main() -> None:
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    folder = Path(sys.argv[1])
    files = [folder / name for name in sys.argv[2:]] or sorted(
        file for file in folder.iterdir() if file.suffix in (".csv", ".txt")
    )
    missing = 0
    for file in files:
        compared, found = differences(read(file))
        bare = sum(one.reason is None for one in found)
        missing += bare
        print(f"{file.name}: {compared} values compared, {len(found)} differ, {bare} unexplained")
        for one in found:
            share = f"{one.theirs:g} against our {one.ours:g}"
            print(f"  {one.id} {one.field}: {share}: {one.reason or 'NO REASON'}")
    if missing:
        raise SystemExit(f"{missing} differences have no reason; write them into provenance.csv")


if __name__ == "__main__":
    main()
