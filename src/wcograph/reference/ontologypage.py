"""The reference page of the ontology, as Markdown and as one self-contained page of HTML.

The page is made once, as elements of HTML, and Markdown is written from these. The anchor of one of wcograph's own
terms is its local name, so the page can be served at the ontology's IRI.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from html import escape
from string import Template
from typing import TYPE_CHECKING, TypeAlias
from xml.etree.ElementTree import Element, tostring

from wcograph.layout import NAMESPACE, PREFIXES
from wcograph.layout import curie as short
from wcograph.toolbox.output import read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wcograph.reference.shaperules import Rule
    from wcograph.reference.terms import Reference, Scheme, Term

Piece: TypeAlias = str | Element
Row: TypeAlias = "tuple[str, Sequence[Piece]]"

_WCO = PREFIXES["wco"]
_NOTES = {
    "schema:rangeIncludes": "Range includes",
    "skos:broadMatch": "Narrower than",
    "skos:closeMatch": "Close to",
    "skos:example": "For example",
    "skos:scopeNote": "Scope",
}
_SECTIONS = {
    "class": "classes",
    "object property": "object properties",
    "datatype property": "datatype properties",
    "annotation property": "annotation properties",
}
_TEMPLATE = os.path.join(os.path.dirname(__file__), "ontology.html")
_MOST_SHOWN = 12  # of counted things in a row
_MOST_TARGETS = 5  # of a rule
_LINES = (
    "article",
    "dd",
    "dl",
    "div",
    "h2",
    "h3",
    "li",
    "p",
    "pre",
    "section",
    "tr",
    "ul",
)  # each ends a line
_NOTICE = "Written by `wcograph docs` from the ontology, its shapes, the data and the queries: edit those, not this page."
_ABOUT = (
    "Each term has its definition, its axioms, how often the data use it (inferred triples are not counted), an "
    "example from the data, the rules of the shapes about it, and the queries that use it."
)


def markdown(found: Reference) -> str:
    """Return the page in Markdown."""
    facts, menu, hierarchy, *sections = _page(found)
    same = "The same as one page of HTML: [ontology.html](ontology.html)."
    parts = [f"# {_said(found, 'title')}\n", f"{_text(_said(found, 'description'))}\n"]
    parts += [
        f"{_text(_ABOUT)} {same}\n",
        f"{_NOTICE}\n",
        *_blocks([facts]),
        "## Contents\n",
        *_blocks([menu]),
    ]
    parts += ['## <a id="hierarchy"></a>Class hierarchy\n', *_blocks([hierarchy, *sections])]
    return "\n".join(parts)


def html(found: Reference) -> str:
    """Return the page in HTML, with its style and without scripts."""
    return Template(read_text(_TEMPLATE)).substitute(
        html_parts(found), notice=re.sub("`([^`]*)`", r"<code>\1</code>", _NOTICE)
    )


def html_parts(found: Reference) -> dict[str, str]:
    """Return the parts of the page in HTML, by the names that they have in its template."""
    facts, menu, hierarchy, *sections = _page(found)
    elements = {"facts": [facts], "menu": [*menu], "hierarchy": [hierarchy], "sections": sections}
    texts = {"title": _said(found, "title"), "description": _said(found, "description"), "about": _ABOUT}
    return {name: escape(text) for name, text in texts.items()} | {
        name: "".join(tostring(one, "unicode", method="html") for one in some).rstrip()
        for name, some in elements.items()
    }


def anchor(iri: str) -> str:
    """Return the anchor of a term: the local name of one of wcograph's own terms, else prefix and name.

    >>> anchor("https://w3id.org/wcograph/ns#Member"), anchor("http://www.w3.org/ns/org#Post")
    ('Member', 'org-Post')
    """
    if iri.startswith(_WCO):
        return iri[len(_WCO) :]
    return re.sub(r"[^A-Za-z0-9_-]+", "-", short(iri).strip("<>"))


# What the page says


def _page(found: Reference) -> list[Element]:
    """Return the facts about the ontology, the menu, the class hierarchy, and the sections."""
    known = {term.iri for term in (*found.terms, *found.borrowed)}
    known |= {scheme.iri for scheme in found.schemes}
    sections, menu = [], []
    for kind, title in _SECTIONS.items():
        if terms := [term for term in found.terms if term.kind == kind]:
            name, title = title.replace(" ", "-"), title.capitalize()
            sections.append(_section(name, title, *(_entry(term, known) for term in terms)))
            links = (_menu_item(term.iri.removeprefix(_WCO), anchor(term.iri)) for term in terms)
            menu.append(_menu_item(title, name, _e("ul", *links)))
    intro = "The concepts that properties take as values, by vocabulary (skos:ConceptScheme)."
    sections.append(_section("vocabularies", "Vocabularies", _e("p", intro)))
    sections += [_vocabulary(scheme, known) for scheme in found.schemes]
    intro = "Terms of other vocabularies that the data or the ontology use, with the axioms that wcograph relies on."
    sections.append(_section("borrowed", "Borrowed terms", _e("p", intro), _borrowed(found.borrowed, known)))
    rows = [[[_e("code", f"{prefix}:")], [_e("code", iri)]] for prefix, iri in sorted(PREFIXES.items())]
    sections.append(_section("prefixes", "Prefixes", _table(["prefix", "namespace"], rows)))
    for section in sections[len(menu) :]:
        item = _menu_item(section[0].text or "", section[0].get("id", ""))
        if section[0].tag == "h3":
            item.set("class", "below")
        menu.append(item)
    return [_rows(_facts(found)), _e("ul", *menu), _hierarchy(found), *sections]


def _facts(found: Reference) -> Iterator[Row]:
    yield "IRI", [_link(f"{NAMESPACE}ns", set(), f"{NAMESPACE}ns")]
    for name, iri in (
        ("Version", PREFIXES["owl"] + "versionInfo"),
        ("Version IRI", PREFIXES["owl"] + "versionIRI"),
        ("Licence", PREFIXES["dcterms"] + "license"),
        ("Preferred prefix", PREFIXES["vann"] + "preferredNamespacePrefix"),
    ):
        if value := found.ontology.get(iri, ""):
            yield name, [_link(value, set(), value) if value.startswith("http") else value]
    kinds = Counter(term.kind for term in found.terms)
    counts = [f"{kinds[kind]} {title}" for kind, title in _SECTIONS.items() if kinds[kind]]
    concepts = sum(len(scheme.concepts) for scheme in found.schemes)
    counts.append(f"{concepts} concepts in {len(found.schemes)} vocabularies")
    yield "Holds", [f"{', '.join(counts)}, and {len(found.borrowed)} borrowed terms"]


def _said(found: Reference, name: str) -> str:
    return found.ontology.get(PREFIXES["dcterms"] + name, "")


def _hierarchy(found: Reference) -> Element:
    """Return the classes as a tree; it begins with those that have no superclass, and ends with wcograph's own."""
    classes = {term.iri: term for term in (*found.terms, *found.borrowed) if term.kind == "class"}
    ours = {term.iri for term in found.terms}

    def tree(iris: Iterable[str]) -> Iterator[Element]:
        for iri in iris:
            below = list(tree(child for child in classes[iri].children if child in classes))
            if below or iri in ours:
                yield _e("li", _link(iri, classes), *([_e("ul", *below)] if below else []))

    top = [iri for iri, term in classes.items() if not any(parent in classes for parent in term.parents)]
    return _e("ul", *tree(sorted(top, key=lambda iri: short(iri).lower())))


def _entry(term: Term, known: set[str]) -> Element:
    is_class = term.kind == "class"
    other: dict[str, list[str]] = {}
    for predicate, value in term.other:
        other.setdefault(_NOTES.get(short(predicate), short(predicate)), []).append(value)
    rows: list[Row] = [
        ("IRI", [_link(term.iri, set(), term.iri)]),
        ("Subclass of" if is_class else "Subproperty of", _links(term.parents, known)),
        ("Has subclasses" if is_class else "Has subproperties", _links(term.children, known)),
        ("Disjoint with", _links(term.disjoint, known)),
        ("Characteristics", [", ".join(term.characteristics)] if term.characteristics else []),
        ("Domain", _links(term.domain, known)),
        ("Range", _links(term.range, known)),
        ("Domain of", _links(term.domain_of, known)),
        ("Range of", _links(term.range_of, known)),
        *((name, [" ".join(values)]) for name, values in other.items()),
        ("In the data", [_use(term)]),
        ("With" if is_class else "On", _counted(term.beside, known)),
        ("Values", _counted(term.values, known)),
    ]
    for kind, names in term.queries.items():
        shown = (_e("code", name) for name in names)
        if kind == "queries":
            shown = (_e("a", _e("code", name), href=f"queries.md#{name}") for name in names)
        rows.append((kind[0].upper() + kind[1:], _joined(shown)))
    name = anchor(term.iri)
    parts = [_e("h3", f"{term.label} ", _e("a", short(term.iri), kind="here", href=f"#{name}"))]
    parts += [_e("p", term.definition)] if term.definition else []
    parts += [_rows(rows)]
    parts += [_e("pre", _e("code", term.example), tabindex="0")] if term.example else []
    if term.rules:
        summary = _e("summary", f"{_number(len(term.rules), 'rule')} of the shapes")
        parts.append(_e("details", summary, _rules(term.rules)))
    return _e("article", *parts, id=name)


def _use(term: Term) -> str:
    if term.kind != "class":
        claims = f", and {term.claimed:,} claims of a value" if term.claimed else ""
        return f"{_number(term.used, 'triple')}{claims}"
    below = f"; {term.used_below:,} with those of its subclasses" if term.used_below > term.used else ""
    return f"{_number(term.used, 'individual')}{below}"


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}" if count else "not used yet"


def _rules(rules: Iterable[Rule]) -> Element:
    rows: list[list[Sequence[Piece]]] = []
    for rule in rules:
        more = len(rule.on) - _MOST_TARGETS
        on = ", ".join(rule.on[:_MOST_TARGETS]) + (f", and {more} more" if more > 0 else "")
        name = _e("a", rule.name.removeprefix(PREFIXES["wcosh"]), href=f"../{rule.file}")
        path = (_e("code", rule.path), " ") if rule.path else ()
        severity = () if rule.severity == "Violation" else (_e("em", f"{rule.severity}:"), " ")
        rows.append([[name], [on], [*path, rule.asks], [*severity, rule.message]])
    return _table(["rule", "on", "asks", "message"], rows, "rules")


def _vocabulary(scheme: Scheme, known: set[str]) -> Element:
    rows: list[list[Sequence[Piece]]] = [
        [[_e("code", short(iri))], [label], [definition], [f"{used:,}"]]
        for iri, label, definition, used in scheme.concepts
    ]
    intro: list[Piece] = [_link(scheme.iri, set()), f". {scheme.description}"]
    intro += [" Values of ", *_links(scheme.used_by, known), "."] if scheme.used_by else []
    table = _table(["concept", "label", "definition", "used"], rows)
    return _section(anchor(scheme.iri), scheme.label, _e("p", *intro), table, level="h3")


def _borrowed(terms: Sequence[Term], known: set[str]) -> Element:
    rows: list[list[Sequence[Piece]]] = []
    for term in terms:
        axioms = [
            [words, *_links(iris, known)]
            for words, iris in (("below ", term.parents), ("disjoint with ", term.disjoint))
            if iris
        ]
        axioms += [[", ".join(term.characteristics)]] if term.characteristics else []
        files = sorted({rule.file for rule in term.rules})
        rows.append(
            [
                [_e("a", id=anchor(term.iri)), _link(term.iri, set())],
                [term.kind],
                [piece for one in axioms for piece in ("; ", *one)][1:],
                [f"{term.used_below if term.kind == 'class' else term.used:,}"],
                _joined(_e("a", os.path.basename(file), href=f"../{file}") for file in files),
            ]
        )
    return _table(["term", "kind", "axioms", "used", "rules"], rows)


# Elements


def _e(tag: str, *content: Piece, kind: str = "", **attributes: str) -> Element:
    """Return an element; ``kind`` is its class."""
    made = Element(tag, {"class": kind, **attributes} if kind else attributes)
    made.tail = "\n" if tag in _LINES else None
    for piece in content:
        if isinstance(piece, Element):
            made.append(piece)
        elif len(made):
            made[-1].tail = (made[-1].tail or "") + piece
        else:
            made.text = (made.text or "") + piece
    return made


def _menu_item(title: str, name: str, *below: Element) -> Element:
    return _e("li", _e("a", title, href=f"#{name}"), *below)


def _section(name: str, title: str, *parts: Element, level: str = "h2") -> Element:
    return _e("section", _e(level, title, id=name), *parts)


def _rows(rows: Iterable[Row]) -> Element:
    return _e("dl", *(one for name, value in rows if value for one in (_e("dt", name), _e("dd", *value))))


def _table(head: Iterable[str], rows: Iterable[Iterable[Iterable[Piece]]], kind: str = "terms") -> Element:
    first = _e("thead", _e("tr", *(_e("th", name, scope="col") for name in head)))
    body = _e("tbody", *(_e("tr", *(_e("td", *cell) for cell in row)) for row in rows))
    return _e(
        "div",
        _e("table", first, body, kind=kind),
        kind="wide",
        role="region",
        tabindex="0",
        **{"aria-label": kind},
    )


def _link(iri: str, known: Iterable[str], name: str = "") -> Element:
    """Return a link to a term of the page, if it is ``known``, or to its IRI."""
    return _e("a", _e("code", name or short(iri)), href="#" + anchor(iri) if iri in known else iri)


def _joined(pieces: Iterable[Piece]) -> list[Piece]:
    return [part for piece in pieces for part in (", ", piece)][1:]


def _links(iris: Iterable[str], known: set[str]) -> list[Piece]:
    return _joined(_link(iri, known) for iri in iris)


def _counted(counts: Sequence[tuple[str, int]], known: set[str]) -> list[Piece]:
    """Return the counts, highest first."""
    shown: list[Piece] = []
    for name, count in counts[:_MOST_SHOWN]:
        shown += [", ", _link(name, known) if ":" in name else name, f" {count:,}"]
    more = len(counts) - _MOST_SHOWN
    return shown[1:] + ([f", and {more} more"] if more > 0 else [])


# Markdown


def _blocks(elements: Iterable[Element]) -> Iterator[str]:
    """Yield elements as blocks of GitHub's Markdown."""
    for element in elements:
        match element.tag:
            case "h2" | "h3":
                yield f'{"#" * int(element.tag[1])} <a id="{element.get("id")}"></a>{_inline(element)}\n'
            case "article":
                name, (label, *rest) = element.get("id"), element
                yield f'### <a id="{name}"></a>`{label[0].text}` {_text(label.text or "").strip()}\n'
                yield from _blocks(rest)
            case "p":
                yield f"{_inline(element)}\n"
            case "dl":
                cells = [_inline(one) for one in element]
                yield _lines([["", ""], *([a, b] for a, b in zip(cells[::2], cells[1::2], strict=True))])
            case "table":
                yield _lines([[_inline(cell) for cell in row] for row in element.iter("tr")])
            case "ul":
                yield "\n".join(_items(element)) + "\n"
            case "pre":
                yield f"```turtle\n{element[0].text}\n```\n"
            case "section" | "div" | "details":
                yield from _blocks(element)


def _lines(cells: Sequence[Sequence[str]]) -> str:
    head, *body = (f"| {' | '.join(row)} |" for row in cells)
    return "\n".join([head, "|" + " --- |" * len(cells[0]), *body]) + "\n"


def _items(items: Element, indent: str = "") -> Iterator[str]:
    for item in items:
        yield f"{indent}{'  ' * (item.get('class') == 'below')}- {_inline(item[0])}"
        for below in item[1:]:
            yield from _items(below, indent + "  ")


def _inline(element: Element) -> str:
    """Return the text in an element, or the link or code that it is."""
    if element.tag == "code":  # a bar ends the cell of a table even in code; only a backslash keeps it
        return f"`{element.text}`".replace("|", "\\|")
    inside = _text(element.text or "") + "".join(
        _inline(one) + _text((one.tail or "").rstrip("\n")) for one in element
    )
    if element.tag != "a":
        return inside
    return (
        f"[{inside}]({element.get('href')})" if element.get("href") else f'<a id="{element.get("id")}"></a>'
    )


def _text(text: str) -> str:
    return re.sub(r"([\\`*_<>\[\]|{}$~])", r"\\\1", re.sub(r"\s+", " ", text))
