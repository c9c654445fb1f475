"""data/README.md is what the data package says, and its five minutes are true."""

import re
import runpy
import sys
from pathlib import Path

import pytest

from memwall_cli.tables import data_dir, data_package

SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "data_readme.py"
pytestmark = pytest.mark.skipif(not SCRIPT.exists(), reason="only in a checkout")


def check(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["data_readme.py", "--check"])
    runpy.run_path(str(SCRIPT), run_name="__main__")


def test_the_page_is_in_step_with_the_data_package(monkeypatch):
    check(monkeypatch)


def test_a_page_out_of_step_is_found(monkeypatch):
    read = Path.read_text

    def older(path, *args):
        return read(path, *args).replace("one direction", "both directions")

    monkeypatch.setattr(Path, "read_text", lambda path, *args: (
        older(path, *args) if path.name == "README.md" else read(path, *args)
    ))  # fmt: skip
    with pytest.raises(SystemExit, match="out of step"):
        check(monkeypatch)


def test_every_column_of_every_table_is_described():
    page = (data_dir() / "README.md").read_text("utf-8")
    for resource in data_package()["resources"]:
        section = page.split(f"### {resource['path']}")[1].split("\n### ")[0]
        columns = re.findall(r"^\| `(\w+)`", section, re.MULTILINE)
        assert columns == [field["name"] for field in resource["schema"]["fields"]]
    assert "CC BY 4.0" in page
    assert "10.1109/MM.2024.3373763" in page


def test_the_commands_that_the_page_names_work(memwall):
    page = (data_dir() / "README.md").read_text("utf-8")
    assert "`memwall data --check data`" in page
    assert memwall("data", "--check", str(data_dir())).returncode == 0
    row = next(line for line in page.splitlines() if line.startswith("h100-sxm,"))
    header = memwall("data", "accelerators").stdout.splitlines()[0]
    checked = memwall("data", "--check", "-", "--table", "accelerators", stdin=f"{header}\n{row}\n")
    assert checked.returncode == 0
