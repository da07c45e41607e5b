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

import pyoxigraph as ox
from pyoxigraph import BlankNode, Literal, NamedNode

from wcograph.toolbox.errors import InputError, WcographError
from wcograph.toolbox.rdf import xsd as literals
from wcograph.toolbox.shacl.evaluate import Constraint, Violation
from wcograph.toolbox.shacl.graph import OWL, reached, sh
from wcograph.toolbox.shacl.shapes import PATH, is_true
from wcograph.toolbox.sparql.asking import ask
from wcograph.toolbox.sparql.patterns import CLAUSE, EXPRESSION, Reading
from wcograph.toolbox.sparql.refusals import check, check_prefixes
from wcograph.toolbox.sparql.tokens import prefixes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from wcograph.toolbox.shacl.evaluate import Batch, Evaluator
    from wcograph.toolbox.shacl.graph import Graph, Term
    from wcograph.toolbox.shacl.shapes import Shape, Shapes

    Asked = tuple[NamedNode, Term, "Query", dict[str, Term]]
    """A component, the node of its query, the query, and the arguments."""

_OWN = "urn:x-shacl:"
_BLANK, _SHAPES = f"{_OWN}blank:", NamedNode(f"{_OWN}shapes")
_PREBOUND = ("this", "currentShape", "shapesGraph")
_NAME = "the query"
_TEMPLATE = re.compile(r"\{[?$](\w+)\}")
_LOCAL_NAME = re.compile(r"[A-Za-z_]\w*\Z")
_UNKNOWN = re.compile(r"custom function <(.*)> is not supported")
# Functions of terms; other functions, and operators, compute with the values of terms.
_OF_TERMS = re.compile("BOUND|COALESCE|COUNT|DATATYPE|IF|IS[A-Z]+|LANG|SAMETERM|SAMPLE|STR")
# Most of the literals that a store does not change.
_KEPT = re.compile(
    r'"(-?[1-9]\d{0,16}|0)"\^\^<\S*#integer>|"\d{4}-\d\d-\d\d"\^\^<\S*#date>|".*"(@.*)?', re.DOTALL
)


def _is_blank(term: Any) -> bool:
    return isinstance(term, NamedNode) and term.value.startswith(_BLANK)


def _changed(terms: Iterable[Term]) -> set[Any]:
    """Return the literals that a store keeps in another form."""
    found: set[Any] = {one for one in terms if isinstance(one, Literal) and not _KEPT.fullmatch(str(one))}
    scratch = ox.Store()
    scratch.bulk_extend(ox.Quad(_SHAPES, _SHAPES, one) for one in found)
    return found - {quad.object for quad in scratch}


def _inside(term: Any, changed: Collection[Term]) -> Any:
    """Return a term as our store has it, if a store would change the literals ``changed``."""
    if isinstance(term, BlankNode):
        return NamedNode(_BLANK + term.value)
    return Literal(term.value, datatype=NamedNode(_OWN + term.datatype.value)) if term in changed else term


def _outside(term: Any) -> Any:
    """Return a term of our store as the files have it."""
    if _is_blank(term):
        return BlankNode(term.value.removeprefix(_BLANK))
    if isinstance(term, Literal) and term.datatype.value.startswith(_OWN):
        return Literal(term.value, datatype=NamedNode(term.datatype.value.removeprefix(_OWN)))
    return term


def _closing(texts: Sequence[str], at: int) -> int:
    """Return where the bracket is closed that is open before ``at``; the last token if nowhere."""
    depths = accumulate((one in ("(", "{")) - (one in (")", "}")) for one in texts[at:])
    return next((end for end, depth in enumerate(depths, at) if depth < 0), len(texts) - 2)


class Query:
    """A checked query of a shapes graph, which can be asked with bound variables.

    A function that nobody knows is added to the functions of ``queries``; its calls are errors.
    """

    def __init__(self, queries: Queries, shape: Shape, node: Term, names: Collection[str]) -> None:
        """Check the query that a node has (section 5.1 and appendix A); raise InputError if a rule is broken.

        ``names`` are the variables that will be bound, without that of the value.
        """
        self.form = "ask" if queries.get(node, sh("ask")) and len(names) > len(_PREBOUND) else "select"
        texts = list(queries.get(node, sh(self.form)))
        if len(texts) != 1 or not isinstance(texts[0], Literal):
            raise InputError(f"constraint must have exactly one sh:{self.form}")
        self.text, self.functions = texts[0].value, queries.functions
        self.bound = {*names, *(["value"] if self.form == "ask" else [])}
        self.exact = False  # whether it has a literal that a store would change
        try:
            if check(self.text, _NAME) != self.form.upper():
                raise InputError(f"must be {self.form.upper()}")
            reading = Reading(self.text, _NAME)
            used = {token.text.partition(":")[0] for token in reading.found if token.kind == "name"}
            self.prefixes = {prefix: iri for prefix, iri in queries.prefixes(node).items() if prefix in used}
            check_prefixes(self.prefixes)  # which are put before parts of the text
            declared = {**self.prefixes, **prefixes(self.text)}.items()
            self.head = "".join(f"PREFIX {prefix}: <{iri}> " for prefix, iri in declared)
            self.pieces, at = [], 0
            for start, end, *new in self._edits(reading, shape.path.text if shape.path else None):
                self.pieces += [self.text[at:start], *new]
                at = end
            self.pieces.append(self.text[at:])
            if self._returned(self.fill({}, self.exact)).isdisjoint(["this"]) and self.form == "select":
                raise InputError("does not return $this")
        except WcographError as error:
            reason = re.sub(r"^the query(:\d+:\d+)?:? ?| \(--data.*", "", str(error))
            reason = re.sub("^prefix (.*?:) is not declared.*", r"its sh:prefixes do not declare \1", reason)
            what = "is not a SPARQL query: " if isinstance(error.__cause__, SyntaxError) else ""
            raise InputError(f"in sh:{self.form} {what}{reason}") from error

    def _returned(self, text: str) -> set[str]:
        """Return the variables that a query returns."""
        try:
            answer = ask(ox.Store(), text, _NAME, prefixes=self.prefixes, custom_functions=self.functions)
        except InputError as error:
            unknown = _UNKNOWN.search(str(error))
            if unknown is None:
                raise
            self.functions[NamedNode(unknown[1])] = lambda *_: None
            return self._returned(text)
        return {one.value for one in getattr(answer, "variables", ())}

    def _edits(self, reading: Reading, path: str | None) -> Iterator[tuple[int, int, *tuple[str, ...]]]:
        """Yield what to replace in the query: from where to where, and by what.

        This is text, or begins with NUL: a variable, ``{`` for bindings, ``(`` and ``)`` for the call that gives a value.
        """
        found = reading.found
        texts = [*(token.text.upper() if token.kind == "word" else token.text for token in found), ""]
        clause, opened, ends = "", [""], set()
        for number, (token, mode) in enumerate(zip(found, reading.modes, strict=True)):
            word, before, following, last = texts[number], texts[number - 1], texts[number + 1], number
            start, end = token.offset, token.offset + len(token.text)
            name = token.text[1:] if token.kind == "variable" else ""
            if word in ("MINUS", "VALUES", "LATERAL"):  # the last is the engine's own
                raise InputError(f"uses {word}, which SHACL-SPARQL does not allow")
            if before == "AS" and name in self.bound:
                raise InputError(f"assigns to ${name}, which is bound already")
            if word in ("SELECT", "GROUP", "ORDER"):
                clause = word
            if word == "SELECT" and len(opened) > 1:
                within = self._returned(self.head + self.text[start : found[_closing(texts, number)].offset])
                if missing := self.bound - within - {"shapesGraph", "currentShape"}:
                    raise InputError(f"has a SELECT within it that does not return ${min(missing)}")
            if word in ("COALESCE", "IF"):
                last = _closing(texts, number + 2)
            elif following == "^^":
                last = number + 2
            after = texts[last + 1]
            is_argument = before in ("(", ",", "DISTINCT") and after in (")", ",", "AS")
            is_argument &= (opened[-1], before) != ("IF", "(")  # which is a condition
            is_term = (is_argument and (_OF_TERMS.fullmatch(opened[-1]) or after == "AS")) or before == "AS"
            is_value = not is_term and (mode == EXPRESSION or (mode, clause) == (CLAUSE, "ORDER"))
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
            elif (token.kind, following) == ("word", "(") and NamedNode(_OWN + word) in self.functions:
                yield start, end, f"<{_OWN}{word}>"

    def _literal(self, text: str) -> str:
        """Return a literal of the query as our store has it."""
        try:
            (quad,) = ox.parse(f"{self.head} <a:> <a:> {text} .", ox.RdfFormat.TURTLE)
        except SyntaxError:  # the engine says so
            return text
        changed = _changed([quad.object])
        self.exact |= bool(changed)
        return str(_inside(quad.object, changed))

    def fill(self, bindings: Mapping[str, Term], exact: bool) -> str:
        """Return the text with variables bound to terms of our store, and ``exact`` or not as to values of literals."""
        known = {f"\0?{name}": str(term) for name, term in bindings.items() if isinstance(term, NamedNode)}
        known["\0{"] = "".join(f" VALUES ?{name} {{ {term} }} " for name, term in bindings.items())
        known |= {"\0(": f"<{_OWN}value>(", "\0)": ")"} if exact else {"\0(": "", "\0)": ""}
        return "".join([known.get(piece, piece.lstrip("\0")) for piece in self.pieces])


class Queries:
    """The SPARQL of a shapes graph, and the store in which it is asked.

    Ill-formed queries are added to the problems of ``shapes``, and the shapes that use them are left out.
    """

    def __init__(self, data: Graph, shapes: Shapes) -> None:
        """Check all queries."""
        self.data, self.shapes, self.get = data, shapes, shapes.graph.objects
        own: dict[str, Any] = {
            "ISBLANK": lambda term: Literal(_is_blank(term)),
            **dict.fromkeys(("ISIRI", "ISURI"), lambda term: Literal(type(_outside(term)) is NamedNode)),
            "ISNUMERIC": lambda term: Literal((literals.key(_outside(term)) or ("",))[0] in literals.NUMERIC),
            "STR": lambda term: None if _is_blank(term) else Literal(term.value),
            "DATATYPE": lambda term: getattr(_outside(term), "datatype", None),
            # an ill-typed literal has no value
            "value": lambda term: _outside(term) if literals.key(_outside(term)) else term,
        }
        self.functions: dict[NamedNode, Any] = {NamedNode(_OWN + name): one for name, one in own.items()}
        self.parameters: dict[NamedNode, dict[str, tuple[NamedNode, bool]]] = {}
        self._queries: dict[Term, list[Asked]] = {}
        for component in shapes.components:
            self._read_component(component)
        wrong: list[Term] = []
        for node, shape in shapes.shapes.items():
            for component, parameters in self.parameters.items():
                several = any(len(shape.values.get(one, ())) > 1 for one, _ in parameters.values())
                if several and len(parameters) > 1 and self._arguments(shape, component):
                    shapes.wrong(f"a parameter of {component} has more than one value", node)
                    wrong.append(node)
            for component, asked, names, arguments in self._uses(shape):
                try:
                    query = Query(self, shape, asked, names)
                    self._queries.setdefault(node, []).append((component, asked, query, arguments))
                except InputError as error:
                    forms = [form for form in map(sh, ("select", "ask")) if self.get(asked, form)]
                    where = (asked, forms[0]) if forms else (node, sh("sparql"))
                    shapes.wrong(f"the SPARQL {error}", *where)
                    wrong.append(node)
        shapes.functions = [one for one in self.functions if not one.value.startswith(_OWN)]
        shapes.drop(wrong)

    def _read_component(self, component: NamedNode) -> None:
        """Read the parameters of a component by their names: the property, and whether it may be missing (section 6.2.1)."""
        found: dict[str, tuple[NamedNode, bool]] = {}
        for node in self.get(component, sh("parameter")):
            path: Any = self.shapes.graph.one(node, PATH)
            match = _LOCAL_NAME.search(path.value) if isinstance(path, NamedNode) else None
            if match is None or match[0] in (*_PREBOUND, "path", "PATH", "value"):
                self.shapes.wrong("the parameter's sh:path does not end in a name for a variable", node, PATH)
                return
            found[match[0]] = path, is_true(self.shapes.graph.one(node, sh("optional")))
        if all(optional for _, optional in found.values()):
            message = "a constraint component needs a sh:parameter that is not optional"
            self.shapes.wrong(message, component, sh("parameter"))
        else:
            self.parameters[component] = found

    def _arguments(self, shape: Shape, component: NamedNode) -> list[dict[str, Term]]:
        """Return the arguments of each constraint of a component that a shape declares (section 6.1)."""
        parameters = self.parameters[component]
        given = {name: shape.values[one] for name, (one, _) in parameters.items() if one in shape.values}
        if not all(name in given or optional for name, (_, optional) in parameters.items()):
            return []
        return [dict(zip(given, row, strict=True)) for row in zip(*given.values(), strict=False)]

    def _uses(self, shape: Shape) -> Iterator[tuple[NamedNode, Term, list[str], dict[str, Term]]]:
        """Yield each SPARQL constraint of a shape: component, node of the query, variables, arguments."""
        for node in shape.get("sparql"):
            if not is_true(self.shapes.graph.one(node, sh("deactivated"))):
                yield sh("SPARQLConstraintComponent"), node, [*_PREBOUND], {}
        own = sh("nodeValidator" if shape.path is None else "propertyValidator")
        for component, parameters in self.parameters.items():
            for arguments in self._arguments(shape, component):
                found = self.get(component, own) or self.get(component, sh("validator"))
                for node in list(found)[:1]:  # where there are several, any of them will do (section 6.2.3)
                    yield component, node, [*_PREBOUND, *parameters], arguments

    def prefixes(self, node: Term) -> dict[str, str]:
        """Return the prefixes of a query (section 5.2.1); raise InputError if they are ill-formed."""
        found: dict[str, str] = {}
        imports = NamedNode(OWL + "imports")
        ontologies = reached(self.get(node, sh("prefixes")), lambda one: self.get(one, imports))
        for declaration in [value for one in ontologies for value in self.get(one, sh("declare"))]:
            prefix, namespace = (
                self.shapes.graph.one(declaration, sh(name)) for name in ("prefix", "namespace")
            )
            if not isinstance(prefix, Literal) or not isinstance(namespace, Literal):
                raise InputError("has a prefix declaration without sh:prefix or sh:namespace")
            if found.setdefault(prefix.value, namespace.value) != namespace.value:
                raise InputError(f"has two namespaces for the prefix {prefix.value}:")
        return found

    def constraints(self, run: Evaluator, shape: Shape) -> list[Constraint]:
        """Return the SPARQL constraints of a shape, and those of its components."""
        return [_Sparql(run, shape, self, asked) for asked in self._queries.get(shape.node, ())]

    @cached_property
    def changed(self) -> set[Term]:
        """The literals of the files that a store would change."""
        return _changed(one[2] for graph in (self.data, self.shapes.graph) for one in graph.triples())

    @cached_property
    def store(self) -> ox.Store:
        """The data, and the shapes in a graph of their own."""
        store, changed = ox.Store(), self.changed
        for graph, name in ((self.data, ox.DefaultGraph()), (self.shapes.graph, _SHAPES)):
            triples = graph.triples()
            store.bulk_extend(ox.Quad(_inside(s, ()), p, _inside(o, changed), name) for s, p, o in triples)
        return store

    def ask(self, query: Query, shape: Shape, bindings: Mapping[str, Term]) -> Any:
        """Ask a query with bound variables."""
        bindings = {**bindings, "currentShape": shape.node, "shapesGraph": _SHAPES}
        inside = {name: _inside(term, self.changed) for name, term in bindings.items() if name in query.text}
        text = query.fill(inside, query.exact or bool(self.changed))
        return self.store.query(text, prefixes=query.prefixes, custom_functions=self.functions)


class _Sparql(Constraint):
    """A SPARQL constraint, or one of a component: the solutions of a SELECT, or values for which an ASK is false."""

    def __init__(self, run: Evaluator, shape: Shape, queries: Queries, asked: Asked) -> None:
        super().__init__(run, shape, asked[1], "SPARQL")
        self.queries, (self.component, node, self.query, self.arguments) = queries, asked
        self.source = node if self.component == sh("SPARQLConstraintComponent") else None
        said = queries.get(node, sh("message")) or queries.get(self.component, sh("message"))
        self.templates = [one for one in said if isinstance(one, Literal)]

    def violations(self, batch: Batch) -> Iterator[Violation]:
        for focus, values in batch.pairs:
            self.run.check_time()
            for row in self._rows({**self.arguments, "this": focus}, values):
                if is_true(row.get("failure")):
                    self.run.shapes.wrong(
                        "the SPARQL constraint reports a failure", self.parameter, sh("select")
                    )
                    continue
                value = row.get("value", focus if self.shape.path is None else None)
                path, message = row.get("path"), row.get("message")
                bound = {**self.arguments, **row, "this": focus}
                messages = [message] if isinstance(message, Literal) else self._messages(bound)
                yield Violation(focus, value, path if isinstance(path, NamedNode) else None, messages)

    def _rows(self, bound: Mapping[str, Term], values: Collection[Term]) -> Iterator[dict[str, Term]]:
        """Yield what is bound in each solution, or for each value for which an ASK is false."""
        if self.query.form == "ask":
            for row in [{"value": value} for value in values]:
                if not self.queries.ask(self.query, self.shape, {**bound, **row}):
                    yield row
            return
        solutions = self.queries.ask(self.query, self.shape, bound)
        names = [variable.value for variable in solutions.variables]
        for solution in solutions:
            yield {name: _outside(term) for name, term in zip(names, solution, strict=True) if term}

    def _messages(self, bound: Mapping[str, Term]) -> list[Literal]:
        def shown(match: re.Match[str]) -> str:
            term = bound.get(match[1])
            said = term.value if isinstance(term, Literal) else self.run.say(term)
            return match[0] if term is None else said

        return [Literal(_TEMPLATE.sub(shown, one.value), language=one.language) for one in self.templates]

    def message(self, violation: Violation) -> str:
        what = self.run.say(self.component) if self.source is None else "the SPARQL constraint"
        return f"The node does not satisfy {what}."
