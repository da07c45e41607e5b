"""Understand what people type: find the stored questions that fit, and fill their parameters from the words."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from wcograph.toolbox.ask.reading import Reader, words_of
from wcograph.toolbox.ask.words import is_function_word, stem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, TypeAlias

    from wcograph.toolbox.ask.dates import Period
    from wcograph.toolbox.ask.index import Index
    from wcograph.toolbox.ask.reading import Item

    # of an item: its credit anywhere, what each of its stems adds, and the slot that it fills and how well
    _Worth: TypeAlias = tuple[Item, float, list[tuple[str, float]], tuple[str, float] | None]

_LONGEST = 1_000  # characters that are read
_DATE, _YEAR, _TEXT = "{xsd:date}", "{xsd:gYear}", "{text}"
_DOTTED = re.compile(r"(?<![\w.])([0-9]{4})\.([0-9]{2})(?![\w.]?[0-9])")  # a code of a classification
_MOST_YEARS = 50
# The credit for a value that no phrase has a place for, for one of a parameter that takes things of several kinds, for
# a word in another phrase of the question, and for one in its description.
_UNPLACED, _ANYTHING, _ELSEWHERE, _ABOUT = 0.85, 0.9, 0.75, 0.45
_UNUSED = 0.3  # the credit below which an item is left over
_MISSING = 0.7  # the part of the score that is left if a parameter needs a value and has none
# The part of the words that a question must account for: in general, if one of its phrases is there as a whole, and to be
# listed at all.
_INSIDE, _INSIDE_FIRM, _NEAR = 0.55, 0.35, 0.2
_LEAST = 0.2  # the weight of words that ask anything
# The score of a question that is answered, and how far it must be ahead of the next. It may leave one word over if it is
# firm.
_CLEAR, _AHEAD = 0.55, 1.08


class Candidate(NamedTuple):
    """A stored question that may be meant.

    ``parameters`` has the values by option, as a person would write them; ``missing`` the options that need a value
    and have none; ``score`` is from 0 to 1. ``understood`` is the part of the words, by weight, that the question accounts
    for, ``firm`` whether they have all that one of its phrases has, and ``unused`` are the others.
    """

    query: str
    title: str
    parameters: dict[str, list[str]]
    score: float = 1.0
    understood: float = 1.0
    firm: bool = False
    unused: Sequence[str] = ()
    missing: Sequence[str] = ()

    def __repr__(self) -> str:
        """Write the words of its command line and the score."""
        return f"<{' '.join(self.arguments())} ({self.score:.2f})>"

    def arguments(self) -> list[str]:
        """Return the name and the parameters as words of a command line; what is missing is in capitals.

        >>> Candidate("members", "Members", {"as-of": ["2012-06-30"]}, missing=["region"]).arguments()
        ['members', '--as-of', '2012-06-30', '--region', 'REGION']
        """
        words = [self.query]
        for option, values in self.parameters.items():
            words += [word for value in values for word in (f"--{option}", value)]
        return words + [word for option in self.missing for word in (f"--{option}", option.upper())]

    def command(self) -> str:
        """Return the words of its command line as they are typed in a shell.

        >>> Candidate("members", "Members", {"area": ["least developed"]}).command()
        "members --area 'least developed'"
        """
        from shlex import join

        return join(self.arguments())


class Understanding(NamedTuple):
    """What was understood: the ``candidates``, best first; ``clear`` if the first is meant, ``outside`` if none is.

    ``unknown`` are the words that no question and no name has.
    """

    candidates: list[Candidate]
    clear: bool
    outside: bool
    unknown: list[str]


def understand(index: Index, text: str, today: date | None = None, most: int = 3) -> Understanding:
    """Return the questions of an index that ``text`` may ask, ``most`` of them; ``today`` is today unless given."""
    today = today or date.today()
    items, unknown, language = Reader(index).read(_DOTTED.sub(r"\1\2", text[:_LONGEST]), today)
    if sum(item.weight for item in items) < _LEAST:
        return Understanding([], False, True, unknown)
    found = [_candidate(index, question, items, language, today) for question in index["questions"]]
    best = sorted(found, key=lambda one: (-one.score, one.query))[: max(most, 2)]
    outside = all(one.understood < (_INSIDE_FIRM if one.firm else _INSIDE) for one in best)
    clear = not outside and not best[0].missing and len(best[0].unused) <= best[0].firm
    clear = clear and best[0].score >= max([_CLEAR, *(_AHEAD * one.score for one in best[1:2])])
    return Understanding([one for one in best[:most] if one.understood >= _NEAR], clear, outside, unknown)


def matching(index: Index, text: str) -> list[str]:
    """Return the names of the questions that have all words of ``text``, in any of their forms.

    If there is none, those that take a thing whose name has the words.
    """
    reader = Reader(index)
    words = [reader.corrected(word.folded) for word in words_of(text[:_LONGEST])]
    stems = [stem(word) for word in words if not is_function_word(word)] or [stem(word) for word in words]
    if not stems:
        return []
    found = []
    for question in index["questions"]:
        others = (*_spoken(question), *question["others"])
        if all(any(other.startswith(one) for other in others) for one in stems):
            found.append(question["name"])
    named = list(index["names"].values())
    slots = {
        f"{{{kind}}}"
        for number in set.intersection(*map(reader.having, stems))
        for entity in named[number]
        for kind in index["entities"][entity][2]
        if kind not in index["broad"]
    }
    return found or [
        question["name"]
        for question in index["questions"]
        if any(slot in slots for _, slot, *_ in question["parameters"])
    ]


def _spoken(question: Mapping[str, Any]) -> set[str]:
    return {one for _, phrase in question["phrases"] for one in phrase}


def _candidate(
    index: Index, question: Mapping[str, Any], items: Sequence[Item], language: str, today: date
) -> Candidate:
    """Return a question with its score and its parameters, by the phrase of it that fits the items best."""
    values, slots = _filled(index, question, items, today)
    weights = index["weights"]
    spoken, others = _spoken(question), set(question["others"])
    # What each item is worth wherever its words are, and what its words add in a phrase that has them.
    worth: list[_Worth] = []
    for item in items:
        told = [(word.stem, weights.get(word.stem, 1.0)) for word in item.words]
        whole = sum(weight for _, weight in told) or 1
        parts = []
        base = 0.0
        for one, weight in told:
            credit = _ELSEWHERE if one in spoken else _ABOUT if one in others else 0.0
            base += credit * weight / whole
            parts.append((one, (1 - credit) * weight / whole))
        worth.append((item, base, parts, slots.get(item)))
    total = sum(item.weight for item in items)
    text_option = next((option for option, slot, *_ in question["parameters"] if slot == _TEXT), "")
    best: tuple[float, float, bool, str, list[str], str] = (-1.0, 0.0, False, "", [], "")
    for tongue, phrase in question["phrases"]:
        written = set(phrase)
        matched: set[str] = set()
        understood = 0.0
        unused = []
        for item, base, parts, filled in worth:
            credit = base
            for one, more in parts:
                if one in written:
                    credit += more
                    matched.add(one)
            if filled:
                slot, fits = filled
                if slot in written:
                    matched.add(slot)
                credit = max(credit, fits if slot in written else fits * _UNPLACED)
            understood += credit * item.weight
            if credit < _UNUSED and (item.period or _says_something(item)):
                unused.append(item.typed)
        rest = ""
        if text_option and _TEXT in written:
            rest, credit = _rest(weights, written, matched, worth)
            if rest:
                matched.add(_TEXT)
                understood += credit
                unused = []
        exact = sum(weights[one] for one in matched) / (sum(weights[one] for one in written) or 1)
        foreign = 0.98 if language and tongue not in ("", language) else 1
        score = understood / total * (0.6 + 0.4 * exact) * foreign
        if score > best[0]:
            firm = exact > 0.8 and any(one[0] != "{" and weights[one] > _ABOUT / 2 for one in matched)
            best = (score, understood / total, firm, tongue, unused, rest)
    score, understood, firm, tongue, unused, rest = best
    if rest:
        values[text_option] = [rest]
    missing = [
        option for option, _, optional, *_ in question["parameters"] if not (optional or option in values)
    ]
    for option, _, _, _, _, allowed in question["parameters"]:
        if option == "lang" and (language or tongue) in allowed and (language or tongue) != "en":
            values[option] = [language or tongue]
    score *= _MISSING if missing else 1
    return Candidate(question["name"], question["title"], values, score, understood, firm, unused, missing)


def _says_something(item: Item) -> bool:
    return not all(is_function_word(word.folded) for word in item.words)


def _rest(
    weights: Mapping[str, float], written: set[str], matched: set[str], worth: Sequence[_Worth]
) -> tuple[str, float]:
    """Return the text that a phrase leaves to its slot for a text, and what it adds to what is understood.

    The text is empty if not all words of the phrase are there, if it has only one, which says too little ("where is ..."
    also means "find ..."), or if the text has a number, which is a code.
    """
    said = {one for one in written if one[0] != "{"}
    if len(said) < 2 or sum(weights[one] for one in matched & said) < 0.8 * sum(weights[one] for one in said):
        return "", 0.0
    left = [
        (item, base)
        for item, base, parts, filled in worth
        if not (item.period or filled or written.intersection(one for one, _ in parts))
        and _says_something(item)
    ]
    if any(word.folded.isdigit() for item, _ in left for word in item.words):
        return "", 0.0
    return " ".join(item.typed for item, _ in left), sum((1 - base) * item.weight for item, base in left)


def _filled(
    index: Index, question: Mapping[str, Any], items: Sequence[Item], today: date
) -> tuple[dict[str, list[str]], dict[Item, tuple[str, float]]]:
    """Return the values of a question's parameters, and for each item the slot that it fills and how well."""
    values: dict[str, list[str]] = {}
    slots: dict[Item, tuple[str, float]] = {}
    alike = _alike(index, question, items)
    coded = next((one[:2] for one in question["parameters"] if one[1].endswith(" code}")), None)
    for item in items:
        if item.period:
            if fits := _dated(question["parameters"], item.period, values, today):
                slots[item] = fits
            continue
        word = item.words[0].folded if len(item.words) == 1 else ""
        if coded and word.isdigit() and len(word) > 1 and coded[0] not in values:
            values[coded[0]] = [word]
            slots[item] = coded[1], 1.0
            continue
        for option, slot, _, repeat, default, _ in question["parameters"] if item.entities else ():
            kind = slot[1:-1]
            if not kind.isdigit() or (option in values and not repeat):
                continue
            if value := _chosen(index, item, int(kind), alike):
                if value != default and value not in values.get(option, ()):
                    values.setdefault(option, []).append(value)
                slots[item] = slot, item.score * (_ANYTHING if int(kind) in index["broad"] else 1)
                break
    return values, slots


def _alike(index: Index, question: Mapping[str, Any], items: Sequence[Item]) -> set[int] | None:
    """Return the narrow kinds of the things that a question compares; None if it does not compare things of any kind."""
    slots = [
        slot[1:-1] for _, slot, optional, repeat, *_ in question["parameters"] if not (optional or repeat)
    ]
    if len(slots) == len(set(slots)) or not slots[0].isdigit() or int(slots[0]) not in index["broad"]:
        return None
    narrow = [
        {frozenset(index["entities"][one][2]).difference(index["broad"]) for one in item.entities}
        for item in items
    ]
    seen = [kinds for of_item in narrow for kinds in sorted(of_item, key=sorted)]
    both = [kinds for kinds in seen if seen.count(kinds) > 1]
    return set(max(both, key=lambda kinds: not any(index["kinds"][one][1] for one in kinds), default=()))


def _chosen(index: Index, item: Item, kind: int, alike: set[int] | None) -> str:
    """Return how to write the thing of a kind that an item names; an empty string if it names none.

    If things are compared, it has the narrow kinds ``alike``.
    """
    entities, broad = index["entities"], set(index["broad"])
    found = [number for number in item.entities if kind in entities[number][2]]
    if kind in broad:
        if alike is not None:
            found = [number for number in found if set(entities[number][2]) - broad == alike]
        found.sort(key=lambda number: broad.issuperset(entities[number][2]))
        return entities[found[0]][0] if found else ""
    if not found:
        return ""
    curie, label, _ = entities[found[0]]
    folded = " ".join(word.folded for word in words_of(label))
    others = [number for number in index["names"].get(folded, ()) if kind in entities[number][2]]
    return str(label if others == found[:1] else curie)


def _dated(
    parameters: Sequence[Sequence[Any]], period: Period, values: dict[str, list[str]], today: date
) -> tuple[str, float] | None:
    """Fill the parameters that a period fits; return their slot and how well it fits.

    The first and the last day of a time are the parameters ``since`` and ``until``.
    """
    of = {option: slot for option, slot, *_ in parameters}
    years = period.years
    if of.get("year") == _YEAR and len(years) == 1 and not period.is_day:
        values["year"] = [str(years[0])]
        return _YEAR, 1.0
    if of.get("since") == _DATE == of.get("until"):
        if period.is_day and period.first == today:
            return _DATE, 0.3
        values |= {
            option: [day.isoformat()] for option, day in zip(("since", "until"), period, strict=True) if day
        }
        return _DATE, 0.7 if period.is_day else 1.0
    if of.get("year") == _YEAR and years:
        repeat = any(repeat for option, _, _, repeat, *_ in parameters if option == "year")
        values["year"] = [str(year) for year in (years[:_MOST_YEARS] if repeat else years[-1:])]
        return _YEAR, 0.9
    free = [option for option, slot, *_ in parameters if slot == _YEAR and option not in values]
    if free and years and not period.is_day:
        for option, year in zip(free, dict.fromkeys((years[0], years[-1])), strict=False):
            values[option] = [str(year)]
        return _YEAR, 1.0
    day = period.last or period.first
    option = next((option for option, slot, *_ in parameters if slot == _DATE and option not in values), "")
    if not option or not day:
        return None
    values[option] = [(min(day, today) if period.first else day).isoformat()]
    return _DATE, 1.0 if period.is_day else 0.9 if len(years) == 1 else 0.4
