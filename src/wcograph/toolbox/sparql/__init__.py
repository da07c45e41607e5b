"""Stored queries and their answers.

``stored`` (a query with a header) → ``parameters`` (what a person writes → RDF terms; ``naming`` goes the other way)
→ ``binding`` (the terms in the query) → ``asking`` (the engine, after ``refusals`` of what must not run) or
``isolated`` (the same with a time limit, in a process of its own) → ``results`` (the answer) → ``resultformats`` (files,
with ``xmlresults``; ``tables`` for people) or ``dataframes``.

``remote`` asks a SPARQL endpoint instead: ``client`` sends the query, ``received`` reads the response, ``ordering`` arranges
the rows as the query asks.

``tokens`` reads the text of a query for all of them, ``mistakes`` says what is wrong in it, ``values`` turns RDF terms
into Python values, and ``offline`` keeps rdflib from the network.
"""
