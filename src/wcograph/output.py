"""Where results go: standard output, or a file that is replaced in one rename; and standard input.

A reader of the file sees the old content or the new one, never a part: the bytes go to a temporary file in
the same directory, which is renamed when all is written and removed when anything fails.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress

from wcograph.errors import InputError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO


_SEPARATORS = (os.sep, os.altsep or os.sep)
# In the names of this process's temporary files; process numbers alone meet between containers.
_OURS = f"{os.getpid()}-{os.urandom(4).hex()}"


def standard_input() -> BinaryIO:
    """Give standard input as a binary stream; raise InputError where the caller has closed it."""
    if sys.stdin is None:
        raise InputError("is closed; send it a file or a pipe", file="standard input")
    return sys.stdin.buffer


@contextmanager
def open_output(path: str | None) -> Iterator[BinaryIO]:
    """Yield a binary stream to ``path``, or to standard output where ``path`` is None or ``-``.

    A device or a pipe (``/dev/null``, ``/dev/stdout``, a FIFO) is written in place, since it holds nothing to
    protect. The file keeps its permissions; one that is read-only is left as it is. Raises UsageError where
    ``path`` is empty, and InputError where the file cannot be written.

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
        raise UsageError("the name of the output is empty; name a file to write to")
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
    if os.path.isdir(target) or path.endswith(_SEPARATORS):
        raise InputError("is a directory; name a file to write to", file=path)
    if os.path.islink(target):
        raise InputError("is a symbolic link that leads to itself", file=path)
    temporary = _temporary(target)
    try:
        before = os.stat(target) if os.path.exists(target) else None
        if before is not None and before.st_mode & 0o222 == 0:  # renaming would get around it
            raise InputError("is read-only; make it writable first", file=path)
        # Never open to more people than the file that it replaces, while it is written either.
        mode = 0o666 if before is None else before.st_mode & 0o777
        descriptor = os.open(
            temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode
        )
        with open(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            if before is not None:
                _keep(temporary, before)
            os.fsync(stream.fileno())
        os.replace(temporary, target)
    except OSError as error:
        _remove(temporary)
        raise InputError(f"cannot be written: {error.strerror}", file=path) from error
    except BaseException:
        _remove(temporary)
        raise


def _keep(path: str, before: os.stat_result) -> None:
    """Give a file the owner, as far as that is allowed, and the permissions of the one that it replaces."""
    if hasattr(os, "chown"):
        with suppress(OSError):
            os.chown(path, before.st_uid, before.st_gid)
    os.chmod(path, before.st_mode & 0o7777)


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
    name = os.fsencode(os.path.basename(target))[:200].decode("utf-8", "ignore")  # 255 bytes is the limit
    return os.path.join(os.path.dirname(target), f".{name}.{_OURS}.tmp")


def _remove(path: str) -> None:
    with suppress(OSError):
        os.remove(path)
