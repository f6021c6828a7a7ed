"""What tasks and iterations wait for by name: depend items, earlier iterations."""

from __future__ import annotations

import re
from dataclasses import replace

from reviewbot.code.events import Sync
from reviewbot.code.hosts import Hosts
from reviewbot.code.openmp import Directive


class Waiting(Hosts):
    """Directives that wait for some tasks, or some iterations, and for no others."""

    def _depend_key(self, item: str) -> str:
        """A depend item with constants and variables apart: equal texts may be equal objects."""
        return self.copied_from(self.pointed_item(re.sub(r"\s+", "", item)))

    def _wait_for_items(self, directive: Directive, line: int) -> None:
        """`taskwait depend(in: x)` waits for the tasks that write x, and for no others."""
        for clause in directive.all("depend"):
            for item in clause.items[:4]:
                self.order += 1
                wait = Sync("task-items", self._depend_key(item), line, self.order)
                self.flow.waits = (*self.flow.waits, wait)[-12:]
        if self.scope is not None:
            self.scope.sync_lines.append((line, "taskwait"))

    def _doacross(self, directive: Directive, line: int) -> None:
        text = " ".join(c.modifier + " " + ",".join(c.items) for c in directive.clauses)
        kind = "doacross-source" if "source" in text else "doacross-sink"
        if self.frames:
            sinks = {
                f"sink:{re.sub(chr(32), '', c.items[0])}" for c in directive.clauses if c.items
            }
            marks = {kind} | (sinks if kind == "doacross-sink" else set())
            last = self.frames[-1]
            self.frames[-1] = replace(last, clauses=last.clauses | marks)
        if self.scope is not None:
            self.scope.sync_lines.append((line, kind))
