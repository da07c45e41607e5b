"""Questions and answers.

``stored`` (a query with a header) → ``parameters`` (from what a person writes to RDF terms) → ``sparql`` (a query as
text: what must not run, where values go, what is wrong with it) → the engine, in a process of its own where there is
a time limit (``isolated``) → ``results`` (the answer; ``annotate`` adds labels and sources) → ``resultformats`` and
``frames`` (as it is written, or as a data frame).
"""
