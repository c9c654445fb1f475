"""`memwall measure`: plan, place in history, output, refusals, and two runs side by side."""

import json
from dataclasses import replace

import pytest
from conftest import read_csv

from memwall_cli import fit_growth, load_table
from memwall_cli.answers import encoder_decoder, measure
from memwall_cli.charts import picture
from memwall_cli.errors import MemwallError
from memwall_cli.experiments import job, plan, torch_device
from memwall_cli.experiments.bandwidth import KERNELS
from memwall_cli.experiments.history import LEAST, Trend, bandwidth_trend, server_chips
from memwall_cli.experiments.job import Job, run_job
from memwall_cli.experiments.machine import MACHINE_KEYS, this_machine
from memwall_cli.experiments.plan import Settings, ceiling_jobs

TINY = {"array_bytes": 8000, "block": 64, "largest": 128}


@pytest.fixture
def without_torch(monkeypatch):
    for module in (plan, torch_device):
        monkeypatch.setattr(module, "has_torch", lambda: False)


@pytest.fixture
def tiny(monkeypatch, without_torch):
    """Measure in this process, and hardly anything: what is measured is not looked at."""

    def run(one, report):
        done = list(job.measure(replace(one, seconds=0.0, options={**one.options, **TINY})))
        for message in done:
            if isinstance(message, str):
                report(message)
        return [message for message in done if not isinstance(message, str)]

    monkeypatch.setattr(measure, "run_job", run)


def test_rows_carry_what_was_measured_and_on_what(tiny, memwall):
    done = memwall("measure", "--threads", "2")
    assert done.returncode == 0
    rows = read_csv(done.stdout)
    assert [r["kernel"] for r in rows[:5]] == ["copy", "scale", "add", "triad", "dot"]
    assert set(MACHINE_KEYS) < set(rows[0])
    for row in rows:
        assert row["experiment"] == "ceilings"
        assert row["threads"] == "2"
        assert row["cpu"]
        assert int(row["cores"]) > 0
        assert row["date"].endswith("+00:00")
    balance = next(r for r in rows if r["kernel"] == "balance" and r["format"] == "fp32")
    peak = max(
        float(r["flops_per_s"]) for r in rows if (r["kernel"], r["format"]) == ("gemm", "fp32")
    )
    bandwidth = max(float(r["bytes_per_s"]) for r in rows[:5])
    assert float(balance["intensity"]) == pytest.approx(peak / bandwidth)
    assert "GB available memory" in done.stderr
    assert "triad" in done.stderr
    assert memwall("measure", "--threads", "2", "--quiet").stderr == ""


def test_the_table_reads_at_80_columns_and_the_picture_is_drawn(tiny, memwall, tmp_path):
    done = memwall("measure", "--quiet", "-f", "table", "-o", "roofline.png", "-o", "run.json")
    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "this machine, cpu" in done.stdout
    assert (tmp_path / "roofline.png").read_bytes().startswith(b"\x89PNG")
    assert {row["experiment"] for row in json.loads((tmp_path / "run.json").read_text())} == {
        "ceilings"
    }


def test_a_job_runs_in_a_process_of_its_own():
    said = []
    rows = run_job(Job("ceilings", "numpy", 1, 0.0, "cpu", TINY), said.append)
    assert {row["kernel"] for row in rows} == {"copy", "scale", "add", "triad", "dot", "gemm"}
    assert said[0].startswith("numpy, 1 thread: copy ")


def test_what_a_job_can_not_do_comes_back_as_its_reason():
    with pytest.raises(MemwallError, match="numpy computes on the CPU"):
        run_job(Job("ceilings", "numpy", 1, 0.0, "cuda"), print)
    with pytest.raises(MemwallError, match="measuring ceilings with numpy: KeyError"):
        run_job(Job("ceilings", "numpy", 1, 0.0, "cpu"), print)


def test_one_thread_and_all_are_measured(without_torch):
    machine = replace(this_machine(), cores=8)
    assert [j.threads for j in ceiling_jobs(Settings(), machine)] == [1, 8]
    assert [j.threads for j in ceiling_jobs(Settings(threads=3), machine)] == [3]
    assert [j.threads for j in ceiling_jobs(Settings(), replace(machine, cores=1))] == [1]


def test_with_pytorch_its_devices_are_measured_with_all_threads(monkeypatch):
    monkeypatch.setattr(plan, "has_torch", lambda: True)
    machine = replace(this_machine(), cores=8)
    jobs = [(j.library, j.threads, j.device) for j in ceiling_jobs(Settings(), machine)]
    assert jobs == [
        ("numpy", 1, "cpu"),
        ("numpy", 8, "cpu"),
        ("torch", 1, "cpu"),
        ("torch", 8, None),
    ]
    gpu = ceiling_jobs(Settings(device="cuda"), machine)
    assert [(j.library, j.device) for j in gpu] == [("torch", "cuda")]
    total = sum(j.seconds for j in ceiling_jobs(Settings(), machine))
    assert total == pytest.approx(plan.SECONDS)


def test_too_little_memory_is_refused_before_anything_is_measured(tiny, memwall, monkeypatch):
    monkeypatch.setattr(plan, "available_memory", lambda: 10**8)
    done = memwall("measure")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "0.1 GB are available; close other programs" in done.stderr
    monkeypatch.setattr(encoder_decoder, "run_job", lambda *_: pytest.fail("measured all the same"))
    assert memwall("measure", "encoder-decoder").returncode == 1


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["encoder"], 2, "no experiment 'encoder'; did you mean encoder-decoder?"),
        (
            ["--library", "torch"],
            1,
            "needs PyTorch; install the extra: pip install 'memwall-cli[torch]'",
        ),
        (["--device", "cuda"], 1, "--device cuda needs PyTorch"),
        (["--device", "cuda", "--library", "numpy"], 2, "--device cuda needs --library torch"),
        (["--compare", "a.json", "b.json"], 1, "a.json: no such file or directory"),
        (["--compare", "a.json", "b.json", "-o", "x.png"], 2, "draws no picture"),
        (["encoder-decoder", "--show", "a.json"], 2, "--show stands alone"),
        (["--show", "a.json"], 1, "a.json: no such file or directory"),
        (["encoder-decoder", "--compare", "a.json", "b.json"], 2, "--compare stands alone"),
    ],
)
def test_what_can_not_be_had_is_said(without_torch, memwall, arguments, status, said):
    done = memwall("measure", *arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert said in done.stderr


def test_a_trend_gives_the_year_in_which_its_line_has_a_value():
    years = [2000.0 + i for i in range(LEAST)]
    doubling = Trend(fit_growth(years, [2.0**i for i in range(LEAST)]), years[0], years[-1])
    assert doubling.year(8.0) == pytest.approx(2003)
    assert doubling.year(0.5) is None
    assert doubling.year(1e9) is None
    flat = [1.0, 2.0] * (LEAST // 2)
    assert Trend(fit_growth(years, flat), years[0], years[-1]).year(1.5) is None
    few = Trend(fit_growth(years[:3], [1.0, 2.0, 4.0]), years[0], years[2])
    assert few.year(2.0) is None


def test_chips_are_held_against_their_own_kind():
    table = load_table("accelerators")
    cpus = server_chips("cpu")
    assert set(cpus["class"]) == {"cpu"}
    assert set(server_chips("gpu")["class"]) == {"gpu", "accelerator"}
    with_dram = table[table["id"].isin(cpus["id"]) & (table["memory_type"].notna())]
    assert bandwidth_trend("cpu").growth.n == with_dram["memory_bandwidth_gbs"].count()


def run_file(path, memwall, **changes):
    assert memwall("measure", "--threads", "1", "-o", "raw.json").returncode == 0
    rows = json.loads((path.parent / "raw.json").read_text())
    path.write_text(json.dumps([{**row, **changes} for row in rows]))
    return rows


def test_two_runs_stand_side_by_side(tiny, memwall, tmp_path):
    rows = run_file(tmp_path / "mine.json", memwall)
    faster = [
        {
            **row,
            "cpu": "Other",
            "bytes_per_s": 3 * row["bytes_per_s"],
            "flops_per_s": 2 * row["flops_per_s"],
        }
        for row in rows
    ]
    (tmp_path / "yours.json").write_text(json.dumps(faster))
    (tmp_path / "mine.json").write_text(json.dumps(rows))
    done = memwall("measure", "--compare", "mine.json", "yours.json")
    ratios = {r["measured"]: float(r["ratio"]) for r in read_csv(done.stdout)}
    assert ratios["copy numpy cpu fp64 1 thread"] == pytest.approx(3)
    assert ratios["triad numpy cpu fp64 1 thread"] == pytest.approx(3)
    assert ratios["gemm numpy cpu fp32 1 thread"] == pytest.approx(2)
    assert not any("balance" in name for name in ratios)
    shown = memwall("measure", "--compare", "mine.json", "yours.json", "-f", "table").stdout
    assert "run 2: yours.json, Other" in shown


def test_runs_that_can_not_be_compared_say_why(tiny, memwall, tmp_path):
    run_file(tmp_path / "mine.json", memwall)
    run_file(tmp_path / "other.json", memwall, experiment="encoder-decoder")
    run_file(tmp_path / "newer.json", memwall, experiment="gravity")
    (tmp_path / "list.json").write_text("[1]")
    (tmp_path / "text.json").write_text("no")
    (tmp_path / "bare.json").write_text('[{"experiment": "ceilings"}]')
    for names, said in (
        (("mine", "other"), "other.json of encoder-decoder; compare two of one kind"),
        (("newer", "newer"), "no experiment 'gravity' is known"),
        (("mine", "list"), "list.json: is no run of memwall measure"),
        (("mine", "text"), "text.json: is no JSON"),
        (("mine", "bare"), "bare.json: row 1 has no blas"),
    ):
        done = memwall("measure", "--compare", *(f"{name}.json" for name in names))
        assert (done.returncode, done.stdout) == (1, "")
        assert said in done.stderr


def test_a_stored_run_is_shown_as_it_was(tiny, memwall, tmp_path):
    fresh = memwall("measure", "--threads", "1", "-f", "table", "-o", "run.json")
    again = memwall("measure", "--show", "run.json", "-f", "table", "-o", "again.json")
    assert again.stdout == fresh.stdout
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "run.json").read_bytes()


def test_a_stored_run_that_was_changed_says_where(tiny, memwall, tmp_path):
    rows = run_file(tmp_path / "run.json", memwall)
    for row, changes, said in (
        (1, {"bytes_per_s": "fast"}, "row 2, bytes_per_s: 'fast'"),
        (3, {"kernel": 7}, "row 4, kernel: 7"),
        (0, {"flops": None}, "row 1, flops: None"),
    ):
        changed = [{**r, **(changes if i == row else {})} for i, r in enumerate(rows)]
        (tmp_path / "changed.json").write_text(json.dumps(changed))
        done = memwall("measure", "--show", "changed.json")
        assert done.returncode == 1
        assert said in done.stderr
    lacking = [{k: v for k, v in r.items() if k != "runs"} for r in rows]
    (tmp_path / "changed.json").write_text(json.dumps(lacking))
    assert "row 1, runs: None" in memwall("measure", "--show", "changed.json").stderr


def kernel(name, library, threads, format_, speed, moved):
    numbers = dict.fromkeys(("size", "flops", "bytes", "intensity", "seconds", "spread", "runs"), 1)
    words = {"kernel": name, "library": library, "format": format_, "processor": "A chip"}
    place = {"device": "cpu", "threads": threads}
    return {**numbers, **words, **place, "flops_per_s": speed, "bytes_per_s": moved}


def test_a_machine_is_as_fast_as_the_fastest_library_on_it():
    rows = [
        *(kernel(name, "numpy", 1, "fp64", 1e9, 30e9) for name in KERNELS),
        kernel("gemm", "numpy", 1, "fp32", 100e9, 1e9),
        *(kernel(name, "torch", 2, "fp64", 1e9, 20e9) for name in KERNELS),
        kernel("gemm", "torch", 2, "fp32", 240e9, 1e9),
        kernel("gemm", "torch", 2, "int8", 900e9, 1e9),
    ]
    result = measure.ceilings_result(rows, this_machine())
    balances = {row["format"]: row for row in result.rows if row["kernel"] == "balance"}
    assert balances["fp32"]["intensity"] == pytest.approx(240 / 30)
    assert (balances["fp32"]["library"], balances["fp32"]["threads"]) == ("torch", 2)
    assert balances["int8"]["intensity"] == pytest.approx(30)
    assert balances["int8"]["equals_year"] is None  # no floating-point series to hold it against
    products = result.views()[1].rows
    assert [(row[0], row[3], row[7]) for row in products] == [
        ("numpy", "fp32", "3.33"),
        ("torch", "fp32", "12.0"),
        ("torch", "int8", "45.0"),
    ]
    assert "240 GFLOP/s in fp32 and 30.0 GB/s" in result.summary[0]
    assert picture(result.chart(), ".png").startswith(b"\x89PNG")
