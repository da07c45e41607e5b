"""SHACL's patterns, which are XPath regular expressions, translated for Oxigraph's REGEX, which reads Rust's.

SHACL section 4.4.3 defines ``sh:pattern`` by SPARQL's REGEX, and so by XPath's ``fn:matches`` and the regular
expressions of XML Schema. Rust's engine takes linear time and has neither back-references nor lookaround.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pyoxigraph import Literal, Store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_MOST_REPEATS = 1_000
_LONGEST = 50_000
_BATCH = 20_000
_DEEPEST = 200  # groups
_COUNT = re.compile(r"0*([0-9]+)(,)?0*([0-9]+)?\}")
_PROPERTY = re.compile(r"\{([^}]*)\}")
_TO = re.compile(r"-(?![\[\]])")  # between the ends of a range
_CODES = {"x": re.compile("[0-9A-Fa-f]{2}"), "u": re.compile("[0-9A-Fa-f]{4}")}
_START = (
    r":A-Z_a-z\x{c0}-\x{d6}\x{d8}-\x{f6}\x{f8}-\x{2ff}\x{370}-\x{37d}\x{37f}-\x{1fff}\x{200c}\x{200d}"
    r"\x{2070}-\x{218f}\x{2c00}-\x{2fef}\x{3001}-\x{d7ff}\x{f900}-\x{fdcf}\x{fdf0}-\x{fffd}\x{10000}-\x{effff}"
)
_SETS = {
    "s": r" \t\n\r",
    "d": r"\p{Nd}",
    "i": _START,
    "c": _START + r"\-.0-9\x{b7}\x{300}-\x{36f}\x{203f}\x{2040}",
}
_WORD = r"\p{P}\p{Z}\p{C}"  # what \w is not
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t"}
_KINDS = "Lultmo Mnce Ndlo Pcdseifo Zslp Smcko Ccfon"
_CATEGORIES = {part[0] + kind for part in _KINDS.split() for kind in ("", *part[1:])}
# XML Schema 1.1, part 2, section G.4.2.3: the blocks of Unicode, each by its last code point
_UNICODE = """
BasicLatin 7F Latin-1Supplement FF LatinExtended-A 17F LatinExtended-B 24F IPAExtensions 2AF
SpacingModifierLetters 2FF CombiningDiacriticalMarks 36F GreekandCoptic 3FF Cyrillic 4FF CyrillicSupplement 52F
Armenian 58F Hebrew 5FF Arabic 6FF Syriac 74F ArabicSupplement 77F Thaana 7BF NKo 7FF Samaritan 83F Mandaic 85F
SyriacSupplement 86F ArabicExtended-B 89F ArabicExtended-A 8FF Devanagari 97F Bengali 9FF Gurmukhi A7F
Gujarati AFF Oriya B7F Tamil BFF Telugu C7F Kannada CFF Malayalam D7F Sinhala DFF Thai E7F Lao EFF Tibetan FFF
Myanmar 109F Georgian 10FF HangulJamo 11FF Ethiopic 137F EthiopicSupplement 139F Cherokee 13FF
UnifiedCanadianAboriginalSyllabics 167F Ogham 169F Runic 16FF Tagalog 171F Hanunoo 173F Buhid 175F Tagbanwa 177F
Khmer 17FF Mongolian 18AF UnifiedCanadianAboriginalSyllabicsExtended 18FF Limbu 194F TaiLe 197F NewTaiLue 19DF
KhmerSymbols 19FF Buginese 1A1F TaiTham 1AAF CombiningDiacriticalMarksExtended 1AFF Balinese 1B7F Sundanese 1BBF
Batak 1BFF Lepcha 1C4F OlChiki 1C7F CyrillicExtended-C 1C8F GeorgianExtended 1CBF SundaneseSupplement 1CCF
VedicExtensions 1CFF PhoneticExtensions 1D7F PhoneticExtensionsSupplement 1DBF
CombiningDiacriticalMarksSupplement 1DFF LatinExtendedAdditional 1EFF GreekExtended 1FFF GeneralPunctuation 206F
SuperscriptsandSubscripts 209F CurrencySymbols 20CF CombiningDiacriticalMarksforSymbols 20FF
LetterlikeSymbols 214F NumberForms 218F Arrows 21FF MathematicalOperators 22FF MiscellaneousTechnical 23FF
ControlPictures 243F OpticalCharacterRecognition 245F EnclosedAlphanumerics 24FF BoxDrawing 257F
BlockElements 259F GeometricShapes 25FF MiscellaneousSymbols 26FF Dingbats 27BF
MiscellaneousMathematicalSymbols-A 27EF SupplementalArrows-A 27FF BraillePatterns 28FF SupplementalArrows-B 297F
MiscellaneousMathematicalSymbols-B 29FF SupplementalMathematicalOperators 2AFF MiscellaneousSymbolsandArrows 2BFF
Glagolitic 2C5F LatinExtended-C 2C7F Coptic 2CFF GeorgianSupplement 2D2F Tifinagh 2D7F EthiopicExtended 2DDF
CyrillicExtended-A 2DFF SupplementalPunctuation 2E7F CJKRadicalsSupplement 2EFF KangxiRadicals 2FDF - 2FEF
IdeographicDescriptionCharacters 2FFF CJKSymbolsandPunctuation 303F Hiragana 309F Katakana 30FF Bopomofo 312F
HangulCompatibilityJamo 318F Kanbun 319F BopomofoExtended 31BF CJKStrokes 31EF KatakanaPhoneticExtensions 31FF
EnclosedCJKLettersandMonths 32FF CJKCompatibility 33FF CJKUnifiedIdeographsExtensionA 4DBF
YijingHexagramSymbols 4DFF CJKUnifiedIdeographs 9FFF YiSyllables A48F YiRadicals A4CF Lisu A4FF Vai A63F
CyrillicExtended-B A69F Bamum A6FF ModifierToneLetters A71F LatinExtended-D A7FF SylotiNagri A82F
CommonIndicNumberForms A83F Phags-pa A87F Saurashtra A8DF DevanagariExtended A8FF KayahLi A92F Rejang A95F
HangulJamoExtended-A A97F Javanese A9DF MyanmarExtended-B A9FF Cham AA5F MyanmarExtended-A AA7F TaiViet AADF
MeeteiMayekExtensions AAFF EthiopicExtended-A AB2F LatinExtended-E AB6F CherokeeSupplement ABBF MeeteiMayek ABFF
HangulSyllables D7AF HangulJamoExtended-B D7FF - DFFF PrivateUseArea F8FF CJKCompatibilityIdeographs FAFF
AlphabeticPresentationForms FB4F ArabicPresentationForms-A FDFF VariationSelectors FE0F VerticalForms FE1F
CombiningHalfMarks FE2F CJKCompatibilityForms FE4F SmallFormVariants FE6F ArabicPresentationForms-B FEFF
HalfwidthandFullwidthForms FFEF Specials FFFF
"""
_BLOCKS = _UNICODE.split()


class PatternError(ValueError):
    """A text is not a regular expression of XPath, or cannot be translated."""


def matches(texts: Iterable[str], pattern: str, flags: str = "") -> set[str]:
    r"""Return the texts that an XPath regular expression matches, with one query to Oxigraph.

    Raises PatternError for a pattern that is not one.

    >>> sorted(matches(["12345", "12345\n", "1"], r"^\d{5}$"))
    ['12345']
    """
    written, options = translate(pattern, flags)
    regex = f"REGEX(?text, {Literal(written)}, {Literal(options)})"
    test = f"BIND({regex} AS ?ok) FILTER(!BOUND(?ok) || ?ok)"
    found: set[str] = set()
    rest = list(texts)
    try:
        for start in range(0, max(len(rest), 1), _BATCH):
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

    >>> translate(r"^[a-z-[aeiou]]\i$")[0][:34]
    '^[[\\x{61}-\\x{7a}]--[\\x{61}\\x{65}\\x'
    >>> translate("a.c", "q")
    ('a\\.c', '')
    """
    unknown = set(flags) - set("smixq")
    if unknown:
        raise PatternError(f"has the flag {min(unknown)!r}; XPath has s, m, i, x and q")
    if len(pattern) > _LONGEST:
        raise PatternError(f"is longer than {_LONGEST:,} characters")
    kept = "".join(flag for flag in "smi" if flag in flags)
    if "q" in flags:
        return "".join(map(_character, pattern)), kept.replace("m", "")
    return _Reader(pattern, "x" in flags).read(), kept


def _character(c: str) -> str:
    return f"\\{c}" if c in r"\.+*?()|[]{}^$#&-~" else c


class _Reader:
    """A reader of an expression from left to right."""

    def __init__(self, pattern: str, skip_spaces: bool) -> None:
        self.text, self.at, self.skip = pattern, 0, skip_spaces

    def take(self) -> str:
        if self.at >= len(self.text):
            raise PatternError("ends too early")
        self.at += 1
        return self.text[self.at - 1]

    def follows(self, text: str) -> bool:
        """Return whether a text follows, and pass over it."""
        found = self.text.startswith(text, self.at)
        self.at += len(text) * found
        return found

    def match(self, pattern: re.Pattern[str], problem: str) -> re.Match[str]:
        """Pass over what a pattern matches; raise PatternError with the problem if nothing does."""
        found = pattern.match(self.text, self.at)
        if found is None:
            raise PatternError(problem)
        self.at = found.end()
        return found

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
                written.append(self.count() if c == "{" else c)
                written.append("?" if self.follows("?") else "")
            elif c == "(":
                depth += 1
                if depth > _DEEPEST:
                    raise PatternError(f"nests groups more than {_DEEPEST} deep")
                if not self.follows("?:") and self.follows("?"):
                    raise PatternError("has a group that begins with (?, which XPath does not have")
                written.append("(?:")
            elif c == ")":
                depth -= 1
                if depth < 0:
                    raise PatternError("has a ) without a (")
                written.append(c)
            elif c in "|^$.":
                written.append(c)
            elif c == "[":
                written.append(self.bracket())
            elif c in "]}":
                raise PatternError(f"has a {c} without its opening bracket; write \\{c}")
            else:
                written.append(self.escape()[0] if c == "\\" else _character(c))
            repeatable = c not in "?*+{(|"
        if depth:
            raise PatternError("has a ( without a )")
        return "".join(written)

    def count(self) -> str:
        low, comma, high = self.match(_COUNT, "has a { that begins no count; write \\{").groups()
        if any(len(part) > 4 or int(part or 0) > _MOST_REPEATS for part in (low, high or "")):
            raise PatternError(f"repeats something more than {_MOST_REPEATS:,} times")
        if high and int(low) > int(high):
            raise PatternError(f"has the count {{{low},{high}}}, whose ends are in the wrong order")
        return f"{{{low}{comma or ''}{high or ''}}}"

    def escape(self) -> tuple[str, str | None]:
        """Read what follows a backslash: as Rust writes it, and the character if it is a single one."""
        c = self.take()
        if c in _CONTROLS:
            return f"\\x{{{ord(_CONTROLS[c]):x}}}", _CONTROLS[c]
        if c.lower() in _SETS:
            return f"[{'^' if c.isupper() else ''}{_SETS[c.lower()]}]", None
        if c in "wW":
            return f"[{'^' if c == 'w' else ''}{_WORD}]", None
        if c in "pP":
            return self.property(c == "P"), None
        if c in "xu":  # of other dialects, and in published shapes
            code = self.match(_CODES[c], f"has \\{c}, which XPath does not have")[0]
            return f"\\x{{{code}}}", chr(int(code, 16))
        if c.isdigit():
            raise PatternError(f"has the back-reference \\{c}, which takes more than linear time")
        if c.isascii() and not c.isalnum() and c not in "_ ":
            return _character(c), c
        raise PatternError(f"has \\{c}, which XPath does not have")

    def property(self, negated: bool) -> str:
        name = self.match(_PROPERTY, "has a \\p without a name in braces")[1]
        if name in _CATEGORIES:
            return f"\\{'P' if negated else 'p'}{{{name}}}"
        if name.startswith("Is") and name[2:] in _BLOCKS[::2]:
            at = _BLOCKS.index(name[2:])
            low = int(_BLOCKS[at - 1], 16) + 1 if at else 0
            return f"[{'^' if negated else ''}\\x{{{low:x}}}-\\x{{{_BLOCKS[at + 1]}}}]"
        raise PatternError(f"has \\p{{{name}}}, which is not a category or block of XML Schema")

    def bracket(self) -> str:
        """Read a character class after its ``[``; one that is subtracted from it is nested."""
        negated = "^" if self.follows("^") else ""
        parts: list[str] = []
        while (c := self.take()) != "]":
            if c == "-" and parts and self.follows("["):
                subtracted = self.bracket()
                if not self.follows("]"):
                    raise PatternError("has something after a subtraction in a character class")
                return f"[[{negated}{''.join(parts)}]--{subtracted}]"
            if c == "[":
                raise PatternError("has a [ in a character class; write \\[")
            written, low = self.escape() if c == "\\" else ("", c)
            if low is not None:
                written = f"\\x{{{ord(low):x}}}"
                if _TO.match(self.text, self.at):
                    self.at += 1
                    high: str | None = self.take()
                    high = self.escape()[1] if high == "\\" else high
                    if not high:
                        raise PatternError("has a range that ends in a set of characters")
                    if low > high:
                        raise PatternError(f"has the range {low}-{high}, whose ends are in the wrong order")
                    written += f"-\\x{{{ord(high):x}}}"
            parts.append(written)
        if not parts:
            raise PatternError("has an empty character class")
        return f"[{negated}{''.join(parts)}]"
