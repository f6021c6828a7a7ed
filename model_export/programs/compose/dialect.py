"""The three ways to write threads: POSIX, C11, C++."""

from __future__ import annotations

import random

from model_export.programs.compose.parts import Lines, indent

# ThreadSanitizer does not know the functions of <threads.h>: they are those of POSIX underneath.
_SEEN = [
    "#pragma redefine_extname thrd_create thrd_create_posix",
    "#pragma redefine_extname thrd_join pthread_join",
    "#pragma redefine_extname mtx_init pthread_mutex_init",
    "#pragma redefine_extname mtx_lock pthread_mutex_lock",
    "#pragma redefine_extname mtx_unlock pthread_mutex_unlock",
]
_START = (
    "",
    "int thrd_create_posix(pthread_t *t, int (*fn)(void *), void *arg) {",
    "  return pthread_create(t, NULL, (void *(*)(void *))fn, arg);",
    "}",
)


class Dialect:
    """Spells locks, atomics and threads in one of the APIs."""

    def __init__(self, api: str, rng: random.Random) -> None:
        self.api = api
        self.rng = rng
        self.cpp = api == "cxx"
        self.raii = rng.choice(("lock_guard", "scoped_lock", "unique_lock", "manual"))
        self.builtin = rng.choice(("c11", "c11", "gcc", "sync"))

    @property
    def language(self) -> str:
        """`c` or `c++`."""
        return "c++" if self.cpp else "c"

    def headers(self) -> Lines:
        """Every header that a program may need."""
        if self.cpp:
            names = "atomic condition_variable cstdio cstdlib functional mutex shared_mutex thread"
            return [f"#include <{name}>" for name in f"{names} vector".split()]
        names = "stdatomic.h stdint.h stdio.h stdlib.h string.h"
        if self.api == "pthread":
            return [f"#include <{name}>" for name in f"pthread.h semaphore.h {names}".split()]
        headers = [f"#include <{name}>" for name in f"pthread.h threads.h {names}".split()]
        return [*headers, "", *_SEEN]

    def footer(self) -> Lines:
        """What ends the file."""
        return list(_START) if self.api == "c11" else []

    # --- locks ----------------------------------------

    def lock_kind(self) -> str:
        """A kind of lock that the API has."""
        return self.rng.choice(
            {
                "pthread": ("mutex",) * 4 + ("rw", "spin"),
                "c11": ("mutex",),
                "cxx": ("mutex",) * 3 + ("rw",),
            }[self.api]
        )

    def lock_type(self, kind: str) -> str:
        """The type of a lock."""
        return {
            ("pthread", "mutex"): "pthread_mutex_t",
            ("pthread", "rw"): "pthread_rwlock_t",
            ("pthread", "spin"): "pthread_spinlock_t",
            ("c11", "mutex"): "mtx_t",
            ("cxx", "mutex"): "std::mutex",
            ("cxx", "rw"): "std::shared_mutex",
        }[self.api, kind]

    def lock_made(self, name: str, kind: str) -> Lines:
        """The statement that initialises a lock."""
        call = {
            ("pthread", "mutex"): "pthread_mutex_init(&{0}, NULL);",
            ("pthread", "rw"): "pthread_rwlock_init(&{0}, NULL);",
            ("pthread", "spin"): "pthread_spin_init(&{0}, PTHREAD_PROCESS_PRIVATE);",
            ("c11", "mutex"): "mtx_init(&{0}, mtx_plain);",
        }.get((self.api, kind), "")
        return [call.format(name)] if call else []

    def locked(self, name: str, kind: str, body: Lines, *, read: bool = False) -> Lines:
        """The body under the lock."""
        if self.cpp and self.raii != "manual":
            guard = "shared_lock" if read and kind == "rw" else self.raii
            return ["{", f"  std::{guard} hold({name});", *indent(body), "}"]
        return [self.acquire(name, kind, read=read), *body, self.release(name, kind, read=read)]

    def acquire(self, name: str, kind: str, *, read: bool = False) -> str:
        """The statement that takes a lock."""
        if self.cpp:
            return f"{name}.lock_shared();" if read and kind == "rw" else f"{name}.lock();"
        if self.api == "c11":
            return f"mtx_lock(&{name});"
        word = {
            "mutex": "mutex_lock",
            "spin": "spin_lock",
            "rw": "rwlock_rdlock" if read else "rwlock_wrlock",
        }
        return f"pthread_{word[kind]}(&{name});"

    def release(self, name: str, kind: str, *, read: bool = False) -> str:
        """The statement that gives a lock back."""
        if self.cpp:
            return f"{name}.unlock_shared();" if read and kind == "rw" else f"{name}.unlock();"
        if self.api == "c11":
            return f"mtx_unlock(&{name});"
        return f"pthread_{'rwlock' if kind == 'rw' else kind}_unlock(&{name});"

    # --- atomics ----------------------------------------

    def atomic_type(self, base: str) -> str:
        """The type of an atomic variable; builtins work on plain ones."""
        if self.cpp:
            return f"std::atomic<{base}>"
        return f"_Atomic {base}" if self.builtin == "c11" else base

    def atomic_add(self, place: str, value: str) -> str:
        """An atomic addition."""
        if self.cpp:
            return self.rng.choice(
                (
                    f"{place}.fetch_add({value});",
                    f"{place} += {value};",
                    f"{place}.fetch_add({value}, std::memory_order_relaxed);",
                )
            )
        return {
            "c11": f"atomic_fetch_add(&{place}, {value});",
            "gcc": f"__atomic_fetch_add(&{place}, {value}, __ATOMIC_RELAXED);",
            "sync": f"__sync_fetch_and_add(&{place}, {value});",
        }[self.builtin]

    def atomic_load(self, place: str) -> str:
        """An atomic read, as an expression."""
        if self.cpp:
            return f"{place}.load()"
        return {
            "c11": f"atomic_load(&{place})",
            "gcc": f"__atomic_load_n(&{place}, __ATOMIC_ACQUIRE)",
            "sync": f"__sync_fetch_and_add(&{place}, 0)",
        }[self.builtin]

    def atomic_store(self, place: str, value: str) -> str:
        """An atomic write that releases."""
        if self.cpp:
            return self.rng.choice(
                (f"{place}.store({value});", f"{place}.store({value}, std::memory_order_release);")
            )
        return {
            "c11": f"atomic_store_explicit(&{place}, {value}, memory_order_release);",
            "gcc": f"__atomic_store_n(&{place}, {value}, __ATOMIC_RELEASE);",
            "sync": f"__atomic_store_n(&{place}, {value}, __ATOMIC_RELEASE);",
        }[self.builtin]
