"""A clean copy of a commit, made without touching the user's working tree, index or worktrees."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from reviewbot.errors import GitFailed
from reviewbot.git import Repository
from reviewbot.process import run

_SECONDS = 300.0
# No hook of the user's runs for a copy, and large files stay the pointers they are in git.
_OPTIONS = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false")


def check_out(repository: Repository, commit: str, folder: Path) -> None:
    """Write every file of the commit below the folder; submodules stay empty; GitFailed if not."""
    with tempfile.TemporaryDirectory(prefix="reviewbot-index-") as private:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        env = {
            **kept,
            "GIT_DIR": str(repository.git_dir),
            "GIT_WORK_TREE": str(folder),
            "GIT_INDEX_FILE": str(Path(private, "index")),
            "GIT_LFS_SKIP_SMUDGE": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C",
        }
        _git(("read-tree", commit), folder, env)
        _git(("checkout-index", "--all", "--force", "--quiet"), folder, env)


def _git(arguments: tuple[str, ...], folder: Path, env: dict[str, str]) -> None:
    done = run(("git", *_OPTIONS, *arguments), cwd=folder, env=env, timeout=_SECONDS)
    if done.returncode != 0 or done.timed_out:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        why = lines[-1] if lines else "it gave no reason"
        raise GitFailed(f"The commit could not be copied (`git {arguments[0]}`): {why}")
