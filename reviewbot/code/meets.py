"""Where ways through the code meet: who was joined, what was awaited, what a loop waited for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from tree_sitter import Node

from reviewbot.code.events import POLLED, Sync
from reviewbot.code.flow import Flow
from reviewbot.code.headers import Headers
from reviewbot.code.values import ZERO
from reviewbot.code.words import IDENTIFIER

# Words for a thread that may not be there: created only if all went well, or joined before.
_STARTED = re.compile(
    r"(?i)joinable|start|creat|launch|spawn|running|active|valid|\b(?:err|rc|ret)"
)
_BREAKS = re.compile(r"\bif\s*\(([^;{}]{1,80})\)\s*(?:\{\s*)?(?:break|return)\b")
_LEFT = re.compile(r"\b(?:break|goto|return)\b")
_TAKEN = re.compile(r"([A-Za-z_]\w*)\s*=[\s(!*&]*\Z")
Given = tuple[int, int, int]  # signals, accesses and places up to a point of the walk
MAX_ASIDE = 8  # ways that leave, of which one thread joins some threads of a creation


class Meets(Headers):
    """What is known after branches and loops of what other threads did."""

    def reached_here(self) -> tuple[int, int]:
        """How many accesses and explicit barriers the scope has so far."""
        scope = self.scope
        return (len(scope.events), len(scope.barriers)) if scope is not None else (0, 0)

    def asked_since(self, start: int) -> frozenset[str]:
        """The objects read from there on, as a wait's condition; none if a pointer is among them.

        `*queue->tail = item` changes what `queue->head` was asked for by another name.
        """
        events = self.scope.events[start:] if self.scope is not None else []
        reads = [event for event in events if event.mode == "read"]
        if any(self.shape(event.path)[1] for event in reads):
            return frozenset()
        return frozenset([event.key for event in reads])

    def skipped_barriers(self, before: int, then: int, start: int, explicit: int) -> None:
        """Barriers on one of two ways: on the other what follows meets what was before.

        Not where the way itself writes before its barrier: that is surely over by then.
        """
        scope, met = self.scope, self.phase - before
        if scope is None or scope.kind == "threads" or (then == before) == (self.phase == then):
            return
        wrote = any(e.mode != "read" and e.phase == before for e in scope.events[start:])
        if not wrote and len(scope.barriers) - explicit == met:
            scope.unite(before, self.phase)

    def ways_meet(
        self,
        running: set[int],
        joined: set[int],
        dead: tuple[bool, bool],
        condition: str,
        places: tuple[int, int],
    ) -> None:
        """After an `if`, threads have ended that each way which leads on has joined.

        `places` of the walk: where the first way and where the second way began.
        """
        if dead[0] != dead[1]:
            began, ended = places if dead[0] else (places[1], self.order)
            self._joined_aside(running, began, ended)
        here = self.ended & running
        if dead[0] != dead[1]:
            over = here if dead[0] else joined
        else:
            over = joined & here
            over |= {n for n in joined ^ here if self._asks_for(n, condition)}
        for number in (joined | here) - over if dead[0] == dead[1] else ():
            self._partly_joined(number)
        self.live = (self.live | (running & (joined | here))) - over
        self.ended = (self.ended - running) | over

    def _asks_for(self, number: int, condition: str) -> bool:
        """Whether a condition asks if there is such a thread, so that no way leaves it running."""
        party = self.scope.parties[number] if self.scope is not None else None
        if party is None or party.guards or _STARTED.search(condition):
            return True
        handle = IDENTIFIER.search(party.handle)
        return handle is not None and handle[0] in IDENTIFIER.findall(condition)

    def _joined_aside(self, running: set[int], began: int, ended: int) -> None:
        """`if (failed) { join_those_made(); return; }` has joined none for those who go on."""
        parties = self.scope.parties if self.scope is not None else {}
        for party in [parties[number] for number in running if number in parties]:
            if began < party.joined_at <= ended and len(party.joined_aside) < MAX_ASIDE:
                party.joined_aside.append((party.joined_at, ended))
                party.joined_at = 0

    def _partly_joined(self, number: int) -> None:
        party = self.scope.parties[number] if self.scope is not None else None
        if party is not None:
            self.order += 1
            party.joined, party.joined_at = "partial", party.joined_at or self.order

    def given_so_far(self) -> Given:
        """How many signals this thread has given, how much was accessed, and the walk's place."""
        party, scope = self.party, self.scope
        signals, events = len(party.signals) if party else 0, len(scope.events) if scope else 0
        return signals, events, self.order

    def awaited_here(self, then: Flow, other: Flow, start: Given, middle: Given) -> None:
        """Keep a wait of one branch where the other branch is the one who signals.

        `if (id == 0) announce(); else wait_for_it();` leaves nobody who does not know of it.
        """
        if then.dead or other.dead or not (then.waits or other.waits) or self.party is None:
            return
        end = self.given_so_far()
        kept = [w for w in then.waits if self._gives(w, middle, end)]
        kept += [w for w in other.waits if self._gives(w, start, middle)]
        new = [w for w in kept if w not in self.flow.waits]
        self.flow.waits = (*self.flow.waits, *new)[-12:]

    def _gives(self, wait: Sync, start: Given, end: Given) -> bool:
        """Whether what the wait is for was given between two points of the walk."""
        if wait.kind == POLLED and self.scope is not None:
            events = self.scope.events[start[1] : end[1]]
            return any(e.key == wait.key and e.mode != "read" and e.locks for e in events)
        given = self.party.signals[start[0] : end[0]] if self.party is not None else []
        return any(s.kind == wait.kind and s.key == wait.key for s in given)

    def stay_for(self, start: int, end: int) -> None:
        """A loop's condition is asked again until what it reads has changed."""
        if any(start < w.order <= end for w in self.flow.waits):
            self.flow.waits = tuple(
                replace(w, stays=w.stays or start < w.order <= end) for w in self.flow.waits
            )

    def stay_until_asked(self) -> None:
        """A loop is left where its condition is asked, and goes round where that does not hold."""
        keys = {key for guard in self.guards for key in guard.keys} if self.flow.waits else ()
        if any(w.key in keys for w in self.flow.waits):
            self.flow.waits = tuple(
                replace(w, stays=w.stays or w.key in keys) for w in self.flow.waits
            )

    def awaited_in_turn(self, waits: Sequence[Sync], start: int, node: Node) -> None:
        """Behind a loop that waits for one flag after another, all of its flags were there."""
        loop = self.loops[-1]
        kept = [
            w for w in waits if w.stays and w.order > start and w.form and loop.name in w.form.names
        ]
        if kept and loop.name and not _LEFT.search(self._text(node)):
            span = "all" if loop.low == ZERO and loop.step == "1" else "part"
            self.flow.waits = (*self.flow.waits, *[replace(w, span=span) for w in kept])[-12:]

    def _taken_into(self, offset: int) -> str:
        """The variable to which what is read there is assigned, "" if there is none."""
        into = _TAKEN.search(self.text, max(offset - 60, 0), offset)
        return into[1] if into is not None else ""

    def polls(
        self, start: int, condition: Node, endless: Node | None, waited: Sequence[Sync]
    ) -> list[Sync]:
        """Waits of a loop that ends when what it reads, under a lock or acquiring, has changed."""
        events = self.scope.events[start:] if self.scope is not None else []
        names = set(IDENTIFIER.findall(self._text(condition)))
        for asked in _BREAKS.findall(self._text(endless)) if endless is not None else ():
            names |= set(IDENTIFIER.findall(asked))
        found = []
        deep, asked_at = len(self.calls), self.line(condition)  # `while (!is_set(&flag))`
        for event in events:
            acquired = [w for w in waited if w.kind == "flag" and w.key == event.key]
            locked = any(h.certain for h in event.locks)
            if event.mode != "read" or not (locked or acquired):
                continue
            within = condition.start_byte <= event.offset < condition.end_byte
            within = within or event.calls[deep : deep + 1] == (asked_at,)
            if within or self._taken_into(event.offset) in names:
                self.order += 1
                polled = Sync(POLLED, event.key, self.line(condition), self.order)
                found.append(replace(acquired[0] if acquired else polled, stays=True))
        return found[:4]
