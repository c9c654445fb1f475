"""What `memwall data models --bundled` answers: the models that come with a configuration."""

from memwall_cli.render import Cell, Result, Row, View
from memwall_cli.text import digits, prefix_of, prefixed

KEYS = (
    *("id", "name", "architecture", "layers", "hidden", "heads", "kv_heads", "positions"),
    *("parameters", "active_parameters", "kv_bytes_per_token"),
)


def bundled_result() -> Result:
    """List the bundled models, with what their shapes come to."""
    from memwall_cli.workload.config import bundled_models

    rows = [_row(identifier) for identifier in bundled_models()]
    summary = [
        f"{len(rows)} models; KV: bytes that one token leaves in the cache, in 16 bits.",
        "memwall workload ID tells what one computes and moves.",
    ]
    return Result(KEYS, rows, lambda: [_view(rows)], summary)


def _row(identifier: str) -> Row:
    from memwall_cli.workload.config import load_model
    from memwall_cli.workload.kvcache import kv_bytes_per_token
    from memwall_cli.workload.weights import parameters

    model = load_model(identifier)
    attention = model.blocks[-1].attention
    return {
        "id": model.id,
        "name": model.name,
        "architecture": model.architecture,
        "layers": sum(blocks.count for blocks in model.blocks),
        "hidden": model.hidden,
        "heads": attention.heads,
        # One latent vector stands for the keys and values of all heads.
        "kv_heads": None if attention.latent else attention.kv_heads,
        "positions": model.window,
        "parameters": parameters(model),
        "active_parameters": parameters(model, active=True),
        "kv_bytes_per_token": kv_bytes_per_token(model),
    }


def _view(rows: list[Row]) -> View:
    cells = []
    for row in rows:
        active = row["active_parameters"] != row["parameters"]
        kv = row["kv_bytes_per_token"]
        cells.append(
            [
                str(row["id"]),
                str(row["architecture"]),
                str(row["layers"]),
                str(row["hidden"]),
                _count(row["parameters"]),
                _count(row["active_parameters"]) if active else "",
                prefixed(float(kv), "B") if isinstance(kv, int) and kv else "",
            ]
        )
    headers = ("id", "architecture", "layers", "hidden", "parameters", "active", "KV")
    return View("Bundled models", headers, cells, "llrrrrr")


def _count(value: Cell) -> str:
    """Write a number of parameters as the field does: 6.74B, 1.03T."""
    size, name = prefix_of(float(value or 0), "parameters")
    return f"{digits(float(value or 0) / size)}{name[0].upper() if size > 1 else ''}"
