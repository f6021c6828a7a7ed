"""What an inline comment says, and when two say the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reviewbot.github.comment import Site, closed_body, comment_body, says_the_same
from reviewbot.github.cutting import LIMIT, size
from reviewbot.github.markers import Mark, State, read_mark
from reviewbot.records import Action, Evidence, Fix, Reason
from tests.github.standing import HEAD, SITE, A, body_of, found, told
from tests.report.factory import PATCH, SOURCE, access, steps

EXCERPTS = {"src/tally.c": {str(n): line for n, line in enumerate(SOURCE.split("\n"), start=1)}}


def body(**changes: object) -> str:
    return comment_body(told(found(**changes)), EXCERPTS, SITE)


class TestBody:
    def test_the_verdict_stands_first_and_the_mark_last(self) -> None:
        lines = body(object="counter").split("\n")
        assert lines[0] == "⚠️ **Race on `counter` in `tally`** · likely (87 %)"
        assert lines[-1] == f"<!-- reviewbot:v1 finding={A} -->"

    def test_both_accesses_are_quoted(self) -> None:
        text = body()
        assert "\n   10 counter += seen[i];   // ← write here\n" in text
        assert 'printf("%ld\\n", counter);   // ← read here, without a lock' in text

    def test_one_access_needs_no_quotation(self) -> None:
        text = body(accesses=(access(),))
        assert "```" not in text
        assert "Written here by more than one thread, without a lock or atomic in common." in text

    def test_the_chain_is_numbered_and_linked(self) -> None:
        link = f"[line 7](https://github.com/acme/rocket/blob/{HEAD}/src/tally.c#L7)"
        step = "1. **concurrent**: every thread of the team of `parallel for` runs iterations"
        assert f"{step} of this loop ({link})" in body()
        assert "\n5. **unprotected**" in body()

    def test_a_step_that_is_not_sure_says_so(self) -> None:
        unsure = tuple(replace(step, probability=0.62) for step in steps()[:1])
        assert ", 62 %)" in body(trace=unsure)
        assert "%)" not in body(trace=steps()).split("1. ", 1)[1].split("<details>")[0]

    def test_a_step_in_another_file_names_it(self) -> None:
        other = (replace(steps()[0], path="src/other.c"),)
        assert "[`src/other.c:7`](" in body(trace=other)

    def test_a_server_of_ones_own(self) -> None:
        site = Site(server="https://git.example.org", repository="a/b", head=HEAD)
        text = comment_body(told(found()), {}, site)
        assert f"https://git.example.org/a/b/blob/{HEAD}/src/tally.c#L7" in text

    def test_a_fix_is_folded(self) -> None:
        fix = Fix(kind="reduction", patch=PATCH, probability_after=0.04)
        text = body(fix=fix)
        assert "<details><summary>Suggested fix, 87 % → 4 %</summary>" in text
        assert "```diff" in text
        assert "Suggested fix" not in body()

    def test_evidence_is_folded_with_both_stacks(self) -> None:
        said = "WARNING: ThreadSanitizer: data race\n  Write of size 8\n    #0 tally\n"
        said += "  Previous read of size 8\n    #0 tally"
        text = body(evidence=Evidence(verdict="confirmed", tool="tsan", report=said))
        assert "confirmed (87 %)" in text.split("\n")[0]
        assert "<details><summary>Evidence: what a sanitizer reported</summary>" in text
        assert "Previous read of size 8" in text
        assert "nothing was compiled or run" not in text

    def test_a_run_that_saw_nothing_refutes_nothing(self) -> None:
        text = body(evidence=Evidence(verdict="not reproduced", tool="tsan", report=""))
        assert "does not refute" in text
        assert "<summary>Evidence" not in text

    def test_what_blocks_is_marked(self) -> None:
        blocking = told(found(), Action.BLOCK, reason=Reason.ABOVE_BLOCK_THRESHOLD)
        assert comment_body(blocking, {}, SITE).startswith("🛑")

    def test_it_says_how_to_waive_it(self) -> None:
        assert "`// reviewbot: ignore[race] why this is safe`" in body()

    def test_it_fits_however_much_there_is_to_say(self) -> None:
        long = "`" * 399
        text = body(
            object=long,
            accesses=tuple(access(line=n) for n in range(1, 300)),
            trace=tuple(replace(steps()[0], claim="`🧵" * 1_000) for _ in range(400)),
            evidence=Evidence(verdict="confirmed", tool=long, report="🧵" * 20_000),
            fix=Fix(kind=long, patch="+🧵\n" * 5_000, probability_after=0.1),
        )
        assert size(text) <= LIMIT
        assert read_mark(text, "") == Mark(fingerprint=A, path="src/tally.c", state=State.OPEN)


class TestSameClaim:
    def test_lines_and_commits_do_not_count(self) -> None:
        later = Site(server="https://github.com", repository="acme/rocket", head="c" * 40)
        before = comment_body(told(found()), EXCERPTS, SITE)
        moved = found(
            accesses=tuple(replace(a, line=a.line + 1_000) for a in found().accesses),
            trace=tuple(replace(t, line=t.line + 1_000) for t in found().trace),
        )
        lines = {str(int(n) + 1_000): line for n, line in EXCERPTS["src/tally.c"].items()}
        after = comment_body(told(moved), {"src/tally.c": lines}, later)
        assert before != after
        assert says_the_same(before, after)

    @pytest.mark.parametrize(
        "changes",
        [
            {"object": "other"},
            {"probability": 0.88},
            {"path": "src/renamed.c"},
            {"trace": steps()[:4]},
            {"fix": Fix(kind="reduction", patch=PATCH, probability_after=0.04)},
            {"evidence": Evidence(verdict="not run", tool="", report="")},
        ],
    )
    def test_everything_else_does(self, changes: dict[str, object]) -> None:
        assert not says_the_same(body_of(told(found())), body_of(told(found(**changes))))


class TestClosed:
    def test_what_it_said_is_kept_folded(self) -> None:
        fixed = Mark(fingerprint=A, path="src/tally.c", state=State.FIXED)
        text = closed_body(body(), fixed, "Fixed.")
        assert text.startswith("Fixed.\n\n<details><summary>What it was</summary>")
        assert "Race on" in text
        assert read_mark(text, "") == fixed
        assert text.count("<!-- reviewbot:v1 finding=") == 1
