"""RDF files by name: the syntax of each, its own IRI, and why it cannot be read."""

from __future__ import annotations

import os
import stat
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE

from pyoxigraph import RdfFormat

from wcograph.toolbox.errors import InputError
from wcograph.toolbox.output import MOST_BYTES, read_file

SYNTAXES = {
    ".ttl": RdfFormat.TURTLE,
    ".turtle": RdfFormat.TURTLE,
    ".nt": RdfFormat.N_TRIPLES,
    ".nq": RdfFormat.N_QUADS,
    ".trig": RdfFormat.TRIG,
    ".rdf": RdfFormat.RDF_XML,
    ".owl": RdfFormat.RDF_XML,
    ".xml": RdfFormat.RDF_XML,
    ".jsonld": RdfFormat.JSON_LD,
    ".json": RdfFormat.JSON_LD,
    ".n3": RdfFormat.N3,
}
"""The syntaxes by file extension: those that the formats' specifications name, and what people use besides."""

DEEPEST = 500
"""Levels of what nests: more than people write, and fewer than end pyoxigraph in a crash or in hours."""

_LONGEST_EXPANSION = 2**24  # bytes that the entities of an XML document may add to it
_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~/")


PACKED = ".gz"
_GZIP = b"\x1f\x8b"  # the first bytes (RFC 1952, section 2.3.1)


class Named(str):
    """The name of an RDF file with its ``syntax``, if its extension does not give it.

    ``data`` is what the file holds, if it can be read only once: standard input, or a pipe that the caller has opened.
    """

    syntax: RdfFormat | None
    data: bytes | None

    def __new__(cls, name: str, syntax: RdfFormat | None = None, data: bytes | None = None) -> Named:
        """Make a name."""
        made = super().__new__(cls, name)
        made.syntax, made.data = syntax, data
        return made


def is_packed(name: str) -> bool:
    """Return whether ``raw`` must make the bytes that a parser reads."""
    if name.lower().endswith(PACKED) or (isinstance(name, Named) and name.data is not None):
        return True
    check_file(name)
    try:
        with open(name, "rb") as stream:
            return stream.read(2) == _GZIP
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=name) from error


def raw(name: str) -> bytes:
    """Return the content of an RDF file, unpacked if it is compressed.

    Raises InputError if it cannot be read or unpacked, or is longer than ``MOST_BYTES``, unpacked too.
    """
    data = name.data if isinstance(name, Named) and name.data is not None else read_file(name)
    if not name.lower().endswith(PACKED) and data[:2] != _GZIP:
        return data
    import zlib
    from gzip import BadGzipFile, GzipFile
    from io import BytesIO

    parts, size = [], 0
    try:
        with GzipFile(fileobj=BytesIO(data)) as packed:
            while part := packed.read(1 << 20):
                parts.append(part)
                size += len(part)
                if size > MOST_BYTES:
                    raise InputError(f"is longer than {MOST_BYTES:,} bytes, unpacked", file=name)
    except (EOFError, BadGzipFile, zlib.error) as error:
        raise InputError(f"cannot be unpacked: {error}", file=name) from error
    return b"".join(parts)


def check_file(path: str) -> None:
    """Raise InputError if ``path`` is not a file that can be read: missing, a directory, a pipe, a socket.

    Opening a pipe would wait until somebody writes to it.

    >>> check_file("/dev")
    Traceback (most recent call last):
    ...
    wcograph.toolbox.errors.InputError: /dev: is a directory
    """
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError as error:
        raise InputError("no such file", file=path) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL character
        raise InputError(f"cannot be read: {getattr(error, 'strerror', error)}", file=path) from error
    if stat.S_ISDIR(mode):
        raise InputError("is a directory", file=path)
    if not stat.S_ISREG(mode):
        raise InputError("is not a regular file (a pipe, a socket or a device)", file=path)


def syntax_of(path: str) -> RdfFormat:
    """Return the syntax of a file by its extension, before ``.gz``; raise InputError if that is not one of RDF.

    >>> syntax_of("graph.NQ.gz")
    <RdfFormat N-Quads>
    """
    if isinstance(path, Named) and path.syntax is not None:
        return path.syntax
    extension = os.path.splitext(path.lower().removesuffix(PACKED))[1]
    if extension not in SYNTAXES:
        raise InputError(
            f"unknown file type {extension or '(none)'!r}; known are {', '.join(SYNTAXES)}, or name the syntax, "
            "such as --from turtle",
            file=path,
        )
    return SYNTAXES[extension]


def file_iri(path: str) -> str:
    """Return the IRI of a file (RFC 8089), which relative IRIs in it resolve against (RFC 3986, section 5.1.3).

    This is what urllib returns, but importing urllib takes longer than reading a small file.

    >>> file_iri("/data/Türkiye 1.ttl")
    'file:///data/T%C3%BCrkiye%201.ttl'
    """
    name = os.fsencode(os.path.abspath(path))
    return "file://" + "".join(chr(byte) if byte in _SAFE else f"%{byte:02X}" for byte in name)


def safe(data: bytes, format: RdfFormat, name: str) -> bytes:
    r"""Return the content of an RDF file in a form that pyoxigraph can read within limits.

    XML becomes UTF-8 without entities. Raises InputError if something nests deeper than ``DEEPEST``, if the
    encoding is not known, or if entities are not known or expand to too much text.

    >>> safe(b"\xef\xbb\xbf<e:a> <e:p> 1 .", RdfFormat.TURTLE, "a.ttl")
    b'<e:a> <e:p> 1 .'
    """
    if format == RdfFormat.RDF_XML:
        return _plain_xml(data, name)
    data = data.removeprefix(BOM_UTF8)
    if format == RdfFormat.JSON_LD:
        check_nesting(data, name)
    elif data.count(b"<<") > DEEPEST:
        _check_depth(_TURTLE, data, name)
    return data


_TURTLE = (  # strings, IRIs, comments, escapes, and what nests
    rb'"""(?:[^"\\]|\\.|""?(?!"))*"""|"(?:[^"\\\n\r]|\\.)*"|'
    rb"'''(?:[^'\\]|\\.|''?(?!'))*'''|'(?:[^'\\\n\r]|\\.)*'|"
    rb'<[^<>"{}|^`\\\s]*>|#[^\n\r]*|\\.|<<\(?|\)?>>'
)


def check_nesting(data: bytes, name: str) -> None:
    """Raise InputError if JSON is nested deeper than ``DEEPEST``.

    >>> check_nesting(b'{"a": "[[[["}' + b"[" * 500, "a.jsonld")
    >>> check_nesting(b"[" * 501, "a.jsonld")
    Traceback (most recent call last):
    ...
    wcograph.toolbox.errors.InputError: a.jsonld: is nested deeper than 500
    """
    if data.count(b"[") + data.count(b"{") > DEEPEST:
        _check_depth(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', data, name)


def _check_depth(tokens: bytes, data: bytes, name: str) -> None:
    import re

    depth = 0
    for match in re.finditer(tokens, data, re.DOTALL):
        sign = match[0]
        depth += sign in (b"[", b"{", b"<<", b"<<(")
        depth -= sign in (b"]", b"}", b">>", b")>>")
        if depth > DEEPEST:
            raise InputError(f"is nested deeper than {DEEPEST}", file=name)


def _plain_xml(data: bytes, name: str) -> bytes:
    """Return an XML document in UTF-8 and without a document type, its entities expanded.

    XML allows other encodings (XML 1.0, section 4.3.3), entities in single quotes, and entities made of others
    (section 4.2). pyoxigraph reads none of these, expands other entities without limit, and leaves them in XML
    literals, where their meaning is lost.
    """
    import re

    encoding = "utf-16" if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8"
    declared = re.match(
        rb"""(<\?xml[^>]*?encoding\s*=\s*["'])([\w.-]+)""", data[:2048].removeprefix(BOM_UTF8)
    )
    if declared and encoding == "utf-8":
        encoding = declared[2].decode("ascii", "replace").lower()
    if encoding not in ("utf-8", "utf8"):
        try:
            if encoding in _NO_CHARACTER_SETS:
                raise LookupError
            text = data.decode(encoding)
        except LookupError as error:
            raise InputError(f"has the unknown encoding {encoding!r}", file=name) from error
        except ValueError as error:
            raise InputError(f"is not {encoding} text, as it says", file=name) from error
        text = re.sub(
            r"^(<\?xml[^>]*?encoding\s*=\s*[\"'])[\w.-]+", r"\g<1>UTF-8", text.removeprefix("\ufeff")
        )
        data = text.encode("utf-8", "replace")
    data = data.removeprefix(BOM_UTF8)
    if b"<!DOCTYPE" in data:
        data = _without_document_type(data, name)
    if data.count(b"</") > DEEPEST:
        depth = 0
        for match in re.finditer(
            rb'<(?:!--.*?-->|!\[CDATA\[.*?\]\]>|(/)?[^\s!?/<>"\'][^<>"\']*(?:(?:"[^"]*"|\'[^\']*\')[^<>"\']*)*>)',
            data,
            re.DOTALL,
        ):
            tag = match[0]
            if match[1]:
                depth -= 1
            elif tag[1:2] != b"!" and tag[-2:] != b"/>":
                depth += 1
                if depth > DEEPEST:
                    raise InputError(f"is nested deeper than {DEEPEST}", file=name)
    return data


# What Python calls text encodings, and XML does not; some take time that grows with the square of the length.
_NO_CHARACTER_SETS = frozenset(
    ("idna", "punycode", "unicode_escape", "unicode-escape", "raw_unicode_escape", "raw-unicode-escape",
     "undefined", "utf-7", "utf7", "utf_7", "mbcs", "oem", "palmos", "charmap")
)  # fmt: skip


def _without_document_type(data: bytes, name: str) -> bytes:
    """Return an XML document with its entities expanded and its default attributes written."""
    from xml.parsers import expat
    from xml.sax.saxutils import escape, quoteattr

    parser = expat.ParserCreate("UTF-8")
    written: list[str] = []
    room = [len(data) + _LONGEST_EXPANSION]

    def write(text: str) -> None:
        room[0] -= len(text)
        if room[0] < 0:
            raise InputError(f"expands to more than {_LONGEST_EXPANSION:,} further bytes", file=name)
        written.append(text)

    def start(tag: str, attributes: dict[str, str]) -> None:
        # Line ends and tabs in a value would be read as spaces.
        pairs = (f" {key}={quoteattr(value, _WHITE_SPACE)}" for key, value in attributes.items())
        write(f"<{tag}{''.join(pairs)}>")

    def declared(entity: str, _: bool, value: str | None, *__: str | None) -> None:
        if value is not None and expat.version_info < (2, 4, 1) and "&" in value:  # expands without bounds
            raise InputError(
                f"declares the entity {entity!r} by means of others; write out its value", file=name
            )

    def skipped(entity: str, _: bool) -> None:
        raise InputError(f"names the entity {entity[:80]!r}, which it does not declare", file=name)

    def external(context: str | None, *_: str | None) -> int:
        raise InputError(
            f"names the entity {str(context)[:80]!r}, which is in another file, and is not fetched", file=name
        )

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda tag: write(f"</{tag}>")
    parser.CharacterDataHandler = lambda text: write(escape(text, {"\r": "&#13;"}))
    parser.EntityDeclHandler = declared
    parser.SkippedEntityHandler = skipped
    parser.ExternalEntityRefHandler = external
    parser.buffer_text = True
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        message = expat.ErrorString(error.code)
        raise InputError(message, file=name, line=error.lineno, column=error.offset + 1) from error
    return "".join(written).encode("utf-8", "replace")


_WHITE_SPACE = {"\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}


def unreadable(
    path: str, error: SyntaxError | OSError | ValueError | LookupError | MemoryError
) -> InputError:
    """Return one line, with line and column, that says why pyoxigraph could not read a file.

    >>> str(unreadable("a.ttl", PermissionError(13, "Permission denied")))
    'a.ttl: cannot be read: Permission denied'
    """
    if isinstance(error, SyntaxError):
        message = str(error.msg)
        _, found, rest = message.partition(": ")
        if found and message.startswith(
            ("error at", "Parser error at", "Parser error between")
        ):  # the place, in another form
            message = rest
        if "LoadDocumentCallback" in message:
            message = (
                "its @context is a remote document, which is not fetched; write the context into the file"
            )
        # columns count characters, as editors do
        line, column = (error.lineno, error.offset) if error.lineno else _xml_place(path)
        return InputError(" ".join(message.split()), file=path, line=line, column=column)
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return InputError(f"cannot be read: {reason.partition(' (os error')[0]}", file=path)


def _xml_place(path: str) -> tuple[int, int] | tuple[None, None]:
    """Return where a file is not well-formed XML, which pyoxigraph does not report."""
    try:
        if syntax_of(path) != RdfFormat.RDF_XML:
            return None, None
        data = raw(path)
    except InputError:
        return None, None
    from xml.parsers.expat import ExpatError, ParserCreate

    try:
        ParserCreate().Parse(data, True)
    except ExpatError as error:
        return error.lineno, error.offset + 1
    except ValueError:
        pass
    return None, None
