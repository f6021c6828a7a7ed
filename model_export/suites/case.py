"""A program of a suite with what is known of it; nothing in its text tells the label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from reviewbot.code.includes import Read
from reviewbot.suppression import blank, spans


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One file; `racy` is None where only lines are labelled."""

    name: str  # for the people who read the table; the model sees neither it nor the comments
    suffix: str  # .c or .cpp
    source: str  # comments blanked, every line in its place
    racy: bool
    racy_lines: frozenset[int] = frozenset()
    clean_lines: frozenset[int] = frozenset()
    group: str  # what a bootstrap resamples: an algorithm, a folder
    kind: str  # OpenMP, pthreads, C11 threads, C++ threads
    read: Read | None = field(
        default=None, compare=False
    )  # the suite's own headers, as a project's

    @property
    def path(self) -> str:
        """A neutral path for the front end."""
        return f"program{self.suffix}"


def read_text(path: Path) -> str:
    """A file as text, whatever its bytes."""
    return path.read_bytes().decode("utf-8", errors="replace")


def without_comments(text: str) -> str:
    """The text with its comments turned to spaces: they may tell the label."""
    return blank(text, (span for span in spans(text) if span.is_comment))


def headers_in(folder: Path) -> Read:
    """Gives the folder's headers, without their comments, wherever a file looks for them."""
    known = {path.name: path for path in sorted(folder.glob("*.h"))}

    def read(paths: Sequence[str]) -> Mapping[str, bytes | None]:
        found = {path: known.get(PurePosixPath(path).name) for path in paths}
        return {
            path: without_comments(read_text(header)).encode() if header else None
            for path, header in found.items()
        }

    return read
