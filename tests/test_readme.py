"""What the README shows is what one gets."""

import contextlib
import io
import re
from pathlib import Path

import pytest

from memwall_cli import load_table

README = Path(__file__).resolve().parent.parent / "README.md"
pytestmark = pytest.mark.skipif(not README.exists(), reason="only in a checkout")


def test_the_library_in_five_lines_runs():
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert len(code.split("\n")) - code.count("\n\n") - 1 == 5
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "README.md", "exec"), {})
    assert re.fullmatch(r"1\.\d\dx per 2 years; \d+ TB/s in 5 years\n", out.getvalue())


def test_the_counts_are_those_of_the_tables():
    text = " ".join(README.read_text("utf-8").split())
    text += " ".join((README.parent / "CHANGELOG.md").read_text("utf-8").split())
    for name, what in (("accelerators", "devices"), ("models", "models")):
        assert set(re.findall(rf"(\d+) {what}", text)) == {str(len(load_table(name)))}


def test_every_command_line_of_the_readme_is_understood(memwall, tmp_path):
    (tmp_path / "mine.csv").write_text("series,date,value\na,2010,1\na,2011,2\na,2012,4\n")
    lines = re.findall(r"^memwall [^#\n]+", README.read_text("utf-8"), re.MULTILINE)
    assert len(lines) > 5
    for line in lines:
        if "--install-completion" not in line:
            assert memwall(*line.split()[1:]).returncode == 0, line
