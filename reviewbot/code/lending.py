"""What copies and tasks share with where they come from: locals, and what pointers lead to."""

from __future__ import annotations

import functools
import re
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass

from reviewbot.code.sites import Sited
from reviewbot.code.symbols import FileSymbols, Symbol
from reviewbot.code.values import Path


@dataclass(slots=True)
class TaskLevel:
    """A task construct being walked: variables of scopes outside it are copied unless shared."""

    scope: dict[str, Symbol]
    shared: frozenset[str]
    default: str
    start: int = 0  # serial of the task's beginning: variables from outside have smaller ones


class Lending(Sited):
    """Knows before a task is met what it will share: what is done to it until then counts too."""

    symbols: FileSymbols
    copied_in: frozenset[str] = frozenset()  # each thread's own variables that began as one's

    def of_thread(self, root: Symbol, *, through: bool) -> str:
        """The rule for a variable that each thread has: a pointer copied in leads to one place."""
        if not through:
            return "threadprivate"
        return "pointee-firstprivate" if root.name in self.copied_in else "pointee"

    def copies_pointers(self, path: Path) -> bool:
        """Whether a copy of the path's root has the very pointer through which the path leads.

        So it is of plain structs, and of classes whose copy constructor takes it over as it is.
        """
        owner = self.symbols.struct(path.root.type)
        member = path.elements[0].field if path.elements else ""
        if not member or owner not in self.symbols.structs or len(path.elements) < 2:
            return False
        found = self.symbols.member(owner, member)
        if found is None or not (found.pointer or "shared_ptr" in found.type):
            return False
        texts = self._copying(owner)
        taken = re.compile(
            rf"\b{re.escape(member)}\s*[({{=]\s*\w+\s*\.\s*{re.escape(member)}\s*[)}};]"
        )
        return not texts or any(taken.search(text) for text in texts)

    def _copying(self, owner: str) -> list[str]:
        """The texts of a class's copy constructors."""
        makes = [f for f in self.symbols.functions.get(owner, []) if len(f.parameters) == 1]
        texts = [self.parsed.translation.text[f.node.start_byte : f.node.end_byte] for f in makes]
        copies = re.compile(
            rf"^[^{{:]*\(\s*(?:const\s+)?{re.escape(owner)}\b(?:<[^>]*>)?(?:\s+const)?\s*&(?!&)"
        )
        return [text for text in texts if copies.search(text)]

    def is_lent(self, symbol: Symbol, end: int) -> bool:
        """Whether a task between a variable's declaration and the end of its block shares it."""
        places = self._lent.get(symbol.name) if self._lent else None
        if not places or symbol.offset < 0:
            return False
        return bisect_left(places, symbol.offset) < bisect_left(places, end)

    @functools.cached_property
    def _lent(self) -> dict[str, list[int]]:
        """Where tasks are created that share variables of that name, in order."""
        places: dict[str, list[int]] = defaultdict(list)
        for directive in self.parsed.directives:
            for clause in directive.all("shared") if directive.has("task", "taskloop") else ():
                for name in clause.variables:
                    places[name].append(directive.offset)
        return places
