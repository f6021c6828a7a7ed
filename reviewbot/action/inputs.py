"""The action's inputs, read from the environment that action.yml fills; nothing heavy imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reviewbot.errors import BadInput

MODES = ("review", "publish", "sanitize")
FAIL_ON = ("never", "block", "comment")
FORMATS = ("text", "json", "sarif", "markdown")
DEVICES = ("cpu", "cuda")
SWITCH = ("false", "true")
_MOST_COMMENTS = 100  # more than anyone reads; GitHub slows a bot down long before


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What one use of the action was asked for."""

    mode: str = "review"
    policy: str | None = None
    base: str | None = None
    head: str | None = None
    fail_on: str = "block"
    max_comments: int | None = None  # None: as the policy says
    resolve_threads: bool = False
    format: str = "text"
    sarif_file: str | None = None  # None: a file of ours under RUNNER_TEMP
    working_directory: str = "."
    device: str = "cpu"
    target: str | None = None
    token: str | None = field(default=None, repr=False)  # never shown


def read_inputs(environ: Mapping[str, str]) -> Inputs:
    """The inputs from INPUT_* variables; an empty one counts as not given; BadInput if wrong."""
    given = {name: environ.get(f"INPUT_{name}", "").strip() for name in _NAMES}
    return Inputs(
        mode=_one_of("mode", given["MODE"] or "review", MODES),
        policy=given["POLICY"] or None,
        base=given["BASE"] or None,
        head=given["HEAD"] or None,
        fail_on=_one_of("fail-on", given["FAIL_ON"] or "block", FAIL_ON),
        max_comments=_count("max-comments", given["MAX_COMMENTS"]),
        resolve_threads=_one_of("resolve-threads", given["RESOLVE_THREADS"] or "false", SWITCH)
        == "true",
        format=_one_of("format", given["FORMAT"] or "text", FORMATS),
        sarif_file=given["SARIF_FILE"] or None,
        working_directory=given["WORKING_DIRECTORY"] or ".",
        device=_one_of("device", given["DEVICE"] or "cpu", DEVICES),
        target=given["TARGET"] or None,
        token=given["GITHUB_TOKEN"] or None,
    )


_NAMES = (
    "MODE",
    "POLICY",
    "BASE",
    "HEAD",
    "FAIL_ON",
    "MAX_COMMENTS",
    "RESOLVE_THREADS",
    "FORMAT",
    "SARIF_FILE",
    "WORKING_DIRECTORY",
    "DEVICE",
    "TARGET",
    "GITHUB_TOKEN",
)


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise BadInput(f"The input `{name}` is {value!r}; set it to one of {', '.join(allowed)}.")
    return value


def _count(name: str, value: str) -> int | None:
    if not value:
        return None
    if not value.isascii() or not value.isdigit() or int(value) > _MOST_COMMENTS:
        raise BadInput(
            f"The input `{name}` is {value!r}; set it to a whole number from 0 to {_MOST_COMMENTS}."
        )
    return int(value)
