"""A small change with its base, and a throw-away repository made of them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from reviewbot.errors import GitFailed
from reviewbot.process import run

BEFORE, AFTER = "base", "head"  # folders beside this file, and the tags in the repository
_IDENTITY = ("-c", "user.name=reviewbot demo", "-c", "user.email=demo@example.invalid")


def make_repository(root: Path) -> None:
    """Fill an empty directory with a git repository of two commits, tagged BEFORE and AFTER."""
    _git(root, "init", "--quiet")
    for state in (BEFORE, AFTER):
        shutil.copytree(Path(__file__).parent / state, root, dirs_exist_ok=True)
        _git(root, "add", "--all")
        _git(root, *_IDENTITY, "commit", "--quiet", "--message", f"The {state} of the demo")
        _git(root, "tag", state)


def _git(root: Path, *arguments: str) -> None:
    # The user's own configuration might sign, run hooks, or name another repository.
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    env |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    try:
        completed = run(("git", *arguments), cwd=root, env=env)
    except OSError as exc:
        raise GitFailed(f"git could not be started: {exc}. Install git and try again.") from exc
    if completed.returncode != 0:
        message = completed.stderr.decode(errors="replace").strip()
        raise GitFailed(f"The demo's repository could not be made: {message}")
