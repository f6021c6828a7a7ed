"""Reports matched to a finding's accesses: made up ones, and real logs against the front end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reviewbot.code.analyse import analyse
from reviewbot.escalation.matching import LINE_TOLERANCE, Match, Strength, in_change, match
from reviewbot.escalation.records import Frame, ReportKind, ToolAccess, ToolReport
from reviewbot.escalation.tsan_text import parse_tsan
from reviewbot.escalation.valgrind_text import parse_valgrind
from reviewbot.records import Access, Mode
from tests.escalation.reading import LOGS, log


def access(
    line: int,
    mode: Mode = Mode.WRITE,
    *,
    path: str = "src/a.c",
    text: str = "total",
    function: str = "work",
) -> Access:
    return Access(
        path=path, line=line, column=3, end_column=9, mode=mode, atomic=False, text=text,
        function=function,
    )  # fmt: skip


def stack(*places: str) -> tuple[Frame, ...]:
    """`work /build/src/a.c:7` a frame, innermost first."""
    found = []
    for place in places:
        function, _, rest = place.rpartition(" ")
        path, _, line = rest.partition(":")
        found.append(Frame(function, path, int(line or 0), 0))
    return tuple(found)


def side(*places: str, mode: Mode = Mode.WRITE, size: int = 8) -> ToolAccess:
    return ToolAccess(mode, False, size, "T1", stack(*places), ())


def report(*accesses: ToolAccess, location: str = "") -> ToolReport:
    return ToolReport(ReportKind.RACE, "tsan", accesses, location, (), (), "", False)


def strength(
    found: ToolReport, *accesses: Access, strip: tuple[str, ...] = (), name: str = ""
) -> Strength | None:
    """How the report matches; None if it is kept apart."""
    matched, elsewhere = match([found], accesses, changed={"src/a.c"}, strip=strip, object=name)
    assert len(matched) + len(elsewhere) == 1
    return matched[0].strength if matched else None


# Paths.


@pytest.mark.parametrize(
    ("printed", "strip", "same"),
    [
        ("/tmp/build/src/a.c", (), True),
        ("/tmp/build/src/a.c", ("/tmp/build",), True),
        ("/tmp/build/src/a.c", ("/tmp/build/",), True),
        ("/tmp/build/cmake/../src/a.c", ("/tmp/build",), True),
        ("src/a.c", (), True),
        ("./src/a.c", (), True),
        ("../../src/a.c", (), True),
        ("a.c", (), True),  # valgrind, or compiled within src/
        ("/proc/self/cwd/src/a.c", (), True),
        ("/tmp/build/src/xa.c", (), False),
        ("/tmp/build/lib/a.c", (), False),
        ("/tmp/build/third_party/src/a.c", ("/tmp/build",), False),
        ("/tmp/build/xsrc/a.c", (), False),
        ("", (), False),
    ],
)
def test_paths(printed: str, strip: tuple[str, ...], same: bool) -> None:
    found = report(side(f"work {printed}:7"), side(f"work {printed}:9"))
    expected = Strength.BOTH if same else None
    assert strength(found, access(7), access(9), strip=strip) is expected


# Both accesses.


def both(*lines: int) -> ToolReport:
    return report(*(side(f"work /build/src/a.c:{line}") for line in lines))


def test_both_accesses_in_either_order() -> None:
    assert strength(both(7, 9), access(7), access(9)) is Strength.BOTH
    assert strength(both(9, 7), access(7), access(9)) is Strength.BOTH


def test_other_lines_are_elsewhere() -> None:
    assert strength(both(17, 19), access(7, function="f"), access(9, function="g")) is None


def test_an_access_that_races_with_itself() -> None:
    assert strength(both(7, 7), access(7), access(7)) is Strength.BOTH
    assert strength(both(7, 7), access(7)) is Strength.BOTH
    assert strength(both(7, 7), access(7, function="f"), access(9, function="g")) is None


def test_a_statement_over_two_lines_but_not_its_neighbour() -> None:
    assert LINE_TOLERANCE == 1
    assert strength(both(8, 20), access(7), access(20)) is Strength.BOTH
    apart = access(7, function="f"), access(20, function="g")
    assert strength(both(8, 21), *apart) is None
    assert strength(both(9, 20), *apart) is None


def test_a_write_where_the_finding_reads_is_another_object() -> None:
    total = access(7, Mode.READ, function="f"), access(9, function="g")
    assert strength(both(7, 9), *total) is None
    reading = report(side("f src/a.c:7", mode=Mode.READ), side("g src/a.c:9"))
    assert strength(reading, *total) is Strength.BOTH
    # The first half of an update is a read; of a library's call nobody knows.
    assert strength(reading, access(7), access(9)) is Strength.BOTH
    copied = report(side("memcpy libc.so.6", "f src/a.c:7"), side("g src/a.c:9"))
    assert strength(copied, *total) is Strength.BOTH


def test_an_inlined_function_and_the_macro_at_its_use() -> None:
    found = report(
        side("mark src/a.c:24", "settle src/a.c:28", "clerk src/a.c:34"),
        side("mark src/a.c:24", "auditor src/a.c:44"),
    )
    assert strength(found, access(24), access(24)) is Strength.BOTH
    assert strength(found, access(99), access(98)) is None


def test_library_code_is_looked_through() -> None:
    found = report(
        side("std::vector<int>::at(int) /usr/include/c++/12/bits/stl_vector.h:9", "f src/a.c:7"),
        side("free ../../../../src/libsanitizer/tsan/tsan_interceptors.cpp:706", "g src/a.c:9"),
    )  # fmt: skip
    assert strength(found, access(7), access(9)) is Strength.BOTH
    bare = report(
        side("std::pair<int, int>::operator=() stl_pair.h:34", "f a.c:7"), side("g a.c:9")
    )
    assert strength(bare, access(7), access(9)) is Strength.BOTH


def test_a_race_in_a_function_called_on_the_line_is_not_on_its_operand() -> None:
    deep = report(*(side("work src/other.c:20", "run src/a.c:7") for _ in range(2)))
    own = report(*(side("work src/a.c:20", "run src/a.c:7") for _ in range(2)))
    for found in (deep, own):
        assert strength(found, access(7), access(7)) is None  # sum += work(i)
        assert strength(found, access(7, text="grid.at(i)"), access(7)) is None
        assert strength(found, *[access(7, text="grid.at(i)")] * 2) is Strength.CALLS
        named = replace(found, location="global 'total' of size 8 at 0x10")
        assert strength(named, access(7), access(7)) is Strength.CALLS
        other = replace(found, location="global 'cache' of size 8 at 0x10")
        assert strength(other, *[access(7, text="grid.at(i)")] * 2) is None


def test_the_thread_body_further_out_does_not_count() -> None:
    found = report(
        *(
            side("f x.c:1", "std::sort<int> /usr/include/c++/12/s.h:2", "run src/a.c:7")
            for _ in "ab"
        )
    )
    assert strength(found, access(7, text="f()"), access(7, text="f()")) is Strength.CALLS
    called_back = report(
        *(side("less src/a.c:3", "sort /usr/include/c++/12/s.h:2", "run src/a.c:7") for _ in "ab")
    )
    assert strength(called_back, access(7, text="f()"), access(7, text="f()")) is None


# One access.


def test_one_access_and_the_same_object() -> None:
    found = replace(both(7, 40), location="global 'total' of size 8 at 0x10 (a.out+0x10)")
    apart = access(7, function="f"), access(9, function="g")
    assert strength(found, *apart) is Strength.ONE
    assert strength(replace(found, location="global 'cache' of size 8 at 0x10"), *apart) is None
    helgrind = replace(found, location='8 bytes inside data symbol "_ZN4shop5totalE"')
    assert strength(helgrind, *apart) is Strength.ONE


def test_the_object_as_the_finding_names_it() -> None:
    found = replace(both(7, 40), location="global 'book.0' of size 8 at 0x10")
    alias = access(7, text="a->dirty", function="f"), access(9, text="a->dirty", function="g")
    assert strength(found, *alias) is None
    assert strength(found, *alias, name="book.dirty") is Strength.ONE


def test_one_access_and_the_same_function() -> None:
    lost_line = report(side("f src/a.c:7"), side("Field<int>::relax(int) const src/a.c"))
    apart = access(7, function="f"), access(9, function="Field::relax")
    assert strength(lost_line, *apart) is Strength.ONE
    assert (
        strength(replace(lost_line, location="heap block of size 8 at 0x1"), *apart) is Strength.ONE
    )
    other = report(side("f src/a.c:7"), side("Field<relax>::norm(relax) src/a.c"))
    assert strength(other, *apart) is None


def test_one_access_and_a_lost_stack() -> None:
    apart = access(7, function="f"), access(9, function="g")
    assert strength(report(side("f src/a.c:7"), side()), *apart) is Strength.LOST
    drd = report(side("f src/a.c:7"), side("sleep libc.so.6", size=0))
    assert strength(drd, *apart) is Strength.LOST
    assert strength(report(side("f src/a.c:8"), side()), *apart) is None
    assert strength(report(side()), *apart) is None
    assert strength(report(), *apart) is None


# Memory that libomp recycles.

TASKS = "int main(void) {\n#pragma omp task \\\n  firstprivate(row)\n  use(row);\n}\n"


def on_heap(*sides: ToolAccess, allocated_by: str = "libomp.so.5") -> ToolReport:
    where = stack("malloc a.out", f"- {allocated_by}", "main /build/src/a.c:1")
    location = "heap block of size 1048576 at 0x7f allocated by main thread"
    return replace(report(*sides), location=location, location_stack=where)


@pytest.mark.parametrize("line", [2, 3])
def test_filling_a_new_task_is_no_race(line: int) -> None:
    found = on_heap(side(f"main /build/src/a.c:{line}"), side("main /build/src/a.c:4"))
    asked = access(line), access(4)
    kept = match([found], asked, changed=(), sources={"src/a.c": TASKS})
    assert kept == ((), (found,))
    other_file = match([found], asked, changed=(), sources={"src/b.c": TASKS})
    assert [item.strength for item in other_file[0]] == [Strength.BOTH]


def test_a_tasks_own_copy_and_other_memory_may_race() -> None:
    copies = on_heap(side("use /build/src/a.c:4"), side("main /build/src/a.c:4"))
    elsewhere = on_heap(side("main src/a.c:2"), side("main src/a.c:4"), allocated_by="libown.so")
    for found, asked in ((copies, (access(4), access(4))), (elsewhere, (access(2), access(4)))):
        hits, _ = match([found], asked, changed=(), sources={"src/a.c": TASKS})
        assert [item.report for item in hits] == [found]


def test_after_recycling_was_seen_no_report_on_that_memory_is_believed() -> None:
    combined = on_heap(side(".red_comb. /build/src/a.c:9"), side("main /build/src/a.c:4"))
    copies = on_heap(side("use /build/src/a.c:4"), side("main /build/src/a.c:4"))
    plain = both(4, 4)
    hits, rest = match(
        [combined, copies, plain], [access(4)] * 2, changed=(), sources={"src/a.c": TASKS}
    )
    assert [item.report for item in hits] == [plain]
    assert rest == (combined, copies)


# What was changed, and the rest.


def test_a_silence_matches_any_race_of_the_change() -> None:
    assert strength(both(7, 9)) is Strength.CHANGED
    outside = report(side("f lib/b.c:3"), side("g lib/b.c:4"))
    assert strength(outside) is None
    called = report(*(side("f lib/b.c:3", "g src/a.c:7") for _ in "ab"))
    assert strength(called) is None
    assert in_change(both(7, 9), {"src/a.c"}) and not in_change(called, {"src/a.c"})
    assert in_change(both(7, 9), {"src/a.c"}, ("/build",))
    assert not in_change(both(7, 9), {"src/a.c"}, ("/build/src",))


def test_what_is_no_race_is_kept_apart() -> None:
    order = replace(both(7, 9), kind=ReportKind.LOCK_ORDER)
    assert strength(order, access(7), access(9)) is None
    assert strength(order) is None


def test_the_surest_come_first_and_the_others_are_kept() -> None:
    weak = replace(both(7, 40), location="global 'total' of size 8")
    cut = replace(both(7, 9), truncated=True)
    reports = [weak, cut, both(50, 60), both(7, 9)]
    apart = access(7, function="f"), access(9, function="g")
    matched, elsewhere = match(reports, apart, changed={"src/a.c"})
    assert [item.report for item in matched] == [both(7, 9), cut, weak]
    assert [item.strength for item in matched] == [Strength.BOTH, Strength.BOTH, Strength.ONE]
    assert elsewhere == (both(50, 60),)


# Real logs against the front end's own access pairs.


def matched(source: str, name: str, object: str) -> list[Match]:
    """Matches of a captured log with the pairs of an object of the program that wrote it."""
    parse = parse_tsan if name.startswith("tsan") else parse_valgrind
    reports = parse(log(name), name.partition("_")[0])
    path = f"src/{source}"
    pairs = [
        pair
        for item in analyse(path, (LOGS / source).read_bytes()).slices
        if item.object == object
        for pair in item.pairs
    ]
    assert pairs
    return [
        hit
        for pair in pairs
        for hit in match(
            reports,
            (pair.first, pair.second),
            changed={path},
            strip=("/build/shop",),
            object=object,
        )[0]
    ]


@pytest.mark.parametrize(
    ("source", "name", "object", "expected"),
    [
        ("ledger.c", "tsan_clang_ledger", "book.balance", Strength.BOTH),  # through a macro
        ("ledger.c", "tsan_gcc_ledger", "book.dirty", Strength.BOTH),  # through inlining
        ("ledger.c", "tsan_clang_ledger", "ticket", Strength.BOTH),
        ("ledger.c", "helgrind_ledger", "book.dirty", Strength.BOTH),
        ("ledger.c", "drd_ledger", "book.balance", Strength.LOST),
        ("pool.cpp", "tsan_clang_pool", "tally.hits", Strength.BOTH),
        ("pool.cpp", "tsan_gcc_pool", "box.value", Strength.BOTH),  # template, lambda, std::pair
        ("pool.cpp", "tsan_clang_pool", "box.value", Strength.BOTH),
        ("pool.cpp", "tsan_gcc_pool", "cells[][]", Strength.BOTH),
        ("pool.cpp", "helgrind_pool", "box.value", Strength.BOTH),
        ("grid.c", "tsan_archer_grid", "sum", Strength.BOTH),
        ("grid.c", "tsan_archer_grid", "row[]", Strength.ONE),  # clang dropped the read's line
        ("grid.c", "drd_grid", "row[]", Strength.ONE),
        ("sweep.cpp", "tsan_archer_sweep", "count", Strength.BOTH),
        ("sweep.cpp", "tsan_gcc_sweep", "f.cells_[]", Strength.BOTH),
        ("tasks.c", "tsan_archer_tasks", "got", Strength.BOTH),
    ],
)
def test_real_reports_find_their_pairs(
    source: str, name: str, object: str, expected: Strength
) -> None:
    order = list(Strength)
    best = min(matched(source, name, object), key=lambda hit: order.index(hit.strength))
    assert best.strength is expected


@pytest.mark.parametrize(
    ("source", "name", "object"),
    [
        ("ledger.c", "tsan_clang_ledger", "posted"),  # ordered by chance: no report
        ("pool.cpp", "tsan_clang_pool", "tally.seen"),  # locked, one line above a race
        ("pool.cpp", "tsan_gcc_pool", "tally.seen[]"),
        ("ledger.c", "tsan_clang_ledger", "book.dirty"),  # merged with balance by the optimiser
    ],
)
def test_objects_without_a_report_match_nothing_at_both_lines(
    source: str, name: str, object: str
) -> None:
    found = matched(source, name, object)
    assert not [hit for hit in found if hit.strength in (Strength.BOTH, Strength.CALLS)]


def test_the_logs_hold_no_path_of_the_machine_they_were_made_on() -> None:
    for path in Path(LOGS).iterdir():
        assert "/tmp/" not in path.read_text(encoding="utf-8")
