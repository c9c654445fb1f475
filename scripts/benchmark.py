"""Time memwall against the libraries that it rests on, side by side in one run.

Usage: python scripts/benchmark.py [RUNS]     (15 runs of each by default, after one warm-up)

Prints, and writes to docs/benchmark.md, the ratio of medians of whole processes, run in turn:
absolute times say more of the machine than of the program.
"""

import platform
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
MEMWALL = [str(Path(sys.executable).with_name("memwall"))]
EMPTY = (
    "import typer{imports}\napp = typer.Typer()\n@app.command()\ndef main():\n    {body}\napp()\n"
)
DRAWING = """
    import numpy as np, pandas as pd, plotnine as p9
    rng = np.random.default_rng(0)
    def frame(n):
        return pd.DataFrame({"x": rng.uniform(1996, 2026, n), "y": np.exp(rng.normal(size=n)),
                             "s": [f"s{i % 7}" for i in range(n)], "t": "a label\\nof two lines"})
    aes, labels = p9.aes, frame(7).assign(x2=2028.0, y2=lambda d: d.y)
    plot = (p9.ggplot(frame(1000), aes("x", "y", color="s", shape="s"))
        + p9.geom_point(data=frame(900), size=1.7, alpha=0.4)
        + p9.geom_point(data=frame(86), size=2, fill="white")
        + p9.geom_line(aes(group="s"), frame(14), size=1.2)
        + p9.geom_line(aes(group="s"), frame(14), size=1, linetype="dashed")
        + p9.geom_segment(aes(xend="x2", yend="y2"), labels)
        + p9.geom_point(data=labels) + p9.geom_text(aes(label="t"), labels, ha="left")
        + p9.scale_color_manual(values=["#000000"] * 7)
        + p9.scale_shape_manual(values=list("os^Dv<>"))
        + p9.scale_y_log10() + p9.scale_x_continuous() + p9.expand_limits(x=2037)
        + p9.labs(title="a title", subtitle="a subtitle", caption="a caption\\nof lines", y="y")
        + p9.theme(figure_size=(10, 6), legend_position="none"))
    plot.save("drawn.png", dpi=150, verbose=False)"""


def cases(folder: Path) -> list[tuple[str, float, list[str], list[str]]]:
    """Name, ratio not to exceed, our command, and what it is held against."""

    def program(name: str, imports: str = "", body: str = "pass") -> list[str]:
        file = folder / f"{name}.py"
        file.write_text(EMPTY.format(imports=imports, body=body))
        return [sys.executable, str(file)]

    million(folder / "million.csv")
    table = ", pandas, rich.table, scipy.special"
    read = 'pandas.read_csv("million.csv", parse_dates=["date"])'
    return [
        (
            "memwall --version | an empty typer program",
            1.5,
            [*MEMWALL, "--version"],
            program("empty"),
        ),
        (
            "memwall fit | an empty typer program that imports pandas, rich.table, scipy.special",
            1.15,
            [*MEMWALL, "fit", "--format", "table", "--quiet"],
            program("imports", table),
        ),
        (
            "memwall fit -o fit.png | a script that draws the same layers with plotnine",
            1.3,
            [*MEMWALL, "fit", "-o", "fit.png", "--quiet"],
            program("draws", ", pandas, scipy.special", DRAWING.strip()),
        ),
        (
            "memwall fit --data, 10^6 rows | the second program with pandas.read_csv of the file",
            1.3,
            [*MEMWALL, "fit", "--data", "million.csv", "--format", "table", "--quiet"],
            program("reads", table, read),
        ),
    ]


def million(file: Path) -> None:
    rng = np.random.default_rng(0)
    days = (np.datetime64("1996-01-01") + rng.integers(0, 11000, 10**6)).astype(str)
    values = np.exp(rng.normal(size=10**6))
    names = rng.choice(["alpha", "beta", "gamma"], 10**6)
    rows = (f"{n},{d},{v:.9g}" for n, d, v in zip(names, days, values, strict=True))
    file.write_text("series,date,value\n" + "\n".join(rows) + "\n")


def seconds(command: list[str], folder: Path) -> float:
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    rows, failed = [], False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for title, most, ours, theirs in cases(folder):
            seconds(ours, folder), seconds(theirs, folder)
            pairs = [(seconds(ours, folder), seconds(theirs, folder)) for _ in range(runs)]
            ratio = statistics.median(a for a, _ in pairs) / statistics.median(b for _, b in pairs)
            each = sorted(a / b for a, b in pairs)
            row = f"| {title} | {ratio:.2f} | {each[0]:.2f}-{each[-1]:.2f} | {most:.2f} |"
            rows.append(row)
            failed |= ratio > most
            print(row, flush=True)
    libraries = ", ".join(
        f"{lib} {version(lib)}" for lib in ("typer", "pandas", "scipy", "rich", "plotnine")
    )
    document = ROOT / "docs" / "benchmark.md"
    # What scripts/benchmark_roofline.py wrote stays behind it.
    _, mark, others = document.read_text().partition("<!-- roofline points -->")
    document.write_text(
        "# Speed, as ratios\n\n"
        "Written by `python scripts/benchmark.py`: whole processes, run in turn, "
        f"{runs} of each after one warm-up; the ratio is that of the medians.\n"
        f"Python {platform.python_version()}, {libraries}.\n\n"
        "| ours | held against | ratio | of single pairs | at most |\n"
        "| :-- | :-- | --: | --: | --: |\n"
        + "\n".join(rows)
        + (f"\n\n{mark}{others}" if mark else "\n")
    )
    sys.exit(failed)


if __name__ == "__main__":
    main()
