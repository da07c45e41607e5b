"""The notebooks in docs/ run, and a notebook completes questions, shows answers as tables, and errors as one line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient

import wcograph
from wcograph.errors import InputError, WcographError

BOOKS = sorted((Path(__file__).parent.parent / "docs" / "notebooks").glob("*.ipynb"))
FAILS = "raises-exception"  # the tag of a cell whose error is shown


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_is_kept_without_outputs(path: Path, tmp_path: Path) -> None:
    book = nbformat.read(path, as_version=4)
    cells = [cell for cell in book.cells if cell.cell_type == "code"]
    assert [cell for cell in cells if cell.outputs or cell.execution_count is not None] == []
    NotebookClient(book, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [output for cell in cells for output in cell.outputs]
    errors = [output for output in shown if output.output_type == "error"]
    assert len(errors) == sum(FAILS in cell.metadata.get("tags", ()) for cell in cells) > 0
    assert all(len(output.traceback) == 1 and "\n" not in output.traceback[0] for output in errors)
    assert [output for output in shown if output.output_type == "stream"] == []
    kinds = {kind for output in shown for kind in output.get("data", ())}
    assert kinds >= ({"text/html", "image/svg+xml"} if path.stem == "answers" else {"text/html"})


@pytest.fixture(scope="module")
def kernel(own_cache: Path) -> Iterator[BlockingKernelClient]:
    manager, client = start_new_kernel(kernel_name="python3")
    client.execute_interactive("import wcograph; kg = wcograph.load()", timeout=60)
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("kg.questions.conv", ["convention_names", "conventions", "conventions_in_force_count"]),
        ("kg.questions.members(", ["area=", "as_of=", "kind=", "limit=", "region=", "sources="]),
        ("kg.questions.members(region='europe', as", ["as_of="]),
        ("wcograph.KnowledgeG", ["KnowledgeGraph"]),
        ("kg.query('themes').pic", ["picture"]),
    ],
)
def test_names_of_questions_and_parameters_are_completed(
    kernel: BlockingKernelClient, typed: str, completed: list[str]
) -> None:
    reply = kernel.complete(typed, reply=True, timeout=60)
    assert set(completed) <= {one.rpartition(".")[2] for one in reply["content"]["matches"]}


@pytest.mark.quick
def test_an_error_is_one_line_in_a_notebook() -> None:
    error = InputError("no such\nfile", file="a.ttl", line=3)
    assert error._render_traceback_() == ["InputError: a.ttl:3: no such file"]
    assert not hasattr(Exception, "_render_traceback_") and issubclass(InputError, WcographError)


@pytest.mark.quick
def test_a_question_is_a_function_with_the_parameters_of_its_header(kg: wcograph.KnowledgeGraph) -> None:
    assert {name.replace("_", "-") for name in dir(kg.questions)} == {query.name for query in kg.queries}
    found = kg.questions.members(region="europe", as_of="2012-06-30", limit=2)
    assert found.rows() == kg.query("members", region="europe", as_of="2012-06-30", limit=2).rows()
    assert "region: One of the six WCO regions" in str(kg.questions.members.__doc__)
    with pytest.raises(AttributeError, match="no stored query 'membres'; did you mean members"):
        kg.questions.membres  # noqa: B018


def test_an_answer_in_plain_words_says_what_was_understood(kg: wcograph.KnowledgeGraph) -> None:
    page = kg.ask("theme of 2016")._repr_html_()
    assert page.startswith("<p>Yearly themes of Customs Day: wcograph query themes --year 2016</p>\n")
    found = kg.ask("theme of 2016")
    found.understood = "<script>"
    assert found._repr_html_().startswith("<p>&lt;script&gt;</p>")
    assert not kg.query("themes")._repr_html_().startswith("<p>")
