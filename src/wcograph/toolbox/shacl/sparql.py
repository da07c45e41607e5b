"""SHACL-SPARQL (sections 5 and 6): constraints and components whose queries Oxigraph evaluates.

Variables are pre-bound as the specification defines: each group of a query is joined with the bindings, by a
row of VALUES. A binding that is an IRI also replaces the variable, so the engine can look it up. The
engine cannot take a blank node as input, so in its store blank nodes are IRIs of `_BLANK`. It stores and returns
literals by value, which `Queries.written` undoes. Functions that would see a difference are our own.
"""

from __future__ import annotations

import re
from functools import cached_property
from itertools import accumulate

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, QueryBoolean, QuerySolutions, Store

from wcograph.toolbox.errors import WcographError
from wcograph.toolbox.rdf import xsd as literals
from wcograph.toolbox.shacl.evaluate import Constraint, Violation
from wcograph.toolbox.shacl.graph import OWL, XSD, reached, sh
from wcograph.toolbox.shacl.shapes import PATH, is_true
from wcograph.toolbox.sparql.mistakes import ill_formed
from wcograph.toolbox.sparql.refusals import check
from wcograph.toolbox.sparql.tokens import prefixes as declared
from wcograph.toolbox.sparql.tokens import tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from typing import Any

    from wcograph.toolbox.shacl.evaluate import Batch, Evaluator
    from wcograph.toolbox.shacl.graph import Graph, Term
    from wcograph.toolbox.shacl.shapes import Shape, Shapes
    from wcograph.toolbox.sparql.tokens import Token

    Asked = tuple[NamedNode, Term, "Query", dict[str, Term]]
    """A component, the node of its query, the query, and the arguments."""
    Parameters = dict[str, tuple[NamedNode, bool]]
    """The parameters of a component by name: the property, and whether it may be missing."""

_OWN = "urn:x-shacl:"
_BLANK, _SHAPES, _IS = f"{_OWN}blank:", NamedNode(f"{_OWN}shapes"), NamedNode(f"{_OWN}is")
_PREBOUND = ("this", "currentShape", "shapesGraph")
_NAME = "the query"
_TEMPLATE = re.compile(r"\{[?$](\w+)\}")
_LOCAL_NAME = re.compile(r"[A-Za-z_]\w*\Z")
_UNDECLARED = re.compile("prefix (.*?:) is not declared")
_UNKNOWN = re.compile(r"custom function <(.*)> is not supported")


def _is_blank(term: Any) -> bool:
    return isinstance(term, NamedNode) and term.value.startswith(_BLANK)


class QueryError(ValueError):
    """A query is ill-formed, or breaks a rule of SHACL-SPARQL."""


def _plain(error: WcographError) -> str:
    return re.sub(r"^the query(:\d+:\d+)?:? ?| \(--data.*", "", str(error))


class Query:
    """A checked query of a shapes graph, which can be asked with bound variables.

    ``functions`` are those that it may call; one that nobody knows is added to them, and its calls are errors.
    """

    def __init__(
        self,
        text: str,
        prefixes: Mapping[str, str],
        path: str | None,
        bound: Collection[str],
        functions: dict[NamedNode, Any],
    ) -> None:
        """Check the text (section 5.1 and appendix A); raise QueryError if a rule is broken.

        ``path`` replaces ``$PATH``; ``bound`` are the variables that will be bound.
        """
        self.text, self.bound, self.functions = text, set(bound), functions
        self.computed: set[str] = set()  # variables whose values are not terms of the data
        try:
            check(text, _NAME)
            found = tokens(text, _NAME)
            used = {token.text.partition(":")[0] for token in found if token.kind == "name"}
            self.prefixes = {prefix: iri for prefix, iri in prefixes.items() if prefix in used}
            self.pieces = list(self._pieces(found, path))
            self.form, returned = self._asked(self.fill({}))
        except WcographError as error:
            raise QueryError(_plain(error)) from error
        if self.form == "SELECT" and "this" not in returned:
            raise QueryError("does not return $this")

    def ask(self, store: Store, text: str) -> QuerySolutions | QueryBoolean:
        """Ask the query, with its variables filled in."""
        answer = store.query(text, prefixes=self.prefixes, custom_functions=self.functions)
        return answer  # type: ignore[return-value]

    def _asked(self, text: str) -> tuple[str, set[str]]:
        """Return the form of a query, and the variables that it returns."""
        check(text, _NAME, prefixes=self.prefixes)
        try:
            answer = self.ask(Store(), text)
        except SyntaxError as error:
            reason = _plain(ill_formed(error, text, _NAME, self.prefixes))
            missing = _UNDECLARED.match(reason)
            reason = f"its sh:prefixes do not declare {missing[1]}" if missing else reason
            raise QueryError(f"is not a SPARQL query: {reason}") from error
        except ValueError as error:
            raise QueryError(f"uses a prefix without an absolute IRI: {error}") from error
        except RuntimeError as error:
            unknown = _UNKNOWN.search(str(error))
            if unknown is None:
                raise QueryError(f"uses something that the engine does not have: {error}") from error
            self.functions[NamedNode(unknown[1])] = lambda *_: None
            return self._asked(text)
        if isinstance(answer, QuerySolutions):
            return "SELECT", {one.value for one in answer.variables}
        return "ASK" if isinstance(answer, QueryBoolean) else "", set()

    def _pieces(self, found: Sequence[Token], path: str | None) -> Iterator[tuple[str, str]]:
        """Split the query into texts, each with what to insert after it: ``{`` (bindings), or a variable."""
        at, groups = 0, [""]
        plain = False  # whether a variable may be replaced: not in a projection or a modifier
        texts = [token.text.upper() if token.kind == "word" else token.text for token in found]
        own = {function.value for function in self.functions}
        for number, token in enumerate(found):
            word, before = texts[number], texts[number - 1] if number else ""
            following = texts[number + 1] if number + 1 < len(texts) else ""
            name, end = token.text[1:] if token.kind == "variable" else "", token.offset + len(token.text)
            instead: tuple[str, str] | None = None
            if word in ("MINUS", "VALUES"):
                raise QueryError(f"uses {word}, which SHACL-SPARQL does not allow")
            if word in ("SELECT", "GROUP", "ORDER", "HAVING"):
                plain = False
            if word == "SELECT" and len(groups) > 1:
                self._check_subquery(found, number)
            if before == "AS" and name:
                self.computed.add(name)
                if name in self.bound:
                    raise QueryError(f"assigns to ${name}, which is bound already")
            if word == "{":
                plain = True
                groups.append("EXISTS" if before == "EXISTS" else groups[-1])
                if not groups[-1] and following != "SELECT":
                    yield self.text[at:end], "{"
                    at = end
            elif word == "}":
                plain = True
                groups[1:] = groups[1:-1]
            elif name == "PATH" and path is not None:
                instead = path, ""
            elif name in self.bound and plain and len(groups) > 1:
                asked = texts[number - 2 : number] == ["BOUND", "("]
                instead = None if asked else ("", token.text)
            elif following == "(" and _OWN + word in own:
                instead = f"<{_OWN}{word}>", ""
            if instead is not None:
                yield self.text[at : token.offset] + instead[0], instead[1]
                at = end
        yield self.text[at:], ""

    def _check_subquery(self, found: Sequence[Token], at: int) -> None:
        """Refuse a SELECT within the query that does not return the variables that are bound."""
        depths = accumulate((token.text == "{") - (token.text == "}") for token in found[at:])
        end = next(
            (one.offset for one, depth in zip(found[at:], depths, strict=True) if depth < 0), len(self.text)
        )
        head = "".join(f"PREFIX {one}: <{iri}> " for one, iri in declared(self.text).items())
        _, returned = self._asked(head + self.text[found[at].offset : end])
        missing = self.bound - returned - {"shapesGraph", "currentShape"}
        if missing:
            raise QueryError(f"has a SELECT within it that does not return ${min(missing)}")

    def fill(self, bindings: Mapping[str, Term]) -> str:
        """Return the text with variables bound; terms are in the store's own form."""
        values = "".join(f" VALUES ?{name} {{ {term} }} " for name, term in bindings.items())
        parts = []
        for text, place in self.pieces:
            term = bindings.get(place[1:])
            parts += [text, values if place == "{" else str(term) if isinstance(term, NamedNode) else place]
        return "".join(parts)


class Queries:
    """The SPARQL of a shapes graph, and the store in which it is asked.

    Ill-formed queries are added to the problems of ``shapes``, and the shapes that use them are left out.
    """

    def __init__(self, data: Graph, shapes: Shapes) -> None:
        """Check all queries."""
        self.data, self.shapes, self.graph = data, shapes, shapes.graph
        own: dict[str, Callable[[Any], Term | None]] = {
            "ISBLANK": lambda term: Literal(_is_blank(term)),
            **dict.fromkeys(("ISIRI", "ISURI"), lambda term: Literal(type(self.written(term)) is NamedNode)),
            "ISNUMERIC": lambda term: Literal(
                (literals.key(self.written(term)) or ("",))[0] in literals.NUMERIC
            ),
            "STR": lambda term: None if _is_blank(term) else Literal(self.written(term).value),  # type: ignore[union-attr]
            "DATATYPE": lambda term: getattr(self.written(term), "datatype", None),
        }
        self.functions: dict[NamedNode, Any] = {NamedNode(_OWN + name): one for name, one in own.items()}
        self.parameters: dict[NamedNode, Parameters] = {}
        self._queries: dict[Term, list[Asked]] = {}
        for component in shapes.components:
            self._read_component(component)
        wrong: dict[Term, None] = {}
        for node, shape in shapes.shapes.items():
            for component, parameters in self.parameters.items():
                several = any(len(shape.values.get(one, ())) > 1 for one, _ in parameters.values())
                if several and len(parameters) > 1 and self._arguments(shape, component):
                    shapes.wrong(f"a parameter of {component} has more than one value", node)
                    wrong[node] = None
            for component, asked, names, arguments in self._uses(shape):
                try:
                    query = self._query(shape, asked, names)
                    self._queries.setdefault(node, []).append((component, asked, query, arguments))
                except QueryError as error:
                    forms = [form for form in map(sh, ("select", "ask")) if self.graph.objects(asked, form)]
                    where = (asked, forms[0]) if forms else (node, sh("sparql"))
                    shapes.wrong(f"the SPARQL {error}", *where)
                    wrong[node] = None
        shapes.functions = [one for one in self.functions if not one.value.startswith(_OWN)]
        shapes.drop(wrong)

    def _read_component(self, component: NamedNode) -> None:
        """Read the parameters of a component (section 6.2.1)."""
        found: Parameters = {}
        for node in self.graph.objects(component, sh("parameter")):
            path = self.graph.one(node, PATH)
            match = _LOCAL_NAME.search(path.value) if isinstance(path, NamedNode) else None
            if (
                not isinstance(path, NamedNode)
                or match is None
                or match[0] in (*_PREBOUND, "path", "PATH", "value")
            ):
                self.shapes.wrong("the parameter's sh:path does not end in a name for a variable", node, PATH)
                return
            found[match[0]] = path, is_true(self.graph.one(node, sh("optional")))
        if all(optional for _, optional in found.values()):
            message = "a constraint component needs a sh:parameter that is not optional"
            self.shapes.wrong(message, component, sh("parameter"))
        else:
            self.parameters[component] = found

    def _arguments(self, shape: Shape, component: NamedNode) -> list[dict[str, Term]]:
        """Return the arguments of each constraint of a component that a shape declares (section 6.1)."""
        parameters = self.parameters[component]
        values = {name: shape.values.get(one, ()) for name, (one, _) in parameters.items()}
        if not all(values[name] or optional for name, (_, optional) in parameters.items()):
            return []
        if len(values) == 1:
            return [{name: value} for name, some in values.items() for value in some]
        return [{name: next(iter(some)) for name, some in values.items() if some}]

    def _uses(self, shape: Shape) -> Iterator[tuple[NamedNode, Term, list[str], dict[str, Term]]]:
        """Yield each SPARQL constraint of a shape: component, node of the query, variables, arguments."""
        for node in shape.get("sparql"):
            if not is_true(self.graph.one(node, sh("deactivated"))):
                yield sh("SPARQLConstraintComponent"), node, [*_PREBOUND], {}
        own = sh("nodeValidator" if shape.path is None else "propertyValidator")
        for component, parameters in self.parameters.items():
            for arguments in self._arguments(shape, component):
                found = self.graph.objects(component, own) or self.graph.objects(component, sh("validator"))
                for node in list(found)[:1]:  # where there are several, any of them will do (section 6.2.3)
                    yield component, node, [*_PREBOUND, *parameters], arguments

    def _query(self, shape: Shape, node: Term, names: list[str]) -> Query:
        form = "ask" if self.graph.objects(node, sh("ask")) and len(names) > len(_PREBOUND) else "select"
        texts = list(self.graph.objects(node, sh(form)))
        if len(texts) != 1 or not isinstance(texts[0], Literal):
            raise QueryError(f"constraint must have exactly one sh:{form}")
        names = [*names, "value"] if form == "ask" else names
        path = None if shape.path is None else shape.path.text
        try:
            query = Query(texts[0].value, self._prefixes(node), path, names, self.functions)
        except QueryError as error:
            raise QueryError(f"in sh:{form} {error}") from error
        if query.form != form.upper():
            raise QueryError(f"in sh:{form} must be {form.upper()}")
        return query

    def _prefixes(self, node: Term) -> dict[str, str]:
        """Return the prefixes of a query (section 5.2.1)."""
        found: dict[str, str] = {}
        imports = NamedNode(OWL + "imports")
        ontologies = reached(
            self.graph.objects(node, sh("prefixes")), lambda one: self.graph.objects(one, imports)
        )
        for declaration in [value for one in ontologies for value in self.graph.objects(one, sh("declare"))]:
            prefix, namespace = (self.graph.one(declaration, sh(name)) for name in ("prefix", "namespace"))
            if not isinstance(prefix, Literal) or not isinstance(namespace, Literal):
                raise QueryError("has a prefix declaration without sh:prefix or sh:namespace")
            if found.setdefault(prefix.value, namespace.value) != namespace.value:
                raise QueryError(f"has two namespaces for the prefix {prefix.value}:")
        return found

    def constraints(self, run: Evaluator, shape: Shape) -> list[Constraint]:
        """Return the SPARQL constraints of a shape, and those of its components."""
        return [_Sparql(run, shape, self, asked) for asked in self._queries.get(shape.node, ())]

    @cached_property
    def store(self) -> Store:
        """The data, and the shapes in a graph of their own."""
        store = Store()
        for graph, name in ((self.data, DefaultGraph()), (self.graph, _SHAPES)):
            store.bulk_extend(Quad(_inside(s), p, _inside(o), name) for s, p, o in graph.triples())
        return store

    def ask(self, query: Query, shape: Shape, bindings: Mapping[str, Term]) -> QuerySolutions | QueryBoolean:
        """Ask a query with bound variables."""
        inside = {name: _inside(term) for name, term in bindings.items()}
        inside |= {"currentShape": _inside(shape.node), "shapesGraph": _SHAPES}
        return query.ask(self.store, query.fill({n: t for n, t in inside.items() if n in query.text}))

    def written(self, term: Term) -> Term:
        """Return a term of an answer as the files write it."""
        if isinstance(term, NamedNode) and term.value.startswith(_BLANK):
            return BlankNode(term.value[len(_BLANK) :])
        if not isinstance(term, Literal) or term.language or term.datatype.value == XSD + "string":
            return term
        return self._forms.get(term, term)

    @cached_property
    def _forms(self) -> dict[Term, Term]:
        """The literals of the files by their forms in the store; of two forms that are one there, the store's own."""
        terms = [one[2] for graph in (self.data, self.graph) for one in graph.triples()]
        values = [one for one in terms if isinstance(one, Literal) and not one.language]
        scratch = Store()
        scratch.bulk_extend(Quad(NamedNode(f"urn:{at}"), _IS, one) for at, one in enumerate(values))
        found: dict[Term, Term] = {}
        for at, stored in sorted((int(quad.subject.value[4:]), quad.object) for quad in scratch):
            found[stored] = stored if stored == values[at] else found.get(stored, values[at])
        return found


def _inside(term: Term) -> Any:
    return NamedNode(_BLANK + term.value) if isinstance(term, BlankNode) else term


class _Sparql(Constraint):
    """A SPARQL constraint, or one of a component: the solutions of a SELECT, or values for which an ASK is false."""

    def __init__(self, run: Evaluator, shape: Shape, queries: Queries, asked: Asked) -> None:
        super().__init__(run, shape, asked[1], "SPARQL")
        self.queries, (self.component, node, self.query, self.arguments) = queries, asked
        self.source = node if self.component == sh("SPARQLConstraintComponent") else None
        said = queries.graph.objects(node, sh("message")) or queries.graph.objects(
            self.component, sh("message")
        )
        self.templates = [one for one in said if isinstance(one, Literal)]

    def violations(self, batch: Batch) -> list[Violation]:
        found = []
        for focus, values in batch.pairs:
            self.run.check_time()
            bound = {**self.arguments, "this": focus}
            if self.query.form == "SELECT":
                found += self._solutions(focus, bound)
                continue
            for value in values:
                bound["value"] = value
                if not self.queries.ask(self.query, self.shape, bound):
                    found.append(Violation(focus, value, messages=self._messages(bound)))
        return found

    def _solutions(self, focus: Term, bindings: Mapping[str, Term]) -> list[Violation]:
        found: list[Violation] = []
        solutions = self.queries.ask(self.query, self.shape, bindings)
        assert isinstance(solutions, QuerySolutions)
        names = [variable.value for variable in solutions.variables]
        for solution in solutions:
            bound = {**self.arguments}
            for name, term in zip(names, solution, strict=True):
                if term is not None:
                    made = name in self.query.computed and not _is_blank(term)
                    bound[name] = term if made else self.queries.written(term)
            bound["this"] = focus
            if is_true(bound.get("failure")):
                self.run.shapes.wrong("the SPARQL constraint reports a failure", self.parameter, sh("select"))
                continue
            path, message = bound.get("path"), bound.get("message")
            found.append(
                Violation(
                    focus,
                    bound.get("value", focus if self.shape.path is None else None),
                    path if isinstance(path, NamedNode) else None,
                    [message] if isinstance(message, Literal) else self._messages(bound),
                )
            )
        return found

    def _messages(self, bound: Mapping[str, Term]) -> list[Literal]:
        def shown(match: re.Match[str]) -> str:
            term = bound.get(match[1])
            said = term.value if isinstance(term, Literal) else self.run.say(term)
            return match[0] if term is None else said

        return [Literal(_TEMPLATE.sub(shown, one.value), language=one.language) for one in self.templates]

    def message(self, violation: Violation) -> str:
        what = self.run.say(self.component) if self.source is None else "the SPARQL constraint"
        return f"The node does not satisfy {what}."
