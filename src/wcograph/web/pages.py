"""The pages for people: a path and its parameters → HTML. It knows no server."""

from __future__ import annotations

import json
import os
import re
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from html import escape, unescape
from itertools import islice
from threading import Lock
from urllib.parse import urlencode

import pyoxigraph as ox

from wcograph.layout import NAMESPACE, PREFIXES
from wcograph.remarks import known_up_to
from wcograph.toolbox.arguments import extra
from wcograph.toolbox.errors import InputError, UsageError
from wcograph.toolbox.processes import run
from wcograph.toolbox.sparql.naming import compact
from wcograph.version import __version__
from wcograph.web import descriptions, questionpage
from wcograph.web.entitypage import PAGE, Describer
from wcograph.web.links import LANGUAGES, Links, file_of, is_external, path_of
from wcograph.web.things import WORDS, Things, safe

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

    Asked = Mapping[str, Sequence[str]]

_HERE = os.path.dirname(os.path.abspath(__file__))
STATIC = os.path.join(_HERE, "static")
"""The folder of the files that pages need: style, script and icon."""

DATA = {"text/turtle": "ttl", "application/ld+json": "jsonld", "application/n-triples": "nt"}
"""The media types of the RDF beside the page of a thing, with their file extensions."""

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
        self._choices = questionpage.Choices(self.things)
        self._below = lru_cache(100)(partial(descriptions.below, kg))
        self._sizes: dict[ox.NamedNode, int] = {}
        self._proving, self._referring = Lock(), Lock()
        self._templates = _environment()
        self._templates.globals.update(static=static, only_data=kg.only_data, version=__version__)

    # --------------------------------------------------------------------------- which page

    def page(self, path: str, params: Asked, lang: str = "en") -> Page | None:
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
        asked = {name: values for name, values in asked.items() if values}
        links = Links(path, lang if lang in LANGUAGES else "en", static=self.static, params=asked)
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
                return self.sparql(asked.get("query", [""])[0] or self._example(asked), lang=links.language)
        return self._thing(links, NAMESPACE + path[1:], asked)

    def error(self, status: int, title: str, detail: str) -> Page:
        """Return the page for an error."""
        return self._made("error.html", Links("/"), title, status=status, detail=detail)

    def sparql(
        self, query: str, answer: Answer | None = None, error: Exception | str | None = None, lang: str = "en"
    ) -> Page:
        """Return the page with the SPARQL editor, and the ``answer`` to the query or the ``error`` in it.

        An error may have a ``status``, and a ``line`` and ``column``.
        """
        language = lang if lang in LANGUAGES else "en"
        links = Links("/sparql", language, params={"query": [query]} if query else {})
        shown = None
        if answer is not None:
            shown = questionpage.Shower(self.things, links).shown(answer)
            shown.picture = ""
        return self._made(
            "sparql.html",
            links,
            "SPARQL",
            status=getattr(error, "status", 400) if error else 200,
            query=query,
            answer=shown,
            error=str(error or ""),
            line=getattr(error, "line", None),
            column=getattr(error, "column", None),
            examples=[(one.title, one.name) for one in self.queries if not one.needs],
            prefixes=self.kg.prefixes,
        )

    def _example(self, asked: Asked) -> str:
        """Return the SPARQL of the stored question that is asked for as an example."""
        for name in asked.get("example", ()):
            with suppress(UsageError, InputError):
                return questionpage.body(self.kg.stored_query(name).text)
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

    @cached_property
    def _known(self) -> str:
        return known_up_to(self.kg.store)

    def _made(
        self,
        template: str,
        links: Links,
        title: str,
        *,
        status: int = 200,
        alternates: Mapping[str, str] | None = None,
        here: Asked | None = None,
        **values: Any,
    ) -> Page:
        """Return a page; ``here`` are its parameters in the other language."""
        html = self._templates.get_template(template).render(
            title=title,
            status=status,
            to=links.to,
            file=links.file,
            language=links.language,
            languages=[(code, name, links.to(links.path, here, code)) for code, name in LANGUAGES.items()],
            alternates=alternates or {},
            known=self._known,
            **values,
        )
        return Page(status, html, dict(alternates or {}), links.wanted)

    # --------------------------------------------------------------------------- pages

    def _front(self, links: Links) -> Page:
        kinds = [
            (self.things.value(node, links), count, self._instances(node, links))
            for node, count in self._kinds[:24]
            if self.things.has_label(node) or self.kg.only_data
        ]
        return self._made(
            "front.html",
            links,
            "The World Customs Organization as a knowledge graph",
            kinds=kinds[:12],
            subjects=_by_subject(self.queries),
            questions=len(self.queries),
            triples=len(self.kg.store),
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

    def _questions(self, links: Links, asked: Asked) -> Page:
        words = " ".join(asked.get("q", ()))[:_LONGEST_QUESTION]
        listed = {query.name for query in self.queries}
        queries = [one for one in self.kg.matching(words) if one.name in listed] if words else self.queries
        return self._made(
            "questions.html",
            links,
            "Questions",
            here={"q": [words] if words else []},
            words=words,
            subjects=_by_subject(queries),
            broken=self.kg.broken_queries,
        )

    def _question(
        self, links: Links, name: str, asked: Asked, understood: Mapping[str, Any] | None = None
    ) -> Page | None:
        try:
            query = self.kg.stored_query(name)
        except InputError as error:
            return self.error(500, "This question cannot be asked", str(error))
        except UsageError:
            return None
        given: dict[str, list[str]] = {}
        errors: list[str] = []
        for option, values in asked.items():
            if parameter := query.parameter(option):
                given.setdefault(parameter.option, []).extend(value.strip() for value in values)
            else:
                names = ", ".join(p.option for p in query.parameters) or "none"
                errors.append(f"This question has no field “{option[:100]}” (fields: {names}).")
        begun = bool(given or errors)
        things = self.things_for(query.needs)
        fields = questionpage.fields(self._choices, things, query, given, links.language) if things else []
        for one in fields:
            if one.required and not one.values and begun:
                one.error = "Enter a value."
        missing = [one for one in fields if one.required and not one.values]
        example = questionpage.example(query)
        if self.static and missing and len(example) == len(missing):
            given, missing = example, []
        here, given = given, questionpage.with_language(query, given, links.language)
        answer, bound = None, ""
        if things and not (errors or missing or any(one.error for one in fields)):
            try:
                bound = things.kg.bound(name, **given)
                found = things.kg.query(name, sources=bool(query.sources), **given)  # type: ignore[arg-type]
                kinds = questionpage.kinds_of(query, things.kg)
                answer = questionpage.Shower(things, links, kinds).shown(found)
            except UsageError as error:
                errors.append(questionpage.said(str(error)))
        address = partial(questionpage.address, query.name, given=given)
        types = {"text/csv": "csv", "application/sparql-results+json": "json"}
        return self._made(
            "question.html",
            links,
            query.title,
            status=400 if errors or any(one.error for one in fields) else 200,
            here=here,
            alternates={kind: address(one) for kind, one in types.items() if answer and not self.static},
            query=query,
            description=questionpage.described(query, self.kg, links),
            fields=fields,
            errors=errors,
            unavailable=not things,
            missing=missing,
            begun=begun,
            example=example,
            answer=answer,
            given=here,
            address=address,
            sparql=questionpage.body(bound or query.text),
            command=questionpage.command(self.kg, query, given),
            python=questionpage.python(self.kg, query, given),
            curl=f"curl '{self.origin}{address('csv')}'",
            understood=understood,
        )

    def things_for(self, needs: str) -> Things | None:
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

    def _ask(self, links: Links, words: str) -> Page | None:
        words = words.strip()[:_LONGEST_QUESTION]
        made = partial(self._made, "ask.html", links, "Ask", words=words)
        if not words:
            return made()
        understood = self.kg.understand(words)
        listed = {query.name for query in self.queries}
        candidates = [
            (one.title, links.to(f"/query/{one.query}", one.parameters), one)
            for one in understood.candidates
            if one.query in listed
        ]
        if understood.clear and candidates and candidates[0][2] is understood.candidates[0]:
            best = understood.candidates[0]
            values = dict(best.parameters)
            inside = Links(f"/query/{best.query}", next(iter(values.pop("lang", ())), links.language))
            others = [(title, link) for title, link, _ in candidates[1:]]
            told = {"words": words, "unused": best.unused, "others": others}
            return self._question(inside, best.query, values, told)
        found = self._found(words, links)
        return made(here={"q": [words]}, understood=understood, candidates=candidates, found=found)

    def _found(self, words: str, links: Links) -> list[Any]:
        """Return the things whose name has the words, if the graph has the question that finds them."""
        try:
            rows = self.kg.query("search", text=words, limit=20).rows()
        except (UsageError, InputError):
            return []
        nodes = dict.fromkeys(term for row in rows for term in row if isinstance(term, ox.NamedNode))
        return [self.things.value(node, links) for node in nodes if self.things.is_subject(node)][:10]

    def _thing(self, links: Links, iri: str, asked: Asked) -> Page | None:
        things: Things | None = self.things
        if not descriptions.is_known(self.kg, iri):
            things = self.things_for("hs") if iri.startswith(PREFIXES["wcohs"]) else None
            if things is None or not descriptions.is_known(things.kg, iri):
                return None
        assert things is not None
        node = ox.NamedNode(iri)
        describer = Describer(things, node, links)
        for name in ("of", "has"):
            if name in asked:
                return self._relation(links, describer, name, asked)
        if self.kg.store.contains_named_graph(node) and node not in self._sizes:
            self._sizes[node] = sum(1 for _ in self.kg.store.quads_for_pattern(None, None, None, node))
        classes = {one.value for one in self.things.objects(node, _TYPE) if isinstance(one, ox.NamedNode)}
        about = questionpage.questions_about(self.kg, classes, self.queries)
        name = compact(iri, self.kg.prefixes)  # which is never ambiguous
        return self._made(
            "entity.html",
            links,
            describer.title,
            here=asked,
            alternates=self._rdf(links, asked),
            entity=describer,
            curie=name,
            external=iri if links.path == "/thing" and is_external(iri) else "",
            inside=[(one.value.partition("#")[2], self.things.value(one, links)) for one in self._below(iri)],
            size=self._sizes.get(node),
            questions=[
                (query.title, links.to(f"/query/{query.name}", {parameter.option: [name]}))
                for query, parameter in ([] if self.static else about)
            ],
            picture=self._map(about, name, links),
        )

    def _rdf(self, links: Links, asked: Asked) -> dict[str, str]:
        """Return the links to the RDF of the thing on a page, by media type."""
        if self.static:
            file = file_of(links.path, asked).removesuffix(".html")
            return {media: links.file(f"/{file}.{one}") for media, one in DATA.items()}
        if links.path != "/thing":
            return {media: f"{links.path}.{one}" for media, one in DATA.items()}
        address = urlencode(asked, doseq=True)
        return {media: f"/thing?{address}&format={one}" for media, one in DATA.items()}

    def _map(
        self, about: Sequence[tuple[StoredQuery, Parameter]], name: str, links: Links
    ) -> tuple[str, str, str] | None:
        """Return the map of the first question about a thing that has one: its title, the link to it, and the SVG."""
        for query, parameter in about:
            if query.picture.get("kind") == "map":
                given = {parameter.option: [name]}
                asked = questionpage.with_language(query, given, links.language)
                drawn = self.kg.query(query.name, **asked).drawn()  # type: ignore[arg-type]
                link = links.to(f"/query/{query.name}", {} if self.static else given)
                return (query.title, link, drawn) if drawn else None
        return None

    def _relation(self, links: Links, describer: Describer, name: str, asked: Asked) -> Page | None:
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
        here = {key: values for key, values in asked.items() if key in ("iri", name)}
        numbered = [
            (one, {**here, "page": [str(one)]} if one > 1 else here)
            for one in range(1, (group.total + PAGE - 1) // PAGE + 1)
        ]
        return self._made(
            "relation.html",
            links,
            f"{describer.title}: {group.heading}",
            here=numbered[at - 1][1],
            entity=describer,
            back=links.to(links.path, {key: values for key, values in here.items() if key == "iri"}),
            group=group,
            pages=[(one, links.to(links.path, params)) for one, params in numbered],
            at=at,
            first=(at - 1) * PAGE + 1,
        )

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

    def _why(self, links: Links, asked: Asked) -> Page:
        written = {name: asked.get(name, [""])[0] for name in ("s", "p", "o")}
        found: Explanation | None = None
        problem = ""
        if all(written.values()):
            try:
                with self._proving:
                    found = self.kg.why(*map(_term, written.values()))
            except (UsageError, InputError) as error:
                problem = str(error)
        return self._made(
            "why.html",
            links,
            "Why is it in the graph?",
            status=400 if problem else 200,
            here={name: [value] for name, value in written.items() if value},
            written=written,
            found=found,
            steps=_steps(found.proof) if found is not None and found.proof is not None else [],
            value=lambda term: self.things.value(term, links),
            node=ox.NamedNode,
            rules=WORDS["rules"],
            problem=problem,
            most=_MOST_STEPS,
        )


def _steps(proof: Proof) -> list[tuple[int, Proof, int]]:
    """Return the steps of a proof in the order of an indented list: depth, step, and the number of the same one above."""
    numbers: dict[int, int] = {}
    steps: list[tuple[int, Proof, int]] = []
    stack = [(proof, 0)]
    while stack and len(steps) < _MOST_STEPS:
        step, depth = stack.pop()
        seen = numbers.setdefault(id(step), len(steps) + 1)
        again = seen <= len(steps) and bool(step.premises)
        steps.append((min(depth, 8), step, seen if again else 0))
        if not again:
            stack += [(premise, depth + 1) for premise in reversed(step.premises)]
    return steps


def _by_subject(queries: Sequence[StoredQuery]) -> dict[str, list[StoredQuery]]:
    found: dict[str, list[StoredQuery]] = {}
    for query in queries:
        found.setdefault(query.subject.replace("-", " ").title(), []).append(query)
    return found


def _term(written: str) -> Any:
    """Return an IRI as a term; a literal, a CURIE and a name stay as they are."""
    if written.startswith(("<", "urn:")) or "://" in written.partition('"')[0]:
        with suppress(ValueError):
            return ox.NamedNode(written.removeprefix("<").removesuffix(">") if written[0] == "<" else written)
    return written


def _environment() -> Environment:
    with extra("serve", "making pages"):
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    def shown(value: Any) -> Any:
        return safe(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    made = Environment(
        loader=FileSystemLoader(os.path.join(_HERE, "templates")),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=shown,
    )
    made.filters["markup"] = Markup
    return made
