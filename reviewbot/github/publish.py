"""`reviewbot publish`: a checked review file becomes a review, a check run and a summary."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from reviewbot.errors import (
    EXIT_BLOCKED,
    BadInput,
    CannotPostReview,
    ReviewbotError,
    WrongReviewFile,
)
from reviewbot.fail_on import exit_code
from reviewbot.github.artifact import read_evidence_file, read_review_file
from reviewbot.github.check import check_run
from reviewbot.github.check_writing import write_check
from reviewbot.github.client import Connection, Hub
from reviewbot.github.comment import Site
from reviewbot.github.cutting import LIMIT, fitted
from reviewbot.github.event import Event, check_matches, read_event
from reviewbot.github.patience import MOST_SECONDS, Failure, GaveUpError, Kind, Patience
from reviewbot.github.pull_request import HeadMovedError, PullRequestWriter, Wishes
from reviewbot.github.reading import Reviewed, reviewed
from reviewbot.github.review import Plan
from reviewbot.github.summary import Told, headline, summary_body
from reviewbot.github.workflow import annotation_lines, append_summary
from reviewbot.report.escape import markdown_text, plain

_MOST_COMMENTS = 100  # as in a policy

Say = Callable[[str], None]

_READ_ONLY = (
    "The token of this job may only read, as is usual for forks and Dependabot: no comment was "
    "posted. Every finding is here and in the job's annotations. For comments, publish from a "
    "second workflow that `workflow_run` starts."
)
_NO_TOKEN = "No token was given, so no comment was posted: every finding is here."  # noqa: S105
_BUG = "reviewbot failed while it published this; what is missing is told in the job's log."
_NO_CHECK = "No check run was written: that needs the permission `checks: write`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What `reviewbot publish` was asked for."""

    review_file: Path
    evidence: Sequence[Path] = ()
    max_comments: int | None = None  # None: as the review's policy says
    fail_on: str | None = None
    sticky: bool = False
    resolve_threads: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the runner says of itself; the token is shown nowhere."""

    api_url: str
    server: str
    summary: str | None
    run: str | None
    token: str | None = field(repr=False)
    write_pause: float = 1.0
    most_seconds: float = MOST_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """One run: what was asked for, the event, what was reviewed."""

    request: Request
    event: Event
    outcome: Reviewed
    site: Site
    say: Say

    @property
    def fail_on(self) -> str:
        return self.request.fail_on or self.outcome.file.fail_on

    @property
    def wishes(self) -> Wishes:
        asked, file = self.request, self.outcome.file
        return Wishes(
            cap=file.cap if asked.max_comments is None else asked.max_comments,
            sticky=asked.sticky or file.sticky,
            resolve_threads=asked.resolve_threads,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Published:
    """What came of it: for the summary, and whether annotations are still to be made."""

    told: Told
    annotated: bool = False
    failure: str | None = None


def request_of(options: argparse.Namespace) -> Request:
    """The command's options as a request; BadInput for what cannot be used."""
    return Request(
        review_file=Path(options.review_file),
        evidence=[Path(path) for path in options.evidence],
        max_comments=_count(options.max_comments),
        fail_on=options.fail_on,
        sticky=options.sticky,
        resolve_threads=options.resolve_threads,
        dry_run=options.dry_run,
    )


def surroundings(environ: Mapping[str, str], token: str | None) -> Surroundings:
    """The runner's environment; on GitHub Enterprise the URLs are the server's own."""
    return Surroundings(
        api_url=environ.get("GITHUB_API_URL") or "https://api.github.com",
        server=(environ.get("GITHUB_SERVER_URL") or "https://github.com").rstrip("/"),
        summary=environ.get("GITHUB_STEP_SUMMARY") or None,
        run=environ.get("GITHUB_RUN_ID") or None,
        token=token,
        write_pause=_seconds(environ, "REVIEWBOT_WRITE_PAUSE", 1.0),
        most_seconds=_seconds(environ, "REVIEWBOT_MAX_WAIT", MOST_SECONDS),
    )


def publish(request: Request, environ: Mapping[str, str], token: str | None, say: Say) -> int:
    """Publish a review file; the exit code is the policy's word, and 2 if GitHub took nothing."""
    event = read_event(environ)
    file = read_review_file(request.review_file)
    check_matches(file, event)
    outcome = reviewed(file, [read_evidence_file(path) for path in request.evidence])
    around = surroundings(environ, token)
    site = Site(
        server=around.server, repository=event.repository, head=file.head_sha, run=around.run
    )
    job = _Job(request=request, event=event, outcome=outcome, site=site, say=say)
    try:
        published = _publish(job, around)
    except ReviewbotError:
        raise
    except Exception:  # a bug of ours hides no finding; the error boundary tells of it
        _tell(job, around, _Published(told=Told(notes=[_BUG])))
        raise
    _tell(job, around, published)
    if published.failure:
        raise CannotPostReview(published.failure)
    return exit_code(outcome.review.decisions, job.fail_on)


def _tell(job: _Job, around: Surroundings, published: _Published) -> None:
    """The findings to the job's summary and, unless a check run has them, to its annotations."""
    outcome = job.outcome
    try:
        append_summary(around.summary, summary_body(outcome, published.told, job.site))
    except OSError as exc:
        job.say(f"reviewbot: the job's summary cannot be written: {exc.strerror or exc}.\n")
    if not published.annotated:
        for line in annotation_lines(outcome.review.decisions):
            job.say(f"{line}\n")


def _publish(job: _Job, around: Surroundings) -> _Published:
    """Everything that asks GitHub; what it refuses is told in the summary instead."""
    if around.token is None:
        return _Published(told=Told(notes=[_NO_TOKEN]))
    try:
        return _with_hub(job, _hub(around, job.event))
    except HeadMovedError as moved:
        job.say(f"reviewbot: {moved}: nothing more is written.\n")
        return _Published(
            told=Told(notes=[f"{markdown_text(str(moved))}: nothing more is posted."])
        )
    except Failure as failure:
        if failure.kind is Kind.READ_ONLY:
            job.say("reviewbot: the token may only read; the findings are in the job's summary.\n")
            return _Published(told=Told(notes=[_READ_ONLY]))
        return _failed(str(failure))
    except GaveUpError as exc:
        return _failed(str(exc))


def _with_hub(job: _Job, hub: Hub) -> _Published:
    number = pull_number(hub, job.event, job.outcome.file.pull_request)
    told = Told()
    if number is not None:
        writer = PullRequestWriter(
            hub=hub, number=number, reviewed=job.outcome, site=job.site, wishes=job.wishes
        )
        planned = writer.plan()
        job.say(f"reviewbot: pull request {number}: {_told(planned)}.\n")
        if job.request.dry_run:
            return _Published(told=Told(places=planned.places), annotated=True)
        told = _written(job, writer, planned)
    if job.request.dry_run:
        return _Published(told=told, annotated=True)
    return _with_check(job, hub, told)


def _written(job: _Job, writer: PullRequestWriter, planned: Plan) -> Told:
    """Carry the plan out; a token that may not comment may still write a check run."""
    try:
        return writer.write(planned)
    except Failure as failure:
        if failure.kind is not Kind.READ_ONLY:
            raise
        job.say("reviewbot: the token may not comment; the findings are in the job's summary.\n")
        return Told(notes=[_READ_ONLY])


def _with_check(job: _Job, hub: Hub, told: Told) -> _Published:
    outcome = job.outcome
    decisions = outcome.review.decisions
    failed = exit_code(decisions, job.fail_on) == EXIT_BLOCKED
    text = fitted(summary_body(outcome, told, job.site), limit=LIMIT - 1)
    check = check_run(decisions, outcome.head, headline(outcome), text, failed=failed)
    try:
        write_check(hub, check)
    except (Failure, GaveUpError) as exc:
        # The review stands: a check run less is told, and is no reason to fail.
        forbidden = isinstance(exc, Failure) and exc.kind in (Kind.READ_ONLY, Kind.GONE)
        note = _NO_CHECK if forbidden else f"No check run was written: {markdown_text(str(exc))}."
        return _Published(told=replace(told, notes=[*told.notes, note]))
    return _Published(told=told, annotated=True)


def pull_number(hub: Hub, event: Event, named: int | None) -> int | None:
    """The pull request of an event; the review file's word is compared, never taken."""
    if not event.asks_for_pull:
        return event.pull_request
    owner = (event.head_repository or "").partition("/")[0]
    pulls = [
        (number, head)
        for number, head, repository in hub.open_pulls(owner, event.head_branch or "")
        if repository.lower() == (event.head_repository or "").lower()
    ]
    at_head = [number for number, head in pulls if head == event.head_sha]
    if named in at_head or (named is None and len(at_head) == 1):
        return named if named is not None else at_head[0]
    if at_head or (named is not None and pulls and named not in dict(pulls)):
        raise WrongReviewFile(
            f"The review file names the pull request {named}, GitHub {sorted(dict(pulls))} for "
            "this run's branch: nothing was written."
        )
    raise HeadMovedError("No open pull request is at the commit that was reviewed")


def _hub(around: Surroundings, event: Event) -> Hub:
    connection = Connection(
        api_url=around.api_url,
        repository=event.repository,
        token=around.token or "",
        write_pause=around.write_pause,
    )
    return Hub(connection, Patience(most_seconds=around.most_seconds))


def _failed(reason: str) -> _Published:
    return _Published(
        told=Told(notes=[f"GitHub did not take the review: {markdown_text(reason)}."]),
        failure=f"GitHub did not take the review: {plain(reason)}. Its findings are in the job's "
        "summary. Run the job again: what was posted already is not posted twice.",
    )


def _told(planned: Plan) -> str:
    counts = (
        f"{len(planned.create)} new, {len(planned.edit)} to edit, {len(planned.delete)} to delete"
    )
    return "nothing to write" if planned.quiet else counts


def _count(value: str | None) -> int | None:
    if value is None or not value.strip():
        return None  # an action's input that was left empty
    if not value.isascii() or not value.isdigit() or int(value) > _MOST_COMMENTS:
        raise BadInput(
            f"--max-comments is {value!r}; give a whole number from 0 to {_MOST_COMMENTS}."
        )
    return int(value)


def _seconds(environ: Mapping[str, str], name: str, default: float) -> float:
    value = environ.get(name)
    if not value:
        return default
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 86_400:  # NaN fails as well
        raise BadInput(f"{name} is {value!r}; set it to a number of seconds, or unset it.")
    return seconds
