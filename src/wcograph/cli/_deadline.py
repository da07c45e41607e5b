"""``--timeout``: end every command in time, whatever it is doing.

Neither a signal nor a time limit reaches the engine while it works. So a thread of its own does the work, and the
main thread waits. When the time is over, or on Ctrl-C, the main thread removes unfinished output and leaves the
process at once. Child processes end with it (see ``wcograph.toolbox.processes``).
"""

from __future__ import annotations

import _thread  # threading costs some milliseconds to import
import os
import time

from wcograph.toolbox.errors import LimitError
from wcograph.toolbox.output import discard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn, TypeVar

    Result = TypeVar("Result")

_STACK = 16 * 2**20  # what the main thread has on most systems, and more


class Deadline:
    """The time by which a call must end."""

    __slots__ = ("_seconds", "_start")

    def __init__(self, seconds: float | None) -> None:
        """Start the clock; ``seconds`` is None for no limit."""
        self._start = time.monotonic()
        self._seconds = seconds

    def run(self, work: Callable[[], Result]) -> Result:
        """Do ``work`` in a thread and return its result, or raise what it raises; see the module."""
        outcome: list[Result] = []
        failure: list[BaseException] = []
        done = _thread.allocate_lock()
        done.acquire()

        def worker() -> None:
            try:
                outcome.append(work())
            except BaseException as error:
                _let_go(error)
                failure.append(error)
            finally:
                done.release()

        try:
            _thread.stack_size(_STACK)
            _thread.start_new_thread(worker, ())
            if not done.acquire(timeout=self._left()):
                self._leave(
                    LimitError.exit_status,
                    f"stopped after {self._seconds:g} s (--timeout); ask for less, or allow more time",
                )
        except KeyboardInterrupt:
            self._leave(130, "interrupted")
        if failure:
            raise failure[0]
        return outcome[0]

    def _left(self) -> float:
        if self._seconds is None:
            return -1
        return max(self._start + self._seconds - time.monotonic(), 0)

    def _leave(self, status: int, message: str) -> NoReturn:
        # The engine still works in its thread: every other way out would wait for it.
        discard()
        os.write(2, f"wcograph: {message}\n".encode())
        os._exit(status)


def _let_go(error: BaseException | None) -> None:
    """Release what the frames of an error hold: solutions must end in the thread in which they began."""
    import traceback

    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__
