"""The pages in docs/ that are made from the graph.

Ontology, shapes and data → ``terms`` (each term with everything known about it; ``shaperules`` puts the shapes into
words) → ``ontologypage`` (Markdown and HTML). Stored queries → ``querypage`` (Markdown).
"""
