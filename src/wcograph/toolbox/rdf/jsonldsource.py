"""JSON-LD as it is read: contexts of files written into it, and an error where it would drop what somebody wrote.

A triple with an ill-formed IRI or language tag is left out by JSON-LD (1.1 API, section 8.2), where Turtle is refused.
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, parse, serialize

from wcograph.toolbox.errors import InputError, LimitError
from wcograph.toolbox.output import read_text
from wcograph.toolbox.rdf.xmlsource import Fed

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]', re.DOTALL)
_REFERENCE = re.compile(r'"@context"\s*:\s*(?:\[(?:[^"{\]]|\{.*?\})*)?"|"@import"', re.DOTALL)
_MOST = 2**24  # characters that contexts may add to a document
_DEEPEST = 10  # contexts that name others


def with_contexts(text: str, file: str, contexts: Mapping[str, str], *, strict: bool = False) -> str:
    """Return a document with the contexts that it names written into it, each in the line of its name.

    A name is that of a file in the directory of ``file``, or below it, or a key of ``contexts``, which gives its file.
    Another stays (in a JSON literal, it means nothing) unless ``strict``: then, and for what is not a context, it
    raises InputError with the location.
    """
    if not _REFERENCE.search(text):
        return text
    return _Contexts(file, contexts, strict).written(text, file, 0)


class _Contexts:
    def __init__(self, file: str, files: Mapping[str, str], strict: bool) -> None:
        self.name, self.files, self.strict, self.room = file, files, strict, _MOST
        self.folder = None if file == "-" else os.path.dirname(os.path.realpath(file))

    def written(self, text: str, base: str, depth: int) -> str:
        """Return a JSON text with the contexts that it names; relative names are resolved to ``base``."""
        parts, last = [], 0
        stack: list[dict[str, Any]] = []
        waiting: tuple[str, int] | None = None  # a string that may be a key
        for match in _TOKEN.finditer(text):
            token, at = match[0], match.start()
            top = stack[-1] if stack else {}
            if token[0] == '"':
                if top.get("open") == "{" and not top["value"]:
                    waiting = token, at
                elif top.get("key") in ("@context", "@import") and not any(
                    one["key"] == "@value" for one in stack
                ):
                    importing = top["key"] == "@import"
                    start = top["at"] if importing and top["open"] == "{" else at
                    found = self._context(json.loads(token), base, depth, text, at)
                    if found is None:
                        continue
                    new = json.dumps(found, ensure_ascii=False)
                    if importing:
                        if not isinstance(found, dict):
                            raise self._error("the context that @import names is not one object", text, at)
                        keys = _keys(text, top["start"])
                        new = json.dumps(
                            {k: v for k, v in found.items() if k not in keys}, ensure_ascii=False
                        )
                        new = new[1:-1] or '"urn:x-none:": null'
                    elif isinstance(found, list) and top["open"] == "[":
                        new = new[1:-1] or "{}"
                    self.room -= len(new)
                    if self.room < 0:
                        raise LimitError(f"{self.name}: its contexts are longer than {_MOST:,} characters")
                    parts += [text[last:start], new.replace("\n", " ")]
                    last = match.end()
            elif token in "{[":
                key = None if token == "{" else top.get("key")
                stack.append({"open": token, "key": key, "value": token == "[", "start": at})
            elif token in "}]":
                if stack:
                    stack.pop()
            elif top.get("open") == "{":
                top["value"] = token == ":"
                if token == ":" and waiting:
                    top["key"], top["at"] = _decoded(waiting[0]), waiting[1]
        return "".join([*parts, text[last:]])

    def _context(self, reference: str, base: str, depth: int, text: str, at: int) -> Any:
        from urllib.parse import unquote, urljoin, urlsplit

        iri = base if "://" in base else "file://" + os.path.realpath(base)
        iri = urljoin(iri, reference) if base != "-" else reference
        path = self.files.get(reference, self.files.get(iri))
        if path is None and iri.startswith("file:") and self.folder:
            path = os.path.realpath(unquote(urlsplit(iri).path))
            if os.path.commonpath([path, self.folder]) != self.folder or not os.path.isfile(path):
                path = None
        if path is None and not self.strict:
            return None
        if path is None:
            raise self._error(
                f"its context <{reference}> is not in a file below its directory, and is not fetched; name its file "
                f"with --context-file {reference}=FILE",
                text,
                at,
            )
        if depth >= _DEEPEST:
            raise self._error(f"its contexts name others more than {_DEEPEST} deep", text, at)
        content = read_text(path, most=_MOST)
        inside = self.written(content, iri if "://" in iri else path, depth + 1)
        try:
            document = json.loads(inside)
        except (ValueError, RecursionError) as error:
            raise InputError(f"is not JSON: {error}", file=path) from error
        if not isinstance(document, dict) or "@context" not in document:
            raise InputError("has no @context", file=path)
        found = document["@context"]
        for one in found if isinstance(found, list) else [found]:
            if isinstance(one, dict):
                one.pop("@base", None)  # which counts only in the document itself
        return found

    def _error(self, message: str, text: str, at: int) -> InputError:
        line, column = _place(text, at)
        return InputError(message, file=self.name, line=line, column=column)


def _keys(text: str, start: int) -> set[str]:
    """Return the keys of the object that begins at ``start``."""
    try:
        return set(json.JSONDecoder().raw_decode(text, start)[0])
    except (ValueError, RecursionError):  # which the parser refuses
        return set()


def _decoded(token: str) -> str:
    try:
        return str(json.loads(token))
    except ValueError:
        return token[1:-1]


def _place(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1


def dropped(data: bytes, name: str, base: str | None, *, lenient: bool) -> list[str]:
    """Return what JSON-LD leaves out of a document, each with its location.

    The standard leaves out a key without an IRI, and a relative IRI where the document says that there is no base.
    Raises InputError, with the location, for an ill-formed IRI or language tag, unless ``lenient``.
    """
    kept, said = (
        serialize(parse(data, RdfFormat.JSON_LD, base_iri=base, lenient=some), format=RdfFormat.N_QUADS)
        for some in (False, True)
    )
    if (kept or b"").count(b"\n") == (said or b"").count(b"\n"):
        return []
    notes: dict[str, None] = {}
    text, seen = data.decode("utf-8", "replace"), set()
    for quad in parse(data, RdfFormat.JSON_LD, base_iri=base, lenient=True):
        for role, term in zip(("subject", "predicate", "object", "graph"), quad, strict=True):
            if term in seen or (fault := _fault(term, role, base)) is None:
                continue
            seen.add(term)
            message, word, is_error = fault
            line, column = _found(text, word)
            if is_error and not lenient:
                raise InputError(
                    f"{message}; --lenient leaves out what has it", file=name, line=line, column=column
                )
            notes[f"{name}:{line}:{column}: {message}, so what has it is left out"] = None
    return list(notes)


def _fault(term: object, role: str, base: str | None) -> tuple[str, str, bool] | None:
    """Return why JSON-LD leaves out what has a term, the text of the term, and whether it is an error."""
    word = term.value if isinstance(term, NamedNode | BlankNode) else getattr(term, "language", None) or ""
    if isinstance(term, NamedNode) and word.startswith("_:"):
        return f"the key {word!r} is a blank node", word, False
    if isinstance(term, NamedNode) and ":" not in word:
        if role == "predicate":
            return f"the key {word!r} has no IRI in the context", word, False
        return f"the relative IRI {word!r} has no base", word, base is None
    try:
        if isinstance(term, NamedNode):
            NamedNode(word)
        elif isinstance(term, BlankNode):
            BlankNode(word)
        elif isinstance(term, Literal) and word:
            Literal(term.value, language=word)
    except ValueError as error:
        kinds = {Literal: "language tag", NamedNode: "IRI", BlankNode: "blank node"}
        return f"the {kinds[type(term)]} {word!r} is ill-formed ({error})", word, True
    return None


def _found(text: str, word: str) -> tuple[int, int]:
    """Return where a word is written: as it is, or else as the end of a compact or relative IRI."""
    best = 0.0, 0
    for match in _TOKEN.finditer(text):
        if match[0][0] != '"':
            continue
        string, at = _decoded(match[0]), match.start()
        local = string.partition(":")[2] or string
        rank = 0.0
        if string.lower() == word.lower():
            rank = 1
        elif local and word.endswith(local):
            rank = len(local) / (len(word) + 1)
        if rank > best[0]:
            best = rank, at
    return _place(text, best[1])


def place_of_fault(data: bytes, message: str, base: str | None, *, lenient: bool) -> tuple[int, int]:
    """Return line and column of what pyoxigraph refuses in a document: of the word that its message names, if it does."""
    text = data.decode("utf-8", "replace")
    tokens = [(match[0], match.start()) for match in _TOKEN.finditer(text)]
    ends = [at for _, at in tokens[1:]] + [len(text)]
    parts = [text[at:end].encode() for (_, at), end in zip(tokens, ends, strict=True)]
    stream = Fed([text[: tokens[0][1]].encode(), *parts] if tokens else [data])
    stream.fails(RdfFormat.JSON_LD, base, lenient=lenient)
    read = tokens[: max(stream.number, 0)]
    for word in (*re.findall(r"'([^']+)'", message), *re.findall(r"@\w+", message)):
        for token, at in reversed(read):
            if token[0] == '"' and _decoded(token) == word:
                return _place(text, at)
    return _place(text, read[-1][1] if read else 0)
