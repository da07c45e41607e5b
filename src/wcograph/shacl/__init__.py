"""Validation against SHACL shapes, made for continuous integration.

The way of the data: RDF files as written (`wcograph.rdf.reading`) and ``shapes`` (a shapes graph, checked) →
``screen`` (which pairs of shape and focus node may violate, as SPARQL over a store; ``regex`` translates patterns,
``constraint`` SPARQL constraints) → ``report`` (pySHACL writes the standard report for those pairs) → ``findings``
(each result with its place) → ``acceptance`` (baseline, waivers) → ``formats``. ``validate`` leads through it, and
``result`` goes from the names of files to their findings.
"""
