"""Documents that nobody would write by hand: every construct of the grammars, with comments anywhere.

`documents` is a hypothesis strategy of valid texts with their syntax. A text is made as a list of tokens, and
between any two of them comes a random run of spaces, line ends and comments.
"""

from __future__ import annotations

from random import Random

from hypothesis import strategies as st
from pyoxigraph import RdfFormat

LOCALS = [
    "", "a", "b", "c", "a.b", "é", "1x", "x%20y", "p\\,q", "a:b", "_u", "x\\.", "𐀀b", "a-b", "%41", "\\-x",
    "a..b", "\\~\\@", "true", "prefix", "a·‿",
]  # fmt: skip
PREFIXES = ["", "ex", "e.x", "é", "a", "true", "base"]
IRIS = [
    "<http://example.org/a>", "<http://example.org/b>", "<rel>", "<>", "<#f>", "<../up>", "<?q>",
    "<//host/p>", "<http://example.org/caf\\u00E9>", "<http://example.org/\\U0001F600>", "<urn:x:y>",
    "</a/./b/../c>", "<http://example.org/a#b;c,d.>", "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>",
]  # fmt: skip
NAMESPACES = ["<http://example.org/>", "<http://example.org/ns#>", "<rel#>", "<urn:n:>", "<>"]
TEXTS = [
    "", "x", "a b", "# no comment", "; . , [ ] ( )", "<a>", "@en", "é😀\u0301", "\\t\\n\\r\\b\\f\\\\",
    "\\u0041", "\\U0001F600", "\\\"\\'", "{| |} << >>", "a\tb", "\x85\u2028", "'" , '"', "''", '""',
]  # fmt: skip
LINES = ["\n", "\r\n", "\r", "\n\n  ", "\n# no comment\n", "\n@prefix : <x> .\n", "\n    "]
LANGUAGES = ["@en", "@en-GB", "@EN", "@de-CH-1996", "@base", "@prefix", "@en--ltr", "@ar--rtl", "@zh-Hant"]
NUMBERS = ["1", "-5", "+01", "0", "1.0", ".5", "-0.50", "1e3", "1.E-3", ".5e+2", "10", "9", "true", "false"]
BLANKS = ["_:a", "_:b.c", "_:1", "_:é", "_:a-b_"]
COMMENTS = ["#", "# c", "#c ", "# \"'''", "# ] } . ;", "# é😀", "## ---", "#\t@prefix", "# <a> <b> <c> ."]


@st.composite
def documents(draw, syntaxes=(RdfFormat.TURTLE, RdfFormat.TRIG, RdfFormat.N_TRIPLES, RdfFormat.N_QUADS)):
    """Draw a syntax and a text."""
    # A draw for each choice would make hypothesis forty times slower, for the sake of shrinking.
    random = Random(draw(st.integers(0, 2**32)))
    syntax = draw(st.sampled_from(syntaxes))
    if syntax in (RdfFormat.N_TRIPLES, RdfFormat.N_QUADS):
        return _Lines(random, syntax).text(), syntax
    return _Document(random, syntax).text(), syntax


class _Lines:
    """Makes N-Triples and N-Quads."""

    def __init__(self, random, syntax):
        self.random, self.syntax = random, syntax

    def iri(self):
        return self.random.choice([iri for iri in IRIS if iri.startswith(("<http", "<urn"))])

    def node(self):
        return self.random.choice([self.iri(), self.iri(), self.random.choice(BLANKS)])

    def literal(self):
        text = f'"{self.random.choice([t for t in TEXTS if chr(34) not in t or chr(92) in t])}"'
        return text + self.random.choice(
            ["", "", self.random.choice(LANGUAGES), "^^" + self.iri_of_datatype()]
        )

    def iri_of_datatype(self):
        return self.random.choice(["<http://example.org/dt>", "<http://www.w3.org/2001/XMLSchema#date>"])

    def triple_term(self, depth):
        return f"<<( {self.node()} {self.iri()} {self.object(depth + 1)} )>>"

    def object(self, depth=0):
        if depth < 3 and self.random.random() < 0.1:
            return self.triple_term(depth)
        return self.random.choice([self.node(), self.literal()])

    def text(self):
        text = ""
        for _ in range(self.random.randrange(0, 7)):
            if self.random.random() < 0.4:
                text += self.random.choice(["", " ", "\n", "\r\n\n"]) + self.random.choice(COMMENTS)
                text += self.random.choice(["\n", "\r\n", "\n\n"])
            gap = self.random.choice([" ", " ", "\t", "  "])
            parts = [self.node(), self.iri(), self.object()]
            if self.syntax == RdfFormat.N_QUADS and self.random.random() < 0.5:
                parts.append(self.node())
            text += gap.join([*parts, "."])
            text += self.random.choice(["", " " + self.random.choice(COMMENTS)])
            text += self.random.choice(["\n", "\n", "\n\n", "\r\n"])
        if self.random.random() < 0.3:
            text += self.random.choice(COMMENTS)
        return text


class _Document:
    """Makes Turtle and TriG, as a list of tokens."""

    def __init__(self, random, syntax):
        self.random, self.syntax = random, syntax
        self.tokens = []
        self.bound = []
        self.comments = random.choice([0.0, 0.02, 0.1, 0.3])
        self.breaks = random.choice([0.05, 0.3, 0.6])

    def chance(self, probability):
        return self.random.random() < probability

    def add(self, *tokens):
        self.tokens.extend(tokens)

    # terms

    def name(self):
        if self.bound and self.chance(0.7):
            return f"{self.random.choice(self.bound)}:{self.random.choice(LOCALS)}"
        return self.random.choice(IRIS)

    def string(self, quotes=('"', "'", '"""', "'''")):
        quote = self.random.choice(quotes)
        parts = [self.random.choice(TEXTS) for _ in range(self.random.randrange(3))]
        if len(quote) == 3:
            parts = [p for part in parts for p in (part, self.random.choice(["", self.random.choice(LINES)]))]
        # a quote of the kind that ends it is escaped; in a long string it is enough that none is last
        body = ""
        for part in parts:
            body += part if "\\" in part or quote[0] not in part else part.replace(quote[0], "\\" + quote[0])
        if len(quote) == 3 and self.chance(0.3):
            body += quote[0] * self.random.choice([1, 2]) + "x"
        self.add(quote + body + quote)
        if self.chance(0.3):
            self.add(self.random.choice(LANGUAGES))
        elif self.chance(0.3):
            self.add("^^", self.name())

    def simple(self, in_triple=False):
        kind = self.random.randrange(10)
        if kind < 4:
            self.add(self.name())
        elif kind < 6:
            self.add(self.random.choice(NUMBERS))
        elif kind < 7:
            self.add(self.random.choice(BLANKS))
        elif kind < 8:
            self.add("[", "]")
        elif in_triple:  # the grammar has long strings here too, pyoxigraph 0.5 has not
            self.string(('"', "'"))
        else:
            self.string()

    def object(self, depth):
        if depth > 3 or self.chance(0.6):
            self.simple()
        elif self.chance(0.4):
            self.add("[")
            self.properties(depth + 1)
            self.add("]")
        elif self.chance(0.5):
            self.collection(depth)
        elif self.chance(0.5):
            self.triple_term(depth)
        else:
            self.reified(depth)

    def collection(self, depth):
        self.add("(")
        for _ in range(self.random.randrange(4)):
            self.object(depth + 1)
        self.add(")")

    def node(self):
        self.add(*self.random.choice([[self.name()], [self.random.choice(BLANKS)], ["[", "]"]]))

    def triple_term(self, depth):
        self.add("<<(")
        self.node()
        self.add(self.verb())
        if depth < 3 and self.chance(0.3):
            self.triple_term(depth + 1)
        else:
            self.simple(in_triple=True)
        self.add(")>>")

    def reified(self, depth):
        self.add("<<")
        if depth < 3 and self.chance(0.3):
            self.reified(depth + 1)
        else:
            self.node()
        self.add(self.verb())
        if depth < 3 and self.chance(0.3):
            self.random.choice([self.reified, self.triple_term])(depth + 1)
        else:
            self.simple(in_triple=True)
        if self.chance(0.5):
            self.add("~", *self.reifier())
        self.add(">>")

    def reifier(self):
        return self.random.choice([[], [self.name()], [self.random.choice(BLANKS)]])

    def verb(self):
        return self.random.choice(["a", self.name(), self.name(), self.name()])

    # statements

    def properties(self, depth):
        for _ in range(self.random.choice([1, 1, 2, 3])):
            self.add(self.verb())
            for number in range(self.random.choice([1, 1, 1, 2, 3])):
                if number:
                    self.add(",")
                self.object(depth)
                self.annotation(depth)
            self.add(";")
            while self.chance(0.1):
                self.add(";")
        if self.chance(0.7):
            while self.tokens[-1] == ";":
                self.tokens.pop()

    def annotation(self, depth):
        while depth < 3 and self.chance(0.08):
            if self.chance(0.5):
                self.add("~", *self.reifier())
            else:
                self.add("{|")
                self.properties(depth + 2)
                self.add("|}")

    def statement(self):
        kind = self.random.randrange(10)
        if kind < 6:
            self.add(self.random.choice([self.name(), self.name(), self.name(), self.random.choice(BLANKS)]))
            self.properties(0)
        elif kind < 7:
            self.add("[")
            self.properties(1)
            self.add("]")
            if self.chance(0.5):
                self.properties(0)
        elif kind < 8:
            self.add("[", "]")
            self.properties(0)
        elif kind < 9:
            self.collection(1)
            self.properties(0)
        else:
            self.reified(1)
            if self.chance(0.5):
                self.properties(0)

    def directive(self):
        kind = self.random.randrange(8)
        if kind < 6:
            prefix = self.random.choice(PREFIXES)
            namespace = self.random.choice(NAMESPACES)
            self.bound.append(prefix)
            if self.chance(0.7):
                self.add("@prefix", prefix + ":", namespace, ".")
            else:
                self.add(self.random.choice(["PREFIX", "prefix", "Prefix"]), prefix + ":", namespace)
        elif kind < 7:
            iri = self.random.choice(["<http://base.example/x/>", "<sub/>", "<http://base.example/y>"])
            self.add(*self.random.choice([["@base", iri, "."], ["BASE", iri]]))
        else:
            self.add(*self.random.choice([["@version", "'1.2'", "."], ["VERSION", '"1.2"']]))

    def graph(self):
        label = self.random.choice([[], [self.name()], [self.random.choice(BLANKS)], ["[", "]"]])
        if label and self.chance(0.5):
            self.add(self.random.choice(["GRAPH", "graph"]))
        self.add(*label, "{")
        count = self.random.randrange(4)
        for number in range(count):
            self.statement()
            if number < count - 1 or self.chance(0.5):
                self.add(".")
        self.add("}")

    def text(self):
        for _ in range(self.random.randrange(5)):
            self.directive()
        for _ in range(self.random.randrange(5)):
            if self.chance(0.15):
                self.directive()
            elif self.syntax == RdfFormat.TRIG and self.chance(0.4):
                self.graph()
            else:
                self.statement()
                self.add(".")
        text = self.gap(start=True)
        for number, token in enumerate(self.tokens):
            text += token
            following = self.tokens[number + 1] if number + 1 < len(self.tokens) else ""
            tight = following in (";", ",", "]", ")", "") or token in ("(", ",", "[") or token == "^^"
            tight = tight or following == "^^" or (following[:1] == "@" and token[-1] in "\"'")
            text += self.gap() or ("" if tight and self.chance(0.5) else " ")
        return text

    def gap(self, start=False):
        text = ""
        while self.chance(self.comments * (2 if start else 1)):
            text += self.random.choice(["", " ", "\n", "\n", "\n\n", "\r\n"]) + self.random.choice(COMMENTS)
            text += self.random.choice(["\n", "\n", "\n\n", "\r", "\r\n", "\n\t", "\n \n"])
        if self.chance(self.breaks):
            text += self.random.choice(["\n", "\n", "\n", "\n\n", "\r\n", "\r", "\t", "   "])
        return text
