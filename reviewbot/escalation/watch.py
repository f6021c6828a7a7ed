"""Watches what a run uses, over all of its processes, and ends it at a limit.

Linux alone: it reads /proc. Every process of a sandbox descends from the one that was started,
because the sandbox's own init adopts orphans; outside a sandbox an orphan leaves the tree.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import threading
import time
from pathlib import Path

_EVERY = 0.05  # seconds; a fork bomb makes some hundred processes in that time
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_MIB = 1 << 20
_LOOKS = 20  # for what is marked; a process that forks as fast as we look is a sandbox's job
_QUIET = 3  # looks in a row that find nothing: while a program is being started it shows no mark
_PAUSE = 0.01  # seconds between them


class Watch:
    """A context in which a process tree is watched; `stopped` says which limit ended it."""

    def __init__(self, *, memory: int, tasks: int, disk: int, folder: Path) -> None:
        self.stopped: str | None = None
        self._memory = memory
        self._tasks = tasks
        self._disk = disk
        self._folder = folder
        self._free = shutil.disk_usage(folder).free
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread:
            self._thread.join()

    def follow(self, pid: int) -> None:
        """Watch this process and all that descend from it; it must lead its process group."""
        self._thread = threading.Thread(target=self._look, args=(pid,), daemon=True)
        self._thread.start()

    def _look(self, pid: int) -> None:
        while not self._over.wait(_EVERY):
            tree = descendants(pid)
            self.stopped = self._excess(tree)
            if self.stopped:
                kill_all(pid, tree)
                return

    def _excess(self, tree: dict[int, tuple[int, int]]) -> str | None:
        tasks = sum(threads for threads, _ in tree.values())
        memory = sum(resident for _, resident in tree.values())
        lost = self._free - shutil.disk_usage(self._folder).free
        if memory > self._memory:
            return f"it used more than {self._memory // _MIB} MiB of memory"
        if tasks > self._tasks:
            return f"it ran more than {self._tasks} processes and threads at once"
        if lost > self._disk:
            return f"it wrote more than {self._disk // _MIB} MiB to the disk"
        return None


def descendants(pid: int) -> dict[int, tuple[int, int]]:
    """(threads, resident bytes) of a process and of all that descend from it."""
    found = {one: stat for one in _processes() if (stat := _stat(one))}
    children: dict[int, list[int]] = {}
    for one, (parent, _, _) in found.items():
        children.setdefault(parent, []).append(one)
    tree: dict[int, tuple[int, int]] = {}
    open_ = [pid]
    while open_:
        one = open_.pop()
        if one in found and one not in tree:
            tree[one] = found[one][1:]
            open_ += children.get(one, [])
    return tree


def kill_all(pid: int, tree: dict[int, tuple[int, int]]) -> None:
    """Kill a process group and every process of a tree; in a sandbox the first kill is enough."""
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
    for one in tree:
        with contextlib.suppress(OSError):
            os.kill(one, signal.SIGKILL)


def end_marked(mark: str) -> None:
    """Kill every process whose environment holds the mark, until there is none.

    For runs without a sandbox: what left the process group is still found by its environment.
    """
    quiet = 0
    for _ in range(_LOOKS):
        marked = [one for one in _processes() if _has(one, os.fsencode(mark))]
        for one in marked:
            with contextlib.suppress(OSError):
                os.kill(one, signal.SIGKILL)
        quiet = 0 if marked else quiet + 1
        if quiet == _QUIET:
            return
        if quiet:
            time.sleep(_PAUSE)


def tasks_of_user() -> int:
    """Processes and threads that this user runs already: the kernel's limit counts them too."""
    mine = [one for one in _processes() if _owner(one) == os.geteuid()]
    return sum(stat[1] for one in mine if (stat := _stat(one)))


def _processes() -> list[int]:
    with contextlib.suppress(OSError):
        return [int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit()]
    return []


def _stat(pid: int) -> tuple[int, int, int] | None:
    """(parent, threads, resident bytes), or None if the process is gone or dead."""
    try:
        text = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    # The name stands in brackets and may hold anything; fields are counted from behind it.
    fields = text[text.rfind(b")") + 2 :].split()
    if fields[0] in (b"Z", b"X"):
        return int(fields[1]), 1, 0  # nobody reaped it: the kernel counts it still
    return int(fields[1]), int(fields[17]), int(fields[21]) * _PAGE


def _has(pid: int, mark: bytes) -> bool:
    with contextlib.suppress(OSError):
        return mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return False


def _owner(pid: int) -> int:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}").stat().st_uid
    return -1
