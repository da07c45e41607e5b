"""The pages in docs/ and beside the README: their links lead somewhere, and the site is the same every time."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from wcograph.cli import main

ROOT = Path(__file__).parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md"))]
LINK = re.compile(r"\[(?:\\.|[^\]\\])*\]\(([^)\s]+)\)")


def written(path: Path) -> str:
    """Return the text of a page without its code, which has no links."""
    text = re.sub(r"^(```+).*?^\1$", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    return re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", lambda found: found[0].strip("`"), text)


@cache
def anchors(path: Path) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a page, and those that it has itself."""
    text = written(path)
    headings = re.findall(r"^#+ (.*)$", text, re.M)
    slugs = [
        re.sub(r"[^\w\- ]", "", re.sub(r"<[^>]*>", "", heading).lower()).replace(" ", "-")
        for heading in headings
    ]
    return {*slugs, *re.findall(r'<a id="([^"]+)">', text)}


def broken(path: Path, text: str) -> list[str]:
    """Return the links of a page to files that are missing, or to anchors that these have not."""
    found = []
    for link in LINK.findall(text):
        place, _, anchor = link.partition("#")
        if "://" in place:
            continue
        target = (path.parent / place) if place else path
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            found.append(link)
    return found


@pytest.mark.quick
def test_links_between_pages_lead_somewhere() -> None:
    assert len(PAGES) > 20
    assert {
        str(path.relative_to(ROOT)): found for path in PAGES if (found := broken(path, written(path)))
    } == {}


@pytest.mark.parametrize("link", ["nothing.md", "validate.md#nothing", "#nothing", "../nothing.toml"])
def test_a_link_that_leads_nowhere_is_found(link: str) -> None:
    assert broken(ROOT / "docs" / "export.md", f"see [it]({link}) and [this](export.md#syntaxes)") == [link]


def test_each_page_is_in_the_site_and_the_site_is_the_same_every_time(tmp_path: Path) -> None:
    made = []
    for name in ("one", "two"):
        site = tmp_path / name
        command = [sys.executable, "-m", "sphinx", "-W", "-n", "-q", "-d", str(tmp_path / f"{name}.kept")]
        done = subprocess.run([*command, str(ROOT / "docs"), str(site)], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        made.append(
            {str(file.relative_to(site)): file.read_bytes() for file in site.rglob("*") if file.is_file()}
        )
    assert made[0] == made[1]
    pages = {
        str(path.relative_to(ROOT / "docs").with_suffix(".html")) for path in PAGES if "docs" in path.parts
    }
    assert pages <= set(made[0])


@pytest.mark.quick
def test_the_pages_of_commands_and_services_are_up_to_date(capfd: pytest.CaptureFixture[str]) -> None:
    services = {"rest.md": "wcograph.web", "mcp.md": "wcograph.agents"}
    pages = ["commands.md", *(page for page, package in services.items() if find_spec(package))]
    assert (main(["docs", "--check", *pages]), capfd.readouterr().err) == (0, "")
