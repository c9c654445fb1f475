"""`memwall roofline` as a user sees it."""

import json

import numpy as np
import pytest
from conftest import column, read_csv

from memwall_cli.accelerators.chips import load_chips
from memwall_cli.accelerators.rooflines import Placements, usable
from memwall_cli.charts.roofline import _labels, _roofs
from memwall_cli.workload.combinations import WorkloadRequest, combinations
from memwall_cli.workload.formats import Formats
from memwall_cli.workload.parallel import Parallel

KEYS = (
    "model,phase,accelerator,precision,batch,context,flops,bytes,intensity,balance,bound,time_s,"
    "tokens_per_s"
)
SCALE = ["gpt2", "gpt2-xl", "llama-3-8b", "llama-3-70b", "llama-3.1-405b", "deepseek-v3"]


def test_a_pipe_gets_the_documented_keys_and_the_known_case(memwall):
    done = memwall("roofline", "llama-2-7b", "--on", "a100-sxm-80gb", "--phase", "decode")
    assert done.stdout.startswith(KEYS)
    (row,) = read_csv(done.stdout)
    assert (row["flops"], row["bytes"]) == ("14287896576", "14287896576")
    assert (row["bound"], row["precision"]) == ("memory", "fp16")
    assert f"{1e3 * float(row['time_s']):.3f}" == "7.007"
    assert float(row["tokens_per_s"]) * float(row["time_s"]) == pytest.approx(1)
    assert float(row["balance"]) == pytest.approx(312e12 / 2039e9)
    assert row["fits"] == "true"
    assert done.stderr == ""


def test_every_combination_has_a_row_and_the_order_is_the_asked_one(memwall):
    args = ("--on", "mi300x,h100-sxm", "--on", "tpu-v5p", "--batch", "1,8,64")
    done = memwall("roofline", "llama-3-8b", *args, "--context", "2048")
    assert column(done.stdout, "accelerator", phase="decode") == 3 * [
        *("mi300x", "h100-sxm", "tpu-v5p")
    ]
    assert set(column(done.stdout, "bound", phase="prefill")) == {"compute"}
    assert set(column(done.stdout, "bound", phase="decode")) == {"memory"}


def test_three_times_and_the_batch_that_computes(memwall):
    # The parts that kernels were measured to reach: .801 of 3,350 GB/s (data/achieved.csv).
    args = ("--on", "h100-sxm,mi300x", "--phase", "decode", "--context", "32", "-f", "json")
    h100, mi300x = json.loads(memwall("roofline", "llama-2-7b", *args).stdout)
    assert h100["time_s"] <= h100["operator_time_s"] < h100["achievable_time_s"]
    ratio = h100["achievable_time_s"] / h100["operator_time_s"]
    assert ratio == pytest.approx(1 / 0.801, rel=1e-3)
    assert mi300x["achievable_time_s"] is None  # its bandwidth was not measured
    # 13.2 GB of weights / (13.2 GFLOP / 989.4 TFLOP/s - 16.8 MB of KV cache / 3,350 GB/s).
    assert h100["compute_bound_batch"] == 472
    long = memwall("roofline", "llama-2-7b", *args[:4], "--context", "4096", "-f", "json").stdout
    assert {row["compute_bound_batch"] for row in json.loads(long)} == {None}


def test_fp8_has_no_measured_part_and_so_no_achievable_time(memwall):
    done = memwall("roofline", "llama-3-8b", "--on", "h100-sxm", "--formats", "fp8")
    assert set(column(done.stdout, "achievable_time_s")) == {""}
    assert set(column(done.stdout, "precision")) == {"fp8"}


def test_the_leading_accelerators_are_in_the_table_and_have_all_figures(memwall):
    done = memwall("roofline", "gpt2", "--phase", "decode")
    assert len(set(column(done.stdout, "accelerator"))) == 9
    assert len(column(memwall("roofline", "gpt2", "--tp", "2").stdout, "model")) == 18


def test_a_request_is_its_prompt_and_a_pass_for_each_further_token(memwall):
    args = ("--on", "h100-sxm", "--prompt", "100", "--generate", "11", "--batch", "4", "-f", "json")
    prefill, generate, request = json.loads(memwall("roofline", "llama-2-7b", *args).stdout)
    assert [r["phase"] for r in (prefill, generate, request)] == ["prefill", "generate", "request"]
    assert (generate["tokens"], generate["context"]) == (10, 110)
    assert request["time_s"] == prefill["time_s"] + generate["time_s"]
    assert request["tokens_per_s"] == pytest.approx(4 * 11 / request["time_s"])
    steps = 0.0
    for context in range(101, 111):
        step = memwall(
            *("roofline", "llama-2-7b", "--on", "h100-sxm", "--phase", "decode"),
            *("--context", str(context), "--batch", "4", "-f", "json"),
        )
        steps += json.loads(step.stdout)[0]["time_s"]
    assert generate["time_s"] == pytest.approx(steps, rel=1e-12)
    one = memwall("roofline", "llama-2-7b", *args[:4], "--generate", "1", "-f", "json")
    assert [r["phase"] for r in json.loads(one.stdout)] == ["prefill", "request"]


def test_eight_devices_say_what_binds(memwall):
    args = ("roofline", "llama-3.1-405b", "--on", "h100-sxm")
    done = memwall(*args, "--tp", "8", "-f", "table")
    text = " ".join(done.stdout.split())
    assert "llama-3.1-405b decode, batch 1, on 8 h100-sxm: memory binds" in text
    assert "prefill, batch 1, on 8 h100-sxm: compute binds" in text
    assert "do not fit into h100-sxm" in done.stderr
    many = memwall(*args, "--tp", "128", "--phase", "prefill", "-f", "json")
    (row,) = json.loads(many.stdout)
    assert (row["bound"], row["devices"]) == ("network", 128)
    # Two all-reduces a layer of 2048 x 16384 numbers of 2 bytes, 2 x 127/128 of each.
    assert row["network_bytes"] == 126 * 2 * 2048 * 16384 * 2 * 2 * 127 / 128
    assert row["network_time_s"] == row["time_s"] == row["network_bytes"] / 450e9
    assert "8 key-value heads: with --tp 128 each is kept 16 times" in many.stderr


def test_stages_and_groups_are_explained_and_counted_together(memwall):
    args = ("roofline", "mixtral-8x7b", "--on", "h100-sxm", "--phase", "decode", "-f", "json")
    (alone,) = json.loads(memwall(*args).stdout)
    staged = memwall(*args, "--pp", "4")
    assert "one batch takes 4 times as long" in staged.stderr
    (row,) = json.loads(staged.stdout)
    assert row["time_s"] == pytest.approx(alone["time_s"] / 4)
    assert row["tokens_per_s"] == pytest.approx(4 * alone["tokens_per_s"])
    doubled = memwall(*args, "--dp", "2")
    assert "each of 2 groups of devices has a batch of its own" in doubled.stderr
    (row,) = json.loads(doubled.stdout)
    assert (row["time_s"], row["devices"]) == (alone["time_s"], 2)
    assert row["tokens_per_s"] == 2 * alone["tokens_per_s"]


def test_integers_slower_than_floats_are_said(memwall):
    done = memwall("roofline", "gpt2", "--on", "b300-sxm,h100-sxm", "--formats", "int8")
    assert "int8 is slower than fp16 on b300-sxm" in done.stderr


def test_the_last_line_tells_thresholds_from_steady_growth(memwall):
    done = memwall("roofline", *SCALE, "--on", "h100-sxm", "-f", "md")
    last = done.stdout.splitlines()[-1]
    assert "prefill waits for memory or network 48, 7, 1, 8, 42, 88 % of the time" in last
    assert "worse by thresholds, not steadily (llama-3-70b leaves one device for 2" in last
    assert "deepseek-v3 needs 32 instead of 16 and has experts" in last
    assert last.endswith("decode waits for memory or network 100 % of the time at every size.")
    small = memwall("roofline", "gpt2", "gpt2-xl", "--on", "h100-sxm", "-f", "md")
    assert "48, 7 % of the time: less with size" in small.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ("gpt2 --on h100", "h100-sxm"),
        ("gpt2 --on tpu-9", "no accelerator"),
        ("gpt2 --on mtia-v1", "no known memory bandwidth"),
        ("gpt2 --on cerebras-wse-3", "no known peak in this format or a wider one"),
        ("gpt2 --on tpu-v4i --tp 2", "no known bandwidth of its links"),
        ("gpt2 --on h100-sxm --tp 5", "--tp 5 does not divide"),
        ("llama-3-8b --on h100-sxm --pp 5", "--pp 5 does not divide"),
        ("gpt2 --on h100-sxm --ep 2", "has no experts"),
        ("mixtral-8x7b --on h100-sxm --ep 3", "--ep 3 does not divide"),
        ("gpt2 --on h100-sxm --batch 0", "'0' is not a whole number"),
        ("gpt2 --prompt 5", "give both"),
        ("gpt2 --prompt 5 --generate 5 --phase decode", "drop --phase"),
        ("bert-base --prompt 5 --generate 5", "encode"),
        ("gpt2 --on h100-sxm -o x.txt", "can't tell a format"),
        ("gpt2 --tp 0", "greater than or equal to 1"),
    ],
)
def test_a_wrong_command_line_is_refused_with_the_reason(memwall, args, says):
    done = memwall("roofline", *args.split())
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stdout == ""


def test_rows_are_made_anew_and_the_same_each_time(memwall, tmp_path):
    chips = load_chips(Formats())
    chips = chips[usable(chips, 1)[0]]
    args = ("roofline", "gpt2", "gpt2-xl", "--phase", "decode", "--on", ",".join(chips.ids))
    args += ("--batch", "1,2,3,4,5,6,7", "--context", "100,200")
    memwall(*args, "-o", "a.csv", "-o", "a.json")
    text = (tmp_path / "a.csv").read_text()
    many = read_csv(text)
    # More than the 4096 that are written at once, and no seam where parts join.
    assert len(many) == 2 * 7 * 2 * len(chips) > 4096
    assert text.count("model,phase") == 1
    assert [float(row["time_s"]) for row in many] == [
        row["time_s"] for row in json.loads((tmp_path / "a.json").read_text())
    ]


def test_sram_and_expected_experts_are_said(memwall):
    done = memwall("roofline", "mixtral-8x7b", "--on", "groq-lpu-v1", "--batch", "8")
    assert "the memory of groq-lpu-v1 is SRAM" in done.stderr
    assert "what even routing lets expect" in done.stderr
    assert set(column(done.stdout, "fits")) == {"false"}


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_the_picture_is_the_same_twice(memwall, tmp_path, suffix):
    args = ("roofline", "llama-2-7b", "--batch", "1,64", "-o")
    memwall(*args, f"a.{suffix}", "-o", "a.csv")
    done = memwall(*args, f"b.{suffix}", "-o", "roofline.csv")
    assert done.returncode == 0
    assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()
    assert len(read_csv((tmp_path / "roofline.csv").read_text())) == 9 * 2 * 2


def test_the_title_states_the_finding(memwall, tmp_path):
    memwall("roofline", "llama-2-7b", "--on", "h100-sxm", "-o", "a.svg")
    assert "prefill is bound by compute" in (tmp_path / "a.svg").read_text()


def test_no_two_labels_of_the_picture_share_a_place():
    works, _ = combinations(WorkloadRequest(SCALE))
    chips = load_chips(works[0].formats, ["h100-sxm", "h800-sxm", "h200-sxm", "b200-sxm", "gb200"])
    placed = Placements(works, chips, Parallel())
    names, flags = _labels(placed, _roofs(placed))
    for labels in (names, flags):
        heights = np.sort(np.log10(labels["y_label"]))
        assert np.diff(heights).min() > 0.03 * (heights.max() - np.log10(names["y"].min()))
    # Further left is higher: no line to a name crosses another name.
    assert flags["x"].is_monotonic_decreasing
    assert flags["y_label"].is_monotonic_increasing


def test_with_stages_it_is_said_that_a_batch_takes_longer(memwall):
    words = ("roofline", "llama-2-7b", "--on", "h100-sxm", "--phase", "decode")
    said = "all of them busy; one batch takes 4 times as long"
    assert said in memwall(*words, "--pp", "4").stderr
    assert "times are those of one stage" not in memwall(*words, "--tp", "4").stderr
