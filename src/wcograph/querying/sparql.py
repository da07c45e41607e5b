"""SPARQL as text: its tokens, what they allow, and the places where parameters go.

wcograph never builds a query from a user's text: it reads the tokens of a query (SPARQL 1.1, section 19.8),
refuses before evaluation what must not run, and puts RDF terms in the place of tokens.
"""

from __future__ import annotations

import re

from wcograph.errors import InputError, UsageError
from wcograph.layout import PREFIXES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Deeper nesting than any query needs; some 5,000 brackets end pyoxigraph's parser in a segmentation fault.
DEEPEST_NESTING = 200

_TOKEN = re.compile(
    r"""
    (?P<comment>\#[^\n\r]*)
  | (?P<string>\"\"\"(?:(?:\"|\"\")?(?:[^"\\]|\\.))*\"\"\" | '''(?:(?:'|'')?(?:[^'\\]|\\.))*'''
             | "(?:[^"\\\n\r]|\\.)*" | '(?:[^'\\\n\r]|\\.)*')
  | (?P<iri><(?:[^<>"{}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>)
  | (?P<variable>[?$][\w\u00B7\u0300-\u036F\u203F-\u2040]+)
  | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
  | (?P<blank>_:[\w](?:[\w.\-\u00B7]*[\w\-\u00B7])?)
  | (?P<name>(?:[^\W\d_](?:[\w.\-\u00B7]*[\w\-\u00B7])?)?:
             (?:(?:[\w:]|%[0-9A-Fa-f]{2}|\\.)(?:(?:[\w.:\-\u00B7]|%[0-9A-Fa-f]{2}|\\.)*
                (?:[\w:\-\u00B7]|%[0-9A-Fa-f]{2}|\\.))?)?)
  | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<punctuation>\^\^|&&|\|\||!=|<=|>=|<<\(?|\)?>>|\{\||\|\}|[{}()\[\];,.=<>!+\-*/|^?~&])
  | (?P<space>\s+)
    """,
    re.VERBOSE | re.DOTALL,
)

# The engine's parser goes one level deeper for each of these; some 5,600 UNIONs end it in a segmentation fault.
MOST_STEPS = 2_000
_STEPS = {"||", "&&", "!", "+", "-", "*", "/", "|", "^", "=", "!=", ".", ";", ",", "{", "(", "[", "UNION", "OPTIONAL",
          "MINUS", "BIND", "FILTER", "GRAPH", "EXISTS", "LATERAL", "VALUES", "AS"}  # fmt: skip
_OPERANDS = {"iri", "name", "number", "string", "variable", "blank", "word"}

_FORMS = {"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"}
_UPDATES = {"INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH"}


class Token:
    """A token of a query: its kind (``iri``, ``variable``, ``word``, ...), its text and its offset."""

    __slots__ = ("kind", "offset", "text")

    def __init__(self, kind: str, text: str, offset: int) -> None:
        """Hold the three."""
        self.kind, self.text, self.offset = kind, text, offset

    def __repr__(self) -> str:
        """Show the kind and the text."""
        return f"Token({self.kind!r}, {self.text!r})"


def place(text: str, offset: int) -> tuple[int, int]:
    """Give the line and the column of an offset, both from 1, in characters.

    >>> place("SELECT *\\n{ ?s", 11)
    (2, 3)
    """
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1


def tokens(text: str, name: str = "query") -> list[Token]:
    """Read ``text`` into its tokens, comments and white space left out.

    Raises InputError, with ``name``, line and column, at a character that begins no token.

    >>> tokens("ASK { ?s a <http://e/C> }")[1:4]
    [Token('punctuation', '{'), Token('variable', '?s'), Token('word', 'a')]
    """
    found = []
    offset = 0
    while offset < len(text):
        match = _TOKEN.match(text, offset)
        if match is None:
            line, column = place(text, offset)
            raise InputError(
                f"{text[offset]!r} begins no SPARQL token (an unclosed quotation mark?)",
                file=name,
                line=line,
                column=column,
            )
        kind = match.lastgroup or ""
        if kind not in ("space", "comment"):
            found.append(Token(kind, match.group(), offset))
        offset = match.end()
    return found


def check(text: str, name: str = "query", *, allow_service: bool = False) -> str:
    """Refuse what must not be evaluated, and give the form of the query (``SELECT``, ``ASK``, ...).

    Refused with UsageError: an update; SERVICE, FROM and FROM NAMED, which reach over the network, unless
    ``allow_service``. Refused with InputError: brackets nested deeper than 200, more operators and patterns than
    the engine's parser may bear, and a text without a form.

    The engine needs no space after a keyword: it reads ``SERVICE:a`` and ``SERVICEx:a`` as SERVICE and a name. So a
    word or a prefix that has one of the two in it is refused.

    >>> check("PREFIX drop: <http://e/> SELECT * { ?s drop:insert 'DELETE' }")
    'SELECT'
    """
    depth = steps = 0
    form = ""
    rows = ""  # "VALUES" from that word to its rows, "{" in them: long lists belong there
    before = Token("", "", 0)
    found = tokens(text, name)
    if not allow_service:
        _refuse_double_meaning(text, found, name)
    for token in found:
        word = token.text.upper() if token.kind == "word" else ""
        if not form and word in _UPDATES:
            raise UsageError(f"{name} is an update ({word}); the graph is read-only, ask with SELECT")
        if not form and word in _FORMS:
            form = word
        if not allow_service and token.kind in ("word", "name"):
            keyword = token.text.partition(":")[0].upper()
            reaching = next((one for one in ("SERVICE", "FROM") if one in keyword), None)
            if reaching:
                line, column = place(text, token.offset)
                what = (
                    reaching if keyword == reaching == token.text.upper() else f"{reaching} in {token.text}"
                )
                raise UsageError(
                    f"{name}:{line}:{column}: {what} would reach over the network; "
                    "leave it out (--data adds a file's triples)"
                )
        if word == "VALUES":
            rows = "VALUES"
        elif token.text == "}":
            rows = ""
        elif token.text == "{" and rows:
            rows = "{"
        # two terms in a row are members of a collection, or subject and predicate
        following = token.kind in _OPERANDS and before.kind in _OPERANDS
        if rows != "{" and (token.text in _STEPS or word in _STEPS or following):
            steps += 1
            if steps > MOST_STEPS:
                raise InputError(
                    f"has more than {MOST_STEPS:,} operators and patterns; put long lists into VALUES, "
                    "or ask in several queries",
                    file=name,
                )
        before = token
        if token.text in ("{", "(", "[", "<<", "<<(", "{|"):
            depth += 1
            if depth > DEEPEST_NESTING:
                line, column = place(text, token.offset)
                raise InputError(
                    f"brackets are nested deeper than {DEEPEST_NESTING}", file=name, line=line, column=column
                )
        elif token.text in ("}", ")", "]", ">>", ")>>", "|}"):
            depth -= 1
    if not form:
        raise InputError("is no query: it has no SELECT, ASK, CONSTRUCT or DESCRIBE", file=name)
    return form


def _refuse_double_meaning(text: str, found: Sequence[Token], name: str) -> None:
    """Refuse a ``<`` that this module reads as the beginning of an IRI and the engine may read as "less than".

    SPARQL's longest match makes ``<?x#>`` an IRI; an engine that expects an operator there reads a comparison
    and a comment instead, and goes on at the next line with text that stands in no token here. Where a text
    speaks of SERVICE or FROM at all, each such IRI is refused.
    """
    reaching = re.search(r"service|from|\\u", text, re.IGNORECASE)
    open_brackets = []
    for at, token in enumerate(found):
        if token.text in ("(", "{", "["):
            open_brackets.append(token.text)
        elif token.text in (")", "}", "]"):
            open_brackets[-1:] = []
        before = found[at - 1] if at else None
        if (
            token.kind == "iri"
            and any(sign in token.text for sign in "#?&'!(")
            and before is not None
            and (
                reaching
                or (
                    open_brackets[-1:] == ["("]
                    and (
                        before.kind in ("variable", "number", "string", "language", "iri", "name", "word")
                        or before.text in (")", "}", "]", ">>", ")>>")
                    )
                )
            )
            and not token.text.startswith(("<http://", "<https://"))
        ):
            line, column = place(text, token.offset)
            raise InputError(
                f"{token.text} may be an IRI or a comparison; put a space behind the <",
                file=name,
                line=line,
                column=column,
            )


def parameter_rows(text: str, name: str = "query") -> dict[str, list[tuple[int, int, str]]]:
    """Find the rows in which parameters stand: ``VALUES ?x { UNDEF }`` or ``VALUES ?x { TERM ... }``.

    Gives for each variable the start and the end of what is between the braces, and that text.

    >>> parameter_rows("SELECT * { VALUES ?x { UNDEF } ?x a ?c }")
    {'x': [(23, 29, 'UNDEF')]}
    """
    rows: dict[str, list[tuple[int, int, str]]] = {}
    row = tokens(text, name)
    for at, token in enumerate(row[:-3]):
        if token.kind != "word" or token.text.upper() != "VALUES":
            continue
        if row[at + 1].kind != "variable" or row[at + 2].text != "{":
            continue
        start = row[at + 2].offset + 1
        end = next((later.offset for later in row[at + 3 :] if later.text == "}"), None)
        if end is not None:
            inside = text[start:end].strip()
            first = start + (len(text[start:end]) - len(text[start:end].lstrip()))
            rows.setdefault(row[at + 1].text[1:], []).append((first, end, inside))
    return rows


def prefixes(text: str, name: str = "query") -> dict[str, str]:
    """Give the prefixes that a query declares.

    >>> prefixes("PREFIX e: <http://e/> ASK { ?s a e:C }")
    {'e': 'http://e/'}
    """
    row = tokens(text, name)
    return {
        label.text[:-1]: iri.text[1:-1]
        for keyword, label, iri in zip(row, row[1:], row[2:], strict=False)
        if keyword.text.upper() == "PREFIX" and label.kind == "name" and iri.kind == "iri"
    }


def variables(text: str, name: str = "query") -> list[str]:
    """Give the names of the columns of a SELECT query; none for another form.

    Raises InputError, with line and column, for an ill-formed query.

    >>> variables("SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s")
    ['s', 'n']
    """
    import pyoxigraph as ox

    try:
        answer = ox.Store().query(text, prefixes=PREFIXES)
    except SyntaxError as error:
        raise ill_formed(error, text, name) from error
    except RuntimeError:  # well-formed, with a function that the engine does not have by itself
        return []
    return [variable.value for variable in answer.variables] if isinstance(answer, ox.QuerySolutions) else []


def bind(text: str, terms: Mapping[str, Sequence[object]], name: str = "query") -> str:
    """Put RDF terms in the rows of the parameters that ``terms`` names.

    A term is written in its N-Triples form (``str`` of a pyoxigraph term), so it can be nothing but a value.

    >>> bind("ASK { VALUES ?x { UNDEF } ?x ?p ?o }", {"x": ["<http://e/a>", "<http://e/b>"]})
    'ASK { VALUES ?x { <http://e/a> <http://e/b> } ?x ?p ?o }'
    """
    rows = parameter_rows(text, name)
    edits = []
    for variable, values in terms.items():
        if len(rows.get(variable, ())) != 1:
            raise InputError(
                f"has {len(rows.get(variable, ()))} rows 'VALUES ?{variable} {{ ... }}', one is needed",
                file=name,
            )
        start, end, _ = rows[variable][0]
        edits.append((start, end, " ".join(map(str, values)) + " "))
    for start, end, replacement in sorted(edits, reverse=True):
        text = text[:start] + replacement + text[end:]
    return text


def ill_formed(error: SyntaxError, text: str, name: str) -> InputError:
    """Say where a query is wrong, and what is, as far as its tokens tell.

    The engine names the last character that it could make sense of and all that it expected there; that is
    mostly not the place of the mistake, and the list helps nobody.
    """
    match = re.match(r"error at (\d+):(\d+): (.*)", str(error), re.DOTALL)
    if not match:
        return InputError(str(error), file=name)
    found = tokens(text, name)
    said = re.search(r"The [A-Z]{2,} [^,]*", match[3])  # what the engine says of a rule beyond the grammar
    mistake = _undeclared(found, text, name) or (None if said else _mistake(found))
    if mistake is None:
        lines = text.split("\n")
        reached = sum(len(line) + 1 for line in lines[: int(match[1]) - 1]) + int(match[2]) - 1
        token = next((token for token in found if reached < token.offset + len(token.text)), None)
        offset = token.offset if token else len(text)
        if said:
            mistake = offset, said[0][:1].lower() + said[0][1:]
        elif token:
            mistake = offset, f"{_short(token.text)} is not expected here"
        elif unclosed := _unclosed(found):
            mistake = (
                offset,
                f"the query ends, and the {unclosed.text} of line {place(text, unclosed.offset)[0]} is open",
            )
        else:
            mistake = offset, "the query is incomplete: a term, a bracket or a word is missing up to here"
    line, column = place(text, mistake[0])
    return InputError(mistake[1], file=name, line=line, column=column)


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:59] + "…")


def _undeclared(found: Sequence[Token], text: str, name: str) -> tuple[int, str] | None:
    """Find a name whose prefix neither the query nor the graph declares."""
    declared = {*PREFIXES, *prefixes(text, name)}
    for before, token in zip([None, *found], found, strict=False):
        prefix = token.text.partition(":")[0]
        if (
            token.kind != "name"
            or prefix in declared
            or (before and before.text.upper() in ("PREFIX", "BASE"))
        ):
            continue
        from difflib import get_close_matches

        near = "".join(f"; did you mean {known}:?" for known in get_close_matches(prefix, declared, 1))
        known = ", ".join(sorted(declared))
        return (
            token.offset,
            f"prefix {prefix}: is not declared{near} (known: {known}; or write PREFIX {prefix}: <...>)",
        )
    return None


_OPENING = {"{": "}", "(": ")", "[": "]"}
_AGGREGATES = {"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"}
_TERMS = ("variable", "iri", "name", "string", "number", "blank")


def _unclosed(found: Sequence[Token]) -> Token | None:
    """Give the innermost bracket that is not closed."""
    open_brackets: list[Token] = []
    for token in found:
        if token.text in _OPENING:
            open_brackets.append(token)
        elif token.text in _OPENING.values() and open_brackets:
            open_brackets.pop()
    return open_brackets[-1] if open_brackets else None


_ANY = 1_000_000  # terms: where no triples are read
# Words behind which terms stand that are no triples, up to the next bracket or dot.
_OTHER_THAN_TRIPLES = {
    *("FILTER", "BIND", "VALUES", "GRAPH", "SERVICE"),
    *("SELECT", "GROUP", "HAVING", "ORDER", "BY", "ASC", "DESC", "LIMIT", "OFFSET"),
}


def _mistake(found: Sequence[Token]) -> tuple[int, str] | None:
    """Find the first of the mistakes that people make most in an ill-formed query."""
    selecting = False
    condition = -1  # at which depth a FILTER or BIND ends
    open_brackets: list[str] = []
    room = 3  # how many terms the triples that are being read still take
    for at, token in enumerate(found):
        last = found[at - 1].text if at else ""
        word = token.text.upper() if token.kind == "word" else ""
        within = open_brackets[-1] if open_brackets else ""
        selecting = (selecting or word == "SELECT") and word != "WHERE" and token.text != "{"
        if selecting and within in ("", "{") and (token.text == "," or word in _AGGREGATES):
            if token.text == ",":
                return token.offset, "what is selected is separated by spaces, not by commas"
            return token.offset, f"write ({token.text}(...) AS ?name), with brackets and a name"
        if (
            word == "FILTER"
            and at + 1 < len(found)
            and found[at + 1].kind in ("variable", "number", "string")
        ):
            return found[at + 1].offset, "the condition of a FILTER stands in brackets: FILTER(...)"
        if token.text in _OPENING:
            room -= within == "{" and token.text != "{"
            open_brackets.append("data" if within == "data" or _begins_data(found, at) else token.text)
            room = 3 if token.text == "{" else room
        elif token.text in _OPENING.values():
            if not open_brackets:
                return token.offset, f"there is one {token.text} too many"
            incomplete = within == "{" and room in (1, 2) and last not in (";", "]", ")")
            if incomplete and token.text == "}":
                return token.offset, "the triple before it is incomplete: a predicate or an object is missing"
            open_brackets.pop()
            if token.text == "}" or len(open_brackets) == condition:
                room, condition = 3, -1
        elif within == "{" and token.text in (".", ";", ","):
            if room in (1, 2) and last not in (";", "]", ")", ".", ","):
                return token.offset, "the triple before it is incomplete: a predicate or an object is missing"
            room = {".": 3, ";": 2, ",": 1}[token.text]
        elif within == "{" and (token.kind in _TERMS or word in ("A", "TRUE", "FALSE")):
            if last in ("/", "|", "^^") or (last == "^" and found[at - 2].text in ("/", "|")):
                continue  # goes on with a path or names a datatype
            room -= 1
            if room < 0:
                what = f"{_short(token.text)} is not expected here"
                return token.offset, f"{what}; is a '.', ';' or ',' missing before it?"
        elif within == "{" and word:
            room = _ANY if word in _OTHER_THAN_TRIPLES else 3
            condition = len(open_brackets) if word in ("FILTER", "BIND") else -1
    return None


def _begins_data(found: Sequence[Token], at: int) -> bool:
    """Say whether the bracket at ``at`` opens the rows of VALUES."""
    if found[at].text != "{" or at < 2:
        return False
    start = at - 1
    if found[start].text == ")":
        while start and found[start].text != "(":
            start -= 1
    return found[start - 1].text.upper() == "VALUES"


def iris(text: str, name: str = "query") -> dict[str, str]:
    """Give the IRIs that a query names, each with the way in which it is written first.

    >>> iris("SELECT * { ?s a wco:Region ; <http://e/p> 1 }")
    {'https://w3id.org/wcograph/ns#Region': 'wco:Region', 'http://e/p': '<http://e/p>'}
    """
    known = {**PREFIXES, **prefixes(text, name)}
    row = tokens(text, name)
    found: dict[str, str] = {}
    for before, token in zip([None, *row], row, strict=False):
        if token.kind == "iri" and not (before and (before.kind == "name" or before.text.upper() == "BASE")):
            found.setdefault(token.text[1:-1], token.text)
        elif token.kind == "name" and not (before and before.text.upper() == "PREFIX"):
            prefix, _, local = token.text.partition(":")
            if prefix in known:
                found.setdefault(known[prefix] + re.sub(r"\\(.)", r"\1", local), token.text)
    return found
