"""What GitHub knows of a pull request from git: its diff's hunks, and where a line went to."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

from tests.repositories import isolated_environment

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_STATUS = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "T": "changed"}


@dataclass
class DiffHunk:
    """One hunk as GitHub shows it, context included; sides map line numbers to positions."""

    left: dict[int, int] = field(default_factory=dict)
    right: dict[int, int] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)


@dataclass
class ChangedFile:
    """One file of a pull request."""

    path: str
    previous: str | None
    status: str
    hunks: list[DiffHunk] = field(default_factory=list)

    def hunk_of(self, line: int, side: str) -> DiffHunk | None:
        """The hunk that shows a line of a side."""
        for hunk in self.hunks:
            if line in (hunk.left if side == "LEFT" else hunk.right):
                return hunk
        return None

    @property
    def patch(self) -> str:
        """The hunks as text."""
        return "\n".join(line for hunk in self.hunks for line in hunk.lines)

    def count(self, sign: str) -> int:
        """How many lines were added (+) or removed (-)."""
        return sum(line.startswith(sign) for hunk in self.hunks for line in hunk.lines)


@dataclass(frozen=True)
class History:
    """A real repository, asked as GitHub would ask its own copy."""

    path: Path

    def __hash__(self) -> int:
        return hash(self.path)

    def git(self, *arguments: str) -> str:
        """Output of a git command; fails the test if git fails."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            env=self._environment,
            capture_output=True,
            check=True,
        )
        return done.stdout.decode("utf-8", "surrogateescape")

    @cached_property
    def _environment(self) -> dict[str, str]:
        return isolated_environment()

    def has(self, commit: str) -> bool:
        """Whether a full name is a commit's."""
        if not re.fullmatch("[0-9a-f]{40}", commit):
            return False
        try:
            self.git("cat-file", "-e", f"{commit}^{{commit}}")
        except subprocess.CalledProcessError:
            return False
        return True

    @lru_cache(maxsize=200)  # noqa: B019 - one History per test, commits never change
    def commits(self, base: str, head: str) -> tuple[str, ...]:
        """The commits of a pull request, oldest first."""
        return tuple(self.git("rev-list", "--reverse", f"{base}..{head}").split())

    @lru_cache(maxsize=200)  # noqa: B019
    def files(self, base: str, head: str) -> dict[str, ChangedFile]:
        """The files of `base...head` with their hunks, by head-side path."""
        span = f"{base}...{head}"
        fields = self.git("diff", "-M", "--name-status", "-z", span).split("\0")
        files: dict[str, ChangedFile] = {}
        while len(fields) > 1:
            status, first, *fields = fields
            moved = status[0] in "RC"
            path = fields.pop(0) if moved else first
            known = _STATUS.get(status[0], "modified")
            files[path] = ChangedFile(path, first if moved else None, known)
        # The two listings have the same order, so a patch needs no name of its own.
        patches = re.split(r"(?m)^diff --git ", self.git("diff", "-M", span))[1:]
        for file, patch in zip(files.values(), patches, strict=True):
            file.hunks = _hunks(patch)
        return files

    @lru_cache(maxsize=1000)  # noqa: B019
    def moved_line(self, path: str, line: int, old: str, new: str) -> int | None:
        """Where a line of a file at `old` stands at `new`; None if it was changed or is gone."""
        if old == new:
            return line
        patch = self.git("diff", "--no-renames", "-U0", old, new, "--", path)
        if re.search(r"(?m)^(deleted file|new file)", patch):
            return None
        shift = 0
        for match in _HUNK.finditer(patch):
            start, removed = int(match[1]), int(match[2] or 1)
            added = int(match[4] or 1)
            if removed and start <= line < start + removed:
                return None
            if line > start:  # of an insertion `start` is the line above
                shift += added - removed
        return line + shift


def _hunks(patch: str) -> list[DiffHunk]:
    hunks: list[DiffHunk] = []
    left = right = position = 0
    for text in patch.split("\n"):
        if match := _HUNK.match(text):
            left, right = int(match[1]), int(match[3])
            position += bool(hunks)  # the first header is not counted, the others are
            hunks.append(DiffHunk(lines=[text]))
            continue
        if not hunks or text[:1] not in (" ", "+", "-"):
            continue
        position += 1
        hunks[-1].lines.append(text)
        if text[0] != "+":
            hunks[-1].left[left] = position
            left += 1
        if text[0] != "-":
            hunks[-1].right[right] = position
            right += 1
    return hunks
