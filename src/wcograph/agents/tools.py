"""The seven tools, on the modules that the commands use: from arguments to plain data, in the process that has the graph."""

from __future__ import annotations

import re
import warnings
from collections import defaultdict
from contextlib import suppress
from functools import cached_property

import pyoxigraph as ox

from wcograph.agents import standing
from wcograph.agents.fitted import BUDGET, cut, line, page, plain, rows, tokens, values
from wcograph.agents.standing import UNKNOWN, Standing
from wcograph.annotate import brief, briefs, with_sources
from wcograph.layout import PREFIXES, PROFILE
from wcograph.remarks import known_up_to
from wcograph.toolbox.errors import InputError, UsageError, WcographError, WcographWarning
from wcograph.toolbox.sparql.asking import ask
from wcograph.toolbox.sparql.naming import compact as curie
from wcograph.toolbox.sparql.naming import label
from wcograph.toolbox.sparql.parameters import fold, resources, unknown_terms
from wcograph.toolbox.sparql.presentation import meaning
from wcograph.toolbox.sparql.results import Answer, answered
from wcograph.toolbox.sparql.values import plain as text_of_term
from wcograph.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, TypeAlias

    from wcograph.graph import KnowledgeGraph
    from wcograph.toolbox.sparql.stored import Parameter, StoredQuery
    from wcograph.toolbox.sparql.tables import Table

    Reply: TypeAlias = dict[str, Any]

LONGEST = 200_000
"""Characters of a query, or of Turtle, that a tool takes."""

SECONDS = defaultdict(lambda: 15.0, {"sparql": 10.0, "why": 30.0, "validate": 30.0})
"""How long a tool may take."""

_MOST_READ = 10_000  # rows of a query
_MOST_PROOF = 2_500  # characters of a proof, unless all is asked for
_TOLD = ("source", "further word to search by")  # the notes tell the one, and find knows the other
_QUESTIONS, _THINGS = 4, 8
# what lists of parties tell apart
_OF_LISTS = frozenset(("member", "convention", "region", "area", "as-of", "lang"))
_DAYS = ("as-of", "on")  # the parameters for the day of which an answer is
_MOST_LEFT_OUT = 4  # values of a question without rows
_NOT_IMPORTED = (
    "it needs tables of the Harmonized System, which the user imports with 'wcograph import hs FILE ...'"
)
_CODE = re.compile(
    r"\b(\d{6}|\d{4}\.\d{2}|\d{2}\.\d{2})\b|\b(codes?|hs|sh)\s+\d{2,6}\b(?<!\b[12]\d{3})", re.IGNORECASE
)
_SAID_OF_SILENCE = (
    "the graph says what its sources say; that it does not say something does not make it false"
)
_MORE = "ask again with limit for whole texts"
_FIND = "find lists things by a part of a name"


class Tools:
    """The tools over a graph; each returns plain data, and raises WcographError with one line."""

    def __init__(self, kg: KnowledgeGraph) -> None:
        """Keep the graph."""
        self.kg = kg

    def find(self, text: str = "", limit: int | None = None) -> Reply:
        """Find things by name, and questions by words; list all questions if there are no words."""
        text = plain(text, "text")
        most = limit or _THINGS
        if not text:
            by_subject: dict[str, list[str]] = defaultdict(list)
            for query in self.kg.queries:
                by_subject[query.subject].append(query.name)
            return self._reply("answered", catalogue=by_subject)
        if text in self.kg._built.names():
            query = self.kg.stored_query(text)
            return self._reply("answered", questions=[self._described(query, full=True)])
        reply = self._reply("answered")
        found: dict[str, Reply] = {}
        for row in self.kg.asked(self.kg.stored_query("search"), {"text": text}).to_dicts():
            id = self._short(row["entity"])
            one = found.setdefault(id, {"id": id, "name": row["name"], "kind": ""})
            one["kind"] = ", ".join(filter(None, dict.fromkeys([one["kind"], row["kind"]])))
        reply["things"] = list(found.values())[:most]
        if len(found) > most:
            reply["remarks"] = [f"{len(found)} things match; limit={min(len(found), 500)} lists them"]
        if not found:
            try:
                resources(self.kg.store, text, PROFILE)
            except UsageError as error:
                reply["remarks"] = [line(str(error))]
        reply["questions"] = self._questions(text)
        if not (found or reply["questions"]):
            reply["status"] = UNKNOWN
        while limit is None and tokens(reply) > BUDGET and len(reply["questions"]) > 1:
            reply["questions"].pop()
        return reply

    def _questions(self, text: str) -> list[Reply]:
        """Return the questions that words may mean, those with values from the words first."""
        understood = self.kg.understand(text)
        found: dict[str, Reply] = {}
        for candidate in understood.candidates if not understood.outside else ():
            described = self._described(self.kg.stored_query(candidate.query))
            found[candidate.query] = {**described, "filled": candidate.parameters}
        for query in self.kg.matching(text):
            found.setdefault(query.name, self._described(query))
        return list(found.values())[:_QUESTIONS]

    def _described(self, query: StoredQuery, *, full: bool = False) -> Reply:
        found: Reply = {"name": query.name, "title": query.title}
        found["parameters"] = {p.option: _parameter(p, full=full) for p in query.parameters}
        if full:
            found["about"] = " ".join(query.description.split())
            found["columns"] = {name: meaning(column) for name, column in query.columns.items()}
        if query.needs:
            found["needs"] = _NOT_IMPORTED
        return found

    def ask(
        self,
        question: str,
        parameters: Mapping[str, Any] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        sources: bool = True,
    ) -> Reply:
        """Answer a stored question, named or in words."""
        question = plain(question, "question", 1_000)
        given = values(parameters or {})
        page(cursor, limit)
        if question in self.kg._built.names():
            return self._answered(self.kg.stored_query(question), given, limit, cursor, sources)
        if re.fullmatch(r"[a-z]+(-[a-z]+)+", question):  # a name, and none that exists
            self.kg.stored_query(question)
        understood = self.kg.understand(question)
        candidates = [
            {
                "question": one.query,
                "title": one.title,
                "parameters": one.parameters | dict.fromkeys(one.missing, "…"),
            }
            for one in understood.candidates
        ]
        folded = f" {fold(question)} "
        for row in standing.open_questions(self.kg.store):
            names = self.kg.store.quads_for_pattern(row["topic"], _iri("skos:prefLabel"), None)
            if any(f" {fold(text_of_term(name.object))} " in folded for name in names):
                return self._open(row, candidates)
        if understood.clear:
            best = understood.candidates[0]
            query = self.kg.stored_query(best.query)
            given = {**best.parameters, **_spelled(query, given)}
            reply = self._answered(query, given, limit, cursor, sources)
            if reply["status"] != "answered":
                reply["candidates"] = candidates[1:]
            if best.unused:
                reply["remarks"].insert(0, f"not understood: {', '.join(best.unused)}")
            if best.unused and not reply["total"]:  # what was understood may not be what was meant
                reply |= {"status": "unclear", "verdict": ""}
            return reply
        if missing := self._not_imported(question):
            return self._reply(UNKNOWN, remarks=[missing], candidates=candidates)
        if understood.outside and understood.unknown:
            status, said = UNKNOWN, f"no question and no name has the words: {', '.join(understood.unknown)}"
        elif understood.outside:
            status, said = "unclear", "no stored question is about this"
        else:
            status, said = "unclear", "several questions may be meant"
        said += "; candidates are the nearest questions, and describe or sparql may know more"
        return self._reply(status, remarks=[said], candidates=candidates)

    def _not_imported(self, question: str) -> str:
        """Return which question words mean that asks what the user has not imported; an empty text if they do not."""
        from wcograph.toolbox.ask.understand import understand

        with suppress(WcographError):
            self.kg.with_imported("hs")
            return ""
        near = understand(self.kg._built.index(), question).candidates
        names = [one.query for one in near if self.kg.stored_query(one.query).needs]
        names += ["hs-code"] if _CODE.search(question) else []
        return f"{names[0]} would answer this: {_NOT_IMPORTED}" if names else ""

    def _answered(
        self,
        query: StoredQuery,
        given: Mapping[str, Any],
        limit: int | None,
        cursor: str | None,
        sources: bool,
    ) -> Reply:
        kg = self.kg.with_imported(query.needs)
        terms = kg.terms(query, **given)
        given = _spelled(query, given)
        answer = kg.asked(query, given)
        reply = self._reply("answered", question=query.name, title=query.title, parameters=dict(given))
        if answer.form != "SELECT":
            rows(reply, answer.table(), cursor, limit, _MORE)
            return reply
        table = self._table(query, answer, sources, reply)
        show = answer.presentation
        said = show.remarks() if show else ((), ())
        reply["completeness"] = _as_tool("; ".join(said[0])) or reply["completeness"]
        reply["remarks"] += map(_as_tool, said[1])
        of_day = [option for option in _DAYS if query.parameter(option) and option in given]
        days = [str(day) for option in of_day for day in _several(given[option])]
        days = days or re.findall(r"(?:as of|au) (\d{4}(?:-\d\d){0,2})", reply["completeness"])
        if len(set(days)) == 1:
            reply["as_of"] = days[0]
        dated = [p.option for p in query.parameters if p.type == "xsd:date"]
        asked = [str(day) for option in dated for day in _several(given.get(option))]
        if verdict := self._verdict(query, given, terms, table.length == 0, max(asked, default="")):
            reply["verdict"] = f"{verdict.status}: {verdict.why}"
            if table.length == 0:
                reply["status"] = verdict.status
                reply["completeness"] = verdict.lists or reply["completeness"]
                reply["as_of"] = days[0] if of_day else verdict.day or reply["as_of"]
                reply["remarks"] += self._instead(kg, query, given)
        for column in (*table.columns, *table.facts):
            if table.length and (means := query.columns.get(column.variable, {}).get("means")):
                reply.setdefault("means", {})[column.heading] = str(means)
        rows(reply, table, cursor, limit, f"{_MORE}, or describe the thing")
        return reply

    def _table(self, query: StoredQuery, answer: Answer, sources: bool, reply: Reply) -> Table:
        """Return an answer as people read it, in one part, with short citations."""
        if sources and query.sources:
            answer = with_sources(answer, self.kg.store, query.sources, query.name, briefs)
        elif sources:
            reply["remarks"].append(f"no sources: {query.unsourced or 'its rows name no facts'}")
        keep = [at for at, variable in enumerate(answer.variables) if variable not in query.sources]
        kept = [tuple(row[at] for at in keep) for row in answer]
        names = [answer.variables[at] for at in keep]
        answer = Answer(answer.form, names, kept, cited=answer.cited, origin=answer)
        show = answer.presentation
        if show:
            show.columns = {
                name: {key: value for key, value in column.items() if key not in ("section", "words")}
                if "section" in column
                else column
                for name, column in show.columns.items()
            }
        return answer.table()

    def _verdict(
        self,
        query: StoredQuery,
        given: Mapping[str, Any],
        terms: Mapping[str, Sequence[Any]],
        empty: bool,
        day: str,
    ) -> Standing | None:
        """Return what no rows mean, or whether the one country is party to the one convention that is asked about."""
        if day and not empty:
            return None  # the rows say what holds on the day
        things = [one for values in terms.values() for one in values if isinstance(one, ox.NamedNode)]
        both = [standing.is_party(self.kg.store, who, what, day) for who in things for what in things]
        pairs = [found for found in both if found]
        if len(pairs) == 1 and query.subject == "conventions":
            if empty and (pairs[0].status == standing.YES or not _OF_LISTS.issuperset(given)):
                return Standing(UNKNOWN, f"{pairs[0].why}; nothing else is known as asked")
            return pairs[0]
        if not empty:
            return None
        if query.needs:
            return Standing(standing.NO, "the tables that were imported have no such row")
        lists: list[Any] = [ox.NamedNode(one) for one in query.complete if one[0] != "?" and " " not in one]
        if query.subject == "conventions" and not lists:
            lists = [one for thing in things for one in standing.party_lists(self.kg.store, thing)]
            lists = lists or standing.party_lists(self.kg.store)
        return standing.of_lists(self.kg.store, lists, day)

    def _instead(self, kg: KnowledgeGraph, query: StoredQuery, given: Mapping[str, Any]) -> list[str]:
        """Return what else may be asked if there are no rows: with one value less, or another question."""
        said = []
        optional = [p.option for p in query.parameters if p.optional and p.option in given]
        for option in optional[:_MOST_LEFT_OUT]:
            rest = {name: value for name, value in given.items() if name != option}
            if option != "lang" and (found := len(kg.asked(query, rest).rows())):
                said.append(f"without {option} there {'is 1 row' if found == 1 else f'are {found} rows'}")
        near = [one.name for one in self.kg.queries if one.subject == query.subject]
        near.remove(query.name)
        return [*said, f"other questions about {query.subject.replace('-', ' ')}: {', '.join(near[:12])}"]

    def _open(self, row: Any, candidates: Sequence[Reply]) -> Reply:
        """Return what is known about a question that no source answers."""
        topic = row["topic"]
        read = enumerate(briefs(self.kg.store, topic), 1)
        return self._reply(
            UNKNOWN,
            verdict=_unknown(row),
            question=f"{label(self.kg.store, topic)} of the {label(self.kg.store, row['of'])}",
            notes={str(number): f"read: {one}" for number, one in read},
            candidates=candidates,
            remarks=["if something else is meant, ask one of candidates"],
        )

    def describe(
        self, entity: str, lang: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Reply:
        """Return everything known about one thing."""
        query = self.kg.stored_query("describe")
        given = {"entity": plain(entity, "entity"), "lang": lang}
        page(cursor, limit)
        term = self.kg.terms(query, **given)["entity"][0]
        assert isinstance(term, ox.NamedNode)
        reply = self._reply("answered", id=self._curie(term), name=label(self.kg.store, term))
        answer = self.kg.asked(query, given)
        relation = answer.variables.index("relation")
        told = [row for row in answer if text_of_term(row[relation]) not in _TOLD]
        table = self._table(query, Answer(answer.form, answer.variables, told, origin=answer), True, reply)
        if not table.length:
            raise UsageError(f"the graph says nothing about {line(entity)[:100]}; {_FIND}")
        rows(reply, table, cursor, limit, _MORE)
        for row in standing.open_questions(self.kg.store):
            if term == row["topic"]:
                reply |= {"status": UNKNOWN, "verdict": _unknown(row)}
            elif term == row["of"]:
                reply["remarks"].append(f"{label(self.kg.store, row['topic'])}: {row['why'].value}")
        if any(self.kg.store.quads_for_pattern(term, _TYPE, standing.POLITY)):
            said = "shorter for a country: ask member-profile, bound-by, conventions-of-member"
            reply["remarks"].append(said)
        return reply

    def why(self, subject: str, predicate: str, object: str, full: bool = False) -> Reply:
        """Return whether a statement holds, and its proof and sources."""
        words = plain(subject, "subject"), plain(predicate, "predicate"), plain(object, "object")
        if "" in words:
            example = "such as Japan, 'is party to', ATA Convention"
            raise UsageError(f"subject, predicate and object each need a name, {example}")
        found = self.kg.why(*words)
        said = " ".join(self._named(term) for term in found.statement)
        if found:
            proof = found.to_text()
            shown = proof if full else cut(proof, _MOST_PROOF)
            origins = [one for way in found.origins.values() for one in (way, *way.derived_from.values())]
            nodes = dict.fromkeys(iri for origin in origins for iri in origin.sources)
            cited = {curie(iri, PREFIXES): brief(self.kg.store, ox.NamedNode(iri)) for iri in nodes}
            reply = self._reply("yes", statement=said, proof=shown, notes=cited)
            if shown != proof:
                reply["remarks"] = ["the proof is cut; full=true has all of it"]
            return reply
        readings = [one for one in found.readings or (found.statement,) if self._is_there(one[0])]
        if not readings:
            raise UsageError(f"{words[0][:100]} is nowhere in the graph; {_FIND}")
        verdicts = [(one, standing.of_statement(self.kg.store, *one)) for one in readings]
        statement, verdict = next((pair for pair in verdicts if pair[1].status != UNKNOWN), verdicts[0])
        reply = self._reply(
            verdict.status,
            statement=" ".join(self._named(term) for term in statement),
            verdict=f"{verdict.status}: {verdict.why}",
        )
        reply["completeness"] = verdict.lists or reply["completeness"]
        reply["as_of"] = verdict.day or reply["as_of"]
        if found.hint:
            reply["remarks"] = [line(found.hint.strip(" ()"))]
        return reply

    def _is_there(self, node: Any) -> bool:
        match = self.kg.store.quads_for_pattern
        return any(match(node, None, None)) or any(match(None, None, node))

    def schema(self, term: str = "") -> Reply:
        """Return what a class or property means and how it is used; list the classes if none is named."""
        term = plain(term, "term")
        if not term:
            counts = {self._short(row["class"]): row["n"] for row in self._answer(_CLASSES).to_dicts()}
            return self._reply("answered", classes=counts)
        node = self._term(term)
        reply = self._reply("answered", id=self._curie(node), name=label(self.kg.store, node))
        reply["definition"] = _first(self.kg.store, node, *_DEFINITIONS)
        for name, predicate in _RELATIONS.items():
            found = [quad.object for quad in self.kg.store.quads_for_pattern(node, _iri(predicate), None)]
            others = [one for one in found if isinstance(one, ox.NamedNode) and one != node]
            reply[name] = ", ".join(sorted(map(self._curie, others)))
        used = self._rows(_PROPERTIES_OF, node)
        if used:
            reply["count"] = self._rows(_COUNT, node)[0]["n"]
            reply["properties"] = {
                self._short(row["p"]): "; ".join(
                    filter(None, (str(row["n"]), self._short(row["kind"] or "")))
                )
                for row in used
            }
            example = self._rows(_EXAMPLE, node)[0]["s"]
            about = self._answer(_ABOUT.replace("%s", f"<{example}>")).rows()
            lines = [f"{self._curie(p)} {self._value(o)}" for p, o in about]
            reply["example"] = f"{self._short(example)} {' ; '.join(lines)} ."
            reply["means"] = {
                "properties": "property: how many things of the class have it; class or datatype of a value"
            }
        elif pairs := self._rows(_USES_OF, node):
            reply["count"] = sum(row["n"] for row in pairs)
            reply["used"] = {
                " → ".join(self._short(row[end] or "?") for end in ("from", "to")): row["n"] for row in pairs
            }
        else:
            reply["remarks"] = ["it is declared, and nothing in the graph uses it"]
        while tokens(reply) > BUDGET and len(reply.get("properties", ())) > 5:
            reply["properties"].popitem()
            reply["remarks"] = ["the least used properties are left out; sparql counts them all"]
        reply["example"] = cut(reply.get("example", ""), 900)
        return reply

    def _term(self, text: str) -> ox.NamedNode:
        store, prefixes = self.kg.store, self.kg.prefixes
        for name in [text] if ":" in text else [f"wco:{text}", text]:
            for predicate in (False, True):
                with suppress(UsageError):
                    nodes = resources(store, name, PROFILE, predicate=predicate, prefixes=prefixes)
                    if found := next(filter(self._is_term, nodes), None):
                        return found
        from difflib import get_close_matches

        known = [self._short(row["t"]) for row in self._answer(_TERMS).to_dicts()]
        by_name = {fold(one.partition(":")[2]): one for one in known}
        near = [by_name[one] for one in get_close_matches(fold(text.rpartition(":")[2]), by_name, 4, 0.6)]
        meant = f"did you mean {' or '.join(near)}?" if near else "schema without a term lists the classes"
        raise UsageError(f"there is no class or property {text[:100]!r}; {meant}")

    def _is_term(self, node: ox.NamedNode) -> bool:
        """Return whether a node is declared or used as a class or property."""
        match = self.kg.store.quads_for_pattern
        used = any(match(None, _TYPE, node)) or any(match(None, node, None))
        return used or any(any(match(node, _TYPE, _iri(kind))) for kind in _KINDS)

    def _rows(self, query: str, node: ox.NamedNode) -> list[dict[str, Any]]:
        return self._answer(query.replace("%s", str(node))).to_dicts()

    def _answer(self, query: str) -> Answer:
        """Answer a query of this module, whose prefixes are those of the graph, whatever the user's data have."""
        options: dict[str, Any] = {"prefixes": PREFIXES, "use_default_graph_as_union": True}
        return answered(lambda: ask(self.kg.store, query, "schema", **options))

    def sparql(
        self, query: str, limit: int | None = None, cursor: str | None = None, sources: bool = False
    ) -> Reply:
        """Answer a SPARQL query, read-only."""
        plain(query, "query", LONGEST)
        read = page(cursor, limit)[0] + _MOST_READ
        answer = self.kg.sparql(query, limit=read)
        reply = self._reply("answered")
        if answer.form == "ASK":
            reply["status"] = "yes" if answer else UNKNOWN
            reply["verdict"] = "yes: the graph says so" if answer else f"{UNKNOWN}: {_SAID_OF_SILENCE}"
        else:
            if sources and answer.form == "SELECT":
                answer = with_sources(answer, self.kg.store, None, "query", briefs)
            rows(reply, answer.table(), cursor, limit, _MORE)
            if answer.cut:
                reply["remarks"].append(f"only the first {read:,} rows were read; total counts these")
        if not answer:
            reply["status"] = UNKNOWN
            reply["completeness"] = _SAID_OF_SILENCE
            reply["remarks"] += map(line, unknown_terms(self.kg.store, query, self.kg.prefixes)[:5])
        reply["remarks"] += map(line, answer.notes())
        return reply

    def validate(self, data: str, shapes: str = "", limit: int | None = None) -> Reply:
        """Check Turtle against the shapes of the graph, together with it, or against given shapes alone."""
        from wcograph.toolbox.rdf.files import Named
        from wcograph.validation import check_files

        if not data.strip():
            raise UsageError("data is empty; it is Turtle, such as <https://example.org/a> a wco:Region .")
        # on the first line, so that lines are as given
        declared = "".join(f"@prefix {name}: <{iri}> . " for name, iri in PREFIXES.items())
        files, own = (
            [Named(name, ox.RdfFormat.TURTLE, (declared + text).encode())] if text.strip() else []
            for name, text in (("data.ttl", data), ("shapes.ttl", shapes))
        )
        try:
            found = check_files(self.kg.folder, files, own, timeout=SECONDS["validate"])
        except InputError as error:
            raise InputError(_place(str(error), len(declared))) from error
        if problems := found.validation.problems:
            place, message = problems[0]
            raise InputError(
                f"ill-formed shape: {message}", file=place.file, line=place.line, column=place.column
            )
        reply = self._reply(
            "conforms" if found.conforms else "findings",
            findings=[],
            total=len(found.findings),
            completeness="only what the shapes say is checked; that data conform does not make them true",
        )
        for one in found.findings[: page(None, limit)[1]]:
            told = {"place": _place(one.place, len(declared)), "severity": one.severity}
            for name in ("focus", "path", "value"):
                told[name] = cut(self._short_term(getattr(one, name) or ""), 120)
            told |= {"message": cut(one.message, 300), "hint": cut(one.hint or "", 200)}
            if limit is None and reply["findings"] and tokens(reply) + tokens(told) > BUDGET:
                break
            reply["findings"].append({name: value for name, value in told.items() if value})
        if len(reply["findings"]) < len(found.findings):
            reply["remarks"] = [f"{len(found.findings)} findings; limit shows more"]
        if found.validation.unchecked:
            said = "no shape has a target in the data, so nothing was checked: give nodes a class"
            reply["remarks"].append(said)
        return reply

    def _short_term(self, text: str) -> str:
        return re.sub(r"<([^<>]*)>", lambda match: curie(match[1], self.kg.prefixes), text)

    def ontology(self) -> str:
        """Return the ontology as Turtle."""
        from wcograph.layout import rdf_files
        from wcograph.toolbox.output import read_text

        names = rdf_files(self.kg.folder)["ontology"]
        return "\n".join(read_text(f"{self.kg.folder}/{name}") for name in names)

    def query(self, name: str) -> str:
        """Return the text of a stored question, with its header."""
        return self.kg.stored_query(plain(name, "name")).text

    def entity(self, id: str) -> str:
        """Return what the graph says about a thing, as Turtle."""
        term = self.kg.terms(self.kg.stored_query("describe"), entity=plain(id, "id"))["entity"][0]
        quads = list(self.kg.store.quads_for_pattern(term, None, None, None))  # type: ignore[arg-type]
        triples = dict.fromkeys(quad.triple for quad in quads)
        text = ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=dict(self.kg.prefixes))
        return (text or b"").decode()

    def _reply(self, status: str, **fields: Any) -> Reply:
        """Return a reply, the fields in the order in which they are read; ``run`` drops those that are empty."""
        silent = _SAID_OF_SILENCE if status == UNKNOWN else "as far as the sources go"
        reply = {
            "status": status,
            "verdict": "",
            **fields,
            "completeness": fields.get("completeness", silent),
        }
        return reply | {"as_of": self.known, "version": self.version, "remarks": fields.get("remarks", [])}

    @cached_property
    def known(self) -> str:
        """The latest day for which the graph has a fact."""
        return known_up_to(self.kg.store) or "undated"

    @cached_property
    def version(self) -> str:
        """The version of the package, and a hash of the data."""
        from hashlib import sha256

        state = self.kg._built.key.encode()
        if not state:
            quads = sorted(str(quad) for quad in self.kg.store if "_:" not in str(quad))
            state = "\n".join(quads).encode()
        return f"{__version__} ({sha256(state).hexdigest()[:8]})"

    def _curie(self, term: Any) -> str:
        return self._short(term.value) if isinstance(term, ox.NamedNode) else text_of_term(term)

    def _short(self, iri: str) -> str:
        return curie(iri, self.kg.prefixes)

    def _named(self, term: Any) -> str:
        return (label(self.kg.store, term) if isinstance(term, ox.NamedNode) else "") or self._curie(term)

    def _value(self, term: Any) -> str:
        return self._curie(term) if isinstance(term, ox.NamedNode) else cut(self._short_term(str(term)), 80)


def run(tools: Tools, tool: str, arguments: Mapping[str, Any]) -> Any:
    """Call a tool; warnings become remarks, and what is empty is left out."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", WcographWarning)
        found = getattr(tools, tool)(**arguments)
    if not isinstance(found, dict):
        return found
    found["remarks"] += [line(str(one.message)) for one in said if issubclass(one.category, WcographWarning)]
    return {name: value for name, value in found.items() if value not in ("", [], {})}


def _place(place: str, declared: int) -> str:
    """Return a location without the declarations before the first line."""
    first = re.compile(r"\b((?:data|shapes)\.ttl:1:)(\d+)")
    return first.sub(lambda match: f"{match[1]}{max(int(match[2]) - declared, 1)}", place)


_TYPE = ox.NamedNode(PREFIXES["rdf"] + "type")
_RELATIONS = {"subclass_of": "rdfs:subClassOf", "domain": "rdfs:domain", "range": "rdfs:range"}
_DEFINITIONS = ("skos:definition", "rdfs:comment", "skos:scopeNote")
_CLASSES = """SELECT ?class (COUNT(DISTINCT ?s) AS ?n) { ?s a ?class FILTER(ISIRI(?class))
  FILTER(!REGEX(STR(?class), "^http://www.w3.org/(2002/07/owl|ns/shacl|1999/02/22-rdf-syntax-ns|2000/01/rdf-schema)#")) }
GROUP BY ?class ORDER BY DESC(?n) STR(?class)"""
_COUNT = "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s a %s }"
_PROPERTIES_OF = """SELECT ?p (COUNT(DISTINCT ?s) AS ?n) (SAMPLE(?k) AS ?kind) {
  { SELECT DISTINCT ?s { ?s a %s } } ?s ?p ?o .
  BIND(IF(ISLITERAL(?o), DATATYPE(?o), ?none) AS ?type) OPTIONAL { ?o a ?class . ?class a owl:Class }
  BIND(COALESCE(?type, ?class) AS ?k) FILTER(?p NOT IN (rdf:type, wcob:foldedLabel)) }
GROUP BY ?p ORDER BY DESC(?n) STR(?p)"""
_EXAMPLE = "SELECT ?s (COUNT(?p) AS ?n) { ?s a %s ; ?p ?o FILTER(ISIRI(?s)) } GROUP BY ?s ORDER BY DESC(?n) STR(?s) LIMIT 1"
_ABOUT = "SELECT ?p ?o { %s ?p ?o FILTER(?p NOT IN (wcob:foldedLabel)) } ORDER BY (?p != rdf:type) STR(?p) STR(?o) LIMIT 14"
_USES_OF = """SELECT ?from ?to (COUNT(*) AS ?n) { ?s %s ?o . OPTIONAL { ?s a ?from . ?from a owl:Class
    FILTER NOT EXISTS { ?s a ?less . ?less rdfs:subClassOf ?from FILTER(?less != ?from) } }
  OPTIONAL { ?o a ?class . ?class a owl:Class
    FILTER NOT EXISTS { ?o a ?fewer . ?fewer rdfs:subClassOf ?class FILTER(?fewer != ?class) } }
  BIND(COALESCE(?class, DATATYPE(?o)) AS ?to) } GROUP BY ?from ?to ORDER BY DESC(?n) STR(?from) STR(?to) LIMIT 12"""
_KINDS = ("owl:Class", "owl:ObjectProperty", "owl:DatatypeProperty", "owl:AnnotationProperty")
_TERMS = f"SELECT DISTINCT ?t {{ VALUES ?kind {{ {' '.join(_KINDS)} }} ?t a ?kind FILTER(ISIRI(?t)) }}"


def _iri(name: str) -> ox.NamedNode:
    prefix, _, local = name.partition(":")
    return ox.NamedNode(PREFIXES[prefix] + local)


def _first(store: ox.Store, node: ox.NamedNode, *predicates: str) -> str:
    for predicate in predicates:
        for quad in store.quads_for_pattern(node, _iri(predicate), None, None):
            if isinstance(quad.object, ox.Literal) and quad.object.language in (None, "en"):
                return quad.object.value
    return ""


def _spelled(query: StoredQuery, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters by the names that the question gives them: ``as-of`` for ``asOf`` or ``as_of``."""
    return {
        known.option if (known := query.parameter(name)) else name: value for name, value in given.items()
    }


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _unknown(row: Any) -> str:
    why = row["why"].value
    return why[:1].lower() + why[1:] if why.lower().startswith(UNKNOWN) else f"{UNKNOWN}: {why}"


def _parameter(parameter: Parameter, *, full: bool) -> str:
    """Return in few words what a parameter takes."""
    if parameter.values:
        kind = "|".join(parameter.values)
    elif full:
        kind = parameter.description
    else:
        kind = (parameter.scheme or parameter.type).rpartition(":")[2]
    notes = [kind, *(["required"] if not parameter.optional else []), *(["list"] if parameter.repeat else [])]
    example = f", e.g. {parameter.example}" if parameter.example and not parameter.values else ""
    return ", ".join(notes) + example


def _as_tool(said: str) -> str:
    """Return a remark with the command that it names as a call of the tool."""
    return re.sub(r"wcograph query ([a-z-]+)", r"ask \1", said)
