"""What tasks and iterations wait for by name: depend items, earlier iterations."""

from __future__ import annotations

import re
from dataclasses import replace

from reviewbot.code.events import Sync
from reviewbot.code.hosts import Hosts
from reviewbot.code.openmp import Directive
from reviewbot.code.parse import parse_expression
from reviewbot.code.values import Path
from reviewbot.code.words import IDENTIFIER

_CALL = re.compile(r"\w\s*\(")
_SECTION = re.compile(r":[^][]*\]")
MAX_ITEMS = 16  # of one construct
MAX_LENGTH = 80  # characters of one


class Waiting(Hosts):
    """Directives that wait for some tasks, or some iterations, and for no others."""

    def _depend_key(self, item: str) -> str:
        """A depend item with constants and variables apart: equal texts may be equal objects."""
        return self.copied_from(self.pointed_item(re.sub(r"\s+", "", item)))

    def items_of(self, directive: Directive) -> tuple[tuple[str, Path], ...]:
        """(type, place) of the depend items that name an object by numbers."""
        found: list[tuple[str, Path]] = []
        for clause in directive.all("depend")[:MAX_ITEMS]:
            kind = clause.modifier.split(",")[-1].strip() or "?"
            for item in clause.items[:MAX_ITEMS]:
                place = self._item_place(item) if "[" in item or "->" in item else None
                found += [(kind, place)] if place is not None else []
        return tuple(found[:MAX_ITEMS])

    def _item_place(self, item: str) -> Path | None:
        """The object that a depend item names; of a section, where it begins."""
        if _CALL.search(item) or len(item) > MAX_LENGTH:
            return None
        text = IDENTIFIER.sub(self._spelt_number, _SECTION.sub("]", item))
        kept = self.keep(("text", "scope"))
        self.text, node = parse_expression(text, cpp=self.parsed.cpp)
        self.scope = None
        place = self.place(node) if node is not None else None
        self.restore(kept)
        return place

    def _spelt_number(self, match: re.Match[str]) -> str:
        """A macro's number; clauses are not expanded."""
        number = self.macro_number(match[0])
        return str(number.constant) if number is not None and number.is_constant else match[0]

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

    def _flush(self, line: int) -> None:
        """A flush is a fence: it orders nothing by itself, yet hand-made flags rest on it."""
        self.order += 1
        sync = Sync("flush", "", line, self.order)
        self.flow.waits = (*self.flow.waits, sync)[-12:]
        if self.party is not None and len(self.party.signals) < 200:
            self.party.signals.append(sync)
        if self.scope is not None:
            self.scope.sync_lines.append((line, "flush"))
