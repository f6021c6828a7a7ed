"""How a loop's rounds fall to threads: each thread's work under a schedule, by OpenMP's rules."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Work: TypeAlias = NDArray[np.float64]

_MOST_PIECES = 4096  # chunks dealt out one by one; more are dealt in groups, which changes nothing


def deal(rounds: Work, trips: float, threads: int, kind: str, chunk: float | None) -> Work:
    """Work of each thread (threads,), from the cost of rounds at even distances (points,).

    `rounds` stands for `trips` rounds; `kind` is static, dynamic or guided.
    """
    if trips < 1 or not len(rounds):
        return np.zeros(threads)
    trips = max(1.0, math.floor(trips))
    if kind == "static" and not chunk:
        return _blocks(rounds, trips, threads)
    pieces = guided(trips, threads, chunk or 1) if kind == "guided" else None
    edges = np.array(list(pieces)) if pieces is not None else _edges(trips, chunk or 1)
    work = np.diff(_sums(rounds, trips, edges))
    if kind == "static":
        return np.bincount(np.arange(len(work)) % threads, work, threads)[:threads]
    return _greedy(work, threads)


def _edges(trips: float, chunk: float) -> Work:
    chunk = max(1.0, chunk)
    count = math.ceil(trips / chunk)
    # A multiple of chunks as one piece would change who gets what: it is done for huge loops only.
    group = math.ceil(count / _MOST_PIECES)
    return np.minimum(np.arange(0, math.ceil(count / group) + 1) * chunk * group, trips)


def guided(trips: float, threads: int, smallest: float) -> Iterator[float]:
    """Edges of chunks that are half the rest's share of a thread, as clang's runtime deals them."""
    at = 0.0
    yield at
    while at < trips:
        at = min(trips, at + max(smallest, math.ceil((trips - at) / (2 * threads))))
        yield at


def _blocks(rounds: Work, trips: float, threads: int) -> Work:
    """The first rounds of a division's rest go to the first threads, one each."""
    share, rest = divmod(trips, threads)
    sizes = share + (np.arange(threads) < rest)
    return np.diff(_sums(rounds, trips, np.concatenate([[0.0], np.cumsum(sizes)])))


def _sums(rounds: Work, trips: float, edges: Work) -> Work:
    """Cost of all rounds before each edge."""
    whole = np.concatenate([[0.0], np.cumsum(rounds)]) * (trips / len(rounds))
    return np.interp(edges, np.linspace(0.0, trips, len(whole)), whole)


def _greedy(work: Work, threads: int) -> Work:
    """Each piece to whoever is free first (Graham 1966)."""
    free = [(0.0, thread) for thread in range(threads)]
    for cost in work:
        busy, thread = free[0]
        heapq.heapreplace(free, (busy + float(cost), thread))
    result = np.zeros(threads)
    for busy, thread in free:
        result[thread] = busy
    return result


def balance(work: Work) -> float:
    """Busy time / (threads x busiest thread); 1 where there is no work."""
    most = float(work.max(initial=0.0))
    return float(work.sum()) / (len(work) * most) if most > 0 else 1.0
