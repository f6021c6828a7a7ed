"""Ends what takes too long, wherever it stands: a compiler, a parser, a pattern that backtracks."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import NoReturn, TypeVar

T = TypeVar("T")


class _TooLong(BaseException):
    """Not an Exception: no handler on the way may take it for the failure it waits for."""


def within(seconds: float, work: Callable[[], T], otherwise: T, *, cpu: bool = False) -> T:
    """What `work` gives, or `otherwise` if it takes longer; to be called by a main thread alone.

    With `cpu` only this process' own time counts, which a busy machine does not stretch; for work
    that starts others and waits for them it is the time on the clock.
    """
    timer = signal.ITIMER_PROF if cpu else signal.ITIMER_REAL
    number = signal.SIGPROF if cpu else signal.SIGALRM
    before = signal.signal(number, _end)
    try:
        signal.setitimer(timer, seconds)
        try:
            return work()
        finally:
            signal.setitimer(timer, 0)
    except _TooLong:
        return otherwise
    finally:
        signal.signal(number, before)


def _end(_number: int, _frame: object) -> NoReturn:
    raise _TooLong
