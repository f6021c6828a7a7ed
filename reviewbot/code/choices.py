"""Locks that are named by a choice: now one, now another of them is held."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from tree_sitter import Node

from reviewbot.code.events import Held
from reviewbot.code.members import Members
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import Element, Path

_LOCK_LIKE = re.compile(r"(?i)(?:lock|mutex|mtx)\w*(?:\[[^\[\]]*\])?$")
_TAIL = 80  # characters of an argument that tell what it is called
_MOST = 64  # locks of objects picked by a choice
_UNTOLD = frozenset({"", "void", "char", "int", "unsigned", "long"})  # may point to anything


def strays(place: Path) -> bool:
    """Whether a lock is reached by a pointer of one's own that is led to one, then to another."""
    root = place.root
    if root.storage not in ("auto", "param") or not root.pointer or root.reference:
        return False
    chosen = root.value is not None and bool(root.value.either)
    return bool(place.elements) and (chosen or not root.once)


def given_either(place: Path) -> list[Path]:
    """Both places that a parameter may lead to, where its argument chose one: `&x` or `&y`."""
    root = place.root
    if root.storage != "param" or root.value is None or not place.elements:
        return []
    return [Path(t.root, (*t.elements, *place.elements[1:])) for t in root.value.either]


class Choices(Members):
    """What is done to a lock that is one of two."""

    choosing = False  # whether what is taken now is one of several

    @functools.cached_property
    def _by_text(self) -> dict[str, Symbol]:
        return {}

    @functools.cached_property
    def _picked(self) -> dict[tuple[str, Path], Held]:
        """What a lock within one of two objects is, by each of them."""
        return {}

    def held(self, place: Path, node: Node, *, kind: str = "mutex", certain: bool = True) -> Held:
        """The record of a lock on that place (see locks.py)."""
        raise NotImplementedError

    def keep_picked(self, held: Held, place: Path, node: Node) -> Held:
        """Note which lock it is in each of the objects of which one was picked."""
        for target in held.either if len(self._picked) < _MOST else ():
            path = Path(target.root, (*target.elements, *place.elements[1:]))
            self._picked[held.key, target] = self.held(path, node, kind=held.kind)
        return held

    @contextmanager
    def locks_of(self, pointer: Symbol, place: Path) -> Iterator[None]:
        """The locks held where a pointer led to that place: of an object picked, its own lock.

        `B &b = wide ? large : small; lock(b.m); b.n++;` holds `large.m` wherever it is `large.n`.
        """
        before = self.flow.locks
        if any(held.either and held.root == pointer.serial for held in before.values()):
            self.flow.locks = {
                name: self._own(held, pointer, place) for name, held in before.items()
            }
        try:
            yield
        finally:
            self.flow.locks = before

    def _own(self, held: Held, pointer: Symbol, place: Path) -> Held:
        targets = held.either if held.root == pointer.serial else ()
        for target in targets:
            within = place.elements[: len(target.elements)] == target.elements
            picked = self._picked.get((held.key, target))
            if picked is not None and within and place.root is target.root:
                return replace(
                    picked, certain=held.certain, when=held.when, taken=held.taken, line=held.line
                )
        return held

    def lock_key(self, place: Path) -> str:
        """The identity of a lock; one that a pointer was given from out of sight goes by its type.

        `void put(struct pool *p) { pool_lock(p); …` and `take(struct pool *q)` may lock one pool.
        """
        root, key = place.root, self.key(place)
        given = root.storage in ("auto", "param") and root.pointer == 1 and not root.array
        if not given or len(place.elements) != 1 or place.elements[0].field:
            return key
        kind = place.elements[0].kind or root.type
        kind = self.symbols.struct(kind)
        return key if kind in _UNTOLD or place.elements[0].form.terms else f"T:{kind}[]"

    def is_lock_like(self, text: str) -> bool:
        """Whether the end of an argument's text is what locks are called."""
        return _LOCK_LIKE.search(text) is not None and not text.isupper()

    def lock_given(self, index: int, nodes: Sequence[Node]) -> int:
        """Which argument of a project's own call is the lock: `spin_lock(session, &log->lock)`."""
        if index != 0 or len(nodes) < 2:
            return index
        texts = [self._text(node)[-_TAIL:] for node in nodes]
        named = (i for i, text in enumerate(texts) if self.is_lock_like(text))
        return next(named, index)

    def named_lock(self, name: str, *, chosen: bool = False) -> Symbol:
        """The lock that calls tell by this name alone, one and the same at each of them."""
        if name not in self._by_text:
            storage, pointer = ("auto", 1) if chosen else ("global", 0)
            self._by_text[name] = Symbol(name, "mutex", storage, pointer=pointer)
        return self._by_text[name]

    def chosen_lock(self, node: Node) -> Path:
        """The lock that `c ? &x : &y` names: known again by its text, and never one for all."""
        self.expr(node)
        text = "".join(self._text(node).split())
        return Path(self.named_lock(f"lock:{text}", chosen=True)).step(Element())

    def each_of(self, places: Sequence[Path], act: Callable[[Path], None]) -> None:
        """Do to each of several places what is done to one of them."""
        before, self.choosing = self.choosing, True
        for place in places:
            act(place)
        self.choosing = before
