"""Walking the ends of blocks: what ends with them, by their end or by a return out of them."""

from __future__ import annotations

import functools
from collections.abc import Set

from tree_sitter import Node

from reviewbot.code.beats import add_beat
from reviewbot.code.events import Beat
from reviewbot.code.flow import Flow
from reviewbot.code.meets import Meets
from reviewbot.code.values import UNKNOWN, Path, Value


class Leaving(Meets):
    """Opens and closes blocks: destructors run, guards give back, joining threads are joined."""

    def push_scope(self, node: Node) -> None:
        """Open a block."""
        self.scopes.append({})
        self.ends.append(node.end_byte)
        self.cleanups.append([])

    def pop_scope(self, node: Node | None) -> None:
        """Close a block: guards are released and joining threads joined, as destructors do."""
        self.ends.pop()
        for kind, key in reversed(self.cleanups.pop()):
            if kind == "lock":
                self.given_back(key)
            elif kind == "join":
                self.join_handle(key, node, whole=True)
            elif kind == "destroy":
                self.destroy(key, node)
        self.scopes.pop()

    def _do_return_statement(self, node: Node) -> None:
        unnamed, kept = len(self.temporaries), set[str]()
        for child in node.named_children:
            value = self._given_back(child)
            kept.update(value.holds, self._returned(child))
            if self.results and (value.target is not None or value.closure is not None):
                self.results[-1].append(value)
            elif self.results and value.form is not None:
                self.numbers[-1].append(value.form)
        for name in [n for n in self.temporaries[unnamed:] if n not in kept]:
            self.given_back(name)
        del self.temporaries[unnamed:]
        self.turn_left(every=True)
        self._leave_by(self.returns[-1] if self.returns else None, kept, node)

    def _returned(self, node: Node) -> tuple[str, ...]:
        """The names under which a local that is returned would end here."""
        symbol = self.lookup(self._text(node)) if node.type == "identifier" else None
        return (symbol.name, self.key(Path(symbol))) if symbol is not None else ()

    def _given_back(self, node: Node) -> Value:
        """What `return` gives: a function that returns a reference gives the place, unread."""
        guard = self.lookup(self._text(node)) if node.type == "identifier" and self.keeps else None
        if guard is not None and guard.serial in self.keeps:
            return self.moved_guard(guard)
        if not self.referring or not self.referring[-1] or node.type == "lambda_expression":
            return self.expr(node)
        place = self.place(node)
        return Value(target=place, refers=True) if place is not None else UNKNOWN

    def _do_continue_statement(self, _: Node) -> None:
        self.turn_left()
        self.flow.dead = True

    def _do_break_statement(self, node: Node) -> None:
        if self.breaks:
            depth, states = self.breaks[-1]
            self.stay_until_asked()
            self.turn_left()
            self._leave_by(states, frozenset(), node, depth)
        self.flow.dead = True

    @functools.cached_property
    def breaks(self) -> list[tuple[int, list[Flow]]]:
        """Of each loop and switch around: how deep its blocks lie, and how it was left."""
        return []

    @functools.cached_property
    def turns_left(self) -> list[tuple[int, set[int]]]:
        """Of each loop around: how deep its function is called, in which phases turns were left."""
        return []

    def turn_left(self, *, every: bool = False) -> None:
        """A turn of the innermost loop, or of each of this function, is left before its end."""
        for depth, phases in reversed(self.turns_left) if not self.flow.dead else ():
            if depth == len(self.returns):
                phases.add(self.phase)
            if depth != len(self.returns) or not every:
                break

    def end_of_turn(self, start: int, phase: int) -> None:
        """A loop's body has been walked: what barriers in it part, and what they do not."""
        left = self.turns_left.pop()[1]
        if self.scope is None or self.phase == phase or self.party is None:
            return
        self.scope.beats.add(self.loops[-1].line)
        self.scope.unite_turns(phase, self.phase)
        if left <= {self.phase}:
            beat = Beat(start, self.order, phase, self.phase, self.party.serial)
            beat.line = self.loops[-1].line
            phases, deep = range(phase + 1, self.phase + 1), len(self.guards)
            beat.plain = all(self.scope.asked.get(number) == deep for number in phases)
            add_beat(self.scope, beat)
        else:  # turns have several ends
            self.scope.unite(phase, self.phase)

    def asked_again(self, start: int) -> None:
        """What a `do … while` asks at the end of a turn is of the turn as well."""
        turns = self.scope.turns if self.scope is not None else []
        if turns and turns[-1].start == start:
            turns[-1].end = self.order

    _do_throw_statement = _do_return_statement
    _do_co_return_statement = _do_return_statement

    def _leave_by(
        self,
        states: list[Flow] | None,
        kept: Set[str] = frozenset(),
        node: Node | None = None,
        depth: int = 1,
    ) -> None:
        if states is not None and not self.flow.dead:
            running, ended = set(self.live), set(self.ended)
            if any(kind == "destroy" for cleanups in self.cleanups[depth:] for kind, _ in cleanups):
                self._unwind(kept, node, depth)
            left = self.flow.copy()
            for cleanups in self.cleanups[depth:]:
                for kind, key in cleanups:
                    if kind == "lock" and key not in kept:
                        left.locks.pop(key, None)
            states.append(left)
            if node is None or not _is_last(node):  # the other ways know nothing of what was joined
                self.live, self.ended = running, ended
        self.flow.dead = True

    def _unwind(self, kept: Set[str], node: Node | None, depth: int) -> None:
        """A return ends what all the blocks around it declared, the innermost first."""
        for cleanups in reversed(self.cleanups[depth:]):
            for kind, key in reversed(cleanups):
                if key in kept:
                    continue
                if kind == "lock":
                    self.given_back(key)
                elif kind == "join":
                    self.join_handle(key, node, whole=True)
                else:
                    self.destroy(key, node)

    def join_handle(self, key: str, node: Node | None, *, whole: bool = False) -> None:
        """A thread's handle goes out of scope and is joined (see calls.py)."""
        raise NotImplementedError

    def destroy(self, name: str, node: Node | None) -> None:
        """An object of a class defined here goes out of scope (see endings.py)."""
        raise NotImplementedError


def _is_last(node: Node) -> bool:
    """Whether a return is the end of its function's body: there is no other way out behind it."""
    around = node.parent.parent if node.parent is not None else None
    whole = around is not None and around.type in ("function_definition", "lambda_expression")
    return whole and node.next_named_sibling is None
