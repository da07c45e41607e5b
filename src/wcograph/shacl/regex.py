"""SHACL patterns for two regular expression engines: Python's, which pySHACL asks, and Rust's, in Oxigraph.

Both read much the same syntax and mean different things by it (``\\w``, ``$`` before a last line feed, case
without regard to case, flags). So a pattern is read by Python's own parser, and what that parser understood
is written anew with constructs on which the two agree.
"""

from __future__ import annotations

import re
import sys
import warnings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SPACE = "".join(
    f"\\x{{{code:x}}}"
    for code in (*range(9, 14), *range(0x1C, 0x21), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B))
) + "".join(f"\\x{{{code:x}}}" for code in (0x2028, 0x2029, 0x202F, 0x205F, 0x3000))
# letters that every version of Unicode calls letters: Latin, Greek and Cyrillic without marks
_WORD = "0-9A-Z_a-z\\x{c0}-\\x{d6}\\x{d8}-\\x{f6}\\x{f8}-\\x{24f}\\x{391}-\\x{3a1}\\x{3b1}-\\x{3c9}\\x{410}-\\x{44f}"
_LONGEST = 5_000  # characters; Rust refuses what compiles to more than some megabytes
_MOST_REPEATS = 100


class _UnsureError(Exception):
    """The pattern holds something that is not known to mean the same in both engines."""


class RustPattern:
    """A pattern for Rust's engine that matches a string only if Python's pattern does.

    ``exact`` says that it also matches whenever Python's does.
    """

    __slots__ = ("exact", "text")

    def __init__(self, text: str, exact: bool) -> None:
        """Keep the pattern and how sure it is."""
        self.text, self.exact = text, exact


def python_flags(flags: str) -> int:
    """Give the flags that pySHACL reads from ``sh:flags``: ``i`` and ``m``, and no other."""
    return (re.IGNORECASE if "i" in flags.lower() else 0) | (re.MULTILINE if "m" in flags.lower() else 0)


def compile_pattern(pattern: str, flags: str) -> re.Pattern[str]:
    """Compile a pattern as pySHACL does, without Python's warnings of what a later version may read otherwise."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return re.compile(pattern, python_flags(flags))


def rust_pattern(pattern: str, flags: str = "") -> RustPattern | None:
    r"""Translate a Python pattern, or give None where the two engines could read it differently.

    Raises re.error where Python cannot read the pattern.

    >>> rust_pattern("^[A-Z]{2}$").text
    '^[\\x{41}-\\x{5a}]{2}(?:\\n?\\z)'
    >>> rust_pattern(r"\w+").exact
    False
    >>> rust_pattern("(?=a)") is None
    True
    """
    bits = python_flags(flags)
    compile_pattern(pattern, flags)
    if bits & re.MULTILINE:
        return None
    try:
        from re import _parser  # type: ignore[attr-defined] # the reader itself, so that nothing is read twice

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parsed = _parser.parse(pattern, bits)
        writer = _Writer(bool(parsed.state.flags & re.IGNORECASE))  # the pattern may begin with (?i)
        text = writer.sequence(parsed)
    except (ImportError, AttributeError, ValueError, _UnsureError, RecursionError):
        return None
    if len(text) > _LONGEST:
        return None
    return RustPattern(text, writer.exact)


class _Writer:
    """Writes what Python's parser read; ``exact`` turns False where the result matches less."""

    def __init__(self, ignore_case: bool) -> None:
        self.ignore_case = ignore_case
        self.exact = not ignore_case

    def sequence(self, items: Any) -> str:
        if items.state.flags & ~(re.UNICODE | re.IGNORECASE):
            raise _UnsureError
        return "".join(self.item(str(name), value) for name, value in items)

    def item(self, name: str, value: Any) -> str:
        if name == "LITERAL":
            return f"[{self.letters(value)}]" if self.ignore_case else _escape(value)
        if name == "NOT_LITERAL" and not self.ignore_case:
            return f"[^{_escape(value)}]"
        if name == "ANY":
            return "[^\\n]"
        if name == "AT":
            return self.anchor(str(value))
        if name == "IN":
            return self.character_class(value)
        if name == "BRANCH":
            return "(?:" + "|".join(self.sequence(branch) for branch in value[1]) + ")"
        if name == "SUBPATTERN":
            _, added, removed, body = value
            if added or removed:
                raise _UnsureError
            return f"(?:{self.sequence(body)})"
        if name in ("MAX_REPEAT", "MIN_REPEAT"):
            return self.repeat(*value)
        raise _UnsureError

    def anchor(self, where: str) -> str:
        if where in ("AT_BEGINNING", "AT_BEGINNING_STRING"):
            return "^"
        if where == "AT_END":
            return "(?:\\n?\\z)"
        if where == "AT_END_STRING":
            return "\\z"
        raise _UnsureError

    def repeat(self, low: Any, high: Any, body: Any) -> str:
        inner = self.sequence(body)
        if not inner:
            raise _UnsureError
        most = int(high) if int(high) < 2**32 - 1 else None
        if int(low) > _MOST_REPEATS or (most is not None and most > _MOST_REPEATS):
            raise _UnsureError
        single = len(body) == 1 and str(body[0][0]) in (
            "LITERAL",
            "IN",
            "ANY",
            "SUBPATTERN",
            "BRANCH",
            "NOT_LITERAL",
        )
        count = f"{{{low},{'' if most is None else most}}}" if low != most else f"{{{low}}}"
        return (inner if single else f"(?:{inner})") + count

    def character_class(self, members: Any) -> str:
        negated = bool(members) and str(members[0][0]) == "NEGATE"
        if negated and self.ignore_case:
            raise _UnsureError
        parts = []
        for name, value in members[1 if negated else 0 :]:
            kind = str(name)
            if kind == "LITERAL":
                parts.append(self.letters(value) if self.ignore_case else _escape(value))
            elif kind == "RANGE":
                parts.append(self.range(*value))
            elif kind == "CATEGORY":
                category = str(value)
                if category == "CATEGORY_NOT_SPACE" and len(members) == 1:
                    return f"[^{_SPACE}]"
                parts.append(self.category(category, negated))
            else:
                raise _UnsureError
        return f"[{'^' if negated else ''}{''.join(parts)}]"

    def category(self, category: str, negated: bool) -> str:
        if category == "CATEGORY_SPACE":
            return _SPACE
        if negated:  # a narrower set would match more
            raise _UnsureError
        self.exact = False
        if category == "CATEGORY_DIGIT":
            return "0-9"
        if category == "CATEGORY_WORD":
            return _WORD
        raise _UnsureError

    def range(self, low: int, high: int) -> str:
        text = f"{_escape(low)}-{_escape(high)}"
        if not self.ignore_case:
            return text
        for first, last, shift in ((65, 90, 32), (97, 122, -32)):
            start, end = max(low, first), min(high, last)
            if start <= end:
                text += f"{_escape(start + shift)}-{_escape(end + shift)}"
        return text

    def letters(self, code: int) -> str:
        character = chr(code)
        if character.isascii() and character.isalpha():
            return _escape(ord(character.lower())) + _escape(ord(character.upper()))
        return _escape(code)


def _escape(code: int) -> str:
    if code > sys.maxunicode or 0xD800 <= code <= 0xDFFF:
        raise _UnsureError
    return f"\\x{{{code:x}}}"
