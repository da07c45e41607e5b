"""The JSON-LD context: ``ontology/context.jsonld``, made from the ontology."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from wcograph.derive import of_roles
from wcograph.layout import PREFIXES, PROFILE, root
from wcograph.toolbox.errors import InputError
from wcograph.toolbox.rdf.jsonld import context

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pyoxigraph import Quad

# Two terms are called member: memberships have the key, and collections write skos:member.
_CHOSEN = {"member": PREFIXES["org"] + "member"}


def path(folder: str | None = None) -> str:
    """Return where the context of the graph at ``folder`` (by default the project's own) is published."""
    return os.path.join(folder or root(), "ontology", "context.jsonld")


def published(folder: str | None = None) -> dict[str, Any]:
    """Read the published context of the graph at ``folder``. Raises InputError if there is none."""
    try:
        with open(path(folder), encoding="utf-8") as stream:
            found: dict[str, Any] = json.load(stream)["@context"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        told = "holds no JSON-LD context; 'wcograph export --jsonld-context' makes it"
        raise InputError(told, file=path(folder)) from error
    return found


def current(folder: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the published context of the graph at ``folder`` (empty if there is none), and that of its ontology."""
    try:
        before = published(folder)
    except InputError:
        before = {}
    return before, renewed(of_roles(folder, ["ontology"]), before)


def renewed(ontology: Iterable[Quad], before: Mapping[str, Any]) -> dict[str, Any]:
    """Return the context of an ontology; the keys of the one published ``before`` keep their meaning."""
    return context(ontology, PROFILE, before, _CHOSEN)
