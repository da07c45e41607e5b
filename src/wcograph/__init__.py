"""The World Customs Organization as a knowledge graph.

>>> import wcograph
>>> kg = wcograph.load()
>>> kg.query("conventions-in-force-count").to_dicts()
[{'conventions': 17}]
"""

__version__ = "0.1.0.dev0"

__all__ = ["KnowledgeGraph", "__version__", "errors", "load"]

from wcograph import errors
from wcograph.graph import KnowledgeGraph, load
