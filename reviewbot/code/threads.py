"""What the calls of thread libraries do: tables of names, read by the walker.

POSIX threads, C11 threads and atomics, C++ standard threads, GCC builtins, and the naming habits
of everybody else's wrappers (`foo_lock(x)` … `foo_unlock(x)`).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Container
from dataclasses import dataclass

from reviewbot.code.words import words


@dataclass(frozen=True, slots=True)
class LockCall:
    """A call that takes or gives back a lock; `argument` is the lock's index, -1 for none."""

    effect: str  # "acquire" | "release" | "try" | "held": it was taken before
    shared: bool = False
    argument: int = 0


_ACQUIRE = words(
    """pthread_mutex_lock pthread_spin_lock pthread_rwlock_wrlock mtx_lock omp_set_lock
    omp_set_nest_lock EnterCriticalSection AcquireSRWLockExclusive g_mutex_lock SDL_LockMutex
    spin_lock spin_lock_irq spin_lock_bh mutex_lock write_lock"""
)
_SHARED = words("pthread_rwlock_rdlock AcquireSRWLockShared read_lock rcu_read_lock")
_RELEASE = words(
    """pthread_mutex_unlock pthread_spin_unlock pthread_rwlock_unlock mtx_unlock omp_unset_lock
    omp_unset_nest_lock LeaveCriticalSection ReleaseSRWLockExclusive ReleaseSRWLockShared
    g_mutex_unlock SDL_UnlockMutex spin_unlock spin_unlock_irq spin_unlock_bh mutex_unlock
    write_unlock read_unlock rcu_read_unlock spin_unlock_irqrestore"""
)
_TRY = words(
    """pthread_mutex_trylock pthread_mutex_timedlock pthread_mutex_clocklock pthread_spin_trylock
    pthread_rwlock_trywrlock pthread_rwlock_timedwrlock mtx_trylock mtx_timedlock omp_test_lock
    omp_test_nest_lock TryEnterCriticalSection mutex_trylock spin_trylock"""
)

LOCK_CALLS: dict[str, LockCall] = {
    **{name: LockCall("acquire") for name in _ACQUIRE},
    **{name: LockCall("acquire", shared=True) for name in _SHARED},
    **{name: LockCall("release") for name in _RELEASE},
    **{name: LockCall("try") for name in _TRY},
    "pthread_rwlock_tryrdlock": LockCall("try", shared=True),
    "pthread_rwlock_timedrdlock": LockCall("try", shared=True),
    "spin_lock_irqsave": LockCall("acquire"),
}
# pthread-style try calls answer 0 on success; these answer true.
TRY_TRUE_ON_SUCCESS = frozenset(
    words("omp_test_lock omp_test_nest_lock TryEnterCriticalSection mutex_trylock spin_trylock")
)

LOCK_METHODS: dict[str, LockCall] = {
    "lock": LockCall("acquire"),
    "Lock": LockCall("acquire"),
    "acquire_lock": LockCall("acquire"),
    "lock_shared": LockCall("acquire", shared=True),
    "ReaderLock": LockCall("acquire", shared=True),
    "unlock": LockCall("release"),
    "Unlock": LockCall("release"),
    "unlock_shared": LockCall("release"),
    "ReaderUnlock": LockCall("release"),
    "AssertHeld": LockCall("held"),
    "try_lock": LockCall("try"),
    "try_lock_for": LockCall("try"),
    "try_lock_until": LockCall("try"),
    "try_lock_shared": LockCall("try", shared=True),
    "try_lock_shared_for": LockCall("try", shared=True),
    "try_lock_shared_until": LockCall("try", shared=True),
}
TIMED_TRIES = re.compile(r"try_lock_(?:shared_)?(?:for|until)$")  # these take how long they wait
_UNLOCK_NAME = re.compile(
    r"(?i)(^|_)(un_?lock|release_?lock|leave_?critical)(_|$)|Unlock$|Unlock[A-Z]"
)
_LOCK_NAME = re.compile(
    r"(?i)(^|_)(lock|acquire_?lock|enter_?critical)(_(irq|bh|irqsave|mutex|global))?$|^LOCK_|^Lock[A-Z]"
    r"|(?-i:(?:^|_)(?:LOCK|MUTEX)_GUARD$|_Lock[A-Z]|(?:^|_)WITH_[A-Z0-9_]{0,60}LOCK)"
)
# Of what is named as a lock: `sqlite3_mutex_enter(m)` … `sqlite3_mutex_leave(m)`.
_OF_LOCK = r"(?i)(?:mutex|mtx|lock|critical_?section)_?"
_THE_LOCK = r"_?(?:\w{0,20}_)?(?:mutex|mtx|lock|critical_?section)$"  # `take_lock`, `grab_x_lock`
_ENTERS = re.compile(
    rf"{_OF_LOCK}(?:enter|acquire|take|grab)$|(?:^|_)(?:enter|acquire|take|grab){_THE_LOCK}"
    r"|(?:^|_)(?:wr|write|excl|exclusive)lock$|(?:^|_)lock\w{0,12}for_?writ"
)
_LEAVES = re.compile(
    rf"{_OF_LOCK}(?:leave|exit|release|give|drop)$|(?:^|_)(?:leave|exit|release|give|drop){_THE_LOCK}"
    r"|(?:^|_)un(?:rd|wr)lock$|(?:^|_)(?:rd|wr|read|write)unlock$"
)
# Who reads beside others: `__wt_readlock`, `own_rwlock_rdlock`, `SDL_LockRWLockForReading`.
_SHARES = re.compile(
    r"(?i)(?:^|_)(?:rd|read|shared)_?lock$|(?:^|_)lock_(?:rd|read|shared)$"
    r"|(?:^|_)lock\w{0,12}for_?read"
)
_TRIES = re.compile(
    r"(?i)(?:^|_)try_?(?:lock\w{0,12}for|rd|wr|read|write)"
)  # nobody knows what it answers
_DONE_TO_LOCKS = re.compile(
    r"(?i)assert_?|un_?lock|lock(?:ed)?|release|acquire|enter|leave|exit|take|give|grab|drop"
)
# Also of data that is mapped or pinned (`munlock`), and of what is said where no lock is taken.
_NOT_LOCK = re.compile(
    r"(?i)init|destroy|free|create|alloc|_is_|locked|block|clock|flock|lock_?file|assert"
    r"|lock_?(?:rect|bits|resource|surface|texture|buffer|box|region|pixels|canvas|data|screen)"
    r"|locks_(?:excluded|required)|(?:^|_)m(?:un)?lock(?:all|2)?$"
    r"|(?-i:^(?:Virtual|Global|Local)(?:Lock|Unlock)$)"
)

# They state that a lock is held: `lockdep_assert_held(&p->lock)`.
_ASSERTS = re.compile(
    r"(?i)^(?:\w*_)?(?:assert_?(?:lock_?|mutex_?)?held|assert_?locked|held_?assert)$"
)
_ASSERTS_ONE = re.compile(r"(?i)(?:^|_)assert_?\w{1,40}?_?locked$")  # `AssertJobsLocked()`

RAII_EXCLUSIVE = re.compile(
    r"\b(lock_guard|unique_lock|scoped_lock|QWriteLocker|WriterMutexLock|lock_type|SpinLockHolder"
    r"|scoped_lock_t|\w{0,30}_(?:mutex|lock)_guard"
    r"|\w{0,30}(?:AutoLock|ScopedLock|LockGuard|MutexGuard|MutexLock(?:er|Guard)?|Locker))\b"
)
RAII_SHARED = re.compile(r"\b(shared_lock|QReadLocker|ReaderMutexLock|SharedLock|ReadGuard)\b")


@functools.lru_cache(maxsize=4096)
def is_guard(kind: str) -> bool:
    """Whether a type's objects hold a lock for as long as they live."""
    return RAII_EXCLUSIVE.search(kind) is not None or RAII_SHARED.search(kind) is not None


LOCK_TYPES = re.compile(
    r"mutex|mtx_t|spinlock|rwlock|omp_(nest_)?lock_t|CRITICAL_SECTION|SRWLOCK|\bQMutex|cond_t|cnd_t"
    r"|condition_variable|sem_t|semaphore|once_flag|pthread_once_t|barrier|latch|pthread_t|thrd_t"
    r"|std::j?thread|std::future|std::promise|pthread_key_t|pthread_attr_t"
)

HANDLES = frozenset({"pthread_t", "thrd_t"})  # of threads, which are copied freely
MAX_PARTIES = 60  # of one file; more is a stress test
# name → (index of the created thread's handle, of the function, of its argument)
CREATE_CALLS: dict[str, tuple[int, int, int]] = {
    "pthread_create": (0, 2, 3),
    "thrd_create": (0, 1, 2),
    "uv_thread_create": (0, 1, 2),
    "g_thread_new": (-1, 1, 2),
    "SDL_CreateThread": (-1, 0, 2),
    "_beginthreadex": (-1, 2, 3),
    "CreateThread": (-1, 2, 3),
    "kthread_run": (-1, 0, 1),
}
CREATES = re.compile(rf"\b(?:{'|'.join(CREATE_CALLS)})\s*\(")
JOIN_CALLS = frozenset(
    words(
        """pthread_join thrd_join uv_thread_join g_thread_join SDL_WaitThread WaitForSingleObject"""
    )
)
DETACH_CALLS = frozenset({"pthread_detach", "thrd_detach", "SDL_DetachThread"})
KEEP_CALLS = frozenset({"pthread_setspecific", "tss_set"})
CLEANUP_CALLS = frozenset({"pthread_cleanup_push", "pthread_cleanup_pop"})
THREAD_TYPES = re.compile(r"\b(std::)?j?thread\b")
CHANNELS = re.compile(r"\b(?:promise|future|shared_future|packaged_task)\b")
POOL_METHODS = re.compile(
    r"^(submit|enqueue|post|dispatch|schedule|execute|async|spawn|push_task|submit_task|detach_task"
    r"|add_task|parallel_for|addJob|run_async|defer)$"
)

# Wait-like calls see what happened before the matching signal-like call: (kind, key index)
WAIT_CALLS: dict[str, tuple[str, int]] = {
    "pthread_cond_wait": ("cond", 0),
    "pthread_cond_timedwait": ("cond", 0),
    "cnd_wait": ("cond", 0),
    "cnd_timedwait": ("cond", 0),
    "sem_wait": ("sem", 0),
    "sem_timedwait": ("sem", 0),
    "sem_trywait": ("sem", 0),
}
SIGNAL_CALLS: dict[str, tuple[str, int]] = {
    "pthread_cond_signal": ("cond", 0),
    "pthread_cond_broadcast": ("cond", 0),
    "cnd_signal": ("cond", 0),
    "cnd_broadcast": ("cond", 0),
    "sem_post": ("sem", 0),
}
WAIT_METHODS: dict[str, str] = {
    "wait": "wait",
    "wait_for": "cond",
    "wait_until": "cond",
    "acquire": "sem",
    "try_acquire": "sem",
    "get": "future",
}
SIGNAL_METHODS: dict[str, str] = {
    "notify_one": "cond",
    "notify_all": "cond",
    "release": "sem",
    "count_down": "latch",
    "set_value": "future",
    "set_exception": "future",
}
# `mp_cond_wait(&c, &m)`, `nni_cv_wake(c)`, `SDL_WaitCondition(c, m)`; not `recv_wait`.
_CONDITION = r"(?:(?:^|_)(?:cond|cnd|cv|condvar|condition)_?|Cond(?:ition|Var)?_?)"
_AWAITS = re.compile(
    rf"{_CONDITION}(?:auto_?)?(?:[Tt]imed_?)?(?:[Ww]ait(?:_?(?:until|for|[Tt]imeout\w{{0,2}}))?|until)$"
    r"|Wait_?Cond(?:ition)?(?:Timeout\w{0,2})?$"
)
_WAKES = re.compile(
    rf"{_CONDITION}(?:[Ss]ignal|[Bb]roadcast|(?:[Ww]ake|[Nn]otify)_?(?:[Aa]ll|[Oo]ne|1)?)$"
    r"|(?:Signal|Broadcast)_?Cond(?:ition)?$"
)
STOPS = frozenset({"request_stop", "stop_requested"})  # of C++20's stop sources and tokens
BARRIER_CALLS = frozenset({"pthread_barrier_wait", "uv_barrier_wait"})
BARRIER_METHODS = frozenset({"arrive_and_wait"})
# `b.wait(b.arrive())`
ARRIVES = re.compile(r"\bwait\s*\(\s*[\w.>-]{1,30}(?:\.|->)arrive\(\)\s*\)$")
ONCE_CALLS: dict[str, int] = {"pthread_once": 1, "call_once": 1}
_ONCE = re.compile(r"\w*(?:[a-z0-9]Once|_once|_ONCE)")  # g_once, uv_once, InitOnceExecuteOnce

THREAD_ID_CALLS = frozenset(
    words(
        """omp_get_thread_num omp_get_team_num pthread_self thrd_current std::this_thread::get_id
    get_id gettid"""
    )
)

# Wrappers of projects, by what they call it: `GetOpenMPThreadId()`, `lib_get_thread_num()`.
_THREAD_NUMBER = re.compile(
    r"(?i)(?:^|_|get|my|this|current|omp|openmp)_?thread_?(?:id|num|idx|index|rank)$"
)
_OTHER_THREAD = re.compile(
    r"(?i)max|main|set|total|owner|parent|last|first|next|new|alloc|master|other|count"
)


@functools.lru_cache(maxsize=4096)
def tells_thread(name: str) -> bool:
    """Whether an unseen function without arguments answers with its own thread's number."""
    return _THREAD_NUMBER.search(name) is not None and not _OTHER_THREAD.search(name)


_ATOMIC_C11 = re.compile(
    r"^(?:std::)?atomic_(load|store|exchange|compare_exchange|fetch_\w+|init|flag_\w+)"
)
_ATOMIC_GNU = re.compile(
    r"^__atomic_(load|store|exchange|compare_exchange|fetch|add|sub|and|or|xor|test|clear)"
)
_ATOMIC_SYNC = re.compile(r"^__sync_(\w+)")
_ATOMIC_KERNEL = re.compile(
    r"^(atomic(?:64)?_(?:inc|dec|add|sub|set|read|xchg|cmpxchg)\w*|READ_ONCE|WRITE_ONCE|Interlocked\w+)$"
)
# Wrappers of projects: `g_atomic_int_get`, `SDL_AtomicAdd`, `os_atomic_set_bool`, `AtomicRead32`.
_OWN_ATOMIC = re.compile(r"(?:^|_)(?i:atomic)(?:_|[A-Z])|[a-z_]Atomic(?:[A-Z_]|$)")
_NO_ATOMIC = re.compile(r"(?i)lock|init|destroy|file|malloc|alloc|free|barrier|fence|is_lock_free")
_UPDATES = re.compile(
    r"(?i)add|sub|inc|dec|and|or_|_or|xor|fetch|swap|xchg|exchange|cas|compare|test"
)
_SETS = re.compile(r"(?i)set|store|write|clear|put")
_GETS = re.compile(r"(?i)get|load|read")
ATOMIC_METHODS: dict[str, str] = {
    "load": "read",
    "store": "write",
    "exchange": "update",
    "fetch_add": "update",
    "fetch_sub": "update",
    "fetch_and": "update",
    "fetch_or": "update",
    "fetch_xor": "update",
    "compare_exchange_weak": "update",
    "compare_exchange_strong": "update",
    "test_and_set": "update",
    "test": "read",
    "clear": "write",
}
_ATOMIC_USE = re.compile(
    r"(?:\.|->)\s*(?:load|store|exchange|fetch_\w+|compare_exchange_\w+|test_and_set|test|clear)"
    r"\s*\(([^()]{0,200})\)"
)
_ORDERS = "relaxed|acq_rel|acquire|consume|release|seq_cst"
_ORDER = re.compile(rf"(?i)(?:memory_order(?:_|::)|__atomic_)({_ORDERS})")
_ALIAS = re.compile(rf"(?i)({_ORDERS})")


_FENCE = re.compile(
    r"^(?:std::)?(?:atomic_thread_fence|__atomic_thread_fence|__sync_synchronize|smp_[rw]?mb)$"
)


@functools.lru_cache(maxsize=4096)
def is_fence(name: str) -> bool:
    """Whether a call is a memory fence of C11, C++, the compilers or the kernel."""
    return _FENCE.match(name) is not None


@functools.lru_cache(maxsize=4096)
def lock_call(name: str, arguments: int) -> LockCall | None:
    """The effect of a call on locks, by its exact name or, for wrappers, by its naming habit."""
    known = LOCK_CALLS.get(name)
    if known is not None:
        return known
    short = name.rsplit("::", 1)[-1]
    if arguments and _ASSERTS.match(short):
        return LockCall("held")
    if not arguments and _ASSERTS_ONE.search(short):
        return LockCall("held", argument=-1)
    if _NOT_LOCK.search(short):
        return None
    argument = 0 if arguments else -1
    if _UNLOCK_NAME.search(short) or _LEAVES.search(short):
        return LockCall("release", argument=argument)
    if _TRIES.search(short):
        return None
    if _SHARES.search(short):
        return LockCall("acquire", shared=True, argument=argument)
    if _LOCK_NAME.search(short) or _ENTERS.search(short):
        return LockCall("acquire", argument=argument)
    return None


@functools.lru_cache(maxsize=4096)
def condition_call(name: str) -> str:
    """What a project's own call does to a condition variable: `wait`, `signal` or nothing."""
    if _AWAITS.search(name) is not None:
        return "wait"
    return "signal" if _WAKES.search(name) is not None else ""


def lock_stem(name: str) -> str:
    """What `foo_lock` and `foo_unlock` without arguments have in common: the name of their lock."""
    return _DONE_TO_LOCKS.sub("", name).strip("_")


@functools.lru_cache(maxsize=4096)
def atomic_call(name: str) -> str | None:
    """How an atomic function touches the object of its first argument: read, write or update."""
    if match := _ATOMIC_C11.match(name) or _ATOMIC_GNU.match(name):
        word = match.group(1)
        if word == "init":
            return None
        return {"load": "read", "store": "write", "clear": "write", "flag_clear": "write"}.get(
            word.replace("_explicit", ""), "update"
        )
    if match := _ATOMIC_SYNC.match(name):
        return None if match.group(1) == "synchronize" else "update"
    if _ATOMIC_KERNEL.match(name):
        if "read" in name.lower():
            return "read"
        return "write" if name in ("WRITE_ONCE",) or "_set" in name else "update"
    return None


@functools.lru_cache(maxsize=4096)
def atomic_habit(name: str) -> str | None:
    """The same of a project's own function, by its name: `SDL_SetAtomicInt(&x, 1)`."""
    short = name.rsplit("::", 1)[-1]
    if _OWN_ATOMIC.search(short) is None or _NO_ATOMIC.search(short) is not None:
        return None
    if _UPDATES.search(short) is not None:
        return "update"
    if _SETS.search(short) is not None:
        return "write"
    return "read" if _GETS.search(short) is not None else "update"


@functools.lru_cache(maxsize=256)
def is_relaxed(body: str) -> bool:
    """Whether all that a function does to atomics is relaxed, so that it orders nothing."""
    if "relaxed" not in body or re.search(r"(?i)acquire|release|acq_rel|seq_cst|fence", body):
        return False
    calls = _ATOMIC_USE.findall(body)
    return bool(calls) and all("relaxed" in arguments for arguments in calls)


def memory_order(arguments: str, default: str = "seq_cst") -> str:
    """The memory order that the argument text names first; `seq_cst` where none is named.

    A compare-exchange names that of its success before that of its failure.
    """
    match = _ORDER.search(arguments) or _ALIAS.search(arguments)
    if match is None:
        return default
    return match[1].lower().replace("consume", "acquire")


def is_once(name: str, second: str, functions: Container[str]) -> bool:
    """Whether a call runs its second argument one time in all, by the flag that is its first."""
    if name in ONCE_CALLS:
        return True
    if _ONCE.fullmatch(name) is None or name in functions:
        return False
    return second.rpartition(")")[2].strip(" &") in functions  # after a cast
