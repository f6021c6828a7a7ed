"""The action's last step: find the revisions, call the commands, hand on what they wrote.

Every output is set whatever happens, so that `fromJSON` in a workflow never meets an empty text.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import traceback
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reviewbot.action.channel import annotate, no_commands, write_outputs
from reviewbot.action.inputs import Inputs, read_inputs
from reviewbot.action.revisions import read_event, revisions
from reviewbot.action.told import Told, told_by
from reviewbot.errors import (
    EXIT_BLOCKED,
    EXIT_BUG,
    EXIT_OK,
    EXIT_USAGE,
    BadInput,
    NotARepository,
    ReviewbotError,
)
from reviewbot.escalation.artifact import matrix, read_plan
from reviewbot.git import Repository, open_repository

CommandLine = Callable[[Sequence[str]], int]
REVIEW_FILE = "reviewbot-review.json"
PLAN_FILE = "reviewbot-plan.json"
SARIF_FILE = "reviewbot.sarif"
NO_MATRIX = '{"include": []}'
_TARGET = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_EVIDENCE = re.compile(r"reviewbot-evidence-[A-Za-z0-9_.-]{1,100}\.json")
_MOST_JOBS = 256  # of one matrix, by GitHub's limits; the plan's budget allows far fewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What a review writes."""

    review: Path
    plan: Path
    sarif: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a mode came to: the step's exit code and outputs."""

    exit_code: int
    told: Told = field(default=Told())
    matrix: str = NO_MATRIX
    sarif_file: Path | None = None
    review_file: Path | None = None

    def outputs(self) -> dict[str, str]:
        """The outputs by the names that action.yml gives them."""
        return {
            "findings": str(self.told.findings),
            "blocking": str(self.told.blocking),
            "escalate": str(len(json.loads(self.matrix)["include"])),
            "sanitizer-matrix": self.matrix,
            "sarif-file": _existing(self.sarif_file),
            "review-file": _existing(self.review_file),
        }


def _existing(path: Path | None) -> str:
    return str(path) if path is not None and path.is_file() else ""


def main(environ: MutableMapping[str, str], command: CommandLine) -> int:
    """Run the mode that the inputs ask for; returns the step's exit code."""
    try:
        outcome = _run(environ, command)
    except ReviewbotError as error:
        annotate("error", str(error))
        outcome = Outcome(exit_code=error.exit_code)
    except Exception:  # the one error boundary here: Python's own exit code 1 would mean a finding
        outcome = _bug()
    write_outputs(environ.get("GITHUB_OUTPUT"), outcome.outputs())
    return outcome.exit_code


def _bug() -> Outcome:
    # To the log, for a file would be gone with the runner.
    with no_commands():
        print(traceback.format_exc(), flush=True)
    message = "This is a bug in reviewbot: please paste the log above into an issue of the project."
    annotate("error", message)
    return Outcome(exit_code=EXIT_BUG)


def _run(environ: MutableMapping[str, str], command: CommandLine) -> Outcome:
    inputs = read_inputs(environ)
    _keep_token_where_it_is_needed(environ, inputs)
    environ["REVIEWBOT_DEVICE"] = inputs.device
    folder = Path(environ.get("GITHUB_WORKSPACE") or ".") / inputs.working_directory
    if inputs.mode == "publish":
        return _publish(folder, inputs, command)
    _enter(folder, inputs)
    mode = _review if inputs.mode == "review" else _sanitize
    return mode(environ, inputs, command)


def _keep_token_where_it_is_needed(environ: MutableMapping[str, str], inputs: Inputs) -> None:
    """Leave the token to publishing alone: what sanitizers run must not inherit it."""
    for name in ("GITHUB_TOKEN", "INPUT_GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN"):
        environ.pop(name, None)
    if inputs.token and inputs.mode != "sanitize":
        environ["GITHUB_TOKEN"] = inputs.token


def _enter(folder: Path, inputs: Inputs) -> None:
    if not folder.is_dir():
        raise BadInput(
            f"The input `working-directory` names {inputs.working_directory!r}, which is no "
            "directory here: check the repository out in an earlier step."
        )
    os.chdir(folder)


def _checkout() -> Repository:
    try:
        return open_repository(Path.cwd())
    except NotARepository:
        raise BadInput(
            "There is no checkout here to review: put actions/checkout with `fetch-depth: 0` "
            "before this step."
        ) from None


def _review(environ: Mapping[str, str], inputs: Inputs, command: CommandLine) -> Outcome:
    """Review what the event brought, and publish it at once where the token may write."""
    found = revisions(read_event(environ), inputs, _checkout())
    if found is None:
        annotate("notice", "This event leaves no code to review.")
        return Outcome(exit_code=EXIT_OK)
    files = _files(environ, inputs)
    code = _quietly(command, _review_words(found, inputs, files))
    if code not in (EXIT_OK, EXIT_BLOCKED):
        return Outcome(exit_code=code)
    # Without a token, or with one that can only read, this tells the job's summary and log alone.
    code = _aloud(command, _publish_words(files.review, inputs))
    return Outcome(
        exit_code=code,
        told=told_by(files.review),
        matrix=_matrix(files.plan),
        sarif_file=files.sarif,
        review_file=files.review,
    )


def _review_words(revisions: tuple[str, str], inputs: Inputs, files: Files) -> list[str]:
    # `--name=value`, so that a value with a leading dash is no option.
    given = {
        "base": revisions[0],
        "head": revisions[1],
        "policy": inputs.policy,
        "fail-on": inputs.fail_on,
        "format": inputs.format,
        "review-file": str(files.review),
        "plan": str(files.plan),
        "sarif-file": str(files.sarif),
    }
    return ["review", *(f"--{name}={value}" for name, value in given.items() if value is not None)]


def _matrix(plan: Path) -> str:
    if not plan.is_file():
        return NO_MATRIX
    return matrix(read_plan(plan).records()[:_MOST_JOBS])


def _publish(folder: Path, inputs: Inputs, command: CommandLine) -> Outcome:
    """Publish the data of another run's artifacts, which were downloaded into the folder."""
    review_file = folder / REVIEW_FILE
    if not _is_plain(review_file):
        message = f"There is no {REVIEW_FILE} in the downloaded data: nothing to publish."
        annotate("notice", message)
        return Outcome(exit_code=EXIT_OK)
    evidence = _evidence_files(folder)
    words = _publish_words(review_file, inputs)
    words += [f"--evidence={file}" for file in evidence]
    code = _aloud(command, words)
    if code not in (EXIT_OK, EXIT_BLOCKED):
        return Outcome(exit_code=code)
    return Outcome(exit_code=code, told=told_by(review_file, evidence), review_file=review_file)


def _publish_words(review_file: Path, inputs: Inputs) -> list[str]:
    words = ["publish", f"--review-file={review_file}", f"--fail-on={inputs.fail_on}"]
    if inputs.max_comments is not None:
        words.append(f"--max-comments={inputs.max_comments}")
    if inputs.resolve_threads:
        words.append("--resolve-threads")
    return words


def _evidence_files(folder: Path) -> list[Path]:
    files = sorted(f for f in folder.iterdir() if _EVIDENCE.fullmatch(f.name) and _is_plain(f))
    return files[:_MOST_JOBS]


def _is_plain(path: Path) -> bool:
    """Whether it is a file and no link: an archive may hold links to anywhere on the runner."""
    return path.is_file() and not path.is_symlink()


def _sanitize(environ: Mapping[str, str], inputs: Inputs, command: CommandLine) -> Outcome:
    """Run one entry of the matrix. The plan is made anew: so none need be carried, or trusted."""
    target = inputs.target or ""
    if not _TARGET.fullmatch(target):
        raise BadInput(
            "The input `target` must be the id of an entry of the sanitizer matrix, as in "
            "`target: ${{ matrix.id }}`."
        )
    found = revisions(read_event(environ), inputs, _checkout())
    if found is None:
        return Outcome(exit_code=EXIT_OK)
    files = _files(environ, inputs)
    code = _quietly(command, _review_words(found, inputs, files))
    if code not in (EXIT_OK, EXIT_BLOCKED):
        return Outcome(exit_code=code)
    evidence = files.review.with_name(f"reviewbot-evidence-{target}.json")
    # The plan carries the policy too: the base's, as the review takes it from there.
    given = {"plan": files.plan, "target": target, "evidence-file": evidence}
    words = ["sanitize", *(f"--{name}={value}" for name, value in given.items())]
    code = _quietly(command, words)
    # A confirmed race is for the publishing job to tell: this one only gathers evidence.
    return Outcome(exit_code=EXIT_OK if code == EXIT_BLOCKED else code, review_file=evidence)


def _quietly(command: CommandLine, words: Sequence[str]) -> int:
    """Run a command whose report shows code of the change: nothing that it prints is obeyed."""
    with no_commands():
        code = _run_command(command, words)
    return _complained(words, code)


def _aloud(command: CommandLine, words: Sequence[str]) -> int:
    """Run a command whose annotations the runner is to obey."""
    return _complained(words, _run_command(command, words))


def _run_command(command: CommandLine, words: Sequence[str]) -> int:
    try:
        return command(words)
    except SystemExit as end:  # argparse's way of refusing a value
        return end.code if isinstance(end.code, int) else EXIT_USAGE


def _complained(words: Sequence[str], code: int) -> int:
    """The code, after an annotation if it means a failure: few people open a log unasked."""
    if code not in (EXIT_OK, EXIT_BLOCKED):
        annotate("error", f"`reviewbot {words[0]}` failed: the log of this step says why.")
    return code


def _files(environ: Mapping[str, str], inputs: Inputs) -> Files:
    """Places in a new folder outside the checkout, so that no link of a change misleads a write."""
    home = environ.get("RUNNER_TEMP") or None
    folder = Path(tempfile.mkdtemp(prefix="reviewbot-data-", dir=home))
    return Files(
        review=folder / REVIEW_FILE, plan=folder / PLAN_FILE, sarif=_sarif_file(inputs, folder)
    )


def _sarif_file(inputs: Inputs, folder: Path) -> Path:
    """Where SARIF goes: by default beside the review file, else within the working directory."""
    if inputs.sarif_file is None:
        return folder / SARIF_FILE
    here = Path.cwd().resolve()
    place = (here / inputs.sarif_file).parent.resolve()
    if not place.is_dir() or not place.is_relative_to(here):
        raise BadInput(
            f"The input `sarif-file` is {inputs.sarif_file!r}: give a file in a directory that "
            "exists within the working directory."
        )
    return place / Path(inputs.sarif_file).name
