"""Findings as people and machines read them: text, JSON, SARIF, JUnit, GitHub annotations, the W3C report."""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass, fields, replace
from functools import cached_property

from pyoxigraph import RdfFormat, serialize

from wcograph.toolbox.errors import visible
from wcograph.toolbox.shacl.graph import SH, shortener

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence, Sized

    from wcograph.toolbox.rdf.positions import Place
    from wcograph.toolbox.shacl.acceptance import Waiver
    from wcograph.toolbox.shacl.findings import Finding
    from wcograph.toolbox.shacl.validate import Validation

_LEVELS = {"violation": ("error", "error"), "warning": ("warning", "warning"), "info": ("note", "notice")}
"""The severities, each with its level in SARIF and in GitHub's annotations."""
_OWN = ("error", "error")  # the levels of a severity of someone's own
_SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


@dataclass
class Outcome:
    """Everything that a format can write.

    ``judged`` are the findings with their status, ``rules`` the names of the shapes with targets and other checks,
    ``failed`` says whether the run fails, ``stale`` are the waivers whose date has passed, ``tool`` is
    the name, version and address of the program, ``verbose`` asks for everything known about a finding.
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
        lines += _finding_lines(finding, outcome)
    shown = [visible(line) for line in [*lines, *_summary(outcome)]]
    return _bytes("\n".join(shown) + "\n")


def _finding_lines(finding: Finding, outcome: Outcome, indent: str = "") -> Iterator[str]:
    short = outcome.short
    severity = finding.severity if finding.severity in _LEVELS else short(f"<{finding.severity}>")
    place = f"{finding.place}: " if finding.file else ""
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
    count = Counter(one.severity if one.severity in _LEVELS else "violation" for one in new)
    files = {finding.file for finding in new}
    kinds = ", ".join(f"{count[level]} {level}" for level in _LEVELS if count[level])
    lines = [f"{_plural(new, 'finding')} in {_plural(files, 'file')}: {kinds}"]
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
            "findings": [
                _plain(one) | {"status": one.status} | _waived(one.waiver) for one in outcome.judged
            ],
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


def _waived(waiver: Waiver | None) -> dict[str, object]:
    names = ("reason", "owner", "until")
    return {"waiver": {name: str(getattr(waiver, name)) for name in names}} if waiver else {}


def sarif(outcome: Outcome) -> bytes:
    """Write SARIF 2.1.0: a rule for each shape and component with findings; details are related locations."""
    name, version, address = outcome.tool
    rules: dict[str, tuple[int, dict[str, object]]] = {}
    results = []
    for finding in outcome.judged:
        rule = f"{outcome.short(finding.shape)}/{finding.rule}"
        if rule not in rules:
            rules[rule] = len(rules), _sarif_rule(rule, finding, outcome)
        result: dict[str, object] = {
            "ruleId": rule,
            "ruleIndex": rules[rule][0],
            "level": _LEVELS.get(finding.severity, _OWN)[0],
            "message": {"text": finding.message},
            "locations": [
                {
                    "logicalLocations": [{"fullyQualifiedName": finding.focus, "kind": "resource"}],
                    **_physical(finding),
                }
            ],
            "partialFingerprints": {f"{name}Finding/v1": finding.fingerprint},
            "baselineState": "unchanged" if finding.status == "baseline" else "new",
        }
        if finding.details:
            result["relatedLocations"] = [
                {"id": number, "message": {"text": detail.message}, **_physical(detail)}
                for number, detail in enumerate(_all_details(finding), 1)
            ]
        if waiver := finding.waiver:
            reason = f"{waiver.reason} ({waiver.owner}, until {waiver.until})"
            result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": reason}]
        results.append(result)
    driver = {
        "name": name,
        "version": version,
        "informationUri": address,
        "rules": [rule for _, rule in rules.values()],
    }
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    problems, silent = outcome.validation.problems, outcome.silent
    if problems or silent:
        wrong = [
            {"level": "error", "message": {"text": message}, "locations": [_physical(place)]}
            for place, message in problems
        ]
        notes = [{"level": "warning", "message": {"text": text}} for text in silent]
        said = {"toolExecutionNotifications": wrong, "toolConfigurationNotifications": notes}
        run["invocations"] = [
            {"executionSuccessful": not problems, **{key: some for key, some in said.items() if some}}
        ]
    return _json({"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]})


def _sarif_rule(rule: str, finding: Finding, outcome: Outcome) -> dict[str, object]:
    from urllib.parse import quote

    from wcograph.toolbox.shacl.findings import HINTS

    hint = finding.hint or HINTS.get(finding.rule, "Change the data so that it conforms to the shape.")
    about, component = "https://www.w3.org/TR/shacl/", finding.component
    if component.startswith(SH):
        about += f"#{component.removeprefix(SH)}"
    elif component:  # an IRI, and a URI is needed
        about = quote(component, safe="%!#$&'()*+,/:;=?@[]~")
    return {
        "id": rule,
        "name": finding.rule,
        "shortDescription": {"text": f"{finding.rule} of {outcome.short(finding.shape)}"},
        "fullDescription": {"text": f"The constraint {component} of the shape {finding.shape}."},
        "help": {"text": hint},
        "helpUri": about,
        "defaultConfiguration": {"level": _LEVELS.get(finding.severity, _OWN)[0]},
    }


def _all_details(finding: Finding) -> Iterator[Finding]:
    for detail in finding.details:
        yield detail
        yield from _all_details(detail)


def _physical(place: Finding | Place) -> dict[str, object]:
    if place.file is None:
        return {}
    from urllib.parse import quote

    path = os.path.relpath(place.file)
    start, path = ("file://", os.path.abspath(place.file)) if path.startswith("..") else ("", path)
    uri = start + quote(os.fsencode(path.replace(os.sep, "/")))
    physical: dict[str, object] = {"artifactLocation": {"uri": uri}}
    if place.line is not None:
        physical["region"] = {"startLine": place.line, "startColumn": place.column}
    return {"physicalLocation": physical}


def junit(outcome: Outcome) -> bytes:
    """Write JUnit XML: a test case for each finding, each problem of the shapes, and each shape without findings."""
    from xml.etree.ElementTree import Element, SubElement, indent, tostring

    new, problems = outcome.new, outcome.validation.problems
    failing = {finding.shape.split(" / ")[0] for finding in new}
    passing = [name for name in outcome.rules if name not in failing]
    unused = set(outcome.validation.unused)
    total = {"tests": len(new) + len(passing) + len(problems), "failures": len(new), "errors": len(problems)}
    counts = {name: str(number) for name, number in total.items()}
    root = Element("testsuites", counts)
    suite = SubElement(
        root, "testsuite", counts, name="SHACL", skipped=str(len(unused & set(passing))), time="0"
    )

    def case(group: str, name: str, place: Finding | Place | None, kind: str = "", **said: str) -> Element:
        made = SubElement(suite, "testcase", {"classname": _xml(group), "name": _xml(name), "time": "0"})
        for key, value in (("file", place and place.file), ("line", place and place.line)):
            if value:
                made.set(key, _xml(str(value)))
        return SubElement(made, kind, {key: _xml(value) for key, value in said.items()}) if kind else made

    for place, message in problems:
        case("ill-formed", str(place), place, "error", message=message)
    verbose = replace(outcome, verbose=True)
    for finding in new:
        name = " ".join(filter(None, [finding.focus, finding.path, finding.rule]))
        said = {"message": finding.message, "type": finding.severity}
        failure = case(finding.shape, name, finding, "failure", **said)
        failure.text = _xml("\n".join(_finding_lines(finding, verbose)))
    for shape in passing:
        skipped = ("skipped",) if shape in unused else ()
        case(shape, "conforms", None, *skipped, message="the shape matched no node")
    indent(root)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _xml(value: str) -> str:
    """Replace the characters that XML 1.0 cannot contain."""
    return re.sub("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", value)


def github(outcome: Outcome) -> bytes:
    """Write GitHub's workflow commands, which annotate the lines of a pull request."""
    problems = outcome.validation.problems
    lines = [_annotation("error", place, "ill-formed shape", message) for place, message in problems]
    verbose = replace(outcome, verbose=True)
    for finding in outcome.new:
        about = [outcome.short(finding.focus), *([outcome.short(finding.path)] if finding.path else [])]
        details = [line for detail in finding.details for line in _finding_lines(detail, verbose)]
        message = "\n".join([finding.message, " ".join(about), *details])
        title = f"{finding.rule} of {outcome.short(finding.shape)}"
        lines.append(_annotation(_LEVELS.get(finding.severity, _OWN)[1], finding, title, message))
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
    "turtle": lambda outcome: w3c_report(outcome, RdfFormat.TURTLE),
    "jsonld": lambda outcome: w3c_report(outcome, RdfFormat.JSON_LD),
}
"""The formats, each with the function that writes it."""
