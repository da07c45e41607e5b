"""Stored queries and their answers.

``stored`` (a query, with its ``header``) → ``parameters`` (what a person writes → RDF terms; ``naming`` goes the other way)
→ ``binding`` (the terms in the query) → ``asking`` (the engine, after ``refusals`` of what must not run) or ``isolated``
(the same with a time limit, in a process of its own) → ``results`` (the answer) → ``resultformats`` (files; ``tables`` and
``pictures`` for people, as ``presentation`` says) or ``dataframes``.

``asked`` asks users' own data: ``amending`` has what the engine does not evaluate, ``written`` keeps literals as written.
``remote`` asks a SPARQL endpoint: ``client`` sends the query, ``received`` reads the rows, ``ordering`` arranges them.

``tokens`` reads the text of a query for all of them, and ``patterns`` its structure; ``mistakes`` says what is wrong in it,
``values`` turns RDF terms into Python values, and ``offline`` keeps rdflib from the network.
"""
