"""The rules that the SARIF report declares."""

from __future__ import annotations

from typing import Any

from reviewbot.report.concepts import CONCEPTS, Concept
from reviewbot.report.wording import SUPPRESS_HINT

RULES = ("race", "hotspot")
_NAMES = {"race": "DataRace", "hotspot": "ParallelHotspot"}
_SHORT = {
    "race": "Two threads may access the same memory without an order.",
    "hotspot": "Parallel time is likely lost here.",
}
# CWE-362: concurrent execution using a shared resource with improper synchronization.
_TAGS = {
    "race": ["concurrency", "correctness", "data-race", "external/cwe/cwe-362"],
    "hotspot": ["concurrency", "performance"],
}
_LEVELS = {"race": "warning", "hotspot": "note"}
_PROBLEM = {"race": "warning", "hotspot": "recommendation"}


def rules() -> list[dict[str, Any]]:
    """The reporting descriptors, in the order of RULES."""
    return [_rule(CONCEPTS[name]) for name in RULES]


def _rule(concept: Concept) -> dict[str, Any]:
    name = concept.name
    return {
        "id": name,
        "name": _NAMES[name],
        "shortDescription": {"text": _SHORT[name]},
        "fullDescription": {"text": concept.meaning},
        "help": {"text": _help_text(concept), "markdown": _help_markdown(concept)},
        "defaultConfiguration": {"level": _LEVELS[name]},
        "properties": {
            "tags": _TAGS[name],
            "precision": "medium",
            "problem.severity": _PROBLEM[name],
        },
    }


def _help_text(concept: Concept) -> str:
    ways = "\n".join(f"- {way}" for way in concept.breaks)
    hint = SUPPRESS_HINT.format(kind=concept.name)
    return f"{concept.meaning}\n\nWhat helps:\n{ways}\n\nIf it is meant to be so: {hint}"


def _help_markdown(concept: Concept) -> str:
    ways = "\n".join(f"- {way}" for way in concept.breaks)
    hint = SUPPRESS_HINT.format(kind=concept.name)
    return f"{concept.meaning}\n\n**What helps**\n\n{ways}\n\nIf it is meant to be so: `{hint}`"
