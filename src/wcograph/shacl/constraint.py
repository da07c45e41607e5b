"""SPARQL constraints (``sh:sparql``, SHACL section 5) as patterns that find at least what pySHACL would find.

pySHACL evaluates a constraint's SELECT with rdflib, once for each focus node. Here the body of that SELECT is
read, as far as it is made of what both engines surely read alike, and written anew as a pattern over many focus
nodes and over a store that holds literals as `wcograph.rdf.faithful.stored` gives them. Everything else raises
`UnsureError`: aggregates, arithmetic, comparisons of typed literals, named graphs, what pySHACL refuses.

A condition becomes four expressions, none of which is ever an error: may it be true, may it be false, must it be
true, must it be false. A pattern becomes two: one that matches whenever rdflib's may, and one that matches only
where rdflib's must, which is what ``NOT EXISTS`` asks for.
"""

from __future__ import annotations

import re

from pyoxigraph import Literal, NamedNode, QuerySolutions, Store

from wcograph.errors import InputError
from wcograph.querying.sparql import MOST_STEPS, Token, tokens
from wcograph.rdf.faithful import RDF, SURE, UNSURE, XSD, XSD_STRING
from wcograph.shacl.regex import rust_pattern
from wcograph.shacl.shapes import RDF_TYPE, IllFormedError, sh, short, truth

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from wcograph.shacl.shapes import Shape, ShapesGraph, Term

    Expression = tuple[object, ...]

_STRING = f"<{XSD}string>"
_ONTOLOGY = NamedNode("http://www.w3.org/2002/07/owl#Ontology")
_KNOWN_PREFIXES = {  # pySHACL declares them for every constraint
    "rdf": RDF,
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
}
# what pySHACL refuses, as loosely as it looks for it, and what it binds besides the focus node
_REFUSED = re.compile(r"inus|values|ervice|shapesGraph|currentShape", re.IGNORECASE)
_ESCAPES = {"\\": "\\", '"': '"', "'": "'", "n": "\n", "t": "\t", "r": "\r"}
_LONGEST = 10_000  # characters of a constraint
_KIND_TESTS = {"ISIRI": "isIRI", "ISURI": "isIRI", "ISBLANK": "isBLANK", "ISLITERAL": "isLITERAL"}
_SEARCHES = ("STRSTARTS", "STRENDS", "CONTAINS")
# how many arguments a function takes; one that is not here could make the query an aggregate
_FUNCTIONS = {
    **dict.fromkeys((*_KIND_TESTS, "STR", "LANG", "DATATYPE", "LCASE", "UCASE", "STRLEN", "BOUND"), (1, 1)),
    **dict.fromkeys((*_SEARCHES, "SAMETERM", "LANGMATCHES", "STRBEFORE", "STRAFTER"), (2, 2)),
    **dict.fromkeys(("REGEX", "SUBSTR"), (2, 3)),
    "IF": (3, 3),
    "CONCAT": (1, 100),
    "COALESCE": (1, 100),
}


class UnsureError(Exception):
    """The constraint holds something that is not known to mean the same to rdflib and Oxigraph."""


class Constraint:
    """What a constraint became: ``pattern`` over the focus variable; whether it ``joins`` with it; its paths.

    Without ``joins`` the pattern says nothing of the focus node. ``empty_paths`` says that some path may have
    length zero, so that it matches a node that the data does not have.
    """

    __slots__ = ("empty_paths", "joins", "pattern")

    def __init__(self, pattern: str, joins: bool, empty_paths: bool) -> None:
        """Keep what was made."""
        self.pattern, self.joins, self.empty_paths = pattern, joins, empty_paths


def read_constraint(
    graph: ShapesGraph, node: Term, shape: Shape, focus: str, fresh: Callable[[], str]
) -> Constraint | None:
    """Write the pattern of the constraint ``node`` of ``shape``; None where it is deactivated.

    ``focus`` is the variable of the focus node, ``fresh`` gives names for the others. Raises UnsureError.
    """
    deactivated = graph.objects(node, sh("deactivated"))
    if any(str(value) not in (_boolean("true"), _boolean("false")) for value in deactivated):
        raise UnsureError
    texts = [*graph.objects(node, sh("select")), *graph.objects(node, sh("message"))]
    if len(deactivated) > 1 or not all(_is_text(text) for text in texts):
        raise UnsureError
    selects = graph.objects(node, sh("select"))
    prefixes = _prefixes(graph, node)
    if len(selects) != 1 or graph.objects(node, sh("ask")):
        raise UnsureError
    if any(truth(value) for value in deactivated):
        return None
    path = str(shape.path) if isinstance(shape.path, NamedNode) else None
    return _Reader(selects[0].value, prefixes, path, focus, fresh).constraint()  # type: ignore[union-attr]


_LONGEST_REASON = 80


def check_syntax(graph: ShapesGraph) -> None:
    """Raise IllFormedError at the first constraint or validator whose query is no SPARQL, or gives no ``$this``."""
    empty = Store()
    for form in (sh("select"), sh("ask")):
        for node, text in graph.pairs(form):
            if sum(map(str(text).count, "{([")) > MOST_STEPS:
                raise IllFormedError(f"{short(form)} has more than {MOST_STEPS:,} brackets", node, form)
            try:
                prefixes = _prefixes(graph, node)
            except UnsureError as error:
                raise IllFormedError(
                    "a declared prefix has no one name or namespace", node, sh("prefixes")
                ) from error
            head = " ".join(f"PREFIX {prefix}: <{name}>" for prefix, name in prefixes.items())
            query = text.value.replace("$PATH", "<urn:path>")  # type: ignore[union-attr]
            if re.search("service", query, re.IGNORECASE):  # nothing may reach over the network
                continue
            try:
                solutions = empty.query(f"{head}\n{query}")
            except (RuntimeError, ValueError):  # a function that Oxigraph does not have
                continue
            except SyntaxError as error:
                if not is_sparql(query, prefixes):  # which reads what Oxigraph does not, and judges then
                    reason = _reason(str(error.msg))
                    raise IllFormedError(f"{short(form)} is no SPARQL ({reason})", node, form) from error
                continue
            if form == sh("select"):
                names = (
                    [v.value for v in solutions.variables] if isinstance(solutions, QuerySolutions) else []
                )
                if "this" not in names:
                    raise IllFormedError("sh:select must be a SELECT that gives $this", node, form)


def _reason(message: str) -> str:
    """Say in a few words why Oxigraph finds that a query is no SPARQL."""
    if "Prefix not found" in message:
        return "a prefix is not declared; declare it with sh:declare, and name the declaration in sh:prefixes"
    place, _, expected = message.removeprefix("error at ").partition(": ")
    return f"at {place}: {expected if len(expected) < _LONGEST_REASON else 'not expected here'}"


def _boolean(text: str) -> str:
    return str(Literal(text, datatype=NamedNode(XSD + "boolean")))


def _is_text(term: Term) -> bool:
    return isinstance(term, Literal) and (term.language is not None or term.datatype == XSD_STRING)


def _prefixes(graph: ShapesGraph, node: Term) -> dict[str, str]:
    """Collect the prefixes of a constraint as pySHACL does; one that has two meanings is left out."""
    named = graph.objects(node, sh("prefixes"))
    ontologies = graph.subjects(RDF_TYPE, _ONTOLOGY)
    everywhere = {value for ontology in ontologies for value in graph.objects(ontology, sh("declare"))}
    declarations: set[Term] = set()
    for value in named:
        own = set(graph.objects(value, sh("declare")))
        declarations |= own if own and value in ontologies else own | everywhere
    found: dict[str, set[str]] = {prefix: {name} for prefix, name in _KNOWN_PREFIXES.items()}
    for declaration in declarations:
        prefixes = graph.objects(declaration, sh("prefix"))
        names = graph.objects(declaration, sh("namespace"))
        if len(prefixes) != 1 or len(names) != 1 or not _is_text(prefixes[0]):
            raise UnsureError
        if not isinstance(names[0], Literal):
            raise UnsureError
        found.setdefault(prefixes[0].value, set()).add(names[0].value)  # type: ignore[union-attr]
    return {prefix: name for prefix, (name, *others) in found.items() if not others}


class _Value:
    """An expression that has a value: its text, its kind, and when the two engines may differ on it.

    Kinds: ``string`` (a literal of xsd:string for certain), ``text`` (perhaps with a language tag), ``term``,
    ``iri``, ``integer``, ``boolean``. ``doubts`` are expressions; where one is true, nothing is certain.
    """

    __slots__ = ("doubts", "kind", "text")

    def __init__(self, text: str, kind: str, doubts: Iterable[str] = ()) -> None:
        self.text, self.kind, self.doubts = text, kind, tuple(dict.fromkeys(doubts))


class _Condition:
    """Four expressions that are never an error; and, where the engines agree for certain, the plain one."""

    __slots__ = ("may", "may_not", "must", "must_not", "plain")

    def __init__(self, may: str, may_not: str, must: str, must_not: str, plain: str | None = None) -> None:
        self.may, self.may_not, self.must, self.must_not, self.plain = may, may_not, must, must_not, plain


class _Pattern:
    """A group graph pattern: ``over`` matches whenever it may, ``under`` (None: unknown) only where it must."""

    __slots__ = ("over", "under", "variables")

    def __init__(self, over: str, under: str | None, variables: set[str]) -> None:
        self.over, self.under, self.variables = over, under, variables


class _Scope:
    """What the filters of a group see: variables of its patterns, of the groups around it, and bound names.

    An ``inner`` group is evaluated by itself in SPARQL, while rdflib may let it see what is around it.
    """

    __slots__ = ("around", "bound", "exact", "filters", "given", "inner", "overs", "unders", "variables")

    def __init__(
        self,
        around: Iterable[str] = (),
        bound: Iterable[tuple[str, Expression]] = (),
        *,
        exact: bool = False,
        inner: bool = True,
    ) -> None:
        self.around, self.bound, self.exact, self.inner = set(around), dict(bound), exact, inner
        self.given = frozenset(self.bound)
        self.variables: set[str] = set()
        self.filters: list[Expression] = []
        self.overs: list[str] = []
        self.unders: list[str | None] = []


class _Reader:
    """Reads a SELECT by recursive descent over its tokens (SPARQL 1.1, section 19.8)."""

    def __init__(
        self, text: str, prefixes: dict[str, str], path: str | None, focus: str, fresh: Callable[[], str]
    ) -> None:
        if len(text) > _LONGEST or _REFUSED.search(text):
            raise UnsureError
        try:
            self.tokens = tokens(text)
        except InputError as error:
            raise UnsureError from error
        self.prefixes, self.focus, self.path, self._fresh = prefixes, focus, path, fresh
        self.at = self.depth = 0
        self.names: dict[str, str] = {}
        self.assigned: set[str] = set()
        self.matched: set[str] = set()
        self.empty_paths = self.joins = False
        self._check(text)

    def _check(self, text: str) -> None:
        """Refuse texts in which pySHACL's own search for words and variables could find something else."""
        words = [token.text.upper() for token in self.tokens if token.kind == "word"]
        if len(re.findall("select", text, re.IGNORECASE)) != words.count("SELECT"):
            raise UnsureError
        variables = [token for token in self.tokens if token.kind == "variable"]
        for name in ("this", "PATH"):
            own = [token for token in variables if token.text[1:] == name]
            if len(re.findall(rf"[?$]{name}", text)) != len(own):
                raise UnsureError
            if name == "PATH" and any(text[token.offset - 1] not in " \t\r\n{}()" for token in own):
                raise UnsureError
        if re.search(r"\bas\s+[?$]this", text, re.IGNORECASE):
            raise UnsureError
        if not re.search(r"[\s{}()][?$]this", text):
            raise UnsureError

    # tokens

    def peek(self, ahead: int = 0) -> str:
        number = self.at + ahead
        if number >= len(self.tokens):
            return ""
        token = self.tokens[number]
        return token.text.upper() if token.kind == "word" else token.text

    def take(self, *expected: str) -> Token:
        if self.at >= len(self.tokens) or (expected and self.peek() not in expected):
            raise UnsureError
        self.at += 1
        return self.tokens[self.at - 1]

    def accept(self, text: str) -> bool:
        if self.peek() != text:
            return False
        self.at += 1
        return True

    def skip_group(self) -> int:
        """Step over a group in braces and give the place where it begins."""
        start, depth = self.at, 0
        while True:
            text = self.take().text
            depth += (text == "{") - (text == "}")
            if depth == 0:
                return start

    def used(self, start: int, end: int) -> set[str]:
        return {token.text[1:] for token in self.tokens[start:end] if token.kind == "variable"}

    def variable(self, name: str) -> str:
        if name == "this":
            return self.focus
        if name == "PATH":
            raise UnsureError
        if name not in self.names:
            self.names[name] = self._fresh()
        return self.names[name]

    # patterns

    def constraint(self) -> Constraint:
        self.projection(nested=False)
        self.accept("WHERE")
        pattern = self.group(_Scope({"this"}, inner=False))
        if self.at != len(self.tokens) or self.assigned & self.matched:
            raise UnsureError
        return Constraint(pattern.over, self.joins or "this" in self.matched, self.empty_paths)

    def projection(self, nested: bool) -> set[str]:
        """Read from SELECT to before the group."""
        self.take("SELECT")
        distinct = self.accept("DISTINCT")
        if nested and not distinct and self.peek() not in ("$this", "?this"):
            raise UnsureError
        chosen: set[str] = set()
        while self.peek() not in ("WHERE", "{"):
            token = self.take()
            if token.kind == "variable":
                chosen.add(token.text[1:])
            elif token.text == "(" and not nested:
                expression = self.expression()
                self.take("AS")
                name = self.take().text[1:]
                self.take(")")
                self.scalar(expression)
                if name in chosen | self.assigned:
                    raise UnsureError
                self.assigned.add(name)
            else:
                raise UnsureError
        if not chosen or (nested and "this" not in chosen):
            raise UnsureError  # pySHACL asks that a nested SELECT passes $this on
        return chosen

    def scalar(self, expression: Expression) -> None:
        """Refuse what makes a query another one, or what cannot be evaluated at all."""
        if expression[0] == "exists":
            raise UnsureError
        if expression[0] == "call":
            self.check_call(expression)
        for part in expression[1:]:
            if isinstance(part, tuple):
                self.scalar(part)
            elif isinstance(part, list):
                for inner in part:
                    self.scalar(inner)

    def check_call(self, expression: Expression) -> None:
        name, arguments = str(expression[1]), expression[2]
        least, most = _FUNCTIONS.get(name, (1, 0))
        if not least <= len(arguments) <= most:  # type: ignore[arg-type]
            raise UnsureError
        if name == "BOUND" and arguments[0][0] != "variable":  # type: ignore[index]
            raise UnsureError

    def group(self, scope: _Scope) -> _Pattern:
        """Read a group graph pattern in braces."""
        self.depth += 1
        if self.depth > 20:
            raise UnsureError
        self.take("{")
        while not self.accept("}"):
            word = self.peek()
            if word == "FILTER":
                self.take()
                scope.filters.append(self.primary(filtering=True))
                self.accept(".")
            elif word == "OPTIONAL":
                self.take()
                self.optional(scope)
                self.accept(".")
            elif word == "BIND":
                self.take()
                self.bind(scope)
                self.accept(".")
            elif word == "{":
                self.alternatives(scope)
                self.accept(".")
            elif not word or self.tokens[self.at].kind == "word":
                raise UnsureError
            else:
                self.triples(scope)
        self.depth -= 1
        overs, unders = list(scope.overs), list(scope.unders)
        for expression in scope.filters:
            condition = self.condition(expression, scope)
            if scope.exact:
                if condition.plain is None:
                    raise UnsureError
                overs.append(f"FILTER({condition.plain})")
                unders.append(None)
            else:
                overs.append(f"FILTER({condition.may})")
                unders.append(f"FILTER({condition.must})")
        under = None if None in unders else " ".join(filter(None, unders))
        return _Pattern(" ".join(overs), under, scope.variables)

    def optional(self, scope: _Scope) -> None:
        inner = _Scope(scope.around | scope.variables, exact=True, inner=scope.inner)
        start = self.at
        pattern = self.group(inner)
        self.check_names(scope, start)
        if inner.filters and scope.around - {"this"}:
            raise UnsureError  # rdflib forgets there what is bound further out
        scope.overs.append(f"OPTIONAL {{ {pattern.over} }}")
        scope.unders.append(None)
        scope.variables |= pattern.variables

    def check_names(self, scope: _Scope, start: int) -> None:
        """Refuse a group, just read, with a name that means two things unless a value comes in from outside."""
        own = self.used(start, self.at) - scope.variables - scope.around - scope.bound.keys()
        outside = self.used(0, start) | self.used(self.at, len(self.tokens))
        if "this" in own or (scope.inner and own & outside):
            raise UnsureError

    def bind(self, scope: _Scope) -> None:
        self.take("(")
        expression = self.expression()
        self.take("AS")
        token = self.take()
        self.take(")")
        name = token.text[1:]
        if token.kind != "variable" or name in self.assigned or name in scope.variables | scope.around:
            raise UnsureError
        self.scalar(expression)
        if not self.mentioned(expression) <= scope.variables | (scope.bound.keys() - scope.given) | {"this"}:
            raise UnsureError
        self.assigned.add(name)
        scope.bound[name] = expression

    def mentioned(self, expression: Expression) -> set[str]:
        if expression[0] == "variable":
            return {str(expression[1])}
        found: set[str] = set()
        for part in expression[1:]:
            for inner in part if isinstance(part, list) else [part]:
                if isinstance(inner, tuple):
                    found |= self.mentioned(inner)
        return found

    def alternatives(self, scope: _Scope) -> None:
        """Read groups with UNION between them, or a SELECT in braces."""
        if scope.exact:
            raise UnsureError
        if self.peek(1) == "SELECT":
            if scope.around - {"this"}:  # rdflib lets a nested SELECT see what is around it
                raise UnsureError
            self.nested(scope)
            return
        branches = [self.group(_Scope())]
        while self.accept("UNION"):
            branches.append(self.group(_Scope()))
        scope.overs.append(" UNION ".join(f"{{ {branch.over} }}" for branch in branches))
        unders = [branch.under for branch in branches]
        scope.unders.append(None if None in unders else " UNION ".join(f"{{ {under} }}" for under in unders))
        for branch in branches:
            scope.variables |= branch.variables

    def nested(self, scope: _Scope) -> None:
        self.take("{")
        chosen = self.projection(nested=True)
        self.accept("WHERE")
        pattern = self.group(_Scope())
        self.take("}")
        kept = chosen & pattern.variables
        names = " ".join(self.variable(name) for name in sorted(kept)) or self._fresh()
        scope.overs.append(f"{{ SELECT DISTINCT {names} WHERE {{ {pattern.over} }} }}")
        scope.unders.append(None)
        scope.variables |= kept

    def triples(self, scope: _Scope) -> None:
        """Read the triples of a subject, with ``;`` and ``,``."""
        subject = self.term(scope)
        while True:
            before, self.empty_paths = self.empty_paths, False
            predicate = self.verb(scope)
            empty, self.empty_paths = self.empty_paths, self.empty_paths or before
            while True:
                value = self.term(scope)
                if empty and not (subject[0] == value[0] == "?"):
                    raise UnsureError  # of a term that the data does not have, Oxigraph knows no empty path
                text = f"{subject} {predicate} {value} ."
                scope.overs.append(text)
                scope.unders.append(text)
                if not self.accept(","):
                    break
            if not self.accept(";"):
                break
            while self.accept(";"):
                pass
            if self.peek() in (".", "}"):
                break
        if not self.accept(".") and self.peek() not in ("}", "FILTER", "OPTIONAL", "BIND", "{"):
            raise UnsureError

    def match(self, token: Token, scope: _Scope) -> str:
        name = token.text[1:]
        scope.variables.add(name)
        self.matched.add(name)
        return self.variable(name)

    def term(self, scope: _Scope) -> str:
        token = self.take()
        if token.kind == "variable":
            return self.match(token, scope)
        if token.kind in ("iri", "name"):
            return self.iri(token)
        if token.kind == "string" and self.peek()[:1] not in ("@", "^"):
            return str(Literal(self.string(token)))
        raise UnsureError

    def verb(self, scope: _Scope) -> str:
        token = self.tokens[self.at] if self.at < len(self.tokens) else None
        if token is not None and token.kind == "variable":
            self.take()
            if token.text[1:] != "PATH":
                return self.match(token, scope)
            if self.path is None:
                raise UnsureError
            return self.path
        return self.path_of()

    def path_of(self) -> str:
        parts = [self.sequence()]
        while self.accept("|"):
            parts.append(self.sequence())
        return parts[0] if len(parts) == 1 else f"({'|'.join(parts)})"

    def sequence(self) -> str:
        parts = [self.step()]
        while self.accept("/"):
            parts.append(self.step())
        return parts[0] if len(parts) == 1 else f"({'/'.join(parts)})"

    def step(self) -> str:
        inverse = "^" if self.accept("^") else ""
        if self.accept("("):
            inner = f"({self.path_of()})"
            self.take(")")
        else:
            token = self.take()
            inner = str(RDF_TYPE) if token.text == "a" else self.iri(token)
        mark = ""
        if self.peek() in ("*", "+", "?"):
            mark = self.take().text
            self.empty_paths |= mark != "+"
        return f"({inverse}{inner}{mark})" if inverse or mark else inner

    def iri(self, token: Token) -> str:
        if "\\" in token.text or "%" in token.text:
            raise UnsureError
        if token.kind == "iri" and re.match("<[A-Za-z][A-Za-z0-9+.-]*:", token.text):
            return str(NamedNode(token.text[1:-1]))
        prefix, colon, local = token.text.partition(":")
        if token.kind != "name" or not colon or prefix not in self.prefixes:
            raise UnsureError
        try:
            return str(NamedNode(self.prefixes[prefix] + local))
        except ValueError as error:
            raise UnsureError from error

    def string(self, token: Token) -> str:
        if token.text[:3] in ('"""', "'''"):
            raise UnsureError

        def unescaped(match: re.Match[str]) -> str:
            if match[1] not in _ESCAPES:
                raise UnsureError
            return _ESCAPES[match[1]]

        return re.sub(r"\\(.)", unescaped, token.text[1:-1], flags=re.DOTALL)

    # expressions: read into tuples, since the filters of a group see all of its variables

    def expression(self) -> Expression:
        self.depth += 1
        if self.depth > 50:
            raise UnsureError
        parts = [self.conjunction()]
        while self.accept("||"):
            parts.append(self.conjunction())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else ("or", parts)

    def conjunction(self) -> Expression:
        parts = [self.relation()]
        while self.accept("&&"):
            parts.append(self.relation())
        return parts[0] if len(parts) == 1 else ("and", parts)

    def relation(self) -> Expression:
        left = self.primary()
        operator = self.peek()
        if operator in ("=", "!=", "<", ">", "<=", ">="):
            self.take()
            return ("compare", operator, left, self.primary())
        if operator in ("IN", "NOT"):
            self.take()
            if operator == "NOT":
                self.take("IN")
            self.take("(")
            members = [self.expression()]
            while self.accept(","):
                members.append(self.expression())
            self.take(")")
            test: Expression = ("in", left, members)
            return test if operator == "IN" else ("not", test)
        return left

    def primary(self, filtering: bool = False) -> Expression:
        if self.accept("("):
            inner = self.expression()
            self.take(")")
            return inner
        if self.peek() == "NOT" and self.peek(1) == "EXISTS":
            self.at += 2
            return ("not", ("exists", self.skip_group()))
        if self.accept("EXISTS"):
            return ("exists", self.skip_group())
        token = self.take()
        if token.kind == "word":
            name = token.text.upper()
            self.take("(")
            arguments = [self.expression()]
            while self.accept(","):
                arguments.append(self.expression())
            self.take(")")
            call = ("call", name, arguments)
            self.check_call(call)
            return call
        if filtering:
            raise UnsureError
        if token.text == "!":
            return ("not", self.primary())
        if token.kind == "variable":
            return ("variable", token.text[1:])
        if token.kind in ("iri", "name") and self.peek() != "(":
            return ("iri", self.iri(token))
        if token.kind == "string" and self.peek()[:1] not in ("@", "^"):
            return ("string", self.string(token))
        if token.kind == "number" and re.fullmatch("0|[1-9][0-9]{0,8}", token.text):
            return ("integer", token.text)
        raise UnsureError

    # conditions

    def condition(self, expression: Expression, scope: _Scope) -> _Condition:
        kind = expression[0]
        if kind == "not":
            inner = self.condition(expression[1], scope)  # type: ignore[arg-type]
            plain = None if inner.plain is None else f"!({inner.plain})"
            return _Condition(inner.may_not, inner.may, inner.must_not, inner.must, plain)
        if kind in ("and", "or"):
            parts = [self.condition(part, scope) for part in expression[1]]  # type: ignore[attr-defined]
            return _conjunction(parts) if kind == "and" else _disjunction(parts)
        if kind == "exists":
            return self.exists(int(str(expression[1])), scope)
        if kind == "call" and expression[1] == "REGEX":
            return self.regex(expression[2], scope)  # type: ignore[arg-type]
        value = self.value(expression, scope)
        if value.kind != "boolean":
            raise UnsureError
        return _atom(value)

    def exists(self, start: int, scope: _Scope) -> _Condition:
        if scope.exact:
            raise UnsureError
        end, self.at = self.at, start
        around = scope.around | scope.variables
        pattern = self.group(_Scope(around, scope.bound.items(), inner=scope.inner))
        self.check_names(scope, start)
        self.at = end
        may = f"EXISTS {{ {pattern.over} }}"
        must = "false" if pattern.under is None else f"EXISTS {{ {pattern.under} }}"
        may_not = "true" if pattern.under is None else f"!({must})"
        return _Condition(may, may_not, must, f"!({may})")

    def regex(self, arguments: list[Expression], scope: _Scope) -> _Condition:
        constants = arguments[1:]
        if len(arguments) not in (2, 3) or any(part[0] != "string" for part in constants):
            raise UnsureError
        value = self.textual(arguments[0], scope)
        flags = str(constants[1][1]) if len(constants) == 2 else ""
        if set(flags) - {"i", "s"}:
            raise UnsureError
        try:
            rust = rust_pattern(str(constants[0][1]), flags)
        except (re.error, RecursionError, OverflowError) as error:
            raise UnsureError from error
        if rust is None:
            raise UnsureError
        atom = _atom(_Value(f"REGEX({value.text}, {Literal(rust.text)})", "boolean", value.doubts))
        return atom if rust.exact else _Condition("true", atom.may_not, atom.must, "false")

    def value(self, expression: Expression, scope: _Scope) -> _Value:
        kind = expression[0]
        if kind == "variable":
            return self.reference(str(expression[1]), scope)
        if kind == "iri":
            return _Value(str(expression[1]), "iri")
        if kind == "string":
            return _Value(str(Literal(str(expression[1]))), "string")
        if kind == "integer":
            return _Value(str(expression[1]), "integer")
        if kind == "compare":
            return self.comparison(str(expression[1]), expression[2], expression[3], scope)  # type: ignore[arg-type]
        if kind == "in":
            return self.member(expression[1], expression[2], scope)  # type: ignore[arg-type]
        if kind == "call":
            return self.call(str(expression[1]), expression[2], scope)  # type: ignore[arg-type]
        raise UnsureError

    def reference(self, name: str, scope: _Scope) -> _Value:
        if name in scope.bound:
            return self.value(scope.bound[name], scope)
        if name in self.assigned or name not in scope.variables | scope.around:
            raise UnsureError  # rdflib may see it, where SPARQL says that it is not in scope
        self.joins |= name == "this"
        return _Value(self.variable(name), "term")

    def textual(self, expression: Expression, scope: _Scope) -> _Value:
        """Give a value that must be a string, with a language tag or without."""
        value = self.value(expression, scope)
        if value.kind in ("string", "text"):
            return value
        if value.kind != "term":
            raise UnsureError
        strings = f"DATATYPE({value.text}) IN ({_STRING}, <{RDF}langString>)"
        return _Value(value.text, "text", [*value.doubts, f"!COALESCE({strings}, false)"])

    def comparison(self, operator: str, left: Expression, right: Expression, scope: _Scope) -> _Value:
        if operator in ("=", "!="):
            typed = self.typed(left, [right], scope)
            if typed is not None:
                return typed if operator == "=" else _Value(f"!({typed.text})", "boolean", typed.doubts)
        one, two = self.value(left, scope), self.value(right, scope)
        text, doubts = f"({one.text} {operator} {two.text})", [*one.doubts, *two.doubts]
        if one.kind == two.kind and one.kind in ("string", "integer"):
            return _Value(text, "boolean", doubts)
        if (
            operator not in ("=", "!=")
            or "integer" in (one.kind, two.kind)
            or "boolean" in (one.kind, two.kind)
        ):
            raise UnsureError
        return _Value(text, "boolean", [*doubts, *_unequal_kinds(one, two)])

    def typed(self, left: Expression, members: list[Expression], scope: _Scope) -> _Value | None:
        """Give the test of a datatype, which the store may hold under another name."""
        if left[0] != "call" or left[1] != "DATATYPE" or any(member[0] != "iri" for member in members):
            return None
        value = self.value(left[2][0], scope)  # type: ignore[index]
        if value.kind != "term":
            raise UnsureError
        names = [str(member[1])[1:-1] for member in members]
        listed = ", ".join(f"<{prefix}{name}>" for name in names for prefix in ("", SURE, UNSURE))
        return _Value(f"(DATATYPE({value.text}) IN ({listed}))", "boolean", value.doubts)

    def member(self, left: Expression, members: list[Expression], scope: _Scope) -> _Value:
        typed = self.typed(left, members, scope)
        if typed is not None:
            return typed
        value = self.value(left, scope)
        if any(member[0] not in ("iri", "string") for member in members):
            raise UnsureError
        listed = [self.value(member, scope) for member in members]
        if value.kind in ("integer", "boolean"):
            raise UnsureError
        doubts = [*value.doubts, *(doubt for other in listed for doubt in _unequal_kinds(value, other))]
        return _Value(f"({value.text} IN ({', '.join(one.text for one in listed)}))", "boolean", doubts)

    def call(self, name: str, arguments: list[Expression], scope: _Scope) -> _Value:
        count = len(arguments)
        if name == "BOUND" and count == 1 and arguments[0][0] == "variable":
            if arguments[0][1] in scope.bound:
                raise UnsureError
            return _Value(f"BOUND({self.value(arguments[0], scope).text})", "boolean")
        if name == "SAMETERM" and count == 2:
            one, two = (self.value(argument, scope) for argument in arguments)
            if not {one.kind, two.kind} <= {"term", "iri"}:
                raise UnsureError
            return _Value(f"sameTerm({one.text}, {two.text})", "boolean", [*one.doubts, *two.doubts])
        if name in _KIND_TESTS and count == 1:
            value = self.value(arguments[0], scope)
            return _Value(f"{_KIND_TESTS[name]}({value.text})", "boolean", value.doubts)
        if name == "STR" and count == 1:
            value = self.value(arguments[0], scope)
            if value.kind in ("boolean", "integer"):
                raise UnsureError
            blank = [f"COALESCE(isBLANK({value.text}), false)"] if value.kind == "term" else []
            return _Value(f"STR({value.text})", "string", [*value.doubts, *blank])  # rdflib names blank nodes
        if name == "LANG" and count == 1:
            value = self.value(arguments[0], scope)
            if value.kind != "term":
                raise UnsureError
            return _Value(f"LANG({value.text})", "string", value.doubts)
        if name in ("LCASE", "UCASE") and count == 1:
            value = self.textual(arguments[0], scope)
            beyond = f'!COALESCE(REGEX(STR({value.text}), "^[ -~]*$"), false)'
            return _Value(f"{name}({value.text})", value.kind, [*value.doubts, beyond])
        if name == "STRLEN" and count == 1:
            value = self.textual(arguments[0], scope)
            return _Value(f"STRLEN({value.text})", "integer", value.doubts)
        if name == "SUBSTR" and count in (2, 3) and arguments[1][0] == "integer" and arguments[1][1] != "0":
            value = self.textual(arguments[0], scope)
            rest = [self.value(argument, scope) for argument in arguments[1:]]
            if any(one.kind != "integer" for one in rest):
                raise UnsureError
            doubts = [doubt for one in (value, *rest) for doubt in one.doubts]
            return _Value(f"SUBSTR({', '.join(one.text for one in (value, *rest))})", value.kind, doubts)
        if name == "CONCAT":
            parts = [self.plain(argument, scope) for argument in arguments]
            doubts = [doubt for part in parts for doubt in part.doubts]
            return _Value(f"CONCAT({', '.join(part.text for part in parts)})", "string", doubts)
        if name in _SEARCHES and count == 2:
            text, part = self.textual(arguments[0], scope), self.plain(arguments[1], scope)
            return _Value(f"{name}({text.text}, {part.text})", "boolean", [*text.doubts, *part.doubts])
        if name == "LANGMATCHES" and count == 2 and arguments[1][0] == "string":
            value = self.value(arguments[0], scope)
            if value.kind != "string" or not re.fullmatch("[A-Za-z]{1,8}", str(arguments[1][1])):
                raise UnsureError
            return _Value(f'LANGMATCHES({value.text}, "{arguments[1][1]}")', "boolean", value.doubts)
        if name in ("COALESCE", "IF"):
            values = [self.value(argument, scope) for argument in arguments]
            if name == "IF" and (count != 3 or values[0].kind != "boolean"):
                raise UnsureError
            kinds = {value.kind for value in (values[1:] if name == "IF" else values)}
            if kinds & {"boolean"} or ("integer" in kinds and len(kinds) > 1):
                raise UnsureError
            doubts = [doubt for value in values for doubt in value.doubts]
            kind = kinds.pop() if len(kinds) == 1 else "term"
            return _Value(f"{name}({', '.join(value.text for value in values)})", kind, doubts)
        raise UnsureError

    def plain(self, expression: Expression, scope: _Scope) -> _Value:
        """Give a value that must be a string without a language tag."""
        value = self.value(expression, scope)
        if value.kind == "string":
            return value
        if value.kind not in ("term", "text"):
            raise UnsureError
        doubt = f"!COALESCE(DATATYPE({value.text}) = {_STRING}, false)"
        return _Value(value.text, "string", [*value.doubts, doubt])


def _unequal_kinds(one: _Value, two: _Value) -> list[str]:
    """List when ``=`` of two terms is not the same to both engines: two literals that are not plain strings."""
    if "iri" in (one.kind, two.kind) or (one.kind == two.kind == "string"):
        return []
    literals = [f"COALESCE(isLITERAL({value.text}), false)" for value in (one, two) if value.kind != "string"]
    plain = [f"DATATYPE({value.text}) = {_STRING}" for value in (one, two) if value.kind != "string"]
    return [f"({' && '.join(literals)} && !COALESCE({' && '.join(plain)}, false))"]


def _atom(value: _Value) -> _Condition:
    text = value.text
    if not value.doubts:
        return _Condition(
            f"COALESCE({text}, true)",
            f"COALESCE(!({text}), true)",
            f"COALESCE({text}, false)",
            f"COALESCE(!({text}), false)",
            text,
        )
    doubt = " || ".join(value.doubts)
    return _Condition(
        f"({doubt} || COALESCE({text}, true))",
        f"({doubt} || COALESCE(!({text}), true))",
        f"(!({doubt}) && COALESCE({text}, false))",
        f"(!({doubt}) && COALESCE(!({text}), false))",
    )


def _conjunction(parts: list[_Condition]) -> _Condition:
    return _Condition(
        _joined((part.may for part in parts), "&&"),
        _joined((part.may_not for part in parts), "||"),
        _joined((part.must for part in parts), "&&"),
        # rdflib stops with an error where SPARQL lets a later false decide
        _joined(
            (_joined((*(p.must for p in parts[:n]), part.must_not), "&&") for n, part in enumerate(parts)),
            "||",
        ),
    )


def _disjunction(parts: list[_Condition]) -> _Condition:
    return _Condition(
        _joined((part.may for part in parts), "||"),
        _joined((part.may_not for part in parts), "&&"),
        _joined((part.must for part in parts), "||"),
        _joined((part.must_not for part in parts), "&&"),
    )


def _joined(parts: Iterable[str], operator: str) -> str:
    return f"({f' {operator} '.join(parts)})"


def is_sparql(query: str, prefixes: Mapping[str, str]) -> bool:
    """Say whether rdflib, with which pySHACL asks, takes a text as a query."""
    from rdflib.plugins.sparql import prepareQuery

    try:
        prepareQuery(query, initNs=dict(prefixes))
    except Exception:  # whatever its parser raises
        return False
    return True
