"""A description of the dataset in DCAT 3, VoID and PROF, made from the dataset.

It is made on request (`wcograph export --describe`) and not stored with the data, so it is never out of
date and the graph does not describe its own description. Versions, titles and licences come from the
ontology; counts from the graph as `wcograph export` writes it, each triple once.

- `DCAT 3 <https://www.w3.org/TR/vocab-dcat-3/>`_: the dataset, its version, and its distributions.
- `VoID <https://www.w3.org/TR/void/>`_: triples, entities, subsets by named graph, a partition for each class and
  property.
- `PROF <https://www.w3.org/TR/dx-prof/>`_: the profile, with ontology, shapes, examples and documentation.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from wcograph import layout
from wcograph.derive import of_roles
from wcograph.toolbox.rdf.content import Content
from wcograph.toolbox.rdf.syntaxes import COMPRESSED, SYNTAXES, named
from wcograph.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pyoxigraph import Quad

DATASET = layout.NAMESPACE + "dataset"
PROFILE = layout.NAMESPACE + "profile"
ONTOLOGY = layout.NAMESPACE + "ns"

PREFIXES = {
    **layout.PREFIXES,
    "dcat": "http://www.w3.org/ns/dcat#",
    "prof": "http://www.w3.org/ns/dx/prof/",
    "role": "http://www.w3.org/ns/dx/prof/role/",
    "spdx": "http://spdx.org/rdf/terms#",
    "void": "http://rdfs.org/ns/void#",
}
_TYPE = layout.PREFIXES["rdf"] + "type"
_LANGUAGES = {
    "en": "ENG",
    "fr": "FRA",
    "es": "SPA",
    "ar": "ARA",
    "ru": "RUS",
    "pt": "POR",
    "tr": "TUR",
    "de": "DEU",
}
_MEDIA = "https://www.iana.org/assignments/media-types/"
_W3C_FORMATS = {
    "turtle": "Turtle",
    "trig": "TriG",
    "nt": "N-Triples",
    "nq": "N-Quads",
    "rdfxml": "RDF_XML",
    "jsonld": "JSON-LD",
    "n3": "N3",
}


def description(folder: str, files: Sequence[dict[str, Any]] = ()) -> Content:
    """Describe the graph at ``folder``.

    ``files`` are the entries of a manifest (see `wcograph.exports.manifest.entry`): the actual distributions,
    with size and checksum. Without them, one distribution is described for each syntax, without size and checksum.
    """
    quads = list(of_roles(folder))
    ontology = {quad.predicate.value: quad.object for quad in quads if quad.subject == NamedNode(ONTOLOGY)}
    version = ontology.get(layout.PREFIXES["owl"] + "versionInfo", "")
    licence = ontology.get(layout.PREFIXES["dcterms"] + "license", "")
    text = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())
    text += _about(ONTOLOGY, {"a": "owl:Ontology", "owl:versionInfo": version})
    text += _dataset(quads, licence) + _statistics(quads) + _distributions(files, licence) + _profile(folder)
    return Content(list(parse(text.encode(), RdfFormat.TURTLE)), PREFIXES)


def _about(iri: str, said: Mapping[str, object]) -> str:
    """Return Turtle about a node: for each property a value or a list of values, as Turtle writes them."""
    values = {
        name: value if isinstance(value, list) else [value] for name, value in said.items() if value != ""
    }
    written = (f"{name} {', '.join(map(str, some))}" for name, some in values.items() if some)
    return f"<{iri}> {' ; '.join(written)} .\n"


def _dataset(quads: Sequence[Quad], licence: object) -> str:
    about = (
        "The World Customs Organization as a knowledge graph: its Members, bodies, regions, offices, people, "
        "conventions and instruments, each fact with its source."
    )
    literals = (quad.object for quad in quads if isinstance(quad.object, Literal))
    tags = {literal.language.partition("-")[0] for literal in literals if literal.language}
    languages = "http://publications.europa.eu/resource/authority/language/"
    used = {quad.predicate.value for quad in quads}
    examples: dict[
        str, str
    ] = {}  # the first individual, by IRI, of each of wcograph's own classes that has one
    for subject, kind in _typed(quads):
        used.add(kind)
        if kind.startswith(layout.PREFIXES["wco"]) and isinstance(subject, NamedNode):
            examples[kind] = min(examples.get(kind, subject.value), subject.value)
    said = {
        "a": ["dcat:Dataset", "void:Dataset"],
        "dcterms:title": '"World Customs Organization knowledge graph"@en',
        "dcterms:description": f'"{about}"@en',
        "dcat:version": Literal(__version__),
        "dcterms:license": licence,
        "dcterms:conformsTo": [f"<{ONTOLOGY}>", f"<{PROFILE}>"],
        "dcterms:language": [f"<{languages}{_LANGUAGES[tag]}>" for tag in tags if tag in _LANGUAGES],
        "void:uriSpace": Literal(layout.NAMESPACE),
        "void:uriRegexPattern": Literal("^" + layout.NAMESPACE.replace(".", "\\.")),
        "void:vocabulary": [
            f"<{iri}>" for iri in layout.PREFIXES.values() if any(one.startswith(iri) for one in used)
        ],
        "void:exampleResource": [f"<{iri}>" for iri in examples.values()],
    }
    return _about(DATASET, said)


def _typed(quads: Iterable[Any]) -> Iterable[tuple[Any, str]]:
    return ((one.subject, one.object.value) for one in quads if one.predicate.value == _TYPE)


def _statistics(quads: Sequence[Quad]) -> str:
    """Count, as VoID defines it (sections 4.5 and 4.6), the union of the graphs and each graph."""
    triples: set[Any] = {quad.triple for quad in quads}
    subjects = {triple.subject for triple in triples}
    classes, properties = defaultdict(set), defaultdict(list)
    for triple in triples:
        properties[triple.predicate.value].append(triple)
    for subject, kind in _typed(triples):
        classes[kind].add(subject)
    graphs = Counter(f"<{quad.graph_name.value}>" for quad in quads)  # type: ignore[union-attr]
    parts = {_part("class", kind): (kind, members) for kind, members in classes.items()}
    uses = {_part("property", name): (name, found) for name, found in properties.items()}
    said = {
        "void:triples": len(triples),
        "void:distinctSubjects": len(subjects),
        "void:distinctObjects": len({triple.object for triple in triples}),
        "void:properties": len(properties),
        "void:classes": len(classes),
        "void:entities": sum(str(subject).startswith(f"<{layout.NAMESPACE}") for subject in subjects),
        "void:classPartition": [f"<{part}>" for part in parts],
        "void:propertyPartition": [f"<{part}>" for part in uses],
        "void:subset": list(graphs),
    }
    text = [_about(DATASET, said)]
    for part, (kind, members) in parts.items():
        text.append(
            _about(part, {"a": "void:Dataset", "void:class": f"<{kind}>", "void:entities": len(members)})
        )
    for part, (name, found) in uses.items():
        count = {
            "a": "void:Dataset",
            "void:property": f"<{name}>",
            "void:triples": len(found),
            "void:distinctSubjects": len({triple.subject for triple in found}),
            "void:distinctObjects": len({triple.object for triple in found}),
        }
        text.append(_about(part, count))
    text += [f"{graph} a void:Dataset ; void:triples {count} .\n" for graph, count in graphs.items()]
    return "".join(text)


def _part(kind: str, iri: str) -> str:
    """Return an IRI for a partition, made from the prefix and local name of what it counts."""
    for prefix, namespace in sorted(layout.PREFIXES.items(), key=lambda pair: -len(pair[1])):
        if iri.startswith(namespace):
            return f"{DATASET}/{kind}/{prefix}-{iri[len(namespace) :].replace('/', '-').replace('#', '-')}"
    return f"{DATASET}/{kind}/{quote(iri, safe='')}"


def _distributions(files: Sequence[dict[str, Any]], licence: object) -> str:
    files = files or [
        {"path": f"wcograph.{syntax.endings[0]}", "format": syntax.name}
        for syntax in SYNTAXES
        if syntax.version == "1.1"
    ]
    text = []
    for file in files:
        syntax = named(file["format"])
        name = os.path.basename(file["path"])
        node = f"{layout.NAMESPACE}download/{quote(os.fsencode(name))}"
        said = {"dcat:distribution": f"<{node}>", "void:dataDump": f"<{node}>"}
        if syntax.name in _W3C_FORMATS:
            said["void:feature"] = f"<http://www.w3.org/ns/formats/{_W3C_FORMATS[syntax.name]}>"
        checksum = f"<{node}#sha256>" if "sha256" in file else ""
        packed = f"<{_MEDIA}application/gzip>" if name.lower().endswith(COMPRESSED) else ""
        about = {
            "a": "dcat:Distribution",
            "dcterms:license": licence,
            "dcterms:title": Literal(name.encode("utf-8", "backslashreplace").decode()),
            "dcat:downloadURL": f"<{node}>",
            "dcat:mediaType": f"<{_MEDIA}{syntax.media_type.partition(';')[0]}>",
            "dcat:compressFormat": packed,
            "dcat:byteSize": f'"{file["bytes"]}"^^xsd:nonNegativeInteger' if "bytes" in file else "",
            "spdx:checksum": checksum,
        }
        text += [_about(DATASET, said), _about(node, about)]
        if checksum:
            value = f'"{file["sha256"]}"^^xsd:hexBinary'
            kind = "a spdx:Checksum ; spdx:algorithm spdx:checksumAlgorithm_sha256"
            text.append(f"{checksum} {kind} ; spdx:checksumValue {value} .\n")
    return "".join(text)


def _profile(folder: str) -> str:
    """Describe the resources that a user of the profile needs, each with its role (PROF, section 8)."""
    turtle, json = named("turtle").media_type, named("jsonld").media_type
    text = (
        f'<{PROFILE}> a prof:Profile ; dcterms:title "wcograph profile"@en ; prof:hasToken "wcograph"^^xsd:token ; '
        "prof:isProfileOf <http://www.w3.org/ns/org>, <http://www.w3.org/ns/prov>, "
        "<http://www.w3.org/2004/02/skos/core> .\n"
    )
    for name, role, title, path, media, standard in (
        ("ontology", "vocabulary", "Ontology", "ontology/wco.ttl", turtle, "http://www.w3.org/TR/owl2-overview/"),
        ("shapes", "validation", "SHACL shapes", "ontology/shapes", turtle, "https://www.w3.org/TR/shacl/"),
        ("examples", "example", "Examples that conform, and examples that do not", "tests/shapes", turtle, ""),
        ("context", "mapping", "JSON-LD context", "ontology/context.jsonld", json, "https://www.w3.org/TR/json-ld11/"),
        ("documentation", "guidance", "Reference of the ontology", "docs/ontology.html", "text/html", ""),
    ):  # fmt: skip
        if path.startswith("ontology/") and not os.path.exists(os.path.join(folder, path)):
            continue
        artifact = ONTOLOGY if name == "ontology" else layout.NAMESPACE + path
        said = {
            "a": "prof:ResourceDescriptor",
            "dcterms:title": f'"{title}"@en',
            "prof:hasRole": f"role:{role}",
            "prof:hasArtifact": f"<{artifact}>",
            "dcterms:format": f"<{_MEDIA}{media}>",
            "dcterms:conformsTo": f"<{standard}>" if standard else "",
        }
        text += f"<{PROFILE}> prof:hasResource <{PROFILE}/{name}> .\n" + _about(f"{PROFILE}/{name}", said)
    return text
