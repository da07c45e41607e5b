"""Arguments of Python calls: each has the required type, or a UsageError names it."""

from __future__ import annotations

import os
from contextlib import contextmanager

from wcograph.toolbox.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any


def wrong_type(value: object, name: str, wanted: str) -> UsageError:
    """Return the error for an argument whose type is not ``wanted``."""
    return UsageError(f"{name} must be {wanted}, not {type(value).__name__}")


def text_of(value: object, name: str) -> str:
    """Return a text that can be encoded in UTF-8.

    >>> text_of(5, "format")
    Traceback (most recent call last):
    ...
    wcograph.toolbox.errors.UsageError: format must be a text, not int
    """
    if not isinstance(value, str):
        raise wrong_type(value, name, "a text")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise UsageError(f"{name} is not text in UTF-8 (character {error.start + 1})") from None
    return value


def unknown(
    kind: str, given: str, names: Iterable[str], *, near: Iterable[str] = (), plural: str = ""
) -> UsageError:
    """Return the error for a name that does not exist: the best match first, then all ``names``.

    ``near`` are further spellings that the best match may have.

    >>> unknown("format", "jsn", ("csv", "json"))
    UsageError("there is no format 'jsn'; did you mean json? (formats: csv, json)")
    """
    from difflib import get_close_matches

    names = list(names)
    best = get_close_matches(given[:100].lower(), [*names, *near], 1, 0.5)
    meant = f"; did you mean {best[0]}?" if best else ""
    return UsageError(
        f"there is no {kind} {given[:100]!r}{meant} ({plural or f'{kind}s'}: {', '.join(names)})"
    )


@contextmanager
def extra(name: str, what: str) -> Iterator[None]:
    """Raise UsageError if the block imports a package that is not installed; the extra ``name`` has it, for ``what``.

    >>> with extra("jsonld", "--frame"):
    ...     import absent
    Traceback (most recent call last):
    ...
    wcograph.toolbox.errors.UsageError: --frame needs absent; install it with: python3 -m pip install 'wcograph[jsonld]'
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package == __name__.partition(".")[0]:
            raise
        command = f"python3 -m pip install 'wcograph[{name}]'"
        raise UsageError(f"{what} needs {package}; install it with: {command}") from error


def format_named(given: str, formats: Mapping[str, Iterable[str]]) -> str:
    """Return the name of a format, given by its name, media type or file extension, with or without its dot.

    ``formats`` has the other spellings of each name. Raises UsageError with the best match for what is none of them.

    >>> formats = {"table": ("txt",), "json": ("srj", "application/json")}
    >>> [format_named(one, formats) for one in ("JSON", ".srj", "application/json; charset=utf-8")]
    ['json', 'json', 'json']
    """
    kind, *parameters = (part.strip() for part in given.lower().split(";"))
    versions = [p[8:].strip("\"' ") for p in parameters if p.startswith("version=")]
    version = ";version=1.2" if versions and versions[0].startswith("1.2") else ""
    spelling = kind.removeprefix(".") + version
    for name, spellings in formats.items():
        if spelling == name or spelling in spellings:
            return name
    near = [one for spellings in formats.values() for one in spellings if ("/" in one) == ("/" in kind)]
    raise unknown("format", given, formats, near=near)


def format_of_file(path: str | None, formats: Mapping[str, Iterable[str]], default: str) -> str:
    """Return the format that the extension of a file names (before ``.gz``), or ``default`` if it names none.

    >>> format_of_file("a.SRJ.gz", {"json": ("srj",)}, "table"), format_of_file(None, {}, "table")
    ('json', 'table')
    """
    extension = os.path.splitext(os.path.basename(path or "").lower().removesuffix(".gz"))[1][1:]
    known = (name for name, spellings in formats.items() if extension == name or extension in spellings)
    return next(known, default)


def path_of(value: object, name: str) -> str:
    """Return the name of a file or directory, given as a text or a path object."""
    try:
        path = os.fsdecode(value)  # type: ignore[arg-type]
    except TypeError:
        raise wrong_type(value, name, "the name of a file") from None
    if not path or "\0" in path:
        raise UsageError(f"{name} is not the name of a file: {path!r}")
    return path


def paths_of(value: object, name: str) -> list[str]:
    """Return a list of the names of files or directories, given as one or several."""
    if isinstance(value, str | bytes | os.PathLike):
        return [path_of(value, name)]
    return [path_of(one, name) for one in values_of(value, name)]


def values_of(value: Any, name: str) -> list[Any]:
    """Return several values as a list; a string is one value."""
    if isinstance(value, str | bytes):
        raise wrong_type(value, name, "a list")
    try:
        return list(value)
    except TypeError:
        raise wrong_type(value, name, "a list") from None


def count_of(value: object, name: str) -> int | None:
    """Return an integer of at least 0, or None."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    if isinstance(value, int):
        raise UsageError(f"{name} must be 0 or more")
    raise wrong_type(value, name, "an integer")


def seconds_of(value: object, name: str) -> float | None:
    """Return a number of seconds above 0, or None."""
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise wrong_type(value, name, "a number of seconds")
    if not 0 < value < 1e9:
        raise UsageError(f"{name} must be a number of seconds above 0")
    return float(value)
