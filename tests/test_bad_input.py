"""Bad files and bad arguments: one clear line each, the right exit status, never a traceback."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from conftest import COMMAND, column, environment

HEADER = b"series,date,value\n"
GOOD = HEADER + b"a,2010,1\na,2011,2\na,2012,4\n"

BAD_FILES = {
    "empty": (b"", "is empty"),
    "only a BOM": (b"\xef\xbb\xbf", "is empty"),
    "blank lines": (b"\n\n\n", "is empty"),
    "header only": (HEADER, "no rows"),
    "wrong columns": (b"name,when,what\na,2010,1\n", "no column series, date, value"),
    "one column lacking": (b"series,date\na,2010\n", "no column value"),
    "a column twice": (b"series,date,value,value\na,2010,1,2\n", "value is there twice"),
    "text in numbers": (HEADER + b"a,2010,fast\n", 'row 2, value: "fast" is not a positive number'),
    "zero": (HEADER + b"a,2010,0\n", '"0" is not a positive number'),
    "negative": (HEADER + b"a,2010,-3\n", '"-3" is not a positive number'),
    "NaN": (HEADER + b"a,2010,NaN\n", '"NaN" is not a positive number'),
    "infinity": (HEADER + b"a,2010,inf\n", '"inf" is not a positive number'),
    "too large": (HEADER + b"a,2010,1e999\n", '"1e999" is not a positive number'),
    "no value": (HEADER + b"a,2010,\n", "row 2, value: is empty"),
    "no date": (HEADER + b"a,,1\n", "row 2, date: is empty"),
    "no series": (HEADER + b",2010,1\n", "row 2, series: is empty"),
    "not a date": (HEADER + b"a,soon,1\n", '"soon" is not a date YYYY-MM-DD'),
    "an American date": (HEADER + b"a,1/2/2010,1\n", '"1/2/2010" is not a date'),
    "30 February": (HEADER + b"a,2010-02-30,1\n", '"2010-02-30" is not a date'),
    "decimal comma": (HEADER + b'a,2010,"1,5"\n', "write a decimal point"),
    "thousands mark": (HEADER + b'a,2010,"1,500"\n', "no thousands mark"),
    "semicolons": (b"series;date;value\na;2010;1\n", "separated by semicolons"),
    "tabs": (b"series\tdate\tvalue\na\t2010\t1\n", "separated by tabs"),
    "Latin-1": (HEADER + b"caf\xe9,2010,1\n", "row 2: byte 0xe9 is not UTF-8"),
    "UTF-16": ("series,date,value\n".encode("utf-16"), "is UTF-16"),
    "a workbook": (b"PK\x03\x04rest", "spreadsheet workbook"),
    "too many fields": (
        HEADER + b"a,2010,1\na,2011,2,3\n",
        "row 3: 4 fields where the header has 3",
    ),
    "too few fields": (HEADER + b"a,2010,1\na,2011\n", "row 3: 2 fields where the header has 3"),
    "every row one too many": (HEADER + b"a,2010,1,9\n", "row 2: 4 fields"),
    "an open quote": (HEADER + b'"a,2010,1\n', "check the quotes"),
    "control characters": (HEADER + b"\x1b[31ma,2010,1\n", "control characters"),
    "one point": (HEADER + b"a,2010,1\n", "1 point, too few"),
    "two points": (HEADER + b"a,2010,1\na,2011,1\n", "2 points, too few"),
    "all the same date": (HEADER + b"a,2010,1\n" * 4, "all 4 points are dated 2010-01-01"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_is_named_with_its_fault(memwall_process, tmp_path, case):
    content, message = BAD_FILES[case]
    (tmp_path / "chips.csv").write_bytes(content)
    done = memwall_process("fit", "--data", "chips.csv")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "chips.csv" in done.stderr
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("case", BAD_FILES)
def test_check_finds_the_same_faults(memwall, case):
    content, message = BAD_FILES[case]
    if "point" in message:  # nothing is wrong with the file: there is only too little of it
        return
    done = memwall("data", "--check", "-", stdin=content)
    assert done.returncode == 1
    assert message in done.stderr


GOOD_FILES = {
    "BOM": b"\xef\xbb\xbf" + GOOD,
    "CRLF": GOOD.replace(b"\n", b"\r\n"),
    "CR": GOOD.replace(b"\n", b"\r"),
    "no last newline": GOOD.rstrip(),
    "blank lines": GOOD.replace(b"\n", b"\n\n"),
    "quotes": GOOD.replace(b"a,", b'"a",'),
    "whole dates": GOOD.replace(b"2010", b"2010-01-01"),
    "months": GOOD.replace(b"2011", b"2011-01"),
}


@pytest.mark.parametrize("case", GOOD_FILES)
def test_harmless_differences_change_nothing(memwall, case):
    want = memwall("fit", "--data", "-", stdin=GOOD)
    done = memwall("fit", "--data", "-", stdin=GOOD_FILES[case])
    assert done.stdout == want.stdout
    assert memwall("data", "--check", "-", stdin=GOOD_FILES[case]).returncode == 0


def test_unicode_names_are_fine(memwall):
    done = memwall("fit", "--data", "-", stdin="series,date,value\n" + "größe µ,2010,1\n" * 3)
    assert "größe µ" in done.stderr


def test_a_million_rows(memwall, tmp_path):
    rng = np.random.default_rng(1)
    days = np.datetime64("2000-01-01") + rng.integers(0, 9000, 10**6)
    values = np.exp(rng.normal(size=10**6))
    lines = (f"x,{d},{v:.6g}" for d, v in zip(days.astype(str), values, strict=True))
    (tmp_path / "big.csv").write_text("series,date,value\n" + "\n".join(lines) + "\n")
    done = memwall("fit", "--data", "big.csv")
    assert column(done.stdout, "n") == ["1000000"]
    with (tmp_path / "big.csv").open("a") as file:
        file.write("x,2020,-1\n" * 30)
    done = memwall("fit", "--data", "big.csv")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 21
    assert 'row 1000002, value: "-1" is not a positive number' in done.stderr


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (["fit", "computer"], "did you mean compute"),
        (["fit", "curated"], "--dataset curated"),
        (["fit", "--dataset", "gholami"], "gholami2024"),
        (["fit", "interconnect-device", "--dataset", "gholami2024"], "interconnect-lane"),
        (["fit", "a/b/c"], "two series"),
        (["fit", "/compute"], "two series"),
        (["fit", "--precision", "fp9"], "--precision"),
        (["fit", "compute", "--dataset", "gholami2024", "--precision", "fp32"], "no precision"),
        (["fit", "--level", "0"], "between 0 and 1"),
        (["fit", "--level", "95"], "between 0 and 1"),
        (["fit", "--level", "nan"], "between 0 and 1"),
        (["fit", "--level", "high"], "--level"),
        (["fit", "--since", "yesterday"], "write YYYY"),
        (["fit", "--since", "2020-13"], "write YYYY"),
        (["fit", "--since", "2020", "--until", "2019"], "swap them"),
        (["fit", "--data", "x.csv", "--dataset", "curated"], "exclude each other"),
        (["fit", "--data", "x.csv", "--precision", "fp32"], "carry no precision"),
        (["fit", "--fromat", "csv"], "--fromat"),
        (["fit", "-f", "xml"], "--format"),
        (["fti"], "fit"),
        (["fit", "-o", "chart.gif"], ".csv .json .md .png .svg .pdf"),
        (["fit", "-o", "chart"], ".csv .json .md .png .svg .pdf"),
        (["data", "-o", "chart.png"], "draws no picture"),
        (["project", "parameters/compute/x"], "two series"),
        (["data", "accelerators", "h100-sxm", "--since", "2020"], "filters choose"),
    ],
)
def test_a_wrong_command_line_is_2_and_says_what_goes(memwall_process, args, hint):
    done = memwall_process(*args)
    assert done.returncode == 2
    assert done.stdout == ""
    assert hint in done.stderr
    assert len(done.stderr.splitlines()) <= 2


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (["fit", "--data", "none.csv"], "none.csv: no such file"),
        (["fit", "--data", "."], "is a directory"),
        (["fit", "-o", "nowhere/fit.csv"], "there is no folder nowhere"),
        (["fit", "-o", "folder.csv"], "is a folder"),
        (["fit", "compute", "--since", "2030"], "0 points"),
        (["project", "compute", "--until", "1990"], "no values"),
    ],
)
def test_what_cannot_be_read_written_or_fitted_is_1(memwall_process, tmp_path, args, hint):
    (tmp_path / "folder.csv").mkdir()
    done = memwall_process(*args)
    assert done.returncode == 1
    assert done.stdout == ""
    assert hint in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("args", [["fit"], ["fit", "-f", "table"], ["data"], ["--help"]])
def test_a_full_disk_is_one_line(args):
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*COMMAND, *args],
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(),
            check=False,
        )
    lines = [x for x in done.stderr.decode().splitlines() if not x.startswith(("note", "warning"))]
    assert done.returncode == 1
    assert lines == ["memwall: standard output: no space left on device"]
