"""Write the output blocks of README.md and docs/*.md, or check that they are in step.

Usage: python scripts/readme.py [--check]

A block is everything between `<!-- output of: COMMAND -->` and `<!-- end -->`; COMMAND, of memwall
or `python scripts/NAME.py`, is run with 80 columns. Commands named in the README's text must be
ones that memwall lists, and the other way round. Pictures are drawn anew without --check; their
bytes change with the drawing library, so they are not compared.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
BLOCK = re.compile(r"(<!-- output of: (.+?) -->\n```(\w*)\n).*?(```\n<!-- end -->)", re.DOTALL)
PICTURE = re.compile(r"!\[[^\]]*\]\(((?:docs/)?[\w-]+\.png)\)\s*<!-- drawn by: (.+?) -->")


def output(command: str) -> str:
    """Run a command as it stands in a page; return its standard output."""
    program, *args = shlex.split(command)
    if program == "memwall":
        args = ["-m", "memwall_cli", *args]
    elif program != "python" or not args[:1] or not args[0].startswith("scripts/"):
        raise SystemExit(f"{command!r} is neither a memwall command nor one of scripts/")
    env = {**os.environ, "COLUMNS": "80", "TERM": "dumb"}
    argv = [sys.executable, *args]
    done = subprocess.run(argv, capture_output=True, text=True, env=env, cwd=ROOT, check=False)
    if done.returncode:
        raise SystemExit(f"{command}: {done.stderr}")
    return done.stdout


def written(text: str) -> str:
    return BLOCK.sub(lambda m: m[1] + output(m[2]) + m[4], text)


def commands_out_of_step(text: str) -> list[str]:
    from memwall_cli.app import COMMANDS

    there = set(COMMANDS)
    named = set(re.findall(r"memwall ([a-z]+)\b", text)) - {"in", "and", "is", "on"}
    return [f"README.md names no command {name}" for name in sorted(there - named)] + [
        f"README.md: there is no command memwall {name}" for name in sorted(named - there)
    ]


def main() -> None:
    check = "--check" in sys.argv[1:]
    faults = commands_out_of_step(README.read_text("utf-8"))
    for page in (README, *sorted((ROOT / "docs").glob("*.md"))):
        name = page.relative_to(ROOT)
        text = page.read_text("utf-8")
        try:
            fresh = written(text)
        except SystemExit as fault:  # one page's fault must not leave the next ones stale
            faults.append(f"{name}: {fault}")
            continue
        if not check:
            page.write_text(fresh, "utf-8")
            for file, command in PICTURE.findall(text):
                output(f"{command} -o {page.parent.joinpath(file).relative_to(ROOT)}")
        elif fresh != text:
            faults.append(f"{name}: an output block is out of step; run scripts/readme.py")
    if faults:
        raise SystemExit("\n".join(faults))


if __name__ == "__main__":
    main()
