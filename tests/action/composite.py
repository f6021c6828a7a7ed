"""Runs the steps of action.yml as GitHub's runner does: real bash, real files for outputs.

Two third-party actions are played: setup-python answers with the interpreter that the test names,
and actions/cache keeps folders by their key. Expressions are plain look-ups or one comparison;
anything else fails, which proves that action.yml decides nothing.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parents[2]
ACTION = PROJECT / "action.yml"
TOKEN = "ghs_notARealTokenOnlyForTests0000000000"
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_LOOKUP = re.compile(r"[a-z]+(\.[a-zA-Z_-]+)+")
_HEREDOC = re.compile(r"([^=<\n]+)<<([^\n]+)\n(.*?)\n?\2\n", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a use of the action ended."""

    returncode: int
    outputs: dict[str, str]
    summary: str
    log: str
    steps: dict[str, float]  # the names of the steps that ran, and how many seconds each took


@dataclass(slots=True, kw_only=True)
class Runner:
    """A machine that runs the action: its temporary folder, its cache, and one event."""

    home: Path
    workspace: Path
    python: Path = Path(sys.executable)
    action: Path = PROJECT
    environment: dict[str, str] = field(default_factory=dict)  # GITHUB_* of the event
    token: str = TOKEN
    archives: bool = False  # whether the cache keeps archives, as the real one does
    uses: list[str] = field(default_factory=list)  # the third-party actions that were asked for

    def event(self, name: str, payload: Mapping[str, Any], sha: str = "", **more: str) -> None:
        """Say what started the workflow."""
        self.home.mkdir(parents=True, exist_ok=True)
        file = self.home / "event.json"
        file.write_text(json.dumps(payload), encoding="utf-8")
        self.environment.update(
            {
                "GITHUB_EVENT_NAME": name,
                "GITHUB_EVENT_PATH": str(file),
                "GITHUB_SHA": sha,
                "GITHUB_REPOSITORY": "owner/project",
                "GITHUB_RUN_ID": "42",
                **more,
            }
        )

    def run(self, **inputs: str) -> Ended:
        """Run every step; inputs are given by their names with underscores."""
        document = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
        context = self._context(document["inputs"], inputs)
        logs: list[str] = []
        seconds: dict[str, float] = {}
        returncode = 0
        summary = self._fresh("summary.md")
        for step in document["runs"]["steps"]:
            if "if" in step and not condition(step["if"], context):
                continue
            started = time.perf_counter()
            if "uses" in step:
                outputs = self._use(step["uses"], resolved(step.get("with", {}), context))
            else:
                returncode, log, outputs = self._script(step, context, summary)
                logs.append(log)
            seconds[step["name"]] = time.perf_counter() - started
            context["steps"][step.get("id", step["name"])] = {"outputs": outputs}
            if returncode:
                break
        return Ended(
            returncode=returncode,
            outputs={
                name: resolve(said["value"], context) for name, said in document["outputs"].items()
            },
            summary=summary.read_text(encoding="utf-8"),
            log="".join(logs),
            steps=seconds,
        )

    def install_for_publishing(self) -> None:
        """Let the publishing mode use what a review installed: its own takes ten seconds more."""
        installed = self.temp / "reviewbot-python-base"
        if not installed.exists():
            installed.symlink_to(self.temp / "reviewbot-python-cpu")

    def _context(self, declared: dict[str, Any], given: dict[str, str]) -> dict[str, Any]:
        context = {"github": {"token": self.token}, "steps": {}, "inputs": {}}
        named = {name.replace("_", "-"): value for name, value in given.items()}
        assert set(named) <= set(declared), "an input that action.yml does not declare"
        defaults = {name: str(said.get("default", "")) for name, said in declared.items()}
        context["inputs"] = resolved({**defaults, **named}, context)
        return context

    def _use(self, action: str, options: dict[str, str]) -> dict[str, str]:
        self.uses.append(action)
        name = action.partition("@")[0]
        if name == "actions/setup-python":
            return {"python-path": str(self.python)}
        assert name == "actions/cache", f"{action} is not known to this runner"
        kept, folder = self.home / "cache" / options["key"], Path(options["path"])
        hit = kept.exists()
        if hit and self.archives:
            folder.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["tar", "-xf", kept, "-C", folder.parent], check=True)
        elif hit:  # moved, for a copy of all those files takes long
            kept.rename(folder)
        return {"cache-hit": str(hit).lower()}

    def end_job(self) -> None:
        """What happens once a job is over: actions/cache keeps its folder, the rest is cleared."""
        (self.home / "cache").mkdir(exist_ok=True)
        [folder] = self.temp.glob("reviewbot-python-c*")
        kept = self.home / "cache" / self.last_key
        if self.archives:
            subprocess.run(["tar", "-cf", kept, "-C", folder.parent, folder.name], check=True)
        else:
            folder.rename(kept)
        shutil.rmtree(self.temp)

    @property
    def temp(self) -> Path:
        """RUNNER_TEMP."""
        return self.home / "temp"

    last_key: str = ""

    def _script(
        self, step: dict[str, Any], context: dict[str, Any], summary: Path
    ) -> tuple[int, str, dict[str, str]]:
        assert step["shell"] == "bash"
        output = self._fresh("output")
        self.temp.mkdir(parents=True, exist_ok=True)
        script = self._fresh("script.sh")
        script.write_text(step["run"], encoding="utf-8")
        done = subprocess.run(
            # As the runner does for `shell: bash`.
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
            cwd=self.workspace,
            env={
                **clean_environment(),
                **self.environment,
                "GITHUB_ACTION_PATH": str(self.action),
                "GITHUB_WORKSPACE": str(self.workspace),
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(summary),
                "GITHUB_ACTIONS": "true",
                "RUNNER_TEMP": str(self.temp),
                **resolved(step.get("env", {}), context),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=300,
        )
        outputs = parsed_outputs(output.read_text(encoding="utf-8"))
        self.last_key = outputs.get("key", self.last_key)
        return done.returncode, done.stdout.decode("utf-8", "replace"), outputs

    def _fresh(self, name: str) -> Path:
        self.home.mkdir(parents=True, exist_ok=True)
        file = self.home / name
        file.write_text("", encoding="utf-8")
        return file


def clean_environment() -> dict[str, str]:
    """The process's environment without what a GitHub runner or a token of ours would add."""
    foreign = ("GITHUB_", "INPUT_", "GIT_", "REVIEWBOT_", "RUNNER_", "PYTHON", "VIRTUAL_ENV")
    return {key: value for key, value in os.environ.items() if not key.startswith(foreign)}


def resolve(text: str, context: Mapping[str, Any]) -> str:
    """The text with each expression replaced by what it looks up; absent is empty."""
    return _EXPRESSION.sub(lambda found: _look_up(found[1], context), text)


def resolved(values: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, str]:
    """Every value resolved, as the runner does for `env` and `with`."""
    return {key: resolve(_text(value), context) for key, value in values.items()}


def condition(text: str, context: Mapping[str, Any]) -> bool:
    """An `if:`, which may compare one look-up with one word and do nothing else."""
    name, equals, word = text.partition(" == ")
    assert equals and re.fullmatch(r"'[a-z]*'", word), f"logic in YAML: {text}"
    return _look_up(name, context) == word.strip("'")


def _look_up(name: str, context: Mapping[str, Any]) -> str:
    assert _LOOKUP.fullmatch(name), f"logic in YAML: {name}"
    value: Any = context
    for part in name.split("."):
        value = value.get(part, {}) if isinstance(value, Mapping) else {}
    return value if isinstance(value, str) else ""


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def parsed_outputs(text: str) -> dict[str, str]:
    """The outputs that GitHub's runner reads from such a file; a line that it refuses fails."""
    outputs: dict[str, str] = {}
    while text:
        found = _HEREDOC.match(text)
        assert found, f"the runner cannot read: {text[:80]!r}"
        outputs[found[1]] = found[3]
        text = text[found.end() :]
    return outputs
