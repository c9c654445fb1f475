"""`python -m memwall_cli`, and what the `memwall` command calls."""

import atexit
import os
import signal
import sys


def _interrupted(*_: object) -> None:
    """End at once with 130, also in the middle of an import; leave no half-written file."""
    clean_up = getattr(sys.modules.get("memwall_cli.output"), "remove_unfinished_files", None)
    if clean_up:
        clean_up()
    os._exit(130)


def main() -> None:
    """Run the command line and end with its status."""
    signal.signal(signal.SIGINT, _interrupted)
    if hasattr(signal, "SIGPIPE"):
        # A reader that has seen enough ends us silently (141), as it ends any filter.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    from memwall_cli.app import run

    status = run()
    # All is written and flushed: taking pandas apart module by module would only cost time.
    atexit._run_exitfuncs()
    os._exit(status)


if __name__ == "__main__":
    main()
