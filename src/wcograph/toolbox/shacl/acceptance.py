"""Which findings count: the baseline of known findings, and the waivers of accepted findings.

A baseline is JSON that `write_baseline` writes: the fingerprint of each known finding, and how often it occurs.
Waivers are TOML that people write; each says who accepted what, why and until when:

    [[waiver]]
    finding = "6f1c..."             # a fingerprint; or shape = "<IRI>", focus = "<IRI>", rule = "MinCount"
    reason = "The date is being looked up in the Council's archive."
    owner = "records@example.org"
    until = 2027-06-30              # the last day on which it counts
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from wcograph.toolbox.errors import InputError
from wcograph.toolbox.output import read_text
from wcograph.toolbox.shacl.findings import SELECTORS, Finding, Waiver

_KNOWN = (*SELECTORS, "reason", "owner", "until")
_VERSION = 1


def judge(
    findings: Iterable[Finding], baseline: Counter[str], waivers: Sequence[Waiver], today: date
) -> list[Finding]:
    """Return the findings with their status; a finding counts as known as often as it is in the baseline.

    >>> one = Finding("<http://e/a>", None, None, "c", "<http://e/s>", "violation", "No.")
    >>> [judged.status for judged in judge([one, one], Counter({one.fingerprint: 1}), [], date(2026, 1, 1))]
    ['baseline', 'new']
    """
    left = Counter(baseline)
    judged = []
    for finding in findings:
        waiver = next((w for w in waivers if w.matches(finding) and today <= w.until), None)
        known = waiver is None and left[finding.fingerprint] > 0
        left[finding.fingerprint] -= known
        status = "waived" if waiver else "baseline" if known else "new"
        judged.append(replace(finding, status=status, waiver=waiver))
    return judged


def read_baseline(path: str) -> Counter[str]:
    """Read a baseline; raise InputError if the file is not one."""
    try:
        content = json.loads(read_text(path))
        if content["version"] != _VERSION:
            version = json.dumps(content["version"])[:40]
            raise InputError(f"is a baseline of version {version}; known is {_VERSION}", file=path)
        counts = {key: entry["count"] for key, entry in content["findings"].items()}
        if not all(type(count) is int and count > 0 for count in counts.values()):
            raise ValueError("a count is not a number")
        return Counter(counts)
    except json.JSONDecodeError as error:
        said = f"is not a baseline: {error.msg}"
        raise InputError(said, file=path, line=error.lineno, column=error.colno) from error
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise InputError("is not a baseline; make one with --write-baseline", file=path) from error


def write_baseline(findings: Iterable[Finding]) -> bytes:
    """Return the baseline in which all of the findings are known."""
    entries: dict[str, dict[str, object]] = {}
    for one in sorted(findings, key=lambda one: (one.fingerprint, one.message)):
        focus = "a blank node" if one.focus.startswith("_:") else one.focus  # named anew in every run
        said = {"focus": focus, "rule": one.rule, "shape": one.shape, "message": one.message}
        entry = entries.setdefault(one.fingerprint, {"count": 0, **said})
        entry["count"] += 1  # type: ignore[operator]
    content = {"version": _VERSION, "findings": entries}
    return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n"


def read_waivers(path: str) -> list[Waiver]:
    """Read waivers; raise InputError if the file is not TOML, or a waiver is incomplete."""
    try:
        content = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        match = re.fullmatch(r"(.*) \(at line ([0-9]+), column ([0-9]+)\)", str(error), re.DOTALL)
        message, line, column = (
            (match[1], int(match[2]), int(match[3])) if match else (str(error), None, None)
        )
        raise InputError(f"is not TOML: {message}", file=path, line=line, column=column) from error
    except RecursionError as error:
        raise InputError("is not TOML: it is nested too deeply", file=path) from error
    entries = content.get("waiver", [])
    if set(content) - {"waiver"} or not isinstance(entries, list):
        raise InputError("must have only [[waiver]] tables", file=path)
    for number, entry in enumerate(entries, 1):
        if mistake := _mistake(entry):
            raise InputError(f"waiver {number}: {mistake}", file=path)
    return [Waiver(**entry) for entry in entries]


def _mistake(entry: object) -> str:
    """Return what is wrong with a waiver, if anything is."""
    if not isinstance(entry, dict):
        return "is not a table"
    if unknown := set(entry).difference(_KNOWN):
        return f"unknown key {min(unknown)!r} (known: {', '.join(_KNOWN)})"
    texts = {name for name, value in entry.items() if isinstance(value, str) and value.strip()}
    if "reason" not in texts:
        return "reason is missing; write it as a sentence"
    if "owner" not in texts:
        return "owner is missing"
    if type(entry.get("until")) is not date:
        return "until is missing or not a date; write until = 2027-06-30, without quotes"
    chosen = {*entry}.intersection(SELECTORS)
    if not chosen or not chosen <= texts:
        return f"has no selector; give one or more of {', '.join(SELECTORS)}, each a string"
    return ""
