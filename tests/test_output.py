"""Where results go: files by suffix, whole or not at all, the same bytes every time."""

import json
import os
import stat

import pytest
from conftest import read_csv

MAGIC = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}


def test_the_suffix_decides_and_stdout_stays_silent(memwall, tmp_path):
    names = ["fit.csv", "fit.json", "fit.md", "FIT.CSV"]
    done = memwall("fit", "compute", *(arg for n in names for arg in ("-o", n)))
    assert done.stdout == ""
    assert [x for x in done.stderr.splitlines() if x.startswith("wrote")] == [
        f"wrote {n}" for n in names
    ]
    of_csv = read_csv((tmp_path / "fit.csv").read_text())
    of_json = json.loads((tmp_path / "fit.json").read_text())
    assert list(of_csv[0]) == list(of_json[0])
    assert float(of_csv[0]["growth_per_2yr"]) == of_json[0]["growth_per_2yr"]
    assert "3.03x" in (tmp_path / "fit.md").read_text()
    assert (tmp_path / "FIT.CSV").read_bytes() == (tmp_path / "fit.csv").read_bytes()


def test_format_governs_stdout_beside_files(memwall, tmp_path):
    done = memwall("fit", "compute", "-o", "fit.json", "--format", "csv", "--quiet")
    assert done.stdout == memwall("fit", "compute").stdout
    assert done.stderr == ""
    assert (tmp_path / "fit.json").exists()


@pytest.mark.parametrize("command", [["fit"], ["project", "--years", "5"]])
@pytest.mark.parametrize("suffix", MAGIC)
def test_pictures_are_pictures_and_the_same_every_time(memwall_process, tmp_path, command, suffix):
    for seed in ("1", "2"):
        done = memwall_process(*command, "-o", f"{seed}{suffix}", env={"PYTHONHASHSEED": seed})
        assert done.returncode == 0, done.stderr
    one, two = ((tmp_path / f"{seed}{suffix}").read_bytes() for seed in ("1", "2"))
    assert one.startswith(MAGIC[suffix])
    assert one == two
    assert b"2026-11" not in one  # no date of today


@pytest.mark.parametrize("format_", ["table", "csv"])
def test_tables_are_the_same_every_time(memwall_process, format_):
    one, two = (
        memwall_process("project", "-f", format_, env={"PYTHONHASHSEED": seed}).stdout
        for seed in "12"
    )
    assert one == two


def test_an_existing_file_is_replaced_and_keeps_its_permissions(memwall, tmp_path):
    target = tmp_path / "fit.csv"
    target.write_text("old")
    target.chmod(0o640)
    memwall("fit", "compute", "-o", "fit.csv")
    assert "growth_per_2yr" in target.read_text()
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_new_file_gets_the_usual_permissions(memwall, tmp_path):
    memwall("fit", "compute", "-o", "fit.csv")
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE((tmp_path / "fit.csv").stat().st_mode) == 0o666 & ~mask


def test_a_write_protected_file_is_refused(memwall, tmp_path):
    target = tmp_path / "fit.csv"
    target.write_text("precious")
    target.chmod(0o444)
    done = memwall("fit", "compute", "-o", "fit.csv")
    assert done.returncode == 1
    assert "write-protected" in done.stderr
    assert target.read_text() == "precious"


def test_a_link_is_followed(memwall, tmp_path):
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to("real.csv")
    memwall("fit", "compute", "-o", "link.csv")
    assert (tmp_path / "link.csv").is_symlink()
    assert "growth_per_2yr" in (tmp_path / "real.csv").read_text()


def test_nothing_is_written_when_one_of_several_files_cannot_be(memwall, tmp_path):
    done = memwall("fit", "-o", "good.csv", "-o", "nowhere/bad.csv")
    assert done.returncode == 1
    assert list(tmp_path.iterdir()) == []


def test_spreadsheet_formulas_are_made_harmless(memwall):
    rows = "".join(f"=1+1,{y},{v}\n@x,{y},{v}\n" for y, v in ((2010, 1), (2011, 2), (2012, 3)))
    done = memwall("fit", "--data", "-", stdin="series,date,value\n" + rows)
    assert [r["series"] for r in read_csv(done.stdout)] == ["'=1+1", "'@x"]


def test_numbers_keep_their_full_precision(memwall):
    from memwall_cli import fit_growth, load_series

    series = load_series("compute", "gholami2024")
    (row,) = read_csv(memwall("fit", "compute", "--dataset", "gholami2024").stdout)
    assert float(row["growth_per_2yr"]) == fit_growth(series.years, series.values).growth_per_2yr


@pytest.mark.parametrize("columns", ["20", "80", "200"])
def test_a_narrow_terminal_loses_no_digit(memwall_process, columns):
    done = memwall_process("fit", "-f", "table", env={"COLUMNS": columns})
    assert done.returncode == 0
    assert "interconnect-device" in done.stdout
    # The paper's own points, which no new datum changes.
    assert " 37 1997-2022 3.03x 2.68-3.41 " in " ".join(done.stdout.split())
    assert max(map(len, done.stdout.splitlines())) <= max(int(columns), 80)


def test_titles_and_names_are_not_folded_amid_a_word(memwall):
    gaps = ["compute/dram-bandwidth", "compute/interconnect-device", "memory-capacity/compute"]
    lines = memwall("fit", *gaps, "--dataset", "curated", "-f", "table").stdout.splitlines()
    assert "interconnect-device" in [line.split(" ")[0] for line in lines]
    lines = memwall("project", "compute", "-f", "table").stdout.splitlines()
    assert lines[0] == "Frontier (curated), with its 90 % band"


@pytest.mark.parametrize("name", [r"$\frac{$", "a_b^c", "<b>&", "100 %"])
def test_names_are_not_typeset(memwall, tmp_path, name):
    rows = "".join(f"{name},{2010 + i},{2**i}\n" for i in range(6))
    for command in ("fit", "project"):
        done = memwall(command, "--data", "-", "-o", "x.svg", stdin="series,date,value\n" + rows)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "x.svg").exists()


def test_a_terminal_that_knows_ascii_only(memwall_process):
    done = memwall_process(
        "project", "-f", "table", env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LANG": "C"}
    )
    assert done.returncode == 0
    assert done.stdout.isascii()


def test_rich_markup_in_a_name_is_plain_text(memwall):
    rows = "".join(f"[red]x,{y},{v}\n" for y, v in ((2010, 1), (2011, 2), (2012, 3)))
    done = memwall("fit", "--data", "-", "-f", "table", stdin="series,date,value\n" + rows)
    assert "[red]x" in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        "fit",
        "fit compute --break 2018",
        "fit --sensitivity dram-bandwidth",
        "project",
        "project --reach 50TB/s",
        "hindcast compute",
        "hindcast compute --dates",
        "workload mixtral-8x7b --batch 1,3",
        "roofline mixtral-8x7b --ep 2",
        "roofline llama-2-7b --prompt 10 --generate 10",
        "roofline llama-2-7b --over-time",
        "roofline llama-3.1-405b --over-time --phase decode",
        "roofline llama-3-70b --remedies",
        "roofline gpt2 --phase train --remedies",
        "footprint llama-3-70b --on h100-sxm",
        "footprint llama-2-7b --phase train --optimizer kfac,shampoo --dp 3 --zero 1",
        "footprint --over-time",
        "data accelerators",
        "verify --kind rates,bounds",
    ],
)
def test_csv_and_json_say_the_same_in_every_cell(memwall, words):
    """Also where a number comes out of an array, whose own way of writing it is not CSV's."""
    table = read_csv(memwall(*words.split(), "-f", "csv").stdout)
    objects = json.loads(memwall(*words.split(), "-f", "json").stdout)
    assert len(table) == len(objects) > 0
    for cells, values in zip(table, objects, strict=True):
        assert list(cells) == list(values)
        for key, value in values.items():
            cell = cells[key]
            if value is None or isinstance(value, bool):
                assert cell == {None: "", True: "true", False: "false"}[value]
            elif isinstance(value, str):
                assert cell.removeprefix("'") == value.removeprefix("'")
            else:
                assert float(cell) == value
