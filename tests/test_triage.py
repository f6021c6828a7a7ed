"""Base against head: introduced, pre-existing, fixed, and unknown where the base was not read.

Diffs are made by difflib from the two texts, so that hunks and findings cannot disagree.
"""

from __future__ import annotations

import difflib
from dataclasses import replace

import pytest

from reviewbot.findings import Code, fingerprint
from reviewbot.records import (
    Access,
    Change,
    FileDiff,
    Finding,
    FindingKind,
    Hunk,
    Mode,
    Severity,
    Status,
)
from reviewbot.triage import triage

COUNT = """\
void count(void) {
  lock();
  first();
  second();
  third();
  hits++;
  fourth();
  fifth();
  sixth();
  seventh();
  report(hits);
  unlock();
}
"""


def diff(base: str, head: str, *, path: str = "a.c", old_path: str | None = "a.c") -> FileDiff:
    codes = difflib.SequenceMatcher(None, base.split("\n"), head.split("\n"), False).get_opcodes()
    hunks = tuple(
        Hunk(
            old_start=i + 1,
            old_length=i2 - i,
            new_start=j + 1,
            new_length=j2 - j,
            removed=tuple(range(i + 1, i2 + 1)),
            added=tuple(range(j + 1, j2 + 1)),
        )
        for tag, i, i2, j, j2 in codes
        if tag != "equal"
    )
    change = Change.MODIFIED if path == old_path else Change.RENAMED
    return FileDiff(path=path, old_path=old_path, change=change, hunks=hunks)


def finding(source: str, *marks: str, path: str = "a.c", probability: float = 0.9) -> Finding:
    """A race on `hits` between the places where the marks first stand in the source."""
    sides = tuple(_access(source, mark, path) for mark in (marks or ("hits++", "hits)")))
    code = Code.of(source.encode())
    statements = [code.statement(side) for side in sides]
    return Finding(
        fingerprint=fingerprint(FindingKind.RACE, path, statements, "hits", 0),
        kind=FindingKind.RACE,
        status=Status.UNKNOWN,
        path=path,
        line=sides[0].line,
        end_line=sides[0].line,
        function="count",
        object="hits",
        probability=probability,
        confidence=0.9,
        severity=Severity.HIGH,
        accesses=sides,
        trace=(),
    )


def _access(source: str, mark: str, path: str) -> Access:
    offset = source.index(mark)
    column = offset - source.rfind("\n", 0, offset)
    return Access(
        path=path,
        line=source.count("\n", 0, offset) + 1,
        column=column,
        end_column=column + 4,
        mode=Mode.WRITE if "++" in mark or "=" in mark else Mode.READ,
        atomic=False,
        text="hits",
        function="count",
    )


def half(_: Finding) -> float:
    return 0.5


def statuses(
    base: str, head: str, *, before: float = 0.9, after: float = 0.9, marks: tuple[str, ...] = ()
) -> list[str]:
    """The statuses for the race of COUNT's kind in both texts."""
    told = triage(
        [finding(head, *marks, probability=after)],
        [finding(base, probability=before)],
        [diff(base, head)],
        comment_level=half,
    )
    return [one.status.value for one in told]


def test_a_finding_without_a_base_is_unknown() -> None:
    (told,) = triage([finding(COUNT)], None, [], comment_level=half)
    assert told.status is Status.UNKNOWN


def test_a_finding_whose_base_could_not_be_read_is_unknown() -> None:
    renamed = diff(COUNT, COUNT, path="b.c")
    head = [finding(COUNT, path="b.c"), finding(COUNT, path="c.c"), finding(COUNT)]
    told = triage(head, [], [renamed], comment_level=half, unreadable_base={"a.c"})
    # a.c is a new file now: what could not be read under its name is b.c's past
    assert [one.status.value for one in told] == ["unknown", "introduced", "introduced"]
    told = triage([finding(COUNT)], [], [], comment_level=half, unreadable_base={"a.c"})
    assert [one.status.value for one in told] == ["unknown"]


def test_new_and_gone() -> None:
    told = triage([finding(COUNT)], [], [], comment_level=half)
    assert [one.status.value for one in told] == ["introduced"]
    told = triage([], [finding(COUNT)], [], comment_level=half)
    assert [one.status.value for one in told] == ["fixed"]


def test_what_nobody_was_told_of_is_not_called_fixed() -> None:
    assert triage([], [finding(COUNT, probability=0.4)], [], comment_level=half) == ()


def test_what_could_not_be_read_is_not_called_fixed() -> None:
    told = triage([], [finding(COUNT)], [], comment_level=half, unreadable_head={"a.c"})
    assert told == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("void count", "int other;\n\nvoid count", id="lines above"),
        pytest.param("  hits++", "\t hits ++", id="reformatted"),
        pytest.param("hits++", "hits += 1", id="one side rewritten"),
        pytest.param("report(hits)", "report(2 * hits)", id="other side rewritten"),
        pytest.param("eighth", "ninth", id="nothing"),
    ],
)
def test_an_old_finding_stays_old(old: str, new: str) -> None:
    head = COUNT.replace(old, new)
    mark = "hits +=" if "+=" in new else "hits ++" if " ++" in new else "hits++"
    assert statuses(COUNT, head, marks=(mark, "hits)")) == ["pre-existing"]


def test_a_finding_with_both_sides_rewritten_is_new() -> None:
    head = COUNT.replace("hits++", "hits += 2").replace("report(hits)", "report(3 * hits)")
    assert statuses(COUNT, head, marks=("hits +=", "hits)")) == ["introduced", "fixed"]


def test_a_kept_side_does_not_count_where_something_changed_beside_it() -> None:
    head = COUNT.replace("hits++", "hits += 2").replace("  seventh();\n", "")
    assert statuses(COUNT, head, marks=("hits +=", "hits)")) == ["introduced", "fixed"]


def test_a_lock_taken_away_introduces_the_race_it_held_back() -> None:
    head = COUNT.replace("  lock();\n", "").replace("  unlock();\n", "")
    assert statuses(COUNT, head, before=0.2, after=0.9) == ["introduced"]
    assert statuses(COUNT, head, before=0.6, after=0.9) == ["pre-existing"]
    assert statuses(COUNT, head, before=0.2, after=0.4) == ["pre-existing"]


def test_a_lock_added_fixes_the_race() -> None:
    base = COUNT.replace("  lock();\n", "").replace("  unlock();\n", "")
    assert statuses(base, COUNT, before=0.9, after=0.1) == ["fixed"]
    assert statuses(base, COUNT, before=0.9, after=0.3) == ["pre-existing"]
    assert statuses(base, COUNT, before=0.4, after=0.1) == ["pre-existing"]


def test_a_fixed_finding_is_the_base_s() -> None:
    head = "int x;\n" + COUNT
    old = finding(COUNT)
    new = finding(head, probability=0.05)
    (told,) = triage([new], [old], [diff(COUNT, head)], comment_level=half)
    assert told == replace(old, status=Status.FIXED)


def test_a_renamed_file_keeps_its_findings() -> None:
    head = COUNT.replace("void count", "// moved\nvoid count")
    new, old = finding(head, path="b.c"), finding(COUNT)
    assert new.fingerprint != old.fingerprint
    told = triage([new], [old], [diff(COUNT, head, path="b.c")], comment_level=half)
    assert [one.status.value for one in told] == ["pre-existing"]


def test_a_rename_carries_the_fingerprint_where_no_line_was_kept() -> None:
    head = COUNT.replace("\n  ", "\n\t")  # every access stands on a changed line
    new, old = finding(head, path="b.c"), finding(COUNT)
    rename = diff(COUNT, head, path="b.c")
    told = triage([new], [old], [rename], comment_level=half)
    assert [one.status.value for one in told] == ["pre-existing"]
    told = triage([new], [old], [replace(rename, old_path="c.c")], comment_level=half)
    assert [one.status.value for one in told] == ["introduced", "fixed"]


def test_a_copy_is_new_and_its_original_old() -> None:
    copied = FileDiff(path="b.c", old_path="a.c", change=Change.COPIED)
    head = [finding(COUNT), finding(COUNT, path="b.c")]
    told = triage(head, [finding(COUNT)], [copied], comment_level=half)
    assert [one.status.value for one in told] == ["pre-existing", "introduced"]


def test_a_new_twin_above_does_not_make_the_old_one_new() -> None:
    base = "void f() { hits++; }\n"
    head = "void g() { hits++; }\n\n" + base
    twin, old = finding(head, "hits++"), finding(head, "hits++; }\n\n")
    old = replace(
        old,
        line=3,
        accesses=tuple(replace(one, line=3) for one in old.accesses),
        fingerprint=fingerprint(FindingKind.RACE, "a.c", ["hits++"], "hits", 1),
    )
    told = triage([twin, old], [finding(base, "hits++")], [diff(base, head)], comment_level=half)
    assert [(one.line, one.status.value) for one in told] == [
        (1, "introduced"),
        (3, "pre-existing"),
    ]


def test_of_equal_twins_one_is_gone() -> None:
    one = finding(COUNT)
    told = triage([one], [one, one], [], comment_level=half)
    assert [one.status.value for one in told] == ["pre-existing", "fixed"]


def test_another_object_or_kind_is_another_finding() -> None:
    old = finding(COUNT)
    other = replace(old, object="misses", fingerprint="0" * 16)
    hotspot = replace(old, kind=FindingKind.HOTSPOT, fingerprint="1" * 16)
    told = triage([other, hotspot], [old], [], comment_level=half)
    assert [one.status.value for one in told] == ["introduced", "introduced", "fixed"]
