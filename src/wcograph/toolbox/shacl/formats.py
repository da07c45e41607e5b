"""Findings as people and machines read them: text, JSON, SARIF, JUnit, GitHub annotations, the W3C report."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property

from pyoxigraph import RdfFormat, serialize

from wcograph.toolbox.errors import visible
from wcograph.toolbox.shacl.graph import SH
from wcograph.toolbox.shacl.naming import shortener

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from wcograph.toolbox.rdf.positions import Place
    from wcograph.toolbox.shacl.acceptance import Judged
    from wcograph.toolbox.shacl.findings import Finding
    from wcograph.toolbox.shacl.validate import Validation

_SARIF_LEVELS = {"violation": "error", "warning": "warning", "info": "note"}
_GITHUB_LEVELS = {"violation": "error", "warning": "warning", "info": "notice"}
_SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


_SEVERITIES = ("violation", "warning", "info")


@dataclass
class Outcome:
    """Everything that a format can write.

    ``judged`` are the findings with their status, ``rules`` the names of the shapes with targets and other checks,
    ``failed`` says whether the run fails, ``stale`` are the waivers whose date has passed, ``tool`` is
    the name, version and address of the program, ``verbose`` asks for everything known about a finding.
    """

    judged: Sequence[Judged]
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
        return [judged.finding for judged in self.judged if judged.status == "new"]

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
    lines = [f"{_at(place)}: error [ill-formed] {message}" for place, message in outcome.validation.problems]
    for finding in outcome.new:
        lines += _finding_lines(finding, outcome)
    shown = [visible(line) for line in [*lines, *_summary(outcome)]]
    return _bytes("\n".join(shown) + "\n")


def _at(place: Place | Finding) -> str:
    return ":".join(str(part) for part in (place.file, place.line, place.column) if part is not None)


def _finding_lines(finding: Finding, outcome: Outcome, indent: str = "") -> Iterator[str]:
    short = outcome.short
    severity = finding.severity if finding.severity in _SEVERITIES else short(f"<{finding.severity}>")
    place = f"{_at(finding)}: " if finding.file else ""
    yield f"{indent}{place}{severity} [{finding.rule}] {' '.join(finding.message.split())}"
    if not outcome.verbose:
        return
    label = "" if finding.label is None else f' "{finding.label}"'
    about = [f"node {short(finding.focus)}{label}"]
    if finding.path:
        about.append(f"path {short(finding.path)}")
    if finding.value is not None and finding.value != finding.focus:
        about.append(f"value {short(finding.value)}")
    yield f"{indent}  {', '.join(about)}"
    yield f"{indent}  shape {short(finding.shape)}"
    if finding.hint:
        yield f"{indent}  {finding.hint}"
    for detail in finding.details:
        yield from _finding_lines(detail, outcome, indent + "    ")


def _summary(outcome: Outcome) -> list[str]:
    new, found = outcome.new, outcome.validation
    count = Counter(one.severity if one.severity in _SEVERITIES else "violation" for one in new)
    files = len({finding.file for finding in new})
    kinds = ", ".join(f"{count[level]} {level}" for level in _SEVERITIES if count[level])
    lines = [
        f"{_plural(len(new), 'finding')} in {_plural(files, 'file')}: {kinds}"
        if new
        else f"no {'new ' if outcome.judged else ''}findings in {_plural(len(found.files), 'file')}, "
        f"{_plural(len(outcome.rules), 'shape')}"
    ]
    known = Counter(judged.status for judged in outcome.judged)
    if known["baseline"] or known["waived"]:
        lines.append(f"not counted: {known['baseline']} in the baseline, {known['waived']} waived")
    lines += [f"waiver no longer counts: {waiver}" for waiver in outcome.stale]
    if found.problems:
        lines.append(f"ill-formed, so not evaluated: {_plural(len(found.problems), 'place')} in the shapes")
    return lines + [f"note: {said}" for said in outcome.silent]


def _bytes(written: str) -> bytes:
    """Encode as UTF-8; bytes of a file's name that are not UTF-8 become question marks."""
    return written.encode("utf-8", "replace")


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def as_json(outcome: Outcome) -> bytes:
    """Write everything as JSON; the keys are those of `wcograph.toolbox.shacl.findings.Finding`."""
    import json

    found = outcome.validation
    content = {
        "conforms": not outcome.judged,
        "failed": outcome.failed,
        "findings": [
            {**_plain(judged.finding), "status": judged.status, **_waived(judged)}
            for judged in outcome.judged
        ],
        "files": [file.name for file in found.files],
        "shapes": list(outcome.rules),
        "ill_formed": [{**place._asdict(), "message": message} for place, message in found.problems],
        "unused_shapes": found.unused,
        "unchecked_files": found.unchecked,
        "notes": found.notes,
    }
    return _bytes(json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def _plain(finding: Finding) -> dict[str, object]:
    names = (
        "severity",
        "message",
        "focus",
        "label",
        "path",
        "value",
        "shape",
        "component",
        "file",
        "line",
        "column",
        "hint",
    )
    shown: dict[str, object] = {name: getattr(finding, name) for name in names}
    shown["fingerprint"] = finding.fingerprint
    if finding.details:
        shown["details"] = [_plain(detail) for detail in finding.details]
    return shown


def _waived(judged: Judged) -> dict[str, object]:
    if judged.waiver is None:
        return {}
    waiver = judged.waiver
    return {"waiver": {"reason": waiver.reason, "owner": waiver.owner, "until": waiver.until.isoformat()}}


def sarif(outcome: Outcome) -> bytes:
    """Write SARIF 2.1.0: a rule for each shape and component with findings; details are related locations."""
    import json

    from wcograph.toolbox.shacl.findings import HINTS

    name, version, address = outcome.tool
    rules: dict[str, dict[str, object]] = {}
    index: dict[str, int] = {}
    results = []
    for judged in outcome.judged:
        finding = judged.finding
        shape = outcome.short(finding.shape)
        rule = f"{shape}/{finding.rule}"
        if rule not in rules:
            index[rule] = len(rules)
            hint = HINTS.get(finding.rule, "Change the data so that it conforms to the shape.")
            rules[rule] = {
                "id": rule,
                "name": finding.rule,
                "shortDescription": {"text": f"{finding.rule} of {shape}"},
                "fullDescription": {
                    "text": f"The constraint {finding.component} of the shape {finding.shape}."
                },
                "help": {"text": finding.hint or hint},
                "helpUri": _help_uri(finding),
                "defaultConfiguration": {"level": _SARIF_LEVELS.get(finding.severity, "error")},
            }
        result: dict[str, object] = {
            "ruleId": rule,
            "ruleIndex": index[rule],
            "level": _SARIF_LEVELS.get(finding.severity, "error"),
            "message": {"text": finding.message},
            "locations": [{"logicalLocations": [_logical(finding)], **_physical(finding)}],
            "partialFingerprints": {f"{name}Finding/v1": finding.fingerprint},
            "baselineState": "unchanged" if judged.status == "baseline" else "new",
        }
        if finding.details:
            result["relatedLocations"] = [
                {"id": number, "message": {"text": detail.message}, **_physical(detail)}
                for number, detail in enumerate(_all_details(finding), 1)
            ]
        if judged.waiver is not None:
            reason = f"{judged.waiver.reason} ({judged.waiver.owner}, until {judged.waiver.until})"
            result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": reason}]
        results.append(result)
    driver = {"name": name, "version": version, "informationUri": address, "rules": list(rules.values())}
    run: dict[str, object] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    problems = outcome.validation.problems
    if problems or outcome.silent:
        invocation: dict[str, object] = {"executionSuccessful": not problems}
        if problems:
            invocation["toolExecutionNotifications"] = [
                {"level": "error", "message": {"text": message}, "locations": [_physical(place)]}
                for place, message in problems
            ]
        if outcome.silent:
            notes = [{"level": "warning", "message": {"text": text}} for text in outcome.silent]
            invocation["toolConfigurationNotifications"] = notes
        run["invocations"] = [invocation]
    content = {"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}
    return _bytes(json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def _all_details(finding: Finding) -> Iterator[Finding]:
    for detail in finding.details:
        yield detail
        yield from _all_details(detail)


def _help_uri(finding: Finding) -> str:
    if finding.component.startswith(SH):
        return f"https://www.w3.org/TR/shacl/#{finding.component.removeprefix(SH)}"
    from urllib.parse import quote

    return (
        quote(finding.component, safe="%!#$&'()*+,/:;=?@[]~") or "https://www.w3.org/TR/shacl/"
    )  # a URI, no IRI


def _logical(finding: Finding) -> dict[str, object]:
    return {"fullyQualifiedName": finding.focus, "kind": "resource"}


def _physical(place: Finding | Place) -> dict[str, object]:
    if place.file is None:
        return {}
    physical: dict[str, object] = {"artifactLocation": {"uri": _relative_uri(place.file)}}
    if place.line is not None:
        physical["region"] = {"startLine": place.line, "startColumn": place.column}
    return {"physicalLocation": physical}


def _relative_uri(name: str) -> str:
    from urllib.parse import quote

    path = os.path.relpath(name)
    if path.startswith(".."):
        return "file://" + quote(os.fsencode(os.path.abspath(name).replace(os.sep, "/")))
    return quote(os.fsencode(path.replace(os.sep, "/")))


def junit(outcome: Outcome) -> bytes:
    """Write JUnit XML: a test case for each finding, each problem of the shapes, and each shape without findings."""
    from xml.etree import ElementTree

    problems = outcome.validation.problems
    failing = {finding.shape.split(" / ")[0] for finding in outcome.new}
    passing = [name for name in outcome.rules if name not in failing]
    unused = set(outcome.validation.unused)
    total = {
        "tests": str(len(outcome.new) + len(passing) + len(problems)),
        "failures": str(len(outcome.new)),
        "errors": str(len(problems)),
    }
    root = ElementTree.Element("testsuites", total)
    skipped = {"skipped": str(len(unused & set(passing))), "time": "0"}
    suite = ElementTree.SubElement(root, "testsuite", {"name": "SHACL", **total, **skipped})

    def case(group: str, name: str, place: Finding | Place | None = None) -> ElementTree.Element:
        made = ElementTree.SubElement(
            suite, "testcase", {"classname": _xml(group), "name": _xml(name), "time": "0"}
        )
        if place is not None and place.file:
            made.set("file", _xml(place.file))
        if place is not None and place.line:
            made.set("line", str(place.line))
        return made

    for place, message in problems:
        ElementTree.SubElement(case("ill-formed", _at(place), place), "error", {"message": _xml(message)})
    said = replace(outcome, verbose=True)
    for finding in outcome.new:
        name = " ".join(filter(None, [finding.focus, finding.path, finding.rule]))
        failure = ElementTree.SubElement(
            case(finding.shape, name, finding),
            "failure",
            {"message": _xml(finding.message), "type": _xml(finding.severity)},
        )
        failure.text = _xml("\n".join(_finding_lines(finding, said)))
    for shape in passing:
        made = case(shape, "conforms")
        if shape in unused:
            ElementTree.SubElement(made, "skipped", {"message": "the shape matched no node"})
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _xml(value: str) -> str:
    """Replace the characters that XML 1.0 cannot contain."""
    return "".join(
        c if c in "\t\n\r" or (c >= " " and not 0xFFFE <= ord(c) <= 0xFFFF) else "\ufffd" for c in value
    )


def github(outcome: Outcome) -> bytes:
    """Write GitHub's workflow commands, which annotate the lines of a pull request."""
    lines = [
        _annotation("error", place, "ill-formed shape", message)
        for place, message in outcome.validation.problems
    ]
    said = replace(outcome, verbose=True)
    for finding in outcome.new:
        message = f"{finding.message}\n{outcome.short(finding.focus)}"
        if finding.path:
            message += f" {outcome.short(finding.path)}"
        for detail in finding.details:
            message += "\n" + "\n".join(_finding_lines(detail, said))
        title = f"{finding.rule} of {outcome.short(finding.shape)}"
        lines.append(_annotation(_GITHUB_LEVELS.get(finding.severity, "error"), finding, title, message))
    lines += [f"::notice title=Not checked::{_escaped(text)}\n" for text in outcome.silent]
    return _bytes("".join(lines))


def _annotation(level: str, place: Finding | Place, title: str, message: str) -> str:
    properties = {"title": title}
    if place.file is not None:
        path = os.path.relpath(place.file)
        properties["file"] = place.file if path.startswith("..") else path.replace(os.sep, "/")
        if place.line is not None:
            properties |= {"line": str(place.line), "col": str(place.column)}
    shown = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in sorted(properties.items()))
    return f"::{level} {shown}::{_escaped(message)}\n"


def _escaped(value: str, more: str = "") -> str:
    value = "\n".join(visible(line) for line in value.split("\n"))
    value = value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    for character in more:
        value = value.replace(character, f"%{ord(character):02X}")
    return value


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
    "turtle": lambda outcome: w3c_report(outcome, RdfFormat.TURTLE),
    "jsonld": lambda outcome: w3c_report(outcome, RdfFormat.JSON_LD),
}
"""The formats, each with the function that writes it."""
