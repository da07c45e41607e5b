"""The World Customs Organization as a knowledge graph.

>>> import wcograph
>>> kg = wcograph.load()
>>> kg.query("conventions-in-force-count").to_dicts()
[{'conventions': 17}]
"""

__version__ = "0.1.0.dev0"

__all__ = ["KnowledgeGraph", "__version__", "errors", "load"]

from wcograph import errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wcograph.graph import KnowledgeGraph, load


def __getattr__(name: str) -> object:
    """Load the graph's module when it is first used; commands on other files do without it (PEP 562)."""
    if name in ("KnowledgeGraph", "load"):
        from wcograph import graph

        return getattr(graph, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
