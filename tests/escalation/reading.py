"""Captured logs, and reports written on a few lines so that tests can be read.

The logs lie beside the programs that printed them (`ledger.c` with and without an argument), built
with `-g -O1 -fno-omit-frame-pointer -fsanitize=thread`, or without it for valgrind.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from reviewbot.escalation.records import Frame, ToolAccess, ToolReport

LOGS = Path(__file__).with_name("logs")


def log(name: str) -> str:
    """The text of a captured log."""
    return (LOGS / f"{name}.txt").read_text(encoding="utf-8")


def frame(item: Frame) -> str:
    """`clerk ledger.c:33:3`."""
    numbers = "".join(f":{n}" for n in (item.line, item.column) if n)
    return f"{item.function} {PurePosixPath(item.path).name}{numbers}".strip()


def side(access: ToolAccess, depth: int = 1) -> str:
    """`T1 atomic write 8: clerk ledger.c:33:3 < ...`."""
    atomic = "atomic " if access.atomic else ""
    stack = " < ".join(frame(item) for item in access.stack[:depth])
    return f"{access.thread} {atomic}{access.mode.value} {access.size}: {stack}".strip()


def sides(report: ToolReport, depth: int = 1) -> list[str]:
    """Each access of a report as one line."""
    return [side(access, depth) for access in report.accesses]
