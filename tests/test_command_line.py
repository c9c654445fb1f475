"""Help, version, completion, and what each command loads."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import environment

import memwall_cli
from memwall_cli.app import COMMANDS
from memwall_cli.trends.curated import CURATED_SERIES


def test_help_fits_80_by_40_and_begins_with_three_examples(memwall):
    lines = memwall("--help").stdout.splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 80
    first = [line.strip() for line in lines[1:] if line.strip()][:3]
    assert all(line.startswith("memwall ") for line in first)
    assert "..." not in "".join(line for line in lines if line.strip().startswith(tuple(COMMANDS)))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_examples_that_fit(memwall, command):
    done = memwall(command, "--help")
    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert f"memwall {command}" in done.stdout.split("Options:")[0].split("\n", 2)[2]


def test_no_argument_is_help(memwall):
    done = memwall()
    assert done.returncode == 2
    assert "Commands:" in done.stderr


def test_version_by_command_and_module(memwall):
    assert memwall("--version").stdout == f"memwall {memwall_cli.__version__}\n"
    script = Path(sys.executable).with_name("memwall")
    assert script.exists()
    out = subprocess.run([script, "--version"], capture_output=True, text=True, check=True).stdout
    assert out == f"memwall {memwall_cli.__version__}\n"


def completions(words, shell="bash"):
    env = {"_MEMWALL_COMPLETE": f"complete_{shell}"}
    if shell == "bash":
        env |= {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)}
    else:
        env |= {"_TYPER_COMPLETE_ARGS": words, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    done = subprocess.run(
        [sys.executable, "-m", "memwall_cli"],
        env=environment(**env),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("memwall ", COMMANDS),
        ("memwall fit ", CURATED_SERIES),
        ("memwall fit comp", ["compute", "compute/dram-bandwidth"]),
        ("memwall fit compute,dram", ["compute,dram-bandwidth"]),
        ("memwall fit --dataset g", ["gholami2024", "gholami2021"]),
        ("memwall data acc", ["accelerators"]),
        ("memwall data accelerators h100-s", ["h100-sxm"]),
        ("memwall data models gpt2", ["gpt2", "gpt2-xl"]),
        ("memwall fit --precision fp1", ["fp16"]),
        ("memwall data sources nvidia-h100-d", ["nvidia-h100-datasheet"]),
        ("memwall data accelerators --class ", ["cpu", "gpu", "accelerator"]),
        ("memwall data accelerators --vendor NV", ["NVIDIA"]),
        ("memwall data models --vendor Open", ["OpenAI"]),
        ("memwall data --vendor NV", []),
        ("memwall workload llama-3", ["llama-3-8b", "llama-3.1-405b"]),
        ("memwall workload gpt2 bert", ["bert-base", "bert-large"]),
        ("memwall workload gpt2 --phase prefill,de", ["prefill,decode"]),
        ("memwall workload gpt2 --kv fp", ["fp8", "fp16"]),
        ("memwall footprint gpt2 --recompute none,se", ["none,selective"]),
    ],
)
def test_commands_series_ids_and_tables_are_completed(words, wanted):
    offered = completions(words).split()
    assert set(wanted) <= set(offered)
    last = words.rsplit(" ", 1)[-1]
    assert all(word.startswith(last) for word in offered)


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_are_completed_too(shell):
    assert "h100-sxm" in completions("memwall data accelerators h100-s", shell)


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_install_completion_works(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "memwall_cli", "--install-completion", "bash"],
        env=environment(HOME=str(tmp_path), _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1"),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "completion installed" in done.stdout
    assert "_MEMWALL_COMPLETE" in "".join(p.read_text() for p in tmp_path.rglob("*") if p.is_file())


TABLE = {"numpy", "pandas", "rich", "scipy.special", "typer"}
PINNED = {
    # What a command must not load: its speed rests on it.
    ("--version",): {"numpy", "pandas", "scipy", "rich", "plotnine", "matplotlib", "pydantic"},
    ("--help",): {"numpy", "pandas", "scipy", "rich", "plotnine", "matplotlib"},
    ("cite",): {"numpy", "pandas", "scipy", "rich", "plotnine", "matplotlib"},
    ("data", "-f", "table"): {"scipy", "plotnine", "matplotlib", "statsmodels"},
    ("fit",): {"scipy.stats", "statsmodels", "matplotlib", "plotnine", "rich"},
    ("fit", "-f", "table"): {"scipy.stats", "statsmodels", "matplotlib", "plotnine"},
    ("fit", "--quantile", "0.9"): {"scipy.stats", "scipy.optimize", "statsmodels", "rich"},
    ("fit", "--bootstrap", "year"): {"scipy.stats", "statsmodels", "rich"},
    ("project", "-f", "table"): {"scipy.stats", "statsmodels", "matplotlib", "plotnine"},
    ("verify",): {"scipy.stats", "statsmodels", "matplotlib", "plotnine", "rich"},
    ("workload", "gpt2"): {"numpy", "pandas", "scipy", "rich", "plotnine", "matplotlib"},
    ("workload", "gpt2", "-f", "table"): {"numpy", "pandas", "scipy", "plotnine", "matplotlib"},
    ("hindcast", "-f", "table"): {"scipy.stats", "statsmodels", "matplotlib", "plotnine"},
}


@pytest.mark.parametrize("args", PINNED)
def test_each_command_loads_only_what_it_needs(args):
    script = (
        "import sys; sys.argv[0] = 'memwall'\n"
        "from memwall_cli.app import run\n"
        "status = run()\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)\n"
        "sys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *args],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    loaded = set(done.stderr.split())
    assert PINNED[args] & loaded == set()


def test_the_library_loads_nothing_until_asked():
    script = "import sys, memwall_cli; print('numpy' in sys.modules, 'typer' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert out.stdout == "False False\n"


def test_the_library_has_what_it_says():
    for name in memwall_cli.__all__:
        assert getattr(memwall_cli, name) is not None
    with pytest.raises(AttributeError):
        _ = memwall_cli.nothing


def test_it_runs_in_any_folder_without_a_home(tmp_path):
    env = {k: v for k, v in environment().items() if k != "HOME"}
    tmp_path.chmod(0o500)
    done = subprocess.run(
        [sys.executable, "-m", "memwall_cli", "fit"],
        env=env,
        cwd=tmp_path,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0
