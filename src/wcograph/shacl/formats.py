"""Findings as people and machines read them: text, JSON, SARIF, JUnit, GitHub annotations, the W3C report."""

from __future__ import annotations

import os
from collections import Counter

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, serialize

import wcograph
from wcograph.rdf.faithful import XSD
from wcograph.shacl.shapes import RDF_TYPE, SH_NAMESPACE, sh

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wcograph.shacl.acceptance import Judged
    from wcograph.shacl.findings import Finding

_SARIF_LEVELS = {"violation": "error", "warning": "warning", "info": "note"}
_GITHUB_LEVELS = {"violation": "error", "warning": "warning", "info": "notice"}
_SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


_SEVERITIES = ("violation", "warning", "info")


class Outcome:
    """All that a format may write.

    ``judged`` are the findings with their status, ``shapes`` the names of the shapes that have targets,
    ``unused`` those of them that found no focus node, ``files`` the data files, ``failed`` says whether a new
    finding reaches the level that fails, ``report`` are the triples of the W3C report (of a clean graph: none),
    ``stale`` the waivers whose date has passed, ``unchecked`` the files about no node that a shape checks, and
    ``ignored`` the terms in the shapes that are not understood.
    """

    __slots__ = (
        *(
            "failed",
            "files",
            "ignored",
            "judged",
            "prefixes",
            "report",
            "shapes",
            "stale",
            "unchecked",
            "unused",
        ),
    )

    def __init__(
        self,
        judged: Sequence[Judged],
        shapes: Sequence[str],
        unused: Sequence[str],
        files: Sequence[str],
        failed: bool,
        prefixes: Mapping[str, str],
        report: Sequence[Triple] = (),
        stale: Sequence[str] = (),
        unchecked: Sequence[str] = (),
        ignored: Sequence[str] = (),
    ) -> None:
        """Keep what was found."""
        self.unchecked, self.ignored = unchecked, ignored
        self.judged, self.shapes, self.unused, self.files = judged, shapes, unused, files
        self.failed, self.prefixes, self.report, self.stale = failed, prefixes, report, stale

    @property
    def new(self) -> list[Finding]:
        """The findings that are neither in the baseline nor waived."""
        return [judged.finding for judged in self.judged if judged.status == "new"]


def shorten(text: str, prefixes: Mapping[str, str]) -> str:
    """Write the IRIs of a term or path with prefixes, where they have one and what is left is a plain name.

    >>> shorten("(<http://e/p>/^<http://e/q>)", {"e": "http://e/"})
    '(e:p/^e:q)'
    """
    known = sorted({**_KNOWN, **prefixes}.items(), key=lambda pair: -len(pair[1]))

    def one(iri: str) -> str:
        for prefix, namespace in known:
            rest = iri.removeprefix(namespace)
            if (
                rest != iri
                and rest
                and all(c.isalnum() or c in "_-." for c in rest)
                and not rest.endswith(".")
            ):
                return f"{prefix}:{rest}"
        return f"<{iri}>"

    parts = text.split("<")
    if text.startswith('"'):  # a literal holds no IRI but its datatype's, after the last ^^
        value, mark, datatype = text.rpartition("^^<")
        return f"{value}^^{one(datatype[:-1])}" if mark else text
    shown = parts[0]
    for part in parts[1:]:
        iri, _, rest = part.partition(">")
        shown += one(iri) + rest
    return shown


_KNOWN = {
    "sh": SH_NAMESPACE,
    "xsd": XSD,
    "rdf": RDF_TYPE.value[:-4],
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
}


def text(outcome: Outcome) -> bytes:
    """For people: findings grouped by file, what is wrong and what to do, and a summary."""
    lines: list[str] = []
    by_file: dict[str | None, list[Finding]] = {}
    for finding in outcome.new:
        by_file.setdefault(finding.file, []).append(finding)
    for file, findings in by_file.items():
        lines.append(file or "(in no file)")
        for finding in findings:
            lines += _finding_lines(finding, outcome.prefixes)
        lines.append("")
    return _bytes("\n".join([*lines, *_summary(outcome)]) + "\n")


def _finding_lines(finding: Finding, prefixes: Mapping[str, str], indent: str = "  ") -> list[str]:
    def short(value: str) -> str:
        return shorten(value, prefixes)

    place = f"{finding.line}:{finding.column}: " if finding.line else ""
    severity = finding.severity if finding.severity in _SEVERITIES else short(f"<{finding.severity}>")
    lines = [f"{indent}{place}{severity}: {finding.message}"]
    label = "" if finding.label is None else f' "{finding.label}"'
    about = [f"node {short(finding.focus)}{label}"]
    if finding.path:
        about.append(f"path {short(finding.path)}")
    if finding.value is not None and finding.value != finding.focus:
        about.append(f"value {short(finding.value)}")
    lines.append(f"{indent}  {', '.join(about)}")
    lines.append(f"{indent}  shape {short(finding.shape)} ({finding.rule})")
    if finding.hint:
        lines.append(f"{indent}  {finding.hint}")
    for detail in finding.details:
        lines += _finding_lines(detail, prefixes, indent + "    ")
    return lines


def _summary(outcome: Outcome) -> list[str]:
    count = Counter(
        finding.severity if finding.severity in _SEVERITIES else "violation" for finding in outcome.new
    )
    number = len(outcome.new)
    files = len({finding.file for finding in outcome.new})
    kinds = ", ".join(f"{count[level]} {level}" for level in _SEVERITIES if count[level])
    lines = [
        f"{_plural(number, 'finding')} in {_plural(files, 'file')}: {kinds}"
        if number
        else f"no {'new ' if outcome.judged else ''}findings in {_plural(len(outcome.files), 'file')}, "
        f"{_plural(len(outcome.shapes), 'shape')}"
    ]
    known = Counter(judged.status for judged in outcome.judged)
    if known["baseline"] or known["waived"]:
        lines.append(f"not counted: {known['baseline']} in the baseline, {known['waived']} waived")
    lines += [f"waiver no longer counts: {waiver}" for waiver in outcome.stale]
    if not outcome.shapes:
        lines.append("nothing was checked: no shape has a target")
    if outcome.unused:
        names = ", ".join(shorten(name, outcome.prefixes) for name in outcome.unused)
        lines.append(f"{_plural(len(outcome.unused), 'shape')} found no node to check: {names}")
    return lines + _silent(outcome)


def _silent(outcome: Outcome) -> list[str]:
    """Say what passed only because nothing looked at it."""
    lines = [f"no shape applies to {name}" for name in outcome.unchecked] if outcome.shapes else []
    if outcome.ignored:
        lines.append(f"not understood in the shapes, and so not checked: {', '.join(outcome.ignored)}")
    return lines


def _bytes(written: str) -> bytes:
    """Encode as UTF-8; a file's name may hold bytes that are none, which show as question marks."""
    return written.encode("utf-8", "replace")


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def as_json(outcome: Outcome) -> bytes:
    """All of it as JSON; the keys are those of `wcograph.shacl.findings.Finding`."""
    import json

    content = {
        "conforms": not outcome.judged,
        "failed": outcome.failed,
        "findings": [
            {**_plain(judged.finding), "status": judged.status, **_waived(judged)}
            for judged in outcome.judged
        ],
        "files": list(outcome.files),
        "shapes": list(outcome.shapes),
        "unused_shapes": list(outcome.unused),
        "unchecked_files": list(outcome.unchecked),
        "ignored_terms": list(outcome.ignored),
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
    """SARIF 2.1.0: a rule for each shape and component that has findings."""
    import json

    from wcograph.shacl.findings import HINTS

    rules: dict[str, dict[str, object]] = {}
    results = []
    for judged in outcome.judged:
        finding = judged.finding
        rule = f"{shorten(finding.shape, outcome.prefixes)}/{finding.rule}"
        if rule not in rules:
            hint = HINTS.get(finding.rule, "Change the data so that it conforms to the shape.")
            rules[rule] = {
                "id": rule,
                "name": finding.rule,
                "shortDescription": {"text": f"{finding.rule} of {shorten(finding.shape, outcome.prefixes)}"},
                "fullDescription": {
                    "text": f"The constraint {finding.component} of the shape {finding.shape}."
                },
                "help": {"text": finding.hint or hint},
                "helpUri": _help_uri(finding),
                "defaultConfiguration": {"level": _SARIF_LEVELS.get(finding.severity, "error")},
            }
        result: dict[str, object] = {
            "ruleId": rule,
            "ruleIndex": list(rules).index(rule),
            "level": _SARIF_LEVELS.get(finding.severity, "error"),
            "message": {"text": finding.message},
            "locations": [_location(finding)],
            "partialFingerprints": {"wcographFinding/v1": finding.fingerprint},
            "baselineState": "unchanged" if judged.status == "baseline" else "new",
        }
        if judged.waiver is not None:
            reason = f"{judged.waiver.reason} ({judged.waiver.owner}, until {judged.waiver.until})"
            result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": reason}]
        results.append(result)
    driver = {
        "name": "wcograph",
        "version": wcograph.__version__,
        "informationUri": "https://w3id.org/wcograph/",
        "rules": list(rules.values()),
    }
    run: dict[str, object] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    if said := _silent(outcome):
        notes = [{"level": "warning", "message": {"text": text}} for text in said]
        run["invocations"] = [{"executionSuccessful": True, "toolConfigurationNotifications": notes}]
    content = {"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}
    return _bytes(json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def _help_uri(finding: Finding) -> str:
    if finding.component.startswith(SH_NAMESPACE):
        return f"https://www.w3.org/TR/shacl/#{finding.component.removeprefix(SH_NAMESPACE)}"
    from urllib.parse import quote

    return (
        quote(finding.component, safe="%!#$&'()*+,/:;=?@[]~") or "https://www.w3.org/TR/shacl/"
    )  # a URI, no IRI


def _location(finding: Finding) -> dict[str, object]:
    location: dict[str, object] = {
        "logicalLocations": [{"fullyQualifiedName": finding.focus, "kind": "resource"}],
    }
    if finding.file is not None:
        physical: dict[str, object] = {"artifactLocation": {"uri": _relative_uri(finding.file)}}
        if finding.line is not None:
            physical["region"] = {"startLine": finding.line, "startColumn": finding.column}
        location["physicalLocation"] = physical
    return location


def _relative_uri(name: str) -> str:
    from urllib.parse import quote

    path = os.path.relpath(name)
    if path.startswith(".."):
        return "file://" + quote(os.fsencode(os.path.abspath(name).replace(os.sep, "/")))
    return quote(os.fsencode(path.replace(os.sep, "/")))


def junit(outcome: Outcome) -> bytes:
    """JUnit's XML: a test case for each finding, and one for each shape that has none."""
    from xml.etree import ElementTree

    counted = [judged for judged in outcome.judged if judged.status == "new"]
    failing = {judged.finding.shape.split(" / ")[0] for judged in counted}
    passing = [name for name in outcome.shapes if name not in failing]
    total = {"tests": str(len(counted) + len(passing)), "failures": str(len(counted)), "errors": "0"}
    root = ElementTree.Element("testsuites", total)
    suite = ElementTree.SubElement(
        root,
        "testsuite",
        {"name": "SHACL", **total, "skipped": str(len(set(outcome.unused) & set(passing))), "time": "0"},
    )
    for judged in counted:
        finding = judged.finding
        name = " ".join(filter(None, [finding.focus, finding.path, finding.rule]))
        case = ElementTree.SubElement(
            suite, "testcase", {"classname": _xml(finding.shape), "name": _xml(name), "time": "0"}
        )
        if finding.file:
            case.set("file", _xml(finding.file))
        if finding.line:
            case.set("line", str(finding.line))
        failure = ElementTree.SubElement(
            case, "failure", {"message": _xml(finding.message), "type": _xml(finding.severity)}
        )
        place = ":".join(
            str(part) for part in (finding.file, finding.line, finding.column) if part is not None
        )
        lines = [place, *(line.strip() for line in _finding_lines(finding, outcome.prefixes))]
        failure.text = _xml("\n".join(filter(None, lines)))
    for shape in passing:
        case = ElementTree.SubElement(
            suite, "testcase", {"classname": _xml(shape), "name": "conforms", "time": "0"}
        )
        if shape in outcome.unused:
            ElementTree.SubElement(case, "skipped", {"message": "the shape found no node to check"})
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _xml(value: str) -> str:
    """Replace the characters that XML 1.0 cannot hold."""
    return "".join(
        c if c in "\t\n\r" or (c >= " " and not 0xFFFE <= ord(c) <= 0xFFFF) else "\ufffd" for c in value
    )


def github(outcome: Outcome) -> bytes:
    """GitHub's workflow commands, which annotate the lines of a pull request."""
    lines = []
    for finding in outcome.new:
        properties = {"title": f"{finding.rule} of {shorten(finding.shape, outcome.prefixes)}"}
        if finding.file is not None:
            path = os.path.relpath(finding.file)
            properties["file"] = finding.file if path.startswith("..") else path.replace(os.sep, "/")
            if finding.line is not None:
                properties |= {"line": str(finding.line), "col": str(finding.column)}
        message = f"{finding.message}\n{shorten(finding.focus, outcome.prefixes)}"
        if finding.path:
            message += f" {shorten(finding.path, outcome.prefixes)}"
        shown = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in sorted(properties.items()))
        lines.append(f"::{_GITHUB_LEVELS.get(finding.severity, 'error')} {shown}::{_escaped(message)}\n")
    if outcome.unused:
        names = ", ".join(shorten(name, outcome.prefixes) for name in outcome.unused)
        lines.append(f"::notice title=Shapes without a node to check::{_escaped(names)}\n")
    lines += [f"::notice title=Not checked::{_escaped(text)}\n" for text in _silent(outcome)]
    return _bytes("".join(lines))


def _escaped(value: str, more: str = "") -> str:
    value = value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    for character in more:
        value = value.replace(character, f"%{ord(character):02X}")
    return value


def report_triples(triples: Sequence[Triple]) -> Sequence[Triple]:
    """Give the triples of a report; without any, those which say that the data conforms (SHACL section 3.6.1)."""
    if triples:
        return triples
    top, conforms = BlankNode(), Literal("true", datatype=NamedNode(XSD + "boolean"))
    return [Triple(top, RDF_TYPE, sh("ValidationReport")), Triple(top, sh("conforms"), conforms)]


def w3c_report(outcome: Outcome, format: RdfFormat) -> bytes:
    """The validation report of SHACL section 3, as RDF."""
    triples = report_triples(outcome.report)
    prefixes = {**outcome.prefixes, "sh": SH_NAMESPACE} if format == RdfFormat.TURTLE else None
    ordered = sorted(triples, key=lambda t: (str(t.subject), str(t.predicate), str(t.object)))
    written = serialize(ordered, format=format, prefixes=prefixes)
    return written if isinstance(written, bytes) else b""


FORMATS: Mapping[str, Callable[[Outcome], bytes]] = {
    "text": text,
    "json": as_json,
    "sarif": sarif,
    "junit": junit,
    "github": github,
    "turtle": lambda outcome: w3c_report(outcome, RdfFormat.TURTLE),
    "json-ld": lambda outcome: w3c_report(outcome, RdfFormat.JSON_LD),
}
"""The formats of ``wcograph validate -f``, each with the function that writes it."""
