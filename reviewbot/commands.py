"""The commands: each builds the real collaborators, runs the pipeline and says what came of it."""

from __future__ import annotations

import argparse
import math
import os
import shutil
import string
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from reviewbot import demo as example
from reviewbot.baseline import read_baseline, write_baseline
from reviewbot.changes import of_files, of_range, of_staged
from reviewbot.code.includes import Read
from reviewbot.errors import EXIT_OK, BadInput
from reviewbot.fail_on import exit_code
from reviewbot.fixes.head import Head, Predict, Suggest
from reviewbot.git import Repository, open_repository, repository_or_none
from reviewbot.output import last_review_path, save_last_review, say, write_report
from reviewbot.pipeline import (
    INTERNAL_ERROR,
    Collaborators,
    Predictor,
    Profile,
    Slower,
    Source,
)
from reviewbot.pipeline import review as run_pipeline
from reviewbot.policy import Policy
from reviewbot.policy_commands import policy as policy_command
from reviewbot.policy_commands import policy_source
from reviewbot.policy_file import load_policy
from reviewbot.progress import bar
from reviewbot.records import (
    Action,
    Analysis,
    Construct,
    Decision,
    Finding,
    Reason,
    Region,
    Review,
)
from reviewbot.report.render import render
from reviewbot.report.wording import summary
from reviewbot.settings import Settings, settings_from

if TYPE_CHECKING:
    from reviewbot.escalation.command import Escalation

WIDEST = 120  # columns; longer lines of prose are hard to read
_NO_CHANGE = (
    "reviewbot: the base has all that {} holds, so there is no change to review; what is not "
    "committed is read by `reviewbot review --staged` and `reviewbot scan PATH`"
)
_TOLD = (Action.BLOCK, Action.COMMENT, Action.ESCALATE)
# Notes that a hook passes on: something new that was cut off or could not be judged.
_WORTH_A_WORD = (Reason.LOW_CONFIDENCE, Reason.OVER_COMMENT_CAP)


def review(options: argparse.Namespace) -> int:
    """`reviewbot review`: the change between two revisions, or what is staged."""
    repository = open_repository(Path.cwd())
    settings = settings_from(vars(options), os.environ)
    if not options.staged:
        return _review_range(options, settings, repository)
    if options.review_file or options.policy_from_base or options.plan:
        told = "--review-file, --policy-from-base and --plan need a base: leave out --staged."
        raise BadInput(told)
    if options.base or options.head:
        raise BadInput("--staged compares the index with HEAD: leave out --base and --head.")
    return _report(
        of_staged(repository),
        settings,
        repository,
        keep=lambda outcome: _write_sarif(options.sarif_file, outcome),
    )


def _review_range(options: argparse.Namespace, settings: Settings, repository: Repository) -> int:
    base, head = _revisions(repository, options.base, options.head)
    if base == head:
        print(_NO_CHANGE.format(head[:10]), file=sys.stderr)
    of_base = options.review_file or options.policy_from_base
    policy = _policy(settings, repository, base if of_base else None)

    def keep(outcome: Review) -> None:
        """Write what else was asked for: SARIF, the plan of sanitizer runs, the review file."""
        _write_sarif(options.sarif_file, outcome)
        if options.plan:
            _write_plan(Path(options.plan), outcome, repository, head, policy)
        if options.review_file:
            _write_review_file(options, outcome, (base, head), repository, policy)

    return _report(
        of_range(repository, base, head),
        settings,
        repository,
        can_escalate=True,
        policy=policy,
        keep=keep,
        fail_on=options.fail_on or "block",
    )


def _policy(settings: Settings, repository: Repository, base: str | None) -> Policy:
    """The policy of a run: as it stands here, or as the commit `base` has it."""
    if base is None:
        return load_policy(policy_source(settings, repository))
    # Lazy, as the next two: a review that stays on this machine needs nothing of GitHub's.
    from reviewbot.github.base_policy import policy_of_base

    return policy_of_base(repository, base, settings.policy)


def _write_review_file(
    options: argparse.Namespace,
    outcome: Review,
    revisions: tuple[str, str],
    repository: Repository,
    policy: Policy,
) -> None:
    from reviewbot.github.review_file import Reviewable, write_review_file

    base, head = revisions
    change = Reviewable(
        repository=repository,
        base=options.base or base,
        merge_base=base,
        head=head,
        policy=policy,
        policy_asked=settings_from(vars(options), os.environ).policy,
        fail_on=options.fail_on or "block",
    )
    write_review_file(Path(options.review_file), outcome, change, os.environ)


def _write_plan(
    path: Path, outcome: Review, repository: Repository, head: str, policy: Policy
) -> None:
    # Lazy: most reviews escalate nothing.
    from reviewbot.escalation.command import Escalation, write_plan

    write_plan(path, outcome, Escalation(repository=repository, head=head, policy=policy))


def _write_sarif(path: str | None, outcome: Review) -> None:
    if path:
        write_report(Path(path), render(outcome, "sarif"))


def _revisions(repository: Repository, base: str | None, head: str | None) -> tuple[str, str]:
    """The merge base and the head, as commits."""
    base = base or repository.default_branch_guess()
    if base is None:
        raise BadInput("There is no main, master or origin branch to compare with: give --base.")
    head = repository.resolve(head or "HEAD")
    return repository.merge_base(base, head), head


def sanitize(options: argparse.Namespace) -> int:
    """`reviewbot sanitize`: run what a review is not sure of, here, and say what came of it."""
    if not (options.plan or options.local):
        raise BadInput("Give --local to run the plan of this change here, or --plan FILE.")
    if options.budget is not None and not 0 <= options.budget < math.inf:
        raise BadInput("--budget is a number of seconds, 0 or more.")
    repository = open_repository(Path.cwd())
    settings = settings_from(vars(options), os.environ)
    if options.plan:
        return _sanitize_plan(options, repository)
    policy = load_policy(policy_source(settings, repository))
    if options.target:
        raise BadInput("--target names a target of a plan: give --plan FILE as well.")
    base, head = _revisions(repository, options.base, options.head)
    escalation = _escalation(options, repository, policy, head)
    # Lazy: no other command runs anything.
    from reviewbot.escalation.command import run_review

    return _report(
        of_range(repository, base, head),
        settings,
        repository,
        can_escalate=True,
        policy=policy,
        then=lambda outcome: run_review(outcome, escalation),
        fail_on=options.fail_on or "block",
    )


def _sanitize_plan(options: argparse.Namespace, repository: Repository) -> int:
    if options.base or options.head or options.policy:
        raise BadInput("A plan names its commit and policy: leave out --base, --head, --policy.")
    from reviewbot.escalation.command import open_plan, run_plan, told

    plan = open_plan(Path(options.plan))
    escalation = _escalation(options, repository, Policy(), repository.resolve(plan.head_sha))
    for outcome in run_plan(plan, options.target, escalation):
        say(f"{told(outcome)}\n")
    return EXIT_OK


def _escalation(
    options: argparse.Namespace, repository: Repository, policy: Policy, head: str
) -> Escalation:
    from reviewbot.escalation.command import Escalation

    return Escalation(
        repository=repository,
        head=head,
        policy=policy,
        budget=options.budget,
        evidence_file=Path(options.evidence_file) if options.evidence_file else None,
        unsafe=options.unsafe_local,
    )


def scan(options: argparse.Namespace) -> int:
    """`reviewbot scan`: files as they are on disk, changed or not."""
    settings = settings_from(vars(options), os.environ)
    repository = repository_or_none(Path.cwd())
    home = repository or _home_of(options.paths[0])
    policy = load_policy(policy_source(settings, home))
    sources = of_files(options.paths, home.root if home else None, bar)
    return _report(sources, settings, repository, policy=policy)


def _home_of(path: str) -> Repository | None:
    """The repository in which a path lies, for who stands in none."""
    place = Path(path)
    return repository_or_none(place if place.is_dir() else place.parent)


def hook_staged(options: argparse.Namespace, repository: Repository) -> int:
    """`reviewbot hook pre-commit`, once it is known that parallel code may be staged."""
    settings = settings_from(vars(options), os.environ)
    return _report(
        of_staged(repository), settings, repository, only_if=_is_worth_a_word, suggests=False
    )


def hook_ranges(
    options: argparse.Namespace, repository: Repository, ranges: Iterable[tuple[str, str]]
) -> int:
    """`reviewbot hook pre-push`, once it is known which ranges may hold parallel code."""
    settings = settings_from(vars(options), os.environ)
    return max(
        _report(
            of_range(repository, base, head),
            settings,
            repository,
            only_if=_is_worth_a_word,
            suggests=False,
        )
        for base, head in ranges
    )


def _is_worth_a_word(outcome: Review) -> bool:
    """Whether someone who commits must hear of it: old and fixed findings alone are no news."""
    return any(map(_is_news, outcome.decisions)) or any(f.skipped for f in outcome.files)


def _is_news(decision: Decision) -> bool:
    noted = decision.action is Action.NOTE and decision.reason in _WORTH_A_WORD
    return noted or decision.action in _TOLD


def _report(
    sources: Iterable[Source],
    settings: Settings,
    repository: Repository | None,
    *,
    can_escalate: bool = False,
    only_if: Callable[[Review], bool] = lambda _: True,
    policy: Policy | None = None,
    then: Callable[[Review], Review] = lambda outcome: outcome,
    keep: Callable[[Review], None] = lambda _: None,
    fail_on: str = "block",
    suggests: bool = True,
) -> int:
    """Run the pipeline, publish its outcome where the settings say, and return the exit code."""
    collaborators = _collaborators(settings, repository, can_escalate, policy, suggests)
    outcome = then(run_pipeline(sources, collaborators))
    save_last_review(repository.git_dir if repository else None, render(outcome, "json"))
    keep(outcome)
    if only_if(outcome):
        _publish(outcome, settings)
    _warn_of_faults(outcome)
    if settings.write_baseline:
        known = [decision.finding for decision in outcome.decisions if _is_accepted(decision)]
        told = write_baseline(settings.write_baseline, known)
        print(f"reviewbot: {told}", file=sys.stderr)
        return EXIT_OK  # what was just accepted does not block
    return exit_code(outcome.decisions, fail_on)


def _is_accepted(decision: Decision) -> bool:
    # What is dropped for its low probability is left out: it should be told if it ever rises.
    return decision.action is not Action.DROP or decision.reason is Reason.IN_BASELINE


def _publish(outcome: Review, settings: Settings) -> None:
    to_terminal = settings.output is None and sys.stdout.isatty()
    width = min(shutil.get_terminal_size((100, 24)).columns, WIDEST)
    colored = settings.output is None and settings.colored(to_terminal)
    text = render(outcome, settings.format, color=colored, width=width)
    if settings.output is None:
        say(text)
        return
    write_report(settings.output, text)
    print(f"reviewbot: {summary(outcome)}; report in {settings.output}", file=sys.stderr)


def _warn_of_faults(outcome: Review) -> None:
    faulty = [f for f in outcome.files if f.skipped and f.skipped.startswith(INTERNAL_ERROR)]
    if faulty:
        print(
            f"reviewbot: warning: a fault in reviewbot kept it from reading {len(faulty)} of "
            f"{len(outcome.files)} files, {faulty[0].path} first ({faulty[0].skipped}): run again "
            "with --strict-errors for a log to send us.",
            file=sys.stderr,
        )


def _collaborators(
    settings: Settings,
    repository: Repository | None,
    can_escalate: bool,
    policy: Policy | None,
    suggests: bool,
) -> Collaborators:
    policy = policy or load_policy(policy_source(settings, repository))
    return Collaborators(
        analyse=_analyse,
        load_predictor=lambda: _load_predictor(settings),
        policy=policy,
        suggest=_suggest(policy) if suggests else None,
        profile=_profile(settings),
        slower=_slower(settings),
        baseline=read_baseline(settings.baseline) if settings.baseline else frozenset(),
        can_escalate=can_escalate,
        strict_errors=settings.strict_errors,
    )


def _analyse(path: str, data: bytes, tree: Read | None, before: Mapping[str, int]) -> Analysis:
    # Lazy: a scan that meets no parallel code needs no parser.
    from reviewbot.code.analyse import analyse

    return analyse(path, data, tree, before)


def _suggest(policy: Policy) -> Suggest:
    def suggest(
        decisions: Sequence[Decision], heads: Mapping[str, Head], predict: Predict
    ) -> tuple[Decision, ...]:
        if not any(decision.action in _TOLD for decision in decisions):
            return tuple(decisions)
        # Lazy: where there is nothing to mend, the usual case, no rule is loaded.
        from reviewbot.fixes.suggest import Suggester

        return Suggester(_analyse, policy.comment_level)(decisions, heads, predict)

    return suggest


def _profile(settings: Settings) -> Profile:
    def profile(path: str, data: bytes, regions: Sequence[Region]) -> tuple[Construct, ...]:
        # Lazy: a change without parallel regions needs no model of performance.
        from reviewbot.hotspots.predict import constructs

        return constructs(settings.bundle, path, data, regions)

    return profile


def _slower(settings: Settings) -> Slower:
    def slower(path: str, base: bytes, head: bytes) -> tuple[Finding, ...]:
        from reviewbot.hotspots.changes import slower as compare  # lazy, as above

        return compare(settings.bundle, path, base, head)

    return slower


def _load_predictor(settings: Settings) -> Predictor:
    # Lazy: without anything to predict, neither numpy nor onnxruntime is loaded.
    from reviewbot.model.load import load_any

    return load_any(settings.bundle, threads=settings.threads, device=settings.device)


def publish(options: argparse.Namespace) -> int:
    """`reviewbot publish`: a review file becomes a review, a check run and a job's summary."""
    # Lazy: PyGithub takes longer to load than all the rest.
    from reviewbot.github.publish import publish as run_publish
    from reviewbot.github.publish import request_of

    settings = settings_from({}, os.environ)
    return run_publish(request_of(options), os.environ, settings.github_token, say)


def explain(options: argparse.Namespace) -> int:
    """`reviewbot explain`: a finding of the last run, or a word of the reports."""
    # Lazy: only this command reads reports back.
    from reviewbot.report.explain import explain_concept, render_explain
    from reviewbot.report.schema import find_finding, read_review_json

    color = settings_from({}, os.environ).colored(sys.stdout.isatty())
    width = min(shutil.get_terminal_size((100, 24)).columns, WIDEST)
    if set(options.id) <= set(string.hexdigits):
        finding = find_finding(read_review_json(_last_review()), options.id.lower())
        say(render_explain(finding, color=color, width=width))
    else:
        say(explain_concept(options.id, color=color, width=width))
    return EXIT_OK


def _last_review() -> str:
    repository = repository_or_none(Path.cwd())
    path = last_review_path(repository.git_dir if repository else None)
    try:
        return path.read_text(encoding="utf-8")
    except OSError as exc:
        raise BadInput(
            "There is no review to explain yet: run `reviewbot review` or `reviewbot scan` here "
            "first, or give one of the words of a report, such as `reviewbot explain race`."
        ) from exc


def demo(options: argparse.Namespace) -> int:
    """`reviewbot demo`: a built-in change in a throw-away repository, reviewed step by step."""
    settings = settings_from(vars(options), os.environ)
    with tempfile.TemporaryDirectory(prefix="reviewbot-demo-") as folder:
        root = Path(folder).resolve()
        example.make_repository(root)
        repository = open_repository(root)
        base, head = repository.resolve(example.BEFORE), repository.resolve(example.AFTER)
        sources = of_range(repository, base, head)
        names = ", ".join(source.path for source in sources)
        say(f"A repository with two commits was made in {root}.\nThe second changes {names}.\n")
        say("Now `reviewbot review --base base --head head` reads the change; nothing is run.\n\n")
        # Kept where the user is, so that `reviewbot explain` knows the demo's findings as well.
        code = _report(sources, settings, repository_or_none(Path.cwd()))
    say("\nThe repository is gone again. In your own: `reviewbot review --base main`.\n")
    return code


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "review": review,
    "scan": scan,
    "sanitize": sanitize,
    "publish": publish,
    "explain": explain,
    "demo": demo,
    "policy": policy_command,
}
