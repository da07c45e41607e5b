"""What an engine does, found out with small queries, and what follows for the stored questions.

A canary is a query whose answer is known: the built-in engine gives it. No engine is known by its name here, only by
what it answers. A canary also says which queries depend on what it tests, by their text.
"""

from __future__ import annotations

import os
import re
import time
import tomllib
from dataclasses import dataclass

from wcograph import layout
from wcograph.graph import KnowledgeGraph
from wcograph.toolbox.errors import InputError, LimitError, WcographError
from wcograph.toolbox.output import read_text
from wcograph.toolbox.sparql import client, remote
from wcograph.toolbox.sparql.binding import bind
from wcograph.toolbox.sparql.received import read_rows
from wcograph.toolbox.sparql.tokens import tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from wcograph.remote import RemoteGraph
    from wcograph.toolbox.sparql.stored import StoredQuery
    from wcograph.toolbox.sparql.tokens import Token

SAFE, CARE, NEVER = "safe", "needs care", "must not be sent"
_COMPARISONS = {"<", ">", "<=", ">=", "=", "!="}
_SECONDS = 10.0  # for one canary
_TIMES = 100  # as long as the built-in engine, if that is more


@dataclass(frozen=True)
class Canary:
    """A query, what its failure means, and the words of the queries that this concerns (see ``canaries.toml``)."""

    name: str
    query: str
    meaning: str
    verdict: str
    one_of: Sequence[str] = ()
    all_of: Sequence[str] = ()
    together: Sequence[str] = ()

    def concerns(self, inside: set[str], whole: set[str]) -> bool:
        """Return whether a query depends on it, by the words of the whole, and those directly in the braces of a group."""
        asked = self.one_of or self.all_of or self.together
        some = not self.one_of or not whole.isdisjoint(self.one_of)
        return bool(asked) and some and whole.issuperset(self.all_of) and inside.issuperset(self.together)


@dataclass(frozen=True)
class Finding:
    """What a canary has found: an empty ``fault`` if the engine answers as the built-in one."""

    canary: Canary
    fault: str


CANARIES = tuple(
    Canary(name, **about)
    for name, about in tomllib.loads(read_text(os.path.splitext(__file__)[0] + ".toml")).items()
)
"""Those that compare an answer with that of the built-in engine; ``examine`` adds those about rows, time and data."""


def examine(kg: RemoteGraph, say: Callable[[str, str], None]) -> list[Finding]:
    """Ask the canaries, and ``say`` the name and the outcome of each as it comes.

    Raises the error of the first query if the endpoint does not answer at all.
    """
    local = KnowledgeGraph(kg.folder, kg._built)
    kg.sparql("ASK {}", name="first canary", timeout=_SECONDS)
    say("answers", "yes")
    say("data set", _dataset(kg, local))
    findings = []
    for canary in CANARIES:
        fault = _asked(kg, local, canary)
        say(canary.name, fault or "as in SPARQL 1.1")
        findings.append(Finding(canary, fault))
    for name, test in (("truth", _truth), ("rows", _rows), ("time", _time)):
        say(name, test(kg))
    return findings


def verdicts(
    queries: list[StoredQuery], findings: list[Finding]
) -> Iterator[tuple[StoredQuery, str, list[str]]]:
    """Yield each query with its verdict, and the names of the canaries that it rests on."""
    for query in queries:
        without = [p.variable for p in query.parameters if not p.default]
        groups = list(_groups(bind(query.text, {}, query.name, without=without)))
        whole = set().union(*groups)
        concerned = [
            finding.canary
            for finding in findings
            if finding.fault and any(finding.canary.concerns(inside, whole) for inside in groups)
        ]
        worst = NEVER if any(one.verdict == NEVER for one in concerned) else CARE if concerned else SAFE
        yield query, worst, [one.name for one in concerned]


def _asked(kg: RemoteGraph, local: KnowledgeGraph, canary: Canary) -> str:
    began = time.monotonic()
    expected = local.sparql(canary.query).rows()
    seconds = max(_SECONDS, _TIMES * (time.monotonic() - began))
    try:
        found: Any = kg.sparql(canary.query, name=canary.name, timeout=seconds).rows()
        if canary.name == "order":  # here the order of the engine itself is asked for
            found = _received(kg, remote.with_prefixes(canary.query, layout.PREFIXES))
    except WcographError as error:
        return f"{canary.meaning} ({'too slow' if isinstance(error, LimitError) else 'refused'})"
    return canary.meaning if found != expected else ""


def _received(kg: RemoteGraph, query: str, seconds: float = _SECONDS) -> list[Any]:
    """Return the rows of ``?x`` as the engine sends them."""
    response = client.send(kg.endpoint, query, client.ROWS, time.monotonic() + seconds)
    return list(read_rows(response.body, ["x"], kg.endpoint.name))


def _dataset(kg: RemoteGraph, local: KnowledgeGraph) -> str:
    """Return where the engine sees the graph, and whether it is that of this package."""
    query = "SELECT (COUNT(*) AS ?n) { ?s wco:code ?o }"
    expected = local.sparql(query).rows()
    try:
        kg.query("conventions-in-force-count", timeout=_SECONDS)  # finds the named graphs, or raises
        found = kg.sparql(query, timeout=_SECONDS).rows()
    except InputError:
        return "the graph of the WCO is not there"
    where = 'named graphs (dataset = "named")' if kg.endpoint.graphs else "the default graph"
    other = "another state of the graph: what follows is not certain"
    return f"{where}, {'the graph of this package' if found == expected else other}"


def _truth(kg: RemoteGraph) -> str:
    try:
        value = _received(kg, "SELECT (1 < 2 AS ?x) {}")[0][0]
    except (WcographError, IndexError):
        return "cannot be asked for"
    return "true and false" if str(value).startswith('"true"') else "1 and 0; read here as true and false"


def _product(shown: str, names: str, values: int) -> str:
    """Return a query with a solution for each combination of ``values`` numbers for each name."""
    numbers = " ".join(map(str, range(values)))
    return f"SELECT ({shown} AS ?x) {{ {' '.join(f'VALUES ?{name} {{ {numbers} }}' for name in names)} }}"


def _rows(kg: RemoteGraph) -> str:
    try:
        rows = len(_received(kg, _product("1", "abcd", 12), 2 * _SECONDS))
    except WcographError as error:
        return f"20,736 rows are too many ({error})"
    fewer = f"at most {rows:,}; longer answers are an error here, not an answer"
    return "at least 20,736" if rows == 12**4 else fewer


def _time(kg: RemoteGraph) -> str:
    began = time.monotonic()
    try:
        kg.sparql(_product("COUNT(*)", "abc", 100), name="time", timeout=_SECONDS)
    except WcographError as error:
        return f"a million solutions take too long ({error})"
    return f"a million solutions take {time.monotonic() - began:.1f} s"


def _groups(text: str) -> Iterator[set[str]]:
    """Yield, for each group of a query, the words and marks directly in its braces."""
    stack: list[set[str]] = [set()]
    found = tokens(text)
    for at, token in enumerate(found):
        word = token.text.upper() if token.kind == "word" else token.text
        before = [one.text.upper() for one in found[max(at - 3, 0) : at]]
        stack[-1].add(word)
        if word == "EXISTS":
            stack[-1].add("BIND of EXISTS" if "BIND" in before else "EXISTS in FILTER")
        if word == "COALESCE" and not _COMPARISONS.isdisjoint(_argument(found, at + 1)):
            stack[-1].add("COALESCE of a comparison")
        if token.text == "{":
            stack.append({f"after {before[-1]}"} if before else set())
        elif token.text == "}" and len(stack) > 1:
            yield stack.pop()
        elif word == "*" and found[at - 1].kind in ("name", "iri"):
            stack[-1].add("path in OPTIONAL" if "after OPTIONAL" in stack[-1] else "path")
    if len(re.findall(r"\w\*", re.sub(r"#.*", "", text))) > 2:
        stack[0].add("paths joined")
    yield stack[0]


def _argument(found: Sequence[Token], at: int) -> Iterator[str]:
    """Yield the words and marks in the parentheses that begin at a token."""
    depth = 0
    for token in found[at:]:
        depth += (token.text == "(") - (token.text == ")")
        yield token.text
        if depth == 0:
            break
