"""Read what people type: words, the names of things among them, and periods."""

from __future__ import annotations

import re

from wcograph.toolbox.ask import dates
from wcograph.toolbox.ask.words import is_adjective_of, is_function_word, is_plural, language, letters, stem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from wcograph.toolbox.ask.dates import Period
    from wcograph.toolbox.ask.index import Index

_MOST_WORDS, _MOST_LETTERS = 60, 40
_LONGEST_NAME = 9  # words
# How much an item tells of what is asked: a word that only names have, one that nothing has, a function word that no
# question has, the name of what the whole graph is about, and a period. Other names tell as much as their words, but not
# less than these if questions are asked with all of them, or else, and not more than this.
_UNSPOKEN, _UNKNOWN, _FUNCTION, _SUBJECT, _PERIOD = 1.4, 1.6, 0.03, 0.2, 0.7
_LEAST_NAME, _NAME, _MOST_NAME = 0.5, 1.0, 1.3
# The part of a name that must be written: of words with which no question is asked, of other words, and of the name of
# a thing that only questions about anything take.
_LEAST, _LEAST_SPOKEN, _LEAST_BROAD = 0.6, 0.7, 0.5
_LEAST_ALONE = 0.3  # of a name with words that no other thing has
_ADJECTIVE, _PARTIAL, _SURE, _CONTAINING = 0.9, 0.95, 0.9, 0.3


class Word:
    """A word as typed, and as the index has it."""

    __slots__ = ("folded", "stem", "typed")

    def __init__(self, typed: str, folded: str) -> None:
        """Keep the word."""
        self.typed, self.folded, self.stem = typed, folded, stem(folded)


class Item:
    """A part of what was typed: a word, a name with the things that it may mean, or a period.

    ``weight`` is how much it tells, ``score`` the part of the name that is written.
    """

    __slots__ = ("entities", "period", "score", "typed", "weight", "words")

    def __init__(
        self,
        words: Sequence[Word],
        weight: float,
        entities: Sequence[int] = (),
        score: float = 1.0,
        period: Period | None = None,
        typed: str = "",
    ) -> None:
        """Keep the values."""
        self.words, self.weight, self.entities = words, weight, entities
        self.score, self.period = score, period
        self.typed = typed or " ".join(word.typed for word in words)


def words_of(text: str) -> list[Word]:
    """Return the words of a text, as typed and folded.

    >>> [word.folded for word in words_of("l'Île-de-France")]
    ['l', 'ile', 'de', 'france']
    """
    plain, origin = letters(text)
    matches = re.finditer(r"[^\W_]+", plain)
    return [Word(text[origin[m.start()] : origin[m.end() - 1] + 1], m[0]) for m in matches][:_MOST_WORDS]


class Reader:
    """Reads texts with the words and the names of an index."""

    def __init__(self, index: Index) -> None:
        """Keep what is looked up most."""
        self._index = index
        self._spoken, self._known, self._broad = (set(index[key]) for key in ("spoken", "words", "broad"))
        self._names: dict[str, list[int]] = index["names"]
        self._called = list(self._names)

    def read(self, text: str, today: date) -> tuple[list[Item], list[str], str]:
        """Return the items of a text in their order, the words that are unknown, and the language if it shows."""
        plain, origin = letters(text)
        items: list[Item] = []
        unknown: list[str] = []
        spoken: list[str] = []
        at = 0
        for start, end, period in [*dates.find(plain, today), (len(plain), len(plain), None)]:
            if start < at:
                continue
            between = text[origin[at] : origin[start] if start < len(plain) else None] if at < start else ""
            words = words_of(between)
            spoken += [word.folded for word in words]
            unknown += self._correct(words)
            items += self._items(words)
            if period:
                typed = text[origin[start] : origin[end - 1] + 1]
                items.append(Item([], _PERIOD, period=period, typed=typed))
            at = end
        about = self._index["about"]
        for item in items:  # "of the organization" names it, and says nothing if something else is named
            if about in item.entities and any(other.entities for other in items if other is not item):
                item.entities = []
        return items, unknown, language(spoken)

    def corrected(self, word: str) -> str:
        """Return the word of the index that is nearest to a folded word, if one is near; else the word."""
        if word in self._known or is_function_word(word):
            return word
        if not (4 <= len(word) <= _MOST_LETTERS and word.isalpha()):
            return word
        from difflib import get_close_matches

        most = 1 if len(word) <= 6 else 2
        near = [
            other
            for other in self._index["words"]
            if other[0] == word[0] and len(other) > 3 and abs(len(other) - len(word)) <= most
        ]
        return next(iter(get_close_matches(word, near, 1, 0.8)), word)

    def having(self, one: str) -> set[int]:
        """Return the numbers of the names that have a stem, or a word that begins with it if it is long."""
        stems = self._index["stems"]
        if len(one) < 5:
            return set(stems.get(one, ()))
        return {number for other, numbers in stems.items() if other.startswith(one) for number in numbers}

    def _correct(self, words: Sequence[Word]) -> Iterator[str]:
        """Correct words that nothing has; yield those that cannot be corrected."""
        for word in words:
            if word.folded in self._known or word.stem in self._spoken or word.stem in self._index["stems"]:
                continue
            if is_function_word(word.folded) or word.folded.isdigit() or self._root(word):
                continue
            near = word.folded if word.typed.isupper() else self.corrected(word.folded)
            if near == word.folded:
                yield word.typed
            word.folded, word.stem = near, stem(near)

    def _items(self, words: Sequence[Word]) -> list[Item]:
        """Return words as items; those that write a name, or most of it, are one item."""
        spans = [*self._whole(words), *self._partial(words)]
        sure = {at for start, end, entities, score in spans if score == 1 and not self._is_broad(entities)
                for at in range(start, end)}  # fmt: skip

        def rank(span: tuple[int, int, list[int], float]) -> tuple[float, int]:
            start, end, entities, score = span
            contains = (score < _SURE or self._is_broad(entities)) and not sure.isdisjoint(range(start, end))
            return -self._told(words[start:end]) * score * (_CONTAINING if contains else 1), start

        found: dict[int, Item] = {}
        taken: set[int] = set()
        weights = self._index["weights"]
        for start, end, entities, score in sorted(spans, key=rank):
            if taken.isdisjoint(range(start, end)):
                taken.update(range(start, end))
                inside = [word for word in words[start:end] if not is_function_word(word.folded)]
                told = sum(weights.get(word.stem, _UNSPOKEN) for word in inside) * 0.7
                least = _LEAST_NAME if all(word.stem in self._spoken for word in inside) else _NAME
                weight = min(max(least, told), _MOST_NAME)
                weight = _SUBJECT if self._index["about"] in entities else weight
                found[start] = Item(words[start:end], weight, entities, score)
        for at, word in enumerate(words):
            if at not in taken:
                weight = _UNSPOKEN if word.stem in self._index["stems"] else _UNKNOWN
                weight = _FUNCTION if is_function_word(word.folded) else weight
                found[at] = Item([word], weights.get(word.stem, weight))
        return [found[at] for at in sorted(found)]

    def _whole(self, words: Sequence[Word]) -> Iterator[tuple[int, int, list[int], float]]:
        """Yield the spans that write a name in full, or an adjective made from it."""
        all_large = all(word.typed.isupper() for word in words)
        for start, word in enumerate(words):
            if root := self._root(word):
                yield start, start + 1, self._names[root], _ADJECTIVE
            for end in range(start + 1, min(len(words), start + _LONGEST_NAME) + 1):
                entities = self._names.get(" ".join(one.folded for one in words[start:end]))
                if entities and not (end == start + 1 and self._is_chance(word, all_large)):
                    yield start, end, entities, 1.0

    def _partial(self, words: Sequence[Word]) -> Iterator[tuple[int, int, list[int], float]]:
        """Yield the spans that have most of the words of a name, in any order."""
        told, parts = self._index["told"], self._index["parts"]
        for start, first in enumerate(words):
            if is_function_word(first.folded):
                continue
            numbers: set[int] | None = None
            written: set[str] = set()
            for end in range(start + 1, min(len(words), start + _LONGEST_NAME) + 1):
                word = words[end - 1]
                if is_function_word(word.folded):
                    continue
                having = self.having(word.stem)
                numbers = having if numbers is None else numbers & having
                if not numbers or word.stem in written:
                    break
                written.add(word.stem)
                beginnings = tuple(written)
                part, number = max(
                    (sum(told[one] for one in parts[number] if one.startswith(beginnings))
                     / sum(told[one] for one in parts[number]), -number)
                    for number in numbers
                )  # fmt: skip
                name = self._called[-number]
                if len(parts[-number]) == 1 and not is_plural(word.folded, name):
                    continue  # "ratified" is not the kind of act that is called ratification
                more = end - start > len(written) and len(parts[-number]) == 2
                if more and not _are_words_of(words[start:end], name):
                    continue  # "centres in Africa" are not Central Africa
                is_broad = self._is_broad(self._names[name])
                least = _LEAST_BROAD if is_broad else _LEAST
                if written <= self._spoken:
                    least = 1.0 if is_broad or len(written) == 1 else _LEAST_SPOKEN
                elif len({one for other in numbers for one in self._names[self._called[other]]}) == 1:
                    least = _LEAST_ALONE
                if part >= least:
                    yield start, end, self._names[name], min(_PARTIAL, part)

    def _root(self, word: Word) -> str:
        """Return the longest name of one word from which an adjective is made; an empty string if there is none."""
        for length in range(len(word.folded) - 1, 2, -1):
            root = word.folded[:length]
            for name in (root, *(root + letter for letter in "aeiouy")):
                if name in self._names and is_adjective_of(word.folded, name):
                    return name
        return ""

    def _is_broad(self, entities: Sequence[int]) -> bool:
        """Return whether only questions about anything take one of the entities."""
        return all(self._broad.issuperset(self._index["entities"][one][2]) for one in entities)

    def _is_chance(self, word: Word, all_large: bool) -> bool:
        """Return whether a word only happens to be the code of something, as "no" and "in" are."""
        if len(word.folded) > 3:
            return False
        if len(word.folded) == 1:
            return word.folded.isdigit() or not word.typed.isupper() or word.folded in "ai"
        spoken = is_function_word(word.folded) or word.stem in self._spoken
        return spoken and (all_large or not word.typed.isupper())

    def _told(self, words: Sequence[Word]) -> float:
        """Return how much words tell of the names that have them: the fewer names, the more."""
        told = self._index["told"]
        return float(sum(told.get(word.stem, 1) for word in words if not is_function_word(word.folded)))


def _are_words_of(words: Sequence[Word], name: str) -> bool:
    """Return whether words that mean something are in a name, or are plurals of words in it."""
    meant = [word.folded for word in words if not is_function_word(word.folded)]
    return all(any(word == one or is_plural(word, one) for one in name.split()) for word in meant)
