"""Which parallel constructs a program uses, by name."""

from __future__ import annotations

import re
from collections.abc import Mapping

from model_export.mutations.pragmas import Pragma, read_pragmas
from reviewbot.code.words import words

_CODE = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.DOTALL)

# What a directive is called for each word of its name; `for` of `parallel for` counts as both.
_DIRECTIVES = words(
    """
    parallel for sections single critical atomic barrier ordered task taskloop taskwait taskgroup
    simd target teams distribute threadprivate flush loop scan cancel
    """
)
_CLAUSES: Mapping[str, str] = {
    "reduction": "reduction",
    "in_reduction": "task reduction",
    "task_reduction": "task reduction",
    "depend": "depend",
    "doacross": "doacross",
    "nowait": "nowait",
    "private": "private",
    "firstprivate": "firstprivate",
    "lastprivate": "lastprivate",
    "copyprivate": "copyprivate",
    "copyin": "copyin",
    "linear": "linear",
    "collapse": "collapse",
    "safelen": "safelen",
    "mergeable": "mergeable",
}

# What is no directive, by what stands in the code. Each list hangs on a text without which none of
# it is there: looking for a plain text costs a twentieth of looking for a pattern.
_CALLS: Mapping[str, Mapping[str, re.Pattern[str]]] = {
    needle: {name: re.compile(pattern) for name, pattern in patterns.items()}
    for needle, patterns in {
        "omp_": {"omp lock": r"\bomp_\w*set_(?:nest_)?lock\b"},
        "pthread_": {
            "pthread_create": r"\bpthread_create\b",
            "pthread_join": r"\bpthread_join\b",
            "pthread mutex": r"\bpthread_mutex_(?:try|timed)?lock\b",
            "pthread rwlock": r"\bpthread_rwlock_\w*lock\b",
            "pthread cond": r"\bpthread_cond_(?:timed)?wait\b",
            "pthread barrier": r"\bpthread_barrier_wait\b",
            "pthread once": r"\bpthread_once\b",
            "pthread spin": r"\bpthread_spin_\w*lock\b",
        },
        "sem_": {"semaphore": r"\bsem_(?:wait|trywait|timedwait)\b"},
        "thrd_": {"C11 threads": r"\bthrd_create\b"},
        "mtx_": {"C11 mutex": r"\bmtx_(?:try|timed)?lock\b"},
        "cnd_": {"C11 condition": r"\bcnd_(?:timed)?wait\b"},
        "call_once": {"C11 once": r"(?<!std::)\bcall_once\b(?=[^;]*ONCE_FLAG|\s*\(\s*&)"},
        "std::": {
            "semaphore": r"\bstd::(?:counting|binary)_semaphore\b",
            "std::thread": r"\bstd::thread\b",
            "std::jthread": r"\bstd::jthread\b",
            "std::async": r"\bstd::async\b",
            "std::promise": r"\bstd::(?:promise|packaged_task)\b",
            "std::mutex": r"\bstd::(?:recursive_|timed_)*mutex\b",
            "std::shared_mutex": r"\bstd::shared_(?:timed_)?mutex\b",
            "condition_variable": r"\bstd::condition_variable\w*",
            "std::call_once": r"\bstd::call_once\b",
            "std::barrier": r"\bstd::(?:barrier|latch)\b",
            "std::atomic": r"\bstd::atomic\b|\bstd::atomic_(?!thread_fence|signal_fence)\w+",
        },
        "lock": {"lock guard": r"\b(?:lock_guard|unique_lock|scoped_lock|shared_lock)\b"},
        "_Atomic": {"C11 atomics": r"\b_Atomic\b"},
        "atomic_": {
            "C11 atomics": r"(?<!::)\batomic_(?!thread_fence|flag)\w+",
            "atomic builtins": r"\b__atomic_\w+",
            "atomic_flag": r"\batomic_flag\w*",
            "fence": r"\batomic_(?:thread|signal)_fence\b",
        },
        "__sync_": {
            "atomic builtins": r"\b__sync_\w+",
            "fence": r"\b__sync_synchronize\b",
        },
        "memory_order": {
            "relaxed": r"\bmemory_order(?:_|::)relaxed\b",
            "acquire/release": r"\bmemory_order(?:_|::)(?:acquire|release|acq_rel|consume)\b",
            "seq_cst": r"\bmemory_order(?:_|::)seq_cst\b",
        },
        "__ATOMIC_": {
            "relaxed": r"\b__ATOMIC_RELAXED\b",
            "acquire/release": r"\b__ATOMIC_(?:ACQUIRE|RELEASE|ACQ_REL|CONSUME)\b",
            "seq_cst": r"\b__ATOMIC_SEQ_CST\b",
        },
        "hread": {"thread_local": r"\b(?:_Thread_local|thread_local|__thread)\b"},
        "volatile": {"volatile": r"\bvolatile\b"},
        "detach": {"detach": r"\b(?:pthread_detach|thrd_detach)\b|\.detach\s*\("},
    }.items()
}


def constructs(source: str) -> frozenset[str]:
    """The constructs that a program's code uses; comments and strings do not count."""
    code = _CODE.sub(" ", source)
    likely = (patterns for needle, patterns in _CALLS.items() if needle in code)
    found = {name for patterns in likely for name, p in patterns.items() if p.search(code)}
    for pragma in read_pragmas(code):
        found.update(_of_directive(pragma))
    return frozenset(found)


def _of_directive(pragma: Pragma) -> set[str]:
    """A directive's words and the clauses that decide who shares what."""
    named = pragma.name.replace("masked", "master").split()
    found = {f"omp {word}" for word in (*_DIRECTIVES, "master") if word in named}
    if {"parallel", "for"} <= set(named):
        found.add("omp parallel for")
    if "declare" in named:
        found = {"omp declare"}
    found |= {f"omp {_CLAUSES[c.name]}" for c in pragma.clauses if c.name in _CLAUSES}
    schedule = pragma.clause("schedule")
    if schedule is not None:
        kind = re.search(r"static|dynamic|guided|runtime|auto", schedule.arguments)
        found |= {f"omp schedule({kind[0]})"} if kind else set()
    return found
