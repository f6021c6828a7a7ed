"""How a step talks to GitHub's runner: outputs and the log's commands.

Every one of these is a line protocol that text from a pull request could imitate. Standard library
alone: the install step runs before anything is installed.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from reviewbot.github.commands import annotation


def write_outputs(file: str | None, values: Mapping[str, str]) -> None:
    """Append outputs to the file that GITHUB_OUTPUT names; without one, print them.

    Each value stands between delimiters that were drawn after the value was known, so that no
    value can end itself early and set another output.
    """
    text = "".join(_output(name, value) for name, value in values.items())
    if file:
        with Path(file).open("a", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(text)
    else:
        for name, value in values.items():
            print(f"{name} = {value!r}")


def _output(name: str, value: str) -> str:
    delimiter = f"reviewbot_{secrets.token_hex(16)}"
    # Carriage returns end a line for some readers of the file; ours never need one.
    return f"{name}<<{delimiter}\n{value.replace(chr(13), '')}\n{delimiter}\n"


@contextmanager
def no_commands() -> Iterator[None]:
    """Within, the runner takes no line of the log for a command, whatever code or path it shows."""
    token = secrets.token_hex(16)
    _line(f"::stop-commands::{token}")
    try:
        yield
    finally:
        _line(f"::{token}::")


def annotate(level: str, message: str) -> None:
    """One annotation of the step itself."""
    _line(annotation(level, message, {"title": "reviewbot"}))


def _line(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()  # the runner reads stdout and stderr of one pipe: the order must hold
