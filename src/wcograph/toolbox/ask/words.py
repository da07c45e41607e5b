"""Words of English and French: how they are folded, which carry no meaning, and their stems."""

from __future__ import annotations

import os
import unicodedata
from collections import defaultdict
from itertools import chain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


_WORDS: dict[str, list[list[str]]] = defaultdict(list)  # the lines of words.txt, by their kind
with open(os.path.join(os.path.dirname(__file__), "words.txt"), encoding="utf-8") as _lines:
    for _line in _lines:
        _kind, _, _words = _line.partition(":")
        _WORDS[_kind].append(_words.split())
FUNCTION_WORDS = {one: frozenset(chain(*_WORDS[one])) for one in ("en", "fr")}
_OF_BOTH = FUNCTION_WORDS["en"] & FUNCTION_WORDS["fr"]
_ALL = FUNCTION_WORDS["en"] | FUNCTION_WORDS["fr"]
_ADJECTIVES = frozenset(chain(*_WORDS["adjectives"]))
_LONGEST_FIRST = sorted(chain(*_WORDS["endings"]), key=len, reverse=True)
_SHORTEST_STEM = 4


def is_function_word(word: str) -> bool:
    """Return whether a folded word says nothing of what is asked.

    >>> is_function_word("the"), is_function_word("aux"), is_function_word("members")
    (True, True, False)
    """
    return word in _ALL


def stem(word: str) -> str:
    """Return a folded word without its ending, or a word of the same meaning.

    Forms of a word become the same, and so do some words that people use for each other, in either language.

    >>> [stem(word) for word in ("ratified", "ratification", "members", "was", "nations", "pays")]
    ['ratif', 'ratif', 'memb', 'was', 'country', 'country']
    """
    if same := _CANONICAL.get(word):
        return same
    root = _stem(word)
    return _CANONICAL.get(root, root)


def _stem(word: str) -> str:
    for ending in _LONGEST_FIRST:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word[:-1] if word.endswith("s") and len(word) == _SHORTEST_STEM else word


_CANONICAL = {
    _stem(word): group[0] for group in _WORDS["same"] for word in group if len(_stem(word)) > _SHORTEST_STEM
}
_CANONICAL |= {word: group[0] for group in _WORDS["same"] for word in group}


def is_plural(word: str, name: str) -> bool:
    """Return whether a folded word is a name, or its plural.

    >>> is_plural("laboratories", "laboratory"), is_plural("ratified", "ratification")
    (True, False)
    """
    one = word[:-3] + "y" if word.endswith("ies") else word.rstrip("sx")
    return name in (word, one) or name.rstrip("sx") == one


def is_adjective_of(word: str, name: str) -> bool:
    """Return whether a folded word is made from a name by one of the usual endings.

    >>> is_adjective_of("african", "africa"), is_adjective_of("europeens", "europe")
    (True, True)
    """
    roots = [root for root in (name, name[:-1]) if word.startswith(root) and len(name) >= 4]
    rests = [word[len(root) :] for root in roots]
    return any(
        rest in _ADJECTIVES or (rest[-1:] in ("s", "e") and rest.rstrip("es") in _ADJECTIVES)
        for rest in rests
    )


def letters(text: str) -> tuple[str, list[int]]:
    """Return a text in small letters without accents, and where each character comes from.

    >>> letters("Où?")
    ('ou?', [0, 1, 2])
    """
    found, origin = [], []
    for at, character in enumerate(text):
        for part in unicodedata.normalize("NFKD", "i" if character == "ı" else character).casefold():
            if not unicodedata.combining(part):
                found.append("'" if part in "’ʼ`´" else part)
                origin.append(at)
    return "".join(found), origin


def language(words: Sequence[str]) -> str:
    """Return "en" or "fr" by the function words; an empty string if they do not tell.

    >>> language(["quels", "pays"]), language(["which", "countries"]), language(["members"])
    ('fr', 'en', '')
    """
    english, french = (
        sum(word in FUNCTION_WORDS[one] and word not in _OF_BOTH for word in words) for one in ("en", "fr")
    )
    return "" if english == french else ("en" if english > french else "fr")
