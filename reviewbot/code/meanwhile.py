"""What the creator of threads and tasks changes while they run: of no turn is it the own."""

from __future__ import annotations

from collections.abc import Iterable

from reviewbot.code.aliases import Aliases
from reviewbot.code.events import Loop, Party
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import Form


class Meanwhile(Aliases):
    """Tells what each of many runners has for itself from what the next turn gives to all."""

    def changed_meanwhile(self, root: Symbol, form: Form, indices: Iterable[Form] = ()) -> bool:
        """Whether a variable from outside the loop that makes the runners may have a new value.

        `shared.first = i * 10; start(&shared);`: who reads it may find what the next turn wrote.
        """
        if not form.terms or not (self.party and self.party.many):
            return False
        loops = self._making(root)
        names = {loop.name for loop in loops if loop.name} & form.names
        return bool(names) and all(names.isdisjoint(index.names) for index in indices)

    def _making(self, root: Symbol) -> list[Loop]:
        """The loops, inside the variable's block, of which a turn makes the one who runs here."""
        if self.tasks:
            task = next((f for f in reversed(self.frames) if f.kind == "task"), None)
            if task is None or not task.looped or root.serial >= self.tasks[-1].start:
                return []
            return self.loops[max(root.turns, 0) : task.around]
        party = self.party
        if party is None or party.loop is None or party.kind != "thread":
            return []
        outside = root.owner != party.serial and root.turns < party.depth
        return [party.loop] if outside else []

    @staticmethod
    def counts_threads(symbol: Symbol, party: Party, text: str) -> bool:
        """Whether what a lambda captures by value is the number of the thread, for good."""
        counts = bool(party.loop_name) and f"{symbol.name}@{symbol.offset}" == party.loop_name
        return counts and "mutable" not in text

    def made_in_turn(self, root: Symbol, index: Form, own: Form) -> bool:
        """Whether a thread reads what was made for it in its turn, and filled there by this index.

        `struct job *j = malloc(sizeof *j); j->lo = i * 10; start(j);`
        """
        loop = self.party.loop if self.party is not None else None
        made = root.value is not None and (root.value.fresh or root.value.made)
        return made and loop is not None and own.plus(index, -1).names == {loop.name}
