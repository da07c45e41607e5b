"""Tools for RDF that know nothing of any particular graph; a ``Profile`` (``rdf.profile``) tells them what they need of one.

``rdf`` (text, readers, writers) → ``sparql`` (stored queries, values, answers) → ``shacl`` (validation), ``rules``
(OWL 2 RL) and ``diff`` (differences). Below them are ``errors``, ``output`` (files that are read and written) and
``processes`` (work in a process of its own).
"""
