"""Locks as the walk holds them: several of one kind, and those taken along a list hand over hand.

`lock(&next->m); unlock(&cur->m); cur = next;` leaves the lock of what `cur` points to now. The lock
of the object next in the list is not that of the object itself, whichever pointer leads there.
"""

from __future__ import annotations

import functools
import re
from dataclasses import replace

from reviewbot.code.events import BESIDE, IDLE, Held
from reviewbot.code.listed import Listed
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import Path, opaque

# Of SDL's mutexes each may be taken again by its holder, as of Windows' critical sections.
_REENTRANT = re.compile(
    r"(?i)recursive|nest_lock|CRITICAL_?SECTION|\bSDL_(?:Lock|Create)?Mutex\b|rec_?mutex|RecMutex"
)
_HELD = 8  # locks, the last ones taken, whose numbers are looked at


class Coupled(Listed):
    """Knows which locks are held, and by which pointers their objects are reached."""

    def hold(self, held: Held) -> str:
        """Note a lock as held, beside others of its kind; the name by which to give it back."""
        if held.kind == IDLE:
            return f"{held.key}{BESIDE}{IDLE}"
        name, before = held.key, self.flow.locks.get(held.key)
        both = before is not None and before.certain and held.certain
        if before is not None and both and (_which(before) != _which(held) or self._reentrant):
            name = f"{held.key}{BESIDE}{len(self.flow.locks)}"
        self.flow.locks[name] = held
        self.locked = self.order
        return name

    def release(self, held: Held) -> None:
        """A lock is given back: its own last holding, or if none is its own, any of that key."""
        locks = self.flow.locks
        if len(locks) < 2:
            return self.given_back(
                next((n for n, h in locks.items() if h.key == held.key), held.key)
            )
        like = [n for n, h in reversed(locks.items()) if h.key == held.key]
        own = [n for n in like if _which(locks[n]) == _which(held)]
        name = (own or like or [held.key])[0]
        sure = bool(own) and locks[name].certain
        self.given_back(name)
        for other in own or like:  # nobody knows which of the holdings is over
            if other != name:
                kept = locks[other]
                locks[other] = replace(kept, certain=kept.certain and sure, taken=0)
        if len(like) == 2 and own:
            self._left_alone(held.key, next(n for n in like if n != name))
        return None

    def _left_alone(self, key: str, name: str) -> None:
        """The last of several locks of a kind is known by the name of the only one, as before."""
        ends = any(("lock", name) in block for block in self.cleanups)
        if name != key and not ends and key not in self.flow.locks:
            self.flow.locks[key] = self.flow.locks.pop(name)

    def given_back(self, name: str) -> None:
        """A lock is held no longer; who had it before us is known to have been there."""
        held = self.flow.locks.pop(name, None)
        if held is not None and held.certain:
            self.flow.passed |= {held.key}

    def moved_from(self, pointer: Symbol, target: Path | None, was: int) -> None:
        """Locks that were reached through a pointer which now points elsewhere.

        Those of the object that it points to now are reached through it from here on; the others
        through what stands for where it pointed, of the serial `was`, if anything does.
        """
        root, way = (target.root.serial, target.way) if target is not None else (0, ())
        for name, held in self.flow.locks.items():
            if target is not None and held.root == root and held.way == way and not held.form.terms:
                self.flow.locks[name] = replace(held, root=pointer.serial, way=(), ways=())
            elif held.root == pointer.serial:
                self.flow.locks[name] = replace(held, root=was or -self.fresh_serial(), ways=())

    def chosen_anew(self, symbol: Symbol) -> None:
        """A number gets another value: the locks that it chose keep the number that it was."""
        name = f"{symbol.name}@{symbol.offset}"
        for key, held in list(self.flow.locks.items())[-_HELD:]:
            if held.form.terms and name in held.form.names:
                form = held.form.replaced((name,), opaque(f"{name} before", held.form.marks))
                self.flow.locks[key] = replace(held, form=form)

    @functools.cached_property
    def _reentrant(self) -> bool:
        """Whether there are locks here that their holder may take again."""
        return _REENTRANT.search(self.text) is not None


def _which(held: Held) -> tuple[object, ...]:
    """What tells a lock from others of its key."""
    return held.root, held.form, held.way
