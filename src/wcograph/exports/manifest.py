"""Manifests: what an export has written, so that whoever receives the files can check them.

A manifest is JSON: for each file its name relative to the manifest, syntax, media type, size in bytes,
SHA-256, the number of its quads, and ``rdfc10``, the SHA-256 of the dataset's canonical N-Quads
(`RDFC-1.0 <https://www.w3.org/TR/rdf-canon/>`_). It is the same for every syntax
of the dataset, and null if the dataset contains triple terms, for which RDFC-1.0 is not defined.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

from wcograph.exports.export import lines, prepared
from wcograph.toolbox.errors import InputError, WcographError
from wcograph.toolbox.output import read_text
from wcograph.toolbox.rdf.canonical import SECONDS
from wcograph.toolbox.rdf.content import read
from wcograph.toolbox.rdf.syntaxes import named
from wcograph.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wcograph.toolbox.rdf.content import Content
    from wcograph.toolbox.rdf.syntaxes import Syntax


def entry(path: str, syntax: Syntax, content: Content, folder: str) -> dict[str, Any]:
    """Describe a written file; ``content`` is the result of `wcograph.exports.export.prepared` for it."""
    size, digest = _measured(path)
    return {
        "path": os.path.relpath(path, folder or os.curdir).replace(os.sep, "/"),
        "format": syntax.name,
        "mediaType": syntax.media_type,
        "bytes": size,
        "sha256": digest,
        "quads": len(set(content.quads)),
        "rdfc10": _dataset_hash(content),
    }


def dumped(entries: Sequence[dict[str, Any]]) -> str:
    """Return the text of a manifest."""
    head = {"generator": f"wcograph {__version__}", "files": list(entries)}
    text = json.dumps(head, ensure_ascii=False, indent=2) + "\n"
    return text.encode("utf-8", "backslashreplace").decode()  # a file's name may be no UTF-8: \udcff in JSON


def verified(path: str, *, seconds: float = SECONDS) -> Iterator[tuple[str, str | None]]:
    """Check the files of a manifest; yield the name of each file and its fault, or None.

    Raises InputError if the manifest itself cannot be read.
    """
    try:
        entries = json.loads(read_text(path))["files"]
        expected = [(item["path"], item["bytes"], item["sha256"], item) for item in entries]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"is not a manifest ({type(error).__name__}: {error})", file=path) from error
    if not expected:
        raise InputError("names no files", file=path)
    for name, size, digest, item in expected:
        yield str(name), _fault(os.path.join(os.path.dirname(path), str(name)), size, digest, item, seconds)


def _fault(path: str, size: object, digest: object, item: dict[str, Any], seconds: float) -> str | None:
    try:
        found_size, found_digest = _measured(path)
        if found_size != size:
            return f"has {found_size} bytes, the manifest says {size}"
        if found_digest != digest:
            return f"has the SHA-256 {found_digest}, the manifest says {digest}"
        syntax = named(str(item.get("format")))
        content = prepared(read([path], format=syntax.name), syntax, seconds=seconds)
        if len(content.quads) != item.get("quads"):
            return f"has {len(content.quads)} quads, the manifest says {item.get('quads')}"
        if _dataset_hash(content) != item.get("rdfc10"):
            return f"has another dataset hash ({_dataset_hash(content)}) than the manifest says ({item.get('rdfc10')})"
    except WcographError as error:
        return str(error).removeprefix(f"{path}: ")
    return None


def _measured(path: str) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    if os.path.exists(path) and not os.path.isfile(path):  # a device would be read without end
        raise InputError("is not a file", file=path)
    try:
        with open(path, "rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
                size += len(block)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=path) from error
    return size, digest.hexdigest()


def _dataset_hash(content: Content) -> str | None:
    if content.has_triple_terms:
        return None
    return hashlib.sha256("".join(sorted(set(lines(content.quads, {})))).encode()).hexdigest()
