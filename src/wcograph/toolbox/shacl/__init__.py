"""Validation against SHACL shapes, made for continuous integration.

The path of the data: files are read into a ``graph`` (`wcograph.toolbox.shacl.graph.File`), in their own terms →
``shapes`` (a shapes graph, checked) → ``evaluate`` (the validator; ``regex`` has patterns, ``sparql`` SPARQL
constraints) → ``report`` (the standard report) and ``findings`` (each result with its location) → ``acceptance``
(baseline, waivers) → ``formats``. ``validate`` runs all of it.
"""
