"""What the README shows is what one gets."""

import contextlib
import io
import re
import shlex
import shutil
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
    changes = (README.parent / "CHANGELOG.md").read_text("utf-8").split("\n## ")
    text += " ".join(changes[1].split())  # what older versions counted stays as it was
    for name, what in (("accelerators", "devices"), ("models", "models")):
        assert set(re.findall(rf"(\d+) {what}", text)) == {str(len(load_table(name)))}


def test_every_command_line_of_the_readme_is_understood(memwall, tmp_path):
    (tmp_path / "mine.csv").write_text("series,date,value\na,2010,1\na,2011,2\na,2012,4\n")
    shutil.copytree(README.parent / "data", tmp_path / "data")
    shutil.copytree(README.parent / "docs" / "runs", tmp_path / "docs" / "runs")
    for run in ("mine.json", "yours.json"):
        shutil.copy(tmp_path / "docs" / "runs" / "ceilings.json", tmp_path / run)
    lines = re.findall(r"^memwall [^#\n]+", README.read_text("utf-8"), re.MULTILINE)
    assert len(lines) > 5
    for line in lines:
        if "--install-completion" not in line:
            assert memwall(*shlex.split(line)[1:]).returncode == 0, line


def test_what_the_method_page_says_of_the_scores_is_so(memwall):
    from dataclasses import replace

    import numpy as np
    from conftest import column

    from memwall_cli.trends.curated import CURATED_SERIES
    from memwall_cli.trends.hindcasting import DEFAULT, cases, pooled, score
    from memwall_cli.trends.hindcasts import NEAR, hindcasted
    from memwall_cli.trends.series import load_series

    page = " ".join((README.parent / "docs" / "method.md").read_text("utf-8").split())
    out = memwall("hindcast", "--level", "0.9").stdout

    def at(method, key, horizons):
        where = {"series": "pooled", "method": method, "horizons": horizons}
        return float(column(out, key, **where)[0])

    errors = [f"{at(m, 'median_error', '5'):.2f}x" for m in (DEFAULT, "ols confidence")]
    assert f"({errors[0]} against {errors[1]})" in page
    # "off by as much as a line's"
    assert float(errors[0][:-1]) == pytest.approx(float(errors[1][:-1]), rel=0.05)
    near = [at(DEFAULT, key, "1, 2, 3, 5") for key in ("interval_score", "above_median")]
    assert near[1] == pytest.approx(1 / 3, abs=0.03)  # "only a third"
    free = []
    for past in (hindcasted(load_series(name))[0].past for name in CURATED_SERIES):
        bare = replace(past.methods[DEFAULT], floor=np.full((len(past.origin), 1), -np.inf))
        free.append(cases(replace(past, methods={**past.methods, DEFAULT: bare}), DEFAULT, 0.9))
    unclipped = score(pooled(free).at(NEAR), 0.9)
    assert f"is {unclipped.interval_score:.2f} instead of {near[0]:.2f}; the coverage is" in page
    assert unclipped.coverage == at(DEFAULT, "coverage", "1, 2, 3, 5")
    every = [float(x) for x in column(out, "coverage", series="pooled", method=DEFAULT)]
    assert min(every) > 0.88  # "about what they say, at every horizon"
    assert max(every) < 0.97
