"""Time roofline points against llm-analysis and mlsysim, side by side in this one process.

Usage: python scripts/benchmark_roofline.py [ROUNDS]     (5 by default)

Needs `pip install llm-analysis mlsysim` beside memwall, in an environment of their own. A point
is one workload on one device, all operators. Ours are one broadcast for each model; theirs are
calls in a loop, the way in which both libraries are made to be used. Then the command writes
10^5 and 10^7 points to CSV, and the highest memory that each took is read. Prints, and writes to
docs/benchmark.md between its markers, ratios and megabytes: absolute times say more of the
machine than of the program.
"""

import logging
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
from llm_analysis.analysis import LLMAnalysis
from llm_analysis.config import get_gpu_config_by_name, get_model_config_by_name
from mlsysim import Engine, Hardware, Models

from memwall_cli.chips import Chips, load_chips
from memwall_cli.rooflines import usable
from memwall_cli.workload.config import load_model
from memwall_cli.workload.formats import Formats
from memwall_cli.workload.roofline import roofline_grid
from memwall_cli.workload.workload import Workload

DOC = Path(__file__).resolve().parent.parent / "docs" / "benchmark.md"
BEGIN, END = "<!-- roofline points -->", "<!-- end of roofline points -->"
LEAST = 1000
MODELS = (
    *("gpt2", "gpt2-medium", "gpt2-large", "gpt2-xl", "gpt3-175b", "llama-2-7b", "llama-2-13b"),
    *("llama-2-70b", "llama-3-8b", "llama-3-70b", "llama-3.1-405b", "mistral-7b", "mixtral-8x7b"),
    *("gemma-3-27b", "qwen2.5-7b", "qwen2.5-72b", "qwen3-235b-a22b", "deepseek-v3"),
    *("gpt-oss-20b", "gpt-oss-120b"),
)
CALLS = 300
"""Calls of the other libraries in one round."""


def newest(number: int) -> Chips:
    chips = load_chips(Formats())
    return chips[usable(chips, 1)[0]][-number:]


def ours() -> int:
    """Twenty models, 100 devices, 25 batches, 20 contexts: 10^6 points."""
    rates = newest(100).rates
    batches, contexts = np.arange(1, 26) * 4, np.arange(1, 21) * 400
    points = 0
    for name in MODELS:
        point = roofline_grid(Workload(load_model(name), "decode"), rates, batches, contexts)
        points += np.broadcast(point.time_s, point.bound, point.operator_s).size
    return points


def llm_analysis() -> int:
    """Llama 2 7B on one device in many batches; a call is a prefill and a decode."""
    logging.disable(logging.CRITICAL)
    model = get_model_config_by_name("NousResearch_Llama-2-7b-hf")
    device = get_gpu_config_by_name("a100-sxm-80gb")
    analysis = LLMAnalysis(model, device, flops_efficiency=1, hbm_memory_efficiency=1)
    for call in range(CALLS):
        analysis.inference(batch_size_per_gpu=1 + call % 8, seq_len=512, num_tokens_to_generate=1)
    return 2 * CALLS


def mlsysim() -> int:
    """Llama 2 7B on one device in many batches."""
    model, device = Models.Language.Llama2_7B, Hardware.Cloud.A100
    for call in range(CALLS):
        Engine.solve(model, device, batch_size=1 + call % 8, efficiency=1.0, seq_len=512)
    return CALLS


def rate(run: Callable[[], int]) -> float:
    start = time.perf_counter()
    points = run()
    return points / (time.perf_counter() - start)


def peak_memory(contexts: int, models: int) -> tuple[int, float]:
    """Points that the command wrote, and the most megabytes that it took."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "grid.csv"
        command = [
            *(str(Path(sys.executable).with_name("memwall")), "roofline", *MODELS[:models]),
            *("--phase", "decode", "--on", ",".join(newest(100).ids), "--quiet", "-o", str(file)),
            *("--batch", ",".join(str(4 * n) for n in range(1, 51))),
            *("--context", ",".join(str(40 * n) for n in range(1, contexts + 1))),
        ]
        process = subprocess.Popen(command)
        _, status, used = os.wait4(process.pid, 0)
        assert status == 0
        with file.open("rb") as lines:
            return sum(1 for _ in lines) - 1, used.ru_maxrss / 1024


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    others = {"llm-analysis": llm_analysis, "mlsysim": mlsysim}
    for run in (ours, *others.values()):
        run()
    found: dict[str, list[float]] = {name: [] for name in others}
    for _ in range(rounds):
        mine = rate(ours)
        for name, run in others.items():
            found[name].append(mine / rate(run))
    rows = [
        f"| 10^6 points of `roofline_grid` | {name} {version(name)}, calls in a loop | "
        f"{statistics.median(ratios):,.0f} | {min(ratios):,.0f}-{max(ratios):,.0f} | {LEAST:,} |"
        for name, ratios in found.items()
    ]
    (few, little), (many, much) = peak_memory(20, 1), peak_memory(100, 20)
    text = (
        f"{BEGIN}\n## Roofline points, as ratios of rates\n\n"
        "Written by `python scripts/benchmark_roofline.py`: one process, run in turn, "
        f"{rounds} rounds after one warm-up; the ratio of points per second, median of rounds.\n"
        f"Python {platform.python_version()}, numpy {version('numpy')}.\n\n"
        "| ours | held against | ratio | of single rounds | at least |\n"
        "| :-- | :-- | --: | --: | --: |\n" + "\n".join(rows) + "\n\n"
        f"`memwall roofline` writing CSV: {few:,} points take {little:.0f} MB of memory at most, "
        f"{many:,} take {much:.0f} MB.\n{END}\n"
    )
    print(text)
    known = DOC.read_text()
    known = re.sub(f"\n*{BEGIN}.*{END}\n", "\n", known, flags=re.DOTALL)
    DOC.write_text(f"{known.rstrip()}\n\n{text}")
    sys.exit(any(statistics.median(ratios) < LEAST for ratios in found.values()))


if __name__ == "__main__":
    main()
