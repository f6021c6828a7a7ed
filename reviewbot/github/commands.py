"""Workflow commands: the lines of a job's log that GitHub's runner obeys.

Text from a pull request could imitate one; here is the only place that writes them. Standard
library alone: the action's install step runs before anything is installed.

https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Mapping


def annotation(level: str, message: str, places: Mapping[str, str]) -> str:
    """The command for an annotation, one line; it needs no permission at all."""
    given = ",".join(f"{key}={_property(value)}" for key, value in places.items())
    return f"::{level}{' ' if given else ''}{given}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
