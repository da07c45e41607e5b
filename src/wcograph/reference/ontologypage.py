"""The reference page of the ontology, as Markdown and as one self-contained page of HTML.

Both have the same content: a page has sections, a section has entries with rows, an example and rules. The
anchor of one of wcograph's own terms is its local name, so the page can be served at the ontology's IRI.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from html import escape
from string import Template
from typing import TYPE_CHECKING

from wcograph.layout import NAMESPACE, PREFIXES
from wcograph.reference.shaperules import short
from wcograph.toolbox.output import read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from wcograph.reference.shaperules import Rule
    from wcograph.reference.terms import Reference, Scheme, Term

_WCO = PREFIXES["wco"]
_NOTES = {
    "schema:rangeIncludes": "Range includes",
    "skos:broadMatch": "Narrower than",
    "skos:closeMatch": "Close to",
    "skos:example": "For example",
    "skos:scopeNote": "Scope",
}
_SECTIONS = (
    ("class", "classes", "Classes"),
    ("object property", "object-properties", "Object properties"),
    ("datatype property", "datatype-properties", "Datatype properties"),
    ("annotation property", "annotation-properties", "Annotation properties"),
)
_TEMPLATE = os.path.join(os.path.dirname(__file__), "ontology.html")
_MOST_SHOWN = 12  # of counted things in a row
_MOST_TARGETS = 5  # of a rule
_NOTICE = "Written by `wcograph docs` from the ontology, its shapes, the data and the queries: edit those, not this page."
_ABOUT = (
    "Each term has its definition, its axioms, how often the data use it (inferred triples are not counted), an "
    "example from the data, the rules of the shapes about it, and the queries that use it."
)


@dataclass(frozen=True)
class Link:
    """A text that is a link, or ``code`` that may be one."""

    text: str
    target: str = ""
    code: bool = True


Piece = str | Link
Row = tuple[str, list[Piece]]


@dataclass(frozen=True)
class Entry:
    """A term on the page."""

    anchor: str
    name: str
    label: str
    definition: str
    rows: list[Row]
    example: str = ""
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class Section:
    """A part of the page: entries, or a table whose first row is its head."""

    anchor: str
    title: str
    intro: list[Piece]
    entries: list[Entry]
    table: list[list[list[Piece]]]
    below: bool = False


def markdown(found: Reference) -> str:
    """Return the page in Markdown."""
    return _Markdown().page(found, _sections(found))


def html(found: Reference) -> str:
    """Return the page in HTML, with its style and without scripts."""
    return Template(read_text(_TEMPLATE)).substitute(
        html_parts(found), notice=re.sub("`([^`]*)`", r"<code>\1</code>", _NOTICE)
    )


def html_parts(found: Reference) -> dict[str, str]:
    """Return the parts of the page in HTML, by the names that they have in its template."""
    return _Html().parts(found, _sections(found))


# What the page says


def _sections(found: Reference) -> list[Section]:
    known = {term.iri for term in (*found.terms, *found.borrowed)}
    known |= {scheme.iri for scheme in found.schemes}
    sections = []
    for kind, anchor, title in _SECTIONS:
        entries = [_entry(term, known) for term in found.terms if term.kind == kind]
        if entries:
            sections.append(Section(anchor, title, [], entries, []))
    intro = "The concepts that properties take as values, by vocabulary (skos:ConceptScheme)."
    sections.append(Section("vocabularies", "Vocabularies", [intro], [], []))
    sections += [_vocabulary(scheme, known) for scheme in found.schemes]
    intro = "Terms of other vocabularies that the data or the ontology use, with the axioms that wcograph relies on."
    sections.append(Section("borrowed", "Borrowed terms", [intro], [], _borrowed(found.borrowed, known)))
    prefixes: list[list[list[Piece]]] = [[["prefix"], ["namespace"]]]
    prefixes += [[[Link(f"{prefix}:")], [Link(namespace)]] for prefix, namespace in sorted(PREFIXES.items())]
    sections.append(Section("prefixes", "Prefixes", [], [], prefixes))
    return sections


def anchor(iri: str) -> str:
    """Return the anchor of a term: the local name of one of wcograph's own terms, else prefix and name.

    >>> anchor("https://w3id.org/wcograph/ns#Member"), anchor("http://www.w3.org/ns/org#Post")
    ('Member', 'org-Post')
    """
    if iri.startswith(_WCO):
        return iri[len(_WCO) :]
    return re.sub(r"[^A-Za-z0-9_-]+", "-", short(iri).strip("<>"))


def _link(iri: str, known: set[str]) -> Link:
    return Link(short(iri), "#" + anchor(iri) if iri in known else iri)


def _joined(pieces: Iterable[Piece], between: str = ", ") -> list[Piece]:
    result: list[Piece] = []
    for piece in pieces:
        result += [between, piece] if result else [piece]
    return result


def _links(iris: Iterable[str], known: set[str]) -> list[Piece]:
    return _joined(_link(iri, known) for iri in iris)


def _counted(counts: Sequence[tuple[str, int]], known: set[str]) -> list[Piece]:
    """Return the counts, highest first."""
    shown: list[Piece] = []
    for name, count in counts[:_MOST_SHOWN]:
        what: Piece = _link(name, known) if ":" in name else name
        shown += [", ", what, f" {count:,}"] if shown else [what, f" {count:,}"]
    more = len(counts) - _MOST_SHOWN
    return [*shown, f", and {more} more"] if more > 0 else shown


def _entry(term: Term, known: set[str]) -> Entry:
    is_class = term.kind == "class"
    rows: list[Row] = [
        ("IRI", [Link(term.iri, term.iri)]),
        ("Subclass of" if is_class else "Subproperty of", _links(term.parents, known)),
        ("Has subclasses" if is_class else "Has subproperties", _links(term.children, known)),
        ("Disjoint with", _links(term.disjoint, known)),
        ("Characteristics", [", ".join(term.characteristics)] if term.characteristics else []),
        ("Domain", _links(term.domain, known)),
        ("Range", _links(term.range, known)),
        ("Domain of", _links(term.domain_of, known)),
        ("Range of", _links(term.range_of, known)),
        *_said_else(term),
        ("In the data", _use(term)),
        ("With" if is_class else "On", _counted(term.beside, known)),
        ("Values", _counted(term.values, known)),
    ]
    for kind, names in term.queries.items():
        targets = {name: f"queries.md#{name}" if kind == "queries" else "" for name in names}
        rows.append(
            (kind[0].upper() + kind[1:], _joined(Link(name, target) for name, target in targets.items()))
        )
    return Entry(
        anchor(term.iri),
        short(term.iri),
        term.label,
        term.definition,
        [(name, pieces) for name, pieces in rows if pieces],
        term.example,
        term.rules,
    )


def _said_else(term: Term) -> list[Row]:
    rows: dict[str, list[str]] = {}
    for predicate, value in term.other:
        rows.setdefault(short(predicate), []).append(value)
    return [(_NOTES.get(name, name), [" ".join(values)]) for name, values in rows.items()]


def _use(term: Term) -> list[Piece]:
    if term.kind != "class":
        claims = f", and {term.claimed:,} claims of a value" if term.claimed else ""
        return [f"{_number(term.used, 'triple')}{claims}"]
    below = f"; {term.used_below:,} with those of its subclasses" if term.used_below > term.used else ""
    return [f"{_number(term.used, 'individual')}{below}"]


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}" if count else "not used yet"


def _vocabulary(scheme: Scheme, known: set[str]) -> Section:
    table: list[list[list[Piece]]] = [[["concept"], ["label"], ["definition"], ["used"]]]
    for iri, label, definition, used in scheme.concepts:
        table.append([[Link(short(iri), "")], [label], [definition], [f"{used:,}"]])
    intro: list[Piece] = [Link(short(scheme.iri), scheme.iri), ". ", scheme.description]
    if scheme.used_by:
        intro += [" Values of ", *_links(scheme.used_by, known), "."]
    return Section(anchor(scheme.iri), scheme.label, intro, [], table, below=True)


def _borrowed(terms: Sequence[Term], known: set[str]) -> list[list[list[Piece]]]:
    table: list[list[list[Piece]]] = [[["term"], ["kind"], ["axioms"], ["used"], ["rules"]]]
    for term in terms:
        axioms: list[Piece] = []
        for words, iris in (("below ", term.parents), ("disjoint with ", term.disjoint)):
            if iris:
                axioms += ["; ", words, *_links(iris, known)] if axioms else [words, *_links(iris, known)]
        if term.characteristics:
            axioms += ["; " if axioms else "", ", ".join(term.characteristics)]
        used = term.used_below if term.kind == "class" else term.used
        rules: list[Piece] = []
        for file in sorted({rule.file for rule in term.rules}):
            rules += [", "] if rules else []
            rules.append(Link(file.rpartition("/")[2], f"../{file}", code=False))
        name = Link(short(term.iri), term.iri)
        table.append([[_Target(anchor(term.iri)), name], [term.kind], axioms, [f"{used:,}"], rules])
    return table


class _Target(str):
    """The target of a link."""


def _hierarchy(found: Reference) -> list[tuple[int, str]]:
    """Return the classes as a tree: the depth of each, beginning with those that have no superclass."""
    classes = {term.iri: term for term in (*found.terms, *found.borrowed) if term.kind == "class"}
    ours = {term.iri for term in found.terms}

    def reaches(iri: str) -> bool:
        return iri in ours or any(reaches(child) for child in classes[iri].children if child in classes)

    lines: list[tuple[int, str]] = []

    def add(iri: str, depth: int) -> None:
        lines.append((depth, iri))
        for child in classes[iri].children:
            if child in classes and reaches(child):
                add(child, depth + 1)

    for iri, term in sorted(classes.items(), key=lambda pair: short(pair[0]).lower()):
        if reaches(iri) and not any(parent in classes for parent in term.parents):
            add(iri, 0)
    return lines


def _facts(found: Reference) -> list[Row]:
    said = found.ontology
    rows: list[Row] = [("IRI", [Link(NAMESPACE + "ns", NAMESPACE + "ns")])]
    for name, iri in (
        ("Version", PREFIXES["owl"] + "versionInfo"),
        ("Version IRI", PREFIXES["owl"] + "versionIRI"),
        ("Licence", PREFIXES["dcterms"] + "license"),
        ("Preferred prefix", PREFIXES["vann"] + "preferredNamespacePrefix"),
    ):
        value = said.get(iri, "")
        if value:
            rows.append((name, [Link(value, value) if value.startswith("http") else value]))
    counts = [
        f"{sum(term.kind == kind for term in found.terms)} {title.lower()}" for kind, _, title in _SECTIONS
        if any(term.kind == kind for term in found.terms)
    ]  # fmt: skip
    concepts = sum(len(scheme.concepts) for scheme in found.schemes)
    counts.append(f"{concepts} concepts in {len(found.schemes)} vocabularies")
    rows.append(("Holds", [", ".join(counts) + f", and {len(found.borrowed)} borrowed terms"]))
    return rows


def _said(found: Reference, name: str) -> str:
    return found.ontology.get(PREFIXES["dcterms"] + name, "")


# How it is written


def _rule_table(
    rules: Iterable[Rule], piece: Callable[[Piece], str], text: Callable[[str], str], severity: str
) -> list[list[str]]:
    """Return the cells of the table of rules of a term; ``severity`` marks what is not a violation."""
    return [["rule", "on", "asks", "message"]] + [
        [
            piece(_rule_link(rule)),
            text(_on(rule)),
            (piece(Link(rule.path)) + " " if rule.path else "") + text(rule.asks),
            ("" if rule.severity == "Violation" else severity % rule.severity) + text(rule.message),
        ]
        for rule in rules
    ]


class _Markdown:
    """A writer of the page in GitHub's Markdown."""

    def page(self, found: Reference, sections: Sequence[Section]) -> str:
        parts = [f"# {_said(found, 'title')}\n", f"{self.text(_said(found, 'description'))}\n"]
        parts.append(f"{self.text(_ABOUT)} The same as one page of HTML: [ontology.html](ontology.html).\n")
        parts.append(f"{_NOTICE}\n")
        parts.append(self.rows(_facts(found)))
        parts.append("## Contents\n")
        lines = []
        for section in sections:
            indent = "  " if section.below else ""
            lines.append(f"{indent}- [{self.text(section.title)}](#{section.anchor})")
            if section.entries:
                names = ", ".join(f"[{entry.name}](#{entry.anchor})" for entry in section.entries)
                lines.append(f"  {names}")
        parts.append("\n".join(lines) + "\n")
        known = {term.iri for term in (*found.terms, *found.borrowed)}
        parts.append('## <a id="hierarchy"></a>Class hierarchy\n')
        tree = [f"{'  ' * depth}- {self.piece(_link(iri, known))}" for depth, iri in _hierarchy(found)]
        parts.append("\n".join(tree) + "\n")
        for section in sections:
            level = "###" if section.below else "##"
            parts.append(f'{level} <a id="{section.anchor}"></a>{self.text(section.title)}\n')
            if section.intro:
                parts.append(self.pieces(section.intro) + "\n")
            parts += [self.entry(entry) for entry in section.entries]
            if section.table:
                parts.append(self.table(section.table))
        return "\n".join(parts)

    def entry(self, entry: Entry) -> str:
        parts = [f'### <a id="{entry.anchor}"></a>`{entry.name}` {self.text(entry.label)}\n']
        if entry.definition:
            parts.append(self.text(entry.definition) + "\n")
        parts.append(self.rows(entry.rows))
        if entry.example:
            parts.append(f"```turtle\n{entry.example}\n```\n")
        if entry.rules:
            parts.append(self.lines(_rule_table(entry.rules, self.piece, self.text, "%s: ")))
        return "\n".join(parts)

    def rows(self, rows: Sequence[Row]) -> str:
        return self.lines([["", ""], *([self.text(name), self.pieces(pieces)] for name, pieces in rows)])

    def table(self, table: Sequence[Sequence[Sequence[Piece]]]) -> str:
        return self.lines([[self.pieces(cell) for cell in row] for row in table])

    def lines(self, cells: Sequence[Sequence[str]]) -> str:
        head, *body = (f"| {' | '.join(row)} |" for row in cells)
        return "\n".join([head, "|" + " --- |" * len(cells[0]), *body]) + "\n"

    def pieces(self, pieces: Iterable[Piece]) -> str:
        return "".join(map(self.piece, pieces))

    def piece(self, piece: Piece) -> str:
        if isinstance(piece, _Target):
            return f'<a id="{piece}"></a>'
        if isinstance(piece, str):
            return self.text(piece)
        # A bar ends the cell of a table even in code; only a backslash keeps it.
        name = f"`{piece.text}`".replace("|", "\\|") if piece.code else self.text(piece.text)
        return f"[{name}]({piece.target})" if piece.target else name

    def text(self, text: str) -> str:
        return re.sub(r"([\\`*_<>\[\]|{}$~])", r"\\\1", re.sub(r"\s+", " ", text))


class _Html:
    """A writer of the page in HTML."""

    def parts(self, found: Reference, sections: Sequence[Section]) -> dict[str, str]:
        known = {term.iri for term in (*found.terms, *found.borrowed)}
        return {
            "title": escape(_said(found, "title")),
            "description": escape(_said(found, "description")),
            "about": escape(_ABOUT),
            "facts": self.rows(_facts(found)),
            "menu": "\n".join(map(self.menu, sections)),
            "hierarchy": self.tree(
                [(depth, self.piece(_link(iri, known))) for depth, iri in _hierarchy(found)]
            ),
            "sections": "\n".join(map(self.section, sections)),
        }

    def menu(self, section: Section) -> str:
        link = f'<a href="#{section.anchor}">{escape(section.title)}</a>'
        if not section.entries:
            return f"<li{' class=below' if section.below else ''}>{link}</li>"
        terms = "".join(
            f'<li><a href="#{entry.anchor}">{escape(entry.name.partition(":")[2])}</a></li>'
            for entry in section.entries
        )
        return f"<li>{link}\n<ul>{terms}</ul></li>"

    def tree(self, lines: Sequence[tuple[int, str]]) -> str:
        parts, at = ["<ul>"], 0
        for number, (depth, line) in enumerate(lines):
            if depth > at:
                parts.append("<ul>")
            elif number:
                parts.append("</li>" + "</ul></li>" * (at - depth))
            parts.append(f"<li>{line}")
            at = depth
        return "\n".join([*parts, "</li>" + "</ul></li>" * at, "</ul>"])

    def section(self, section: Section) -> str:
        level = "h3" if section.below else "h2"
        parts = [f'<section><{level} id="{section.anchor}">{escape(section.title)}</{level}>']
        if section.intro:
            parts.append(f"<p>{self.pieces(section.intro)}</p>")
        parts += [self.entry(entry) for entry in section.entries]
        if section.table:
            parts.append(self.table([[self.pieces(cell) for cell in row] for row in section.table]))
        return "\n".join([*parts, "</section>"])

    def entry(self, entry: Entry) -> str:
        mark = f'<a class="here" href="#{entry.anchor}">{escape(entry.name)}</a>'
        parts = [f'<article id="{entry.anchor}">', f"<h3>{escape(entry.label)} {mark}</h3>"]
        if entry.definition:
            parts.append(f"<p>{escape(entry.definition)}</p>")
        parts.append(self.rows(entry.rows))
        if entry.example:
            parts.append(f'<pre tabindex="0"><code>{escape(entry.example, quote=False)}</code></pre>')
        if entry.rules:
            rows = _rule_table(
                entry.rules, self.piece, lambda text: escape(text, quote=False), "<em>%s:</em> "
            )
            parts.append(f"<details><summary>{_number(len(entry.rules), 'rule')} of the shapes</summary>")
            parts.append(self.table(rows, "rules") + "</details>")
        return "\n".join([*parts, "</article>"])

    def rows(self, rows: Sequence[Row]) -> str:
        lines = [f"<dt>{escape(name)}</dt><dd>{self.pieces(pieces)}</dd>" for name, pieces in rows]
        return "\n".join(["<dl>", *lines, "</dl>"])

    def table(self, rows: Sequence[Sequence[str]], kind: str = "terms") -> str:
        head = "".join(f'<th scope="col">{cell}</th>' for cell in rows[0])
        body = ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows[1:]]
        return "\n".join(
            [
                f'<div class="wide" role="region" aria-label="{kind}" tabindex="0">',
                f'<table class="{kind}"><thead><tr>{head}</tr></thead><tbody>',
                *body,
                "</tbody></table></div>",
            ]
        )

    def pieces(self, pieces: Iterable[Piece]) -> str:
        return "".join(map(self.piece, pieces))

    def piece(self, piece: Piece) -> str:
        if isinstance(piece, _Target):
            return f'<a id="{piece}"></a>'
        if isinstance(piece, str):
            return escape(piece, quote=False)
        text = escape(piece.text, quote=False)
        name = f"<code>{text}</code>" if piece.code else text
        return f'<a href="{escape(piece.target)}">{name}</a>' if piece.target else name


def _on(rule: Rule) -> str:
    more = len(rule.on) - _MOST_TARGETS
    return ", ".join(rule.on[:_MOST_TARGETS]) + (f", and {more} more" if more > 0 else "")


def _rule_link(rule: Rule) -> Link:
    return Link(rule.name.removeprefix(PREFIXES["wcosh"]), f"../{rule.file}", code=False)
