"""Installs reviewbot for the action: a virtual environment of its own, kept by the cache step.

Runs on the Python that the action set up, before anything is installed: standard library alone.
`plan` says where the environment goes and under which key it is cached; `make` fills it unless the
cache did.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from reviewbot.action.channel import annotate, write_outputs
from reviewbot.action.inputs import Inputs, read_inputs
from reviewbot.errors import EXIT_OK, ReviewbotError
from reviewbot.process import Completed, run

PROJECT = Path(__file__).resolve().parents[2]  # the action's own checkout
_DONE = "reviewbot-is-installed"
_TIMEOUT = 540.0  # seconds; a step that hangs costs the team minutes of its runner
_SOURCES = ("pyproject.toml", "reviewbot", "hooks", "policies")
_EXTRAS = {"cpu": "[cpu]", "cuda": "[gpu]"}


class CannotInstall(ReviewbotError):
    """The action's virtual environment could not be made."""


def main(arguments: list[str], environ: Mapping[str, str]) -> int:
    """`plan` or `make`; returns the exit code and says in an annotation what went wrong."""
    try:
        inputs = read_inputs(environ)
        folder = _folder(environ, inputs)
        if arguments == ["plan"]:
            write_outputs(environ.get("GITHUB_OUTPUT"), _plan(folder, inputs))
        else:
            _make(folder, inputs)
        return EXIT_OK
    except ReviewbotError as error:
        annotate("error", str(error))
        return error.exit_code


def _plan(folder: Path, inputs: Inputs) -> dict[str, str]:
    # What the publishing job runs holds a token that can write: nothing of it comes from a cache,
    # which any workflow of the default branch could have filled.
    return {
        "folder": str(folder),
        "python": str(_python(folder)),
        "key": _key(folder, inputs),
        "cached": "false" if inputs.mode == "publish" else "true",
    }


def _folder(environ: Mapping[str, str], inputs: Inputs) -> Path:
    # The name differs by what is inside, for one job may use the action in more than one mode.
    home = environ.get("RUNNER_TEMP") or str(PROJECT / ".work")
    return Path(home) / f"reviewbot-python-{_extra(inputs).strip('[]') or 'base'}"


def _extra(inputs: Inputs) -> str:
    # What publishes asks no model, and does without a runtime for it.
    return "" if inputs.mode == "publish" else _EXTRAS[inputs.device]


def _key(folder: Path, inputs: Inputs) -> str:
    """Names everything that the environment's content depends on.

    An environment holds absolute paths, so its place and its interpreter's belong to that. So does
    the month: else one that is in daily use would keep its packages' versions for ever.
    """
    parts = (
        str(folder),
        str(Path(sys.executable).resolve()),
        sys.version,
        platform.platform(),
        _extra(inputs),
        time.strftime("%Y-%m", time.gmtime()),
        _sources_hash(),
    )
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
    return f"reviewbot-{platform.system()}-{platform.machine()}-{digest}"


def _sources_hash() -> str:
    digest = hashlib.sha256()
    for file in _sources():
        digest.update(f"{file.relative_to(PROJECT).as_posix()}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    for name in _SOURCES:
        path = PROJECT / name
        found = (path,) if path.is_file() else sorted(path.rglob("*"))
        yield from (f for f in found if f.is_file() and "__pycache__" not in f.parts)


def _make(folder: Path, inputs: Inputs) -> None:
    if (folder / _DONE).is_file() and _python(folder).exists():
        print("reviewbot is installed already, from the cache.")
        return
    shutil.rmtree(folder, ignore_errors=True)  # a half-made one
    # Isolated (-I): nothing in the working directory, which may hold a stranger's code, is
    # imported. Wheels only: of the packages that are fetched, none runs code to be installed.
    # Not compiled: only what a run imports is, and the cache then keeps that too.
    python = (sys.executable, "-I", "-m")
    _run(*python, "venv", "--without-pip", str(folder))  # a pip of its own would take seconds
    into = ("--python", str(_python(folder)), "--disable-pip-version-check", "--no-input")
    options = ("--quiet", "--only-binary", ":all:", "--no-compile")
    _run(*python, "pip", *into, "install", *options, f"{PROJECT}{_extra(inputs)}")
    (folder / _DONE).touch()


def _python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _run(*command: str) -> None:
    completed = run(command, timeout=_TIMEOUT)
    if completed.returncode != 0 or completed.timed_out:
        raise CannotInstall(
            f"`{' '.join(command[1:5])} …` {_end(completed)}. Look at its last words above; on a "
            "runner without access to PyPI, set PIP_INDEX_URL to a mirror of it."
        )


def _end(completed: Completed) -> str:
    said = (completed.stdout + completed.stderr).decode("utf-8", "replace")
    print(said, file=sys.stderr)
    if completed.timed_out:
        return f"did not end within {_TIMEOUT:.0f} s"
    return f"ended with status {completed.returncode}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
