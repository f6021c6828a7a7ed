"""How far a long run is, for people."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TextIO


@dataclass(slots=True)
class Progress:
    """A line on a terminal, or one now and then in a log: done, rate, time left."""

    total: int
    stream: TextIO
    unit: str = "programs"
    done: int = 0
    started: float = 0.0
    told: float = 0.0

    def __post_init__(self) -> None:
        self.started = self.told = time.monotonic()

    def advance(self, count: int) -> None:
        """Count some as done and say so, at most twice a second (in a log: every 15 s)."""
        self.done += count
        now = time.monotonic()
        if now - self.told >= (0.5 if self.stream.isatty() else 15):
            self.told = now
            self._say(self.line(now))

    def line(self, now: float) -> str:
        """For example `120/6000 programs, 2.4 a second, 40 min left`."""
        rate = self.done / max(now - self.started, 1e-9)
        left = max(0, self.total - self.done) / max(rate, 1e-9)
        spell = f"{left / 60:.0f} min" if left >= 90 else f"{left:.0f} s"
        return f"{self.done}/{self.total} {self.unit}, {rate:.1f} a second, {spell} left"

    def finish(self) -> None:
        """Say the last line."""
        self._say(self.line(time.monotonic()))
        if self.stream.isatty():
            print(file=self.stream)

    def _say(self, line: str) -> None:
        if self.stream.isatty():
            print(f"\r\x1b[K{line}", end="", file=self.stream, flush=True)
        else:
            print(line, file=self.stream, flush=True)
