"""Which constructs of parallel code a program uses, as words for tables."""

from __future__ import annotations

import re

from model_export.mutations.pragmas import Pragma, read_pragmas

_CLAUSES = ("reduction", "nowait", "depend", "lastprivate", "copyprivate", "collapse", "private")
_CALLS = {
    "pthread mutex": r"\bpthread_mutex_(?:lock|trylock)",
    "pthread rwlock": r"\bpthread_rwlock_\w*(?:rd|wr)lock",
    "pthread condition": r"\bpthread_cond_wait",
    "pthread barrier": r"\bpthread_barrier_wait",
    "pthread once": r"\bpthread_once\b",
    "pthread spin": r"\bpthread_spin_lock",
    "pthread thread": r"\bpthread_create\b",
    "semaphore": r"\bsem_wait\b|std::(?:counting|binary)_semaphore",
    "C11 thread": r"\bthrd_create\b",
    "C11 mutex": r"\bmtx_lock\b",
    "C11 condition": r"\bcnd_wait\b",
    "C11 once": r"\bcall_once\(&",
    "C atomic": r"\batomic_(?:load|store|fetch|exchange|compare)\w*|\b_Atomic\b",
    "std::thread": r"std::j?thread\b",
    "std::async, future": r"std::(?:async|future|promise|packaged_task)",
    "std::mutex": r"std::(?:recursive_|timed_)?mutex",
    "std::shared_mutex": r"std::shared_(?:timed_)?mutex",
    "std::condition_variable": r"std::condition_variable",
    "std::atomic": r"std::atomic",
    "std::latch, barrier": r"std::(?:latch|barrier)\b",
    "std::call_once": r"std::call_once",
    "shared_ptr": r"std::(?:shared_ptr|make_shared)",
    "omp lock": r"\bomp_(?:set|test)(?:_nest)?_lock\b",
    "relaxed order": r"memory_order_relaxed",
    "acquire, release order": r"memory_order_(?:acquire|release|acq_rel)",
}
_COMPILED = {name: re.compile(pattern) for name, pattern in _CALLS.items()}


def constructs(source: str) -> frozenset[str]:
    """The names of the directives, some of their clauses, and of the thread libraries' parts."""
    found = {name for name, pattern in _COMPILED.items() if pattern.search(source)}
    for pragma in read_pragmas(source):
        found.update(_of(pragma))
    return frozenset(found)


def _of(pragma: Pragma) -> set[str]:
    words = set(pragma.name.split())
    found = {"omp declare"} if "declare" in words else {f"omp {word}" for word in words}
    found.update(f"omp … {name}" for name in _CLAUSES if pragma.clause(name))
    schedule = pragma.clause("schedule")
    if schedule:
        kind = re.split(r"[,:]", schedule.arguments)[-1 if ":" in schedule.arguments else 0]
        found.add(f"omp … schedule({kind.strip()})")
    if "for" in words and pragma.clause("ordered"):
        found.add("omp … ordered")
    return found
