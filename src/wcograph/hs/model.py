"""The tables as XKOS: editions with levels and classes, and the correspondences between editions."""

from __future__ import annotations

from collections import Counter, defaultdict

from wcograph.hs.tables import SECTIONS
from wcograph.layout import PREFIXES
from wcograph.toolbox.sparql.parameters import fold

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from wcograph.hs.tables import Tables

HEAD = "".join(
    f"@prefix {prefix}: <{PREFIXES[prefix]}> .\n"
    for prefix in (
        *("dcterms", "pav", "prov", "rdf", "skos"),
        *("wco", "wcob", "wcohs", "wcoid", "wcov", "xkos", "xsd"),
    )
)
"""The prefixes that the statements use."""

LEVELS = {1: "Sections", 2: "Chapters", 4: "Headings", 6: "Subheadings"}
KINDS = ("1:1", "split", "merge", "many to many")
"""The kinds of a pair: whether its source has several targets, and its target several sources."""

NATIONAL = "99"
"""The chapter that the Harmonized System leaves to its users; UN Comtrade has codes in it."""

_LEGACY = "NON-WCO CODE"  # how UN Comtrade marks codes of other chapters that are its own

_KINDS = dict(zip(KINDS, ("one-to-one", "split", "merge", "many-to-many"), strict=True))


def kinds(pairs: Collection[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return the kind of each pair of codes (source, target), computed from all the pairs of both codes.

    >>> kinds([("01", "01"), ("02", "02"), ("02", "03"), ("04", "03")])[("02", "03")]
    'many to many'
    """
    targets, sources = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    return {(a, b): KINDS[(targets[a] > 1) + 2 * (sources[b] > 1)] for a, b in pairs}


def is_added(code: str, text: str) -> bool:
    """Return whether a code of a table is not of the Harmonized System: UN Comtrade adds it.

    >>> is_added("999999", "Commodities"), is_added("271011", "Spirit **LEGACY NON-WCO CODE**"), is_added("01", "")
    (True, True, False)
    """
    return code.startswith(NATIONAL) or _LEGACY in text


def statements(
    tables: Tables, titles: Mapping[str, str], sections: Mapping[str, str]
) -> Iterator[tuple[str, int]]:
    """Yield the statements about each node in Turtle, and their number.

    ``titles`` has a title for each section, and ``sections`` the numeral of the section of each chapter, as the graph
    has them: for what is not in the tables.
    """
    sources = {
        origin: f"wcohs:tables-{n}" for n, origin in enumerate(dict.fromkeys(tables.origins.values()), 1)
    }
    for origin, source in sources.items():
        names, day = origin.rsplit(" ", 1)
        yield _about(
            source,
            "a prov:Entity",
            f"dcterms:title {_quoted(names)}@en",
            f'pav:retrievedOn "{day}"^^xsd:date',
            'wco:unknownReason "The user imported these tables."@en',
        )
    for before, year in zip(["", *tables.years], tables.years, strict=False):
        origin = next(origin for years, origin in tables.origins.items() if year in years)
        yield from _edition(tables, year, before, sources[tables.origins.get(year, origin)])
        yield from _classes(tables, year, titles, sections)
    for between, pairs in sorted(tables.pairs.items()):
        yield from _correspondence(between, pairs, sources[tables.origins[between]])


def _about(subject: str, *statements: str) -> tuple[str, int]:
    return f"{subject} {' ; '.join(statements)} .\n", len(statements)


def _edition(tables: Tables, year: str, before: str, source: str) -> Iterator[tuple[str, int]]:
    """Yield the statements about an edition and its levels; ``before`` is the year of the edition before it."""
    scheme = f"wcohs:{year}"
    lengths = {len(code) for code in tables.codes(year)}
    depths = [1] * (2 in lengths) + sorted(lengths)
    yield _about(
        scheme,
        "a skos:ConceptScheme",
        f'skos:prefLabel "Harmonized System, {year} edition, as imported"@en',
        f'wco:editionYear "{year}"^^xsd:gYear',
        f"dcterms:isFormatOf wcoid:instrument-hs-{year}",
        f"xkos:numberOfLevels {len(depths)}",
        f"xkos:levels {scheme}-levels-{depths[0]}",
        *([f"xkos:follows wcohs:{before}"] if before else []),
        f"dcterms:source {source}",
    )
    for number, (depth, after) in enumerate(zip(depths, [*depths[1:], 0], strict=True), 1):
        rest = f"{scheme}-levels-{after}" if after else "rdf:nil"
        yield _about(f"{scheme}-levels-{depth}", f"rdf:first {scheme}-level-{depth}", f"rdf:rest {rest}")
        yield _about(
            f"{scheme}-level-{depth}",
            "a xkos:ClassificationLevel",
            f'skos:prefLabel "{LEVELS[depth]} of the Harmonized System {year}, as imported"@en',
            f"xkos:depth {number}",
            f"dcterms:source {source}",
        )


def _classes(
    tables: Tables, year: str, titles: Mapping[str, str], sections: Mapping[str, str]
) -> Iterator[tuple[str, int]]:
    scheme, chapters = f"wcohs:{year}", {**sections, **tables.chapters.get(year, {})}
    match = "exactMatch" if year == "2022" else "closeMatch"
    codes = tables.codes(year)
    # of the classes of each heading, and of those above headings
    labels: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for numeral in dict.fromkeys(chapters[code] for code in codes if code in chapters):
        node, text = f"{scheme}-section-{numeral}", tables.sections.get(numeral) or titles[numeral]
        labels[""].append((node, fold(f"{numeral} {text}")))
        same = f"wcoid:hs-2022-section-{SECTIONS.index(numeral) + 1:02}"
        yield _about(node, *_class(scheme, numeral, text), f"skos:{match} {same}")
        yield _about(f"{scheme}-level-1", f"skos:member {node}")
    for code, text in codes.items():
        labels[code[:4] if len(code) > 2 else ""].append((f"{scheme}-{code}", fold(f"{code} {text}")))
        about = _class(scheme, code, text)
        if code in chapters:
            about.append(f"skos:broader {scheme}-section-{chapters[code]}")
        elif code[:-2] in codes:
            about.append(f"skos:broader {scheme}-{code[:-2]}")
        if code in sections:
            about.append(f"skos:{match} wcoid:hs-2022-chapter-{code}")
        if is_added(code, text):
            about.append('skos:note "Not a code of the Harmonized System: UN Comtrade adds it."@en')
        else:
            yield _about(f"{scheme}-level-{len(code)}", f"skos:member {scheme}-{code}")
        yield _about(f"{scheme}-{code}", *about)
    for heading, found in labels.items():
        group = f"{scheme}-group-{heading}"
        yield _about(scheme, f"dcterms:hasPart {group}")
        together = _quoted("".join(f" {label}" for _, label in found))
        parts = (f"dcterms:hasPart {node}" for node, _ in found)
        yield _about(group, f"wcob:foldedLabels {together}", *parts)


def _class(scheme: str, code: str, text: str) -> list[str]:
    """Return statements about a class; one whose text is not in the tables has its code as label."""
    return [
        "a skos:Concept",
        f'skos:notation "{code}"',
        f"skos:inScheme {scheme}",
        f"skos:prefLabel {_quoted(text or code)}@en",
        f"wcob:foldedLabel {_quoted(fold(f'{code} {text}'))}",
    ]


def _correspondence(
    between: str, pairs: Mapping[tuple[str, str], bool], source: str
) -> Iterator[tuple[str, int]]:
    older, newer = between.split("-")
    correspondence = f"wcohs:{older}-to-{newer}"  # heading 2007 of 1996 is wcohs:1996-2007
    yield _about(
        correspondence,
        "a xkos:Correspondence",
        f'skos:prefLabel "Correlation of the Harmonized System {older} and {newer}, as imported"@en',
        f"xkos:compares wcohs:{older}",
        f"xkos:compares wcohs:{newer}",
        f"dcterms:source {source}",
    )
    for (old, new), kind in kinds(pairs).items():
        ex = pairs[old, new]
        node = f"wcohs:{older}-{old}-{newer}-{new}"
        yield (
            f"{correspondence} xkos:madeOf {node} .\n{node} a xkos:ConceptAssociation ; "
            f"xkos:sourceConcept wcohs:{older}-{old} ; xkos:targetConcept wcohs:{newer}-{new} ; "
            f"wco:correlationKind wcov:{_KINDS[kind]}{' ; wco:partial true' if ex else ''} .\n",
            5 + ex,
        )


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c >= " " else f"\\u{ord(c):04x}" for c in escaped) + '"'
