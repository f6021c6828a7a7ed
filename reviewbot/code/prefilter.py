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
_PARALLEL = re.compile(
    rb"\bomp\b|pthread|thrd_|mtx_|cnd_|[Tt]hread|atomic|_Atomic|mutex|MUTEX|[Ll]ock_|_lock|_LOCK|LOCK\("
    rb"|__sync_|semaphore|sem_wait|sem_post|std::async|std::latch|std::barrier|call_once"
    rb"|condition_variable|std::execution|future"
)


def is_c_family(path: str) -> bool:
    """Whether the path's suffix names C, C++, a header of either, or CUDA."""
    return path.endswith(C_SUFFIXES) or path.endswith(CPP_SUFFIXES)


def may_be_parallel(data: bytes) -> bool:
    """Whether the bytes hold any word of parallel code; never false for code that is parallel."""
    return _PARALLEL.search(data) is not None
