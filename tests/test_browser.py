"""The pages in a real browser: forms, suggestions, pictures, the editor, and what WCAG 2.2 AA asks for.

No page asks another host for anything, no script fails, and none breaks the content security policy.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

BROWSER = shutil.which("chromium-headless-shell") or shutil.which("chromium")
if BROWSER is None:
    pytest.skip("neither chromium-headless-shell nor chromium is installed", allow_module_level=True)
pytest.importorskip("uvicorn", reason="the server needs wcograph[serve]")
sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
)

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run")  # fmt: skip
WCAG = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
PHONE = {"width": 360, "height": 740}

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def server(own_cache: Path) -> Iterator[str]:
    """The address of a server."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [sys.executable, "-m", "wcograph", "serve", "--no-open", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(300):
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10).close()
                    break
                except OSError:
                    assert process.poll() is None, "the server has ended"
                    time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=BROWSER, args=list(FLAGS))
        yield started
        started.close()


@contextmanager
def watched(browser: Any, server: str, **options: Any) -> Iterator[Any]:
    """Give a page, and fail at the end if it has asked another host, a script has failed, or the policy was broken."""
    context = browser.new_context(base_url=server, **options)
    faults: list[str] = []
    page = context.new_page()
    page.on(
        "request", lambda sent: sent.url.startswith(f"{server}/") or faults.append(f"request to {sent.url}")
    )
    page.on("response", lambda got: got.status >= 500 and faults.append(f"{got.status} of {got.url}"))
    page.on("pageerror", lambda error: faults.append(f"script: {error}"))
    page.on(
        "console",
        lambda said: said.type == "error" and "400 (Bad" not in said.text and faults.append(said.text),
    )
    yield page
    context.close()
    assert faults == []


@pytest.fixture
def page(browser: Any, server: str) -> Iterator[Any]:
    with watched(browser, server, viewport={"width": 1200, "height": 900}) as made:
        yield made


WHY = urlencode({"s": "wcoid:polity-TUR", "p": "rdf:type", "o": "wco:Member"})
REGIONS = "SELECT ?name WHERE { ?region a wco:Region ; wco:labelEn ?name } ORDER BY ?name"
KINDS = {
    "front": "/",
    "questions": "/query/",
    "question": "/query/who-joined?since=2015-01-01",
    "picture": "/query/membership-growth",
    "sources": "/query/regional-offices?region=europe",
    "required": "/query/contracting-parties",
    "mistake": "/query/contracting-parties?convention=nonsense",
    "ask": "/ask?q=who+was+secretary+general+in+1999",
    "not understood": "/ask?q=tariff+quota+of+bananas",
    "member": "/id/polity-TUR",
    "organization": "/id/wco",
    "relation": "/id/wco?of=org%3AmemberOf",
    "dispute": "/id/membership-DNK-1",
    "source": "/source/un-m49",
    "ontology": "/ns",
    "editor": "/sparql",
    "answer": f"/sparql?query={quote(REGIONS)}",
    "proof": f"/why?{WHY}",
    "nothing": "/id/nothing",
}


# What repeats is tested once or twice, because axe takes minutes for thousands of rows.
SHORTEN = """() => {
  for (const [few, what] of [[6, "tr"], [6, "li"], [4, "article"], [6, "dd"], [9, "svg *"], [20, "option"]])
    for (const parent of new Set([...document.querySelectorAll(what)].map((one) => one.parentElement)))
      [...parent.children].slice(few).forEach((one) => one.remove());
}"""


def findings(page: Any, **options: Any) -> list[str]:
    """Return what axe finds: the rule, and the first place."""
    found = axe.Axe().run(page, options=options).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]} ({len(one['nodes'])})" for one in found]


@pytest.mark.parametrize("path", KINDS.values(), ids=KINDS)
def test_every_kind_of_page_meets_wcag_in_light_and_dark_and_fits_a_phone(page: Any, path: str) -> None:
    page.goto(path)
    page.set_viewport_size(PHONE)
    wide = page.evaluate(
        "[...document.body.querySelectorAll('*')].filter((one) => !one.closest('.scroll') && "
        "one.getBoundingClientRect().right > innerWidth).map((one) => one.outerHTML.slice(0, 200))"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], wide
    page.evaluate(SHORTEN)
    assert findings(page, runOnly=WCAG, rules={"target-size": {"enabled": True}}) == []
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.emulate_media(color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    assert findings(page, runOnly={"type": "rule", "values": ["color-contrast", "link-in-text-block"]}) == []
