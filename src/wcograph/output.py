"""Where results go: standard output, or a file that is replaced in one rename.

A reader of the file sees the old content or the new one, never a part: the bytes go to a temporary file in
the same directory, which is renamed when all is written and removed when anything fails.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress

from wcograph.errors import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO


# In the names of this process's temporary files; process numbers alone meet between containers.
_OURS = f"{os.getpid()}-{os.urandom(4).hex()}"


@contextmanager
def open_output(path: str | None) -> Iterator[BinaryIO]:
    """Yield a binary stream to ``path``, or to standard output where ``path`` is None or ``-``.

    A device or a pipe (``/dev/null``, ``/dev/stdout``, a FIFO) is written in place, since it holds nothing to
    protect. Raises InputError where the file cannot be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "out.txt")
    ...     with open_output(path) as stream:
    ...         _ = stream.write(b"whole")
    ...     open(path).read()
    'whole'
    """
    if path is None or path == "-":
        if sys.stdout is None:
            raise InputError("standard output is closed")
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if not path:
        raise InputError("the name of the output is empty; name a file to write to")
    if path.endswith(("/", os.sep)):
        raise InputError("is the name of a directory; name a file to write to", file=path)
    number = _descriptor(path)
    if number is not None or (os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)):
        try:
            with open(path if number is None else os.dup(number), "wb") as stream:
                yield stream
        except BrokenPipeError:
            raise
        except OSError as error:
            raise InputError(f"cannot be written: {error.strerror}", file=path) from error
        return
    target = os.path.realpath(path)  # a symbolic link keeps pointing at the file that is replaced
    if os.path.isdir(target):
        raise InputError("is a directory; name a file to write to", file=path)
    temporary = _temporary(target)
    try:
        with open(temporary, "xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if os.path.exists(target):
            os.chmod(temporary, os.stat(target).st_mode & 0o7777)
        os.replace(temporary, target)
    except OSError as error:
        _remove(temporary)
        raise InputError(f"cannot be written: {error.strerror}", file=path) from error
    except BaseException:
        _remove(temporary)
        raise


def _descriptor(path: str) -> int | None:
    """Give the number of the open file that ``path`` names (``/dev/stdout``, ``/dev/fd/3``), if it names one.

    What a shell has opened is written at its place in it, never replaced.
    """
    named = {"/dev/stdout": 1, "/dev/stderr": 2}
    folder, _, number = path.rpartition("/")
    if folder in ("/dev/fd", "/proc/self/fd") and number.isascii() and number.isdigit():
        return int(number)
    return named.get(path)


def discard(path: str | None) -> None:
    """Remove what this process has begun to write to ``path``, for who must leave without an end."""
    if path is not None and path != "-":
        _remove(_temporary(os.path.realpath(path)))


def _temporary(target: str) -> str:
    return os.path.join(os.path.dirname(target), f".{os.path.basename(target)[:200]}.{_OURS}.tmp")


def _remove(path: str) -> None:
    with suppress(OSError):
        os.remove(path)
