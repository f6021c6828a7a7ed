"""What near-duplicates have in common: shingles of normalised tokens, and how they synchronise."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from model_export.quality.tokens import Kind, Token, normalised, synchronises

Hashes: TypeAlias = NDArray[np.uint64]
Shingles: TypeAlias = NDArray[np.uint32]

WIDTH = 5  # tokens of a shingle, about a statement's half: `a [ i ] =`
# 8 bands of 8 rows find 99 % of the pairs that are alike by 0.9, and a sixth of those by 0.8.
BANDS, ROWS = 8, 8
REACH = 8  # tokens behind a word of synchronisation that may name its object

_FIRST_NAME = 1 << 40  # above every word's checksum
_NAME = np.uint64(_FIRST_NAME)
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)


@dataclass(frozen=True, slots=True)
class Sketch:
    """One program, ready to be compared."""

    exact: str  # digest of all normalised tokens: equal programs have equal ones
    skeleton: str  # digest of what starts, orders and protects, objects as roles
    shingles: Shingles  # (S,) ascending, distinct; half of each hash tells some hundreds apart
    bands: tuple[int, ...]  # programs that are alike share at least one, in its place


def sketch(source: str) -> Sketch:
    """The sketch of a program's source."""
    found = normalised(source)
    codes = _codes(found)
    hashes = shingles(codes)
    return Sketch(
        exact=hashlib.sha256(codes.tobytes()).hexdigest()[:16],
        skeleton=hashlib.sha256(" ".join(skeleton(found)).encode()).hexdigest()[:16],
        shingles=np.unique((hashes >> np.uint64(32)).astype(np.uint32)),
        bands=_bands(hashes),
    )


def resemblance(first: Shingles, second: Shingles) -> float:
    """Jaccard's index of two ascending sets of shingles (Broder 1997)."""
    if not len(first) and not len(second):
        return 1.0
    both = len(np.intersect1d(first, second, assume_unique=True))
    return both / (len(first) + len(second) - both)


def skeleton(found: list[Token]) -> list[str]:
    """The words that synchronise and every directive, each with the roles of what it names."""
    roles: dict[str, str] = {}
    result: list[str] = []
    orders = [*map(synchronises, found), False, False]
    near = 0
    for index, (kind, text, directive) in enumerate(found):
        near = REACH if orders[index] else near - (near > 0)
        if kind is Kind.NAME:
            # The object of a call that synchronises too: `m` of `m.lock()`.
            called = orders[index + 2] and found[index + 1].text in (".", "->")
            if near or directive or called:
                result.append(roles.setdefault(text, f"<{len(roles)}>"))
        elif orders[index]:
            result.append(text)
        elif text in (";", "{"):
            near = 0
        near = 0 if text == "#" else near
    return result


def _codes(found: list[Token]) -> Hashes:
    """A number a token; the program's names are numbered as they come."""  # (T,)
    roles: dict[str, int] = {}
    numbers = [
        _FIRST_NAME + roles.setdefault(text, len(roles)) if kind is Kind.NAME else _checksum(text)
        for kind, text, _ in found
    ]
    return np.array(numbers, np.uint64)


@lru_cache(maxsize=8192)
def _checksum(text: str) -> int:
    return zlib.crc32(text.encode())


def shingles(codes: Hashes) -> Hashes:
    """Hashes of every WIDTH tokens in a row, names numbered anew in each; distinct, ascending.

    So a name more at the top of a program does not change what stands below.
    """
    if len(codes) < WIDTH:
        codes = np.pad(codes, (0, WIDTH - len(codes)))
    windows = np.lib.stride_tricks.sliding_window_view(codes, WIDTH).copy()  # (S, WIDTH)
    renamed = windows.copy()
    for later in range(WIDTH):
        own = windows[:, later] >= _NAME
        role: Hashes = np.full(len(windows), later, np.uint64)
        for earlier in range(later - 1, -1, -1):
            role[windows[:, earlier] == windows[:, later]] = earlier
        renamed[:, later] = np.where(own, _NAME + role, windows[:, later])
    hashes: Hashes = np.zeros(len(windows), np.uint64)
    for column in range(WIDTH):
        hashes = _mixed((hashes ^ renamed[:, column]) * _PRIME)
    return np.unique(hashes)


def _mixed(values: Hashes) -> Hashes:
    """Spread every bit over all (the finaliser of SplitMix64, Steele et al. 2014)."""
    values = values ^ (values >> np.uint64(30))
    values *= _MIX
    values ^= values >> np.uint64(27)
    return values


_SEEDS = _mixed(np.arange(1, BANDS * ROWS + 1, dtype=np.uint64) * _PRIME)  # (BANDS * ROWS,)


def _bands(hashes: Hashes) -> tuple[int, ...]:
    """The least of every reshuffling, in bands (Broder 1997; Leskovec et al. 2014, chapter 3)."""
    least = _mixed(hashes[None, :] ^ _SEEDS[:, None]).min(1)
    rows = least.reshape(BANDS, ROWS)
    return tuple(int.from_bytes(hashlib.sha256(r.tobytes()).digest()[:8], "big") for r in rows)
