"""Validation against SHACL shapes, made for continuous integration.

The way of the data: ``files`` (RDF files as written) and ``shapes`` (a shapes graph, checked) → ``screen`` (which
pairs of shape and focus node may violate, as SPARQL over a store; ``faithful`` keeps literals as written in it,
``regex`` translates patterns, ``constraint`` SPARQL constraints) → ``report`` (pySHACL writes the standard report
for those pairs) → ``findings`` (each result with its place, from ``places``) → ``acceptance`` (baseline, waivers)
→ ``formats``. ``validate`` leads through it, and ``result`` goes from the names of files to their findings.
"""
