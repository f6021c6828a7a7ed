"""Slices: the lines that decide about an object, as tokens in which names are replaced by roles."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from functools import partial

from reviewbot.code.events import REACHING_CALL, Event, Scope
from reviewbot.code.pairs import Candidate, Shared
from reviewbot.code.parse import Parsed
from reviewbot.code.words import words
from reviewbot.lazy import Lazy
from reviewbot.records import Access, AccessPair, Link, Mode, Slice, SliceLine

MAX_LINES = 28  # of one slice
MAX_TOKENS = 160  # of one slice: what the model reads, see model/features.py
MAX_LINE_TOKENS = 24
MAX_CALLS = 4  # functions out of sight that a slice names
_TOKEN = re.compile(
    r"[A-Za-z_]\w*|0[xX][0-9a-fA-F]+|\d+\.?\d*(?:[eE][-+]?\d+)?[uUlLfF]*|\"(?:\\.|[^\"\\\n])*\""
    r"|'(?:\\.|[^'\\\n])*'|->|\+\+|--|<<|>>|[-+*/%&|^<>=!]=|&&|\|\||::|[^\s\w]"
)
_KEPT = frozenset(
    words(
        """if else for while do return break continue goto switch case default static const volatile
    struct class int long unsigned double float char void bool auto size_t atomic _Atomic
    thread_local __thread extern inline new delete this try catch throw std thread jthread mutex
    lock_guard unique_lock scoped_lock shared_lock async future memory_order
    memory_order_relaxed memory_order_acquire memory_order_release memory_order_acq_rel
    memory_order_seq_cst load store fetch_add fetch_sub exchange compare_exchange_strong
    compare_exchange_weak push_back emplace_back insert erase clear size begin end find wait
    notify_one notify_all join detach get lock unlock try_lock lock_shared unlock_shared malloc
    calloc free omp pragma parallel sections section single master masked critical barrier flush
    ordered task taskloop taskwait taskgroup simd target teams distribute private firstprivate
    lastprivate shared reduction nowait collapse schedule dynamic guided depend in out inout
    num_threads linear read write update capture seq_cst relaxed acquire release copyprivate
    threadprivate none sink source doacross nogroup untied final safelen map tofrom from to
    num_teams omp_get_thread_num omp_get_num_threads omp_set_lock omp_unset_lock omp_test_lock
    pthread_create pthread_join pthread_mutex_lock pthread_mutex_unlock pthread_mutex_trylock
    pthread_rwlock_rdlock pthread_rwlock_wrlock pthread_rwlock_unlock pthread_spin_lock
    pthread_spin_unlock pthread_cond_wait pthread_cond_signal pthread_cond_broadcast
    pthread_barrier_wait pthread_once pthread_self mtx_lock mtx_unlock thrd_create thrd_join
    cnd_wait cnd_signal cnd_broadcast sem_wait sem_post call_once condition_variable atomic_load
    atomic_store atomic_fetch_add atomic_fetch_sub atomic_exchange atomic_load_explicit
    atomic_store_explicit atomic_fetch_add_explicit atomic_compare_exchange_strong latch
    counting_semaphore __atomic_load_n __atomic_store_n __atomic_fetch_add __sync_fetch_and_add
    __sync_bool_compare_and_swap __ATOMIC_RELAXED __ATOMIC_ACQUIRE __ATOMIC_RELEASE
    __ATOMIC_SEQ_CST memcpy memset printf NULL nullptr true false operator vector map string
    unordered_map pair"""
    )
)


class Slicer:
    """Builds the records of one file's slices."""

    def __init__(self, parsed: Parsed) -> None:
        self._parsed = parsed
        self._translation = parsed.translation
        self._lines = parsed.translation.source.split("\n")
        self._words: dict[int, list[str]] = {}  # the words of each line that some slice holds

    def slice(self, scope: Scope, shared: Shared) -> Slice:
        """The slice of one object in one scope."""
        places = {
            event.order: event for c in shared.pairs for event in (c.first, c.second)
        }  # an access is in many pairs
        accesses = {order: self._access(event) for order, event in places.items()}
        pairs = tuple([self._pair(scope, candidate, accesses) for candidate in shared.pairs])
        unresolved = scope.unresolved - {REACHING_CALL}
        first = shared.pairs[0].first
        party = scope.parties[first.party]
        return Slice(
            path=self._parsed.path,
            object=self._name(first),
            function=scope.function or first.function,
            construct_line=scope.line if scope.kind != "threads" else party.line,
            construct_end_line=scope.end_line if scope.kind != "threads" else party.end_line,
            construct_kind=scope.construct if scope.kind != "threads" else party.construct,
            lines=Lazy(lambda: self._fitting(self._wanted(scope, shared), self._roles(shared))),
            pairs=pairs,
            unresolved=_few(sorted(unresolved)),
        )

    def _fitting(self, wanted: dict[int, int], roles: dict[str, str]) -> tuple[SliceLine, ...]:
        """The most wanted lines that fit the model's input, as they stand in the file."""
        lines: dict[int, tuple[str, ...]] = {}
        used = 0
        for number in sorted(wanted, key=lambda number: (wanted[number], number)):
            tokens = self._tokens(number, roles)
            if used + len(tokens) + 1 > MAX_TOKENS or len(lines) == MAX_LINES:
                break
            lines[number] = tokens
            used += len(tokens) + 1
        return tuple(SliceLine(line=n, tokens=lines[n]) for n in sorted(lines))

    # --- lines ----------------------------------------

    def _wanted(self, scope: Scope, shared: Shared) -> dict[int, int]:
        """Line → rank; the lines of the pairs come first, context after."""
        wanted: dict[int, int] = {}

        def want(line: int, rank: int) -> None:
            if 0 < line <= len(self._lines):
                wanted[line] = min(rank, wanted.get(line, 99))

        for candidate in shared.pairs:
            for event in (candidate.first, candidate.second):
                want(self._line(event.offset), 0)
                self._context(event, want)
        for event in shared.events:
            want(self._line(event.offset), 3)
        if scope.kind != "threads":
            want(scope.line, 1)
        declared = shared.pairs[0].first.path.root.offset
        if declared >= 0 and shared.pairs[0].first.path.root.storage != "this":
            want(self._line(declared), 2)
        near = [line for line in wanted if wanted[line] == 0]
        for line, _ in scope.sync_lines:
            if min(near, default=0) - 30 <= line <= max(near, default=0) + 30:
                want(line, 4)
        for party in scope.parties.values():
            want(party.line, 5)
        return wanted

    def _context(self, event: Event, want) -> None:  # type: ignore[no-untyped-def]
        for lock in event.locks:
            want(lock.line, 1)
        for frame in event.frames:
            want(frame.line, 1)
        for guard in event.guards[-3:]:
            want(guard.line, 2)
        for loop in event.loops[-2:]:
            want(loop.line, 2)
        for wait in event.waits[-3:]:
            want(wait.line, 2)
        for call in event.calls[-2:]:
            want(call, 3)

    def _line(self, offset: int) -> int:
        return self._translation.line(offset)

    # --- tokens ----------------------------------------

    def _roles(self, shared: Shared) -> dict[str, str]:
        roles: dict[str, str] = {}
        event = shared.pairs[0].first
        for element in event.path.elements:
            if element.field:
                roles[element.field] = "FIELD"
        for loop in (loop for e in shared.events for loop in e.loops):
            if loop.name:
                roles.setdefault(loop.name.split("@")[0], "PV" if loop.shared else "SV")
        for lock in (lock for e in shared.events for lock in e.locks):
            name = re.sub(r"@-?\d+", "", lock.key).split(".")[-1].replace("[]", "")
            if name and ":" not in name:
                roles.setdefault(
                    name, f"LOCK{min(len([r for r in roles.values() if r.startswith('LOCK')]), 3)}"
                )
        if event.path.elements and event.path.elements[-1].field:
            roles[event.path.elements[-1].field] = "OBJ"
            if event.path.root.name != "this":
                roles.setdefault(event.path.root.name, "BASE")
        else:
            roles[event.path.root.name] = "OBJ"
        return roles

    def _tokens(self, line: int, roles: dict[str, str]) -> tuple[str, ...]:
        words = self._words.get(line)
        if words is None:
            text = re.sub(r"//.*|/\*.*?(\*/|$)", " ", self._lines[line - 1])
            words = self._words[line] = _TOKEN.findall(text)[:MAX_LINE_TOKENS]
        return tuple([roles.get(word) or _plain_role(word) for word in words])

    # --- pairs ----------------------------------------

    def _pair(
        self, scope: Scope, candidate: Candidate, accesses: Mapping[int, Access]
    ) -> AccessPair:
        first, second = candidate.first, candidate.second
        return AccessPair(
            first=accesses[first.order],
            second=accesses[second.order],
            relations=candidate.relations,
            evidence=Lazy(partial(self._evidence, scope, first, second)),
        )

    def _access(self, event: Event) -> Access:
        translation = self._translation
        start, end = (
            translation.origin(event.offset),
            translation.origin(max(event.end - 1, event.offset)) + 1,
        )
        line, column = translation.position(start)
        width = min(max(end - start, 1), max(len(self._lines[line - 1].rstrip()) - column + 1, 1))
        text = (
            translation.source[start : start + width]
            if end - start <= 120
            else self._lines[line - 1][column - 1 : column + 60]
        )
        return Access(
            path=self._parsed.path,
            line=line,
            column=column,
            end_column=column + width,
            mode=Mode.READ if event.mode == "read" else Mode.WRITE,
            atomic=event.atomic not in ("", "volatile"),
            text=text.split("\n")[0],
            function=event.function,
        )

    def _name(self, event: Event) -> str:
        parts = [event.path.root.name]
        for index, element in enumerate(event.path.elements):
            following = (
                event.path.elements[index + 1].field if index + 1 < len(event.path.elements) else ""
            )
            if element.field:
                parts.append(("" if parts[-1].endswith("->") else ".") + element.field)
            elif (
                following
                and element.form.is_constant
                and not element.form.constant
                and index == 0
                and not event.path.root.array
            ):
                parts.append("->")
            else:
                parts.append("[]")
        return "".join(parts)

    def _evidence(
        self, scope: Scope, first: Event, second: Event
    ) -> Sequence[tuple[Link, tuple[int, ...]]]:
        a, b = self._line(first.offset), self._line(second.offset)
        parties = [scope.parties[first.party].line, scope.parties[second.party].line]
        frames = [f.line for e in (second, first) for f in e.frames[-1:]]
        declared = first.path.root.offset
        home = self._line(declared) if declared >= 0 and first.path.root.storage != "this" else a
        ordering = [w.line for e in (second, first) for w in e.waits[-1:]]
        barriers = [n for n in sorted(scope.barriers) if min(a, b) <= n <= max(a, b)]
        locks = [lock.line for e in (first, second) for lock in e.locks]
        return [
            (Link.CONCURRENT, _lines(frames, parties, [scope.line])),
            (Link.SAME_LOCATION, _lines([home], [a])),
            (Link.CONFLICTING, _lines([a], [b])),
            (Link.UNORDERED, _lines(barriers, ordering, [b])),
            (Link.UNPROTECTED, _lines(locks, [b], [a])),
        ]


@functools.lru_cache(maxsize=8192)
def _plain_role(token: str) -> str:
    """What stands for a word that has no role in the slice."""
    if token in _KEPT or not (token[0].isalnum() or token[0] in "_\"'"):
        return token if token.isascii() else "OTHER"
    if token[0].isdigit():
        return token if token in ("0", "1", "2") else "NUM"
    if token[0] in "\"'":
        return "STR"
    return _habit(token)


def _few(notes: list[str]) -> tuple[str, ...]:
    """At most MAX_CALLS names of unread functions; a long list helps nobody."""
    calls = [note for note in notes if note.startswith("call:")]
    others = [note for note in notes if not note.startswith("call:")]
    if len(calls) > MAX_CALLS:
        calls = [*calls[:MAX_CALLS], f"call:and {len(calls) - MAX_CALLS} more"]
    return (*others, *calls)


def _lines(*groups: list[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(n for group in groups for n in group if n > 0))[:4]


def _habit(name: str) -> str:
    """What a name's habit says: locks and threads are named as such nearly everywhere."""
    lower = name.lower()
    for word, role in (
        ("unlock", "UNLOCK"),
        ("lock", "LOCKNAME"),
        ("mutex", "LOCKNAME"),
        ("atomic", "ATOMICNAME"),
        ("thread", "THREADNAME"),
        ("tid", "THREADNAME"),
        ("once", "ONCENAME"),
        ("sem", "SEMNAME"),
        ("cond", "CONDNAME"),
    ):
        if word in lower:
            return role
    return "CONST" if name.isupper() else "NAME"
