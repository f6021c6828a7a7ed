"""How an OpenMP program is written, whatever its patterns: names, sizes, places."""

from __future__ import annotations

import random
from dataclasses import dataclass

from model_export.programs.compose.names import Names

# Four times an odd number: the blocks of four threads end at odd places, so that neighbours such
# as i / 2 meet across a border.
SIZES = (68, 76, 84, 92, 100, 108, 124, 132, 140, 156, 180, 196, 204, 220, 252, 260, 300, 308)
BASES = ("int", "int", "double", "double", "float", "long", "unsigned")
PLACES = ("main", "main", "main", "function", "function", "function", "long", "struct", "class")
INDICES = (("i", "j", "k"),) * 4 + (("i", "j", "l"), ("row", "col", "lay"), ("p", "q", "r"))
_TAKEN = [
    "i",
    "j",
    "k",
    "l",
    "p",
    "q",
    "r",
    "row",
    "col",
    "lay",
    "tid",
    "id",
    "me",
    "lo",
    "hi",
    "nt",
    "np",
    "t",
    "x",
    "y",
    "v",
    "w",
    "b",
    "s",
    "main",
    "index",
    "self",
    "omp",
    "at",
    "to",
    "from",
    "kept",
    "where",
    "mid",
    "own",
    "last",
    "low",
    "high",
    "left",
    "right",
    "next",
    "given",
    "nthreads",
    "held",
    "count",
]


class OmpNames(Names):
    """Names for a program, drawn anew for each of its patterns."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self._used |= set(_TAKEN)

    def redraw(self, rng: random.Random) -> None:
        """Draw from another generator from here on; what was given stays taken."""
        self._rng = rng

    def size(self, *, upper: bool) -> str:
        """A number of elements."""
        word = self._rng.choice(("n", "n", "size", "len", "count", "num", "total", "dim"))
        return self._fresh([word.upper() if upper else word])

    def result(self, words: tuple[str, ...]) -> str:
        """The variable that a program prints."""
        return self._fresh([self._rng.choice(words)])

    def macro(self) -> str:
        """A function-like or critical name in capitals."""
        return self.thing().upper()


@dataclass(frozen=True, slots=True)
class Style:
    """How a program is written, whatever its patterns."""

    cpp: bool
    place: str  # where the code of the patterns stands
    size: str  # macro | constant | literal | variable
    threads: int  # for num_threads; 0 if the program leaves it to the environment
