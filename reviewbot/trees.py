"""Files of a project by their path, as a revision, the index or the disk has them: for headers.

Asked for many at once, since git answers many as fast as one; each is read once in a run. What
cannot be read is not there: a header that is missing costs facts, never the review.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from reviewbot.code.includes import ELSEWHERE
from reviewbot.errors import GitFailed
from reviewbot.git import Repository

MAX_FILE = 1 << 20  # bytes; no header that people wrote is larger
MAX_NAMES = 50_000  # files of a directory that are looked through for a header's name


class Elsewhere:
    """Finds a file by the end of its path, where one alone has it."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for path in paths:
            self._by_name[path.rpartition("/")[2]].append(path)

    def place(self, path: str) -> str | None:
        """The path that is meant by one in whatever folder; None if none or several fit."""
        end = path.removeprefix(ELSEWHERE)
        found = self._by_name.get(end.rpartition("/")[2], ())
        fitting = [known for known in found if f"/{known}".endswith(f"/{end}")]
        return fitting[0] if len(fitting) == 1 else None


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
            places = {path: self._place(path) for path in paths}
            wanted = [place for place in places.values() if place is not None]
            found = self._repository.read_many(self._revision, wanted)
        except GitFailed:  # a partial clone without its remote
            return {}
        return {path: _fitting(found.get(place or "")) for path, place in places.items()}

    def _place(self, path: str) -> str | None:
        return self._elsewhere.place(path) if path.startswith(ELSEWHERE) else path

    @cached_property
    def _elsewhere(self) -> Elsewhere:
        return Elsewhere(self._repository.names(self._revision))


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

    @cached_property
    def _elsewhere(self) -> Elsewhere:
        names: list[str] = []
        for folder, folders, files in os.walk(self._root):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            inside = os.path.relpath(folder, self._root)
            names += [name if inside == "." else f"{inside}/{name}" for name in files]
            if len(names) > MAX_NAMES:
                break
        return Elsewhere(names)

    def _read(self, path: str) -> bytes | None:
        if path.startswith(ELSEWHERE):
            path = self._elsewhere.place(path) or ELSEWHERE
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
