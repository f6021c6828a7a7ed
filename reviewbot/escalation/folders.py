"""Folders for code under test, and reading back what it left there without following its links."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MAX_LOG = 4 << 20  # bytes read of one log; a report has some 3 kB
MAX_LOGS = 16 << 20  # bytes read of all logs of a run


@contextmanager
def open_folder(parent: Path | None = None) -> Iterator[Path]:
    """A new folder that other users can enter, as root runs code as one; gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="reviewbot-", dir=parent))
    try:
        folder.chmod(0o755)
        yield folder
    finally:
        remove(folder)


def remove(folder: Path) -> None:
    """Remove a folder and all below, whatever rights its files were left with."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        for path, _, _ in os.walk(folder):
            with contextlib.suppress(OSError):
                os.chmod(path, 0o700)  # noqa: PTH101
        shutil.rmtree(folder, ignore_errors=True)


def read_regular(path: Path, root: Path, limit: int = MAX_LOG) -> bytes:
    """The first bytes of a regular file that truly lies below root; empty for anything else.

    Code under test may have left a link to a file of ours, or a pipe that never ends.
    """
    try:
        if not path.parent.resolve().is_relative_to(root.resolve()):
            return b""
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, RuntimeError):
        return b""
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        return b""
    with os.fdopen(handle, "rb") as file:
        return file.read(limit)


def read_logs(folder: Path) -> str:
    """The text of every regular file in a folder, in order of names, up to a limit."""
    parts: list[bytes] = []
    left = MAX_LOGS
    with contextlib.suppress(OSError):
        texts = (path for path in folder.iterdir() if path.suffix != ".profraw")
        for path in sorted(texts)[:1000]:
            data = read_regular(path, folder, min(MAX_LOG, left))
            left -= len(data)
            parts.append(data)
    return b"\n".join(parts).decode("utf-8", "replace")


def files_below(folder: Path, most: int = 20_000) -> Iterator[Path]:
    """Regular files below a folder, links not followed."""
    for path, _, names in os.walk(folder, followlinks=False):
        for name in names:
            most -= 1
            if most < 0:
                return
            yield Path(path, name)
