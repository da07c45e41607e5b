"""RDF as files and text, in every syntax, as written.

In: ``files`` (which file is RDF, its own IRI, why it cannot be read) → ``turtle`` (documents and tokens) →
``grammar`` (events: the role of each term, with its location and comments) → ``placed`` (triples with their locations;
``positions`` finds those of a few). ``reading`` (files of any syntax as triples) → ``content`` (what to write,
with the spelling of its literals).
Out: ``syntaxes`` (names, media types and file extensions) → ``canonical`` (names for blank nodes) and ``nesting``
(blank nodes without a name) → ``house`` (Turtle and TriG), ``rdfxml``, ``jsonld``. ``profile`` is what a publication decides
about its RDF. ``fmt`` formats text, from the events of ``grammar``; it shares the rules of ``style`` with ``house``.
"""
