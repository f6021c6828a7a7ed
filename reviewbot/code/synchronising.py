"""Whether code names anything by which threads wait for one another."""

from __future__ import annotations

import re

_SYNCHRONISING = (
    *("atomic", "_Atomic", "__sync_", "sem_wait", "sem_post", "call_once", "pthread_", "mtx_"),
    *("cnd_", "condition_variable", "lock_guard", "unique_lock", "scoped_lock", "shared_lock"),
    # `AutoLock l(m)`, which has braces by now, and what threads.py knows by habits of naming
    *("AutoLock ", "ScopedLock ", "MutexLock ", "Locker ", "LockGuard ", "MutexGuard "),
    *("rdlock", "wrlock", "readlock", "writelock", "lock_enter", "lock_acquire", "LockAcquire"),
    *("mutex_enter", "mutex_acquire", "take_lock", "grab_lock", "enter_lock", "acquire_lock"),
)
_OF_LOCKS = ("lock", "Lock", "LOCK", "mutex", "Mutex", "MUTEX")
_LOCK = re.compile(r"[lL]ock|LOCK|[mM]utex|MUTEX")  # which is in all that follows
_BEFORE_LOCK = 5  # places where that may begin: `spinlock(` does four letters before
_LOCKS = re.compile(
    r"(?<![A-Za-z])(?:lock|unlock|mutex|Lock|Mutex|LOCK|MUTEX)(?:_\w{1,100})?\s{0,100}\(|\bmutex\b"
    r"|(?:Mutex|Lock|_lock|spinlock)\w{0,100}\s{0,100}\(|\.(?:un)?lock\s*\("
)


def synchronises(text: str) -> bool:
    """Whether code names a lock, an atomic or another means by which threads wait."""
    if any(map(text.__contains__, _SYNCHRONISING)):
        return True
    if not any(map(text.__contains__, _OF_LOCKS)):
        return False
    return any(
        _LOCKS.match(text, at)
        for lock in _LOCK.finditer(text)
        for at in range(max(lock.start() + 1 - _BEFORE_LOCK, 0), lock.start() + 1)
    )
