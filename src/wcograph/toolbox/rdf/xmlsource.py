"""RDF/XML as it is read: UTF-8 without entities, XML literals in their canonical form, and the place of a fault."""

from __future__ import annotations

import html
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE

from pyoxigraph import RdfFormat, parse

from wcograph.toolbox.errors import InputError

_STRUCTURED = ("Resource", "Collection", "Triple")  # contents of a property that are not an XML literal
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
NO_LANGUAGE = "x-no-language"
"""What ``xml:lang=""`` is for the parser, which refuses an empty tag."""

_LONGEST_EXPANSION = 2**24  # bytes that the entities of an XML document may add to it
_WHITE_SPACE = str.maketrans({"\t": "&#9;", "\n": "&#10;", "\r": "&#13;"})
_DECLARED = r"""(<\?xml[^>]*?encoding\s*=\s*["'])([\w.:-]+)"""
_UNREADABLE = re.compile(
    rb"""<!DOCTYPE|:parseType\s*=\s*(?!["'](?:Resource|Collection|Triple)["'])|:lang\s*=\s*(?:""|'')"""
)
_TAG = re.compile(
    rb"""<(?:!--.*?-->|!\[CDATA\[.*?\]\]>|(/)?[^\s!?/<>"'][^<>"']*(?:(?:"[^"]*"|'[^']*')[^<>"']*)*>)""",
    re.DOTALL,
)
# XML 1.0, appendix F: the first bytes of a document, and an encoding in which its declaration can be read
_EBCDIC = b"Lo\xa7\x94"
_SIGNS = (
    (BOM_UTF32_LE, "utf-32"), (BOM_UTF32_BE, "utf-32"), (BOM_UTF16_LE, "utf-16"), (BOM_UTF16_BE, "utf-16"),
    (b"\0\0\0<", "utf-32-be"), (b"<\0\0\0", "utf-32-le"), (b"\0<", "utf-16-be"), (b"<\0", "utf-16-le"),
    (_EBCDIC, "cp037"),
)  # fmt: skip
# What Python calls text encodings, and XML does not; some take time that grows with the square of the length.
_NO_CHARACTER_SETS = frozenset(
    "idna punycode unicode_escape raw_unicode_escape undefined utf_7 utf7 mbcs oem charmap".split()  # noqa: SIM905
)


def plain(data: bytes, name: str, deepest: int) -> bytes:
    """Return an RDF/XML document that pyoxigraph reads as it should, within limits.

    Raises InputError if the encoding is not known, the XML is not well-formed, entities are not declared or expand to
    too much text, or elements nest deeper than ``deepest``.
    """
    if not data.strip():
        raise InputError("is empty, and so not XML", file=name)
    data = _utf8(data, name)
    if _UNREADABLE.search(data):
        data = "".join(_Rewriter(data, name).parts).encode("utf-8", "replace")
    if data.count(b"</") > deepest:
        depth = 0
        for match in _TAG.finditer(data):
            tag = match[0]
            if match[1]:
                depth -= 1
            elif tag[1:2] != b"!" and tag[-2:] != b"/>":
                depth += 1
                if depth > deepest:
                    raise InputError(f"is nested deeper than {deepest}", file=name)
    return data


def _utf8(data: bytes, name: str) -> bytes:
    encoding = next((encoding for sign, encoding in _SIGNS if data.startswith(sign)), None)
    head = data[:2048].removeprefix(BOM_UTF8).decode(encoding or "latin-1", "ignore")
    declared = re.match(_DECLARED, head)
    if declared and encoding in (None, "cp037"):
        encoding = declared[2].lower()
    if encoding in (None, "utf-8", "utf8"):
        return data.removeprefix(BOM_UTF8)
    from codecs import lookup

    try:
        if encoding.replace("-", "_") in _NO_CHARACTER_SETS or not lookup(encoding)._is_text_encoding:
            raise LookupError
        text = data.decode(encoding)
    except LookupError as error:
        raise InputError(f"has the unknown encoding {encoding!r}", file=name) from error
    except ValueError as error:
        raise InputError(f"is not {encoding} text, as it says", file=name) from error
    text = text.removeprefix("\ufeff")
    if data.startswith(_EBCDIC):
        text = text.replace("\x85", "\n")
    return re.sub(f"^{_DECLARED}", r"\g<1>UTF-8", text).encode("utf-8", "replace")


class _Rewriter:
    """A document in parts, a tag or a text each, and the places (line and column) at which they begin."""

    def __init__(self, data: bytes, name: str) -> None:
        from xml.parsers import expat

        self.name, self.parts, self.places = name, [""], [(1, 1)]
        self.room = len(data) + _LONGEST_EXPANSION
        self.scopes: list[dict[str, str]] = [{"": ""}]  # the namespaces of the open elements
        self.literal: list[str] | None = None  # the content of an XML literal
        self.depth = 0  # of elements in it
        self.parser = parser = expat.ParserCreate("UTF-8")
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = lambda text: self._write(_escaped(text))
        parser.CommentHandler = lambda text: self._keep(f"<!--{text}-->")
        parser.ProcessingInstructionHandler = lambda target, text: self._keep(f"<?{target} {text}?>")
        parser.EntityDeclHandler = self._declare
        parser.SkippedEntityHandler = lambda entity, _: self._refuse(entity, "it does not declare")
        parser.ExternalEntityRefHandler = lambda entity, *_: self._refuse(
            entity, "is in another file and not fetched"
        )
        parser.buffer_text = True
        self.old = expat.version_info < (2, 4, 1)  # it expands entities without bounds
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            message = expat.ErrorString(error.code)
            raise InputError(message, file=name, line=error.lineno, column=error.offset + 1) from error

    def _fault(self, message: str) -> InputError:
        line, column = self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1
        return InputError(message, file=self.name, line=line, column=column)

    def _refuse(self, entity: str | None, why: str) -> int:
        raise self._fault(f"names the entity {str(entity)[:80]!r}, which {why}")

    def _declare(self, entity: str, _: bool, value: str | None, *__: str | None) -> None:
        if self.old and value is not None and "&" in value:
            raise self._fault(f"declares the entity {entity!r} by means of others; write out its value")

    def _write(self, text: str) -> None:
        self.room -= len(text)
        if self.room < 0:
            raise InputError(f"expands to more than {_LONGEST_EXPANSION:,} further bytes", file=self.name)
        if self.literal is not None:
            self.literal.append(text)
        else:
            self.parts.append(text)
            self.places.append((self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1))

    def _keep(self, text: str) -> None:
        if self.literal is not None:
            self._write(text)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if self.literal is not None:
            self.depth += 1
            self._write(_tag(tag, attributes))
            return
        own = {key[6:]: value for key, value in attributes.items() if key == "xmlns" or key[:6] == "xmlns:"}
        scope = {**self.scopes[-1], **own} if own else self.scopes[-1]
        self.scopes.append(scope)
        if attributes.get("xml:lang") == "":
            attributes["xml:lang"] = NO_LANGUAGE
        for key, value in attributes.items():
            prefix, _, local = key.partition(":")
            if local == "parseType" and scope.get(prefix) == _RDF and value not in _STRUCTURED:
                others = {other: text for other, text in attributes.items() if other != key}
                if not any(self._means(other, scope) for other in others):  # else it is an error
                    self._write(_tag(tag, {**others, f"{prefix}:datatype": f"{_RDF}XMLLiteral"}))
                    self.literal = []
                    return
        self._write(_tag(tag, attributes))

    @staticmethod
    def _means(attribute: str, scope: dict[str, str]) -> bool:
        """Return whether an attribute says something that no property with a literal may say (RDF/XML, 7.2.17)."""
        prefix, _, local = attribute.partition(":")
        return prefix not in ("xml", "xmlns") and not (local == "ID" and scope.get(prefix) == _RDF)

    def _end(self, tag: str) -> None:
        if self.literal is not None and self.depth:
            self.depth -= 1
        else:
            scope = self.scopes.pop()
            if self.literal is not None:
                content, self.literal = "".join(self.literal), None
                self._write(_escaped(self._canonical(content, scope)))
        self._write(f"</{tag}>")

    def _canonical(self, content: str, scope: dict[str, str]) -> str:
        """Return the exclusive canonical form, with comments, of the content of an element (RDF/XML 1.1, section 7.2.17)."""
        from xml.etree.ElementTree import ParseError, canonicalize

        around = "x" * (1 + max(map(len, scope)))  # a prefix that is not in the scope
        known = {f"xmlns:{prefix}" if prefix else "xmlns": iri for prefix, iri in scope.items()}
        start = _tag(f"{around}:x", {**known, f"xmlns:{around}": "urn:x"})
        try:
            found = canonicalize(f"{start}{content}</{around}:x>", with_comments=True)
        except ParseError as error:
            raise self._fault(f"has an XML literal that is not well-formed: {error}") from error
        return found[found.index(">") + 1 : found.rindex("<")]


def _tag(name: str, attributes: dict[str, str]) -> str:
    # Line ends and tabs in a value would be read as spaces.
    pairs = (f' {key}="{html.escape(value).translate(_WHITE_SPACE)}"' for key, value in attributes.items())
    return f"<{name}{''.join(pairs)}>"


def _escaped(text: str) -> str:
    return html.escape(text, quote=False).replace("\r", "&#13;")


class Fed:
    """A stream that hands out its parts one by one, so that a parser that stops has read up to its fault."""

    def __init__(self, parts: list[bytes]) -> None:
        """Keep the parts."""
        self._parts, self._rest, self.number = parts, b"", -1

    def read(self, size: int = -1) -> bytes:
        """Return the next part, or as much of it as is asked for."""
        while not self._rest and self.number + 1 < len(self._parts):
            self.number += 1
            self._rest = self._parts[self.number]
        size = len(self._rest) if size < 0 else size
        part, self._rest = self._rest[:size], self._rest[size:]
        return part

    def fails(self, format: RdfFormat, base: str | None, *, lenient: bool) -> bool:
        """Return whether pyoxigraph stops at a fault, which is in the part with ``number`` then."""
        try:
            for _ in parse(self, format, base_iri=base, lenient=lenient):  # type: ignore[arg-type]
                pass
        except (SyntaxError, ValueError):
            return True
        return False


def place_of_fault(
    data: bytes, name: str, base: str | None, *, lenient: bool
) -> tuple[int, int] | tuple[None, None]:
    """Return line and column of the tag at which pyoxigraph stops reading an RDF/XML document."""
    try:
        document = _Rewriter(_utf8(data, name), name)
    except InputError as error:
        return (error.line, error.column) if error.line and error.column else (None, None)
    # A text ends where the next tag begins: its "<" is a part of its own.
    halves = [half.encode("utf-8", "replace") for part in document.parts for half in (part[:1], part[1:])]
    stream = Fed(halves)
    if stream.fails(RdfFormat.RDF_XML, base, lenient=lenient):
        part = stream.number // 2 - (stream.number % 2 == 0)
        return document.places[max(part, 0)]
    return None, None
