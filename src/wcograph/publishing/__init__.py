"""What leaves the project: exports, what describes them, what changed between them, and the pages of the reference.

``export`` writes a graph, a query's result or files; ``manifest`` says what an export holds and ``describe`` what the
graph says of itself; ``diff`` compares two and ``changes`` tells the difference. ``querydocs`` makes the page of the
stored queries, ``reference`` with ``shaperules`` what ``referencepage`` prints of the ontology.
"""
