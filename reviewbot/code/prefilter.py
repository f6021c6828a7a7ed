"""Byte-level tests that spare a parse: is this C or C++, and can it be parallel at all.

On the hook's fast path: nothing but `re` is imported.
"""

from __future__ import annotations

import re

C_SUFFIXES = (".c", ".h", ".i")
CPP_SUFFIXES = (
    *(".cc", ".cpp", ".cxx", ".c++", ".C", ".hh", ".hpp", ".hxx", ".h++", ".inl", ".ipp", ".tpp"),
    *(".H", ".tcc", ".txx", ".icc", ".cu", ".cuh"),
)

# Any construct that starts, orders or protects threads names one of these words. Word borders are
# left out on purpose: `my_mutex_lock` is a hint too, and a false alarm costs only one parse.
# Each is looked for by itself: that is ten times as fast as one pattern of them all.
_PARALLEL = (
    *(b"thread", b"Thread", b"mutex", b"Mutex", b"atomic", b"_Atomic", b"thrd_", b"mtx_"),
    *(b"cnd_", b"MUTEX"),
    *(b"lock_", b"Lock_", b"_lock", b"_LOCK", b"LOCK(", b"__sync_", b"semaphore", b"sem_wait"),
    *(b"sem_post", b"std::async", b"std::latch", b"std::barrier", b"call_once"),
    *(b"condition_variable", b"std::execution", b"future"),
)
_OPENMP = re.compile(rb"omp\b(?<!\womp)")  # its letters first, which is faster again


def is_c_family(path: str) -> bool:
    """Whether the path's suffix names C, C++, a header of either, or CUDA."""
    return path.endswith(C_SUFFIXES) or path.endswith(CPP_SUFFIXES)


def may_be_parallel(data: bytes) -> bool:
    """Whether the bytes hold any word of parallel code; never false for code that is parallel."""
    return _OPENMP.search(data) is not None or any(map(data.__contains__, _PARALLEL))
