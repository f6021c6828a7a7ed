"""Small review files and plans, and a command line that writes them down with its calls."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HEAD = "a" * 40


def review_document(*actions: str) -> dict[str, Any]:
    """A review file with a finding for each action."""
    return {
        "schema_version": 1,
        "repository": "owner/project",
        "pull_request": None,
        "event": "push",
        "head_sha": HEAD,
        "base_sha": "b" * 40,
        "merge_base": None,
        "policy_changed": False,
        "report": {
            "schema_version": 1,
            "tool": {"name": "reviewbot", "version": "0.1.0", "bundle": None},
            "files": [],
            "findings": [_finding(number, action) for number, action in enumerate(actions)],
            "skipped": [],
        },
    }


def _finding(number: int, action: str) -> dict[str, Any]:
    return {
        "fingerprint": f"{number:016x}",
        "kind": "race",
        "status": "introduced",
        "path": "src/a.c",
        "line": 3,
        "end_line": 3,
        "function": "work",
        "object": "hits",
        "probability": 0.9,
        "confidence": 0.9,
        "severity": "high",
        "accesses": [],
        "trace": [],
        "fix": None,
        "evidence": None,
        "decision": {"action": action, "reason": "above-comment-threshold"},
    }


def plan_document(*ids: str) -> dict[str, Any]:
    """A plan with a target of each name, in a path that tries to be code."""
    return {
        "schema_version": 1,
        "repository": "owner/project",
        "head_sha": HEAD,
        "budget_seconds": 60.0,
        "sanitizer": {},
        "targets": [
            {
                "id": name,
                "path": "src/$(id)`id`\nx.c",
                "line": 1,
                "end_line": 9,
                "function": "work",
                "sanitizer": "tsan",
                "why": "unsure",
                "value": 0.5,
                "seconds": 2.0,
                "way": "synthesised harness",
                "suspects": [],
            }
            for name in ids
        ],
    }


def option(words: Sequence[str], name: str) -> str | None:
    """The value of `--name=value` among the words of a command."""
    return next((w.partition("=")[2] for w in words if w.startswith(f"--{name}=")), None)


@dataclass(slots=True)
class Recorder:
    """A command line that writes what a test says and notes what it was called with."""

    review: Callable[[Path], int] = lambda _: 0
    codes: dict[str, int] = field(default_factory=dict)
    calls: list[list[str]] = field(default_factory=list)
    plan: dict[str, Any] | None = None
    evidence: str | None = None

    def __call__(self, words: Sequence[str]) -> int:
        self.calls.append(list(words))
        for name, content in (("plan", self.plan), ("evidence-file", self.evidence)):
            file = option(words, name)
            if file and content is not None:
                Path(file).write_text(json.dumps(content), encoding="utf-8")
        file = option(words, "review-file")
        if words[0] == "review" and file:
            return self.review(Path(file))
        return self.codes.get(words[0], 0)

    def named(self, command: str) -> list[str]:
        """The words of the only call of a command."""
        [call] = [words for words in self.calls if words[0] == command]
        return call


def writing(document: dict[str, Any], code: int = 0) -> Callable[[Path], int]:
    """A review that writes this review file."""

    def write(file: Path) -> int:
        file.write_text(json.dumps(document), encoding="utf-8")
        return code

    return write
