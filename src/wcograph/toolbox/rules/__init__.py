"""Reasoning: the OWL 2 RL closure of a graph, its inconsistencies, and why a triple follows.

The path of the data: ``rules`` (tables 4 to 9 of the OWL 2 profiles, as data) and ``datatypes`` (the values of
literals) → ``_engine`` (all inferred triples) → ``clashes`` (inconsistencies) → ``closure`` (both, for callers).
``proof`` goes the other way, from a triple to its premises; ``entailment`` tests a whole graph.
``reference`` is owlrl, to compare with.
"""
