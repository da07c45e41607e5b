"""SHACL's patterns, which are XPath regular expressions, translated for Oxigraph's REGEX, which reads Rust's.

SHACL section 4.4.3 defines ``sh:pattern`` by SPARQL's REGEX, and so by XPath's ``fn:matches`` and the regular
expressions of XML Schema. Rust's engine takes linear time and has neither back-references nor lookaround.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any

from pyoxigraph import Literal, Store

from wcograph.toolbox.output import read_text
from wcograph.toolbox.rdf.xsd import NAME_PART, NAME_START

_MOST_REPEATS = 1_000
_LONGEST = 50_000
_BATCH = 20_000
_DEEPEST = 200  # groups
_CODES = {"x": "[0-9A-Fa-f]{2}", "u": "(?![Dd][89A-Fa-f])[0-9A-Fa-f]{4}"}  # no halves of a surrogate pair
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t"}
_SETS = {
    "i": f":{NAME_START}",
    "c": f":{NAME_PART}.",
    "s": r" \t\n\r",
    "d": r"\p{Nd}",
    "w": r"[^\p{P}\p{Z}\p{C}]",
}
_CATEGORY = re.compile("L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|Z[slp]?|S[mcko]?|C[cofn]?")


class PatternError(ValueError):
    """A text is not a regular expression of XPath, or cannot be translated."""


def matches(texts: Iterable[str], pattern: str, flags: str = "") -> set[str]:
    r"""Return the texts that an XPath regular expression matches, with one query to Oxigraph.

    Raises PatternError for a pattern that is not one; only where there is a text, for one that is too large.

    >>> sorted(matches(["12345", "12345\n", "1"], r"^\d{5}$"))
    ['12345']
    """
    written, options = translate(pattern, flags)
    regex = f"REGEX(?text, {Literal(written)}, {Literal(options)})"
    test = f"BIND({regex} AS ?ok) FILTER(!BOUND(?ok) || ?ok)"
    found: set[str] = set()
    rest = list(texts)
    try:
        for start in range(0, len(rest), _BATCH):
            rows = " ".join(str(Literal(text)) for text in rest[start : start + _BATCH])
            answer: Any = Store().query(f"SELECT ?text ?ok {{ VALUES ?text {{ {rows} }} {test} }}")
            for text, ok in answer:
                if ok is None:
                    raise PatternError("is too large, or is not a regular expression")
                found.add(text.value)
    except SyntaxError as error:
        raise PatternError("is not a regular expression") from error
    return found


@lru_cache(maxsize=256)
def translate(pattern: str, flags: str = "") -> tuple[str, str]:
    r"""Write an XPath regular expression and its flags as Rust reads them; raise PatternError if it is not one.

    >>> translate(r"^[a-z-[aeiou]]\s$")
    ('^[[a-z]--[aeiou]][ \\t\\n\\r]$', '')
    >>> translate("a.c", "q")
    ('a\\.c', '')
    """
    if unknown := set(flags) - set("smixq"):
        raise PatternError(f"has the flag {min(unknown)!r}; XPath has s, m, i, x and q")
    if len(pattern) > _LONGEST:
        raise PatternError(f"is longer than {_LONGEST:,} characters")
    kept = "".join(flag for flag in "smi" if flag in flags)
    if "q" in flags:
        return "".join(map(_character, pattern)), kept.replace("m", "")
    return _Reader(pattern, "x" in flags).read(), kept


def _character(c: str) -> str:
    return f"\\{c}" if c in r"\.+*?()|[]{}^$#&-~" else c


@cache
def _blocks() -> dict[str, str]:
    """Return the ranges of the blocks of Unicode that XML Schema names (1.1, part 2, section G.4.2.3)."""
    words = read_text(os.path.join(os.path.dirname(__file__), "blocks.txt")).split()
    ends = [[f"\\x{{{end}}}" for end in span.split("-")] for span in words[1::2]]
    return {f"Is{name}": "-".join(pair) for name, pair in zip(words[::2], ends, strict=True)}


class _Reader:
    """A reader of an expression from left to right."""

    def __init__(self, pattern: str, skip_spaces: bool) -> None:
        self.text, self.at, self.skip = pattern, 0, skip_spaces

    def take(self, pattern: str = "(?s:.)", problem: str = "ends too early") -> str:
        """Pass over what a pattern matches, and return it; raise PatternError with the problem if nothing does."""
        found = re.compile(pattern).match(self.text, self.at)
        if found is None:
            raise PatternError(problem)
        self.at = found.end()
        return found[0]

    def read(self) -> str:
        written: list[str] = []
        depth = 0
        repeatable = False  # whether a quantifier may follow
        while self.at < len(self.text):
            c = self.take()
            if self.skip and c in " \t\n\r":
                continue
            if c in "?*+{":
                if not repeatable:
                    raise PatternError(f"has {c!r} with nothing before it that it could repeat")
                written.append((self.count() if c == "{" else c) + self.take(r"\??"))
            elif c == "(":
                depth += 1
                if depth > _DEEPEST:
                    raise PatternError(f"nests groups more than {_DEEPEST} deep")
                self.take(r"\?:|(?!\?)", "has a group that begins with (?, which XPath does not have")
                written.append("(?:")
            elif c == ")":
                depth -= 1
                if depth < 0:
                    raise PatternError("has a ) without a (")
                written.append(c)
            elif c in "|^$.":
                written.append(c)
            elif c in "]}":
                raise PatternError(f"has a {c} without its opening bracket; write \\{c}")
            else:
                written.append(self.bracket() if c == "[" else self.item(c)[0])
            repeatable = c not in "?*+{(|"
        if depth:
            raise PatternError("has a ( without a )")
        return "".join(written)

    def count(self) -> str:
        found = self.take(r"[0-9]+(,[0-9]*)?\}", "has a { that begins no count; write \\{")[:-1]
        ends = [part.lstrip("0") or part[:1] for part in found.split(",")]
        if any(len(part) > 4 or int(part or 0) > _MOST_REPEATS for part in ends):
            raise PatternError(f"repeats something more than {_MOST_REPEATS:,} times")
        if ends[-1] and int(ends[0]) > int(ends[-1]):
            raise PatternError(f"has the count {{{found}}}, whose ends are in the wrong order")
        return f"{{{','.join(ends)}}}"

    def item(self, c: str) -> tuple[str, str]:
        """Read what a character begins: as Rust writes it, and as a single character ("" if it is a set of them)."""
        if c != "\\":
            return _character(c), c
        c = self.take()
        if c in "pP":
            name = self.take(r"\{[^}]*\}", "has a \\p without a name in braces")[1:-1]
            inside = f"\\p{{{name}}}" if _CATEGORY.fullmatch(name) else _blocks().get(name)
            if inside is None:
                raise PatternError(f"has \\p{{{name}}}, which is not a category or block of XML Schema")
            return f"[{'^' if c == 'P' else ''}{inside}]", ""
        if c.lower() in _SETS:
            return f"[{'^' if c.isupper() else ''}{_SETS[c.lower()]}]", ""
        if c.isdigit():
            raise PatternError(f"has the back-reference \\{c}, which takes more than linear time")
        if c in _CODES:  # of other dialects, and in published shapes
            c = chr(int(self.take(_CODES[c], f"has \\{c}, which XPath does not have"), 16))
        elif c in _CONTROLS:
            c = _CONTROLS[c]
        elif not c.isascii() or c.isalnum() or c in "_ ":
            raise PatternError(f"has \\{c}, which XPath does not have")
        return _character(c), c

    def bracket(self) -> str:
        """Read a character class after its ``[``; one that is subtracted from it is nested."""
        negated = self.take(r"\^?")
        parts: list[str] = []
        while (c := self.take()) != "]":
            if c == "-" and parts and self.take(r"\[?"):
                subtracted = self.bracket()
                self.take(r"\]", "has something after a subtraction in a character class")
                return f"[[{negated}{''.join(parts)}]--{subtracted}]"
            if c == "[":
                raise PatternError("has a [ in a character class; write \\[")
            written, low = self.item(c)
            if low and self.take(r"(-(?![\[\]]))?"):  # between the ends of a range
                end, high = self.item(self.take())
                if not high:
                    raise PatternError("has a range that ends in a set of characters")
                if low > high:
                    raise PatternError(f"has the range {low}-{high}, whose ends are in the wrong order")
                written += f"-{end}"
            parts.append(written)
        if not parts:
            raise PatternError("has an empty character class")
        return f"[{negated}{''.join(parts)}]"
