"""Throw-away git repositories for tests: real git, a fixed identity, nobody's configuration."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def isolated_environment() -> dict[str, str]:
    """The process's environment without git's variables and without user or system settings."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    person = {"NAME": "A Tester", "EMAIL": "tester@example.org", "DATE": "2024-01-01T00:00:00Z"}
    return {
        **kept,
        **{f"GIT_AUTHOR_{key}": value for key, value in person.items()},
        **{f"GIT_COMMITTER_{key}": value for key, value in person.items()},
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "LC_ALL": "C",
    }


class TemporaryRepository:
    """A repository with helpers that read as a story: write, stage, commit, branch."""

    def __init__(self, path: Path, *options: str) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main", *options)

    def git(self, *arguments: str, input: bytes | None = None, **variables: str) -> str:
        """Output of a git command without the last newline; fails the test if git fails."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            input=input,
            env={**isolated_environment(), **variables},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, f"git {arguments}: {done.stderr.decode(errors='replace')}"
        return done.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")

    def write(self, path: str, content: str | bytes) -> Path:
        """Write a file into the working tree."""
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    def stage(self, *paths: str) -> None:
        """Stage the paths, or everything."""
        chosen = ("--", *paths) if paths else ()
        self.git("add", "--all", *chosen, GIT_LITERAL_PATHSPECS="1")

    def commit(self, files: dict[str, str | bytes] | None = None, message: str = "change") -> str:
        """Write and stage the files, commit the index, and return the commit's name."""
        for path, content in (files or {}).items():
            self.write(path, content)
        if files:
            self.stage(*files)
        self.git("commit", "--quiet", "--allow-empty", "--no-verify", "-m", message)
        return self.git("rev-parse", "HEAD")

    def branch(self, name: str, start: str = "HEAD") -> None:
        """Create a branch at `start` and switch to it."""
        self.git("checkout", "--quiet", "-b", name, start)

    def switch(self, name: str) -> None:
        """Switch to a branch."""
        self.git("checkout", "--quiet", name)

    def entry(self, mode: str, path: str, content: bytes = b"", name: str | None = None) -> None:
        """Stage an entry of any mode (120000 symlink, 160000 submodule) without touching disk."""
        blob = name or self.git("hash-object", "-w", "--stdin", input=content)
        self.git("update-index", "--add", "--cacheinfo", f"{mode},{blob},{path}")

    def tree(self, files: dict[str, bytes]) -> str:
        """Name of a tree with these files at its top; quicker than a commit."""
        lines = []
        for path, content in files.items():
            blob = self.git("hash-object", "-w", "--stdin", input=content)
            lines.append(f"100644 blob {blob}\t{path}\0")
        return self.git("mktree", "-z", input="".join(lines).encode("utf-8", "surrogateescape"))
