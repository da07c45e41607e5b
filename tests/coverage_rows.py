"""The coverage rows: one ASK query for each fact of the two documents, and what an ASK rests on.

A row is a paragraph of ``tests/coverage/*.rq``: a comment with the fact's id and the fact in our own words,
then an ASK without PREFIX lines over a plain basic graph pattern (FILTER and VALUES beside it are fine). Such
a pattern can be read as a CONSTRUCT template too, so each row can show the very triples that make it true.

``python tests/coverage_rows.py`` prints the figure and what is wrong with which row.
"""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from wcograph.derive import with_derived
from wcograph.layout import PREFIXES as NAMESPACES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).resolve().parent.parent
ROWS = ROOT / "tests" / "coverage"
FACTS = tuple([f"D1-{n:03}" for n in range(1, 353)] + [f"D2-{n:03}" for n in range(1, 86)])

PREFIXES = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in NAMESPACES.items())

# SPARQL 1.1, section 19.8, as far as the reading of a row needs it: what may hold a brace, a bracket or a
# word that is none (IRIs, strings, comments), then names, then every other character by itself.
TOKEN = re.compile(
    r"""(?P<opaque><[^<>"{}|^`\\\x00-\x20]*> | '''.*?''' | \"\"\".*?\"\"\"
          | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*')
      | (?P<comment>\#[^\n]*)
      | (?P<blank>_:\w[\w.-]*\w|_:\w|\[\s*\])
      | (?P<name>[?$@]?[^\W\d][\w-]*(?::[\w.%-]*[\w%-])?)
      | (?P<other>\s+|.)""",
    re.VERBOSE | re.DOTALL,
)
CLOSING = {"(": ")", "{": "}"}

TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
DOMAINS = "SELECT ?property ?class { ?property <http://www.w3.org/2000/01/rdf-schema#domain> ?class }"


class RowError(ValueError):
    """A coverage row that is not what a row must be."""


@dataclass(frozen=True)
class Row:
    """One fact: its id, its wording, and the ASK (without prefixes) that is true where the graph says it."""

    fact: str
    text: str
    ask: str
    place: str

    @property
    def query(self) -> str:
        """The ASK as an engine takes it."""
        return PREFIXES + self.ask

    @property
    def construct(self) -> str:
        """The query that gives the triples of the graph that the ASK's pattern matches."""
        body = named_blanks(group(self.ask, self.place))
        return f"{PREFIXES}CONSTRUCT {{ {template(body)} }} WHERE {{ {body} }}"


def read_rows(folder: Path = ROWS) -> list[Row]:
    """Read the rows of all files of a folder, in the order of files and lines."""
    return [
        row for path in sorted(folder.glob("*.rq")) for row in parse_rows(path.read_text("utf-8"), path.name)
    ]


def parse_rows(text: str, name: str) -> list[Row]:
    """Read the rows of one file; paragraphs of comments without an id (the file's head) are passed over."""
    rows = []
    for paragraph in re.finditer(r"(?:^[^\n]*\S[^\n]*(?:\n|\Z))+", text, re.MULTILINE):
        lines = paragraph[0].splitlines()
        place = f"{name}:{text.count(chr(10), 0, paragraph.start()) + 1}"
        comments = [line.lstrip("# ").rstrip() for line in lines if line.startswith("#")]
        ask = "\n".join(line for line in lines if not line.startswith("#"))
        fact, _, words = " ".join(comments).partition(" ")
        if re.fullmatch(r"D\d-\d{3}", fact):
            if not ask:
                raise RowError(f"{place}: {fact} has no ASK; keep it in one paragraph with its comment")
            if not words:
                raise RowError(f"{place}: {fact} does not say its fact in words")
            rows.append(Row(fact, words, ask, place))
        elif ask:
            raise RowError(
                f"{place}: a query without a fact's id; head it with '# D1-001 The fact in words.'"
            )
    return rows


def group(ask: str, place: str) -> str:
    """Give what stands between the braces of ``ASK { ... }``."""
    match = re.fullmatch(r"\s*ASK\s*(?:WHERE\s*)?\{(.*)\}\s*", ask, re.DOTALL | re.IGNORECASE)
    if match is None:
        raise RowError(f"{place}: not of the form ASK {{ pattern }}")
    return match[1]


def named_blanks(body: str) -> str:
    """Name each blank node of a pattern by a variable, which matches the same and can stand in a template."""
    parts, count = [], 0
    for match in TOKEN.finditer(body):
        if match["blank"] and match[0].startswith("["):
            count += 1
            parts.append(f"?blank_{count}")
        elif match["blank"]:
            parts.append("?blank_" + re.sub(r"\W", "_", match[0][2:]))
        elif not match["comment"]:
            parts.append(match[0])
    return "".join(parts)


def template(body: str) -> str:
    """Take FILTER and VALUES out of a pattern, so that its triples are left."""
    tokens = [match[0] for match in TOKEN.finditer(body)]
    kept, at = [], 0
    while at < len(tokens):
        if tokens[at].upper() in ("FILTER", "VALUES"):
            at = after_clause(tokens, at)
            kept.append(" . " if "".join(kept).strip()[-1:] not in ("", ".") else " ")
            while at < len(tokens) and (tokens[at].isspace() or tokens[at] == "."):
                at += 1
        else:
            kept.append(tokens[at])
            at += 1
    return "".join(kept)


def after_clause(tokens: list[str], at: int) -> int:
    """Give the index after a FILTER (its bracket or its EXISTS group) or a VALUES (its block of rows)."""
    wanted = "{" if tokens[at].upper() == "VALUES" else "("
    at += 1
    while at < len(tokens) and tokens[at] != wanted:
        if tokens[at].upper() == "EXISTS":
            wanted = "{"
        elif tokens[at] == "(":  # VALUES (?a ?b) { ... }
            at = after_bracket(tokens, at)
            continue
        at += 1
    return after_bracket(tokens, at)


def after_bracket(tokens: list[str], at: int) -> int:
    """Give the index after the bracket that opens at an index."""
    if at >= len(tokens):
        raise RowError("a FILTER or VALUES without its bracket")
    opening, closing, depth = tokens[at], CLOSING[tokens[at]], 0
    for index in range(at, len(tokens)):
        depth += (tokens[index] == opening) - (tokens[index] == closing)
        if depth == 0:
            return index + 1
    raise RowError("a bracket that does not close")


# Graphs


def ontology_files() -> list[Path]:
    """The ontology, its vocabularies and its shapes."""
    return sorted((ROOT / "ontology").rglob("*.ttl"))


def data_files() -> list[Path]:
    """The data, edited by hand."""
    return sorted((ROOT / "data").rglob("*.ttl"))


def derived() -> list[ox.Triple]:
    """What queries/derive/*.rq make."""
    return with_derived(str(ROOT))["derived"]


def load(paths: Iterable[Path], more: Iterable[ox.Triple] = ()) -> ox.Store:
    """Load Turtle files, and more triples, into one graph."""
    store = ox.Store()
    for path in paths:
        store.load(path=str(path), format=ox.RdfFormat.TURTLE)
    store.extend(ox.Quad(*triple) for triple in more)
    return store


def triples(store: ox.Store) -> frozenset[ox.Triple]:
    """Give the triples of a store of one graph."""
    return frozenset(quad.triple for quad in store)


@contextmanager
def without(store: ox.Store, lost: Iterable[ox.Triple]) -> Iterator[None]:
    """Take triples out of a store for a while."""
    quads = [ox.Quad(*triple) for triple in lost]
    quads = [quad for quad in quads if quad in store]
    for quad in quads:
        store.remove(quad)
    try:
        yield
    finally:
        store.extend(quads)


def is_true(row: Row, store: ox.Store) -> bool:
    """Evaluate a row's ASK."""
    return bool(store.query(row.query))


def matched(row: Row, store: ox.Store) -> frozenset[ox.Triple]:
    """Give the triples of the graph that the row's pattern matches.

    Raises RowError where the pattern is more than a basic graph pattern (a path, OPTIONAL, UNION, a nested
    group), since then a template cannot show what it rests on.
    """
    try:
        found = frozenset(store.query(row.construct))
    except SyntaxError as error:
        raise RowError(f"{row.place}: {row.fact} is not a plain basic graph pattern: {error}") from error
    strange = [triple for triple in found if ox.Quad(*triple) not in store]
    if strange:
        raise RowError(
            f"{row.place}: {row.fact} matches what is no triple of the graph; use variables for blank nodes"
        )
    return found


def guarded(
    rows: Iterable[Row], store: ox.Store, targets: frozenset[ox.Triple]
) -> dict[ox.Triple, list[str]]:
    """Give, for each target triple whose loss turns ASKs false, the facts of these ASKs."""
    guards: dict[ox.Triple, list[str]] = {}
    for row in rows:
        for triple in matched(row, store) & targets:
            with without(store, [triple]):
                if not is_true(row, store):
                    guards.setdefault(triple, []).append(row.fact)
    return guards


def answered_queries() -> dict[str, str]:
    """The stored queries whose expected rows are kept in tests/expected/<name>.*, by name."""
    expected = {path.stem for path in (ROOT / "tests" / "expected").glob("*.*")}
    stored = (
        path for path in (ROOT / "queries").glob("*/*.rq") if path.parent.name not in ("checks", "derive")
    )
    return {path.stem: path.read_text("utf-8") for path in sorted(stored) if path.stem in expected}


def answer(query: str, store: ox.Store) -> list[tuple[str, ...]]:
    """Give the rows of a SELECT query, in an order of their own."""
    return sorted(tuple(str(term) for term in solution) for solution in store.query(query))


def guarded_by_answers(
    queries: dict[str, str], store: ox.Store, targets: Iterable[ox.Triple]
) -> dict[ox.Triple, str]:
    """Give, for each target triple whose loss changes an answer, the first query found of which it does."""
    before = {name: answer(query, store) for name, query in queries.items()}
    likely: dict[ox.NamedNode, list[str]] = {}
    guards = {}
    for triple in sorted(targets, key=str):
        order = likely.setdefault(triple.predicate, list(queries))
        with without(store, [triple]):
            changed = (name for name in order if answer(queries[name], store) != before[name])
            if name := next(changed, None):
                guards[triple] = name
                order.sort(key=name.__ne__)  # the same property is likely to be in the same answer
    return guards


def implied(store: ox.Store, targets: Iterable[ox.Triple]) -> set[ox.Triple]:
    """Give the types among the target triples that follow from the domain of a property."""
    domains = {(pair[0], pair[1]) for pair in store.query(DOMAINS)}
    return {
        triple
        for triple in targets
        if triple.predicate == TYPE
        and any(
            (quad.predicate, triple.object) in domains
            for quad in store.quads_for_pattern(triple.subject, None, None)
        )
    }


def faults(row: Row, graph: ox.Store, bare: ox.Store, asserted: frozenset[ox.Triple]) -> list[str]:
    """Say in words what a row does not keep of what a row must be."""
    try:
        if is_true(row, bare):
            return ["true on the ontology alone"]
        if not is_true(row, graph):
            return ["false on the graph"]
        taken = matched(row, graph) & asserted
    except (RowError, SyntaxError) as error:
        return [str(error)]
    if not taken:
        return ["rests on no triple of data/"]
    with without(graph, taken):
        return ["still true without what it is about"] if is_true(row, graph) else []


def main() -> int:
    """Print the figure, and what is wrong with which row."""
    rows, bare = read_rows(), load(ontology_files())
    graph = load(ontology_files() + data_files(), derived())
    asserted = triples(load(data_files()))
    wrong = {row.place: (row, faults(row, graph, bare, asserted)) for row in rows}
    for place, (row, what) in wrong.items():
        if what:
            print(f"{place}: {row.fact}: {'; '.join(what)}")
    asks: dict[str, str] = {}
    for row in rows:
        plain = " ".join(row.ask.split())
        if plain in asks:
            print(f"{row.place}: {row.fact} asks the same as {asks[plain]}")
        asks.setdefault(plain, row.fact)
    covered = {row.fact for row, what in wrong.values() if not what} & set(FACTS)
    print(f"{len(covered)} of {len(FACTS)} facts covered")
    return 0 if len(covered) == len(FACTS) else 1


if __name__ == "__main__":
    sys.exit(main())
