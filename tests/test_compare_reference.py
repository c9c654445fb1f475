"""The comparison with other collections, on a small one made up here."""

import runpy
import sys
from pathlib import Path

import pytest

from memwall_cli import load_table

SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "compare_reference.py"
pytestmark = pytest.mark.skipif(not SCRIPT.exists(), reason="only in a checkout")

OURS = load_table("accelerators").set_index("id").loc["h100-sxm"]


@pytest.fixture
def compare(tmp_path, monkeypatch, capsys):
    def run(text, name="theirs.csv"):
        (tmp_path / name).write_text(text, "utf-8")
        monkeypatch.setattr(sys, "argv", ["compare_reference.py", str(tmp_path)])
        status = 0
        try:
            runpy.run_path(str(SCRIPT), run_name="__main__")
        except SystemExit as stopped:
            status = stopped.code
        return status, capsys.readouterr().out

    return run


def collection(**values):
    return f"name,{','.join(values)}\nH100 SXM5 80 GB,{','.join(map(str, values.values()))}\n"


def test_what_agrees_is_counted_and_not_listed(compare):
    text = collection(mem_bw_gbs=OURS.memory_bandwidth_gbs * 1.02, mem_gb=80)
    assert compare(text) == (0, "theirs.csv: 2 values compared, 0 differ, 0 unexplained\n")


def test_a_difference_stands_with_our_reason(compare):
    status, out = compare(collection(mem_bw_gbs=3000))
    assert status == 0
    assert "h100-sxm memory_bandwidth_gbs: 3000 against our 3350: 3000 (preliminary" in out


def test_a_difference_without_a_reason_fails(compare):
    rows = load_table("provenance")
    mine = rows[(rows["id"] == "h100-sxm") & (rows["field"] == "memory_gb")]
    assert mine["detail"].isna().all()
    status, out = compare(collection(mem_bw_gbs=3350, mem_gb=94))
    assert "1 differences have no reason" in status
    assert "memory_gb: 94 against our 80: NO REASON" in out


def test_both_directions_of_a_link_are_halved(compare):
    text = collection(mem_bw_gbs=3350, interconnect_gbs_bidirectional_per_device=900)
    assert "2 values compared, 0 differ" in compare(text)[1]


def test_cards_with_another_capacity_are_other_cards(compare):
    text = "name,mem_bw_gbs\nA100 PCIe 80 GB,1555\nA100 PCIe 20 GB,1\n"
    _, out = compare(text)
    assert "1 values compared" in out
    assert "a100-pcie-80gb" in out


def test_a_table_of_words_in_columns_is_read(compare):
    text = '#Year GFLOPs Mem-BW TDP Freq(MHz) Name\n2012 3090 192 195 1006 "GeForce GTX 680" # x\n'
    assert "rupp-sp-.txt: 3 values compared, 0 differ" in compare(text, "rupp-sp-.txt")[1]
