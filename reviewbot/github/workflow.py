"""What a job tells the runner: annotations as workflow commands, and the step's summary."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from reviewbot.github.commands import annotation
from reviewbot.records import Action, Decision
from reviewbot.report.escape import cut, plain
from reviewbot.report.wording import subject, verdict

_LEVELS = {Action.BLOCK: "error", Action.COMMENT: "warning"}
_MOST = 500  # the runner shows ten of a step; the log shows all


def annotation_lines(decisions: Iterable[Decision]) -> list[str]:
    """A workflow command for each finding that is told."""
    told = [one for one in decisions if one.action in _LEVELS]
    return [_command(one) for one in told[:_MOST]]


def message(decision: Decision) -> str:
    """A finding in one or a few plain lines, for annotations."""
    steps = [
        f"{number}. {step.link.value.replace('-', ' ')}: {cut(plain(step.claim), 300)} "
        f"({plain(step.path)}:{step.line})"
        for number, step in enumerate(decision.finding.trace, start=1)
    ]
    return "\n".join([f"{headline(decision)}: {verdict(decision)}", *steps])


def headline(decision: Decision) -> str:
    """The claim in plain words: Race on counter in worker."""
    parts = [f"{ours} {cut(plain(name), 80)}" for ours, name in subject(decision.finding)]
    words = " ".join(part.strip() for part in parts)
    return words[:1].upper() + words[1:]


def append_summary(path: str | None, text: str) -> None:
    """Add to the step's summary; without one there is nobody to tell."""
    if path:
        with Path(path).open("a", encoding="utf-8", errors="replace") as file:
            file.write(text if text.endswith("\n") else f"{text}\n")


def _command(decision: Decision) -> str:
    finding = decision.finding
    properties = {
        "file": plain(finding.path),
        "line": str(finding.line),
        "endLine": str(max(finding.end_line, finding.line)),
        "title": headline(decision),
    }
    return annotation(_LEVELS[decision.action], message(decision), properties)
