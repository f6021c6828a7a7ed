"""Waivers in the source: what they cover, and what is said of those that are not honoured."""

from __future__ import annotations

import pytest

from reviewbot.records import FindingKind, Skipped
from reviewbot.suppression import FILE_WAIVER_LINES, Suppressions, blank, parse_suppressions, spans

RACE, HOTSPOT = FindingKind.RACE, FindingKind.HOTSPOT


def covered(text: str, kind: FindingKind = RACE) -> list[int]:
    """The lines of the text that a waiver covers; nothing may be skipped."""
    waivers = parse_suppressions("a.c", text)
    assert waivers.skipped == ()
    return [n for n in range(1, text.count("\n") + 2) if waivers.covering(kind, n)]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("x++; // reviewbot: ignore[race] a statistic\ny++;", [1]),
        ("// reviewbot: ignore[race] a statistic\nx++;\ny++;", [2]),
        ("/* reviewbot: ignore[race] a statistic */\nx++;\ny++;", [2]),
        ("/* reviewbot: ignore[race] a statistic */ x++;\ny++;", [1]),
        ("x++; /* reviewbot: ignore[race] a\n * statistic */\ny++;", [1]),
        ("/*\n * reviewbot: ignore[race]\n * a statistic\n */\nx++;", [5]),
        ("  // reviewbot: ignore[race] why\n  // NOLINT\n  x++;", [3]),
        ("// reviewbot: ignore[race] why\n\nx++;", []),
        ("// reviewbot: ignore[hotspot] why\nx++;", []),
        ("// reviewbot: ignore[race]: why\nx++;", [2]),
        ("/// reviewbot:ignore[ race ] why\nx++;", [2]),
        ("// reviewbot: ignore[race] why\r\nx++;\r\ny++;", [2]),
        ("x++; // see reviewbot: ignore[race] why", []),
        ("// reviewbot: hello", []),
        ("int n = 1'000; // reviewbot: ignore[race] why", [1]),
        ("char q = '\"'; // reviewbot: ignore[race] why", [1]),
    ],
)
def test_what_a_waiver_covers(text: str, lines: list[int]) -> None:
    assert covered(text) == lines


@pytest.mark.parametrize(
    "text",
    [
        'puts("// reviewbot: ignore[race] why");',
        'puts("\\"// reviewbot: ignore[race] why");',
        'auto s = R"x(\n// reviewbot: ignore[race] why\n)x";',
        'auto s = u8R"(" // reviewbot: ignore[race] why\n)";',
        "// text /* reviewbot: ignore[race] why */",
        'char *s = "/*"; int reviewbot; x++; char *t = "reviewbot: ignore[race] why */";',
    ],
)
def test_text_within_a_literal_does_not_count(text: str) -> None:
    assert parse_suppressions("a.c", text) == Suppressions(path="a.c")


def test_several_rules_at_once() -> None:
    text = "/* reviewbot: ignore[race, hotspot] measured */ x++;"
    assert covered(text) == covered(text, HOTSPOT) == [1]


def test_the_reason_is_kept() -> None:
    (entry,) = parse_suppressions(
        "a.c", "/* reviewbot: ignore[race] only a\n   statistic */\nx++;"
    ).entries
    assert (entry.reason, entry.line, entry.whole_file) == ("only a statistic", 1, False)


def test_a_whole_file() -> None:
    text = "// licence\n// reviewbot: ignore-file[race] generated tables\nx++;\ny++;"
    assert covered(text) == [1, 2, 3, 4]
    assert covered(text, HOTSPOT) == []


def test_a_whole_file_is_waived_near_the_top_or_not_at_all() -> None:
    waiver = "// reviewbot: ignore-file[race] generated"
    assert covered("\n" * (FILE_WAIVER_LINES - 1) + waiver)
    late = parse_suppressions("a.c", "\n" * FILE_WAIVER_LINES + waiver)
    assert late.entries == ()
    assert [one.line for one in late.skipped] == [FILE_WAIVER_LINES + 1]
    assert "move it to the top" in late.skipped[0].reason


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("// reviewbot: ignore[race]", "suppression without a reason"),
        ("// reviewbot: ignore[race] --", "suppression without a reason"),
        ("/* reviewbot: ignore[race] */", "suppression without a reason"),
        ("// reviewbot: ignore[racy] why", "unknown rule 'racy'"),
        ("// reviewbot: ignore[] why", "suppression without a rule"),
        ("// reviewbot: ignore because", "suppression without a rule"),
    ],
)
def test_what_is_not_honoured_is_said(comment: str, said: str) -> None:
    waivers = parse_suppressions("a.c", f"int x;\n{comment}\nx++;")
    assert waivers.entries == ()
    (problem,) = waivers.skipped
    assert isinstance(problem, Skipped)
    assert (problem.path, problem.line) == ("a.c", 2)
    assert said in problem.reason


def test_a_known_rule_beside_an_unknown_one_still_holds() -> None:
    waivers = parse_suppressions("a.c", "x++; // reviewbot: ignore[race, rice] why")
    assert waivers.covering(RACE, 1) is not None
    assert [one.reason.split(":")[0] for one in waivers.skipped] == [
        "suppression of the unknown rule 'rice'"
    ]


@pytest.mark.parametrize("text", ["", "/* open", '"open', 'R"(open', "'", "// \\\n", "/*/"])
def test_half_written_text_is_read_to_its_end(text: str) -> None:
    found = list(spans(text))
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert len(blank(text, found)) == len(text)
    assert parse_suppressions("a.c", text + " reviewbot").entries == ()


def test_a_comment_goes_on_after_a_backslash() -> None:
    text = "// a \\\n b\nx"
    assert blank(text, spans(text)) == "      \n  \nx"
