"""RDF as files and text, in every syntax, as it is written.

In: ``files`` (which file is RDF, its own IRI, what keeps it from being read) → ``turtle`` (tokens, and triples with
their places; ``positions`` finds those of a few) and ``reading`` (files of any syntax as triples) → ``content`` (what
is to be written, with the spelling of its literals; ``faithful`` says which of them a store would change).
Out: ``syntaxes`` (names, media types and endings) → ``canonical`` (names for blank nodes) and ``nesting`` (what is
written inside what) → ``house`` (Turtle and TriG), ``rdfxml``, ``jsonld``. ``fmt`` goes from text to text.
"""
