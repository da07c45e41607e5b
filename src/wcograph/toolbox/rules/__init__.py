"""Reasoning: the OWL 2 RL closure of a graph, what contradicts itself in it, and why a triple follows.

The way of the data: ``rules`` (tables 4 to 9 of the OWL 2 profiles, as data) and ``datatypes`` (what literals
mean) → ``_engine`` (all that follows) → ``clashes`` (what contradicts itself) → ``closure`` (both, for callers);
``proof`` goes the other way, from a triple to what it follows from; ``entailment`` asks for a whole graph.
``reference`` is owlrl, to compare with.
"""
