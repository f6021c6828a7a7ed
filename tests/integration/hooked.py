"""Repositories whose commits and pushes go through reviewbot's hooks."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.repositories import TemporaryRepository, isolated_environment

PROJECT = Path(__file__).resolve().parents[2]
TOY = (sys.executable, str(PROJECT / "tests" / "integration" / "toy_reviewbot.py"))
REAL = (str(Path(sys.executable).with_name("reviewbot")),)

_HEAD = """\
long hits;

void count(const int *seen, int n)
{
    #pragma omp parallel for
    for (int i = 0; i < n; i++) {
        if (seen[i] > 0) {
"""
_TAIL = """\
        }
    }
}
"""
RACY = f"{_HEAD}            hits++;\n{_TAIL}"
CLEAN = f"{_HEAD}            #pragma omp atomic\n            hits++;\n{_TAIL}"
SERIAL = "int twice(int a) { return 2 * a; }\n"
BLOCKING = "version: 1\nrace: {comment: 0.5, block: 0.55, escalate: never}\n"

CONFIG = """\
repos:
- repo: local
  hooks:
  - id: reviewbot
    name: reviewbot
    entry: {entry} hook pre-commit
    language: system
    files: '\\.(c|cpp|h)$'
    pass_filenames: false
    verbose: true
    stages: [pre-commit, pre-merge-commit]
  - id: reviewbot-push
    name: reviewbot-push
    entry: {entry} hook pre-push
    language: system
    files: '\\.(c|cpp|h)$'
    pass_filenames: false
    verbose: true
    stages: [pre-push]
"""


def bundle_is_there() -> bool:
    """Whether the real model can be asked: given by the environment, or shipped."""
    shipped = PROJECT / "reviewbot" / "bundles"
    return bool(os.environ.get("REVIEWBOT_BUNDLE")) or any(shipped.glob("**/bundle.json"))


class HookedRepository(TemporaryRepository):
    """A repository in which git runs its hooks; `variables` join git's environment."""

    def __init__(self, path: Path, variables: dict[str, str]) -> None:
        super().__init__(path)
        self.variables = variables

    def attempt(self, *arguments: str) -> tuple[bool, str]:
        """Run a git command with its hooks; whether it succeeded, and all that was printed."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            env={**isolated_environment(), **self.variables},
            capture_output=True,
            check=False,
        )
        return done.returncode == 0, (done.stdout + done.stderr).decode(errors="replace")

    def attempt_commit(self, *options: str) -> tuple[bool, str]:
        """`git commit` with its hooks."""
        return self.attempt("commit", "--quiet", "-m", "change", *options)


def with_framework(path: Path, entry: Sequence[str], home: Path) -> HookedRepository:
    """A repository with one commit, and pre-commit installed for every stage that matters."""
    made = HookedRepository(path, {"PRE_COMMIT_HOME": str(home), "NO_COLOR": "1"})
    made.commit({".pre-commit-config.yaml": CONFIG.format(entry=shlex.join(entry))})
    stages = ("pre-commit", "pre-merge-commit", "pre-push")
    subprocess.run(
        [sys.executable, "-m", "pre_commit", "install", *(f"--hook-type={s}" for s in stages)],
        cwd=path,
        env={**isolated_environment(), **made.variables},
        check=True,
        capture_output=True,
    )
    return made


def with_plain_hooks(path: Path, entry: Sequence[str], folder: Path) -> HookedRepository:
    """A repository with one commit, and the scripts of hooks/; `folder` holds a `reviewbot`."""
    folder.mkdir()
    program = folder / "reviewbot"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(entry)} "$@"\n')
    program.chmod(0o755)
    paths = f"{folder}{os.pathsep}{os.environ['PATH']}"
    made = HookedRepository(path, {"PATH": paths, "NO_COLOR": "1"})
    made.commit()
    for name in ("pre-commit", "pre-push"):
        (made.path / ".git" / "hooks").mkdir(exist_ok=True)
        (made.path / ".git" / "hooks" / name).symlink_to(PROJECT / "hooks" / name)
    return made
