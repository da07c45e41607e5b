"""The bundle of the SPARQL editor is what its sources give."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = ROOT / "tools" / "editor"
STATIC = ROOT / "src" / "wcograph" / "web" / "static"


@pytest.mark.quick
def test_the_licences_are_of_the_packages_that_the_lockfile_names() -> None:
    packages = json.loads((SOURCES / "package-lock.json").read_text("utf-8"))["packages"]
    locked = {
        f"{name.removeprefix('node_modules/')} {entry.get('version')}" for name, entry in packages.items()
    }
    licences = (STATIC / "editor.licences.txt").read_text("utf-8")
    headings = [line.rsplit(" ", 1)[0] for line in licences.splitlines() if line.endswith("(MIT)")]
    assert len(headings) > 10 and set(headings) <= locked


@pytest.mark.quick
def test_the_lockfile_names_no_registry_but_the_public_one() -> None:
    packages = json.loads((SOURCES / "package-lock.json").read_text("utf-8"))["packages"]
    resolved = [entry["resolved"] for entry in packages.values() if "resolved" in entry]
    assert [url for url in resolved if not url.startswith("https://registry.npmjs.org/")] == []


@pytest.mark.skipif(not shutil.which("npm"), reason="npm is not installed")
def test_the_build_gives_the_committed_bytes(tmp_path: Path) -> None:
    for path in SOURCES.iterdir():
        if path.is_file():
            shutil.copy(path, tmp_path)

    def run(*call: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, timeout=120)

    if run("npm", "ping").returncode:
        pytest.skip("npm cannot reach its registry")
    made = run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    assert made.returncode == 0, made.stderr
    made = run("node", "build.mjs", str(tmp_path))
    assert made.returncode == 0, made.stderr
    for name in ("editor.js", "editor.licences.txt"):
        assert (tmp_path / name).read_bytes() == (STATIC / name).read_bytes(), (
            f"{name}: build it again (npm run build)"
        )
