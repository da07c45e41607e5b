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
from dataclasses import dataclass, replace
from datetime import date

from wcograph.toolbox.errors import InputError
from wcograph.toolbox.shacl.findings import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SELECTORS = ("finding", "shape", "focus", "rule")
_REQUIRED = ("reason", "owner", "until")
_VERSION = 1


@dataclass(frozen=True)
class Waiver:
    """Accepted findings: those that match every given selector, until a day, with a reason and an owner."""

    reason: str
    owner: str
    until: date
    finding: str | None = None
    shape: str | None = None
    focus: str | None = None
    rule: str | None = None

    def matches(self, finding: Finding) -> bool:
        """Return whether a finding matches every selector, whatever the date."""
        return (
            self.finding in (None, finding.fingerprint)
            and self.shape in (None, finding.shape, finding.shape.strip("<>"))
            and self.focus in (None, finding.focus, finding.focus.strip("<>"))
            and self.rule in (None, finding.rule)
        )

    def __str__(self) -> str:
        """Return the waiver as one line."""
        chosen = ", ".join(f"{name} {getattr(self, name)}" for name in _SELECTORS if getattr(self, name))
        return f"{chosen} ({self.owner}, until {self.until})"


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
        with open(path, encoding="utf-8") as stream:
            content = json.load(stream)
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
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=path) from error
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise InputError("is not a baseline; make one with --write-baseline", file=path) from error


def write_baseline(findings: Iterable[Finding]) -> bytes:
    """Return the baseline in which all of the findings are known."""
    ordered = sorted(findings, key=lambda one: (one.fingerprint, one.message))
    counts = Counter(one.fingerprint for one in ordered)
    entries = {
        one.fingerprint: {
            "count": counts[one.fingerprint],
            "focus": "a blank node" if one.focus.startswith("_:") else one.focus,  # named anew in every run
            "rule": one.rule,
            "shape": one.shape,
            "message": one.message,
        }
        for one in reversed(ordered)
    }
    content = {"version": _VERSION, "findings": entries}
    return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n"


def read_waivers(path: str) -> list[Waiver]:
    """Read waivers; raise InputError if the file is not TOML, or a waiver is incomplete."""
    try:
        with open(path, "rb") as stream:
            content = tomllib.load(stream)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=path) from error
    except tomllib.TOMLDecodeError as error:
        match = re.fullmatch(r"(.*) \(at line ([0-9]+), column ([0-9]+)\)", str(error), re.DOTALL)
        message, *place = match.groups() if match else (str(error), None, None)
        line, column = (part and int(part) for part in place)
        raise InputError(f"is not TOML: {message}", file=path, line=line, column=column) from error
    except (UnicodeDecodeError, RecursionError) as error:
        why = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else "is nested too deeply"
        raise InputError(f"is not TOML: it {why}", file=path) from error
    entries = content.get("waiver", [])
    if set(content) - {"waiver"} or not isinstance(entries, list):
        raise InputError("must have only [[waiver]] tables", file=path)
    try:
        return [_waiver(f"waiver {number}", entry) for number, entry in enumerate(entries, 1)]
    except ValueError as error:
        raise InputError(str(error), file=path) from error


def _waiver(name: str, entry: object) -> Waiver:
    """Return a waiver; raise ValueError, which says what is wrong with it."""
    if not isinstance(entry, dict):
        raise ValueError(f"{name}: is not a table")
    unknown = set(entry) - {*_SELECTORS, *_REQUIRED}
    if unknown:
        known = ", ".join((*_SELECTORS, *_REQUIRED))
        raise ValueError(f"{name}: unknown key {min(unknown)!r} (known: {known})")
    for key, advice in (("reason", "; write it as a sentence"), ("owner", "")):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            raise ValueError(f"{name}: {key} is missing{advice}")
    if type(entry.get("until")) is not date:
        raise ValueError(f"{name}: until is missing or not a date; write until = 2027-06-30, without quotes")
    chosen = [entry[key] for key in _SELECTORS if key in entry] or [None]
    if not all(isinstance(value, str) and value for value in chosen):
        known = ", ".join(_SELECTORS)
        raise ValueError(f"{name}: has no selector; give one or more of {known}, each a string")
    return Waiver(**entry)
