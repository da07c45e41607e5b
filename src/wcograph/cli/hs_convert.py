"""Convert Harmonized System codes in a CSV file to those of another edition.

Each row is written once for each code that it becomes, with all its columns
and these after them (YEAR is that of --to):

  hsYEAR          the code in the other edition
  hsYEAR_kind     1:1, split, merge or many to many, from --from to --to
  hsYEAR_partial  ex if only a part of the goods is meant
  hsYEAR_mark     ambiguous if the code becomes several, unknown if it has none

Codes have 2, 4 or 6 digits with leading zeros; dots are allowed. There are no
weights.
The correlation tables are those that 'wcograph import hs' keeps.

examples:
  wcograph hs-convert codes.csv --column code --from 2012 --to 2022 -o out.csv
  wcograph hs-convert trade.csv.gz --column hs6 --from 2017 --to 2012 -o old.csv
"""

from __future__ import annotations

import argparse
import sys

from wcograph.cli._options import add
from wcograph.toolbox.errors import one_line
from wcograph.toolbox.output import open_output


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = "wcograph hs-convert FILE --column NAME --from YEAR --to YEAR [-o FILE]"
    taken = "a CSV file with a header; - is standard input; .gz is unpacked"
    parser.add_argument("file", metavar="FILE", help=taken)
    add(parser, "--column", required=True)
    old = "the edition of the codes"
    parser.add_argument("--from", dest="source", metavar="YEAR", required=True, help=old)
    parser.add_argument("--to", metavar="YEAR", required=True, help="the edition to convert to")
    add(parser, "--output")


def run(args: argparse.Namespace) -> int:
    """Convert, and print a summary on standard error."""
    from wcograph.graph import load
    from wcograph.hs.convert import Conversion, convert

    conversion = Conversion(load(hs=True).store, args.source, args.to)
    with open_output(args.output) as stream:
        summary = convert(args.file, stream, args.column, conversion)
    for line in summary:
        print(f"wcograph: {one_line(line)}", file=sys.stderr)
    return 0
