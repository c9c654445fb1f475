"""`memwall cite`: how to cite memwall, its data and the paper."""

from typing import Annotated

import typer

from memwall_cli import __version__
from memwall_cli import options as opt
from memwall_cli.output import emit
from memwall_cli.render import Result, Row, View

KEYS = ("what", "text")
CITATIONS = (
    (
        "memwall and its data",
        "The memwall authors. memwall: growth of AI hardware and models, and the memory wall. "
        f"Version {__version__}, 2026. Software: MIT; data: CC BY 4.0.",
        f"""@software{{memwall,
  author  = {{{{The memwall authors}}}},
  title   = {{memwall: growth of AI hardware and models, and the memory wall}},
  version = {{{__version__}}},
  year    = {{2026}},
  note    = {{Software under MIT, data under CC BY 4.0}}
}}""",
    ),
    (
        "the paper",
        "A. Gholami, Z. Yao, S. Kim, C. Hooper, M. W. Mahoney, K. Keutzer. AI and Memory Wall. "
        "IEEE Micro 44(3):33-39, 2024. doi:10.1109/MM.2024.3373763, arXiv:2403.14123.",
        """@article{gholami2024,
  author  = {Gholami, Amir and Yao, Zhewei and Kim, Sehoon and Hooper, Coleman
             and Mahoney, Michael W. and Keutzer, Kurt},
  title   = {{AI} and Memory Wall},
  journal = {IEEE Micro},
  volume  = {44},
  number  = {3},
  pages   = {33--39},
  year    = {2024},
  doi     = {10.1109/MM.2024.3373763}
}""",
    ),
)


def cite(
    bibtex: Annotated[bool, typer.Option("--bibtex", help="Print BibTeX entries.")] = False,
    format_: opt.OutputFormat = None,
    output: opt.TableFiles = None,
    quiet: opt.Quiet = False,
) -> None:
    """How to cite memwall, its data and the paper.

    \b
      memwall cite
      memwall cite --bibtex
    """
    to = opt.destination(format_, output, quiet, has_chart=False)
    if bibtex and format_ is None and not to.files:
        typer.echo("\n\n".join(entry for _, _, entry in CITATIONS))
        return
    cells = [(what, text) for what, text, _ in CITATIONS]
    rows: list[Row] = [dict(zip(KEYS, cell, strict=True)) for cell in cells]
    view = View("", ("what", "how to cite it"), cells, "ll")
    emit(Result(KEYS, rows, lambda: [view]), to)
