"""The graph as RDF files.

Quads or an answer → ``export`` (their content, with claims as reifiers in RDF 1.2; then the text in each syntax, with
the keys of JSON-LD from ``context``) → files, which ``manifest`` lists with their hashes and ``describe`` describes in
DCAT, VoID and PROF.
"""
