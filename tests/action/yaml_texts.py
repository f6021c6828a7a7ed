"""The project's workflows, its action, and the workflows that the README offers for copying."""

from __future__ import annotations

import re
from typing import Any

import yaml

from tests.action.composite import ACTION, PROJECT

_BLOCK = re.compile(r"<!-- workflow: (.+?) -->\n```yaml\n(.*?)```\n", re.DOTALL)
SIMPLE = "reviewbot.yml (simple)"
FIRST = "reviewbot.yml (two phases)"
SECOND = "reviewbot-publish.yml"
SANITIZE = "sanitize job of reviewbot.yml (two phases)"
SCANNING = "code scanning step"


def blocks() -> dict[str, str]:
    """Each YAML block of the README by the name that stands in the comment above it."""
    return dict(_BLOCK.findall((PROJECT / "README.md").read_text(encoding="utf-8")))


def workflows() -> dict[str, str]:
    """Whole workflows by name: ours, the README's, and those with the README's additions."""
    offered = blocks()
    ours = {
        str(path.relative_to(PROJECT)): path.read_text(encoding="utf-8")
        for path in sorted((PROJECT / ".github" / "workflows").glob("*.yml"))
    }
    scanned = offered[SIMPLE].replace(
        "      - uses: OWNER/reviewbot@v0.1.0\n",
        f"      - uses: OWNER/reviewbot@v0.1.0\n        id: reviewbot\n{offered[SCANNING]}",
    )
    return {
        **ours,
        **{name: offered[name] for name in (SIMPLE, FIRST, SECOND)},
        "two phases with sanitizers": offered[FIRST] + offered[SANITIZE],
        "simple with code scanning": scanned.replace(
            "      checks: write", "      security-events: write\n      checks: write"
        ),
    }


def parsed(text: str) -> dict[str, Any]:
    """A workflow or action as data; the key `on`, which YAML 1.1 reads as true, by its name."""
    document = yaml.safe_load(text)
    assert isinstance(document, dict)
    return {("on" if key is True else key): value for key, value in document.items()}


def all_steps() -> list[tuple[str, dict[str, Any]]]:
    """(where, step) of every step of the action and of every workflow."""
    action = parsed(ACTION.read_text(encoding="utf-8"))
    found = [("action.yml", step) for step in action["runs"]["steps"]]
    for name, text in workflows().items():
        for job in parsed(text)["jobs"].values():
            found += [(name, step) for step in job["steps"]]
    return found
