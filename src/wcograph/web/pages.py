"""The pages for people: a path and its parameters → HTML. It knows no server."""

from __future__ import annotations

import json
import os
import re
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from html import escape, unescape
from itertools import islice
from threading import Lock
from urllib.parse import urlencode

import pyoxigraph as ox

from wcograph.layout import NAMESPACE, PREFIXES
from wcograph.remarks import known_up_to
from wcograph.toolbox.arguments import extra
from wcograph.toolbox.errors import InputError, LimitError, UsageError, WcographError
from wcograph.toolbox.processes import run
from wcograph.toolbox.sparql.asking import ask
from wcograph.toolbox.sparql.naming import compact
from wcograph.version import __version__
from wcograph.web import questionpage
from wcograph.web.entitypage import PAGE, Describer
from wcograph.web.links import LANGUAGES, Links, file_of, is_external, path_of
from wcograph.web.things import Things, safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from jinja2 import Environment

    from wcograph.graph import KnowledgeGraph
    from wcograph.toolbox.rules.proof import Proof
    from wcograph.toolbox.sparql.results import Answer
    from wcograph.toolbox.sparql.stored import Parameter, StoredQuery
    from wcograph.why import Explanation

STATIC = os.path.join(os.path.dirname(__file__), "static")
"""The folder of the files that pages need: style, script and icon."""

DATA = {"text/turtle": "ttl", "application/ld+json": "jsonld", "application/n-triples": "nt"}
"""The media types of the RDF beside the page of a thing, with their file extensions."""

_TEMPLATES = os.path.join(os.path.dirname(__file__), "templates")
_LONGEST_QUESTION = 500  # characters in the ask box
_MOST_TYPED = 200_000  # triples that are counted for the front page
_MOST_STEPS = 300  # of a proof
_REFERENCE_SECONDS = 120.0
_REFERENCE = """
import json
given = json.load(sys.stdin)
sys.path[:] = given["path"]
from wcograph.reference.ontologypage import html_parts
from wcograph.reference.terms import reference
json.dump(html_parts(reference(given["folder"])), sys.stdout)
"""
_TYPE = ox.NamedNode(PREFIXES["rdf"] + "type")
_PARTS = "SELECT DISTINCT ?s { ?s ?p ?o FILTER(isIRI(?s) && STRSTARTS(STR(?s), %s)) }"
_EXAMPLES = (
    "Which countries joined in the 1990s?",
    "parties to the ATA Convention in Africa",
    "Quelle était la devise de 2016 ?",
)
_RULES = {
    "cax-sco": "its class is a subclass of that class",
    "cls-hv1": "every thing of its class has this value",
    "eq-rep-s": "it is the same as another thing",
    "prp-dom": "the property is only for things of this class",
    "prp-inv1": "the properties are inverse",
    "prp-inv2": "the properties are inverse",
    "prp-rng": "the values of the property are of this class",
    "prp-spo1": "one property is a subproperty of the other",
    "prp-spo2": "it follows from a chain of properties",
    "prp-symp": "the property is symmetric",
    "prp-trp": "the property is transitive",
    "scm-sco": "subclasses of subclasses are subclasses",
}


@dataclass(frozen=True)
class Page:
    """A page: its HTTP status, its HTML, and links to the same in other media types.

    ``wanted`` has the pages that a static page links to, by their file.
    """

    status: int
    html: str
    alternates: dict[str, str] = field(default_factory=dict)
    wanted: dict[str, tuple[str, dict[str, list[str]], str]] = field(default_factory=dict)


class Pages:
    """The pages of a graph. With ``static``, links lead to files, and what needs a server is left out.

    ``origin`` is the address of the server, for the calls that pages show.
    """

    def __init__(
        self, kg: KnowledgeGraph, *, static: bool = False, origin: str = "http://127.0.0.1:8000"
    ) -> None:
        """Keep the graph. Raises UsageError if Jinja2 is missing."""
        self.kg, self.static, self.origin = kg, static, origin
        self.things = Things(kg)
        self._imported: dict[str, Things] = {}
        self._choices = questionpage.Choices(kg, self.things)
        self._parts: dict[str, list[str]] = {}
        self._sizes: dict[ox.NamedNode, int] = {}
        self._proving = Lock()
        self._referring = Lock()
        self._templates = _environment()

    # --------------------------------------------------------------------------- which page

    def page(self, path: str, params: Mapping[str, Sequence[str]], lang: str = "en") -> Page | None:
        """Return the page at a path, with its parameters; None if there is none.

        ``lang`` is the language of the data, unless the parameter ``lang`` names one.

        >>> import wcograph
        >>> pages = Pages(wcograph.load())
        >>> page = pages.page("/id/polity-TUR", {}, "fr")
        >>> page.status, ">Türkiye</h1>" in page.html, pages.page("/id/nothing", {})
        (200, True, None)
        """
        path = path.encode("utf-8", "replace").decode()  # what is not text is not a name of anything
        asked = {
            name: [value.encode("utf-8", "replace").decode() for value in values if value.strip()]
            for name, values in params.items()
        }
        lang = next((one for one in asked.pop("lang", ()) if one in LANGUAGES), lang)
        lang = lang if lang in LANGUAGES else "en"
        asked = {name: values for name, values in asked.items() if values}
        links = Links(path, lang, static=self.static, params=asked)
        if path == "/":
            return self._front(links)
        if path in ("/query", "/query/"):
            return self._questions(links, asked)
        if path.startswith("/query/") and (
            page := self._question(links, path.removeprefix("/query/"), asked)
        ):
            return page
        if path == "/ns" and not self.kg.only_data:
            return self._ontology(links)
        if path == "/thing":
            return self._thing(links, asked.get("iri", [""])[0], asked)
        if not self.static:
            if path == "/ask":
                return self._ask(links, " ".join(asked.get("q", ())))
            if path == "/why":
                return self._why(links, asked)
            if path == "/sparql":
                return self._asked(asked, lang)
        return self._thing(links, NAMESPACE + path[1:], asked)

    def error(self, status: int, title: str, detail: str) -> Page:
        """Return the page for an error."""
        return self._made("error.html", Links("/"), status=status, title=title, detail=detail)

    def sparql(
        self, query: str, answer: Answer | None = None, error: Exception | str | None = None, lang: str = "en"
    ) -> Page:
        """Return the page with the SPARQL editor, and the ``answer`` to the query or the ``error`` in it."""
        links = Links(
            "/sparql", lang if lang in LANGUAGES else "en", params={"query": [query]} if query else {}
        )
        shown = None
        if answer is not None:
            shown = questionpage.Shower(self.things, links, self.kg).shown(answer)
            shown.picture = ""
        examples = [(q.title, q.name) for q in self.queries if not q.needs]
        return self._made(
            "sparql.html",
            links,
            status=_status(error) if error else 200,
            title="SPARQL",
            query=query,
            answer=shown,
            error=str(error) if error else "",
            line=getattr(error, "line", None),
            column=getattr(error, "column", None),
            examples=examples,
            prefixes=self.kg.prefixes,
        )

    def _asked(self, asked: Mapping[str, Sequence[str]], lang: str) -> Page:
        """Return the page of the editor with the answer to the query that is asked for, if one is.

        The graph of a server bounds how long that takes.
        """
        query = asked.get("query", [""])[0]
        if not query:
            return self.sparql(self._example(asked), lang=lang)
        try:
            answer = self.kg.sparql(query)
            answer.rows()
        except WcographError as error:
            return self.sparql(query, error=error, lang=lang)
        return self.sparql(query, answer, lang=lang)

    def _example(self, asked: Mapping[str, Sequence[str]]) -> str:
        """Return the SPARQL of the stored question that is asked for as an example."""
        for name in asked.get("example", ()):
            with suppress(UsageError, InputError):
                return self._body(self.kg.stored_query(name).text)
        return ""

    @cached_property
    def queries(self) -> list[StoredQuery]:
        """The stored questions, by subject and name; of a graph without wcograph's data, the user's own."""
        return [query for query in self.kg.queries if query.base or not self.kg.only_data]

    @cached_property
    def _reference(self) -> dict[str, str]:
        """The parts of the reference page of the ontology, with links as in docs/.

        A child process makes them, which takes some seconds and more memory than the rest of the pages.
        """
        given = json.dumps({"path": sys.path, "folder": self.kg.folder})
        return dict(json.loads(run(_REFERENCE, given.encode(), seconds=_REFERENCE_SECONDS)))

    # --------------------------------------------------------------------------- how it is written

    def _made(
        self,
        template: str,
        links: Links,
        *,
        status: int = 200,
        alternates: dict[str, str] | None = None,
        here: Mapping[str, Sequence[str]] | None = None,
        **values: Any,
    ) -> Page:
        alternates = alternates or {}
        languages = [
            (code, name, links.to(links.path, dict(here or {}), code)) for code, name in LANGUAGES.items()
        ]
        html = self._templates.get_template(template).render(
            status=status,
            to=links.to,
            file=links.file,
            language=links.language,
            languages=languages,
            static=self.static,
            alternates=alternates,
            only_data=self.kg.only_data,
            version=__version__,
            known=self._known,
            **values,
        )
        return Page(status, html, alternates, links.wanted)

    @cached_property
    def _known(self) -> str:
        return known_up_to(self.kg.store)

    # --------------------------------------------------------------------------- pages

    def _front(self, links: Links) -> Page:
        kinds = [
            (self.things.value(node, links), count, self._instances(node, links))
            for node, count in self._kinds[:24]
            if self.things.has_label(node) or self.kg.only_data
        ]
        subjects = [(name, len(queries), queries[:4]) for name, queries in self._subjects().items()]
        return self._made(
            "front.html",
            links,
            title="The World Customs Organization as a knowledge graph",
            kinds=kinds[:12],
            subjects=subjects,
            questions=len(self.queries),
            triples=len(self.kg.store),
            examples=_EXAMPLES,
        )

    @staticmethod
    def _instances(node: ox.NamedNode, links: Links) -> str:
        path, _, rest = path_of(node.value).partition("#")
        iri = {"iri": node.value} if rest or path.startswith("/thing?") else {}
        return links.to("/thing" if iri else path, {**iri, "of": "rdf:type"})

    @cached_property
    def _kinds(self) -> list[tuple[ox.NamedNode, int]]:
        found: Counter[ox.NamedNode] = Counter()
        for quad in islice(self.kg.store.quads_for_pattern(None, _TYPE, None), _MOST_TYPED):
            if isinstance(quad.object, ox.NamedNode) and not self.things.is_inferred(quad):
                found[quad.object] += 1
        return sorted(found.items(), key=lambda pair: (-pair[1], pair[0].value))

    def _subjects(self, queries: Sequence[StoredQuery] | None = None) -> dict[str, list[StoredQuery]]:
        found: dict[str, list[StoredQuery]] = {}
        for query in self.queries if queries is None else queries:
            found.setdefault(query.subject.replace("-", " ").capitalize(), []).append(query)
        return found

    def _questions(self, links: Links, asked: Mapping[str, Sequence[str]]) -> Page:
        words = " ".join(asked.get("q", ()))[:_LONGEST_QUESTION]
        listed = {query.name for query in self.queries}
        queries = [one for one in self.kg.matching(words) if one.name in listed] if words else None
        return self._made(
            "questions.html",
            links,
            here={"q": [words]} if words else {},
            title="Questions",
            words=words,
            subjects=self._subjects(queries),
            broken={name: str(error) for name, error in self.kg.broken_queries.items()},
        )

    def _question(
        self,
        links: Links,
        name: str,
        asked: Mapping[str, Sequence[str]],
        understood: Mapping[str, Any] | None = None,
    ) -> Page | None:
        try:
            query = self.kg.stored_query(name)
        except InputError as error:
            return self.error(500, "This question cannot be asked", str(error))
        except UsageError:
            return None
        known = {p.option: p for p in query.parameters}
        given: dict[str, list[str]] = {}
        errors: list[str] = []
        for option, values in asked.items():
            parameter = query.parameter(option)
            if parameter is None:
                names = ", ".join(known) or "none"
                errors.append(f"This question has no field “{option[:100]}” (fields: {names}).")
            else:
                given.setdefault(parameter.option, []).extend(value.strip() for value in values)
        things = self._things_for(query.needs)
        kg, unavailable = (things.kg, "") if things else (self.kg, query.needs)
        begun = bool(given or errors)
        fields = [] if unavailable else questionpage.fields(kg, self._choices, query, given, links.language)
        for one in fields:
            if one.required and not one.values and begun:
                one.error = "Enter a value."
        wrong = [one for one in fields if one.error]
        missing = [one for one in fields if one.required and not one.values]
        example = questionpage.example(query)
        shown_example = self.static and missing and len(example) == len(missing)
        if shown_example:
            given, missing = example, []
        here = {**given}
        given = self._with_language(query, given, links.language)
        answer = None
        bound = ""
        if not (errors or wrong or missing or unavailable):
            try:
                bound = kg.bound(name, **given)
                found = kg.query(name, sources=bool(query.sources), **given)  # type: ignore[arg-type]
                shower = questionpage.Shower(
                    things or self.things, links, kg, questionpage.kinds_of(query, kg)
                )
                answer = shower.shown(found)
            except UsageError as error:
                errors.append(questionpage.said(str(error)))
        extensions = dict(questionpage.DOWNLOADS)
        if query.picture:
            extensions["svg"] = "picture (SVG)"
        if self.static:
            extensions = {"csv": "CSV", "json": "JSON"}
        downloads = [
            (
                text,
                links.file(f"/query/{name}.{one}") if self.static else questionpage.address(name, one, given),
            )
            for one, text in extensions.items()
        ]
        return self._made(
            "question.html",
            links,
            status=400 if errors or wrong else 200,
            here=here,
            alternates={} if answer is None or self.static else self._alternates(name, given),
            title=query.title,
            query=query,
            description=questionpage.described(query, kg, links),
            fields=fields,
            errors=errors,
            wrong=wrong,
            unavailable=unavailable,
            missing=missing,
            begun=begun,
            example=example,
            shown_example=shown_example,
            answer=answer,
            given=here,
            downloads=downloads if answer else [],
            sparql=self._body(bound or query.text),
            command=questionpage.command(self.kg, query, given),
            python=questionpage.python(self.kg, query, given),
            curl=f"curl '{self.origin}{questionpage.address(name, 'csv', given)}'",
            understood=understood,
        )

    def _things_for(self, needs: str) -> Things | None:
        """Return what pages ask of the graph together with what a question needs; None if that is not there.

        A site has nothing of it: the texts of the Harmonized System are not ours to share.
        """
        if not needs:
            return self.things
        if self.static:
            return None
        try:
            kg = self.kg.with_imported(needs)
        except (UsageError, InputError):
            return None
        if needs not in self._imported or self._imported[needs].kg is not kg:
            self._imported[needs] = Things(kg)
        return self._imported[needs]

    @staticmethod
    def _with_language(
        query: StoredQuery, given: Mapping[str, list[str]], language: str
    ) -> dict[str, list[str]]:
        one = next((p for p in query.parameters if questionpage.is_language(p)), None)
        if one is None or language not in one.values or language == one.default:
            return dict(given)
        return {**given, one.option: [language]}

    @staticmethod
    def _alternates(name: str, given: Mapping[str, Sequence[str]]) -> dict[str, str]:
        types = {"text/csv": "csv", "application/sparql-results+json": "json"}
        return {media: questionpage.address(name, one, given) for media, one in types.items()}

    @staticmethod
    def _body(text: str) -> str:
        """Return a stored query without its header."""
        return "\n".join(line for line in text.strip().split("\n") if not line.startswith("#+"))

    def _ask(self, links: Links, words: str) -> Page | None:
        words = words.strip()[:_LONGEST_QUESTION]
        if not words:
            return self._made("ask.html", links, title="Ask", words="", examples=_EXAMPLES)
        understood = self.kg.understand(words)
        candidates = [
            (one.title, links.to(f"/query/{one.query}", self._values(one.parameters)), one)
            for one in understood.candidates
            if one.query in {query.name for query in self.queries}
        ]
        if understood.clear and candidates and candidates[0][2] is understood.candidates[0]:
            best = understood.candidates[0]
            language = next(iter(best.parameters.get("lang", ())), links.language)
            inside = Links(f"/query/{best.query}", language)
            values = {name: value for name, value in self._values(best.parameters).items() if name != "lang"}
            others = [(title, link) for title, link, _ in candidates[1:]]
            return self._question(
                inside, best.query, values, {"words": words, "unused": best.unused, "others": others}
            )
        return self._made(
            "ask.html",
            links,
            here={"q": [words]},
            title="Ask",
            words=words,
            outside=understood.outside,
            unknown=understood.unknown,
            candidates=candidates,
            found=self._found(words, links),
            examples=_EXAMPLES,
        )

    @staticmethod
    def _values(parameters: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
        return {option: list(values) for option, values in parameters.items()}

    def _found(self, words: str, links: Links) -> list[Any]:
        """Return the things whose name has the words, if the graph has the question that finds them."""
        try:
            rows = self.kg.query("search", text=words, limit=20).to_dicts()
        except (UsageError, InputError):
            return []
        iris = [
            value for row in rows for value in row.values() if isinstance(value, str) and is_external(value)
        ]
        nodes = [ox.NamedNode(iri) for iri in dict.fromkeys(iris)]
        return [self.things.value(node, links) for node in nodes if self.things.is_subject(node)][:10]

    def _thing(self, links: Links, iri: str, asked: Mapping[str, Sequence[str]]) -> Page | None:
        try:
            node = ox.NamedNode(iri)
        except ValueError:
            return None
        inside = self._inside(iri)
        is_graph = self.kg.store.contains_named_graph(node)
        things = self.things
        if not (things.exists(node) or inside or is_graph):
            imported = self._things_for("hs") if iri.startswith(PREFIXES["wcohs"]) else None
            if imported is None or not imported.exists(node):
                return None
            things = imported
        describer = Describer(things, node, links)
        for name in ("of", "has"):
            if name in asked:
                return self._relation(links, describer, name, asked)
        entity = describer.entity()
        if is_graph and node not in self._sizes:
            self._sizes[node] = sum(1 for _ in self.kg.store.quads_for_pattern(None, None, None, node))
        classes = [
            kind.value for kind in self.things.objects(node, _TYPE.value) if isinstance(kind, ox.NamedNode)
        ]
        own = links.path != "/thing"
        name = self._name(node)
        about = questionpage.questions_about(self.kg, classes, self.queries)
        questions = [
            (query.title, links.to(f"/query/{query.name}", {parameter.option: [name]}))
            for query, parameter in ([] if self.static else about)
        ]
        return self._made(
            "entity.html",
            links,
            here=asked,
            alternates=self._rdf(links, asked),
            title=entity.title,
            entity=entity,
            curie=compact(iri, self.kg.prefixes),
            external=iri if not own and is_external(iri) else "",
            inside=[(one.partition("#")[2], self.things.value(ox.NamedNode(one), links)) for one in inside],
            size=self._sizes.get(node),
            questions=questions,
            picture=self._map(about, node, links),
        )

    def _rdf(self, links: Links, asked: Mapping[str, Sequence[str]]) -> dict[str, str]:
        """Return the links to the RDF of the thing on a page, by media type."""
        if self.static:
            file = file_of(links.path, asked).removesuffix(".html")
            return {media: links.file(f"/{file}.{one}") for media, one in DATA.items()}
        if links.path == "/thing":
            return {
                media: f"/thing?{urlencode({**asked, 'format': one}, doseq=True)}"
                for media, one in DATA.items()
            }
        return {media: f"{links.path}.{one}" for media, one in DATA.items()}

    def _map(
        self, about: Sequence[tuple[StoredQuery, Parameter]], node: ox.NamedNode, links: Links
    ) -> tuple[str, str, str] | None:
        """Return the map of the first question about a thing that has one: its title, the link to it, and the SVG."""
        for query, parameter in about:
            if query.picture.get("kind") == "map":
                given = {parameter.option: [self._name(node)]}
                asked = self._with_language(query, given, links.language)
                drawn = self.kg.query(query.name, **asked).drawn()  # type: ignore[arg-type]
                link = links.to(f"/query/{query.name}", {} if self.static else given)
                return (query.title, link, drawn) if drawn else None
        return None

    def _name(self, node: ox.NamedNode) -> str:
        """Return what a person types for a thing: its CURIE, which is never ambiguous, or its IRI."""
        return compact(node.value, self.kg.prefixes)

    def _relation(
        self, links: Links, describer: Describer, name: str, asked: Mapping[str, Sequence[str]]
    ) -> Page | None:
        """Return one page of the values of a relation that has many."""
        written, number = asked[name][0], asked.get("page", ["1"])[0]
        prefix, _, local = written.partition(":")
        known = {**PREFIXES, **self.kg.prefixes}
        try:
            predicate = ox.NamedNode(known[prefix] + local if prefix in known else written)
        except ValueError:
            return None
        at = int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 0
        group = describer.group(predicate, at, incoming=name == "of")
        if group is None:
            return None
        title, language = describer.things.label(describer.node, links.language)
        here = {key: values for key, values in asked.items() if key in ("iri", name)}
        last = (group.total + PAGE - 1) // PAGE
        pages = [
            (one, links.to(links.path, {**here, "page": [str(one)]} if one > 1 else here))
            for one in range(1, last + 1)
        ]
        back = {key: values for key, values in here.items() if key == "iri"}
        return self._made(
            "relation.html",
            links,
            here={**here, **({"page": [str(at)]} if at > 1 else {})},
            title=f"{title}: {group.heading}",
            thing=title,
            thing_language=language,
            back=links.to(links.path, back),
            group=group,
            pages=pages,
            at=at,
            first=(at - 1) * PAGE + 1,
        )

    def _inside(self, iri: str) -> list[str]:
        """Return the IRIs that triples are about and that begin with an IRI and ``#``, if that is a namespace."""
        if f"{iri}#" not in self.kg.prefixes.values():
            return []
        if iri not in self._parts:
            pattern = _PARTS % ox.Literal(f"{iri}#")
            rows: Any = ask(self.kg.store, pattern, use_default_graph_as_union=True)
            self._parts[iri] = sorted(row["s"].value for row in rows)
        return self._parts[iri]

    def _ontology(self, links: Links) -> Page:
        from markupsafe import Markup

        def link(match: re.Match[str]) -> str:
            target = unescape(match[1])
            if target.startswith("queries.md#"):
                target = links.to(f"/query/{target.partition('#')[2]}")
            elif target.startswith(NAMESPACE):
                target = self.things.address(ox.NamedNode(target), links)[0]
            elif not target.startswith("#") and not is_external(target):
                target = ""
            return f'<a href="{escape(target)}">' if target else "<a>"

        with self._referring:
            parts: dict[str, Any] = {
                name: Markup(re.sub(r'<a href="([^"]*)">', link, text))
                for name, text in self._reference.items()
            }
        return self._made("ontology.html", links, alternates=self._rdf(links, {}), **parts)

    # --------------------------------------------------------------------------- proofs

    def _why(self, links: Links, asked: Mapping[str, Sequence[str]]) -> Page:
        written = {name: asked.get(name, [""])[0] for name in ("s", "p", "o")}
        found: Explanation | None = None
        problem = ""
        if all(written.values()):
            try:
                with self._proving:
                    found = self.kg.why(*map(_term, written.values()))
            except (UsageError, InputError) as error:
                problem = str(error)
        steps: list[Any] = []
        if found is not None and found.proof is not None:
            steps = self._steps(found, links)
        return self._made(
            "why.html",
            links,
            status=400 if problem else 200,
            here={name: [value] for name, value in written.items() if value},
            title="Why is it in the graph?",
            written=written,
            statement=[self.things.value(term, links) for term in found.statement] if found else [],
            found=found,
            hint=found.hint.strip(" ()") if found else "",
            steps=steps,
            problem=problem,
            most=_MOST_STEPS,
        )

    def _steps(self, found: Explanation, links: Links) -> list[Any]:
        """Return the steps of a proof in the order of an indented list: depth, statement, reason, origin."""
        assert found.proof is not None
        numbers: dict[int, int] = {}
        steps: list[Any] = []
        stack: list[tuple[Proof, int]] = [(found.proof, 0)]
        while stack and len(steps) < _MOST_STEPS:
            step, depth = stack.pop()
            origin = found.origins.get(step.statement)
            seen = numbers.get(id(step), 0)
            numbers.setdefault(id(step), len(steps) + 1)
            steps.append(
                {
                    "number": len(steps) + 1,
                    "depth": min(depth, 8),
                    "statement": [self.things.value(term, links) for term in step.statement],
                    "rule": "" if not step.premises and origin else step.rule,
                    "because": _RULES.get(step.rule, ""),
                    "see": seen if step.premises else 0,
                    "origin": self._origin(origin, links) if origin and not step.premises else None,
                }
            )
            if not (seen and step.premises):
                stack += [(premise, depth + 1) for premise in reversed(step.premises)]
        return steps

    def _origin(self, origin: Any, links: Links) -> dict[str, Any]:
        def values(iris: Sequence[str]) -> list[Any]:
            return [self.things.value(ox.NamedNode(iri), links) for iri in iris]

        return {
            "place": str(origin.place) if origin.place else "",
            "query": origin.query or "",
            "rank": values([origin.rank])[0] if origin.rank else None,
            "reason": origin.reason or "",
            "sources": values(origin.sources),
            "derived_from": [
                (values([iri])[0], self._origin(inner, links)) for iri, inner in origin.derived_from.items()
            ],
        }


def _status(error: Exception | str) -> int:
    """Return the HTTP status that an error in a query means: that of the limit that stopped it, or 400."""
    problem = getattr(error, "problem", None)
    return int(getattr(problem, "status", 503 if isinstance(error, LimitError) else 400))


def _term(written: str) -> Any:
    """Return an IRI as a term; a literal, a CURIE and a name stay as they are."""
    text = written.removeprefix("<").removesuffix(">") if written.startswith("<") else written
    if written.startswith("<") or "://" in written.partition('"')[0] or written.startswith("urn:"):
        try:
            return ox.NamedNode(text)
        except ValueError:
            return written
    return written


def _environment() -> Environment:
    with extra("serve", "making pages"):
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    def shown(value: Any) -> Any:
        return safe(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=shown,
    )
    made.filters["markup"] = Markup
    return made
