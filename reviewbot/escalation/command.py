"""Escalation as commands need it: a plan for a review, and its targets run here."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from reviewbot.errors import BadInput
from reviewbot.escalation.artifact import (
    PlanModel,
    evidence_json,
    plan_json,
    read_plan,
    write_json,
)
from reviewbot.escalation.folders import open_folder
from reviewbot.escalation.ledger import append, entries, ledger_path
from reviewbot.escalation.nothing import nothing_to_run
from reviewbot.escalation.plan import plan
from reviewbot.escalation.records import Outcome, Target
from reviewbot.escalation.run import Runner, run_targets
from reviewbot.escalation.sandbox import Sandbox, open_sandbox
from reviewbot.escalation.state import State
from reviewbot.escalation.tools import Toolbox
from reviewbot.escalation.verdicts import attach
from reviewbot.git import Repository
from reviewbot.policy import Policy
from reviewbot.records import Review
from reviewbot.report.escape import plain

Told = Callable[[Outcome], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """What the commands of escalation have in common."""

    repository: Repository
    head: str  # a commit
    policy: Policy
    budget: float | None = None  # seconds; None: the policy's
    evidence_file: Path | None = None
    unsafe: bool = False

    @property
    def seconds(self) -> float:
        """The budget in force."""
        return self.policy.sanitizer.budget_seconds if self.budget is None else self.budget


def write_plan(path: Path, review: Review, escalation: Escalation) -> tuple[Target, ...]:
    """Write the escalation plan of a review; nothing is run."""
    targets = _plan(review, escalation)
    text = plan_json(
        targets,
        escalation.policy.sanitizer,
        head_sha=escalation.head,
        budget_seconds=escalation.seconds,
        repository=_repository(),
    )
    write_json(path, text)
    return targets


def run_review(review: Review, escalation: Escalation) -> Review:
    """The review after its targets were run here, with the evidence attached."""
    sandbox = open_sandbox(unsafe=escalation.unsafe)  # refuse before anything else is done
    targets = _plan(review, escalation)
    if not targets:
        _tell(nothing_to_run(review, escalation.policy, escalation.seconds))
    changed = tuple(file.path for file in review.files)
    bundle = review.bundle.sha256 if review.bundle else None
    outcomes = _run(targets, escalation, sandbox, changed, bundle)
    return attach(review, outcomes, escalation.policy)


def run_plan(plan_: PlanModel, target: str | None, escalation: Escalation) -> tuple[Outcome, ...]:
    """Run the targets of a plan file, or the one of that name, as the plan's own policy says."""
    policy = replace(escalation.policy, sanitizer=plan_.sanitizer.settings())
    escalation = replace(escalation, policy=policy)
    sandbox = open_sandbox(unsafe=escalation.unsafe)
    targets = plan_.records()
    if target is not None:
        chosen = tuple(one for one in targets if one.id == target)
        if not chosen:
            names = ", ".join(one.id for one in targets) or "none: the plan is empty"
            raise BadInput(f"The plan has no target {target!r}; it has {names}.")
        targets = chosen
    if not targets:
        _tell("the plan is empty: the review that wrote it had nothing to run")
    changed = tuple({one.path for one in plan_.records()})
    return _run(targets, escalation, sandbox, changed, None)


def _tell(words: str) -> None:
    print(f"reviewbot: {words}", file=sys.stderr)


def open_plan(path: Path) -> PlanModel:
    """A plan file, read and checked; BadPlan if it is none."""
    return read_plan(path)


def told(outcome: Outcome) -> str:
    """One outcome on one line."""
    place = f"{outcome.target.path}:{outcome.target.line}"
    name = f" {outcome.target.function}" if outcome.target.function else ""
    return plain(f"{outcome.verdict.value}: {place}{name}: {outcome.reason} [{outcome.tool}]")


def _plan(review: Review, escalation: Escalation) -> tuple[Target, ...]:
    def read(path: str) -> str:
        data = escalation.repository.read(escalation.head, path)
        return data.decode("utf-8", "replace") if isinstance(data, bytes) else ""

    return plan(review, escalation.policy, escalation.seconds, read=read)


def _run(
    targets: Sequence[Target],
    escalation: Escalation,
    sandbox: Sandbox,
    changed: Sequence[str],
    bundle: str | None,
) -> tuple[Outcome, ...]:
    settings, git_dir = escalation.policy.sanitizer, escalation.repository.git_dir
    with open_folder() as work, _progress(len(targets)) as told_:
        runner = Runner(
            repository=escalation.repository,
            head=escalation.head,
            settings=settings,
            sandbox=sandbox,
            toolbox=Toolbox(sandbox),
            work=work,
            state=State.of(git_dir, escalation.head, settings),
            changed=changed,
        )
        outcomes = run_targets(targets, runner, escalation.seconds, told_)
    append(ledger_path(git_dir), entries(outcomes, bundle))
    if escalation.evidence_file:
        text = evidence_json(outcomes, head_sha=escalation.head, repository=_repository())
        write_json(escalation.evidence_file, text)
    return outcomes


def _repository() -> str | None:
    """owner/name, where GitHub says it."""
    return os.environ.get("GITHUB_REPOSITORY") or None


@contextmanager
def _progress(total: int) -> Iterator[Told]:
    """Tells each outcome on stderr, above a bar where that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda outcome: print(f"reviewbot: {told(outcome)}", file=sys.stderr)
        return
    # Lazy: rich is for people who wait, and most runs have nothing to wait for.
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("Running a sanitizer", total=total)

        def tell(outcome: Outcome) -> None:
            shown.console.print(told(outcome), markup=False, highlight=False)
            shown.advance(task)

        yield tell
