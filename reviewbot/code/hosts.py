"""Teams of a thread among other threads: what the team touches, the other threads may touch too."""

from __future__ import annotations

from dataclasses import replace

from tree_sitter import Node

from reviewbot.code.openmp import Directive
from reviewbot.code.teams import Teams

_OWN = frozenset({"private", "firstprivate", "lastprivate", "linear"})


class Hosts(Teams):
    """Among threads a region is walked as if the thread that hosts it ran all of it."""

    hosted = 0  # regions around, of the walk among threads
    ended_there: frozenset[int] = frozenset()  # threads that one thread of the team alone joined

    def _clauses(self, directive: Directive) -> None:
        raise NotImplementedError

    def host(self, directive: Directive, node: Node, rest: list[Directive]) -> None:
        """Walk what a team's construct governs, where other threads run beside the team."""
        if self.party is None or (self.party.kind != "thread" and not self.live):
            return
        self.hosted += 1
        self.push_scope(node)
        kept = [clause for clause in directive.clauses if clause.name in _OWN]
        self._clauses(replace(directive, clauses=tuple(kept)))
        live, ended = set(self.live), set(self.ended)
        if not self.shared_call(directive, node):
            self.governed(node, rest)
        if directive.has("master", "masked") or directive.clause("nowait") is not None:
            self.ended_there |= self.ended - ended
            self.live, self.ended = live, ended  # the rest of the team does not wait for it
        self.pop_scope(node)
        self.hosted -= 1
        if not self.hosted:
            self.team_meets()

    def standing(self, directive: Directive) -> None:
        """A directive without a statement: of these a barrier alone matters to other threads."""
        if directive.has("barrier"):
            self.team_meets()

    def team_meets(self) -> None:
        """After a barrier all know of the threads that one of them has joined."""
        self.live, self.ended = self.live - self.ended_there, self.ended | self.ended_there
        self.ended_there = frozenset()
