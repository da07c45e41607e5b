"""The graph as RDF files.

Quads or an answer → ``export`` (their content, then the text in each syntax; ``reifiers`` adds claims in RDF 1.2,
``context`` has the keys of JSON-LD) → files, which ``manifest`` lists with their hashes and ``describe`` describes in
DCAT, VoID and PROF.
"""
