"""What reviewbot writes: reports, the last review, and the log of a crash."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import reviewbot
from reviewbot.errors import CannotWriteReport

LAST_REVIEW = "last-review.json"


def say(text: str) -> None:
    """Print to standard output; a reader who has seen enough does not change the outcome."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        drop_stdout()


def drop_stdout() -> None:
    """Send what is still to be printed nowhere: else the interpreter complains at its exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write_report(path: Path, text: str) -> None:
    """Write a file whole or not at all; CannotWriteReport if that cannot be done."""
    try:
        _write_atomically(path, text)
    except OSError as exc:
        raise CannotWriteReport(
            f"The report cannot be written to {path}: {exc.strerror or exc}. "
            "Choose another file with --output."
        ) from exc


def save_last_review(git_dir: Path | None, text: str) -> None:
    """Keep the review for `reviewbot explain`; a place that cannot be written is no one's fault."""
    path = last_review_path(git_dir)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_atomically(path, text)


def last_review_path(git_dir: Path | None) -> Path:
    """Where the last review is kept: in the repository's git directory, else in the user's cache.

    Inside a linked worktree the git directory is the worktree's own, and so is its last review.
    """
    if git_dir is not None:
        return git_dir / "reviewbot" / LAST_REVIEW
    return _home("XDG_CACHE_HOME", ".cache") / LAST_REVIEW


def write_crash_log(argv: Sequence[str]) -> Path:
    """Write what a bug report needs of the exception being handled; returns where it lies."""
    text = "".join(
        (
            f"reviewbot {reviewbot.__version__}, Python {platform.python_version()}, "
            f"{platform.platform()}\n",
            f"command: {' '.join(argv)}\n\n",
            traceback.format_exc(),
        )
    )
    for folder in (_home("XDG_STATE_HOME", ".local/state"), Path(tempfile.gettempdir())):
        with suppress(OSError):
            return _crash_file(folder, text)
    # Nowhere to write: better a long answer than none.
    print(text, file=sys.stderr)
    return Path("the text above")


def _crash_file(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    # mkstemp: readable by its owner alone, and never another's file under a guessed name.
    handle, name = tempfile.mkstemp(prefix="reviewbot-crash-", suffix=".log", dir=folder)
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    return Path(name)


def _home(variable: str, default: str) -> Path:
    base = os.environ.get(variable)
    return (Path(base) if base else Path.home() / default) / "reviewbot"


def _write_atomically(path: Path, text: str) -> None:
    if path.exists() and not path.is_file():  # /dev/stdout, a named pipe: there is no whole file
        path.write_text(text, encoding="utf-8", errors="surrogateescape")
        return
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
        _as_if_created(Path(name))
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _as_if_created(path: Path) -> None:
    # mkstemp makes files private; a report is for whoever the umask lets read it.
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(0o666 & ~mask)
