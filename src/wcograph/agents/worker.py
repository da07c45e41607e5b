"""Calls in a child process, so that each ends in time and within memory, and a crash ends nothing else.

The parent sends what the graph was made from, and then one call after another; the child loads the graph once. A call that
takes too long ends the child, and the next call starts another.
"""

from __future__ import annotations

import copyreg
import json
import os
import pickle
import queue
from contextlib import suppress

from pyoxigraph import RdfFormat

from wcograph.toolbox.errors import InputError, LimitError, UsageError, WcographError
from wcograph.toolbox.processes import Worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from wcograph.graph import KnowledgeGraph

_CODE = "from wcograph.agents.worker import serve\nserve(read, write)\n"
_PACKAGES = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_START = 120.0  # seconds to load the graph: a large file of the user takes a while
_WAIT = 60.0  # for a free worker
# bytes that a call may take besides the graph; the engine cannot start its threads with half of it
_MEMORY = 2**30


class Workers:
    """As many children as there are calls at once, ``most`` at most; each keeps the graph and answers call after call."""

    def __init__(self, kg: KnowledgeGraph, most: int = 2) -> None:
        """Keep what the graph was made from; a child starts with the first call."""
        self._recipe = pickle.dumps(_recipe(kg))
        self._idle: queue.LifoQueue[Worker | None] = queue.LifoQueue()
        for _ in range(most):
            self._idle.put(None)

    def call(self, tool: str, arguments: Mapping[str, Any], seconds: float, held: list[Worker]) -> Any:
        """Call a tool and return what it returns; ``held`` gets the child, so that another thread can end it.

        Raises UsageError, InputError or LimitError, in one line, as the tool does, and LimitError if it takes too long.
        """
        try:
            worker = self._idle.get(timeout=_WAIT)
        except queue.Empty:
            raise LimitError("the server is busy; ask again later") from None
        try:
            if worker is None:
                worker = Worker(_CODE, _PACKAGES)
                worker.ask(self._recipe, seconds=_START)
            held.append(worker)
            answer = worker.ask(json.dumps([tool, dict(arguments)]).encode(), seconds=seconds)
        except BaseException:
            if worker is not None:
                worker.end()
            worker = None
            raise
        finally:
            self._idle.put(worker)
        kind, found = json.loads(answer)
        if kind == "found":
            return found
        raise _ERRORS.get(kind, WcographError)(found)

    def end(self) -> None:
        """End the children that are idle."""
        with suppress(queue.Empty):
            for worker in [self._idle.get_nowait() for _ in range(self._idle.qsize())]:
                if worker is not None:
                    worker.end()
                self._idle.put(None)


_ERRORS: Mapping[str, type[WcographError]] = {"usage": UsageError, "limit": LimitError, "input": InputError}
# a format cannot be pickled
copyreg.pickle(RdfFormat, lambda one: (RdfFormat.from_extension, (one.file_extension,)))  # type: ignore[arg-type,return-value]


def _recipe(kg: KnowledgeGraph) -> dict[str, Any]:
    """Return what a graph was made from: the arguments of ``load``, and its stored queries."""
    from wcograph.toolbox.rdf.files import Named

    files = []
    for name in kg._built.files:
        path = os.path.realpath(name)
        if isinstance(name, Named):
            path = Named(path, name.syntax, name.data, lenient=name.lenient, contexts=dict(name.contexts))
        files.append(path)
    return {
        "load": {
            "folder": os.path.abspath(kg.folder),
            "data": files,
            "only_data": kg.only_data,
            "inferred": kg.inferred,
            "engine": kg.engine,
            "hs": kg._holds == "hs",
        },
        "queries": kg._built.added_queries(),
        "environment": {name: value for name, value in os.environ.items() if name.startswith("WCOGRAPH_")},
    }


def _loaded(recipe: Mapping[str, Any]) -> KnowledgeGraph:
    from wcograph.graph import load
    from wcograph.toolbox.sparql.stored import StoredQuery

    os.environ.update(recipe["environment"])
    kg = load(**recipe["load"])
    for text in recipe["queries"]:
        kg._built.add(StoredQuery.from_json(json.loads(text)))
    return kg


def serve(read: Any, write: Any) -> None:
    """Load the graph that the first request describes, and answer the calls that follow: the work of a child."""
    import gc

    from wcograph.agents.fitted import line
    from wcograph.agents.tools import Tools, run

    recipe = pickle.loads(read())
    tools = Tools(_loaded(recipe))
    gc.freeze()
    os.chdir("/")  # the names of what is sent are below no directory of anybody's
    _bound_memory()
    folders = [recipe["load"]["folder"], *map(os.path.dirname, recipe["load"]["data"])]
    places = [json.dumps(one + os.sep)[1:-1] for one in folders]  # which are not the assistant's to know
    write(b"{}")
    while True:
        tool, arguments = json.loads(read())
        try:
            kind, found = "found", run(tools, tool, arguments)
        except MemoryError:
            os._exit(1)  # whatever has no memory left is in no state to go on
        except RecursionError:
            kind, found = "limit", "it is nested too deeply; ask for less"
        except WcographError as error:
            kind = next((name for name, one in _ERRORS.items() if isinstance(error, one)), "input")
            found = line(str(error))
        except Exception as error:  # what nobody has thought of says no more than its kind
            said = f"internal error ({type(error).__name__}); please report it with the arguments"
            kind, found = "internal", said
        text = json.dumps([kind, found], ensure_ascii=False)
        for place in places:
            text = text.replace(place, "")
        write(text.encode("utf-8", "backslashreplace"))


def _bound_memory() -> None:
    """Let this process take 1 GB more than it has, where the system can bound that."""
    try:
        import resource

        with open("/proc/self/statm") as stream:
            now = int(stream.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + _MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    except (ImportError, OSError, ValueError):
        return
