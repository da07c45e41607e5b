"""The questions of ``tests/evals``: the tools reach each right answer in few calls and tokens, without a model."""

from __future__ import annotations

import importlib.util
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

import wcograph

pytest.importorskip("mcp", reason="the extra mcp is not installed")

from mcp import Client

from wcograph.agents.fitted import tokens
from wcograph.agents.server import server

_SPEC = importlib.util.spec_from_file_location("score", Path(__file__).parent / "evals" / "score.py")
assert _SPEC and _SPEC.loader
score = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(score)
TASKS = {task["id"]: task for task in score.TASKS}


@pytest.fixture(scope="module")
def made(kg: wcograph.KnowledgeGraph, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server over the graph, for a user who has imported nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WCOGRAPH_DATA_DIR", str(tmp_path_factory.mktemp("nothing")))
        yield server(kg)


@pytest.mark.quick(8)
@pytest.mark.parametrize("name", TASKS)
def test_a_script_reaches_the_right_answer_in_few_calls_and_tokens(made: Any, name: str) -> None:
    task = TASKS[name]

    async def script() -> list[dict[str, Any]]:
        answers = []
        async with Client(made) as client:
            for call in task["calls"]:
                ((tool, arguments),) = call.items()
                reply = await client.call_tool(tool, arguments)
                assert not reply.is_error, reply.content
                answers.append(reply.structured_content or {})
        return answers

    answers = anyio.run(script)
    assert score.missing(task, json.dumps(answers, ensure_ascii=False)) == []
    if says := task["gold"].get("says"):
        assert answers[-1]["status"] == says
    assert len(answers) <= task["most"]["calls"]
    assert sum(map(tokens, answers)) <= task["most"]["tokens"]
    assert all(answer["version"] and answer["as_of"] and answer["completeness"] for answer in answers)


def test_there_are_forty_tasks_of_all_kinds() -> None:
    kinds = Counter(task["kind"] for task in TASKS.values())
    assert len(TASKS) == len(score.TASKS) >= 40
    assert kinds.keys() == {
        *("fact", "as-of day", "comparison", "count", "dispute", "not known", "incomplete", "no", "French"),
        *("misspelled", "no import", "own data", "own SPARQL"),
    }


def test_a_guess_and_a_gap_are_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    budget, founded = TASKS["budget"], TASKS["founded"]
    assert score.missing(budget, "It is not known; no source states it.") == []
    assert score.missing(budget, "About 16 million euros.") == ["(not known)", "never: million"]
    assert score.missing(founded, "In 1952, in BRUSSELS.") == []
    assert score.missing(founded, "In 19520.") == ["1952", "Brussels"]
    answers = tmp_path / "answers.jsonl"
    answers.write_text(json.dumps({"id": "founded", "answer": "1952, Brussels", "calls": 3}), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["score.py", str(answers)])
        assert score.main() == 1
    printed = capsys.readouterr().out
    assert re.search(r"^founded +fact +3 calls  right$", printed, re.MULTILINE)
    assert f"1 of {len(TASKS)} right" in printed
