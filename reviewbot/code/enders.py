"""Which functions end the threads that others make: they run last, wherever they stand.

`~Pool() { stop = true; thread.join(); }` may stand before `Pool() { thread = std::thread(run); }`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from reviewbot.code.symbols import Function

_JOINS = re.compile(r"(?:join|Join|WaitThread)\s{0,9}\(")
# `for (std::thread &t : threads) t.join();` makes none.
_CREATES = re.compile(
    r"\bstd::(?:j?thread|async)\b(?!\s{0,9}[&*])|\bj?thread\s{0,9}\(|thrd_create|kthread_run"
    r"|thread_(?:create|new)|CreateThread|_beginthread|\bthreads?_?\b.{0,80}emplace_back"
)


def enders_last(
    makers: set[str],
    functions: Sequence[tuple[Function, str]],
    closure: Callable[[set[str]], set[str]],
) -> tuple[set[str], ...]:
    """Names of functions that make or end threads, in the order in which they run.

    `functions`: all of the file with their texts; `closure` adds to names those that call them.
    """
    if any(function.name == "main" and not function.owner for function, _ in functions):
        return (makers,)  # main calls the others, and says when
    mine = [(f, text) for f, text in functions if f.name in makers]
    makes = {f.name for f, text in mine if f.constructs or _CREATES.search(text)}
    last = {f.name for f, _ in mine if f.name[:1] == "~"} - makes
    ends = {f.name for f, text in mine if _JOINS.search(text)} - makes
    if not ends | last:
        return (makers,)
    later = (closure(ends) - closure(makes)) | last
    return makers - later, later
