"""What a rate depends on, against statsmodels refits, scipy's line and pandas' own selection."""

import csv
import io

import numpy as np
import pytest
from conftest import read_csv
from hypothesis import given
from hypothesis import strategies as st

from memwall_cli import fit_growth, load_series, load_table
from memwall_cli.errors import UsageError
from memwall_cli.trends.curated import Choice
from memwall_cli.trends.influence import share_of_growth, slopes_without
from memwall_cli.trends.samples import is_record

KEYS = (
    "series,dataset,estimator,precision,dimension,variant,point,n,start,end,growth_per_2yr,"
    "ci_low,ci_high,level,ratio_to_default,log_share,log_share_low,log_share_high,note"
)
GAP = "compute/dram-bandwidth"


def by_statsmodels(x, y):
    import statsmodels.api as sm

    return sm.OLS(y, sm.add_constant(x - 2000)).fit()


def rows_of(memwall, *args):
    done = memwall("fit", "--sensitivity", *args)
    assert done.returncode == 0, done.stderr
    return read_csv(done.stdout)


def rate(rows, dimension, variant):
    (row,) = [r for r in rows if (r["dimension"], r["variant"]) == (dimension, variant)]
    return float(row["growth_per_2yr"]), int(row["n"])


@pytest.mark.parametrize("name", ["interconnect-lane", "parameters", "memory-capacity"])
def test_slopes_without_a_point_are_statsmodels_refits(name):
    series = load_series(name)
    x, y = series.years, np.log(series.values)
    refits = [by_statsmodels(np.delete(x, i), np.delete(y, i)).params[1] for i in range(len(x))]
    assert slopes_without(x, series.values) == pytest.approx(refits, rel=1e-9)


def test_slopes_without_a_point_are_statsmodels_dfbeta():
    series = load_series("interconnect-lane")
    model = by_statsmodels(series.years, np.log(series.values))
    ours = model.params[1] - slopes_without(series.years, series.values)
    assert ours == pytest.approx(model.get_influence().dfbeta[:, 1], rel=1e-8, abs=1e-12)


def test_without_the_only_other_date_there_is_no_slope():
    slopes = slopes_without([2000.0, 2000.0, 2000.0, 2001.0], [1.0, 2.0, 3.0, 4.0])
    assert np.isnan(slopes).tolist() == [False, False, False, True]
    assert np.isnan(slopes_without([2000.0, 2000.0], [1.0, 2.0])).all()


def test_at_the_ends_of_its_interval_a_share_is_just_rejected_by_statsmodels():
    best = load_series("compute")
    fixed = load_series("compute", precision="fp32")
    _, i, j = np.intersect1d(best.ids.astype(str), fixed.ids.astype(str), return_indices=True)
    x, whole, part = best.years[i], best.values[i], fixed.values[j]
    share, low, high = share_of_growth(x, whole, part, level=0.9)
    slopes = [by_statsmodels(x, np.log(v)).params[1] for v in (whole, part)]
    assert share == pytest.approx(slopes[1] / slopes[0], rel=1e-9)
    for end in (low, high):
        model = by_statsmodels(x, np.log(part) - end * np.log(whole))
        assert model.pvalues[1] == pytest.approx(0.1, rel=1e-5)


def test_what_does_not_surely_grow_has_a_share_without_interval():
    rng = np.random.default_rng(1)
    x, noise = np.linspace(2000, 2010, 20), np.exp(rng.normal(size=20))
    share, low, high = share_of_growth(x, noise, noise**0.5)
    assert share == pytest.approx(0.5)
    assert np.isnan([low, high]).all()
    assert np.isnan(share_of_growth([2000, 2001], [1, 2], [1, 2])).all()


def test_the_interval_of_a_share_holds_it_as_often_as_it_says():
    rng, x, hits = np.random.default_rng(0), np.linspace(2000, 2020, 24), 0
    for _ in range(1000):
        rest, part = rng.normal(scale=(1.0, 0.5), size=(24, 2)).T
        part, rest = 0.1 * x + part - 0.3 * rest, 0.15 * x + rest  # noise of both is correlated
        whole = part + rest
        _, low, high = share_of_growth(x, np.exp(whole - 500), np.exp(part - 200), level=0.9)
        hits += low <= 0.1 / 0.25 <= high
    assert 0.88 <= hits / 1000 <= 0.92


@given(
    st.lists(
        st.tuples(st.integers(0, 9000), st.floats(0.1, 10), st.floats(0.1, 10)),
        min_size=4,
        max_size=12,
        unique_by=lambda point: point[0],
    ),
    st.floats(1e-3, 1e3),
)
def test_a_share_knows_no_unit_and_the_shares_of_all_parts_make_one(points, unit):
    days, part, rest = (np.array(x, dtype=float) for x in zip(*points, strict=True))
    x, whole = 2000 + days / 365.25, part * rest * np.exp(days / 300)
    found = np.array(share_of_growth(x, whole, part))
    assert share_of_growth(x + 7, unit * whole, unit * part) == pytest.approx(
        tuple(found), rel=1e-6, abs=1e-6, nan_ok=True
    )
    other = np.array(share_of_growth(x, whole, whole / part))[[0, 2, 1]]
    assert found + other == pytest.approx(1, rel=1e-6, nan_ok=True) or np.isnan(found[1])
    assert not found[1] > found[0]
    assert not found[0] > found[2]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), min_size=1, max_size=20))
def test_a_record_exceeds_all_that_came_before_and_all_of_its_day(points):
    years, values = (np.array(x, dtype=float) for x in zip(*points, strict=True))
    found = is_record(years, values)
    records = {(years[i], values[i]) for i in np.flatnonzero(found)}
    for t, v in points:
        beaten = any(a < t and b >= v for a, b in points) or any(
            a == t and b > v for a, b in points
        )
        assert ((t, v) in records) == (not beaten)
    assert len(records) == found.sum()  # of equals on one day, one


@pytest.fixture(scope="module")
def shipped():
    """Shipped devices, with the best dense peak and DRAM bandwidth, selected anew in pandas."""
    devices = load_table("accelerators").query("status == 'shipped'").copy()
    peaks = [c for c in devices if c.endswith("_tflops") and not c.startswith("tf32")]
    devices["compute"] = devices[peaks].max(axis=1)
    dram = devices["memory_type"].notna() & (devices["memory_type"] != "SRAM")
    devices["dram-bandwidth"] = devices["memory_bandwidth_gbs"].where(dram)
    devices["memory-capacity"] = devices["memory_gb"].where(dram & (devices["class"] != "cpu"))
    devices[GAP] = devices["compute"] / devices["dram-bandwidth"]
    since = devices["released"] - np.datetime64("2000-01-01")
    devices["year"] = 2000 + since.dt.days / 365.25
    return devices


def new_boards(devices, value):
    """Boards that don't repeat their die: the first with a value, and each that raised it."""
    best, new = {}, set()
    mine = devices.assign(value=value).sort_values(
        ["released", "value"], ascending=[True, False], kind="stable"
    )
    for place, row in mine[mine["value"].notna()].iterrows():
        die = (row["vendor"], row["die"] if isinstance(row["die"], str) else place)
        if row["value"] > best.get(die, 0):
            best[die] = row["value"]
            new.add(place)
    return new


def by_pandas(devices, value, *parts, new=None):
    """Rate and number of points by pandas' selection and scipy's line."""
    from scipy.stats import linregress

    new = new or set().union(*(new_boards(devices, part) for part in parts or (value,)))
    value = value.where(value.index.isin(new))
    known = devices[value.reindex(devices.index).notna()]
    slope = linregress(known["year"], np.log(value[known.index])).slope
    return pytest.approx(np.exp(2 * slope), rel=1e-9), len(known)


@pytest.mark.parametrize("name", ["compute", "dram-bandwidth", "memory-capacity"])
def test_per_watt_and_per_dollar_and_their_chips_are_pandas(memwall, shipped, name):
    rows = rows_of(memwall, name)
    for unit, field in (("watt", "tdp_w"), ("dollar", "price_usd")):
        value = shipped[name] / shipped[field]
        chip = shipped[name].where(shipped[field].notna())
        assert rate(rows, "per", unit) == by_pandas(shipped, value, chip)
        both = new_boards(shipped, shipped[name]) & new_boards(shipped, chip)
        assert rate(rows, "per", f"chip ({unit}s known)") == by_pandas(shipped, chip, new=both)
    assert "dollars of the day" in column_of(rows, "per", "dollar")["note"]


def column_of(rows, dimension, variant):
    return next(r for r in rows if (r["dimension"], r["variant"]) == (dimension, variant))


@pytest.mark.parametrize("name", ["compute", GAP])
def test_groups_of_devices_are_pandas(memwall, shipped, name):
    rows = rows_of(memwall, name)
    for dimension, variant in (
        ("market", "server"),
        ("market", "desktop"),
        ("class", "cpu"),
        ("vendor", "NVIDIA"),
        ("date_basis", "available"),
    ):
        mine = shipped[shipped[dimension] == variant]
        parts = GAP.split("/") if name == GAP else [name]
        assert rate(rows, dimension, variant) == by_pandas(
            mine, mine[name], *(mine[part] for part in parts)
        )
    for precision in ("fp16-vector", "fp16-matrix"):
        peak = shipped[f"{precision.replace('-', '_').removesuffix('_vector')}_tflops"]
        value = peak / shipped["dram-bandwidth"] if name == GAP else peak
        parts = (peak, shipped["dram-bandwidth"]) if name == GAP else (peak,)
        assert rate(rows, "precision", precision) == by_pandas(shipped, value, *parts)


def test_the_parts_of_the_best_format_multiply_to_it(memwall):
    rows = rows_of(memwall, "compute", GAP)
    for name in ("compute", GAP):
        mine = [r for r in rows if r["series"] == name and r["dimension"] == "number formats"]
        for best, fixed, gain in (mine[:3], mine[3:]):
            growth = [float(r["growth_per_2yr"]) for r in (best, fixed, gain)]
            assert growth[0] == pytest.approx(growth[1] * growth[2], rel=1e-9)
            assert float(fixed["log_share"]) == pytest.approx(
                np.log(growth[1]) / np.log(growth[0]), rel=1e-9
            )
            assert float(fixed["log_share"]) + float(gain["log_share"]) == pytest.approx(1)
            assert float(fixed["log_share_low"]) + float(gain["log_share_high"]) == (
                pytest.approx(1)
            )
            assert best["n"] == fixed["n"] == gain["n"]


def test_by_default_it_takes_every_curated_series_and_the_gap(memwall):
    done = memwall("fit", "--sensitivity")
    assert done.stdout.splitlines()[0] == KEYS
    rows = read_csv(done.stdout)
    curated = read_csv(memwall("fit", "--dataset", "curated").stdout)
    curated += read_csv(memwall("fit", GAP, "--dataset", "curated").stdout)
    default = [r for r in rows if r["dimension"] == "default"]
    for shared in ("series", "n", "growth_per_2yr", "ci_low", "ci_high", "start", "end"):
        assert [r[shared] for r in default] == [r[shared] for r in curated]
    rated = [r for r in rows if r["growth_per_2yr"]]
    assert all(float(r["ci_low"]) <= float(r["growth_per_2yr"]) for r in rated)
    assert all(float(r["growth_per_2yr"]) <= float(r["ci_high"]) for r in rated)


def test_other_options_of_fit_give_the_same_rates(memwall):
    rows = rows_of(memwall, "compute")
    by_option = {
        ("precision", "fp8"): ("--precision", "fp8"),
        ("status", "announced too"): ("--include-announced",),
        ("start", "2013"): ("--since", "2013"),
        ("start", "2020"): ("--since", "2020"),
    }
    for variant, options in by_option.items():
        (row,) = read_csv(memwall("fit", "compute", "--dataset", "curated", *options).stdout)
        assert rate(rows, *variant) == (float(row["growth_per_2yr"]), int(row["n"]))
    starts = [r["variant"] for r in rows if r["dimension"] == "start"]
    assert starts == [str(year) for year in range(2003, 2021)]


def test_the_heaviest_point_is_named_and_is_a_refits(memwall):
    rows = rows_of(memwall, "dram-bandwidth")
    series = load_series("dram-bandwidth")
    every = np.arange(len(series.values))
    refits = [
        fit_growth(series.years[every != i], series.values[every != i]).growth_per_2yr
        for i in every
    ]
    for variant, best in (("lowest", np.argmin(refits)), ("highest", np.argmax(refits))):
        row = column_of(rows, "leave-one-out", variant)
        assert row["point"] == series.ids[best]
        assert float(row["growth_per_2yr"]) == pytest.approx(refits[best], rel=1e-12)
    default = fit_growth(series.years, series.values).growth_per_2yr
    most = series.ids[np.argmax(np.abs(np.log(refits) - np.log(default)))]
    (named,) = [r["point"] for r in rows if "matters most" in r["note"]]
    assert named == most


def test_links_per_lane_per_device_and_dated_by_first_product(memwall):
    rows = rows_of(memwall, "interconnect-lane", "interconnect-device")
    lane, device = (
        [r for r in rows if r["series"] == f"interconnect-{word}"] for word in ("lane", "device")
    )
    assert rate(lane, "per", "device") == rate(device, "default", "all")
    assert rate(device, "per", "lane") == rate(lane, "default", "all")
    links = load_table("interconnects").query("family in ('PCIe', 'NVLink')")
    links = links.dropna(subset=["first_product_date"])
    since = links["first_product_date"] - np.datetime64("2000-01-01")
    dated = links.assign(year=2000 + since.dt.days / 365.25)
    known = by_pandas(dated, dated["lane_rate_gbps"], new=set(dated.index))
    assert rate(lane, "date_basis", "first product") == known


def test_fewer_than_three_points_are_no_rate_and_say_so(memwall):
    row = column_of(rows_of(memwall, "compute"), "date_basis", "paper")
    assert row["growth_per_2yr"] == row["ci_low"] == row["ratio_to_default"] == ""
    assert row["note"] == "1 point, too few for a rate; 3 are needed"


def test_less_than_two_years_are_marked_and_left_out_of_the_range(memwall):
    row = column_of(rows_of(memwall, GAP), "precision", "fp4")
    assert "less than 2 years" in row["note"]
    out = memwall("fit", "--sensitivity", GAP, "-f", "table").stdout
    (line,) = [line for line in out.splitlines() if line.split()[:1] == ["fp4"]]
    assert line.split()[4].endswith("?")
    words = " ".join(out.split())
    rates = {
        f"{r['dimension']} {r['variant']}": float(r["growth_per_2yr"])
        for r in rows_of(memwall, GAP)
        if r["growth_per_2yr"]
        and "less than 2 years" not in r["note"]
        and r["dimension"] not in ("number formats", "per")
    }
    lowest = min(rates, key=rates.__getitem__).replace("-", " ")
    assert f"from {min(rates.values()):.2f}x" in words
    assert f"with {lowest} to {max(rates.values()):.2f}x" in words


def test_the_base_may_be_a_window_a_level_and_another_precision(memwall):
    options = ("--precision", "fp32", "--since", "2010", "--until", "2022", "--level", "0.8")
    rows = rows_of(memwall, GAP, *options)
    (plain,) = read_csv(memwall("fit", GAP, "--dataset", "curated", *options).stdout)
    assert rate(rows, "default", "all") == (float(plain["growth_per_2yr"]), int(plain["n"]))
    assert {r["level"] for r in rows} == {"0.8"}
    assert all(r["start"] >= "2010" and r["end"] < "2023" for r in rows if r["n"] != "0")
    assert next(r["variant"] for r in rows if r["dimension"] == "start") == "2011"
    assert "number formats" not in {r["dimension"] for r in rows}  # the format is fixed already


USER = "series,date,value\n" + "".join(
    f"mine,{2010 + i}-07-01,{v}\n" for i, v in enumerate((1, 2, 5, 7, 16, 9))
)


def test_a_users_file_has_start_years_and_single_points(memwall, tmp_path):
    (tmp_path / "u.csv").write_text(USER + "few,2010,1\n")
    done = memwall("fit", "--sensitivity", "--data", "u.csv")
    assert "few: 1 point, too few" in done.stderr
    mine = [r for r in read_csv(done.stdout) if r["series"] == "mine"]
    assert {r["dimension"] for r in mine} == {"default", "start", "leave-one-out"}
    assert [r["variant"] for r in mine if r["dimension"] == "start"] == ["2011", "2012", "2013"]
    assert column_of(mine, "leave-one-out", "highest")["point"] == "record 6 (2015-07-01)"
    alone = memwall("fit", "--sensitivity", "--data", "-", stdin="series,date,value\na,2010,1\n")
    assert (alone.returncode, alone.stdout) == (1, "")


def test_the_papers_points_know_no_devices(memwall):
    rows = rows_of(memwall, "compute", "--dataset", "gholami2024")
    dimensions = {r["dimension"] for r in rows}
    assert dimensions == {"default", "frontier", "start", "leave-one-out"}


def test_a_gap_of_two_tables_has_what_holds_for_both(memwall):
    rows = rows_of(memwall, "parameters/memory-capacity")
    assert {r["dimension"] for r in rows} == {"default", "start", "leave-one-out"}


def test_the_finding_in_words_is_the_numbers_of_the_table(memwall):
    table = memwall("fit", "--sensitivity", GAP, "-f", "table").stdout
    assert max(map(len, table.splitlines())) <= 80
    words = " ".join(table.split())
    rows = rows_of(memwall, GAP)
    gain = column_of(rows, "number formats", "best/fp32 (same devices)")
    share = [
        f"{100 * float(gain[k]):.0f}" for k in ("log_share", "log_share_low", "log_share_high")
    ]
    assert "make {} % ({}-{}) of the log growth".format(*share) in words
    heaviest = next(r["point"] for r in rows if "matters most" in r["note"])
    assert f"the point that matters most is {heaviest} " in words
    starts = [line for line in table.splitlines() if " since 20" in line[:40]]
    assert len(starts) == 4


def test_every_series_reads_at_80_columns(memwall):
    for args in ((), ("--dataset", "gholami2024"), ("--dataset", "gholami2021")):
        out = memwall("fit", "--sensitivity", *args, "-f", "table").stdout
        assert max(map(len, out.splitlines())) <= 80


def test_the_picture_states_the_finding_and_is_the_same_twice(memwall, tmp_path):
    for name in ("a.svg", "b.svg"):
        assert memwall("fit", "--sensitivity", "compute", GAP, "-o", name).returncode == 0
    first, second = ((tmp_path / name).read_bytes() for name in ("a.svg", "b.svg"))
    assert first == second


def every_text(figure):
    """Texts of a figure that are drawn, with their boxes in pixels."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    texts = [t for t in figure.findobj(Text) if t.get_text().strip() and t.get_visible()]
    return [(t.get_text(), t.get_window_extent(renderer)) for t in texts]


@pytest.mark.parametrize("name", [GAP, "compute", "parameters", "interconnect-lane"])
def test_labels_of_the_picture_never_collide(name):
    from itertools import combinations

    from memwall_cli.charts.sensitivity import sensitivity_chart
    from memwall_cli.trends.selection import Request, select
    from memwall_cli.trends.sensitivity import sensitivity

    request = Request(names=(name,), datasets=("curated",))
    (quantity,) = select(request, lambda _: (), ()).quantities
    figure = sensitivity_chart([sensitivity(quantity, request)]).draw()
    texts = every_text(figure)
    assert len(texts) > 30
    for (one, box), (other, beside) in combinations(texts, 2):
        assert not box.overlaps(beside), f"{one!r} runs into {other!r}"
    for one, box in texts:
        assert box.x0 >= 0, one
        assert box.x1 <= figure.bbox.x1 + 1, one


def test_of_several_the_picture_takes_the_gap_and_computes_its_title():
    from memwall_cli.charts.sensitivity import sensitivity_chart
    from memwall_cli.trends.gaps import gap_of
    from memwall_cli.trends.selection import Request
    from memwall_cli.trends.sensitivity import sensitivity

    gap = gap_of(load_series("compute"), load_series("dram-bandwidth"))
    found = sensitivity(gap, Request())
    chart = sensitivity_chart([sensitivity(load_series("parameters"), Request()), found])
    (_, _, gain), _ = found.splits()
    share = f"{100 * gain.share[0]:.0f} %"
    assert chart.labels.title.replace("\n", " ").startswith(
        f"Number formats and matrix units make {share} of the log growth of {GAP}"
    )
    assert (chart.data["low"] <= chart.data["rate"]).all()
    assert (chart.data["rate"] <= chart.data["high"]).all()


def test_a_slip_of_the_pen_gives_no_empty_series():
    for choice, said in (
        (Choice({"market": "servr"}), "server"),
        (Choice({"klass": "gpu"}), "class"),
        (Choice(per="die_mm2"), "tdp_w"),
    ):
        with pytest.raises(UsageError, match=said):
            load_series("compute", choice=choice)
    with pytest.raises(UsageError, match="curated"):
        load_series("compute", "gholami2024", choice=Choice({"class": "gpu"}))
    with pytest.raises(UsageError):
        load_series("parameters", choice=Choice(per="tdp_w"))


def test_csv_and_markdown_come_too(memwall, tmp_path):
    done = memwall("fit", "--sensitivity", "parameters", "-o", "s.csv", "-o", "s.md", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "s.csv").read_text())))
    assert rows[0]["dimension"] == "default"
    assert "| varied | to |" in (tmp_path / "s.md").read_text()


@pytest.mark.parametrize(
    "words",
    [
        ("--estimator", "drift"),
        ("--top", "3"),
        ("--quantile", "0.9"),
        ("--bootstrap", "year"),
        ("--break", "2018"),
    ],
)
def test_another_method_is_refused_not_ignored(memwall, words):
    done = memwall("fit", "compute", "--sensitivity", *words)
    assert done.returncode == 2
    assert f"drop {words[0]}" in done.stderr
