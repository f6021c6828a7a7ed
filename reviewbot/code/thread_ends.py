"""What ends with a thread: its `thread_local` objects, whose destructors it runs at last."""

from __future__ import annotations

import functools

from tree_sitter import Node

from reviewbot.code.pools import Pools
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import Path

_MOST = 8  # objects that end with one thread


class ThreadEnds(Pools):
    """Walks the destructors of objects of which each thread has one."""

    @functools.cached_property
    def _of_threads(self) -> dict[int, Symbol]:
        """The file's `thread_local` objects whose end runs code, by their serials."""
        named = self.symbols.globals.values() if "thread_local" in self.text else ()
        objects = [s for s in named if s.storage == "tls" and not (s.pointer or s.array)]
        return {
            s.serial: s
            for s in objects
            if not s.reference and self.ends_in_code(self.symbols.struct(s.type))
        }

    def thread_over(self, node: Node) -> None:
        """An object that a thread has used ends with it; one that it never used was never made."""
        used = self._used_by_thread() if self._of_threads and self.scope is not None else []
        for symbol in used[:_MOST]:
            self.flow = self._revived()
            self.end_object(Path(symbol), self.symbols.struct(symbol.type), node)

    def _used_by_thread(self) -> list[Symbol]:
        """Those of them that the thread has used, the last one first."""
        party, found = self.party, dict[int, Symbol]()
        for event in reversed(self.scope.events if self.scope is not None else ()):
            if party is None or event.order < party.created_at:
                break
            serial = event.path.root.serial
            if event.party == party.serial and serial in self._of_threads:
                found[serial] = self._of_threads[serial]
        return list(found.values())

    def ends_in_code(self, name: str, depth: int = 0) -> bool:
        """Whether the end of an object of a class runs code (see endings.py)."""
        raise NotImplementedError

    def end_object(self, place: Path, name: str, node: Node | None, depth: int = 0) -> None:
        """What the end of an object does (see endings.py)."""
        raise NotImplementedError
