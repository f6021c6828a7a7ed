"""Locks that the creator of a thread holds while the thread lives."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace

from reviewbot.code.escapes import Escapes
from reviewbot.code.events import LENT, Party
from reviewbot.code.gates import is_gate


class Tenure(Escapes):
    """What the locks that are held at a thread's creation mean for all that it does."""

    def rules_over(self, party: Party, creator: Party) -> None:
        """Note the locks under which a thread is created, and those of its creator's creation."""
        held = tuple(h for h in self.flow.locks.values() if h.certain)
        party.under = (*held, *creator.under)
        own = {(h.taken, h.key) for h in held if is_gate(h) and not creator.many}
        if not own and not creator.gates and not creator.behind:
            return
        if self.scope is not None:
            self.scope.gated = True
        been = self.flow.passed | {h.key for h in held}
        over = {(taken, key) for taken, key in creator.gates if key in been}
        party.gates = creator.gates - over | own
        party.behind = creator.behind | {taken for taken, _ in over}

    def lend(self, party: Party, ended: Set[int]) -> None:
        """A lock held from a thread's creation until its end protects what the thread does."""
        kept = [replace(h, when=LENT) for h in party.under if self.flow.locks.get(h.key) is h]
        party.under = ()
        for event in self.scope.events if kept and self.scope is not None else ():
            if event.party in ended:
                event.locks = (*event.locks, *kept)

    def kept_to_the_end(self) -> None:
        """The program ends: what is still locked was so for threads that run to the end."""
        if not self.flow.locks or self.scope is None:
            return
        for party in self.scope.parties.values():
            if party.kind == "thread" and party.under:
                self.lend(party, {party.serial})
