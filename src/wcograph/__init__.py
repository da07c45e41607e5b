"""The World Customs Organization as a knowledge graph.

>>> import wcograph
>>> kg = wcograph.load()
>>> kg.query("conventions-in-force-count").to_dicts()
[{'conventions': 17}]

``load`` gives the graph, to query, validate and export, and to ask why a triple is in it. ``closure`` gives
what follows from any triples by the rules of OWL 2 RL, the graph's or your own:

>>> from pyoxigraph import RdfFormat, parse
>>> text = "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . <e:C> rdfs:subClassOf <e:D> . <e:x> a <e:C> ."
>>> for triple in wcograph.closure(parse(text, RdfFormat.TURTLE)): print(triple)
<e:x> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <e:D>
"""

__all__ = ["KnowledgeGraph", "__version__", "closure", "connect", "entails", "errors", "load", "tables"]

from wcograph import errors
from wcograph.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wcograph.graph import KnowledgeGraph, load
    from wcograph.joins import tables
    from wcograph.remote import connect
    from wcograph.toolbox.rules.closure import closure
    from wcograph.toolbox.rules.entailment import entails

_HOMES = {
    "KnowledgeGraph": "graph",
    "load": "graph",
    "connect": "remote",
    "tables": "joins",
    "closure": "toolbox.rules.closure",
    "entails": "toolbox.rules.entailment",
}


def __getattr__(name: str) -> object:
    """Import a public name on first use: a command needs few of them, and some are slow to import (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    globals()[name] = getattr(import_module(f"wcograph.{_HOMES[name]}"), name)
    return globals()[name]


def __dir__() -> list[str]:
    """Return the public names, also those that have not been used yet."""
    return sorted({*globals(), *__all__})
