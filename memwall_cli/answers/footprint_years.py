"""What `memwall footprint --over-time` answers: models against memories, year by year."""

from typing import TYPE_CHECKING

from memwall_cli.render import Result, Row, View
from memwall_cli.text import digits
from memwall_cli.trends.scaled import LEVEL, Scaled, scaled

if TYPE_CHECKING:
    from plotnine import ggplot

KEYS = (
    *("series", "id", "released", "value", "unit", "bytes", "is_record"),
    *("estimator", "n", "growth_per_2yr", "ci_low", "ci_high", "level"),
)


def over_time_result(format_: str) -> Result:
    """Set the largest disclosed models beside the largest memories, as figure 2 of the paper does.

    Parameters
    ----------
    format_ : number format of the weights.
    """
    models, memories = scaled(format_)
    series = models.series
    newest = int(series.values.argmax())
    notes = [
        f"note: parameters are those disclosed, sparse models in full; the record, "
        f"{series.ids[newest]}, is of {str(series.dates[newest])[:4]}: laboratories have stopped "
        "disclosing"
    ]
    return Result(
        KEYS,
        [row for one in (models, memories) for row in _rows(one)],
        lambda: [_view(models, memories, format_)],
        _summary(models, memories),
        notes,
        lambda: _chart(models, memories, format_),
    )


def _rows(one: Scaled) -> list[Row]:
    growth = one.fit.growth
    return [
        {
            "series": one.series.name,
            "id": str(id_),
            "released": str(date),
            "value": float(value),
            "unit": one.series.unit,
            "bytes": float(size),
            "is_record": bool(record),
            "estimator": "ols",
            "n": growth.n,
            "growth_per_2yr": growth.growth_per_2yr,
            "ci_low": growth.ci_low,
            "ci_high": growth.ci_high,
            "level": growth.level,
        }
        for id_, date, value, size, record in zip(
            one.series.ids,
            one.series.dates,
            one.series.values,
            one.bytes,
            one.is_record,
            strict=True,
        )
    ]


def _years(models: Scaled, memories: Scaled) -> range:
    dates = [*models.series.dates, *memories.series.dates]
    return range(int(str(min(dates))[:4]), int(str(max(dates))[:4]) + 1)


def _view(models: Scaled, memories: Scaled, format_: str) -> View:
    rows = []
    for year in _years(models, memories):
        (model, size), (device, memory) = models.leading(year), memories.leading(year)
        rows.append(
            [
                str(year),
                model,
                digits(size / models.scale / 1e9),
                digits(size / 1e9),
                device,
                digits(memory / 1e9),
                digits(size / memory, 2),
            ]
        )
    title = f"The largest disclosed model so far in {format_}, and the largest memory of one device"
    headers = ("year", "model", "billion", "GB", "device", "GB", "devices")
    return View(title, headers, rows, "rlrrlrr")


def _published(one: Scaled) -> str:
    return f"{one.fit.published:g}x" if one.fit.published else "no rate"


def _rate(one: Scaled) -> str:
    """Write a rate with its interval."""
    growth = one.fit.growth
    interval = f"{digits(growth.ci_low)} to {digits(growth.ci_high)}"
    return (
        f"{digits(growth.growth_per_2yr)}x ({LEVEL * 100:g} % interval {interval}, n = {growth.n})"
    )


def _summary(models: Scaled, memories: Scaled) -> list[str]:
    first = int(str(models.series.dates.min())[:4])
    return [
        "devices: what the weights alone take; training with Adam takes 16 bytes a parameter, and "
        "activations.",
        f"Since {first}, per 2 years: parameters of Transformers {_rate(models)}, memory of a "
        f"device {_rate(memories)}; least squares over all points. The paper prints "
        f"{_published(models)} and {_published(memories)}.",
    ]


def _chart(models: Scaled, memories: Scaled, format_: str) -> "ggplot":
    from memwall_cli.charts.footprint_years import over_time_chart

    return over_time_chart(models, memories, format_)
