"""Locks that are left out, taken too late, let go too early, or the wrong ones."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from model_export.mutations.core import Effect, Mutation, Site
from model_export.mutations.locking import (
    LockPair,
    jumps,
    lock_of,
    lock_pairs,
    written_in,
)
from model_export.mutations.program import ParsedProgram
from model_export.mutations.rewrite import (
    after,
    before,
    fresh,
    remove_statement,
    replace,
    site,
)
from reviewbot.fixes.edits import Edit

PAIR = """static pthread_mutex_t m;
static int n, peak;
void *f(void *p) {
  pthread_mutex_lock(&m);
  n++;
  peak = n;
  pthread_mutex_unlock(&m);
  return p;
}
"""


BARE = PAIR.replace("  pthread_mutex_lock(&m);\n", "").replace("  pthread_mutex_unlock(&m);\n", "")


class RemoveLock(Mutation):
    """A lock and its unlock go."""

    expects = Effect.MAY_RACE
    before = PAIR
    after = BARE
    silent = BARE

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every pair, but around a wait, which needs its lock."""
        for pair in lock_pairs(program):
            if not jumps(pair.between, program):
                yield site(
                    program,
                    pair.opening,
                    written_in(program, pair.between),
                    remove_statement(program, pair.opening),
                    remove_statement(program, pair.closing),
                )


class UnlockEarly(Mutation):
    """The unlock stands one statement too early."""

    expects = Effect.MAY_RACE
    before = PAIR
    after = BARE.replace(
        "  n++;\n", "  pthread_mutex_lock(&m);\n  n++;\n  pthread_mutex_unlock(&m);\n"
    )
    silent = PAIR.replace("  peak = n;\n", "")

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every pair with several statements between."""
        for pair in lock_pairs(program):
            if len(pair.between) > 1 and _movable(program, pair.between[-1]):
                closing = program.source(pair.closing)
                yield site(
                    program,
                    pair.closing,
                    written_in(program, pair.between[-1:]),
                    before(program, pair.between[-1], closing),
                    remove_statement(program, pair.closing),
                )


def _movable(program: ParsedProgram, node: Node) -> bool:
    return not jumps((node,), program) and not program.pragmas_of(node)


class LockLate(Mutation):
    """The lock is taken one statement too late."""

    expects = Effect.MAY_RACE
    before = PAIR
    after = BARE.replace(
        "  peak = n;\n", "  pthread_mutex_lock(&m);\n  peak = n;\n  pthread_mutex_unlock(&m);\n"
    )
    silent = UnlockEarly.silent

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every pair with several statements between."""
        for pair in lock_pairs(program):
            if len(pair.between) > 1 and _movable(program, pair.between[0]):
                yield site(
                    program,
                    pair.opening,
                    written_in(program, pair.between[:1]),
                    remove_statement(program, pair.opening),
                    after(program, pair.between[0], program.source(pair.opening)),
                )


class WrongLock(Mutation):
    """One path takes another lock than the others."""

    expects = Effect.MAY_RACE
    before = """static pthread_mutex_t in_lock, out_lock;
static int n;
void f(void) {
  pthread_mutex_lock(&in_lock);
  n++;
  pthread_mutex_unlock(&in_lock);
}
"""
    after = before.replace("&in_lock", "&out_lock")
    silent = PAIR

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every pair whose lock has a sister of the same type, declared in the same place."""
        for pair in lock_pairs(program):
            for sister in _sisters(program, pair.opening, pair.lock):
                if not jumps(pair.between, program):
                    edits = _other_lock(program, pair, sister)
                    yield site(program, pair.opening, written_in(program, pair.between), *edits)


def _sisters(program: ParsedProgram, at: Node, lock: str) -> list[str]:
    """Locks like this one, by name."""
    name = lock_of(lock)
    mine = program.resolve(name, at) or program.fields.get(name)
    if mine is None:
        return []
    return [
        other.name
        for other in program.variables
        if other.type == mine.type
        and other.scope.id == mine.scope.id
        and other.name != name
        and other.shape.replace(other.name, "") == mine.shape.replace(name, "")
        and other.kind != "parameter"
    ]


def _other_lock(program: ParsedProgram, pair: LockPair, name: str) -> tuple[Edit, ...]:
    old, place = lock_of(pair.lock), re.compile(rf"\b{lock_of(pair.lock)}\b(?!\()")
    return tuple(
        replace(node, place.sub(name, program.source(node), count=1))
        for node in (pair.opening, pair.closing)
        if old != name
    )


class OwnLock(Mutation):
    """Each call takes a lock of its own, which nobody else can hold."""

    expects = Effect.MAY_RACE
    before = PAIR
    after = PAIR.replace("&m)", "&gate)").replace(
        "p) {\n", "p) {\n  pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;\n"
    )
    silent = BARE
    storage = ""

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every pair on a pthread mutex."""
        for pair in lock_pairs(program):
            if pair.call == "pthread_mutex_lock" and not jumps(pair.between, program):
                name = fresh(program, "lock")
                line = f"{self.storage}pthread_mutex_t {name} = PTHREAD_MUTEX_INITIALIZER;"
                yield site(
                    program,
                    pair.opening,
                    written_in(program, pair.between),
                    before(program, pair.opening, line),
                    replace(pair.opening, f"pthread_mutex_lock(&{name});"),
                    replace(pair.closing, f"pthread_mutex_unlock(&{name});"),
                )


class StaticOwnLock(OwnLock):
    """One path takes a lock that only this path knows, yet all threads on it share it."""

    expects = Effect.KEEPS_CLEAN
    after = OwnLock.after.replace("  pthread_mutex_t gate", "  static pthread_mutex_t gate")
    storage = "static "


class ReadLockForWrite(Mutation):
    """A writer takes the lock as a reader."""

    expects = Effect.MAY_RACE
    before = """static pthread_rwlock_t l;
static int n;
void f(void) {
  pthread_rwlock_wrlock(&l);
  n++;
  pthread_rwlock_unlock(&l);
}
"""
    after = before.replace("wrlock", "rdlock")
    silent = after
    swap = ("pthread_rwlock_wrlock", "pthread_rwlock_rdlock")

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every such call."""
        for call in program.of("call_expression"):
            callee = call.child_by_field_name("function")
            if callee is not None and program.source(callee) == self.swap[0]:
                pairs = (p for p in lock_pairs(program) if _holds(p.opening, call))
                target = next((written_in(program, pair.between) for pair in pairs), None)
                yield site(program, call, target, replace(callee, self.swap[1]))


def _holds(outer: Node, inner: Node) -> bool:
    return outer.start_byte <= inner.start_byte < outer.end_byte


class WriteLockForRead(ReadLockForWrite):
    """A reader takes the lock as a writer."""

    expects = Effect.FIXES
    before = ReadLockForWrite.after
    after = ReadLockForWrite.before
    silent = ReadLockForWrite.before
    swap = ("pthread_rwlock_rdlock", "pthread_rwlock_wrlock")


class TrylockIgnored(Mutation):
    """The lock is only tried for, and nobody looks whether it was had."""

    expects = Effect.MAY_RACE
    before = PAIR
    after = PAIR.replace("mutex_lock", "mutex_trylock")
    silent = BARE

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every plain call that can be tried."""
        for pair in lock_pairs(program):
            tried = pair.call.replace("_lock", "_trylock").replace("wrlock", "trywrlock")
            known = re.match(r"pthread_(?:mutex|spin)_lock$|mtx_lock$", pair.call)
            if known and not jumps(pair.between, program):
                text = program.source(pair.opening).replace(pair.call, tried, 1)
                target = written_in(program, pair.between)
                yield site(program, pair.opening, target, replace(pair.opening, text))
