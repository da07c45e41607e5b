"""Directories of builds: who may write there, which build is the current one, and which are removed.

Each build has its own directory. A pointer file names a build and each of its files. It is put in place atomically
when the build is complete. A directory of builds is used only if it belongs to the user and nobody else may write to
it. Nothing outside it is ever removed, and inside it only builds; links are not followed, and pipes are not opened.
"""

from __future__ import annotations

import json
import os
import re
import stat
import sys
import time
import zlib
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

IN_USE = "in-use"
"""The name of a file in each build, locked by those who read it."""

INDEX = "index.json"
"""The name of a file that is written into a build when it is first asked for; no pointer names it."""

QUESTIONS = "questions.txt"
"""The name of another: the stored queries that have been asked since the build, each read from its text once."""

LONGEST_WAIT = 60
"""The seconds for which a process waits for the lock of another."""

_BUILDS_KEPT = 2
# The tag of the Cache Directory Tagging Specification, which keeps backups from copying it, and ours.
_TAG = b"""Signature: 8a477f597d28d172789f06886806bc55
# Builds of wcograph, which removes old ones. The whole directory may be removed at any time.
"""
_FLAGS = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_NAMES = re.compile(r"build-\d+-[0-9a-f]+|[0-9a-f]{8}\.json|lock|CACHEDIR\.TAG|tag-\d+-[0-9a-f]+")


def directory(*, data: bool = False) -> str | None:
    """Return the directory of the cache: ``WCOGRAPH_CACHE_DIR``, or the platform's directory for caches.

    With ``data``, return the directory of what the user imports: ``WCOGRAPH_DATA_DIR``, or the platform's. None if
    it is in the home directory and there is none. A relative ``XDG_CACHE_HOME`` or ``XDG_DATA_HOME`` is ignored, as
    the XDG Base Directory Specification asks.
    """
    if own := os.environ.get("WCOGRAPH_DATA_DIR" if data else "WCOGRAPH_CACHE_DIR"):
        return own
    home = os.path.expanduser("~")
    if sys.platform == "darwin":
        base = os.path.join(home, "Library", "Application Support" if data else "Caches")
    elif sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
    else:
        base = os.environ.get("XDG_DATA_HOME" if data else "XDG_CACHE_HOME", "")
        if not os.path.isabs(base):
            base = os.path.join(home, ".local/share" if data else ".cache")
    return os.path.join(base, "wcograph") if os.path.isabs(base) else None


def make(own: str) -> None:
    """Make a directory of builds if it is missing, for the user alone; raise OSError if it cannot be trusted."""
    os.makedirs(os.path.dirname(own), mode=0o700, exist_ok=True)
    with suppress(FileExistsError):
        os.mkdir(own, mode=0o700)
    if fault := fault_of(own):
        raise OSError(f"{own} {fault}")


def tag(own: str) -> None:
    """Mark a directory of builds as a cache; raise OSError if something else is in it."""
    tag = os.path.join(own, "CACHEDIR.TAG")
    if content_of(tag) == _TAG:
        return
    if not all(_NAMES.fullmatch(name) for name in os.listdir(own)):
        raise OSError(f"{own} contains files that wcograph has not put there")
    put(own, tag, _TAG)


def put(own: str, path: str, content: bytes) -> None:
    """Write a file below a directory of builds atomically."""
    temporary = os.path.join(own, f"tag-{os.getpid()}-{time.time_ns():x}")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    os.replace(temporary, path)


def is_ours(own: str) -> bool:
    """Return whether a directory of builds is marked as a cache and can be trusted."""
    return not fault_of(own) and content_of(os.path.join(own, "CACHEDIR.TAG")) == _TAG


def fault_of(own: str) -> str:
    """Return why a directory cannot be trusted; an empty string if it can."""
    try:
        status = os.lstat(own)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if not stat.S_ISDIR(status.st_mode):
        return "is not a directory"
    if hasattr(os, "geteuid"):
        if status.st_uid != os.geteuid():
            return "belongs to another user"
        if status.st_mode & 0o022:
            return "is writable by other users"
    return ""


def pieces(path: str, flags: int = 0) -> Iterator[bytes]:
    """Yield a file in pieces so small that their memory is used again, which halves the time of reading it.

    Raises OSError if it cannot be read or is not a regular file, ValueError if it has no possible name.
    """
    descriptor = os.open(path, os.O_RDONLY | _FLAGS | flags)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError("is not a regular file")
        while piece := os.read(descriptor, 2**16):
            yield piece
    finally:
        os.close(descriptor)


def content_of(path: str) -> bytes | None:
    """Return the content of a file of ours; None if it cannot be read, is a link, or is not a regular file."""
    with suppress(OSError, ValueError):
        return b"".join(pieces(path, _NO_LINK))
    return None


def is_intact(path: str, size: int, crc: int, kept: list[bytes] | None = None) -> bool:
    """Return whether a file of ours has this size and CRC-32; put its content into ``kept``, piece by piece."""
    found = 0
    with suppress(OSError, ValueError):
        for piece in pieces(path, _NO_LINK):
            size -= len(piece)
            found = zlib.crc32(piece, found)
            if size < 0:
                return False
            if kept is not None:
                kept.append(piece)
        return size == 0 and found == crc
    return False


def checked(content: bytes) -> bytes:
    """Put the CRC-32 of a content on a line before it."""
    return b"%08x\n" % zlib.crc32(content) + content


def intact(path: str) -> bytes | None:
    """Return the content that ``checked`` wrote to a file; None if it is damaged."""
    written = content_of(path) or b""
    content = written[9:]
    return content if written == checked(content) else None


def pointer_of(place: str, key: str) -> str:
    """Return the path of the pointer file for a key."""
    return os.path.join(place, f"{zlib.crc32(key.encode()):08x}.json")


def begin(place: str) -> str:
    """Make a directory for a new build, and return its path."""
    build = os.path.join(place, f"build-{os.getpid()}-{time.time_ns():x}")
    os.mkdir(build, mode=0o700)
    return build


def sealed(build: str) -> list[tuple[str, int, int]]:
    """Write the files of a build through to the disk, and return the name, the size and the CRC-32 of each."""
    with open(os.path.join(build, IN_USE), "wb"):
        pass
    files = []
    for path in files_below(build):
        with open(os.path.join(build, path), "rb") as stream:
            content = stream.read()
            os.fsync(stream.fileno())
        files.append((path, len(content), zlib.crc32(content)))
    return files


def publish(build: str, pointer: str, values: Mapping[str, Any]) -> None:
    """Put a pointer to a build in place, atomically."""
    content = json.dumps({**values, "build": os.path.basename(build)}).encode()
    temporary = os.path.join(build, "pointer")
    with open(temporary, "wb") as stream:
        stream.write(checked(content))
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(temporary, pointer)


def pointed(pointer: str) -> dict[str, Any] | None:
    """Return the content of a pointer file; None if it is damaged or not one of ours."""
    try:
        told = json.loads(intact(pointer) or b"")
        build = told["build"]
        return told if build.startswith("build-") and _NAMES.fullmatch(build) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def files_below(folder: str) -> Iterator[str]:
    """Return the files of a build that must be complete; RocksDB's own log and what is written later are not among them."""
    for parent, _, names in os.walk(folder):
        for name in sorted(names):
            if name not in ("LOG", "LOCK", "pointer", IN_USE, INDEX, QUESTIONS):
                yield os.path.relpath(os.path.join(parent, name), folder)


class Use:
    """A lock that keeps a build from being removed. Raises OSError if the build is being removed."""

    __slots__ = ("_descriptor",)

    def __init__(self, build: str) -> None:
        """Take the lock."""
        self._descriptor = -1
        try:
            import fcntl
        except ImportError:  # the system itself keeps what is open
            return
        self._descriptor = os.open(os.path.join(build, IN_USE), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        fcntl.flock(self._descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)

    def __del__(self) -> None:
        """Release the lock."""
        if self._descriptor >= 0:
            os.close(self._descriptor)


def sweep(place: str, pointer: str) -> None:
    """Remove all builds but the newest and those in use, what killed processes left, and the build of ``pointer``.

    The caller has the lock and is about to replace ``pointer``. Only files and directories with the name of a build
    or of a pointer are removed.
    """
    whole = []
    names = [name for name in os.listdir(place) if _NAMES.fullmatch(name)]
    for name in names:
        path = os.path.join(place, name)
        if not name.endswith(".json"):
            continue
        if path != pointer and (told := pointed(path)):
            whole.append((os.lstat(path).st_mtime_ns, path, told["build"]))
        else:
            remove(path)
    whole.sort(reverse=True)
    for _, path, _ in whole[_BUILDS_KEPT - 1 :]:
        os.remove(path)
    kept = {build for _, _, build in whole[: _BUILDS_KEPT - 1]}
    for name in names:
        path = os.path.join(place, name)
        if (name.startswith("build-") and name not in kept and not _is_read(path)) or name.startswith("tag-"):
            remove(path)


def _is_read(build: str) -> bool:
    """Return whether a process is using a build."""
    try:
        import fcntl

        with open(os.open(os.path.join(build, IN_USE), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)) as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except (ImportError, OSError):
        pass
    return False


def remove(path: str) -> None:
    """Remove a file, a link, or a directory with its content, as far as permissions allow."""
    import shutil

    with suppress(OSError):
        if stat.S_ISDIR(os.lstat(path).st_mode):
            shutil.rmtree(path, ignore_errors=True)
        else:
            os.remove(path)


class Lock:
    """The lock of a directory of builds for a ``with`` block; False if others keep it too long.

    The system takes the lock from a process that ends, however it ends.
    """

    def __init__(self, place: str) -> None:
        """Keep the path of the lock."""
        self._path = os.path.join(place, "lock")

    def __enter__(self) -> bool:
        """Return whether the lock is taken."""
        self._file = open(os.open(self._path, os.O_RDWR | os.O_CREAT | _NO_LINK | _FLAGS, 0o600), "rb")
        try:
            import fcntl
        except ImportError:  # no such locks on this platform: several may build, the last one's pointer stays
            return True
        until = time.monotonic() + LONGEST_WAIT
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                if time.monotonic() > until:
                    return False
                time.sleep(0.02)

    def __exit__(self, *_: object) -> None:
        """Release the lock."""
        self._file.close()
