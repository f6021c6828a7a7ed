"""Whatever names, paths and artifacts hold, nothing of it comes alive on GitHub.

The rendered bodies are parsed as CommonMark; then every mention, reference, link, image, piece of
HTML and invisible character must be one of ours.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewbot.errors import BadReviewFile
from reviewbot.github.artifact import EvidenceFile, read_review_file
from reviewbot.github.comment import Site, closed_body, comment_body, fixed_words
from reviewbot.github.markers import Mark, State, read_mark, read_review_mark
from reviewbot.github.reading import Reviewed, reviewed
from reviewbot.github.review import Place
from reviewbot.github.summary import Told, review_body, summary_body
from reviewbot.github.workflow import annotation_lines
from reviewbot.report.markdown import render_markdown
from tests.github.alive import faults

HEAD = "ab" * 20
SITE = Site(server="https://github.com", repository="acme/rocket", head=HEAD)
LINKS = f"https://github.com/acme/rocket/blob/{HEAD}/"
FINGERPRINT = "6d1f0c2a9be47735d0c8"
POSTED = {FINGERPRINT: "0f" * 8}
FRAGMENTS = [
    *("@octocat", "@acme/team", "#1", "acme/other#12", "GH-7", "gh-7", ":tada:", "$x^2$", "$`x`$"),
    *("https://evil.example/x", "HTTP://evil.example", "www.evil.example", "ftp://evil.example"),
    *("a@evil.example", "mailto:a@evil.example", "xmpp:a@evil.example", "<https://evil.example>"),
    *("[click](https://evil.example)", "![pixel](https://evil.example/p.png)", "[a]: http://e.x"),
    *("[^1]", "[^1]: note", "[x][y]", "](https://evil.example)", ")", "(", "[", "]", "!", "\\"),
    *("<img src=x onerror=alert(1)>", "<script>", "</details>", "<details>", "<summary>", "</a>"),
    *("<!-- reviewbot:v1 summary -->", "-->", "<!--", "<![CDATA[", "<?php", "&lt;", "&#64;octocat"),
    *("`", "``", "```", "````\n", "~~~", "\n```\n", "\n\n# h\n\n", "\n> [!NOTE]\n", "\n- [ ] x\n"),
    *("|", "\n|a|b|\n|-|-|\n", "\n---\n", "\n===\n", "\n    code\n", "1. ", "* ", "+ ", "> "),
    *("*b*", "__b__", "~~s~~", "\r", "\r\n", "\t", "\u2028", "\x0b", "\x0c", "\x85", "\x1b[31m"),
    *("\u202e", "\u2066", "\u200f", "\u200b", "\u00ad", "\ufeff", "\U000e0041", "\u3164"),
    *("::error::x", "%0A::add-mask::x", "\n::set-output name=a::b", "finding=00", "state=fixed"),
]  # fmt: skip
HOSTILE = st.lists(
    st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=6), st.sampled_from(["a", " ", "x1"])),
    min_size=1,
    max_size=8,
).map("".join)


def clean(text: str) -> str:
    """A text that JSON files can hold; lone surrogates never reach the artifact."""
    return text.encode("utf-8", "replace").decode()


def as_path(text: str) -> str:
    """A path that a repository could hold."""
    parts = [
        part for part in clean(text).replace("\0", "").split("/") if part not in ("", ".", "..")
    ]
    return "/".join(parts) or "x"


def document(texts: Iterator[str], path: str) -> dict[str, Any]:
    """An artifact whose every free text is hostile."""
    place = {"path": path, "line": 3}
    finding = {
        "fingerprint": FINGERPRINT,
        "kind": "race",
        "status": "introduced",
        **place,
        "end_line": 3,
        "function": next(texts),
        "object": next(texts),
        "probability": 0.9,
        "confidence": 0.9,
        "severity": "high",
        "accesses": [
            {**place, "column": 1, "mode": "write", "atomic": False},
            {"path": "o.c", "line": 4, "column": 1, "mode": "read", "atomic": False},
        ],
        "trace": [
            {"link": "concurrent", "claim": next(texts), **place, "probability": 0.8},
            {
                "link": "unordered",
                "claim": f"`{next(texts)}` and",
                "path": "o.c",
                "line": 4,
                "probability": 1,
            },
        ],
        "fix": {"kind": next(texts), "patch": next(texts), "probability_after": 0.1},
        "evidence": None,
        "decision": {"action": "comment", "reason": "above-comment-threshold"},
    }
    noted = {**finding, "fingerprint": "aa" * 8, "decision": {"action": "note", "reason": "fixed"}}
    asked = {
        **finding,
        "fingerprint": "bb" * 8,
        "decision": {"action": "escalate", "reason": "low-confidence"},
    }
    bundle = {"name": next(texts), "version": next(texts), "sha256": next(texts)}
    construct = {"line": 1, "end_line": 2, "kind": next(texts), "function": next(texts)}
    construct |= {"work_balance": None, "bottleneck": {}, "hot_lines": []}
    file = {
        "path": path,
        "race_probability": 0.5,
        "skipped": next(texts),
        "constructs": [construct],
    }
    report = {
        "schema_version": 1,
        "tool": {"name": "reviewbot", "version": next(texts), "bundle": bundle},
        "files": [file],
        "findings": [finding, noted, asked],
        "skipped": [{"path": path, "line": 2, "reason": next(texts)}],
    }
    return {
        "schema_version": 1,
        "repository": "acme/rocket",
        "pull_request": 7,
        "event": "pull_request",
        "head_sha": HEAD,
        "base_sha": HEAD,
        "merge_base": None,
        "policy_changed": True,
        "report": report,
        "anchors": {path: [[1, 9]]},
        "excerpts": {path: {"3": next(texts)[:400]}, "o.c": {"4": next(texts)[:400]}},
    }


def evidence(texts: Iterator[str]) -> dict[str, Any]:
    outcome = {
        "target": next(texts),
        "fingerprints": [FINGERPRINT, "bb" * 8],
        "verdict": "confirmed",
        "reason": next(texts),
        "tool": next(texts),
        "runs": 1,
        "threads": [2],
        "seconds": 1.0,
        "report": next(texts),
    }
    return {"schema_version": 1, "repository": None, "head_sha": HEAD, "outcomes": [outcome]}


def texts_of(text: str) -> Iterator[str]:
    """The same hostile text again and again, each time with another start."""
    while True:
        for before in ("", "a", "`", "\n", " "):
            yield clean(before + text)


def read(folder: Path, text: str, path: str, *, sanitized: bool) -> Reviewed:
    made = folder / "review.json"
    made.write_text(json.dumps(document(texts_of(text), path)))
    said = [EvidenceFile.model_validate(evidence(texts_of(text)))] if sanitized else []
    return reviewed(read_review_file(made), said)


def bodies(outcome: Reviewed) -> Iterator[str]:
    """Everything that is published as Markdown."""
    excerpts = outcome.file.excerpts
    for number, decision in enumerate(outcome.review.decisions):
        body = comment_body(decision, excerpts, SITE)
        yield body
        path = decision.finding.path
        mark = Mark(fingerprint=decision.finding.fingerprint, path=path, state=State.FIXED)
        if number == 0:
            yield closed_body(body, mark, fixed_words(HEAD))
    places = {decision.finding.fingerprint: Place.OUTSIDE for decision in outcome.review.decisions}
    told = Told(places=places)
    yield summary_body(outcome, told, SITE)
    yield summary_body(outcome, told, SITE, sticky=True)
    yield review_body(outcome, told, SITE, POSTED)
    yield render_markdown(outcome.review)


class TestOutput:
    @settings(
        max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(text=HOSTILE, path=HOSTILE.map(as_path), sanitized=st.booleans())
    def test_nothing_of_theirs_comes_alive(
        self, tmp_path: Path, text: str, path: str, sanitized: bool
    ) -> None:
        outcome = read(tmp_path, text, path, sanitized=sanitized)
        for body in bodies(outcome):
            assert list(faults(body, LINKS)) == [], body

    @pytest.mark.parametrize("fragment", FRAGMENTS)
    def test_each_fragment_by_itself(self, tmp_path: Path, fragment: str) -> None:
        outcome = read(tmp_path, fragment, as_path(fragment), sanitized=True)
        for body in bodies(outcome):
            assert list(faults(body, LINKS)) == [], body

    @settings(
        max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(text=HOSTILE, path=HOSTILE.map(as_path))
    def test_marks_are_ours_alone(self, tmp_path: Path, text: str, path: str) -> None:
        outcome = read(tmp_path, text, path, sanitized=False)
        first = comment_body(outcome.review.decisions[0], outcome.file.excerpts, SITE)
        expected = Mark(fingerprint=FINGERPRINT, path=path, state=State.OPEN)
        assert read_mark(first, path) == expected
        body = review_body(outcome, Told(), SITE, POSTED)
        mark = read_review_mark(body)
        assert mark is not None and (mark.head, mark.posted) == (HEAD, POSTED)

    @settings(
        max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(text=HOSTILE, path=HOSTILE.map(as_path))
    def test_a_workflow_command_stays_one(self, tmp_path: Path, text: str, path: str) -> None:
        outcome = read(tmp_path, text, path, sanitized=False)
        (line,) = annotation_lines(outcome.review.decisions)
        assert "\n" not in line and "\r" not in line
        properties, _, _ = line.removeprefix("::warning ").partition("::")
        names = [part.split("=")[0] for part in properties.split(",")]
        assert names == ["file", "line", "endLine", "title"]

    @pytest.mark.parametrize("size", [300, 19_000])
    def test_long_texts_are_cut_and_everything_is_closed(self, tmp_path: Path, size: int) -> None:
        text = "```\n<details>" * (size // 13)
        outcome = read(tmp_path, text, "a.c", sanitized=size < 400)
        for body in bodies(outcome):
            assert len(body) <= 65_536
            assert list(faults(body, LINKS)) == []


class TestIdentities:
    @pytest.mark.parametrize("name", ["x --> @octocat", "-->", "", "a" * 200, "../x", "ABCDEF0123"])
    def test_a_fingerprint_is_hexadecimal_or_refused(self, tmp_path: Path, name: str) -> None:
        whole = document(texts_of("x"), "a.c")
        whole["report"]["findings"][0]["fingerprint"] = name
        made = tmp_path / "review.json"
        made.write_text(json.dumps(whole))
        with pytest.raises(BadReviewFile):
            read_review_file(made)


class TestTheTestItself:
    @pytest.mark.parametrize(
        "body",
        [
            *("hello @octocat", "see #1", "GH-7", "see https://evil.example", "www.evil.example"),
            *("[a](https://evil.example)", "![a](https://github.com/x)", "<b>x</b>", "<img src=x>"),
            *("<https://evil.example>", "<!-- x -->", "a\u202eb", "<details>\n\nx", "$x$", "\x07"),
            *(
                "&#64;octocat",
                "a@evil.example",
                "| a |\n|-|\n| @octocat |",
                "[a]\n\n[a]: http://e.x",
            ),
        ],
    )
    def test_what_is_alive_is_seen(self, body: str) -> None:
        assert list(faults(body, LINKS))

    @pytest.mark.parametrize(
        "body",
        [
            *("plain", "`@octocat #1 https://evil.example <b>`", "```\n@octocat <b>\n```"),
            *("@\u200boctocat", "<details><summary>Why</summary>\n\nx\n\n</details>"),
            f"[x](https://github.com/acme/rocket/blob/{HEAD}/a.c#L3)",
        ],
    )
    def test_what_is_not_is_let_pass(self, body: str) -> None:
        assert list(faults(body, LINKS)) == []
