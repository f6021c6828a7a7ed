"""What conditions decide: the thread, its iteration, shared data; and which ways end a program."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from tree_sitter import Node

from reviewbot.code.events import Guard, Held
from reviewbot.code.flow import Flow
from reviewbot.code.parse import text_of
from reviewbot.code.words import words

# Calls that do not come back: what follows is the way on which they were not made.
ENDS = frozenset(
    words(
        """exit _exit _Exit quick_exit abort std::exit std::abort std::terminate pthread_exit
    thrd_exit longjmp siglongjmp err errx verr verrx __builtin_unreachable __builtin_trap
    __assert_fail"""
    )
)
_ENDING = re.compile(r"\b(?:" + "|".join(sorted(ENDS)) + r")\s*\(")
_HEEDED = re.compile(
    r"\(?(?P<not>!?)\(*(?:\w+=)?(?:pthread_\w+_|mtx_)\w{0,2}lock\([^()]*\)\)*"
    r"(?P<test>[=!]=(?:0|thrd_success|thrd_error)|[<>]0)?\)?"
)
_KEPT = re.compile(
    r"\(?(?P<not>!?)(?P<name>\w+)(?P<test>[=!]=(?:0|thrd_success|thrd_error)|[<>]0)?\)?"
)
# Operations of which many numbers have the result 0: `!(i & 1)`, `!(id / 2)`.
_OF_MANY = re.compile(r"/|>>|[\w)\]]&(?!&)")

_OPPOSITES = (("tid-eq", "tid-ne"), ("pv-eq", "pv-ne"), ("alone", "not-alone"))
_FLIPPED = dict(_OPPOSITES) | {other: one for one, other in _OPPOSITES}


# What a condition may depend on, from what leaves one thread to what chooses none.
KINDS = (
    *("alone", "tid-eq", "tid-ne", "tid", "pv-eq", "pv-ne", "pv", "shared", "other"),
    "not-alone",
)


def ends_program(text: str) -> bool:
    """Whether a branch leaves by a call that does not come back."""
    return _ENDING.search(text) is not None


def asked_by(node: Node | None) -> str:
    """The text of a condition, without the statement before it: `if (init; x)`."""
    if node is None or node.child_by_field_name("initializer") is None:
        return text_of(node) if node is not None else ""
    value = node.child_by_field_name("value")
    return f"({text_of(value)})" if value is not None else ""


def asks_alone(loop: Node) -> bool:
    """Whether a for loop is a while loop by another name: `for (; c; )`."""
    if loop.child_by_field_name("condition") is None:
        return False
    return not any(loop.child_by_field_name(part) for part in ("initializer", "update"))


def negated(guard: Guard) -> Guard:
    """The guard of the other branch."""
    return Guard(
        _other(guard),
        guard.keys,
        guard.line,
        guard.text,
        guard.form,
        not guard.holds,
        guard.kind if guard.refused else "",
        guard.otherwise,
        guard.nought,
    )


def _other(guard: Guard) -> str:
    return guard.refused or _FLIPPED.get(guard.kind, guard.kind)


def chooses_turn(guard: Guard) -> bool:
    """Whether a condition asks for one value of a loop's variable: `if (i != last) continue;`."""
    return any("seq" in form.marks for form in guard.nought + guard.otherwise)


def joined(left: Guard, right: Guard, whole: Guard, *, both: bool) -> Guard:
    """The guard of `left && right`, or of `left || right`, of which `whole` has the text."""
    kinds, others = (left.kind, right.kind), (_other(left), _other(right))
    if both:
        whole = replace(whole, kind=_strongest(kinds), refused=_either(others))
        return replace(whole, nought=left.nought + right.nought)
    whole = replace(whole, kind=_either(kinds), refused=_strongest(others))
    return replace(whole, otherwise=left.otherwise + right.otherwise)


def _strongest(kinds: tuple[str, str]) -> str:
    """What two conditions say that hold at once: that which leaves the fewest."""
    return min(kinds, key=KINDS.index)


def _either(kinds: tuple[str, str]) -> str:
    """What two conditions say of which one holds: `id == 0 || full` lets others through."""
    first, second = (kind.removesuffix("-eq") for kind in kinds)
    if first == second or {kinds[0][:2], kinds[1][:2]} <= {"ti", "pv"}:
        return _strongest((first, second))
    return max(kinds, key=KINDS.index)


def guard_kind(marks: frozenset[str], keys: frozenset[str], text: str) -> str:
    """What a condition depends on: the thread's number, its iteration, shared data, or nothing."""
    if "BARRIER_SERIAL_THREAD" in text:
        if re.search(r"<|(?<!-)>", text):
            return "tid"
        return "tid-ne" if "!=" in text else "tid-eq"
    if "serial" in marks:  # kept from a barrier: true for the one thread that POSIX chooses
        bare = re.sub(r"\s", "", text).strip("()")
        return "tid-ne" if bare.startswith("!") or "==0" in bare else "tid-eq"
    for mark, name in (("tid", "tid"), ("targ", "tid"), ("pv", "pv")):
        if mark in marks:
            bare = re.sub(r"\s", "", text).strip("()")
            if marks & {"call", "mem", "ticket"}:
                break  # a number that was computed from it chooses no one thread
            if any("==" in part and "%" not in part for part in text.split("&&")):
                # `turn == id` in a loop over turns lets every thread through, one after another.
                return name if "seq" in marks and name == "tid" else f"{name}-eq"
            if "%" in text:
                return name
            if bare.startswith("!"):
                return name if _OF_MANY.search(bare) else f"{name}-eq"
            return f"{name}-ne" if "!=" in text or bare.isidentifier() else name
    return "shared" if keys else "other"


def lets_one(guards: Iterable[Guard]) -> str:
    """The test that lets one thread or one iteration through, "" if there is none.

    `id == 0` of `id == 0 && n > most`, and of what is done unless `id != 0`.
    """
    found = next((g for g in guards if g.kind in ("tid-eq", "pv-eq")), None)
    if found is None:
        return ""
    parts = [part.strip("()") for part in re.split(r"&&|\|\|", found.text)]
    sign = "==" if found.holds else "!="
    return next((p.replace(sign, "==") for p in parts if sign in p and "%" not in p), found.text)


def sure(lock: Held) -> Held:
    """The lock where its holding was found to be certain."""
    return replace(lock, certain=True, when="")


def told(flow: Flow, condition: str) -> tuple[list[Held], list[Held]]:
    """(locks held where a condition holds that was asked before, and where not), now of no flow."""
    asked = [n for n, held in flow.locks.items() if held.when == f"if:{condition}"]
    names = [n for n in asked if flow.locks[n].ways]  # none where a pointer was moved on since
    here, there = (
        zip(*(flow.locks.pop(name).ways for name in names), strict=True) if names else ((), ())
    )
    return [sure(lock) for lock in here if lock], [sure(lock) for lock in there if lock]


def parts(name: str, held: Held, then: Flow, other: Flow) -> bool:
    """Whether a lock by that name is held on one of two ways alone, or another lock on each."""
    return held.strays if held.certain else (name in then.locks) != (name in other.locks)


def heeded(flow: Flow, known: frozenset[str], condition: str) -> tuple[list[Held], bool]:
    """Locks that a condition took whose answer it tests, now out of the flow; if true is success.

    `if (pthread_mutex_lock(&m)) …`: where it failed nothing is held.
    """
    fresh = [key for key in flow.locks if key not in known] if flow.locks else []
    match = _HEEDED.fullmatch(condition) if fresh else None
    if match is None:
        match = _KEPT.fullmatch(condition) if flow.locks else None
        when = f"{match['name']}=0" if match is not None else ""
        fresh = [key for key, h in flow.locks.items() if h.certain and h.when == when]
    if match is None or not fresh:
        return [], False
    success = (match["test"] or "").startswith("==") and "error" not in match["test"]
    return [flow.locks.pop(key) for key in fresh], success or bool(match["not"])


def stay(locks: list[Held], success: Flow, failure: Flow) -> None:
    """After a failure that was told and nothing more, the lock is taken to be held as usual."""
    for lock in locks:
        if not success.dead and success.locks.get(lock.key) is lock:
            failure.locks.setdefault(lock.key, lock)
