"""Run the experiments of docs/experiments.md and write its tables and pictures from the runs.

Usage: python scripts/experiments.py [--render | --check] [NAME...] [-- OPTION...]

Without an option, measures each named experiment (all by default) into docs/runs/NAME.json, then
writes tables and pictures. --render only writes them, from the runs that are stored; --check says
whether the tables are in step with the stored runs. What follows -- goes to `memwall measure`
(for example -- --threads 8). The machine should be quiet: close what else runs.
"""

import argparse
import subprocess
import sys

from readme import PICTURE, ROOT, output, written

PAGE = ROOT / "docs" / "experiments.md"
RUNS = ROOT / "docs" / "runs"
EXPERIMENTS: dict[str, list[str]] = {
    "ceilings": [],
    "encoder-decoder": ["encoder-decoder"],
    "precision": ["precision"],
    "checkpointing": ["checkpointing"],
}
"""Name of the run, and what `memwall measure` is asked for."""


def measure(name: str, options: list[str]) -> None:
    file = RUNS / f"{name}.json"
    command = [sys.executable, "-m", "memwall_cli", "measure", *EXPERIMENTS[name], *options]
    subprocess.run([*command, "-o", str(file)], check=True, cwd=ROOT)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(EXPERIMENTS))
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--render", action="store_true", help="write from stored runs")
    only.add_argument("--check", action="store_true", help="only compare")
    ours, _, theirs = (" ".join(sys.argv[1:])).partition(" -- ")
    asked = parser.parse_args(ours.split())
    unknown = sorted(set(asked.names) - set(EXPERIMENTS))
    if unknown:
        parser.error(f"no experiment {unknown[0]!r}; there are {', '.join(EXPERIMENTS)}")
    if not (asked.render or asked.check):
        for name in asked.names or EXPERIMENTS:
            measure(name, theirs.split())
    text = PAGE.read_text("utf-8")
    fresh = written(text)
    if asked.check:
        if fresh != text:
            raise SystemExit(
                "docs/experiments.md is out of step; run scripts/experiments.py --render"
            )
        return
    PAGE.write_text(fresh, "utf-8")
    for file, command in PICTURE.findall(text.replace("](", "](docs/")):
        output(f"{command} -o {file}")


if __name__ == "__main__":
    main()
