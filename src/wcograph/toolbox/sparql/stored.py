"""Stored queries: SPARQL files that run unchanged anywhere, with a YAML header in ``#+`` comments.

The header has the keys that grlc reads (``summary`` replaces a missing ``title``) and these: ``title``, ``description``,
``tags``, ``asks`` (language → what people may type, separated by semicolons, with the names of parameters in braces),
``parameters`` (name → type, description, optional, repeat, values, example), ``columns`` (name → its heading, or headings
by language and how to show it: see ``header.COLUMN``), ``complete`` (how complete the answer is: nodes of lists, the
variables that have them, or a text), ``besides`` (the question whose rows this one leaves out: see ``header.BESIDES``),
``picture`` (see ``pictures``), ``needs`` (what the user must have imported) and ``sources`` (the variables with the fact
and claim nodes behind a row, or column → the variables for its value; they are not columns of the answer) or
``unsourced`` (why there are none).
"""

from __future__ import annotations

import os
import re
from itertools import chain

from wcograph.toolbox.errors import InputError, UsageError
from wcograph.toolbox.output import read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

LONGEST = 2**24
"""The longest query that is read from a file, in bytes."""

# Options that every query has; a parameter of such a name could not be given.
RESERVED = frozenset(
    "help format output limit timeout sources sources-each labels iris exit-status show "  # noqa: SIM905
    "explain search queries data from lenient context-file no-inferred hs only-data "
    "no-cache debug bom endpoint engine name".split()
)


class Parameter:
    """A parameter of a stored query.

    ``name`` is its name in the header, ``variable`` its SPARQL variable, ``option`` its name on the command line. ``type``
    is a class (CURIE or IRI), a datatype (CURIE) or one of ``text`` (compared without case and accents), ``language``,
    ``iri``, ``word`` (one of ``values``) and ``NAME code`` (a code of a classification, with or without dots). ``scheme`` is
    the concept scheme of its values. ``levels`` are those that a code may have (all if it is empty), and ``of`` names the
    parameters with its edition; one of these editions must have the code. ``values`` are the only values that it accepts,
    each with its IRI if the header has one. ``default`` is the word, or the terms as in the file; if it is empty, the
    parameter restricts nothing unless it has a value.
    """

    def __init__(
        self,
        name: str,
        type: str,
        description: str,
        optional: bool = False,
        repeat: bool = False,
        scheme: str = "",
        example: str = "",
        default: str = "",
        values: Mapping[str, str] | None = None,
        variable: str = "",
        levels: Sequence[str] = (),
        of: Sequence[str] = (),
    ) -> None:
        """Keep the values."""
        self.name, self.type, self.description, self.variable = name, type, description, variable or name
        self.optional, self.repeat, self.scheme, self.example = optional, repeat, scheme, example
        self.default, self.values, self.levels, self.of = default, dict(values or {}), list(levels), list(of)

    @property
    def option(self) -> str:
        """The name on the command line.

        >>> Parameter("asOf", "xsd:date", "").option
        'as-of'
        """
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", self.name).replace("_", "-").lower()


class StoredQuery:
    """A stored query: its ``name`` and ``subject`` (file and folder), its text and ``form``, and the values of its header.

    ``solution`` says what to do about a row of a check, ``unsourced`` why rows cite nothing. ``sources`` are the variables
    that hold the nodes on which a row rests, ``sources_each`` those on which the value of a column rests. ``asks`` has
    phrasings of the question in each language. ``after`` names the derive queries whose results a derive query sees.
    ``plain`` is the SPARQL that runs if no parameter has a value; it is empty if one must have. Relative IRIs in it resolve
    against ``base``. ``needs`` names what the user must have imported.
    """

    name: str
    subject: str
    text: str
    form: str
    base: str | None
    plain: str
    title: str
    description: str
    tags: list[str]
    parameters: list[Parameter]
    columns: dict[str, dict[str, Any]]
    complete: list[str]
    besides: dict[str, Any]
    picture: dict[str, Any]
    asks: dict[str, list[str]]
    sources: list[str]
    sources_each: dict[str, list[str]]
    unsourced: str
    solution: str
    after: list[str]
    needs: str

    def __init__(self, **values: Any) -> None:
        """Keep the values."""
        self.__dict__.update(values)

    def parameter(self, option: str) -> Parameter | None:
        """Find a parameter by its name on the command line, in Python or in SPARQL."""
        wanted = option.replace("_", "-")
        return next((p for p in self.parameters if wanted in (p.option, p.name)), None)

    @property
    def watched(self) -> list[str]:
        """The variables whose values formats for people need besides the columns that they show."""
        lists = [one[1:] for one in self.complete if one.startswith("?")]
        key = [self.besides["key"]] if "key" in self.besides else []
        return list(dict.fromkeys([*self.sources, *lists, *key]))

    def bound(self, terms: Mapping[str, Sequence[object]]) -> str:
        """Return the SPARQL to run, with RDF terms for the variables of its parameters."""
        if not terms and self.plain:
            return self.plain
        without = [p.variable for p in self.parameters if not p.default and p.variable not in terms]
        inline = [p.variable for p in self.parameters if p.type == "word"]
        if not (terms or without or inline):
            return self.text
        from wcograph.toolbox.sparql.binding import bind

        return bind(self.text, terms, self.name, without=without, inline=inline)

    def to_json(self) -> dict[str, Any]:
        """Return the values as JSON values."""
        return {**vars(self), "parameters": [vars(parameter) for parameter in self.parameters]}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> StoredQuery:
        """Return the query from the result of ``to_json``."""
        return cls(**{**values, "parameters": [Parameter(**p) for p in values["parameters"]]})


def read(path: str, prefixes: Mapping[str, str], *, name: str | None = None, **more: Any) -> StoredQuery:
    """Read a stored query from a file, as ``parse`` does with ``more``; its name is the file's unless given.

    Raises InputError if the file cannot be read, or its header or its parameter rows are wrong.
    """
    name = name or os.path.basename(path).removesuffix(".rq")
    return parse(read_text(path, most=LONGEST), name, prefixes, path=path, **more)


def read_all(
    place: str, prefixes: Mapping[str, str], own: Mapping[str, str] | None = None
) -> tuple[list[StoredQuery], dict[str, InputError]]:
    """Read a user's stored queries: a file, or all ``.rq`` files below a directory, with one subject per folder.

    Relative IRIs resolve against the file (SPARQL 1.1, section 4.1.1.2); prefixes are as in ``parse``. Returns the queries,
    and the errors of ill-formed files in a directory, by name. Raises InputError if a file that is named itself is
    ill-formed, and if there is none.
    """
    from wcograph.toolbox.rdf.files import file_iri

    if not os.path.isdir(place):
        return [read(place, prefixes, subject="your own", base=file_iri(place), own=own)], {}
    found: list[StoredQuery] = []
    broken: dict[str, InputError] = {}
    for folder, folders, files in os.walk(place):
        folders.sort()
        inside = os.path.relpath(folder, place).replace(os.sep, "/")
        subject = inside if inside != "." else os.path.basename(os.path.abspath(place)) or "your own"
        for file in sorted(files):
            if file.endswith(".rq") and not file.startswith("."):
                path = os.path.join(folder, file)
                try:
                    found.append(read(path, prefixes, subject=subject, base=file_iri(path), own=own))
                except InputError as error:
                    broken[file.removesuffix(".rq")] = error
                except UsageError as error:
                    broken[file.removesuffix(".rq")] = InputError(str(error))
    if not found and not broken:
        raise InputError("has no stored query (no .rq file)", file=place)
    return found, broken


def parse(
    text: str,
    name: str,
    known: Mapping[str, str],
    subject: str = "",
    path: str = "query",
    base: str | None = None,
    own: Mapping[str, str] | None = None,
) -> StoredQuery:
    """Read a stored query from its text. The header may use the prefixes in ``known``, which have CURIEs as types.

    The query need not declare them or, if there are some, the prefixes ``own`` of the data. Relative IRIs resolve
    against ``base``.

    >>> query = parse("#+ title: Regions\\nSELECT ?r { ?r a <http://e/Region> }", "regions", {})
    >>> query.title, query.form, query.parameters
    ('Regions', 'SELECT', [])
    """
    from wcograph.toolbox.sparql.binding import parameter_rows
    from wcograph.toolbox.sparql.columns import variables
    from wcograph.toolbox.sparql.header import COLUMN, Header, one_line
    from wcograph.toolbox.sparql.refusals import check
    from wcograph.toolbox.sparql.tokens import prefixes

    header = Header(text, path, {**(own or {}), **prefixes(text, path)}, known)
    given = header.values
    form, rows = check(text, path), parameter_rows(text, path)
    parameters: dict[str, Parameter] = {}
    for key, values in given.get("parameters", {}).items():
        parameter = Parameter(**header.parameter(key, values, rows))
        what = f"header: parameter {key[:80]}"
        if not re.fullmatch(r"[^\W_][\w-]*", parameter.option):
            raise header.fault(f"{what} cannot be an option; its name begins with a letter or a digit", key)
        if parameter.option in RESERVED:
            raise header.fault(f"{what} has the name of an option, --{parameter.option}; rename it")
        if parameter.option in parameters:
            raise header.fault(
                f"header: two parameters have the option --{parameter.option}; rename one", key
            )
        parameters[parameter.option] = parameter
    cited = given.get("sources", [])
    each = cited if isinstance(cited, dict) else {}
    sources = list(dict.fromkeys(chain(*each.values()))) if each else cited
    columns, complete, (picture, drawn) = header.columns(), header.complete(), header.picture()
    beside = [column[key] for column in columns.values() for key in column if COLUMN.get(key) == "name"]
    lists = [one[1:] for one in complete if one.startswith("?")]
    missing = {*sources, *each, *columns, *beside, *lists, *drawn}
    missing -= set(variables(text, path, known if own is None else own, base))
    asks = header.asks(list(parameters))
    if missing:
        raise header.fault(
            f"the header names ?{', ?'.join(sorted(missing))}, which the query does not select"
        )
    query = StoredQuery(
        name=name,
        subject=subject,
        text=text,
        form=form,
        base=base,
        plain="",
        title=one_line(given.get("title") or given.get("summary") or name),
        description=given.get("description", "").strip(),
        tags=given.get("tags", []),
        parameters=list(parameters.values()),
        columns=columns,
        complete=complete,
        besides=header.besides(),
        picture=picture,
        asks=asks,
        sources=sources,
        sources_each=each,
        unsourced=one_line(given.get("unsourced", "")),
        solution=given.get("solution", "").strip(),
        after=given.get("after", []),
        needs=given.get("needs", ""),
    )
    if all(parameter.optional for parameter in query.parameters):
        query.plain = query.bound({})
    return query
