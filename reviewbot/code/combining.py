"""What a work-sharing construct gives back: sums of private copies, the last turn's values."""

from __future__ import annotations

from tree_sitter import Node

from reviewbot.code.events import Frame
from reviewbot.code.openmp import Clause, Directive
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import Element, Path, opaque
from reviewbot.code.waiting import Waiting

MAX_GIVEN = 16  # variables of one construct


class Combining(Waiting):
    """Accesses to the original variables that no statement makes (OpenMP 5.2, 5.4.4 and 5.5.5)."""

    def give_back(self, directive: Directive, node: Node) -> None:
        """Each thread adds its copy, one stores the last: over by the next barrier, not before."""
        if self.scope is None or self.scope.kind != "omp" or directive.forks:
            return  # within the clause's own team all threads have copies of it
        place = node.children[0] if node.children else node
        for clause in directive.all("reduction")[:MAX_GIVEN]:
            for path in self._originals(clause):
                self.record(path, "update", place, atomic="omp")
        last = [path for c in directive.all("lastprivate") for path in self._originals(c)]
        if last:
            self.frames.append(self._frame("single", directive))
            for path in last[:MAX_GIVEN]:
                self.record(path, "write", place)
            self.frames.pop()

    def _frame(self, kind: str, directive: Directive) -> Frame:
        """The construct as what is around an access (see constructs.py)."""
        raise NotImplementedError

    def _originals(self, clause: Clause) -> list[Path]:
        """The listed variables around the construct; of an array or its section, an element."""
        found: list[Path] = []
        for item, name in zip(clause.items[:MAX_GIVEN], clause.variables, strict=False):
            symbol = self.lookup(name)
            if symbol is not None:
                found.append(_listed(symbol, item))
        return found


def _listed(symbol: Symbol, item: str) -> Path:
    if "[" not in item and not symbol.array:
        return Path(symbol)
    return Path(symbol, (Element("", opaque(item, frozenset({"pv"}))),))
