"""Names as people give them; no name says whether the code is right."""

from __future__ import annotations

import random

_THINGS = [
    "count",
    "total",
    "sum",
    "hits",
    "misses",
    "bytes",
    "frames",
    "jobs",
    "events",
    "ticks",
    "errors",
    "level",
    "depth",
    "limit",
    "score",
    "balance",
    "stock",
    "volume",
    "weight",
    "speed",
    "angle",
    "energy",
    "power",
    "load",
    "rate",
    "seen",
    "done",
    "lost",
    "free",
    "used",
    "pending",
    "queued",
    "active",
    "idle",
    "peak",
    "floor",
    "offset",
    "cursor",
    "position",
    "serial",
    "version",
    "epoch",
    "budget",
    "credit",
    "quota",
    "width",
    "height",
    "radius",
    "distance",
    "latency",
    "retries",
    "packets",
    "samples",
    "pixels",
    "tokens",
]
_HOLDERS = [
    "pool",
    "cache",
    "table",
    "queue",
    "store",
    "engine",
    "server",
    "worker",
    "state",
    "stats",
    "config",
    "session",
    "buffer",
    "ring",
    "index",
    "graph",
    "grid",
    "mesh",
    "ledger",
    "journal",
    "registry",
    "scheduler",
    "monitor",
    "counter",
    "meter",
    "device",
    "channel",
    "stream",
    "tracker",
    "context",
    "shard",
    "bank",
    "basket",
    "fleet",
    "depot",
    "panel",
    "board",
]
_DEEDS = [
    "update",
    "record",
    "process",
    "handle",
    "collect",
    "scan",
    "refresh",
    "step",
    "advance",
    "drain",
    "fill",
    "poll",
    "tally",
    "publish",
    "measure",
    "balance",
    "apply",
    "visit",
    "compute",
    "store",
    "load",
    "sample",
    "count",
    "merge",
    "flush",
    "check",
    "track",
]
_ENTRIES = [
    "worker",
    "runner",
    "thread_main",
    "consumer",
    "producer",
    "task",
    "loop_body",
    "service",
    "agent",
    "crawler",
]


class Names:
    """Hands out names that are all different, in one style for a program."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._used = {
            "main",
            "id",
            "arg",
            "i",
            "j",
            "k",
            "s",
            "a",
            "b",
            "idx",
            "index",
            "time",
            "free",
            "load",
            "shared",
            "team",
            "hold",
            "kept",
            "given",
            "package",
        }
        self.camel = rng.random() < 0.25
        self.prefix = rng.choice(("", "", "", "g_", "m_", "the_"))
        self.terse = rng.random() < 0.2

    def thing(self) -> str:
        """A variable."""
        if self.terse:
            return self._fresh([self._rng.choice("xyzuvwpqnmcdefgh")])
        words = [self._rng.choice(_THINGS)]
        if self._rng.random() < 0.4:
            words.insert(0, self._rng.choice(_HOLDERS))
        return self._fresh(words)

    def holder(self) -> str:
        """A structure."""
        return self._fresh([self._rng.choice(_HOLDERS)])

    def lock(self) -> str:
        """A mutex."""
        if self._rng.random() < 0.3:
            return self._fresh([self._rng.choice(("lock", "mutex", "mtx", "m", "guard", "lk"))])
        return self._fresh([self._rng.choice(_HOLDERS), self._rng.choice(("lock", "mutex", "mtx"))])

    def deed(self) -> str:
        """A helper function."""
        return self._fresh([self._rng.choice(_DEEDS), self._rng.choice(_THINGS)])

    def entry(self) -> str:
        """A thread's function."""
        return self._fresh([self._rng.choice(_ENTRIES)])

    def _fresh(self, words: list[str]) -> str:
        name = self._joined(words)
        number = 2
        while name in self._used:
            name = self._joined([*words, str(number)])
            number += 1
        self._used.add(name)
        return name

    def _joined(self, words: list[str]) -> str:
        if self.camel:
            return words[0] + "".join(word.capitalize() for word in words[1:])
        return "_".join(words)
