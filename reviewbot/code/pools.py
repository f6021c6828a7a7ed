"""Pools of threads that are defined here: their threads run what they were given before."""

from __future__ import annotations

import functools
from dataclasses import replace

from tree_sitter import Node

from reviewbot.code.events import Party
from reviewbot.code.kept import Keeping
from reviewbot.code.values import UNKNOWN, Path, Value

MAX_SIGNALS = 200  # of one party


class Pools(Keeping):
    """A job ends before what its thread does next, and at the latest with that thread."""

    @functools.cached_property
    def _runs(self) -> dict[str, dict[int, int]]:
        """Where threads call what they took out of an object: its key → party → place."""
        return {}

    def takes_a_job(self) -> None:
        """A method calls a function that nobody here was seen to store."""
        party = self.party
        if party is not None and party.kind == "thread" and self.this is not None:
            self._runs.setdefault(self.key(self.this), {})[party.serial] = self.order

    def submit(self, method: str, place: Path, kind: str, node: Node, nodes: list[Node]) -> Value:
        """`pool.submit(f)`: the pool's own method, then f in a thread of its own."""
        if self.has_method(kind, method):
            self.call_defined(method, [UNKNOWN for _ in nodes], node, this=place)
        known, handle = self.scope_size(), self._handle_of(node)
        key = self.key(place)
        kept = handle and handle != "discarded"
        result = self._spawn(node, nodes, handle=handle if kept else key)
        for job in list(self.scope.parties.values())[known:] if self.scope is not None else ():
            self._run_by(job, self._runs.get(key, {}))
        return result

    def _run_by(self, job: Party, runners: dict[int, int]) -> None:
        """The thread that runs a job goes on after it, and is over after it."""
        for serial, place in runners.items():
            runner = self.scope.parties[serial] if self.scope is not None else job
            runner.ended |= {job.serial}
            later = [s for s in runner.signals if s.order > place and s.kind != "lock"]
            for signal in later[: MAX_SIGNALS - len(job.signals)]:
                self.order += 1
                job.signals.append(replace(signal, order=self.order))

    def scope_size(self) -> int:
        """How many parties there are so far."""
        return len(self.scope.parties) if self.scope is not None else 0

    def has_method(self, kind: str, method: str) -> bool:
        """Whether a method of this file may be meant (see objects.py)."""
        raise NotImplementedError
