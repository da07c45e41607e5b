"""Findings as people and machines read them: text, JSON, SARIF, JUnit, GitHub annotations, the W3C report."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, fields
from functools import cached_property, partial

from pyoxigraph import RdfFormat, serialize

from wcograph.toolbox.errors import visible
from wcograph.toolbox.shacl.evaluate import SEVERITIES, with_details
from wcograph.toolbox.shacl.graph import SH, shortener

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wcograph.toolbox.rdf.positions import Place
    from wcograph.toolbox.shacl.findings import Finding
    from wcograph.toolbox.shacl.validate import Validation

_SARIF_LEVELS, _GITHUB_LEVELS = (
    ("note", "warning", "error"),
    ("notice", "warning", "error"),
)  # by `Finding.level`
_SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


@dataclass
class Outcome:
    """Everything that a format can write.

    ``judged`` are the findings with their status, ``rules`` the names of the shapes with targets and other checks,
    ``stale`` the waivers whose date has passed, ``tool`` is the name, version and address of the program.
    """

    judged: Sequence[Finding]
    validation: Validation
    rules: Sequence[str]
    failed: bool
    prefixes: Mapping[str, str]
    tool: tuple[str, str, str]
    stale: Sequence[str] = ()
    verbose: bool = False

    @property
    def new(self) -> list[Finding]:
        """The findings that are neither in the baseline nor waived."""
        return [finding for finding in self.judged if finding.status == "new"]

    @cached_property
    def short(self) -> Callable[[str], str]:
        """A function that writes a term with prefixes."""
        return shortener(self.prefixes)

    @property
    def silent(self) -> list[str]:
        """What passed only because it was not checked; ``--strict`` fails on it."""
        found = self.validation
        return [
            *(f"{self.short(name)} matched no node" for name in found.unused),
            *(f"no shape applies to {name}" for name in found.unchecked),
            *found.notes,
        ]


def text(outcome: Outcome) -> bytes:
    """Write findings for people: one line for each or, with ``verbose``, everything about it, and a summary."""
    lines = [f"{place}: error [ill-formed] {message}" for place, message in outcome.validation.problems]
    for finding in outcome.new:
        lines += _finding_lines(finding, outcome.short, outcome.verbose)
    return _bytes("".join(f"{visible(line)}\n" for line in [*lines, *_summary(outcome)]))


def _finding_lines(
    finding: Finding, short: Callable[[str], str], verbose: bool = True, indent: str = ""
) -> Iterator[str]:
    severity = finding.severity if finding.severity in SEVERITIES else short(f"<{finding.severity}>")
    place = f"{finding.place}: " if finding.file else ""
    yield f"{indent}{place}{severity} [{finding.rule}] {' '.join(finding.message.split())}"
    if not verbose:
        return
    label = "" if finding.label is None else f' "{finding.label}"'
    about = [f"node {short(finding.focus)}{label}"]
    if finding.path:
        about.append(f"path {short(finding.path)}")
    if finding.value is not None and finding.value != finding.focus:
        about.append(f"value {short(finding.value)}")
    for line in (", ".join(about), f"shape {short(finding.shape)}", *filter(None, [finding.hint])):
        yield f"{indent}  {line}"
    for detail in finding.details:
        yield from _finding_lines(detail, short, True, indent + "    ")


def _summary(outcome: Outcome) -> list[str]:
    new, found = outcome.new, outcome.validation
    count = Counter(SEVERITIES[one.level] for one in new)
    kinds = ", ".join(f"{count[level]} {level}" for level in reversed(SEVERITIES) if count[level])
    lines = [f"{_plural(new, 'finding')} in {_plural({one.file for one in new}, 'file')}: {kinds}"]
    if not new:
        checked = f"{_plural(found.files, 'file')}, {_plural(outcome.rules, 'shape')}"
        lines = [f"no {'new ' if outcome.judged else ''}findings in {checked}"]
    known = Counter(judged.status for judged in outcome.judged)
    if known["baseline"] or known["waived"]:
        lines.append(f"not counted: {known['baseline']} in the baseline, {known['waived']} waived")
    lines += [f"waiver no longer counts: {waiver}" for waiver in outcome.stale]
    if found.problems:
        lines.append(f"ill-formed, so not evaluated: {_plural(found.problems, 'place')} in the shapes")
    return lines + [f"note: {said}" for said in outcome.silent]


def _bytes(written: str) -> bytes:
    """Encode as UTF-8; bytes of a file's name that are not UTF-8 become question marks."""
    return written.encode("utf-8", "replace")


def _plural(some: Sized, noun: str) -> str:
    return f"{len(some)} {noun}{'' if len(some) == 1 else 's'}"


def as_json(outcome: Outcome) -> bytes:
    """Write everything as JSON; the keys are those of `wcograph.toolbox.shacl.findings.Finding`."""
    found = outcome.validation
    return _json(
        {
            "conforms": not outcome.judged,
            "failed": outcome.failed,
            "findings": [_plain(one) | _acceptance(one) for one in outcome.judged],
            "files": [file.name for file in found.files],
            "shapes": list(outcome.rules),
            "ill_formed": [{**place._asdict(), "message": message} for place, message in found.problems],
            "unused_shapes": found.unused,
            "unchecked_files": found.unchecked,
            "notes": found.notes,
        }
    )


def _json(content: object) -> bytes:
    import json

    return _bytes(json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def _plain(finding: Finding) -> dict[str, object]:
    shown = {one.name: getattr(finding, one.name) for one in fields(finding) if one.repr}
    shown |= {"fingerprint": finding.fingerprint, "details": [_plain(one) for one in finding.details]}
    return {name: value for name, value in shown.items() if name != "details" or value}


def _acceptance(finding: Finding) -> dict[str, object]:
    waiver = finding.waiver and vars(finding.waiver)
    said = {name: str(waiver[name]) for name in ("reason", "owner", "until")} if waiver else None
    return {"status": finding.status} | ({"waiver": said} if said else {})


def sarif(outcome: Outcome) -> bytes:
    """Write SARIF 2.1.0: a rule for each shape and component with findings; details are related locations."""
    name, version, address = outcome.tool
    rules: dict[str, dict[str, object]] = {}
    numbers: dict[str, int] = {}
    results = []
    for finding in outcome.judged:
        rule = f"{outcome.short(finding.shape)}/{finding.rule}"
        if rule not in rules:
            numbers[rule], rules[rule] = len(rules), _sarif_rule(rule, finding, outcome)
        node = {"fullyQualifiedName": finding.focus, "kind": "resource"}
        result: dict[str, object] = {
            "ruleId": rule,
            "ruleIndex": numbers[rule],
            "level": _SARIF_LEVELS[finding.level],
            "message": {"text": finding.message},
            "locations": [{"logicalLocations": [node], **_physical(finding)}],
            "partialFingerprints": {f"{name}Finding/v1": finding.fingerprint},
            "baselineState": "unchanged" if finding.status == "baseline" else "new",
        }
        if finding.details:
            result["relatedLocations"] = [
                {"id": number, "message": {"text": detail.message}, **_physical(detail)}
                for number, detail in enumerate(with_details(finding.details), 1)
            ]
        if waiver := finding.waiver:
            reason = f"{waiver.reason} ({waiver.owner}, until {waiver.until})"
            result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": reason}]
        results.append(result)
    driver = {"name": name, "version": version, "informationUri": address, "rules": list(rules.values())}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    problems, silent = outcome.validation.problems, outcome.silent
    if problems or silent:
        wrong = [
            {"level": "error", "message": {"text": message}, "locations": [_physical(place)]}
            for place, message in problems
        ]
        notes = [{"level": "warning", "message": {"text": text}} for text in silent]
        said = {"toolExecutionNotifications": wrong, "toolConfigurationNotifications": notes}
        said = {key: some for key, some in said.items() if some}
        run["invocations"] = [{"executionSuccessful": not problems, **said}]
    return _json({"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]})


def _sarif_rule(rule: str, finding: Finding, outcome: Outcome) -> dict[str, object]:
    from urllib.parse import quote

    from wcograph.toolbox.shacl.findings import HINTS

    component = finding.component
    about = f"https://www.w3.org/TR/shacl/#{component.removeprefix(SH)}"
    if not component.startswith(SH):  # an IRI, and a URI is needed
        about = quote(component, safe="%!#$&'()*+,/:;=?@[]~")
    hint = finding.hint or HINTS.get(finding.rule, "Change the data so that it conforms to the shape.")
    return {
        "id": rule,
        "name": finding.rule,
        "shortDescription": {"text": f"{finding.rule} of {outcome.short(finding.shape)}"},
        "fullDescription": {"text": f"The constraint {component} of the shape {finding.shape}."},
        "help": {"text": hint},
        "helpUri": about,
        "defaultConfiguration": {"level": _SARIF_LEVELS[finding.level]},
    }


def _physical(place: Finding | Place) -> dict[str, object]:
    if place.file is None:
        return {}
    from urllib.parse import quote

    path = os.path.relpath(place.file)
    start, path = ("file://", os.path.abspath(place.file)) if path.startswith("..") else ("", path)
    uri = start + quote(os.fsencode(path.replace(os.sep, "/")))
    region = {"startLine": place.line, "startColumn": place.column}
    where = {"artifactLocation": {"uri": uri}} | ({} if place.line is None else {"region": region})
    return {"physicalLocation": where}


def junit(outcome: Outcome) -> bytes:
    """Write JUnit XML: a test case for each finding, each problem of the shapes, and each shape without findings."""
    from xml.etree.ElementTree import Element, SubElement, indent, tostring

    suite = Element("testsuite")
    count: Counter[str] = Counter()

    def add(group: str, name: str, place: Finding | Place | None, kind: str, text: str, **said: str) -> None:
        where = {"file": place and place.file, "line": place and place.line}
        about = {"classname": group, "name": name, "time": "0", **where}
        case = SubElement(suite, "testcase", {key: visible(str(one)) for key, one in about.items() if one})
        count[kind] += 1
        if kind:
            said = {key: visible(" ".join(one.split())) for key, one in said.items()}
            SubElement(case, kind, said).text = text

    for place, message in outcome.validation.problems:
        add("ill-formed", str(place), place, "error", "", message=message)
    for one in outcome.new:
        name = " ".join(filter(None, [one.focus, one.path, one.rule]))
        lines = "\n".join(map(visible, _finding_lines(one, outcome.short)))
        add(one.shape, name, one, "failure", lines, message=one.message, type=one.severity)
    failing = {finding.shape.split(" / ")[0] for finding in outcome.new}
    for name in [name for name in outcome.rules if name not in failing]:
        skipped = "skipped" if name in outcome.validation.unused else ""
        add(name, "conforms", None, skipped, "", message="the shape matched no node")
    total = {"tests": count.total(), "failures": count["failure"], "errors": count["error"]}
    root = Element("testsuites", {name: str(number) for name, number in total.items()})
    suite.attrib |= {**root.attrib, "name": "SHACL", "skipped": str(count["skipped"]), "time": "0"}
    root.append(suite)
    indent(root)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def github(outcome: Outcome) -> bytes:
    """Write GitHub's workflow commands, which annotate the lines of a pull request."""
    short, problems = outcome.short, outcome.validation.problems
    lines = [_annotation("error", "ill-formed shape", message, place) for place, message in problems]
    for one in outcome.new:
        about = " ".join(short(term) for term in (one.focus, one.path) if term)
        details = [line for detail in one.details for line in _finding_lines(detail, short)]
        message, title = "\n".join([one.message, about, *details]), f"{one.rule} of {short(one.shape)}"
        lines.append(_annotation(_GITHUB_LEVELS[one.level], title, message, one))
    lines += [_annotation("notice", "Not checked", said) for said in outcome.silent]
    return _bytes("".join(lines))


def _annotation(level: str, title: str, message: str, place: Finding | Place | None = None) -> str:
    properties = {"title": title}
    if place is not None and place.file is not None:
        path = os.path.relpath(place.file)
        properties["file"] = place.file if path.startswith("..") else path.replace(os.sep, "/")
        if place.line is not None:
            properties |= {"line": str(place.line), "col": str(place.column)}
    shown = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in sorted(properties.items()))
    return f"::{level} {shown}::{_escaped(message)}\n"


def _escaped(value: str, more: str = "") -> str:
    lines = "\n".join(visible(line) for line in value.split("\n"))
    return re.sub(f"[%\r\n{more}]", lambda match: f"%{ord(match[0]):02X}", lines)


def w3c_report(outcome: Outcome, format: RdfFormat) -> bytes:
    """Write the validation report of SHACL section 3 as RDF."""
    prefixes = {**outcome.prefixes, "sh": SH} if format == RdfFormat.TURTLE else None
    return serialize(outcome.validation.triples(), format=format, prefixes=prefixes) or b""


FORMATS: Mapping[str, Callable[[Outcome], bytes]] = {
    "text": text,
    "json": as_json,
    "sarif": sarif,
    "junit": junit,
    "github": github,
    "turtle": partial(w3c_report, format=RdfFormat.TURTLE),
    "jsonld": partial(w3c_report, format=RdfFormat.JSON_LD),
}
