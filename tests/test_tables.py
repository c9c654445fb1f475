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
WITH_SOURCES = [t for t in tables.table_names() if t not in ("sources", "provenance")]


def test_frictionless_finds_the_data_package_valid():
    report = frictionless.validate(str(tables.data_dir() / "datapackage.json"))
    assert report.valid, report.flatten(["type", "message"])[:5]
    assert report.stats["tasks"] == len(tables.table_names()) == 10


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


@pytest.mark.parametrize("name", WITH_SOURCES)
def test_every_number_and_date_has_exactly_one_source(name):
    frame = load_table(name).set_index("id")
    rows = load_table("provenance")
    rows = rows[rows["table"] == name]
    sourced = set(zip(rows["id"], rows["field"], strict=True))
    assert len(sourced) == len(rows)
    fields = [
        f["name"]
        for f in tables.schema(name)["fields"]
        if f["type"] in ("number", "integer", "date")
    ]
    cells = {(i, f) for f in fields for i in frame.index[frame[f].notna()]}
    assert cells - sourced == set()
    assert {(i, f) for i, f in sourced if f in fields} - cells == set()


def test_every_source_is_defined_once_and_used():
    keys = load_table("sources")["key"]
    used = set(load_table("provenance")["source"].str.split(";").explode())
    used |= {config["_source"] for config in CONFIGURATIONS.values()}
    assert keys.is_unique
    assert used == set(keys)


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


def test_derived_and_estimated_values_give_their_formula():
    rows = load_table("provenance")
    rows = rows[rows["how"].isin(["derived", "estimate"])]
    assert rows["detail"].notna().all()


def test_the_known_slips_of_other_collections_are_not_ours():
    devices = load_table("accelerators").set_index("id")
    bandwidth = devices["memory_bandwidth_gbs"]
    assert bandwidth["mi300x"] == pytest.approx(5300, rel=0.01)
    assert bandwidth["a100-pcie-40gb"] == 1555
    assert bandwidth["tesla-k80"] == pytest.approx(480, rel=0.01)
    assert bandwidth["b200-sxm"] >= 7700
    assert devices.loc["h100-sxm", "fp16_matrix_tflops"] == pytest.approx(989.5, rel=0.001)
    assert devices.loc["geforce-rtx-4090", "fp16_matrix_tflops"] == pytest.approx(165, rel=0.01)
    assert devices.loc["tpu-v6e", "link_gbs"] == 400
    assert devices.loc["inferentia2", "link_gbs"] < 200
    pascal = devices["die"].isin(["GP102", "GP104"])
    assert pascal.sum() > 2
    assert devices.loc[pascal, "fp16_tflops"].isna().all()


def test_memory_bandwidth_is_bus_width_times_pin_rate():
    memories = load_table("memories")
    product = memories["bus_width_bits"] * memories["pin_rate_gbps"] / 8
    pd.testing.assert_series_equal(product, memories["bandwidth_gbs"], rtol=1e-3, check_names=False)


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
