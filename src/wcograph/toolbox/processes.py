"""Child processes for work that the engine cannot interrupt: they can be ended, and end with this process.

A child imports nothing from the current directory and ignores ``PYTHONPATH`` and ``PYTHONSTARTUP`` (``python -I``);
it loads pyoxigraph from the same location as this process. On POSIX systems the work runs in a process below a supervisor,
because the engine lets no other thread of its process run. The supervisor kills the work when the pipe that
only this process holds is closed, which happens however this process ends. On every system, a timer that needs
no interpreter ends the work when its time is over. ``run`` starts a process for one piece of work; a ``Worker`` answers
one request after another.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import suppress

import pyoxigraph

from wcograph.toolbox.errors import LimitError

_SUPERVISED = """\
import faulthandler, os, sys
parent, life, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
sys.path += sys.argv[4:]
if life >= 0:
    import select, signal
    ended, working = os.pipe()
    worker = os.fork()
    if worker:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.close(working)
        for stream in range(3):
            os.close(stream)
        while True:
            readable, _, _ = select.select([life, ended], [], [], 1)
            if ended in readable:
                break
            if readable or os.getppid() != parent:
                os.kill(worker, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])
        if status < 0:
            signal.signal(-status, signal.SIG_DFL) if -status not in (signal.SIGKILL, signal.SIGSTOP) else None
            os.kill(os.getpid(), -status)
        os._exit(status)
    os.close(life)
    os.close(ended)
faulthandler.dump_traceback_later(seconds + 2, exit=True, file=open(os.devnull, "w"))
"""


def run(code: str, input: bytes, *, seconds: float) -> bytes:
    """Run Python code in a child process, ``input`` on its standard input, and return its standard output.

    Raises LimitError if it does not end within ``seconds`` or is ended by a signal (for example, out of memory), and
    RuntimeError, with its message, if it fails.

    >>> run("import sys; sys.stdout.write(sys.stdin.read().upper())", b"abc", seconds=20)
    b'ABC'
    """
    life: tuple[int, ...] = os.pipe() if hasattr(os, "fork") else ()
    try:
        with _started(code, life, seconds, subprocess.PIPE) as process:
            try:
                output, errors = process.communicate(input, timeout=max(seconds, 0.001))
            except subprocess.TimeoutExpired:
                raise LimitError(
                    f"stopped after {seconds:.3g} s (timeout); ask for less, or allow more time"
                ) from None
            finally:
                if life:
                    os.close(life[1])  # ends what still runs
                else:
                    process.kill()
                life = life[:1]
    finally:
        for end in life:
            os.close(end)
    if process.returncode < 0:
        raise LimitError(f"ended by signal {-process.returncode}; it may need more memory than is available")
    if process.returncode:
        raise RuntimeError(f"a child process failed: {errors.decode(errors='replace').strip()[-2000:]}")
    return output


class Worker:
    """A child process that answers one request after another, until it is ended or this process ends.

    Its code is a loop that begins with ``read()``, which returns the next request, and ends with ``write(answer)``.

    >>> worker = Worker("while True: write(read().upper())")
    >>> worker.ask(b"abc", seconds=20), worker.ask(b"d", seconds=20)
    (b'ABC', b'D')
    >>> worker.end()
    """

    def __init__(self, code: str, *places: str) -> None:
        """Start the process; ``places`` are directories from which it imports, besides its own."""
        life: tuple[int, ...] = os.pipe() if hasattr(os, "fork") else ()
        try:
            self._process = _started(_FRAMED + code, life, _YEARS, subprocess.DEVNULL, places)
        except BaseException:
            for end in life[1:]:
                os.close(end)
            raise
        finally:
            for end in life[:1]:
                os.close(end)
        self._life = list(life[1:])

    def ask(self, request: bytes, *, seconds: float) -> bytes:
        """Send a request and return the answer.

        Raises LimitError if it does not come within ``seconds``, or the process ends without it. The process has ended then.
        """
        from threading import Timer

        pipes = self._process.stdin, self._process.stdout
        assert pipes[0] is not None and pipes[1] is not None
        until = time.monotonic() + seconds
        timer = Timer(seconds, self.end)
        timer.start()
        try:
            pipes[0].write(len(request).to_bytes(8, "big") + request)
            pipes[0].flush()
            size = pipes[1].read(8)
            answer = pipes[1].read(int.from_bytes(size, "big"))
        except (OSError, ValueError):
            size = answer = b""
        finally:
            timer.cancel()
        if len(size) == 8 and len(answer) == int.from_bytes(size, "big"):
            return answer
        self.end()
        if time.monotonic() >= until:
            raise LimitError(f"stopped after {seconds:.3g} s; ask for less")
        raise LimitError("it ended before it was done; it may need more memory than is available")

    def end(self) -> None:
        """End the process, whatever it is doing."""
        with suppress(IndexError):  # another thread may do the same
            os.close(self._life.pop())
        if not hasattr(os, "fork"):
            self._process.kill()
        self._process.wait()

    def __del__(self) -> None:
        """End the process."""
        if hasattr(self, "_life"):
            self.end()


_YEARS = 1e8  # seconds
_FRAMED = """\
def read():
    size = sys.stdin.buffer.read(8)
    return sys.stdin.buffer.read(int.from_bytes(size, "big")) if size else os._exit(0)
answers = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)  # what is printed is not an answer
def write(answer):
    answers.write(len(answer).to_bytes(8, "big") + answer)
    answers.flush()
"""


def _started(
    code: str, life: tuple[int, ...], seconds: float, errors: int, places: tuple[str, ...] = ()
) -> subprocess.Popen[bytes]:
    own = os.path.dirname(os.path.dirname(os.path.abspath(pyoxigraph.__file__)))
    arguments = [str(os.getpid()), str(life[0]) if life else "-1", str(seconds), own, *places]
    return subprocess.Popen(
        [sys.executable, "-I", "-c", _SUPERVISED + code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        pass_fds=life[:1],
    )
