"""The process of a command: ``wcograph`` and ``python -m wcograph``.

Until the command line has started and can say "interrupted", Ctrl-C ends the process silently.
"""

import _signal as signal  # type: ignore[import-not-found]  # signal itself takes a millisecond for its enums
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def command() -> "NoReturn":
    """Run ``wcograph`` with ``sys.argv`` and leave the process with its exit status."""
    interruptible = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # nohup, say, ignores it
    if interruptible:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    leave_current_directory()
    from wcograph import cli

    cli.command(interruptible=interruptible)


def leave_current_directory() -> None:
    """Remove the current directory from the import path: the files in it are data.

    ``python -m`` puts it there, and so does an empty entry of ``PYTHONPATH``. Where the package itself is there (in
    a checkout), it is asked last.
    """
    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    try:
        here = os.stat(".")
    except OSError:  # removed; nothing can be imported from it
        here = None

    def is_here(entry: str) -> bool:
        try:
            return not os.path.isabs(entry) or (here is not None and os.path.samestat(os.stat(entry), here))
        except (OSError, ValueError):
            return False

    kept = [entry for entry in sys.path if not is_here(entry)]
    sys.path[:] = kept if own in kept or own not in sys.path else [*kept, own]


if __name__ == "__main__":
    command()
