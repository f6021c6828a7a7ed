"""A pull request from its opening to its end: real git, the real command line, a fake GitHub.

The model is a toy whose verdicts the source decides: an update `name++;` races unless the line
above is `#pragma omp atomic`, and a file that says NO_ATOMICS has none that count.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from reviewbot import commands
from reviewbot.cli import main
from reviewbot.code.includes import Read
from reviewbot.github.patience import Patience
from reviewbot.records import Analysis
from tests import toy_model
from tests.integration.fake_github import reviews
from tests.integration.fake_github.server import FakeGitHub
from tests.integration.fake_github.state import (
    ACTIONS,
    MAINTAINER,
    IssueComment,
    Pull,
    ReviewComment,
    ReviewRecord,
    User,
)
from tests.repositories import TemporaryRepository

NAMES = ("alpha", "beta", "gamma")
_PADDING = 10  # lines between two updates: more than two contexts, so each has its own hunk
Change = Callable[[dict[str, Any]], None]  # of a review file's document
_HIDDEN = re.compile(r"<!--.*?-->", re.DOTALL)


def source(*racy: str, safe: Iterable[str] = (), head: str = "") -> str:
    """A file with one part for each name: racy, safe, or without an update of it."""
    lines = [head] if head else []
    for name in NAMES:
        lines += [f"int {name};", *(f"int {name}_{n};" for n in range(_PADDING))]
        lines += ["#pragma omp parallel for"]
        lines += ["#pragma omp atomic"] if name in safe else []
        lines += [f"{name}++;"] if name in (*racy, *safe) else []
    return "\n".join(lines) + "\n"


def toy_analyse(
    path: str,
    data: bytes,
    tree: Read | None = None,
    before: Mapping[str, int] | None = None,
) -> Analysis:
    """The toy's front end; a file may declare that its atomics do not count."""
    if b"NO_ATOMICS" in data:
        data = data.replace(b"atomic", b"nothing")
    return toy_model.analyse(path, data, tree)


@dataclass
class Clock:
    """Time that passes only when someone waits."""

    now: float = 1_704_067_200.0
    waits: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        """Wait for no time at all."""
        self.waits.append(seconds)
        self.now += seconds


@dataclass
class Run:
    """What came of `review` and `publish`."""

    code: int
    summary: str
    output: str  # of both streams


class Life:
    """The story's teller: each verb is a step that people or the job take."""

    def __init__(
        self,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        *,
        enterprise: bool = False,
    ) -> None:
        self.folder = folder
        self.clock = Clock()
        self.repo = TemporaryRepository(folder / "work")
        self.repo.commit({"a.c": source(), "b.c": source()})
        self.github = FakeGitHub(self.repo.path, enterprise=enterprise)
        self.token = self.github.token()
        self.review_file = folder / "reviewbot-review.json"
        self.summary_file = folder / "summary.md"
        self.options: list[str] = []  # of publish
        self._monkeypatch, self._capsys = monkeypatch, capsys
        self._install()

    def _install(self) -> None:
        patch = self._monkeypatch
        patch.setattr(commands, "_analyse", toy_analyse)
        patch.setattr(commands, "_load_predictor", lambda _: toy_model.ToyPredictor())
        defaults: Any = Patience.__init__.__kwdefaults__
        patch.setitem(defaults, "sleep", self.clock.sleep)
        patch.setitem(defaults, "now", lambda: self.clock.now)
        patch.setenv("REVIEWBOT_WRITE_PAUSE", "0")
        patch.setenv("XDG_STATE_HOME", str(self.folder))
        patch.setenv("XDG_CACHE_HOME", str(self.folder))
        patch.chdir(self.repo.path)
        for name in ("REVIEWBOT_POLICY", "INPUT_GITHUB_TOKEN", "GITHUB_OUTPUT", "GITHUB_ACTIONS"):
            patch.delenv(name, raising=False)

    @property
    def pull(self) -> Pull:
        """The pull request, once there is one."""
        return self.github.state.pulls[7]

    def open(self, files: dict[str, str | bytes], **more: Any) -> None:
        """The author opens pull request 7 with one commit."""
        self.repo.branch("topic")
        self.repo.commit(files)
        self.github.open(7, "main", "topic", **more)

    def push(self, files: dict[str, str | bytes], message: str = "more") -> str:
        """The author pushes one more commit."""
        return self.moved_to(self.repo.commit(files, message))

    def moved_to(self, sha: str) -> str:
        """The branch is at a commit, however it got there."""
        self.github.state.push(self.pull, sha)
        return sha

    def event(self, name: str, payload: dict[str, Any], sha: str = "") -> None:
        """The job's environment for an event."""
        path = self.folder / "event.json"
        path.write_text(json.dumps(payload))
        variables = {
            "GITHUB_API_URL": self.github.api_url,
            "GITHUB_SERVER_URL": self.github.web_url,
            "GITHUB_REPOSITORY": self.github.state.full_name,
            "GITHUB_EVENT_NAME": name,
            "GITHUB_EVENT_PATH": str(path),
            "GITHUB_SHA": sha or "0" * 40,
            "GITHUB_RUN_ID": "77",
            "GITHUB_STEP_SUMMARY": str(self.summary_file),
            "GITHUB_TOKEN": self.token,
        }
        for key, value in variables.items():
            self._monkeypatch.setenv(key, value)

    def pull_event(self, name: str = "pull_request", head: str = "") -> None:
        """The event of a push to the pull request."""
        ends = {"head": {"sha": head or self.pull.head_sha}, "base": {"sha": self.pull.base_sha}}
        self.event(
            name, {"action": "synchronize", "number": 7, "pull_request": {"number": 7, **ends}}
        )

    def review(self, *options: str, base: str = "", head: str = "") -> int:
        """The reviewing job."""
        ends = ("--base", base or self.pull.base_sha, "--head", head or self.pull.head_sha)
        return main(["review", *ends, "--review-file", str(self.review_file), *options])

    def publish(self, *options: str) -> Run:
        """The publishing job, and what must be true after each of its runs."""
        self.summary_file.unlink(missing_ok=True)
        before = self._capsys.readouterr()
        files = ("--review-file", str(self.review_file))
        code = main(["publish", *files, *self.options, *options])
        after = self._capsys.readouterr()
        text = self.summary_file.read_text() if self.summary_file.exists() else ""
        run = Run(code, text, after.out + after.err)
        assert self.token not in run.output + run.summary + before.out + before.err
        self.check()
        return run

    def run(self, *options: str) -> Run:
        """Both jobs, one after the other, for the head as it is now."""
        self.pull_event()
        assert self.review() in (0, 1), self.told()
        return self.publish(*options)

    def told(self) -> str:
        """What was last said, with the log of a crash if there was one."""
        logs = [log.read_text() for log in self.folder.rglob("reviewbot-crash-*.log")]
        return "\n".join([self._capsys.readouterr().err, *logs])

    def check(self) -> None:
        """What holds at any time: GitHub's own rules, and marks in all that is ours."""
        assert self.github.violations == []
        for body in self._our_bodies():
            assert re.fullmatch(r"<!-- reviewbot:v1 [^<>]* -->", body.rstrip().split("\n")[-1])
            assert self.token not in body

    def _our_bodies(self) -> list[str]:
        state = self.github.state
        kept = (*state.comments.values(), *state.reviews.values(), *state.issue_comments.values())
        return [one.body for one in kept if one.user == ACTIONS and one.body]

    @property
    def visible(self) -> list[str]:
        """What a reader of the pull request sees, sorted: ours as `race alpha`, others' words."""
        state = self.github.state
        inline = [self._told(c.user, c.body) for c in state.comments.values()]
        talk = [self._told(c.user, c.body) for c in state.issue_comments.values()]
        return sorted([*inline, *talk])

    def _told(self, user: User, body: str) -> str:
        if user != ACTIONS:
            return f"{user.login}: {body}"
        if "<!-- reviewbot:v1 summary -->" in body:
            return "summary"
        claim = re.search(r"[Rr]ace on `(\w+)`", body)
        first = body.split("\n", maxsplit=1)[0]
        state = "fixed" if re.search(r"[Ff]ixed in [0-9a-f]{7,40}", first) else "race"
        state = "withdrawn" if "Not reported since" in first else state
        return f"{state} {claim[1] if claim else body}"

    def comment(self, name: str) -> ReviewComment:
        """The one comment of ours that speaks of a race on `name`."""
        (found,) = (
            c
            for c in self.github.state.comments.values()
            if c.user == ACTIONS and f"ace on `{name}`" in c.body
        )
        return found

    @property
    def places(self) -> list[str]:
        """Where our inline comments stand now."""
        ours = [c for c in self.github.state.comments.values() if c.user == ACTIONS]
        return sorted(f"{c.path}:{'outdated' if c.outdated else c.line}" for c in ours)

    @property
    def reviews(self) -> list[str]:
        """What our reviews visibly say, one text for each that says something."""
        ours = [r for r in self.github.state.reviews.values() if r.user == ACTIONS]
        return [text for r in ours if (text := _HIDDEN.sub("", r.body).strip())]

    def sent(self, what: Callable[[], object]) -> list[str]:
        """The calls that ask for a change while something is done; check runs are left out."""
        before = len(self.github.writes)
        what()
        return [line for line in self.github.writes[before:] if "check-runs" not in line]

    def say(self, name: str, text: str, user: User = MAINTAINER) -> None:
        """A person replies below our comment."""
        reviews.reply(self.github.state, user, self.comment(name).id, text)

    def resolve(self, name: str, user: User | None = MAINTAINER) -> None:
        """A person resolves our thread, or (None) opens it again."""
        self.github.state.threads[self.comment(name).id].resolved_by = user

    def note(self, user: User, *anchored: dict[str, Any]) -> None:
        """A person reviews with comments of their own."""
        state = self.github.state
        sha, now = self.pull.head_sha, state.tick()
        record = ReviewRecord(state.next_id(), 7, user, "", sha, "COMMENTED", now)
        state.reviews[record.id] = record
        for one in anchored:
            reviews.add_comment(state, self.pull, record, user, sha, one)

    def talk(self, text: str, user: User = MAINTAINER) -> None:
        """A person writes into the conversation."""
        state, now = self.github.state, self.github.state.tick()
        made = IssueComment(state.next_id(), 7, user, text, now, now)
        state.issue_comments[made.id] = made


def rewrite(life: Life, change: Change) -> None:
    """The review file is not what the reviewing job wrote."""
    document = json.loads(life.review_file.read_text())
    change(document)
    life.review_file.write_text(json.dumps(document))


def setting(**fields: Any) -> Change:
    """A change of the document's own fields."""
    return lambda document: document.update(fields)
