"""Bad files and bad arguments: one clear line each, the right exit status, never a traceback."""

import os
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
    "a name that shows as nothing": (HEADER + "\u200b,2010,1\n".encode(), '"\\u200b" is not plain'),
    "a name without end": (HEADER + b"a" * 101 + b",2010,1\n", "at most 100 characters"),
    "beyond floats": (HEADER + b"a,2010,1e200\n", "between 1e-150 and 1e+150"),
    "columns in capitals": (b"Series,Date,Value\na,2010,1\n", "in lower case"),
    "today": (HEADER + b"a,today,1\n", '"today" is not a date'),
    "a decimal year": (HEADER + b"a,2020.5,1\n", '"2020.5" is not a date'),
    "an hour of 99": (HEADER + b"a,2020-01-01T99:00,1\n", "is not a date"),
    "digits of another script": (HEADER + "a,٢٠٢٠,1\n".encode(), "is not a date"),
    "a column of truth": (HEADER + b"a,2010,True\n", '"True" is not a positive number'),
    "every row one too many": (HEADER + b"a,2010,1,9\n", "row 2: 4 fields"),
    "an open quote": (HEADER + b'"a,2010,1\n', "check the quotes"),
    "control characters": (HEADER + b"\x1b[31ma,2010,1\n", '"\\x1b[31ma" is not plain text'),
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


ODD = [
    b"7,2020,1\n8,2021,2\n",
    b"007,2020,1\n7,2021,3\n",
    b"True,2020,1\n",
    b"NA,2020,1\nnan,2021,2\n",
    b"a,2020-01-01 12:30,1\n",
    b'"a, b",2020,"1"\n',
    b" a ,2020, 1\n",
    b"   \na,2020,1\n",
    b"a,0001-01-01,1\na,9999-12-31,+1\n",
    b"a,2020,.5\na,2020,1.\na,2020,1E5\n",
    b"a,2020,0x1\n",
    b"a,2020,1_0\n",
    b"a,2020/03/04,1\n",
    b"a,20200304,1\n",
    b"a,0000-01-01,1\n",
    b"a,2020-1-2,1\n",
]


@pytest.mark.parametrize("rows", [*ODD, *(c[len(HEADER) :] for c, _ in BAD_FILES.values())])
def test_parsing_at_once_and_cell_by_cell_agree(rows):
    from memwall_cli.checking import USER_SERIES, check_csv
    from memwall_cli.userfile import _parsed, _plain_frame

    at_once = _parsed(HEADER + rows)
    faults, cells = check_csv(HEADER + rows, "f", USER_SERIES)
    if at_once is not None:
        assert faults == []
        by_cell = _plain_frame(cells)
        for name in ("series", "date", "value"):
            assert at_once[name].astype(str).tolist() == by_cell[name].astype(str).tolist()


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
        (["fit", "compute/compute"], "over itself"),
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
        (["data", "--check", "x.csv", "-o", "y.csv"], "--check goes alone"),
        (["data", "--check", "x.csv", "accelerators"], "--check goes alone"),
        (["data", "--series", "accelerators"], "--series goes alone"),
        (["fit", "--data", "x.csv", "--include-announced"], "--include-announced"),
        (["fit", "--until", ""], "write YYYY"),
        (["fit", "--dataset", ""], "a name is empty"),
        (["fit", ""], "a name is empty"),
        (["fit", "--data", ""], "a file has no name"),
        (["data", "--check", ""], "a file has no name"),
        (["fit", "compute,"], "a name is empty"),
        (["fit", "--level", "0.9999999999999999"], "between 0 and 1"),
        (["fit", "dram"], "dram-bandwidth"),
        (["fit", "-o", ""], "--output needs"),
        (["project", "parameters", "--dataset", "gholami2024"], "ten points in four years"),
        (["project", "--dataset"], "'memwall project --help'"),
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
        (["fit", "-o", "pipe.csv"], "is no regular file"),
        (["fit", "-o", "loop.csv"], "leads to itself"),
        (["fit", "-o", "file.csv/fit.csv"], "is no folder"),
        (["fit", "compute", "--since", "2030"], "0 points"),
        (["project", "compute", "--until", "1990"], "no values"),
    ],
)
def test_what_cannot_be_read_written_or_fitted_is_1(memwall_process, tmp_path, args, hint):
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "file.csv").touch()
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    os.mkfifo(tmp_path / "pipe.csv")
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
