"""What goes wrong, in one sentence with the place and the remedy."""

from collections.abc import Iterable


class MemwallError(Exception):
    """A file can't be read or written, or its content is wrong: exit status 1."""

    exit_code = 1


class UsageError(MemwallError):
    """The command line is wrong: exit status 2."""

    exit_code = 2


def unknown(kind: str, name: str, known: Iterable[str]) -> UsageError:
    """Say that `name` is no known `kind`, with the nearest names there are.

    Parameters
    ----------
    kind : what the name stands for, as a user would say it ("series", "data set").
    name : what was asked for.
    known : every name that would do.

    Examples
    --------
    >>> print(unknown("series", "computer", ["compute", "parameters"]))
    no series 'computer'; did you mean compute?
    """
    from difflib import get_close_matches

    names = list(dict.fromkeys(known))
    folded = {_folded(n): n for n in names}
    asked = _folded(name)
    close = [n for n in folded if len(asked) > 2 and asked in n]
    # What begins as asked comes first: h100 is rather h100-sxm than gh100.
    close = sorted(close, key=lambda n: not n.startswith(asked))[:3]
    close += get_close_matches(asked, folded, n=3, cutoff=0.5)
    near = [folded[n] for n in dict.fromkeys(close)]
    listed = f"{', '.join(names[:12])}{', ...' if len(names) > 12 else ''}"
    remedy = f"did you mean {', '.join(near)}?" if near else f"there are {listed}"
    return UsageError(f"no {kind} {name!r}; {remedy}")


def _folded(name: str) -> str:
    """Fold case and punctuation, which people misremember first."""
    return "".join(character for character in name.lower() if character.isalnum())
