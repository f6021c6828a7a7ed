"""Locks of projects' own by the habits of naming, and files whose only sign of threads they are."""

from __future__ import annotations

import pytest

from reviewbot.code.threads import lock_call
from tests.code.checks import check_pairs, check_silent

POOL = '#include "threads.h"\nstruct pool { int guard; int used; };\n'


def change(name: str, takes: str, gives: str, sign: str = "+") -> str:
    """A function that changes a count between two calls."""
    taken, given = takes and f"{takes}(&p->guard);", gives and f"{gives}(&p->guard);"
    return f"void {name}(struct pool *p)\n{{ {taken} p->used {sign}= 1; {given} }}\n"


@pytest.mark.parametrize(
    ("takes", "gives"),
    [
        ("my_spinlock_enter", "my_spinlock_leave"),
        ("own_mutex_enter", "own_mutex_exit"),
        ("Own_mutex_acquire", "Own_mutex_release"),
        ("LWLockAcquire", "LWLockRelease"),
        ("take_lock", "give_lock"),
        ("rw_writelock", "rw_writeunlock"),
        ("own_rwlock_wrlock", "own_rwlock_unlock"),
    ],
)
def test_a_lock_is_taken_and_given_back_by_a_habit_of_naming(takes: str, gives: str) -> None:
    kept = POOL + change("take", takes, gives) + change("put", takes, gives, "-")
    check_pairs(kept, "p->used", "function=differ common=own guarded=all")
    check_silent(kept, "p->used", "guarded=some")
    bare = POOL + change("take", takes, gives) + change("put", "", "", "-")
    check_pairs(bare, "p->used", "function=differ guarded=some")
    check_silent(bare, "p->used", "function=differ common=own")
    early = POOL + change("take", takes, gives) + change("put", f"{gives}(0); {takes}", gives, "-")
    late = early.replace(
        "p->used -= 1; " + gives + "(&p->guard);", gives + "(&p->guard); p->used--;"
    )
    check_silent(late, "p->used", "function=differ common=own")


def test_who_takes_a_lock_to_read_is_not_alone() -> None:
    kept = (
        POOL
        + change("take", "x_write_lock", "x_unlock")
        + change("put", "x_write_lock", "x_unlock")
    )
    check_pairs(kept, "p->used", "function=differ common=own")
    both = kept.replace("x_write_lock", "x_read_lock")
    check_pairs(both, "p->used", "function=differ")
    check_silent(both, "p->used", "function=differ common=own")


@pytest.mark.parametrize(
    ("name", "effect"),
    [
        ("table_readlock", "share"),
        ("SDL_LockRWLockForReading", "share"),
        ("SDL_LockRWLockForWriting", "acquire"),
        ("thread_lock", "acquire"),
        ("own_unrdlock", "release"),
        ("own_try_readlock", None),
        ("entry_read_lock", "share"),
        ("room_enter", None),
        ("spread_block_acquire", None),
        ("data_release", None),
        ("munlock", None),
        ("own_munlock", None),
        ("own_unlock", "release"),
        ("VirtualUnlock", None),
        ("virtual_unlock", "release"),
    ],
)
def test_what_names_say(name: str, effect: str | None) -> None:
    call = lock_call(name, 1)
    assert (call and ("share" if call.shared else call.effect)) == effect


GUARDED = """
class Meter {{
 public:
  void add(long n) {{ {guard} total_ += n; }}
  long total() {{ {own} lock(mutex_); return total_; }}
 private:
  Gate mutex_; long total_ = 0;
}};
"""


@pytest.mark.parametrize("own", ["std::lock_guard<std::recursive_mutex>", "MutexLock"])
def test_a_guard_alone_tells_that_there_are_threads(own: str) -> None:
    kept = GUARDED.format(guard=f"{own} lock(mutex_);", own=own)
    check_pairs(kept, "this->total_", "function=differ common=own", path="a.cpp")
    bare = GUARDED.format(guard="", own=own)
    check_pairs(bare, "this->total_", "function=differ guarded=some", path="a.cpp")
    check_silent(bare, "this->total_", "function=differ common=own", path="a.cpp")
    nothing = GUARDED.format(guard="", own="Report")
    check_silent(nothing, "this->total_", path="a.cpp")


def test_memory_that_may_be_paged_out_again_gives_no_lock_back() -> None:
    kept = POOL + change("take", "own_mutex_lock", "own_mutex_unlock")
    pinned = kept.replace("p->used += 1;", "if (p->used > 3) own_munlock(p); p->used += 1;")
    check_pairs(pinned, "p->used", "common=mutex guarded=all locksA=1")
    check_silent(pinned, "p->used", "locksA=maybe")
    given = pinned.replace("own_munlock(p)", "own_mutex_unlock(&p->guard)")
    check_pairs(given, "p->used", "locksA=maybe")
    check_silent(given, "p->used", "common=mutex")
