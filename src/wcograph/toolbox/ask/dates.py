"""Days, months, years, decades and the time between them, as people write them in English and French."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NAMES = """january janvier jan janv; february fevrier feb fev fevr; march mars mar; april avril apr avr; may mai;
june juin jun; july juillet jul juil; august aout aug; september septembre sep sept; october octobre oct;
november novembre nov; december decembre dec"""
_MONTHS = {name: number for number, names in enumerate(_NAMES.split(";"), 1) for name in names.split()}
_MONTH = f"(?:{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\\b\\.?"
_YEAR = r"(?:1[89]|20)\d\d"
_TENS = {"twenties": 20, "thirties": 30, "forties": 40, "fifties": 50, "sixties": 60, "seventies": 70,
         "eighties": 80, "nineties": 90}  # fmt: skip
# A date of one of these forms; the names of the groups say how it is read.
_ATOM = re.compile(
    rf"""\b(?:
      (?P<iso>{_YEAR}-\d\d-\d\d)
    | (?P<slashed>\d{{1,2}}[./]\d{{1,2}}[./]{_YEAR})
    | (?P<dmy>\d{{1,2}}(?:st|nd|rd|th|er)?\s+(?:of\s+|de\s+)?{_MONTH},?\s+{_YEAR})
    | (?P<mdy>{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+{_YEAR})
    | (?P<my>{_MONTH},?\s+(?:of\s+|de\s+)?{_YEAR})
    | (?P<ym>{_YEAR}-(?:0[1-9]|1[0-2]))(?![-\d])
    | (?P<decade>{_YEAR}(?<=0)(?:'?s|ies)|annees\s+(?:{_YEAR}(?<=0)|[2-9]0)|'?[2-9]0'?s|{"|".join(_TENS)})
    | (?P<year>{_YEAR})
    | (?P<day>today|aujourd'?\s?hui|yesterday|hier)
    | (?P<relative>(?:this|last|past|current)\s+(?:year|decade)|cette\s+annee|l'?an(?:nee)?\s+(?:derniere?|passee?)
        |(?:la\s+)?(?:derniere\s+decennie))
    | (?P<span>(?:last|past|derniere?s|dernieres)\s+\d{{1,2}}\s+(?:years|ans|annees)
        |\d{{1,2}}\s+(?:dernieres\s+annees|derniers\s+ans))
    | (?P<ago>\d{{1,2}}\s+years\s+ago|il\s+y\s+a\s+\d{{1,2}}\s+ans)
    )(?!\w)""",
    re.VERBOSE,
)
_LEAD = (
    r"(?:\s+(?:the|early|late|mid|end\s+of|beginning\s+of|start\s+of|le|la|l'|fin|debut|les|year|annee))*\s*$"
)
_SINCE = re.compile(
    r"\b(?:since|from|starting(?:\s+in)?|depuis|a\s+partir\s+de|a\s+compter\s+de|des|de)" + _LEAD
)
_AFTER = re.compile(r"\b(?:after|later\s+than|apres)" + _LEAD)
_BEFORE = re.compile(r"\b(?:before|prior\s+to|earlier\s+than|avant)" + _LEAD)
_UNTIL = re.compile(r"\b(?:until|till|up\s+to|through|by|jusqu'?\s?(?:a|en|au))" + _LEAD)
_BETWEEN = re.compile(r"\b(?:between|from|entre|de)" + _LEAD)
_AND = re.compile(r"\s*(?:and|to|until|till|through|et|a|au|jusqu'?\s?(?:a|en|au)|-|–|—)\s*(?:le\s+|the\s+)?")
_PREPOSITION = re.compile(
    r"\b(?:in|on|at|as\s+of|as\s+at|during|of|for|en|dans|au|du|le|pendant|pour)" + _LEAD
)


class Period(NamedTuple):
    """The time between two days, both included; None leaves an end open."""

    first: date | None
    last: date | None

    def __repr__(self) -> str:
        """Write both days."""
        return f"{self.first or ''}..{self.last or ''}"

    @property
    def is_day(self) -> bool:
        """Whether it is one day."""
        return self.first is not None and self.first == self.last

    @property
    def years(self) -> list[int]:
        """The years in it; none if an end is open."""
        return list(range(self.first.year, self.last.year + 1)) if self.first and self.last else []


def find(text: str, today: date) -> Iterator[tuple[int, int, Period]]:
    """Yield the periods in a text of small letters without accents, each with its start and end in the text.

    >>> [period for _, _, period in find("joined since 2005 or in the 1990s", date(2026, 1, 1))]
    [2005-01-01.., 1990-01-01..1999-12-31]
    >>> [period for _, _, period in find("entre 1990 et le 30 juin 2012", date(2026, 1, 1))]
    [1990-01-01..2012-06-30]
    """
    atoms = [(m.start(), m.end(), period) for m in _ATOM.finditer(text) if (period := _read(m, today))]
    while atoms:
        start, end, period = atoms.pop(0)
        before = text[:start]
        if atoms and _AND.fullmatch(text[end : atoms[0][0]]):
            between = _BETWEEN.search(before)
            if between or text[end : atoms[0][0]].strip() not in ("and", "et"):
                _, end, other = atoms.pop(0)
                yield between.start() if between else start, end, Period(period.first, other.last)
                continue
        for form, change in _LEADS:
            if lead := form.search(before):
                # "of" and "de" before a year belong to it; "membres de 2012" is not "since 2012".
                exact = form is _SINCE and re.match(r"de\b", lead.group())
                yield lead.start(), end, period if exact else change(period)
                break
        else:
            yield start, end, period


_LEADS: tuple[tuple[re.Pattern[str], Callable[[Period], Period]], ...] = (
    (_SINCE, lambda p: Period(p.first, None)),
    (_AFTER, lambda p: Period(p.last and p.last + timedelta(1), None)),
    (_BEFORE, lambda p: Period(None, p.first and p.first - timedelta(1))),
    (_UNTIL, lambda p: Period(None, p.last)),
    (_PREPOSITION, lambda p: p),
)


def _read(match: re.Match[str], today: date) -> Period | None:
    kind, text = match.lastgroup or "", match.group().strip("'")
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    try:
        if kind == "iso":
            return _day(*numbers)
        if kind == "slashed":
            return _day(*numbers[::-1])
        if kind in ("dmy", "mdy"):
            return _day(numbers[1], _month(text), numbers[0])
        if kind in ("my", "ym"):
            return _whole_month(numbers[0], _month(text) if kind == "my" else numbers[1])
        if kind == "year":
            return _years(numbers[0], numbers[0])
        if kind == "decade":
            first = numbers[0] if numbers else _TENS[text]
            first += 0 if first > 99 else 2000 if first <= today.year % 100 else 1900
            return _years(first, first + 9)
        if kind == "day":
            day = today - timedelta(text in ("yesterday", "hier"))
            return Period(day, day)
        if kind == "relative":
            if "dec" in text:
                return Period(date(today.year - 10, 1, 1), today)
            year = today.year - (text.startswith(("last", "past", "l")) and "cette" not in text)
            return _years(year, year)
        if kind == "span":
            return Period(date(today.year - numbers[0], 1, 1), today)
        return _years(today.year - numbers[0], today.year - numbers[0])
    except ValueError:
        return None


def _day(year: int, month: int, day: int) -> Period:
    return Period(date(year, month, day), date(year, month, day))


def _month(text: str) -> int:
    return next(_MONTHS[word] for word in re.findall("[a-z]+", text) if word in _MONTHS)


def _whole_month(year: int, month: int) -> Period:
    return Period(date(year, month, 1), date(year, month, monthrange(year, month)[1]))


def _years(first: int, last: int) -> Period:
    return Period(date(first, 1, 1), date(last, 12, 31))
