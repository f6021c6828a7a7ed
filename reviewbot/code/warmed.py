"""What was called before there were threads: `warm(&cache)` ahead of a region fills it for all."""

from __future__ import annotations

import functools
import re

from tree_sitter import Node

from reviewbot.code.aliases import Aliases
from reviewbot.code.filling import Filling
from reviewbot.code.symbols import Function
from reviewbot.code.values import Path

MAX_CALLED = 200  # functions that are remembered
MAX_LONG = 4000  # characters of a function that are looked through for calls
_CALLED = re.compile(r"\b([A-Za-z_]\w*)\s*\(")


class Warmed(Filling, Aliases):
    """Knows the functions that surely ran while there was one thread alone, and on what."""

    @functools.cached_property
    def _ran(self) -> set[tuple[str, str, int]]:
        """(function that is walked on its own, one it called, the serial of the object or 0)."""
        return set()

    def ran_alone(self, function: Function, this: Path | None) -> None:
        """A call outside of parallel code, of a function that makes no threads."""
        if self.guards or self.flow.dead or not self.active or len(self._ran) > MAX_CALLED:
            return
        first = self.active[0][0]
        root = this.root.serial if this is not None and function.owner else 0
        if (first, function.name, root) in self._ran:
            return
        self._ran.add((first, function.name, root))
        text = self.text[function.body.start_byte : function.body.end_byte][:MAX_LONG]
        called = set(_CALLED.findall(text)) & self.symbols.functions.keys()
        self._ran.update((first, name, root) for name in called)

    def record(
        self,
        path: Path,
        mode: str,
        node: Node,
        *,
        atomic: str = "",
        via: str = "direct",
        constant: bool = False,
        lines: tuple[int, ...] = (),
        whole: bool = False,
    ) -> str:
        """Record an access, and whether the function that makes it ran before on the same."""
        if self.scope is None:
            return ""
        start = len(self.scope.events)
        key = super().record(
            path, mode, node, atomic=atomic, via=via, constant=constant, lines=lines, whole=whole
        )
        if mode != "read" and self.guards and self._ran_before(path):
            for event in self.scope.events[start:]:
                event.again = True
        return key

    def _ran_before(self, path: Path) -> bool:
        if not self._ran or len(self.active) < 2:
            return False
        names = [name.split("@")[0].rsplit("::", 1)[-1] for name, _ in self.active[1:]]
        first, roots = self.active[0][0], (0, path.root.serial)
        return any((first, name, root) in self._ran for name in names for root in roots)
