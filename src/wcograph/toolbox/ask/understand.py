"""Understand what people type: find the stored questions that fit, and fill their parameters from the words."""

from __future__ import annotations

from datetime import date

from wcograph.toolbox.ask import dates
from wcograph.toolbox.ask.words import is_adjective_of, is_function_word, is_plural, language, letters, stem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from wcograph.toolbox.ask.dates import Period
    from wcograph.toolbox.ask.index import Index

_LONGEST = 1_000  # characters that are read
_MOST_WORDS = 60
_PROPERTY = "rdf:Property"
_DATE, _YEAR, _TEXT = "{xsd:date}", "{xsd:gYear}", "{text}"
_UNKNOWN, _NEVER = 1.4, 1.6  # the weight of a word that no question is asked with, and that no name has either
_BROAD = 0.3  # how much less a name counts that contains a name of which more is known
_SMALL = 0.3  # of a function word, as a part of the weight of another word
_NAME = 1.0  # the weight of the name of a thing
_SUBJECT, _PERIOD = 0.2, 0.7  # of the name of what the graph is about, and of a period
_ANYTHING = 0.85  # the credit for a value of a parameter that takes things of several kinds
_ELSEWHERE, _ABOUT = 0.75, 0.45  # the credit for a word in another phrase of the question, and in its description
_LEAST_NAME, _LEAST_BROAD = 0.6, 0.5  # the part of a name that must be written
_OUTSIDE, _FIRM, _NEAR = 0.55, 0.35, 0.2  # the part of the words that must be understood: else, if firm, to be listed
_CLEAR, _AHEAD = 0.55, 1.08  # the score of an answer that is given, and how far it must be ahead of the next


class Candidate:
    """A stored question that may be meant.

    ``parameters`` has the values by option, as a person would write them; ``missing`` the options that need a value
    and have none; ``score`` is from 0 to 1; ``unused`` are the words that the question makes nothing of.
    """

    __slots__ = ("firm", "missing", "parameters", "query", "score", "title", "understood", "unused")

    def __init__(
        self,
        query: str,
        title: str,
        parameters: Mapping[str, Sequence[str]],
        score: float,
        understood: float,
        unused: Sequence[str] = (),
        missing: Sequence[str] = (),
        firm: bool = False,
    ) -> None:
        """Keep the values.

        ``understood`` is the part of the words, by weight, that the question accounts for; it is ``firm`` if they have all
        that one of its phrases has.
        """
        self.firm = firm
        self.query, self.title, self.parameters = query, title, dict(parameters)
        self.score, self.understood, self.unused, self.missing = score, understood, list(unused), list(missing)

    def __repr__(self) -> str:
        """Write the name, the score and the parameters."""
        return f"<{self.query} {self.score:.2f} {self.parameters}>"

    def arguments(self) -> list[str]:
        """Return the name and the parameters as words of a command line; what is missing is in capitals.

        >>> Candidate("members", "Members", {"as-of": ["2012-06-30"]}, 1, 1).arguments()
        ['members', '--as-of', '2012-06-30']
        """
        words = [self.query]
        for option, values in self.parameters.items():
            words += [word for value in values for word in (f"--{option}", value)]
        return words + [word for option in self.missing for word in (f"--{option}", option.upper())]


class Understanding:
    """What was understood: the ``candidates``, best first; ``clear`` if the first is meant, ``outside`` if none is.

    ``unknown`` are the words that no question and no name has.
    """

    __slots__ = ("candidates", "clear", "outside", "unknown")

    def __init__(self, candidates: Sequence[Candidate], clear: bool, outside: bool, unknown: Sequence[str]) -> None:
        """Keep the values."""
        self.candidates, self.clear, self.outside, self.unknown = list(candidates), clear, outside, list(unknown)


class _Word:
    """A word as typed, and as the index has it."""

    __slots__ = ("folded", "stem", "typed")

    def __init__(self, typed: str, folded: str) -> None:
        self.typed, self.folded, self.stem = typed, folded, stem(folded)


class _Item:
    """A part of what was typed: a word, a name with the things that it may mean, or a period."""

    __slots__ = ("entities", "period", "score", "typed", "weight", "words")

    def __init__(
        self,
        words: Sequence[_Word],
        weight: float,
        entities: Sequence[int] = (),
        score: float = 1.0,
        period: Period | None = None,
        typed: str = "",
    ) -> None:
        self.words, self.weight, self.entities, self.score, self.period = words, weight, entities, score, period
        self.typed = typed or " ".join(word.typed for word in words)


def understand(index: Index, text: str, today: date | None = None, most: int = 3) -> Understanding:
    """Return the questions of an index that ``text`` may ask, ``most`` of them; ``today`` is today unless given."""
    today = today or date.today()
    items, unknown, tongue = _items(index, text[:_LONGEST], today)
    for item in items:
        if index["about"] in item.entities and any(other.entities for other in items if other is not item):
            item.entities = []
    total = sum(item.weight for item in items)
    if not total:
        return Understanding([], False, True, unknown)
    found = [
        candidate
        for question in index["questions"]
        if (candidate := _candidate(index, question, items, total, tongue, today))
    ]
    found.sort(key=lambda one: (-one.score, one.query))
    best = found[: most + 1]
    outside = not best or all(one.understood < (_FIRM if one.firm else _OUTSIDE) for one in best)
    clear = (
        not outside
        and not best[0].missing
        and best[0].score >= _CLEAR
        and (len(best) == 1 or best[0].score >= _AHEAD * best[1].score)
    )
    if outside:
        best = [one for one in best if one.understood >= _NEAR]
    return Understanding(best[:most], clear, outside, unknown)


def matching(index: Index, text: str) -> list[str]:
    """Return the names of the questions that have all words of ``text``, in any of their forms.

    If there is none, those that take a thing whose name has the words.
    """
    words = [_known(index, word.folded) for word in _words(text[:_LONGEST])]
    stems = [stem(word) for word in words if not is_function_word(word)] or [stem(word) for word in words]
    found = []
    for question in index["questions"]:
        spoken = {item for _, phrase in question["phrases"] for item in phrase}
        if stems and all(
            any(other.startswith(one) for other in (*spoken, *question["others"])) for one in stems
        ):
            found.append(question["name"])
    if found or not stems:
        return found
    kinds = {
        f"{{{kind}}}"
        for number in set.intersection(*(_having(index, one) for one in stems))
        for entity in list(index["names"].values())[number]
        for kind in index["entities"][entity][2]
        if kind not in index["broad"]
    }
    return [
        question["name"] for question in index["questions"] if kinds & {slot for _, slot, *_ in question["parameters"]}
    ]


# What was typed


def _words(text: str) -> list[_Word]:
    plain, origin = letters(text)
    found, start = [], None
    for at, character in enumerate(plain + " "):
        if character.isalnum():
            start = at if start is None else start
        elif start is not None:
            found.append(_Word(text[origin[start] : origin[at - 1] + 1], plain[start:at]))
            start = None
    return found[:_MOST_WORDS]


def _items(index: Index, text: str, today: date) -> tuple[list[_Item], list[str], str]:
    """Return the parts of a text, the words that are unknown, and the language."""
    plain, origin = letters(text)
    items: list[_Item] = []
    pieces, at = [], 0
    for start, end, period in dates.find(plain, today):
        if start < at:
            continue
        pieces.append(text[origin[at] : origin[start]] if start > at else "")
        written = text[origin[start] : origin[end - 1] + 1]
        items.append(_Item([], _PERIOD, period=period, typed=written))
        at = end
    pieces.append(text[origin[at] :] if at < len(plain) else "")
    unknown: list[str] = []
    spoken: list[str] = []
    for piece in pieces:
        words = _words(piece)
        spoken += [word.folded for word in words]
        items += _named(index, words, unknown)
    return items, unknown, language(spoken)


def _named(index: Index, words: Sequence[_Word], unknown: list[str]) -> Iterator[_Item]:
    """Yield the words as items; those that write a name, or most of it, are one item."""
    known, spoken, weights = set(index["words"]), set(index["spoken"]), index["weights"]
    all_large = all(word.typed.isupper() for word in words)
    spans: list[tuple[float, int, int, list[int], float]] = []
    for at, word in enumerate(words):
        root = _root_of_adjective(index, word.folded)
        if root:
            spans.append((_told(index, words[at : at + 1]), at, at + 1, index["names"][root], 0.9))
        if word.folded in known or word.typed.isupper() and not all_large or is_function_word(word.folded) or word.folded.isdigit():
            continue
        if root or word.stem in spoken or word.stem in index["stems"]:
            continue
        near = _known(index, word.folded)
        if near == word.folded:
            unknown.append(word.typed)
        word.folded, word.stem = near, stem(near)
    for start in range(len(words)):
        for end in range(min(len(words), start + 9), start, -1):
            entities = index["names"].get(" ".join(word.folded for word in words[start:end]))
            if entities and not (end == start + 1 and _is_chance(words[start], spoken, all_large)):
                spans.append((_told(index, words[start:end]), start, end, entities, 1.0))
    spans += _partial(index, words, spoken)
    taken: set[int] = set()
    broad, every = set(index["broad"]), index["entities"]
    narrow = [any(not broad.issuperset(every[one][2]) for one in entities) for *_, entities, _ in spans]
    sure = {at for is_narrow, (_, start, end, _, score) in zip(narrow, spans, strict=True)
            if is_narrow and score == 1 for at in range(start, end)}  # fmt: skip
    ranked = [
        (told * score * (1 if is_narrow or sure.isdisjoint(range(start, end)) else _BROAD), start, end, entities, score)
        for is_narrow, (told, start, end, entities, score) in zip(narrow, spans, strict=True)
    ]
    for _, start, end, entities, score in sorted(ranked, key=lambda span: (-span[0], span[1])):
        if taken.isdisjoint(range(start, end)):
            taken.update(range(start, end))
            inside = [word for word in words[start:end] if not is_function_word(word.folded)] or words[start:end]
            weight = max(_NAME, sum(weights.get(word.stem, _UNKNOWN) for word in inside) * 0.7)
            weight = _SUBJECT if index["about"] in entities else weight
            yield _Item(words[start:end], weight, entities, score)
    for at, word in enumerate(words):
        if at not in taken:
            weight = weights.get(word.stem) or (_UNKNOWN if word.stem in index["stems"] else _NEVER)
            yield _Item([word], weights.get(word.stem, 0.1) * _SMALL if is_function_word(word.folded) else weight)


def _known(index: Index, word: str) -> str:
    """Return the word of the index that is nearest to a word, if one is near; else the word."""
    words = index["words"]
    if len(word) < 4 or not word.isalpha() or is_function_word(word):
        return word
    from bisect import bisect_left
    from difflib import get_close_matches

    at = bisect_left(words, word)
    if at < len(words) and words[at] == word:
        return word
    near = [other for other in words if len(other) > 3 and abs(len(other) - len(word)) <= 1 + (len(word) > 6) and other[0] == word[0]]
    found = get_close_matches(word, near, 1, 0.8)
    return found[0] if found else word


def _root_of_adjective(index: Index, word: str) -> str:
    """Return the longest name of one word from which an adjective is made; an empty string if there is none."""
    if len(word) < 5:
        return ""
    roots = (word[:length] for length in range(len(word) - 1, 2, -1))
    names = index["names"]
    for root in roots:
        for name in (root, *(root + letter for letter in "aeiouy")):
            if name in names and is_adjective_of(word, name):
                return name
    return ""


def _is_chance(word: _Word, spoken: set[str], all_large: bool) -> bool:
    """Return whether a word only happens to be the code of something, as "no" and "in" are."""
    if len(word.folded) > 3:
        return False
    if word.folded.isdigit():
        return len(word.folded) == 1
    if len(word.folded) == 1:
        return not word.typed.isupper() or word.folded in "ai"
    return (is_function_word(word.folded) or word.stem in spoken) and (all_large or not word.typed.isupper())


def _told(index: Index, words: Sequence[_Word]) -> float:
    """Return how much words tell of the names that have them: the fewer names, the more."""
    return sum(index["told"].get(word.stem, 1) for word in words if not is_function_word(word.folded))


def _partial(
    index: Index, words: Sequence[_Word], spoken: set[str]
) -> Iterator[tuple[float, int, int, list[int], float]]:
    """Yield the spans that have most of the words of a name, in any order."""
    told, parts, names, broad = index["told"], index["parts"], list(index["names"]), set(index["broad"])
    for start in range(len(words)):
        if is_function_word(words[start].folded):
            continue
        numbers: set[int] | None = None
        written: set[str] = set()
        for end in range(start + 1, min(len(words), start + 7) + 1):
            word = words[end - 1]
            if is_function_word(word.folded):
                continue
            having = _having(index, word.stem)
            numbers = having if numbers is None else numbers & having
            if not numbers or word.stem in written:
                break
            written.add(word.stem)
            best: tuple[float, int] = (0, 0)
            for number in numbers:
                whole = sum(told[one] for one in parts[number])
                part = sum(told[one] for one in parts[number] if one.startswith(tuple(written))) / whole
                best = max(best, (part, -number))
            entities = index["names"][names[-best[1]]]
            is_broad = all(broad.issuperset(index["entities"][one][2]) for one in entities)
            if len(written) == 1 and len(parts[-best[1]]) == 1 and not is_plural(word.folded, names[-best[1]]):
                continue  # "ratified" is not the kind of act called ratification
            if all(one in spoken for one in written):
                least = 1.0 if is_broad or len(written) == 1 else 0.7
            else:
                least = _LEAST_BROAD if is_broad else _LEAST_NAME
            if best[0] >= least:
                yield sum(told.get(one, 0.5) for one in written), start, end, entities, min(0.95, best[0])


def _having(index: Index, one: str) -> set[int]:
    """Return the names that have a stem, or a word that begins with it if it is long."""
    stems = index["stems"]
    found = set(stems.get(one, ()))
    if len(one) >= 5:
        for other, numbers in stems.items():
            if other.startswith(one):
                found.update(numbers)
    return found


# What a question makes of it


def _candidate(
    index: Index, question: Mapping[str, Any], items: Sequence[_Item], total: float, tongue: str, today: date
) -> Candidate | None:
    """Return what a question makes of the items; None if nothing."""
    values, slots = _filled(index, question, items, today)
    elsewhere = {item for _, phrase in question["phrases"] for item in phrase}
    others = set(question["others"])
    weights = index["weights"]
    best: tuple[float, float, str, list[_Item], bool] = (0, 0, "", [], False)
    for spoken, phrase in question["phrases"]:
        written = set(phrase)
        matched: set[str] = set()
        understood = 0.0
        unused = []
        for item in items:
            credit = 0.0
            for slot, fits in slots.get(item, ()):
                credit = max(credit, fits * (1 if slot in written else 0.85))
                if slot in written:
                    matched.add(slot)
            told = [(weights.get(word.stem, _UNKNOWN), word.stem) for word in item.words]
            if told:
                whole = sum(weight for weight, _ in told)
                sense = 0.0
                for weight, one in told:
                    if one in written:
                        matched.add(one)
                        sense += weight
                    elif one in elsewhere:
                        sense += weight * _ELSEWHERE
                    elif one in others:
                        sense += weight * _ABOUT
                credit = max(credit, sense / whole if whole else 0)
            understood += credit * item.weight
            if credit < 0.3:
                unused.append(item)
        said = sum(_weight(weights, one) for one in written)
        exact = sum(_weight(weights, one) for one in matched) / said if said else 0
        coverage = understood / total
        score = coverage * (0.6 + 0.4 * exact) * (1.0 if not tongue or not spoken or spoken == tongue else 0.98)
        firm = exact > 0.8 and any(one[0] != "{" and not is_function_word(one) for one in matched)
        best = max(best, (score, coverage, spoken, unused, firm), key=lambda one: one[0])
    if not best[0]:
        return None
    missing = [
        option for option, _, optional, *_ in question["parameters"] if not optional and option not in values
    ]
    score = best[0] * (0.7 if missing else 1)
    if (tongue or best[2]) == "fr":
        values.update({option: ["fr"] for option, *_, words in question["parameters"]
                       if option == "lang" and "fr" in words})  # fmt: skip
    unused = [item.typed for item in best[3] if not all(is_function_word(word.folded) for word in item.words)
              or item.period]  # fmt: skip
    return Candidate(question["name"], question["title"], values, score, best[1], unused, missing, best[4])


def _weight(weights: Mapping[str, float], item: str) -> float:
    return weights.get(item, _UNKNOWN) * (_SMALL if is_function_word(item) else 1)


def _filled(
    index: Index, question: Mapping[str, Any], items: Sequence[_Item], today: date
) -> tuple[dict[str, list[str]], dict[_Item, list[tuple[str, float]]]]:
    """Return the values of a question's parameters, and for each item the slots that it fills and how well."""
    values: dict[str, list[str]] = {}
    slots: dict[_Item, list[tuple[str, float]]] = {}
    parameters = question["parameters"]
    alike = _alike(index, question, items)
    for item in items:
        if item.period:
            if fits := _dated(parameters, item.period, values, today):
                slots[item] = fits
            continue
        if not item.entities:
            continue
        for option, slot, _, repeat, default, _ in parameters:
            kind = slot[1:-1]
            if not kind.isdigit() or (option in values and not repeat):
                continue
            if chosen := _chosen(index, item, int(kind), alike):
                typed, written = chosen
                if written != default and written not in values.get(option, ()):
                    values.setdefault(option, []).append(written)
                slots.setdefault(item, []).append((slot, item.score * (1 if typed else _ANYTHING)))
                break
    return values, slots


def _alike(index: Index, question: Mapping[str, Any], items: Sequence[_Item]) -> set[int] | None:
    """Return the narrow kinds of the things that a question compares; None if it does not compare things of any kind."""
    slots = [slot for _, slot, optional, repeat, *_ in question["parameters"] if not optional and not repeat]
    compared = [slot[1:-1] for slot in slots if slots.count(slot) > 1]
    if not compared or not compared[0].isdigit() or int(compared[0]) not in index["broad"]:
        return None
    broad, seen = set(index["broad"]), []
    for item in items:
        for kinds in {frozenset(index["entities"][one][2]) - broad for one in item.entities}:
            seen.append(kinds)
    both = [kinds for kinds in seen if seen.count(kinds) > 1]
    return set(max(both, key=lambda kinds: (not any(index["kinds"][one][1] for one in kinds), seen.count(kinds)), default=()))


def _chosen(index: Index, item: _Item, kind: int, alike: set[int] | None) -> tuple[bool, str] | None:
    """Return whether a kind is a narrow one, and how to write the thing of it that an item names.

    If things are compared, it has the kinds ``alike``.
    """
    entities = index["entities"]
    of_kind = [number for number in item.entities if kind in entities[number][2]]
    if not of_kind:
        return None
    if index["kinds"][kind][0] == _PROPERTY and item.score < 1:
        return None
    if kind in index["broad"]:
        broad = set(index["broad"])
        if alike is not None:
            of_kind = [one for one in of_kind if set(entities[one][2]) - broad == alike]
        if not of_kind:
            return None
        number = min(of_kind, key=lambda one: (broad.issuperset(entities[one][2]), item.entities.index(one)))
        return False, entities[number][0]
    curie, label, _ = entities[of_kind[0]]
    folded = " ".join(word.folded for word in _words(label))
    alone = [one for one in index["names"].get(folded, ()) if kind in entities[one][2]] == of_kind[:1]
    return True, label if alone else curie


def _dated(
    parameters: Sequence[Sequence[Any]], period: Period, values: dict[str, list[str]], today: date
) -> list[tuple[str, float]]:
    """Fill the parameters that a period fits; return their slots."""
    of = {option: slot for option, slot, *_ in parameters}
    is_today = period.is_day and period.first == today
    years = period.years
    if of.get("year") == _YEAR and len(years) == 1 and not period.is_day:
        values["year"] = [str(years[0])]
        return [(_YEAR, 1.0)]
    if of.get("since") == _DATE == of.get("until"):
        if is_today:
            return [(_DATE, 0.3)]
        if period.first:
            values["since"] = [period.first.isoformat()]
        if period.last:
            values["until"] = [period.last.isoformat()]
        return [(_DATE, 0.7 if period.is_day else 1.0)]
    if of.get("year") == _YEAR and years:
        repeat = next(repeat for option, _, _, repeat, *_ in parameters if option == "year")
        values["year"] = [str(year) for year in (years if repeat else years[-1:])][:50]
        return [(_YEAR, 0.9)]
    for option, slot, *_ in parameters:
        if slot == _DATE and option not in values:
            day = period.last or period.first
            assert day
            values[option] = [min(day, today).isoformat() if period.first else day.isoformat()]
            return [(_DATE, 1.0 if period.is_day else 0.9 if len(years) == 1 else 0.4)]
    return []
