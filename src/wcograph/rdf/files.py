"""RDF files by name: the syntax of each, the IRI that is its own, and what keeps it from being read."""

from __future__ import annotations

import os
import stat

from pyoxigraph import RdfFormat

from wcograph.errors import InputError

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

DEEPEST_JSON = 500
_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~/")


def check_file(path: str) -> None:
    """Raise InputError where ``path`` is no file that can be read: missing, a directory, a pipe, a socket.

    Opening a pipe would wait until somebody writes to it.

    >>> check_file("/dev")
    Traceback (most recent call last):
    ...
    wcograph.errors.InputError: /dev: is a directory
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
        raise InputError("is no ordinary file (a pipe, a socket or a device)", file=path)


def syntax_of(path: str) -> RdfFormat:
    """Tell the syntax of a file from its extension; raise InputError where it is none of RDF.

    >>> syntax_of("graph.NQ")
    <RdfFormat N-Quads>
    """
    extension = os.path.splitext(path)[1].lower()
    if extension not in SYNTAXES:
        raise InputError(
            f"unknown file type {extension or '(none)'!r}; known are {', '.join(SYNTAXES)}", file=path
        )
    return SYNTAXES[extension]


def file_iri(path: str) -> str:
    """Give the IRI of a file (RFC 8089), which relative IRIs in it resolve against (RFC 3986, section 5.1.3).

    As urllib makes it, which costs more to import than a small file to read.

    >>> file_iri("/data/Türkiye 1.ttl")
    'file:///data/T%C3%BCrkiye%201.ttl'
    """
    name = os.fsencode(os.path.abspath(path))
    return "file://" + "".join(chr(byte) if byte in _SAFE else f"%{byte:02X}" for byte in name)


def check_nesting(data: bytes, name: str) -> None:
    """Raise InputError where JSON is nested deeper than 500; some 20,000 end pyoxigraph in a segmentation fault.

    >>> check_nesting(b'{"a": "[[[["}' + b"[" * 500, "a.jsonld")
    >>> check_nesting(b"[" * 501, "a.jsonld")
    Traceback (most recent call last):
    ...
    wcograph.errors.InputError: a.jsonld: is nested deeper than 500
    """
    if data.count(b"[") + data.count(b"{") <= DEEPEST_JSON:
        return
    import re

    depth = 0
    for match in re.finditer(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', data, re.DOTALL):
        sign = match[0]
        depth += sign in (b"[", b"{")
        depth -= sign in (b"]", b"}")
        if depth > DEEPEST_JSON:
            raise InputError(f"is nested deeper than {DEEPEST_JSON}", file=name)


def plain_xml(path: str) -> bytes | None:
    """Give the content of an RDF/XML file in UTF-8 and without its entities, or None where it has none.

    XML allows other encodings (XML 1.0, section 4.3.3), and entities in single quotes (section 4.2); pyoxigraph
    reads neither, and leaves entities in XML literals, where their meaning is lost. Older ontologies have all
    three. Raises LookupError or UnicodeDecodeError where the encoding is not known or not kept.
    """
    import re

    with open(path, "rb") as stream:
        head = stream.read(2048)
        declared = re.match(rb"""(?:\xef\xbb\xbf)?(<\?xml[^>]*?encoding\s*=\s*["'])([\w.-]+)""", head)
        in_utf8 = not declared or declared[2].lower() in (b"utf-8", b"utf8")
        if in_utf8 and b"<!DOCTYPE" not in head:
            return None
        data = head + stream.read()
    if declared and not in_utf8:
        data = declared[1] + b"UTF-8" + data[declared.end() :].decode(declared[2].decode()).encode()
    if b"<![CDATA[" in data:  # where nothing is an entity
        return data
    reference = re.compile(rb"&([A-Za-z_][\w.-]*);")
    values: dict[bytes, bytes] = {}

    def expanded(match: re.Match[bytes]) -> bytes:
        return values.get(match[1], match[0])

    def declaration(match: re.Match[bytes]) -> bytes:
        value = reference.sub(expanded, match[2][1:-1])
        if len(value) < 1000 and not set(value) & set(b"<&%\"'"):
            values.setdefault(match[1], value)
            return b""
        return match[0]

    data = re.sub(rb"""<!ENTITY\s+([\w.-]+)\s+("[^"]*"|'[^']*')\s*>""", declaration, data)
    return reference.sub(expanded, data)


def unreadable(path: str, error: SyntaxError | OSError | ValueError | LookupError) -> InputError:
    """Say in one line, with line and column, why pyoxigraph could not read a file.

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
    """Find where a file is no well-formed XML, which pyoxigraph does not say."""
    if SYNTAXES.get(os.path.splitext(path)[1].lower()) != RdfFormat.RDF_XML:
        return None, None
    from xml.parsers.expat import ExpatError, ParserCreate

    try:
        with open(path, "rb") as stream:
            ParserCreate().ParseFile(stream)
    except ExpatError as error:
        return error.lineno, error.offset + 1
    except (OSError, ValueError):
        pass
    return None, None
