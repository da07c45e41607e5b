"""What a query must not do, found in its tokens before it is evaluated."""

from __future__ import annotations

import re

from wcograph.toolbox.errors import InputError, UsageError
from wcograph.toolbox.sparql.tokens import Token, fault, place, short, tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Deeper nesting than any query needs; some 5,000 brackets end pyoxigraph's parser in a segmentation fault.
DEEPEST_NESTING = 200
# The engine's parser goes one level deeper for each of these; some 5,600 UNIONs end it in a segmentation fault.
MOST_STEPS = 2_000
_STEPS = {"||", "&&", "!", "+", "-", "*", "/", "|", "^", "=", "!=", ".", ";", ",", "{", "(", "[", "UNION", "OPTIONAL",
          "MINUS", "BIND", "FILTER", "GRAPH", "EXISTS", "LATERAL", "VALUES", "AS"}  # fmt: skip
_OPERANDS = {"iri", "name", "number", "string", "variable", "blank", "word"}
_ENDS = (")", "}", "]", ">>", ")>>")
_FORMS = {"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"}
_UPDATES = {"INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH"}


def check_prefixes(prefixes: Mapping[str, str]) -> None:
    """Refuse prefixes that are written before a text if an IRI could end the declaration (InputError)."""
    for prefix, iri in prefixes.items():
        if re.search(r"[\x00-\x20<>\"{}|^`\\]", iri) or re.search(r"[\x00-,/:-@\[-^`{-\xa0\s]", prefix):
            raise InputError(f"the prefix {short(prefix)} with the namespace {short(iri)} cannot be declared")


def check(
    text: str,
    name: str = "query",
    *,
    allow_service: bool = False,
    prefixes: Mapping[str, str] | None = None,
) -> str:
    """Refuse what must not be evaluated, and return the form of the query (``SELECT``, ``ASK``, ...).

    Refused with UsageError: an update; SERVICE, which uses the network, unless ``allow_service``. (FROM and FROM NAMED
    select graphs of the store; `offline` keeps rdflib from fetching them.) Refused with InputError: brackets nested
    deeper than 200, more operators and patterns than the engine's parser can handle, and a text without a form.

    The text is read as the engines read it. They need no space after a keyword: ``SERVICE:a {`` and ``SERVICEx:a {``
    are SERVICE, a name and a pattern, so a word that contains it is refused, and a prefix that contains it, before
    a brace. rdflib decodes ``\\u`` escapes before it reads anything, Oxigraph only in strings and IRIs: an escape that
    produces the word, or that is in a text with it, is refused. ``prefixes`` are written before the text
    and not checked elsewhere; their IRIs must not be able to end the declaration.

    >>> check("PREFIX drop: <http://e/> SELECT * { ?s drop:insert 'DELETE' }")
    'SELECT'
    """
    check_prefixes(prefixes or {})
    if not allow_service and "\\" in text:
        _refuse_escaped(text, name)
    depth = steps = 0
    form = ""
    rows = ""  # "VALUES" from that word to its rows, "{" in them: long lists belong there
    before = Token("", "", 0)
    found = tokens(text, name)
    if not allow_service:
        _refuse_double_meaning(text, found, name)
    for at, token in enumerate(found):
        if not form and token.word in _UPDATES:
            raise UsageError(f"{name} is an update ({token.word}); the graph is read-only, ask with SELECT")
        if not form and token.word in _FORMS:
            form = token.word
        if not allow_service and _reaches(found, at):
            line, column = place(text, token.offset)
            what = "SERVICE" if token.word == "SERVICE" else f"SERVICE in {token.text}"
            raise UsageError(
                f"{name}:{line}:{column}: {what} would use the network; "
                "leave it out (--data adds a file's triples)"
            )
        if token.word == "VALUES":
            rows = "VALUES"
        elif token.text == "}":
            rows = ""
        elif token.text == "{" and rows:
            rows = "{"
        # two terms in a row are members of a collection, or subject and predicate
        following = token.kind in _OPERANDS and before.kind in _OPERANDS
        if rows != "{" and (token.text in _STEPS or token.word in _STEPS or following):
            steps += 1
            if steps > MOST_STEPS:
                what = f"has more than {MOST_STEPS:,} operators and patterns"
                raise InputError(f"{what}; put long lists into VALUES, or ask in several queries", file=name)
        before = token
        depth += (token.text in ("{", "(", "[", "<<", "<<(", "{|")) - (token.text in (*_ENDS, "|}"))
        if depth > DEEPEST_NESTING:
            raise fault(f"brackets are nested deeper than {DEEPEST_NESTING}", text, token.offset, name)
    if not form:
        raise InputError("is not a query: it has no SELECT, ASK, CONSTRUCT or DESCRIBE", file=name)
    return form


def _refuse_escaped(text: str, name: str) -> None:
    """Refuse escapes that make an engine read SERVICE, or read it in what is a string here.

    SPARQL 1.1 (section 19.2) has four digits after ``\\u`` and eight after ``\\U``; rdflib accepts either after either.
    """
    first = re.search(r"\\u[0-9a-f]{4,8}", text, re.IGNORECASE)
    if first is None:
        return
    for escape in (
        r"\\[uU]([0-9A-Fa-f]{4}(?:[0-9A-Fa-f]{4})?)",
        r"\\[uU]([0-9A-Fa-f]{4})",
        r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))",
    ):
        read = re.sub(escape, lambda match: chr(min(int(match[match.lastindex], 16), 0x10FFFF)), text)
        try:
            found = tokens(read, name)
            _refuse_double_meaning(read, found, name)
            reaches = any(_reaches(found, at) for at in range(len(found)))
        except InputError:  # what is a string in the one reading may be open in the other
            reaches = re.search("service", read, re.IGNORECASE) is not None
        if reaches:
            line, column = place(text, first.start())
            raise UsageError(
                f"{name}:{line}:{column}: {first[0]} makes one engine read SERVICE, which would use the network; "
                "write the character itself"
            )


def _reaches(found: Sequence[Token], at: int) -> bool:
    """Return whether an engine may read SERVICE in a word, or in the prefix of a name that a pattern follows."""
    token = found[at]
    if token.kind not in ("word", "name") or "SERVICE" not in token.text.partition(":")[0].upper():
        return False
    after = found[at + 1].text if at + 1 < len(found) else ""
    before = found[at - 1].word if at else ""
    return token.kind == "word" or (after == "{" and before not in ("GRAPH", "FROM", "NAMED"))


def _refuse_double_meaning(text: str, found: Sequence[Token], name: str) -> None:
    """Refuse a ``<`` that this module reads as the beginning of an IRI and the engine may read as "less than".

    SPARQL's longest match makes ``<?x#>`` an IRI; an engine that expects an operator there reads a comparison
    and a comment instead, and continues on the next line with text that is not a token here. If a text
    mentions SERVICE at all, other than in a variable, each such IRI is refused. One in a declaration is an IRI.
    """
    reaching = re.search(r"service|\\u", re.sub(r"[?$][A-Za-z0-9_]+", "", text), re.IGNORECASE)
    declared = 0  # the tokens of the declarations that the query begins with
    while declared < len(found) and found[declared].word in ("PREFIX", "BASE"):
        declared += 3 if found[declared].word == "PREFIX" else 2
    open_brackets = []
    for at, token in enumerate(found):
        if token.text in ("(", "{", "["):
            open_brackets.append(token.text)
        elif token.text in (")", "}", "]"):
            open_brackets[-1:] = []
        if (
            token.kind != "iri"
            or at < max(declared, 1)
            or token.text.startswith(("<http://", "<https://"))
            or not any(sign in token.text for sign in "#?&'!(")
        ):
            continue
        before = found[at - 1]
        compares = before.kind in _OPERANDS - {"blank"} | {"language"} or before.text in _ENDS
        if reaching or (compares and open_brackets[-1:] == ["("]):
            what = f"{token.text} may be an IRI or a comparison; put a space after the <"
            raise fault(what, text, token.offset, name)
