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
from urllib.parse import parse_qs, quote, urlencode, urlsplit

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
    command = [sys.executable, "-m", "wcograph", "serve", "--no-open", "--timeout", "60", "--port", str(port)]
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
    """Yield a page; fail at the end if it asked another host, a script failed, or it broke the content security policy."""
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
        lambda said: (
            said.type == "error" and "Failed to load resource" not in said.text and faults.append(said.text)
        ),
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
    "picture": "/query/membership-growth",
    "sources": "/query/regional-offices?region=europe",
    "required": "/query/contracting-parties",
    "mistake": "/query/contracting-parties?convention=nonsense",
    "ask": "/ask?q=who+was+secretary+general+in+1999",
    "not understood": "/ask?q=tariff+quota+of+bananas",
    "member": "/id/polity-TUR",
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
    found = axe.Axe().run(page, options={"resultTypes": ["violations"], **options}).response["violations"]
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


def test_a_form_gives_its_answer_and_a_link_to_share(page: Any) -> None:
    page.goto("/query/who-joined")
    page.get_by_label("Since").fill("2023-06-01")
    page.get_by_role("checkbox", name="Far East").check()
    page.get_by_role("button", name="Show the answer").click()
    assert page.url.endswith("/query/who-joined?since=2023-06-01&until=&area=&region=asia-pacific#answer")
    assert "Palau" in page.locator(".answer").inner_text()
    assert page.get_by_label("Since").input_value() == "2023-06-01"
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert "Palau" in download.value.path().read_text("utf-8")


def test_a_mistake_is_named_at_its_field(page: Any) -> None:
    page.goto("/query/contracting-parties?convention=nonsense")
    assert page.evaluate("document.activeElement.className") == "summary"
    page.get_by_role("link", name="Convention").click()
    assert "no Convention 'nonsense'" in page.locator("#error-convention").inner_text()


@pytest.mark.quick
def test_a_field_suggests_what_it_takes(page: Any) -> None:
    page.goto("/query/describe")
    field = page.get_by_role("combobox", name="Entity")
    field.press_sequentially("palau", delay=20)
    option = page.locator("#list-entity option[value='wcoid:polity-PLW']")  # the page lists none
    option.wait_for(state="attached")
    assert option.get_attribute("label") == "Palau"
    field.fill("wcoid:polity-PLW")
    page.get_by_role("button", name="Show the answer").click()
    assert "2024-02-02" in page.locator(".answer").inner_text()


def test_ask_understands_words_and_says_how(page: Any) -> None:
    page.goto("/")
    page.get_by_label("Ask in your own words").fill("who was secretary general in 1999")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ask?q=*")
    assert "Michel Danet" in page.locator(".answer").inner_text()
    assert "Holders of a post" in page.locator(".understood").inner_text()


def test_a_picture_is_drawn_with_its_table(page: Any) -> None:
    page.goto("/query/membership-growth")
    box = page.locator("figure svg").bounding_box()
    assert box["width"] > 400 and box["height"] > 200
    assert page.locator("figure svg title").count() >= 1
    assert page.locator(".answer tbody tr").count() > 60


def test_a_table_is_sorted_by_its_heading(page: Any) -> None:
    page.goto("/query/who-joined?since=2015-01-01")
    heading = page.get_by_role("button", name="Code")
    heading.click()
    codes = page.locator(".answer tbody tr td:first-child").all_inner_texts()
    assert codes == sorted(codes) and len(codes) > 4
    assert page.locator("th[aria-sort=ascending]").inner_text().strip().startswith("Code")


def test_a_statement_leads_to_its_proof(page: Any) -> None:
    page.goto("/id/polity-TUR")
    page.locator("a.why").first.click()
    assert "/why?" in page.url
    assert ".ttl" in page.locator("main").inner_text()


EDITOR = ".cm-content"  # in an open shadow tree, which selectors of Playwright pierce


def write(page: Any, query: str) -> None:
    page.locator(EDITOR).click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(query)


def test_the_editor_runs_a_query_and_shows_an_error_where_it_is(page: Any) -> None:
    page.goto("/sparql")
    write(page, "SELECT ?name\nWHERE { ?region a wco:Region wco:labelEn ?name }")
    page.keyboard.press("Control+Enter")
    wrong = page.locator(".cm-why")
    wrong.wait_for()
    assert "2:" in wrong.inner_text()
    assert page.locator(".cm-line:has(.cm-wrong)").inner_text().startswith("WHERE")
    assert page.evaluate("document.querySelector('.editor').shadowRoot.activeElement.className").startswith(
        "cm-content"
    )
    write(page, REGIONS)
    assert wrong.count() == 0
    page.keyboard.press("Control+Enter")
    page.get_by_text("6 rows.").wait_for()
    assert page.locator("table tbody tr").first.inner_text() == "East and Southern Africa"
    assert parse_qs(urlsplit(page.url).query)["query"] == [REGIONS]
    page.reload()  # the address to share
    assert "East and Southern Africa" in page.locator("#answer").inner_text()
    assert page.locator("#query").input_value() == REGIONS


def test_the_editor_writes_answers_as_text(page: Any) -> None:
    page.goto("/sparql")
    write(
        page,
        'SELECT * { VALUES ?x { "<img src=x onerror=alert(1)>" <javascript:alert(1)> wcoid:wco <urn:x> } }',
    )
    page.keyboard.press("Control+Enter")
    page.get_by_text("4 rows.").wait_for()
    table = page.locator("table:has(th:text('x'))")
    assert table.locator("img").count() == 0
    assert table.locator("a").evaluate_all("(all) => all.map((one) => one.getAttribute('href'))") == [
        "/id/wco"
    ]
    write(page, "DESCRIBE wcoid:wco")
    page.keyboard.press("Control+Enter")
    page.get_by_text("in Turtle").wait_for()
    write(page, "ASK { wcoid:polity-XKX a wco:Member }")
    page.keyboard.press("Control+Enter")
    page.get_by_text("Yes.").wait_for()


def test_the_editor_completes_terms_things_keywords_and_variables(page: Any) -> None:
    page.goto("/sparql")
    for typed, wanted in (("SELECT ?region { ?r", "?region"), ("SELECT * { ?x wco:labelE", "wco:labelEn"),
                          ("SELECT * { ?x ?y turki", "wcoid:polity-TUR"), ("SELECT * { OPTI", "OPTIONAL")):  # fmt: skip
        write(page, "")
        page.keyboard.type(typed, delay=5)
        option = page.locator(".cm-tooltip-autocomplete li", has_text=wanted).first
        option.wait_for()
        option.click()
        assert wanted in page.locator("#query").input_value()


def test_examples_fill_the_editor(page: Any) -> None:
    page.goto("/sparql")
    page.get_by_text("Examples").click()
    page.get_by_role("link", name="The tree of bodies").click()
    assert "SELECT" in page.locator("#query").input_value()
    assert page.locator(EDITOR).inner_text().startswith(("PREFIX", "SELECT"))


def test_everything_works_without_javascript(browser: Any, server: str) -> None:
    with watched(browser, server, java_script_enabled=False) as page:
        page.goto("/")
        page.get_by_label("Ask in your own words").fill("parties to the ATA Convention in Africa")
        page.get_by_role("button", name="Ask").click()
        assert "Algeria" in page.locator(".answer").inner_text()
        page.goto("/query/contracting-parties")
        page.get_by_role("combobox", name="Convention").fill("Istanbul Convention")
        page.get_by_role("button", name="Show the answer").click()
        assert "Türkiye" in page.locator(".answer").inner_text()
        page.goto("/sparql")
        page.get_by_role("textbox", name="Query").fill(REGIONS)
        page.get_by_role("button", name="Run").click()
        assert "East and Southern Africa" in page.locator("#answer").inner_text()
        page.get_by_role("textbox", name="Query").fill("SELECT * {")
        page.get_by_role("button", name="Run").click()
        assert "not closed" in page.locator("#query-error").inner_text()


def focused(page: Any) -> str:
    return page.evaluate(
        "(() => { const one = document.activeElement; return one.innerText || one.id || one.className; })()"
    )


def test_the_keyboard_reaches_everything_and_leaves_the_editor(page: Any) -> None:
    page.goto("/sparql")
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert focused(page) == "editor"
    page.keyboard.press("Control+a")
    page.keyboard.type("ASK { ?x a wco:Region }")
    page.keyboard.press("Tab")
    assert focused(page) == "Run"
    page.keyboard.press("Enter")
    page.get_by_text("Yes.").wait_for()
    page.keyboard.press("Shift+Tab")
    assert focused(page) == "editor"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_editor_with_completions_an_error_and_an_answer_meets_wcag(page: Any, theme: str) -> None:
    page.emulate_media(color_scheme=theme)
    page.goto("/sparql")
    write(page, "SELECT * {\n  ?x a wco:Region # regions\n  ; wco:labelEn 'Europe'@en }")
    page.keyboard.press("Control+Enter")
    page.get_by_text("row").first.wait_for()
    assert findings(page, runOnly=WCAG) == []
    write(page, "SELECT * {")
    page.keyboard.press("Control+Enter")
    page.locator(".cm-why").wait_for()
    page.keyboard.type("\nOPT", delay=5)
    page.locator(".cm-tooltip-autocomplete li").first.wait_for()
    assert findings(page, runOnly=WCAG) == []


def test_what_a_page_must_not_do_is_noticed(browser: Any, server: str) -> None:
    broken = "setTimeout(() => { throw new Error('broken') })"
    styled = "document.body.append(Object.assign(document.createElement('style'), {textContent: 'p {}'}))"
    for script in (
        "fetch('http://example.org/x')",
        broken,
        styled,
        "document.body.setAttribute('style', 'x')",
    ):
        with pytest.raises(AssertionError), watched(browser, server) as page:
            page.goto("/id/nothing")
            page.evaluate(f"() => {{ {script}; return null; }}")
            page.wait_for_timeout(100)
    with watched(browser, server) as page:
        page.goto("/id/nothing")
        page.evaluate("document.querySelector('main').append(document.createElement('input'))")
        assert [one.partition(":")[0] for one in findings(page, runOnly=WCAG)] == ["label"]
