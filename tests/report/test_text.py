from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace

import factory
import pytest

from reviewbot.records import Action, Evidence, FileResult, Mode, Review, Status
from reviewbot.report.text import render_text

SGR = re.compile(r"\x1b\[[0-9;]*m")


def text(review: Review, *, color: bool = False, width: int = 100) -> str:
    return render_text(review, color=color, width=width)


def under_caret(source: str, column: int, end_column: int, *, width: int = 100) -> tuple[str, str]:
    """The code row and the caret row of a race whose only access is at these columns of line 1."""
    access = factory.access(line=1, column=column, end_column=end_column)
    finding = factory.race(line=1, end_line=1, accesses=(access,))
    review = factory.review(factory.decide(finding), sources=(("src/tally.c", source),))
    lines = text(review, width=width).split("\n")
    caret = next(i for i, line in enumerate(lines) if "^" in line)
    return lines[caret - 1].partition("│ ")[2], lines[caret].partition("│ ")[2]


def test_a_race_shows_both_accesses_with_carets_under_them() -> None:
    lines = text(factory.review(factory.decide(factory.race()))).split("\n")
    assert (
        "src/tally.c:10:13: race on `counter` in `tally` · likely (87 %) · introduced"
        " · high severity"
    ) in lines
    write = lines.index(" 10 │             counter += seen[i];")
    assert lines[write + 1] == "    │             ^^^^^^^ write here"
    assert lines[write + 2] == " 11 │         if (i % 1000 == 0)"
    assert lines[write + 4] == (
        "    │                             ^^^^^^^ read here, without a lock or atomic in common"
    )


def test_the_chain_is_told_in_order_with_place_and_probability() -> None:
    shown = text(factory.review(factory.decide(factory.race())))
    steps = [line for line in shown.split("\n") if re.match(r"  \d\. ", line)]
    assert [step.split()[0] for step in steps] == ["1.", "2.", "3.", "4.", "5."]
    assert re.match(r"  2\. same location 98 %  src/tally\.c:3  +`counter` is one global", steps[1])


def test_groups_come_by_action_and_dropped_ones_are_only_counted() -> None:
    shown = text(factory.full())
    places = [
        shown.index(head)
        for head in (
            "blocks the change (1)",
            "worth a comment (1)",
            "not sure: worth a sanitizer run (1)",
            "noted:",
            "not shown: 1 below the comment threshold, 1 suppressed in the source",
            "not analysed:",
        )
    ]
    assert places == sorted(places)
    assert "waived" not in shown


def test_fix_evidence_and_the_way_to_more() -> None:
    shown = text(factory.full())
    assert "  evidence: confirmed by ThreadSanitizer\n" in shown
    assert "  fix: reduction, 87 % → 3 %\n" in shown
    assert "    +    #pragma omp parallel for reduction(+ : counter)\n" in shown
    assert "+++ b/src" not in shown
    assert "  more: reviewbot explain 6d1f0c2a9be4\n" in shown


def test_silence_of_a_sanitizer_is_not_told_as_refutation() -> None:
    quiet = Evidence(verdict="not reproduced", tool="ThreadSanitizer", report="")
    shown = text(factory.review(factory.decide(factory.race(evidence=quiet))))
    assert "not reproduced by ThreadSanitizer" in shown
    assert "does not refute" in shown
    assert "confirmed" not in shown


@pytest.mark.parametrize(
    ("review", "last"),
    [
        (
            factory.full(),
            "1 race likely, 1 hotspot, 1 unsure, 1 noted, 1 fixed"
            " · 1 construct in 1 file read in 0.21 s",
        ),
        (factory.empty(), "Nothing parallel to review · 0 files read in 0.00 s"),
        (
            factory.review(),
            "Nothing to report; a prediction, not a proof · 1 construct in 1 file read in 0.21 s",
        ),
        (
            factory.review(
                factory.decide(factory.race()),
                factory.decide(factory.race(object="x"), Action.COMMENT),
                seconds=1.0,
            ),
            "2 races likely · 1 construct in 1 file read in 1.00 s",
        ),
    ],
)
def test_one_summary_line_ends_the_report(review: Review, last: str) -> None:
    assert text(review).split("\n")[-2:] == [last, ""]


def test_nothing_found_beside_something_unread_says_so() -> None:
    unread = FileResult(path="a.c", race_probability=0.5, skipped="not valid UTF-8")
    shown = text(factory.review(files=(factory.file_result(), unread)))
    assert "  a.c: not valid UTF-8\n" in shown
    assert "Nothing to report in what could be read; 1 part not analysed" in shown


def test_colour_only_when_asked_and_it_changes_no_word() -> None:
    review = factory.full()
    assert "\x1b" not in text(review)
    colored = text(review, color=True)
    assert "\x1b[1;31m" in colored
    assert SGR.sub("", colored) == text(review)


def test_an_unknown_base_is_not_told_as_new() -> None:
    shown = text(factory.review(factory.decide(factory.race(status=Status.UNKNOWN))))
    assert "new or old: unknown" in shown
    assert "introduced" not in shown


def test_control_and_bidirectional_characters_become_visible() -> None:
    evil = "x\x1b]0;owned\x07\u202e\u2066\x9b31m"
    finding = factory.race(
        path=f"src/{evil}.c",
        object=evil,
        function=evil,
        fingerprint=evil,
        trace=tuple(replace(step, claim=evil, path=evil) for step in factory.steps()),
        accesses=(factory.access(path=f"src/{evil}.c", line=1, column=1, end_column=2),),
        unresolved=(f"call:{evil}",),
    )
    review = factory.review(
        factory.decide(finding),
        factory.decide(finding, Action.NOTE, detail=evil),
        sources=((f"src/{evil}.c", f"int {evil};\x0b"),),
        files=(FileResult(path=evil, race_probability=0.5, skipped=evil),),
    )
    shown = text(review)
    assert not [char for char in shown if not char.isprintable() and char != "\n"]
    assert "\\x1b" in shown and "\\u202e" in shown


@pytest.mark.parametrize(
    ("source", "columns", "code", "marks"),
    [
        ("\tx = 1;", (2, 3), "    x = 1;", "    ^"),
        ("a\tx = 1;", (3, 4), "a   x = 1;", "    ^"),
        ("x = 1;\r\ny = 2;\r\n", (1, 2), "x = 1;", "^"),
        ("/* 計数 */ n++;", (10, 11), "/* 計数 */ n++;", " " * 11 + "^"),
        ("/* e\u0301 */ n++;", (10, 11), "/* e\u0301 */ n++;", " " * 8 + "^"),
        ("a\u2028b\x0cn++;", (5, 6), "a\\u2028b\\x0cn++;", " " * 12 + "^"),
        ("n", (40, 41), "n", " ^"),
    ],
)
def test_carets_stand_under_the_access(
    source: str, columns: tuple[int, int], code: str, marks: str
) -> None:
    shown, carets = under_caret(source, *columns)
    assert shown == code
    assert carets.split(" write")[0] == marks


def test_a_long_line_is_cut_around_the_caret() -> None:
    source = "a" * 300 + "NEEDLE" + "b" * 300
    code, carets = under_caret(source, 301, 307, width=80)
    assert len(code) <= 80
    assert code.startswith("…") and code.endswith("…")
    start = carets.index("^")
    assert code[start : start + 6] == "NEEDLE"


def test_one_access_met_by_itself_is_shown_once() -> None:
    access = factory.access()
    shown = text(factory.review(factory.decide(factory.race(accesses=(access, access)))))
    assert shown.count("^^^^^^^ write here by more than one thread") == 1


def test_a_hotspot_is_not_told_in_words_of_races() -> None:
    finding = factory.hotspot(accesses=(factory.access(),), trace=factory.steps())
    shown = text(factory.review(factory.decide(finding, Action.COMMENT)))
    assert "^^^^^^^ write here\n" in shown
    assert "hotspot at `parallel for` in `tally` · likely (72 %)" in shown


def test_two_accesses_of_one_line_have_a_caret_row_each() -> None:
    second = factory.access(column=24, end_column=31, mode=Mode.READ)
    shown = text(factory.review(factory.decide(factory.race(accesses=(factory.access(), second)))))
    assert shown.count(" 10 │ ") == 1
    assert shown.count("^^^^^^^") == 2


def test_an_access_of_another_file_and_a_file_without_text() -> None:
    other = factory.access(path="src/other.c", line=3, column=5, end_column=12, mode=Mode.READ)
    shown = text(factory.review(factory.decide(factory.race(accesses=(factory.access(), other)))))
    assert "╎ in src/other.c" in shown
    assert "  3 │     counter\n    │     ^^^^^^^ read here" in shown


def test_distant_accesses_are_joined_by_a_gap() -> None:
    far = factory.access(line=3, column=13, end_column=20)
    shown = text(factory.review(factory.decide(factory.race(accesses=(far, factory.access())))))
    assert shown.index("  3 │ static long") < shown.index("╎ …") < shown.index(" 10 │")


def test_a_narrow_terminal_puts_claims_on_their_own_lines() -> None:
    shown = text(factory.review(factory.decide(factory.race())), width=50)
    chain = shown[shown.index("  1. ") :].split("\n")
    assert chain[0] == "  1. concurrent    99 %  src/tally.c:7"
    assert chain[1].startswith("     every thread")


def test_the_text_report_imports_nothing_heavy() -> None:
    code = (
        "import sys, reviewbot.report.text, reviewbot.report.render;"
        "print(sorted({'pydantic', 'rich', 'json', 'numpy', 'yaml'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
