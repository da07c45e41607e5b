"""Output to standard output or to a file that is replaced atomically, and standard input.

A reader of the file sees the old or the new content, never a part: the bytes go to a temporary file in
the same directory, which is renamed when all is written and removed when anything fails.
"""

from __future__ import annotations

import _thread  # threading costs some milliseconds to import
import os
import stat
import sys
from contextlib import contextmanager, suppress

from wcograph.toolbox.errors import InputError, UsageError, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, BinaryIO


# In the names of this process's temporary files; process numbers alone meet between containers.
_OURS = f"{os.getpid()}-{os.urandom(4).hex()}"
# Held while an unfinished file is made, and by `discard` for good, so that none is made after it.
_making = _thread.allocate_lock()
_unfinished: set[str] = set()  # temporary files and directories that must not outlive this process

MOST_BYTES = 2**30
"""The largest input that is read as a whole."""


def standard_input() -> BinaryIO:
    """Return standard input as a binary stream; raise InputError if the caller has closed it."""
    if sys.stdin is None:
        raise InputError("is closed; send it a file or a pipe", file="standard input")
    return sys.stdin.buffer


def read_standard_input(*, most: int = MOST_BYTES) -> bytes:
    """Read standard input to its end; raise InputError if it is closed, cannot be read, or does not end."""
    stream, parts, size = standard_input(), [], 0
    try:
        while part := stream.read(1 << 20):
            parts.append(part)
            size += len(part)
            if size > most:
                raise InputError(f"is longer than {most:,} bytes", file="standard input")
    except OSError as error:  # a directory, say
        raise InputError(f"cannot be read: {error.strerror}", file="standard input") from error
    return b"".join(parts)


def read_file(path: str, *, most: int = MOST_BYTES) -> bytes:
    """Read a file as a whole. Raises InputError if it cannot be read, is too long, or is not a regular file.

    Opening a pipe would wait until somebody writes to it, and a device may never end.

    >>> read_file("/dev/null")
    Traceback (most recent call last):
    ...
    wcograph.toolbox.errors.InputError: /dev/null: is not a regular file (a pipe, a socket or a device)
    """
    try:
        # A pipe is opened without waiting.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        try:
            status = os.fstat(descriptor)
            mode = status.st_mode
            if stat.S_ISDIR(mode):
                raise InputError("is a directory", file=path)
            if not stat.S_ISREG(mode):
                raise InputError("is not a regular file (a pipe, a socket or a device)", file=path)
            if status.st_size > most:
                raise InputError(f"is longer than {most:,} bytes", file=path)
            with open(descriptor, "rb", closefd=False) as stream:
                return stream.read()
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:  # ValueError: a NUL character
        raise InputError(f"cannot be read: {getattr(error, 'strerror', None) or error}", file=path) from error


def read_text(path: str, *, most: int = MOST_BYTES) -> str:
    """Read a UTF-8 file as a whole, without its byte order mark, each line end as LF; see ``read_file``."""
    try:
        text = read_file(path, most=most).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"is not UTF-8 (byte {error.start})", file=path) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


class _Terminal:
    """Standard output that is a terminal: characters that would act on it, or not show, are escaped."""

    is_terminal = True

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._rest = stream, b""

    def write(self, data: bytes) -> int:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._line(line + b"\n")
        return len(data)

    def writelines(self, parts: Iterable[bytes]) -> None:
        for part in parts:
            self.write(part)

    def flush(self) -> None:
        self._line(self._rest)
        self._rest = b""
        self._stream.flush()

    def _line(self, line: bytes) -> None:
        text = line.decode("utf-8", "backslashreplace")
        shown = "\t".join(map(visible, text.rstrip("\r\n").split("\t")))
        self._stream.write(
            shown.encode("utf-8", "backslashreplace") + (b"\n" if text.endswith("\n") else b"")
        )


@contextmanager
def open_output(path: str | None) -> Iterator[BinaryIO]:
    """Yield a binary stream to ``path``, or to standard output if ``path`` is None or ``-``.

    For a terminal, characters that would act on it are escaped in every format (see ``wcograph.toolbox.errors.visible``).
    A device or a pipe (``/dev/null``, ``/dev/stdout``, a FIFO) is written in place, because it has no content to
    protect. The file keeps its permissions; one that is read-only is left as it is. Raises UsageError if
    ``path`` is empty, and InputError if the file cannot be written.
    What goes to a file whose name ends in ``.gz`` is compressed; the same content gives the same bytes.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "out.txt")
    ...     with open_output(path) as stream:
    ...         _ = stream.write(b"whole")
    ...     open(path).read()
    'whole'
    """
    with _opened(path) as stream:
        if path is None or not path.lower().endswith(".gz"):
            yield stream
            return
        from gzip import GzipFile

        with GzipFile("", "wb", 9, stream, mtime=0) as packed:
            yield packed  # type: ignore[misc]


@contextmanager
def _opened(path: str | None) -> Iterator[BinaryIO]:
    if path is None or path == "-":
        if sys.stdout is None:
            raise InputError("standard output is closed")
        sys.stdout.flush()
        stream: Any = _Terminal(sys.stdout.buffer) if sys.stdout.isatty() else sys.stdout.buffer
        yield stream
        stream.flush()
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
    if os.path.isdir(target):
        raise InputError("is a directory; name a file to write to", file=path)
    if os.path.islink(target):
        raise InputError("is a symbolic link that leads to itself", file=path)
    temporary = _temporary(target)
    with unfinished(temporary):
        yield from _replaced(target, temporary, path)


def _replaced(target: str, temporary: str, path: str) -> Iterator[BinaryIO]:
    try:
        before = os.stat(target) if os.path.exists(target) else None
        if before is not None and before.st_mode & 0o222 == 0:  # renaming would get around it
            raise InputError("is read-only; make it writable first", file=path)
        # Never open to more people than the file that it replaces, while it is written either.
        mode = 0o666 if before is None else before.st_mode & 0o777
        with _making:
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
        raise InputError(f"cannot be written: {error.strerror}", file=path) from error


def _keep(path: str, before: os.stat_result) -> None:
    """Copy the owner, if allowed, and the permissions from the file that is replaced."""
    if hasattr(os, "chown"):
        with suppress(OSError):
            os.chown(path, before.st_uid, before.st_gid)
    os.chmod(path, before.st_mode & 0o7777)


def _descriptor(path: str) -> int | None:
    """Return the number of the open file that ``path`` names (``/dev/stdout``, ``/dev/fd/3``), or None.

    A file that the shell has opened is written at its current position, never replaced.
    """
    named = {"/dev/stdout": 1, "/dev/stderr": 2}
    folder, _, number = path.rpartition("/")
    if folder in ("/dev/fd", "/proc/self/fd") and number.isascii() and number.isdigit():
        return int(number)
    return named.get(path)


@contextmanager
def unfinished(path: str) -> Iterator[None]:
    """Remove the file or directory ``path`` if the block fails, or if ``discard`` is called while it runs."""
    _unfinished.add(path)
    try:
        yield
    except BaseException:
        _remove(path)
        raise
    finally:
        _unfinished.discard(path)


@contextmanager
def open_directory(path: str, mark: str) -> Iterator[str]:
    """Yield a new directory that takes the place of ``path`` when the block ends, and is removed if it fails.

    ``mark`` is the name of a file in it, which the block writes: what is replaced must have it, or be empty. Raises
    InputError if ``path`` is anything else, or cannot be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for text in ("old", "new"):
    ...         with open_directory(os.path.join(folder, "site"), "mark") as made:
    ...             with open(os.path.join(made, "mark"), "w") as file:
    ...                 _ = file.write(text)
    ...     open(os.path.join(folder, "site", "mark")).read(), os.listdir(folder)
    ('new', ['site'])
    """
    target = os.path.realpath(path)
    if os.path.lexists(target) and not os.path.isdir(target):
        raise InputError("is not a directory; name another one", file=path)
    if os.path.isdir(target) and os.listdir(target) and not os.path.isfile(os.path.join(target, mark)):
        raise InputError(f"has other files (no {mark}); name an empty directory or a new one", file=path)
    temporary, old = _temporary(target), f"{_temporary(target)}.old"
    with unfinished(temporary):
        try:
            with _making:
                os.makedirs(os.path.dirname(target), exist_ok=True)
                os.mkdir(temporary)
            yield temporary
            if os.path.isdir(target):
                os.rename(target, old)
            try:
                os.rename(temporary, target)
            except OSError:
                if os.path.isdir(old):
                    os.rename(old, target)
                raise
        except OSError as error:
            raise InputError(f"cannot be written: {error.strerror}", file=path) from error
        _remove(old)


def discard() -> None:
    """Remove the unfinished files of this process before it exits abruptly; other threads make no more."""
    _making.acquire(timeout=1)  # a second is long enough, unless the disk does not answer
    for path in list(_unfinished):
        _remove(path)


def _temporary(target: str) -> str:
    name = os.fsencode(os.path.basename(target))[:200].decode("utf-8", "ignore")  # 255 bytes is the limit
    return os.path.join(os.path.dirname(target), f".{name}.{_OURS}.tmp")


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        import shutil

        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            os.remove(path)
