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
from dataclasses import dataclass
from datetime import date

from wcograph.toolbox.errors import InputError
from wcograph.toolbox.shacl.findings import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SELECTORS = ("finding", "shape", "focus", "rule")
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


@dataclass(frozen=True)
class Judged:
    """A finding and its ``status``: ``new``, ``baseline`` (known) or ``waived``, then with its waiver."""

    finding: Finding
    status: str = "new"
    waiver: Waiver | None = None


def judge(
    findings: Iterable[Finding], baseline: Counter[str], waivers: Sequence[Waiver], today: date
) -> list[Judged]:
    """Return the findings with their status; a finding counts as known as often as it is in the baseline.

    >>> one = Finding("<http://e/a>", None, None, "c", "<http://e/s>", "violation", "No.")
    >>> [judged.status for judged in judge([one, one], Counter({one.fingerprint: 1}), [], date(2026, 1, 1))]
    ['baseline', 'new']
    """
    left = Counter(baseline)
    judged = []
    for finding in findings:
        waiver = next((w for w in waivers if w.matches(finding) and today <= w.until), None)
        if waiver is not None:
            judged.append(Judged(finding, "waived", waiver))
        elif left[finding.fingerprint] > 0:
            left[finding.fingerprint] -= 1
            judged.append(Judged(finding, "baseline"))
        else:
            judged.append(Judged(finding))
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
        raise InputError(
            f"is not a baseline: {error.msg}", file=path, line=error.lineno, column=error.colno
        ) from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=path) from error
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise InputError("is not a baseline; make one with --write-baseline", file=path) from error


def write_baseline(findings: Iterable[Finding]) -> bytes:
    """Return the baseline in which all of the findings are known."""
    entries: dict[str, dict[str, object]] = {}
    for finding in sorted(findings, key=lambda f: (f.fingerprint, f.message)):
        entry = entries.setdefault(
            finding.fingerprint,
            {
                "count": 0,
                "focus": finding.focus,
                "rule": finding.rule,
                "shape": finding.shape,
                "message": finding.message,
            },
        )
        entry["count"] = int(str(entry["count"])) + 1
        if finding.focus.startswith("_:"):
            entry["focus"] = "a blank node"  # its name is another one in every run
    text = json.dumps(
        {"version": _VERSION, "findings": entries}, ensure_ascii=False, indent=2, sort_keys=True
    )
    return text.encode() + b"\n"


def read_waivers(path: str) -> list[Waiver]:
    """Read waivers; raise InputError if the file is not TOML, or a waiver is incomplete."""
    try:
        with open(path, "rb") as stream:
            content = tomllib.load(stream)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=path) from error
    except tomllib.TOMLDecodeError as error:
        message, line, column = _toml_place(str(error))
        raise InputError(f"is not TOML: {message}", file=path, line=line, column=column) from error
    except (UnicodeDecodeError, RecursionError) as error:
        why = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else "is nested too deeply"
        raise InputError(f"is not TOML: it {why}", file=path) from error
    entries = content.get("waiver")
    if set(content) - {"waiver"} or not isinstance(entries, list | type(None)):
        raise InputError("must have only [[waiver]] tables", file=path)
    return [_waiver(path, number, entry) for number, entry in enumerate(entries or [], 1)]


def _toml_place(message: str) -> tuple[str, int | None, int | None]:
    """Return the location and the rest of a message of tomllib, which has the location in words.

    >>> _toml_place("Invalid value (at line 2, column 7)")
    ('Invalid value', 2, 7)
    """
    match = re.fullmatch(r"(.*) \(at line ([0-9]+), column ([0-9]+)\)", message, re.DOTALL)
    return (match[1], int(match[2]), int(match[3])) if match else (message, None, None)


def _waiver(path: str, number: int, entry: object) -> Waiver:
    def wrong(what: str) -> InputError:
        return InputError(f"waiver {number}: {what}", file=path)

    if not isinstance(entry, dict):
        raise wrong("is not a table")
    unknown = set(entry) - {"reason", "owner", "until", *_SELECTORS}
    if unknown:
        raise wrong(
            f"unknown key {sorted(unknown)[0]!r} (known: {', '.join((*_SELECTORS, 'reason', 'owner', 'until'))})"
        )
    for name in ("reason", "owner"):
        if not isinstance(entry.get(name), str) or not entry[name].strip():
            raise wrong(
                f"{name} is missing; write it as a sentence" if name == "reason" else f"{name} is missing"
            )
    until = entry.get("until")
    if type(until) is not date:
        raise wrong("until is missing or not a date; write until = 2027-06-30, without quotes")
    chosen = {name: entry[name] for name in _SELECTORS if name in entry}
    if not chosen or not all(isinstance(value, str) and value for value in chosen.values()):
        raise wrong(f"has no selector; give one or more of {', '.join(_SELECTORS)}, each a string")
    return Waiver(reason=entry["reason"], owner=entry["owner"], until=until, **chosen)
