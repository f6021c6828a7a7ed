"""The commands: each builds the real collaborators, runs the pipeline and says what came of it."""

from __future__ import annotations

import argparse
import os
import shutil
import string
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from reviewbot import demo as example
from reviewbot.baseline import read_baseline, write_baseline
from reviewbot.changes import of_files, of_range, of_staged
from reviewbot.errors import EXIT_BLOCKED, EXIT_OK, BadInput, NotARepository
from reviewbot.git import Repository, open_repository
from reviewbot.output import last_review_path, save_last_review, say, write_report
from reviewbot.pipeline import INTERNAL_ERROR, Collaborators, Predictor, Source
from reviewbot.pipeline import review as run_pipeline
from reviewbot.policy_file import load_policy, show_policy
from reviewbot.progress import bar
from reviewbot.records import Action, Analysis, Decision, Reason, Review
from reviewbot.report.render import render
from reviewbot.report.wording import summary
from reviewbot.settings import POLICY_FILE, Settings, settings_from

WIDEST = 120  # columns; longer lines of prose are hard to read
_TOLD = (Action.BLOCK, Action.COMMENT, Action.ESCALATE)
# Notes that a hook passes on: something new that was cut off or could not be judged.
_WORTH_A_WORD = (Reason.LOW_CONFIDENCE, Reason.OVER_COMMENT_CAP)


def review(options: argparse.Namespace) -> int:
    """`reviewbot review`: the change between two revisions, or what is staged."""
    repository = open_repository(Path.cwd())
    settings = settings_from(vars(options), os.environ)
    if not options.staged:
        base, head = _revisions(repository, options.base, options.head)
        return _report(of_range(repository, base, head), settings, repository, can_escalate=True)
    if options.base or options.head:
        raise BadInput("--staged compares the index with HEAD: leave out --base and --head.")
    return _report(of_staged(repository), settings, repository)


def _revisions(repository: Repository, base: str | None, head: str | None) -> tuple[str, str]:
    """The merge base and the head, as commits."""
    base = base or repository.default_branch_guess()
    if base is None:
        raise BadInput("There is no main, master or origin branch to compare with: give --base.")
    head = repository.resolve(head or "HEAD")
    return repository.merge_base(base, head), head


def scan(options: argparse.Namespace) -> int:
    """`reviewbot scan`: files as they are on disk, changed or not."""
    settings = settings_from(vars(options), os.environ)
    repository = _repository_or_none()
    sources = of_files(options.paths, repository.root if repository else None, bar)
    return _report(sources, settings, repository)


def _repository_or_none() -> Repository | None:
    try:
        return open_repository(Path.cwd())
    except NotARepository:
        return None


def hook_staged(options: argparse.Namespace, repository: Repository) -> int:
    """`reviewbot hook pre-commit`, once it is known that parallel code may be staged."""
    settings = settings_from(vars(options), os.environ)
    return _report(of_staged(repository), settings, repository, only_if=_is_worth_a_word)


def hook_ranges(
    options: argparse.Namespace, repository: Repository, ranges: Iterable[tuple[str, str]]
) -> int:
    """`reviewbot hook pre-push`, once it is known which ranges may hold parallel code."""
    settings = settings_from(vars(options), os.environ)
    return max(
        _report(of_range(repository, base, head), settings, repository, only_if=_is_worth_a_word)
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
) -> int:
    """Run the pipeline, publish its outcome where the settings say, and return the exit code."""
    collaborators = _collaborators(settings, repository, can_escalate)
    outcome = run_pipeline(sources, collaborators)
    save_last_review(repository.git_dir if repository else None, render(outcome, "json"))
    if only_if(outcome):
        _publish(outcome, settings)
    _warn_of_faults(outcome)
    if settings.write_baseline:
        known = [decision.finding for decision in outcome.decisions if _is_accepted(decision)]
        write_baseline(settings.write_baseline, known)
        return EXIT_OK  # what was just accepted does not block
    blocked = any(decision.action is Action.BLOCK for decision in outcome.decisions)
    return EXIT_BLOCKED if blocked else EXIT_OK


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
    settings: Settings, repository: Repository | None, can_escalate: bool
) -> Collaborators:
    return Collaborators(
        analyse=_analyse,
        load_predictor=lambda: _load_predictor(settings),
        policy=load_policy(_policy_source(settings, repository)),
        baseline=read_baseline(settings.baseline) if settings.baseline else frozenset(),
        can_escalate=can_escalate,
        strict_errors=settings.strict_errors,
    )


def _analyse(path: str, data: bytes) -> Analysis:
    # Lazy: a scan that meets no parallel code needs no parser.
    from reviewbot.code.analyse import analyse

    return analyse(path, data)


def _load_predictor(settings: Settings) -> Predictor:
    # Lazy: without anything to predict, neither numpy nor onnxruntime is loaded.
    from reviewbot.model.predict import load_predictor

    return load_predictor(settings.bundle, threads=settings.threads, device=settings.device)


def _policy_source(settings: Settings, repository: Repository | None) -> str:
    """The policy that a run uses: the one asked for, else the repository's, else the default."""
    own = (repository.root if repository else Path.cwd()) / POLICY_FILE
    return settings.policy or (str(own) if own.is_file() else "default")


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
    repository = _repository_or_none()
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
        code = _report(sources, settings, _repository_or_none())
    say("\nThe repository is gone again. In your own: `reviewbot review --base main`.\n")
    return code


def policy(options: argparse.Namespace) -> int:
    """`reviewbot policy check` and `reviewbot policy show`."""
    if options.verb == "check":
        source = options.source or POLICY_FILE
        load_policy(Path(source))
        say(f"{source} is a valid policy.\n")
        return EXIT_OK
    settings = settings_from({"policy": options.source}, os.environ)
    say(show_policy(load_policy(_policy_source(settings, _repository_or_none()))))
    return EXIT_OK


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "review": review,
    "scan": scan,
    "explain": explain,
    "demo": demo,
    "policy": policy,
}
