"""Import tables of your own: the Harmonized System (hs), which we may not share.

hs reads, by their columns: the codes and the sections of datahub.io
(https://datahub.io/core/harmonized-system), a table of the codes of several
editions (edition, code, level, parent, description), a table of the pairs of
codes of two editions (from_edition, to_edition, from_code, to_code,
relationship, ex_partial), as UN Statistics Division publishes them, and
the JSON of UN Comtrade, such as
https://comtradeapi.un.org/files/v1/app/reference/H6.json.
An edition, or the pairs of two, replaces the same one of an earlier import.

examples:
  wcograph import hs harmonized-system.csv sections.csv --edition 2022
  wcograph import hs H5.json H6.json pairs.csv
  wcograph import --list
  wcograph import hs --remove
"""

from __future__ import annotations

import argparse
import sys

from wcograph.cli._options import add
from wcograph.toolbox.errors import InputError, UsageError, log_line, one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wcograph.hs.tables import Tables


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = "wcograph import hs FILE ... | --list | hs --remove"
    parser.add_argument("what", metavar="WHAT", nargs="?", help="what to import: hs, the Harmonized System")
    parser.add_argument("files", metavar="FILE", nargs="*", help="the tables, as CSV or JSON")
    add(parser, "--edition", "--list", "--remove")


def run(args: argparse.Namespace) -> int:
    """Import, list or remove."""
    from wcograph.hs import imported
    from wcograph.hs.tables import YEARS, IllFormedError, read

    if args.what not in ("hs", *([None] if args.list else [])):
        raise UsageError("say what to import: wcograph import hs FILE ...")
    if args.list + args.remove + bool(args.files) != 1:
        raise UsageError("name files to import, or give --list or --remove")
    if args.edition and args.edition not in YEARS:
        raise UsageError(f"--edition: {args.edition!r} is not the year of an edition ({', '.join(YEARS)})")
    if args.remove:
        removed = imported.remove()
        if not removed:
            print("wcograph: nothing of hs has been imported", file=sys.stderr)
        return int(not removed)
    if args.list:
        try:
            _report(imported.imported())
        except InputError as error:
            if error.file is not None:  # it is damaged
                raise
            print("wcograph: nothing has been imported", file=sys.stderr)
        return 0
    from wcograph import layout
    from wcograph.store import open_built

    try:
        new = read(args.files, args.edition, _note)
    except IllFormedError as error:
        for row in error.rows:
            print(f"wcograph: {one_line(row)}", file=sys.stderr)
        raise
    folder = layout.root()
    imported.import_tables(folder, open_built(folder), new)
    _report(new)
    return 0


def _note(remark: str) -> None:
    print(f"wcograph: note: {one_line(remark)}", file=sys.stderr)


def _report(tables: Tables) -> None:
    """Print the numbers of codes of each edition, with those that the graph knows, and the number of pairs."""
    import wcograph
    from wcograph.hs.model import is_added

    known = {
        str(row["inUseSince"])[:4]: (row["headings"], row["subheadings"])
        for row in wcograph.load().query("harmonized-system-editions").to_dicts()
    }
    for year, texts in sorted(tables.editions.items()):
        own = [len(code) for code, text in texts.items() if not is_added(code, text)]
        counts = [own.count(length) for length in (2, 4, 6)]
        more = len(texts) - len(own)
        words = f"{counts[0]:,} chapters, {counts[1]:,} headings, {counts[2]:,} subheadings"
        words += f", and {more:,} codes that UN Comtrade adds" if more else ""
        if year in known and None not in known[year]:
            expected = "; expected {:,} headings and {:,} subheadings".format(*known[year])
            words += "; complete" if known[year] == tuple(counts[1:]) else expected
        print(log_line(f"hs {year}: {words} ({tables.origins[year]})"))
    if tables.sections:
        print(f"hs sections: {len(tables.sections)}")
    for between, pairs in sorted(tables.pairs.items()):
        words = f"{len(pairs):,} pairs, {sum(pairs.values()):,} of them ex"
        print(log_line(f"hs {between}: {words} ({tables.origins[between]})"))
