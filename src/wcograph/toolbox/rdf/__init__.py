"""RDF as files and text, in every syntax, as written.

In: ``files`` (which file is RDF, its own IRI, what keeps it from being read) → ``turtle`` (tokens) → ``grammar``
(events with offsets and comments) → ``placed`` (triples with their locations; ``positions`` finds those of a few) and
``reading`` (files of any syntax as triples) → ``content`` (what is to be written, with the spelling of its literals).
Out: ``syntaxes`` (names, media types and file extensions) → ``canonical`` (names for blank nodes) and ``nesting``
(what is written inside what) → ``house`` (Turtle and TriG), ``rdfxml``, ``jsonld``. ``fmt`` goes from text to text;
it shares the rules of ``style`` with ``house``. ``profile`` is what a publication decides about its form.
"""
