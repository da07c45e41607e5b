"""The version of the package and of the graph in it."""

__version__ = "0.1.0.dev0"
