"""Write data/README.md, the data dictionary, from datapackage.json; or check that it is in step.

Usage: python scripts/data_readme.py [--check]
"""

import json
import sys
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent.parent / "data"
README = DATA / "README.md"

INTRODUCTION = """\
# {title}, version {version}

{description}

There are {tables} CSV tables (UTF-8, comma, header, ISO dates, an empty cell where nothing is
known) and `models/*.json`, configurations of models as Hugging Face writes them. `datapackage.json`
describes all of it for programs ([Frictionless Data Package](https://datapackage.org)); this page
is written from it by `scripts/data_readme.py`.

How the tables hang together: every number and date of the others has one row in `provenance`
(table, id, field), which names its source by key, how it was read, and what other good sources say
where they differ by more than 3 %. `sources` holds the keys.

What to know of the numbers: peaks are dense (no structured sparsity), vector and matrix units
apart; links count in one direction; GB are 10^9 bytes for bandwidth and as the maker says for
capacity; a date is what `date_basis` says, and where a source has only the year or the month, the
day is the first of July or of that month, which the `detail` of its provenance says.

## Licence, and how to cite

[CC BY 4.0](https://creativecommons.org/licenses/by/4.0/): share and change it, also commercially,
with credit. `memwall cite` prints the credit with BibTeX; in short:

> {title}, version {version}. The memwall authors. CC BY 4.0.

Please cite the paper that it starts from too: A. Gholami, Z. Yao, S. Kim, C. Hooper, M. W. Mahoney,
K. Keutzer, "AI and Memory Wall", IEEE Micro 44(3), 33-39, 2024, doi:10.1109/MM.2024.3373763
(its plotted points are table `gholami2024`).

## How to add a device in five minutes

1. One row in `accelerators.csv`, in order of `released`. Leave empty what you can't source.
2. One row in `provenance.csv` for its date and for each of its numbers:
   `accelerators,ID,FIELD,SOURCE,HOW,DETAIL,OTHERS`. A derived value has its formula in `DETAIL`
   ("8 channels x 4.8 GT/s x 8 B", "half of 900 GB/s bidirectional"): it is done again. The words
   that `HOW` may be are at the end of this page.
3. One row in `sources.csv` for each document that isn't there yet.
4. `memwall data --check data` in the checkout. It names every fault: cells of the wrong form or
   range, values without a source and sources without a value, formulas that don't give the value,
   peaks that no such chip does in its clock, bandwidths beyond the widest bus, links counted both
   ways, dates out of order. One table by itself: `memwall data --check FILE --table accelerators`.
5. Every command knows the device now if memwall is installed from the checkout with
   `pip install -e .`; otherwise install it again. `memwall data accelerators ID` shows it beside
   the trends of its day, `memwall roofline llama-2-7b --on ID` what a model does on it.

A row like this (and its provenance) is all that a device needs:

```csv
{example}
```

## Tables
"""


def dictionary(package: dict[str, Any]) -> str:
    """Write the page."""
    example = (DATA / "accelerators.csv").read_text("utf-8").splitlines()
    rows = [line for line in example if line.startswith("h100-sxm,")]
    sources = (DATA / "provenance.csv").read_text("utf-8").splitlines()
    rows += [line for line in sources if line.startswith("accelerators,h100-sxm,link_gbs")]
    tables = len(package["resources"])
    parts = [INTRODUCTION.format(**package, tables=tables, example="\n".join(rows))]
    for resource in package["resources"]:
        parts.append(f"### {resource['path']}\n\n{_sentence(resource['description'])}\n")
        parts.append("| column | type | unit | what | values |\n|:--|:--|:--|:--|:--|")
        parts += [_line(field) for field in resource["schema"]["fields"]]
        parts.append("")
    return "\n".join(parts)


def _line(field: dict[str, Any]) -> str:
    what = field["description"].replace("|", "\\|")
    unit = field.get("unit", "")
    return f"| `{field['name']}` | {field['type']} | {unit} | {what} | {_values(field)} |"


def _values(field: dict[str, Any]) -> str:
    """Say which values are allowed, in words."""
    limits = field.get("constraints", {})
    said = []
    if "enum" in limits:
        said.append(", ".join(limits["enum"]))
    if "maximum" in limits:
        least = limits.get("minimum", "above 0" if "exclusiveMinimum" in limits else "up")
        said.append(f"{least} to {limits['maximum']}")
    elif limits.get("exclusiveMinimum") == 0:
        said.append("above 0")
    if "pattern" in limits:
        pattern = limits["pattern"].replace("|", "\\|")
        said.append(f"`{pattern}`")
    if limits.get("required"):
        said.append("always there")
    return "; ".join(said)


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:].rstrip(".") + "."


def main() -> None:
    package = json.loads((DATA / "datapackage.json").read_text("utf-8"))
    page = dictionary(package)
    if "--check" not in sys.argv[1:]:
        README.write_text(page, "utf-8")
    elif not README.exists() or README.read_text("utf-8") != page:
        raise SystemExit("data/README.md is out of step; run scripts/data_readme.py")


if __name__ == "__main__":
    main()
