"""A real change with races, the event that GitHub sends of it, and names that try to be code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reviewbot.demo import AFTER, BEFORE
from tests.repositories import TemporaryRepository

# Each would leave a file named `owned` behind, or set an output, if any shell or runner read it.
BRANCH = "$(touch owned)`touch owned`"
TITLE = "x\nblocking=7\nEOF\n::set-output name=blocking::7\n$(touch owned)"
PATH = "src/$(touch owned)`touch owned`\n::error::owned.c"
# What an interpreter would import if it looked into the working directory.
IMPORTED = (
    "json.py",
    "sitecustomize.py",
    "usercustomize.py",
    "pip.py",
    "reviewbot/__init__.py",
    "reviewbot/action/__init__.py",
    "reviewbot/action/__main__.py",
    "reviewbot/action/install.py",
)
# A policy under which no verdict is sure enough: whatever the model thinks, all is escalated.
UNSURE = "unsure.yaml"
_UNSURE = "version: 1\nrace:\n  escalate:\n    low: 0.5\n    high: 1.0\n"
_OWN = "import pathlib\npathlib.Path(__file__).with_name('owned').write_text('')\n"


def racy_change(root: Path) -> TemporaryRepository:
    """The demo's two commits on `main` and `topic`, with hostile names among what is added."""
    repository = TemporaryRepository(root)
    folder = Path(__file__).resolve().parents[2] / "reviewbot" / "demo"
    repository.commit({**_files(folder / BEFORE), UNSURE: _UNSURE}, "before")
    repository.git("update-ref", "refs/remotes/origin/main", "HEAD")
    repository.git("checkout", "--quiet", "-b", "topic")
    after = _files(folder / AFTER)
    hostile = {PATH: after["image_stats.c"], **dict.fromkeys(IMPORTED, _OWN)}
    repository.commit({**after, **hostile, UNSURE: _UNSURE}, TITLE)
    return repository


def _files(folder: Path) -> dict[str, str | bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def pull_request(repository: TemporaryRepository, head_repository: str) -> dict[str, Any]:
    """GitHub's payload of a pull request of `topic` to `main`, as far as it matters."""
    owner, _, name = head_repository.partition("/")
    here = {"full_name": "owner/project", "default_branch": "main"}
    there = {"full_name": head_repository, "name": name, "owner": {"login": owner}}
    return {
        "action": "synchronize",
        "number": 7,
        "pull_request": {
            "number": 7,
            "title": TITLE,
            "body": TITLE,
            "base": {"sha": repository.git("rev-parse", "main"), "ref": "main", "repo": here},
            "head": {"sha": repository.git("rev-parse", "topic"), "ref": BRANCH, "repo": there},
        },
        "repository": here,
    }


def owned(*folders: Path) -> list[Path]:
    """What code of the change has left behind; empty if none ran."""
    return [path for folder in folders for path in folder.rglob("owned")]
