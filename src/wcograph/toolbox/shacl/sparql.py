"""SHACL-SPARQL (sections 5 and 6): constraints and components whose queries Oxigraph evaluates.

Variables are pre-bound as the specification defines: each group of a query is joined with the bindings, by a
row of VALUES. A binding that is an IRI also replaces the variable, so the engine can look it up. The
engine cannot take a blank node as input, so in its store blank nodes are IRIs of `_BLANK`. It keeps literals by value
(``"01"^^xsd:int`` as ``1``), so those that it would change have a datatype of our own there, and expressions that compute
with variables get the value from a function. Functions that would see a difference are our own, too.
"""

from __future__ import annotations

import re
from functools import cached_property
from itertools import accumulate

from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QuerySolutions,
    RdfFormat,
    Store,
    parse,
)

from wcograph.toolbox.errors import WcographError
from wcograph.toolbox.shacl import literals
from wcograph.toolbox.shacl.evaluate import Constraint, Violation
from wcograph.toolbox.shacl.graph import OWL, XSD, reached, sh
from wcograph.toolbox.shacl.shapes import PATH, is_true
from wcograph.toolbox.sparql.mistakes import ill_formed
from wcograph.toolbox.sparql.patterns import CLAUSE, EXPRESSION, Reading
from wcograph.toolbox.sparql.refusals import check
from wcograph.toolbox.sparql.tokens import prefixes as declared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from wcograph.toolbox.shacl.evaluate import Batch, Evaluator
    from wcograph.toolbox.shacl.graph import Graph, Term
    from wcograph.toolbox.shacl.shapes import Shape, Shapes

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
_OF_TERMS = (  # functions of terms, not of their values
    "BOUND COALESCE COUNT DATATYPE IF ISBLANK ISIRI ISLITERAL ISNUMERIC ISURI LANG SAMETERM SAMPLE STR"
).split()
_KEPT = re.compile(  # what most literals are that a store does not change
    rf'"(-?[1-9]\d{{0,16}}|0)"\^\^<{XSD}integer>|"(true|false)"\^\^<{XSD}boolean>|"\d{{4}}-\d\d-\d\d"\^\^<{XSD}date>'
    '|.*"(@.*)?',
    re.DOTALL,
)


def _is_blank(term: Any) -> bool:
    return isinstance(term, NamedNode) and term.value.startswith(_BLANK)


def _changed(terms: Iterable[Term]) -> set[Term]:
    """Return the literals that a store keeps in another form."""
    found: set[Any] = {one for one in terms if isinstance(one, Literal) and not _KEPT.fullmatch(str(one))}
    scratch = Store()
    scratch.bulk_extend(Quad(_IS, _IS, one) for one in found)
    return found - {quad.object for quad in scratch}


def _inside(term: Any, changed: Collection[Term]) -> Any:
    """Return a term in the form that it has in our store, if a store would change the literals ``changed``."""
    if isinstance(term, BlankNode):
        return NamedNode(_BLANK + term.value)
    return Literal(term.value, datatype=NamedNode(_OWN + term.datatype.value)) if term in changed else term


def _outside(term: Any) -> Any:
    """Return a term of our store as the files have it."""
    if _is_blank(term):
        return BlankNode(term.value.removeprefix(_BLANK))
    datatype = term.datatype.value if isinstance(term, Literal) else ""
    return (
        Literal(term.value, datatype=NamedNode(datatype[len(_OWN) :])) if datatype.startswith(_OWN) else term
    )


def _closing(texts: Sequence[str], at: int) -> int:
    """Return the position of the bracket that closes the one before ``at``; of the last token if there is none."""
    depths = accumulate((one in ("(", "{")) - (one in (")", "}")) for one in texts[at:])
    return next((end for end, depth in enumerate(depths, at) if depth < 0), len(texts) - 2)


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
        self.exact = False  # whether it has a literal that a store would change
        try:
            check(text, _NAME)
            reading = Reading(text, _NAME)
            used = {token.text.partition(":")[0] for token in reading.found if token.kind == "name"}
            self.prefixes = {prefix: iri for prefix, iri in prefixes.items() if prefix in used}
            known = {**self.prefixes, **declared(text)}.items()
            self.head = "".join(f"PREFIX {prefix}: <{iri}> " for prefix, iri in known)
            self.pieces, at = [], 0
            for start, end, *new in self._edits(reading, path):
                self.pieces += [text[at:start], *new]
                at = end
            self.pieces.append(text[at:])
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

    def _edits(self, reading: Reading, path: str | None) -> Iterator[tuple[int, int, *tuple[str, ...]]]:
        """Yield what to replace in the query: from where to where, and by what.

        This is texts, and places for `fill`: "\0?" and a variable, "\0{" for bindings, "\0(" and "\0)" for a call that
        returns a value.
        """
        found, own = reading.found, {function.value for function in self.functions}
        texts = [*(token.text.upper() if token.kind == "word" else token.text for token in found), ""]
        clause, opened, ends = "", [""], set()
        for number, (token, mode) in enumerate(zip(found, reading.modes, strict=True)):
            word, before, following, last = texts[number], texts[number - 1], texts[number + 1], number
            name, start, end = (
                token.text[1:] if token.kind == "variable" else "",
                token.offset,
                token.offset + len(token.text),
            )
            if word in ("MINUS", "VALUES"):
                raise QueryError(f"uses {word}, which SHACL-SPARQL does not allow")
            if before == "AS" and name in self.bound:
                raise QueryError(f"assigns to ${name}, which is bound already")
            if word in ("SELECT", "GROUP", "ORDER"):
                clause = word
            if word == "SELECT" and len(opened) > 1:
                self._check_subquery(self.text[start : found[_closing(texts, number)].offset])
            if word in ("COALESCE", "IF"):
                last = _closing(texts, number + 2)
            elif following == "^^":
                last = number + 2
            is_alone = before in ("(", ",", "DISTINCT") and texts[last + 1] in (")", ",", "AS")
            is_condition = (opened[-1], before) == ("IF", "(")
            is_term = is_alone and not is_condition and (opened[-1] in _OF_TERMS or texts[last + 1] == "AS")
            is_value = (
                not is_term and before != "AS" and (mode == EXPRESSION or (mode, clause) == (CLAUSE, "ORDER"))
            )
            if word in ("(", "{"):
                opened.append(word if word == "{" and before != "EXISTS" else before)
                if word == "{" and "EXISTS" not in opened and following != "SELECT":
                    yield end, end, "\0{"
            elif word in (")", "}"):
                opened[1:] = opened[1:-1]
                if number in ends:
                    yield end, end, "\0)"
            elif name == "PATH" and path is not None:
                yield start, end, path
            elif name and is_value:
                yield start, end, "\0(", f"\0?{name}", "\0)"
            elif name in self.bound and mode != CLAUSE and opened[-1] != "BOUND":
                yield start, end, f"\0?{name}"
            elif is_value and word in ("COALESCE", "IF"):
                ends.add(last)
                yield start, start, "\0("
            elif (token.kind == "number" or following == "^^") and mode != CLAUSE and not is_value:
                start -= before in ("+", "-") and found[number - 1].offset == start - 1
                end = found[last].offset + len(found[last].text)
                yield start, end, self._literal(self.text[start:end])
            elif following == "(" and _OWN + word in own:
                yield start, end, f"<{_OWN}{word}>"

    def _literal(self, text: str) -> str:
        """Return a literal of the query in the form that it has in our store."""
        try:
            (quad,) = parse(f"{self.head} <a:> <a:> {text} .", RdfFormat.TURTLE)
        except (SyntaxError, ValueError):  # the engine says so
            return text
        changed = _changed([quad.object])
        self.exact |= bool(changed)
        return str(_inside(quad.object, changed))

    def _check_subquery(self, text: str) -> None:
        """Refuse a SELECT within the query that does not return the variables that are bound."""
        _, returned = self._asked(self.head + text)
        missing = self.bound - returned - {"shapesGraph", "currentShape"}
        if missing:
            raise QueryError(f"has a SELECT within it that does not return ${min(missing)}")

    def fill(self, bindings: Mapping[str, Term], exact: bool = False) -> str:
        """Return the text with variables bound; terms are in the form that they have in our store.

        ``exact`` says whether a store would change literals of the data.
        """
        call = (f"<{_OWN}value>(", ")") if exact or self.exact else ("", "")
        values = "".join(f" VALUES ?{name} {{ {term} }} " for name, term in bindings.items())
        known = {"\0{": values, "\0(": call[0], "\0)": call[1]}
        known |= {f"\0?{name}": str(term) for name, term in bindings.items() if isinstance(term, NamedNode)}
        return "".join([known.get(piece, piece.lstrip("\0")) for piece in self.pieces])


class Queries:
    """The SPARQL of a shapes graph, and the store in which it is asked.

    Ill-formed queries are added to the problems of ``shapes``, and the shapes that use them are left out.
    """

    def __init__(self, data: Graph, shapes: Shapes) -> None:
        """Check all queries."""
        self.data, self.shapes, self.graph = data, shapes, shapes.graph
        own: dict[str, Callable[[Any], Term | None]] = {
            "ISBLANK": lambda term: Literal(_is_blank(term)),
            **dict.fromkeys(("ISIRI", "ISURI"), lambda term: Literal(type(_outside(term)) is NamedNode)),
            "ISNUMERIC": lambda term: Literal((literals.key(_outside(term)) or ("",))[0] in literals.NUMERIC),
            "STR": lambda term: None if _is_blank(term) else Literal(term.value),
            "DATATYPE": lambda term: getattr(_outside(term), "datatype", None),
            "value": lambda term: _outside(term) if literals.key(_outside(term)) else term,
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
    def changed(self) -> set[Term]:
        """The literals of the files that a store would change."""
        return _changed(one[2] for graph in (self.data, self.graph) for one in graph.triples())

    @cached_property
    def store(self) -> Store:
        """The data, and the shapes in a graph of their own."""
        store, changed = Store(), self.changed
        for graph, name in ((self.data, DefaultGraph()), (self.graph, _SHAPES)):
            store.bulk_extend(
                Quad(_inside(s, ()), p, _inside(o, changed), name) for s, p, o in graph.triples()
            )
        return store

    def ask(self, query: Query, shape: Shape, bindings: Mapping[str, Term]) -> QuerySolutions | QueryBoolean:
        """Ask a query with bound variables."""
        bindings = {**bindings, "currentShape": shape.node, "shapesGraph": _SHAPES}
        inside = {name: _inside(term, self.changed) for name, term in bindings.items() if name in query.text}
        return query.ask(self.store, query.fill(inside, bool(self.changed)))


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
            found_terms = zip(names, map(_outside, solution), strict=True)
            bound = {**self.arguments, **{name: term for name, term in found_terms if term}, "this": focus}
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
