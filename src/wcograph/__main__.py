"""The process of a command: ``wcograph`` and ``python -m wcograph``.

Ctrl-C ends it without a word until the command line is there to say "interrupted".
"""

import _signal as signal  # type: ignore[import-not-found]  # signal itself takes a millisecond for its enums

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def command() -> "NoReturn":
    """Run ``wcograph`` with ``sys.argv`` and leave the process with its exit status."""
    interruptible = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # nohup, say, ignores it
    if interruptible:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from wcograph import cli

    cli.command(interruptible=interruptible)


if __name__ == "__main__":
    command()
