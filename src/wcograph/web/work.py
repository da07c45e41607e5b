"""What the handlers work with: the graph, the pool, the threads, and the digest of the data."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from wcograph.store import key_of
from wcograph.version import __version__
from wcograph.web.pool import Pool, Turns
from wcograph.web.problems import limit

if TYPE_CHECKING:
    from wcograph.graph import KnowledgeGraph
    from wcograph.web.settings import Settings


class Work:
    """The means of one server. ``pool`` answers SPARQL; threads do everything else that takes long."""

    def __init__(self, kg: KnowledgeGraph, settings: Settings) -> None:
        """Serve ``kg``."""
        self.kg, self.settings = kg, settings
        self.pool = Pool(kg, settings)
        self._threads = ThreadPoolExecutor(settings.threads, "answer")
        self._turns = Turns(settings.threads, settings.queue, "threads", settings)
        self._digest = digest_of(kg)

    async def in_thread(self, work: Callable[[], Any]) -> Any:
        """Do ``work`` in a thread, within the time for an answer. Raises Problem if the time is over.

        The thread goes on then, and takes the place of another until it ends.
        """
        await self._turns.take(self.settings.timeout)
        future = asyncio.get_running_loop().run_in_executor(self._threads, work)
        future.add_done_callback(lambda _: self._turns.give())
        done, _ = await asyncio.wait((future,), timeout=self.settings.timeout)
        if not done:
            future.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
            raise limit("timeout", self.settings)
        return future.result()

    def tag(self, *parts: object) -> str:
        """Return the strong ETag of what the data and ``parts`` determine."""
        return hashlib.sha256(repr((self._digest, parts)).encode("utf-8", "backslashreplace")).hexdigest()[
            :24
        ]

    async def close(self) -> None:
        """End the children, and start no more work."""
        await self.pool.close()
        self._threads.shutdown(wait=False, cancel_futures=True)


def digest_of(kg: KnowledgeGraph) -> str:
    """Return a digest of everything that answers are made from: the data, the questions, and the code."""
    made = hashlib.sha256(f"{__version__} {kg.only_data} {kg.inferred} {kg.engine}".encode())
    made.update(f"{kg._built.key or key_of(kg.folder)} {kg._built.place}".encode())
    added = b"_:" if kg._built.place is None else b""
    if kg.added is not None:
        added = ox.serialize(kg.added.quads, format=ox.RdfFormat.N_QUADS) or b""
    made.update(os.urandom(16) if b"_:" in added else added)  # blank nodes have other names each time
    for query in kg.queries:
        made.update(query.text.encode("utf-8", "backslashreplace"))
    here = os.path.dirname(os.path.abspath(__file__))
    for folder, folders, files in os.walk(here):
        folders[:] = sorted(set(folders) - {"__pycache__"})
        for name in sorted(files):
            with open(os.path.join(folder, name), "rb") as stream:
                made.update(stream.read())
    return made.hexdigest()
