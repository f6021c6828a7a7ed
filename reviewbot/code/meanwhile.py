"""What the creator of threads and tasks changes while they run: of no turn is it the own.

`job.id = i; pthread_create(&t[i], 0, work, &job);` gives no thread a number of its own, unlike
`jobs[i].id = i`: who reads the cell finds what the last turn so far has left there.
"""

from __future__ import annotations

from collections.abc import Iterable

from reviewbot.code.aliases import Aliases
from reviewbot.code.divided import names_in
from reviewbot.code.events import Loop, Party, Quotients
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
        loops = {loop.name for loop in self._making(root) if loop.name}
        return bool(loops) and _outlives(loops, (form,), indices)

    def changed_by_turn(self, home: Symbol, made: Iterable[Form], kept: Iterable[Form]) -> str:
        """The creating loop's variable, of which numbers are `made` that all turns keep in a place.

        "" if there is none: each turn has a place of its own, or each thread.
        """
        party = self.party
        if party is None or not party.many or home.owner == party.serial or home.storage == "tls":
            return ""
        name = party.loop_name
        return name if name and _outlives({name}, made, kept, self.quotients) else ""

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


def _outlives(
    names: set[str],
    made: Iterable[Form],
    kept: Iterable[Form],
    quotients: Quotients | None = None,
) -> bool:
    """Whether what is made of loops' variables is kept where none of these tells the turn."""
    of = names & {name for form in made for name in names_in(form, quotients)}
    return bool(of) and all(of.isdisjoint(names_in(form, quotients)) for form in kept)
