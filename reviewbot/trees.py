"""Files of a project by their path, as a revision, the index or the disk has them: for headers.

Asked for many at once, since git answers many as fast as one; each is read once in a run. What
cannot be read is not there: a header that is missing costs facts, never the review.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from reviewbot.errors import GitFailed
from reviewbot.git import Repository

MAX_FILE = 1 << 20  # bytes; no header that people wrote is larger


class GitTree:
    """The files of a commit, or of the index where the revision is None."""

    def __init__(self, repository: Repository, revision: str | None) -> None:
        self._repository = repository
        self._revision = revision
        self._known: dict[str, bytes | None] = {}

    def __call__(self, paths: Sequence[str]) -> Mapping[str, bytes | None]:
        """Contents of regular files; None for what is absent, a symlink, or too large."""
        new = [path for path in paths if path not in self._known]
        if new:
            self._known |= dict.fromkeys(new) | self._read(new)
        return {path: self._known[path] for path in paths}

    def _read(self, paths: Sequence[str]) -> dict[str, bytes | None]:
        try:
            found = self._repository.read_many(self._revision, paths)
        except GitFailed:  # a partial clone without its remote
            return {}
        return {path: _fitting(data) for path, data in found.items()}


class DiskTree:
    """The files below a directory, never through a link that leaves it."""

    def __init__(self, root: Path) -> None:
        self._root = os.path.realpath(root)
        self._known: dict[str, bytes | None] = {}

    def __call__(self, paths: Sequence[str]) -> Mapping[str, bytes | None]:
        """Contents of regular files; None for what is absent, outside, or too large."""
        for path in paths:
            if path not in self._known:
                self._known[path] = self._read(path)
        return {path: self._known[path] for path in paths}

    def _read(self, path: str) -> bytes | None:
        file = Path(f"{self._root}/{path}")  # even a path from the root is one below it
        try:
            # A link anywhere on the way may lead anywhere: what git would not show is not read.
            if not file.is_file() or os.path.realpath(file) != str(file):
                return None
            return file.read_bytes() if file.stat().st_size <= MAX_FILE else None
        except (OSError, ValueError):
            return None


def _fitting(data: object) -> bytes | None:
    return data if isinstance(data, bytes) and len(data) <= MAX_FILE else None
