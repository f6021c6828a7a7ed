"""Waits for a program, but not for one whose threads all sleep for good."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

LOOK = 0.25  # seconds between two looks
SLEEPS = 8  # looks on end without work: a deadlock, as in the driver of many programs


def ends(process: subprocess.Popen[bytes], seconds: float) -> int | None:
    """The exit status; None if the time ran out or no thread will ever run again."""
    limit, asleep, before = time.monotonic() + seconds, 0, None
    while time.monotonic() < limit and asleep < SLEEPS:
        try:
            return process.wait(timeout=LOOK)
        except subprocess.TimeoutExpired:
            now = ticks_asleep(process.pid)
            # Who waits for the runtime's lock looks up once a second.
            still = now is not None and before is not None and now - before <= 1
            asleep, before = asleep + 1 if still else 0, now
    return None


def ticks_asleep(pid: int) -> int | None:
    """Clock ticks that the process used; None while one of its threads could run."""
    ticks = 0
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            # After the name, which may hold anything: state, ..., user and kernel time (proc(5)).
            words = (task / "stat").read_text(encoding="utf-8", errors="replace")
            state, *rest = words.rpartition(")")[2].split()
            if state != "S":
                return None
            ticks += int(rest[10]) + int(rest[11])
    except (OSError, ValueError, IndexError):
        return None  # a thread that ended while we looked
    return ticks
