"""RDF files by name: the syntax of each, its own IRI, and why it cannot be read."""

from __future__ import annotations

import os
import stat
from codecs import BOM_UTF8

from pyoxigraph import RdfFormat

from wcograph.toolbox.errors import InputError
from wcograph.toolbox.output import MOST_BYTES, read_file
from wcograph.toolbox.rdf import syntaxes
from wcograph.toolbox.rdf.syntaxes import COMPRESSED, extension_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

SYNTAXES = {f".{ending}": one.rdf_format for one in syntaxes.SYNTAXES for ending in one.endings}
"""The syntaxes by file extension: those that the formats' specifications name, and what people use besides."""

DEEPEST = 500
"""Levels of what nests: more than people write, and fewer than end pyoxigraph in a crash or in hours."""

_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~/")

_GZIP = b"\x1f\x8b"  # the first bytes (RFC 1952, section 2.3.1)


class Named(str):
    """The name of an RDF file, and how it is read if not by its extension alone.

    ``syntax`` is that of its content, ``lenient`` lets ill-formed IRIs through, ``contexts`` gives the files of JSON-LD
    contexts by their IRIs. ``data`` is what the file holds, if it can be read only once: standard input, or a pipe
    that the caller has opened.
    """

    def __new__(cls, name: str, *_: object, **__: object) -> Named:
        """Make a name."""
        return super().__new__(cls, name)

    def __init__(
        self,
        _: str,
        syntax: RdfFormat | None = None,
        data: bytes | None = None,
        *,
        lenient: bool = False,
        contexts: Mapping[str, str] | None = None,
    ) -> None:
        """Keep how it is read."""
        self.syntax, self.data, self.lenient, self.contexts = syntax, data, lenient, contexts or {}


def known(name: str) -> Named:
    """Return a name with how its file is read; one that says nothing is read by its extension."""
    return name if isinstance(name, Named) else Named(name)


def raw(name: str) -> bytes:
    """Return the content of an RDF file, unpacked if it is compressed.

    Raises InputError if it cannot be read or unpacked, or is longer than ``MOST_BYTES``, unpacked too.
    """
    held = known(name).data
    data = read_file(name) if held is None else held
    if not name.lower().endswith(COMPRESSED) and data[:2] != _GZIP:
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


_HEAD = 4096
_GRAPH = r"^\s*(?:GRAPH\s+)?(?:<[^<>]*>|[\w.-]*:[\w.-]*|)\s*\{"
_TEXTS = (RdfFormat.TURTLE, RdfFormat.TRIG, RdfFormat.N_TRIPLES, RdfFormat.N_QUADS, RdfFormat.N3)
_SNIFFED = (  # what the beginning of a file says, without white space and comments, to those who know the syntaxes
    (r"<!DOCTYPE\s+html|<html\b", None),
    (r"<\?xml|<!DOCTYPE|<!--|<[\w.-]*:?RDF[\s>]|<[\w.-]+:[\w.-]+\s+\w+(?::\w+)?\s*=", RdfFormat.RDF_XML),
    (r'\{\s*"|\[\s*\{\s*["}]', RdfFormat.JSON_LD),
    (r"(?:@prefix|@base|@version|PREFIX\s+[\w.-]*:|BASE\s+<|VERSION\s+[\"'])", RdfFormat.TURTLE),
    (
        r"(?:<[^<>\s]+>|_:\S+)\s*<[^<>\s]+>\s*[^\n]*[>\w]\s*(?:<[^<>\s]+>|_:\S+)\s*\.[ \t]*$",
        RdfFormat.N_QUADS,
    ),
    (r"<[A-Za-z][\w+.-]*:[^<>\s]*>\s", RdfFormat.TURTLE),
)


def sniffed(data: bytes, name: str) -> RdfFormat | None:
    """Return the syntax that the beginning of a file is certainly in, None if it may be in several.

    A file in Turtle with graphs is TriG. Raises InputError if it is HTML.

    >>> sniffed(b"# vocabulary\\n@prefix ex: <http://example.org/> .", "a.owl"), sniffed(b"[] a 1", "a")
    (<RdfFormat Turtle>, None)
    """
    import re

    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    text = data.removeprefix(BOM_UTF8).decode(encoding, "replace")
    text = re.sub(r"\A(?:\s+|#[^\n]*(?:\n|\Z))*", "", text)
    syntaxes = (
        syntax for pattern, syntax in _SNIFFED if re.match(pattern, text, re.IGNORECASE | re.MULTILINE)
    )
    syntax = next(syntaxes, RdfFormat.N3)
    if syntax is None:
        raise InputError("is a page in HTML, not RDF", file=name)
    if syntax == RdfFormat.TURTLE and re.search(_GRAPH, text, re.MULTILINE):
        return RdfFormat.TRIG
    return None if syntax == RdfFormat.N3 else syntax


def head(name: str, data: bytes | None) -> bytes:
    """Return the beginning of a file, unpacked."""
    import zlib
    from io import BytesIO

    try:
        with BytesIO(data) if data is not None else open(name, "rb") as stream:
            start = stream.read(_HEAD)
        return zlib.decompressobj(wbits=31).decompress(start, _HEAD) if start[:2] == _GZIP else start
    except (OSError, zlib.error):  # what reads the whole file says why
        return b""


def differs(found: RdfFormat | None, syntax: RdfFormat) -> bool:
    """Return whether the content of a file is not in the syntax that its extension names.

    What is valid in N-Triples is the parser's to say: a prefix in it is an error, not another syntax.
    """
    return found not in (None, syntax) and not (found in _TEXTS and syntax in _TEXTS)


def syntax_of(path: str) -> RdfFormat:
    """Return the syntax of a file by its extension, before ``.gz``; raise InputError if that is not one of RDF.

    >>> syntax_of("graph.NQ.gz")
    <RdfFormat N-Quads>
    """
    extension = extension_of(path)
    syntax = known(path).syntax or SYNTAXES.get(extension)
    if syntax is None:
        raise InputError(
            f"unknown file type {extension or '(none)'!r}; known are {', '.join(SYNTAXES)}, or name the syntax, "
            "such as --from turtle",
            file=path,
        )
    return syntax


def file_iri(path: str) -> str:
    """Return the IRI of a file (RFC 8089), which relative IRIs in it resolve against (RFC 3986, section 5.1.3).

    This is what urllib returns, but importing urllib takes longer than reading a small file.

    >>> file_iri("/data/Türkiye 1.ttl")
    'file:///data/T%C3%BCrkiye%201.ttl'
    """
    name = os.fsencode(os.path.abspath(path))
    return "file://" + "".join(chr(byte) if byte in _SAFE else f"%{byte:02X}" for byte in name)


def load(name: str) -> tuple[bytes, RdfFormat]:
    """Return the content of an RDF file in a form that pyoxigraph can read, and its syntax; see `raw` and `safe`."""
    syntax = syntax_of(name)
    return safe(raw(name), syntax, name), syntax


def base_of(name: str) -> str | None:
    """Return the IRI that relative IRIs in a file resolve against: the file's own, None for standard input."""
    return None if name == "-" else file_iri(os.path.realpath(name))


def safe(data: bytes, format: RdfFormat, name: str, *, strict: bool = False) -> bytes:
    r"""Return the content of an RDF file in a form that pyoxigraph can read within limits.

    XML becomes UTF-8 without entities; the contexts that JSON-LD names are written into it. Raises InputError if
    something nests deeper than ``DEEPEST``, or names an entity or (if ``strict``) a context that is not there.

    >>> safe(b"\xef\xbb\xbf<e:a> <e:p> 1 .", RdfFormat.TURTLE, "a.ttl")
    b'<e:a> <e:p> 1 .'
    """
    if format == RdfFormat.RDF_XML:
        from wcograph.toolbox.rdf.xmlsource import plain

        return plain(data, name, DEEPEST)
    data = data.removeprefix(BOM_UTF8)
    if format == RdfFormat.JSON_LD:
        check_nesting(data, name)
        if b'"@context"' in data:
            from wcograph.toolbox.rdf.jsonldsource import with_contexts

            text = data.decode("utf-8", "surrogateescape")
            text = with_contexts(text, name, known(name).contexts, strict=strict)
            data = text.encode("utf-8", "surrogateescape")
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
            try:
                safe(raw(path), RdfFormat.JSON_LD, path, strict=True)
            except InputError as fault:
                return fault
        # columns count characters, as editors do
        line, column = (error.lineno, error.offset) if error.lineno else _place(path, message)
        return InputError(" ".join(message.split()), file=path, line=line, column=column)
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return InputError(f"cannot be read: {reason.partition(' (os error')[0]}", file=path)


def _place(name: str, message: str) -> tuple[int, int] | tuple[None, None]:
    """Return where the parser stops, where it does not say."""
    try:
        syntax, data = syntax_of(name), raw(name)
        base = base_of(name)
        if syntax == RdfFormat.RDF_XML:
            from wcograph.toolbox.rdf import xmlsource

            return xmlsource.place_of_fault(data, name, base, lenient=known(name).lenient)
        if syntax == RdfFormat.JSON_LD:
            from wcograph.toolbox.rdf import jsonldsource

            return jsonldsource.place_of_fault(
                safe(data, syntax, name), message, base, lenient=known(name).lenient
            )
    except InputError:
        pass
    return None, None
