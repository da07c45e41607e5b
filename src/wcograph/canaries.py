"""What an engine does, found out with small queries, and what follows for the stored questions.

A canary is a query whose answer is known: the built-in engine gives it. No engine is known by its name here, only by
what it answers. A canary also says which queries depend on what it tests, by their text.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from wcograph import layout
from wcograph.graph import KnowledgeGraph
from wcograph.toolbox.errors import InputError, LimitError, WcographError
from wcograph.toolbox.sparql import client, remote
from wcograph.toolbox.sparql.binding import bind
from wcograph.toolbox.sparql.received import read_rows
from wcograph.toolbox.sparql.tokens import tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wcograph.remote import RemoteGraph
    from wcograph.toolbox.sparql.stored import StoredQuery
    from wcograph.toolbox.sparql.tokens import Token

SAFE, CARE, NEVER = "safe", "needs care", "must not be sent"
_SECONDS = 10.0  # for one canary
_TIMES = 100  # as long as the built-in engine, if that is more


@dataclass(frozen=True)
class Canary:
    """A query, what its failure means, and which queries that concerns.

    ``concerns`` judges a group of a query: the words directly in its braces, and the words of the whole query.
    """

    name: str
    query: str
    meaning: str
    verdict: str
    concerns: Callable[[set[str], set[str]], bool]


@dataclass(frozen=True)
class Finding:
    """What a canary has found: an empty ``fault`` if the engine answers as the built-in one."""

    canary: Canary
    fault: str


def _never(inside: set[str], whole: set[str]) -> bool:
    return False


CANARIES = (
    Canary(
        "UNDEF",
        "SELECT ?x ?code { VALUES ?x { UNDEF } VALUES ?code { 'a' } { SELECT ?x { VALUES ?x { 1 2 } } } }",
        "VALUES with UNDEF loses rows; parameters that are not given are left out, so the questions do not need it",
        NEVER,
        lambda inside, whole: "UNDEF" in whole,
    ),
    Canary(
        "order",
        "SELECT ?x { VALUES ?x { 'b' 'B' 'a' 'é' 'z' 'Z' } } ORDER BY ?x",
        "strings are sorted as a language does; rows are sorted here instead",
        CARE,
        lambda inside, whole: bool({"LIMIT", "OFFSET"} & whole),
    ),
    Canary(
        "minimum",
        "SELECT (MIN(?x) AS ?least) (MAX(?x) AS ?most) { VALUES ?x { 'b' 'B' 'é' 'z' 'Z' } }",
        "MIN and MAX of strings are not by code point",
        NEVER,
        lambda inside, whole: bool({"MIN", "MAX"} & whole),
    ),
    Canary(
        "literals",
        "SELECT ?x { VALUES ?x { '1.50'^^xsd:decimal '2016-10'^^xsd:gYearMonth 'colour'@en-GB '01'^^xsd:integer } } "
        "ORDER BY STR(?x)",
        "literals are not returned as written; numbers and dates may have another form",
        SAFE,
        _never,
    ),
    Canary(
        "stored literals",
        "SELECT DISTINCT ?x { ?claim wco:literalValue ?x } ORDER BY STR(?x)",
        "literals of the graph are not returned as loaded",
        CARE,
        lambda inside, whole: "wco:literalValue" in whole,
    ),
    Canary(
        "errors",
        "SELECT ?x { VALUES ?a { 1 } OPTIONAL { VALUES ?b { 2 } FILTER(?a > 1) } BIND(COALESCE(?b <= 1, 'none') AS ?x) }",
        "COALESCE does not go on after an error, such as a comparison with an unbound variable",
        NEVER,
        lambda inside, whole: "COALESCE of a comparison" in whole,
    ),
    Canary(
        "HAVING",
        "SELECT ?x { VALUES (?x ?y) { ('a' 1) ('ab' 2) ('c' 3) ('c' 4) } } GROUP BY ?x "
        "HAVING (CONTAINS(?x, 'b') || COUNT(?y) = 2) ORDER BY ?x",
        "HAVING with anything but aggregates loses rows",
        NEVER,
        lambda inside, whole: "HAVING" in whole,
    ),
    Canary(
        "EXISTS with BIND",
        "SELECT ?code ?x { VALUES ?area { wcoid:area-002 } ?p wco:code ?code . "
        "FILTER(!BOUND(?area) || EXISTS { ?p wco:belongsToArea/skos:broader* ?area }) "
        "BIND(BOUND(?area) && ?code != '' AS ?c) BIND(IF(BOUND(?c), IF(?c, 'yes', 'no'), ?none) AS ?x) } ORDER BY ?code",
        "EXISTS beside a computed value in the same group gives wrong rows",
        NEVER,
        lambda inside, whole: {"EXISTS in FILTER", "BIND"} <= inside,
    ),
    Canary(
        "BIND of EXISTS",
        "SELECT ?code ?x { ?p wco:code ?code . BIND(EXISTS { ?p a wco:Member } AS ?x) } ORDER BY ?code",
        "the value of EXISTS is wrong",
        NEVER,
        lambda inside, whole: "BIND of EXISTS" in inside,
    ),
    Canary(
        "groups",
        "SELECT ?name (COUNT(?other) AS ?n) ?stated { ?r a wco:Region ; wco:labelEn ?name . "
        "OPTIONAL { ?r wco:memberCount ?stated . "
        "?claim wco:aboutSubject ?r ; wco:literalValue ?stated ; wco:hasRank wcov:preferred-rank } "
        "?m a wco:Member ; org:memberOf ?r . OPTIONAL { ?m wco:polityKind ?other . FILTER(?other != wcov:state) } } "
        "GROUP BY ?name ?stated ORDER BY STR(?name)",
        "counts of what is optional are wrong",
        NEVER,
        lambda inside, whole: "COUNT" in whole and "OPTIONAL" in inside,
    ),
    Canary(
        "counts of computed values",
        "SELECT ?folded { { SELECT ?thing ?folded ?text (COUNT(?word) AS ?found) { "
        "{ SELECT ?text ?word { VALUES ?text { 'cote d ivoire' } VALUES ?before { 0 1 2 3 } "
        "BIND(CONCAT('^([^ ]+ ){', STR(?before), '}([^ ]+).*$') AS ?pattern) "
        "FILTER(REGEX(?text, ?pattern)) BIND(REPLACE(?text, ?pattern, '$2') AS ?word) } } "
        "?thing wcob:foldedLabel ?folded . FILTER(CONTAINS(?folded, ?word)) } GROUP BY ?thing ?folded ?text } "
        "FILTER(CONTAINS(?folded, ?text) || ?found = 3) } ORDER BY ?folded",
        "counts of values that a subquery computes are wrong",
        NEVER,
        lambda inside, whole: {"COUNT", "REPLACE"} <= whole,
    ),
    Canary(
        "several parameters",
        "SELECT DISTINCT ?code ?act ?inArea { VALUES ?convention { wcoid:convention-kyoto-revised-1999 } "
        "VALUES ?region { wcoid:region-wca } "
        "VALUES ?area { wcoid:area-002 } ?list schema:about ?convention ; wco:hasCompleteness ?c . ?c wco:labelEn ?cn . "
        "OPTIONAL { ?list wco:asOf ?asOf } "
        "?m a wco:Member ; wco:code ?code ; org:memberOf ?region . ?region wco:labelEn ?rn . "
        "OPTIONAL { ?m wco:belongsToArea/skos:broader* ?inArea } FILTER(!BOUND(?area) || ?inArea = ?area) "
        "OPTIONAL { ?a wco:actionBy ?m ; wco:actionOn ?convention ; wco:actionKind ?k . ?k wco:labelEn ?act . "
        "FILTER(?k != wcov:signature) } } "
        "ORDER BY STR(?code) STR(?act)",
        "several parameters together with an optional path are refused",
        CARE,
        lambda inside, whole: "path in OPTIONAL" in whole,
    ),
    Canary(
        "paths",
        "SELECT ?a (COUNT(DISTINCT ?b) AS ?n) { ?a wco:isPartOfBody* ?x . ?x ^wco:isPartOfBody* ?b . ?a a wco:Body } "
        "GROUP BY ?a ORDER BY STR(?a)",
        "paths of any length are wrong or slow",
        NEVER,
        lambda inside, whole: "paths joined" in whole,
    ),
)  # fmt: skip
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
    say("truth", _truth(kg))
    for name, found in (("rows", _rows(kg)), ("time", _time(kg))):
        say(name, found)
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
        found = kg.sparql(canary.query, name=canary.name, timeout=seconds).rows()
        if canary.name == "order":  # here the order of the engine itself is asked for
            text = remote.with_prefixes(canary.query, layout.PREFIXES)
            response = client.send(kg.endpoint, text, client.ROWS, time.monotonic() + _SECONDS)
            found = read_rows(response.body, ["x"], kg.endpoint.name)
    except WcographError as error:
        return f"{canary.meaning} ({'too slow' if isinstance(error, LimitError) else 'refused'})"
    return canary.meaning if found != expected else ""


def _dataset(kg: RemoteGraph, local: KnowledgeGraph) -> str:
    """Return where the engine sees the graph, and whether it is that of this package."""
    query = "SELECT (COUNT(*) AS ?n) { ?s wco:code ?o }"
    expected = local.sparql(query).rows()
    try:
        kg.query("conventions-in-force-count", timeout=_SECONDS)  # finds the named graphs, or raises
        found = kg.sparql(query, timeout=_SECONDS).rows()
    except InputError:
        return "the graph of the WCO is not there"
    where = "the default graph" if not kg.endpoint.graphs else 'named graphs (dataset = "named")'
    same = (
        "the graph of this package"
        if found == expected
        else "another state of the graph: what follows is not certain"
    )
    return f"{where}, {same}"


def _truth(kg: RemoteGraph) -> str:
    query = "SELECT (1 < 2 AS ?x) {}"
    try:
        response = client.send(kg.endpoint, query, client.ROWS, time.monotonic() + _SECONDS)
        value = read_rows(response.body, ["x"], kg.endpoint.name)[0][0]
    except (WcographError, IndexError):
        return "cannot be asked for"
    return "true and false" if str(value).startswith('"true"') else "1 and 0; read here as true and false"


def _rows(kg: RemoteGraph) -> str:
    digits = " ".join(map(str, range(12)))
    query = "SELECT (1 AS ?x) { " + " ".join(f"VALUES ?{name} {{ {digits} }}" for name in "abcd") + " }"
    try:
        response = client.send(kg.endpoint, query, client.ROWS, time.monotonic() + 2 * _SECONDS)
        rows = len(read_rows(response.body, ["x"], kg.endpoint.name))
    except WcographError as error:
        return f"20,736 rows are too many ({error})"
    return (
        "at least 20,736"
        if rows == 12**4
        else f"at most {rows:,}; longer answers are an error here, not an answer"
    )


def _time(kg: RemoteGraph) -> str:
    hundred = " ".join(map(str, range(100)))
    query = "SELECT (COUNT(*) AS ?x) { " + " ".join(f"VALUES ?{n} {{ {hundred} }}" for n in "abc") + " }"
    began = time.monotonic()
    try:
        kg.sparql(query, name="time", timeout=_SECONDS)
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
            in_bind = "BIND" in before
            stack[-1].add("BIND of EXISTS" if in_bind else "EXISTS in FILTER")
        if word == "COALESCE" and {"<", ">", "<=", ">=", "=", "!="} & {
            one.text for one in _argument(found, at + 1)
        }:
            stack[-1].add("COALESCE of a comparison")
        if token.text == "{":
            stack.append({f"after {before[-1]}"} if before else set())
        elif token.text == "}" and len(stack) > 1:
            yield stack.pop()
        elif word == "*" and found[at - 1].kind in ("name", "iri"):
            stack[-1].add("path in OPTIONAL" if "after OPTIONAL" in stack[-1] else "path")
    top = stack[0]
    if len(re.findall(r"\w\*", re.sub(r"#.*", "", text))) > 2:
        top.add("paths joined")
    yield top


def _argument(found: Sequence[Token], at: int) -> list[Token]:
    depth, inside = 0, []
    for token in found[at:]:
        depth += (token.text == "(") - (token.text == ")")
        inside.append(token)
        if depth == 0:
            break
    return inside
