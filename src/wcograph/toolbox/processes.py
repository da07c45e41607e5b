"""Child processes for work that the engine cannot interrupt: they can be ended, and end with this process.

A child imports nothing from the current directory and ignores ``PYTHONPATH`` and ``PYTHONSTARTUP`` (``python -I``);
it loads pyoxigraph from the same location as this process. On POSIX systems the work runs in a process below a supervisor,
because the engine lets no other thread of its process run. The supervisor kills the work when the pipe that
only this process holds is closed, which happens however this process ends. On every system, a timer that needs
no interpreter ends the work when its time is over.
"""

from __future__ import annotations

import os
import subprocess
import sys

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
    own = os.path.dirname(os.path.dirname(os.path.abspath(pyoxigraph.__file__)))
    arguments = [str(os.getpid()), str(life[0]) if life else "-1", str(seconds), own]
    try:
        with subprocess.Popen(
            [sys.executable, "-I", "-c", _SUPERVISED + code, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=life[:1],
        ) as process:
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
