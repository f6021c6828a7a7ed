"""ThreadSanitizer's reports, of clang and gcc, captured: whole, cut, mixed and mutated."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewbot.escalation.records import ReportKind, ToolReport
from reviewbot.escalation.stacks import TEXT_CAP, source_function, tsan_frame
from reviewbot.escalation.tsan_text import GAP_LINES, parse_tsan
from tests.escalation.reading import LOGS, frame, log, sides

TSAN_LOGS = sorted(path.stem for path in LOGS.glob("tsan_*.txt"))


def only(reports: tuple[ToolReport, ...], kind: ReportKind) -> list[ToolReport]:
    return [report for report in reports if report.kind is kind]


@pytest.mark.parametrize("name", TSAN_LOGS)
def test_every_report_of_a_log_is_read_whole(name: str) -> None:
    text = log(name)
    reports = parse_tsan(text)
    assert len(reports) == text.count("WARNING: ThreadSanitizer") > 0
    assert not any(report.truncated for report in reports)
    for report in only(reports, ReportKind.RACE):
        assert len(report.accesses) == 2
        assert all(access.stack for access in report.accesses)
        assert report.created


def test_races_of_clang() -> None:
    assert [sides(report, 2) for report in parse_tsan(log("tsan_clang_ledger"))] == [
        ["T1 write 8: clerk ledger.c:33:3", "T2 write 8: auditor ledger.c:43:3"],
        [
            "T3 atomic write 4: counter ledger.c:52:3",
            "main thread write 4: races ledger.c:84:28 < main ledger.c:124:31",
        ],
        [
            "main thread write 8: free ledger.clang < races ledger.c:90:3",
            "T4 write 1: reader ledger.c:58:21",
        ],
        [
            "main thread write 4: races ledger.c:93:8 < main ledger.c:124:31",
            "T5 write 4: local ledger.c:64:15",
        ],
        [],
    ]


def test_races_of_gcc_with_inlined_frames() -> None:
    dirty = parse_tsan(log("tsan_gcc_ledger"))[1]
    assert sides(dirty, 3) == [
        "T2 write 4: mark ledger.c:24 < auditor ledger.c:44",
        "T1 write 4: mark ledger.c:24 < settle ledger.c:28 < clerk ledger.c:34",
    ]


def test_a_previous_atomic_write_is_atomic() -> None:
    assert sides(parse_tsan(log("tsan_gcc_ledger"))[2]) == [
        "main thread read 4: races ledger.c:83",
        "T3 atomic write 4: counter ledger.c:52",
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "tsan_clang_ledger",
            [
                ("write M0 (clerk /build/shop/src/ledger.c:32)",),
                (
                    "write M1 (auditor /build/shop/src/ledger.c:41)",
                    "read M2 (auditor /build/shop/src/ledger.c:42)",
                ),
            ],
        ),
        (
            "tsan_gcc_ledger",
            [
                (
                    "write M1 (auditor /build/shop/src/ledger.c:41)",
                    "read M2 (auditor /build/shop/src/ledger.c:42)",
                ),
                ("write M0 (clerk /build/shop/src/ledger.c:32)",),
            ],
        ),
    ],
)
def test_locks_are_told_with_where_they_come_from(
    name: str, expected: list[tuple[str, ...]]
) -> None:
    first, second, *_ = parse_tsan(log(name))
    assert [access.locks for access in first.accesses] == expected
    unlocked = parse_tsan(log("tsan_clang_ledger"))[1]
    assert [access.locks for access in unlocked.accesses] == [(), ()]
    assert second.kind is ReportKind.RACE


def test_thread_creation() -> None:
    created = parse_tsan(log("tsan_clang_ledger"))[0].created
    assert [[frame(item) for item in stack] for stack in created] == [
        ["pthread_create ledger.clang", "races ledger.c:78:3", "main ledger.c:124:31"],
        ["pthread_create ledger.clang", "races ledger.c:79:3", "main ledger.c:124:31"],
    ]


def test_a_named_thread() -> None:
    race = parse_tsan(log("tsan_gcc_hold"))[1]
    assert [access.thread for access in race.accesses] == ["main thread", "T3"]
    assert frame(race.created[0][-1]) == "main hold.c:31"
    named = log("tsan_gcc_hold").replace("by thread T3:", "by thread T3 'sorter (1)':")
    assert parse_tsan(named)[1].accesses[1].thread == "T3 'sorter (1)'"


@pytest.mark.parametrize(
    ("name", "index", "location", "stack"),
    [
        (
            "tsan_gcc_ledger",
            0,
            "global 'book' of size 16 at 0x5557d92461d0 (ledger.gcc+0x41d0)",
            [],
        ),
        ("tsan_clang_ledger", 3, "stack of main thread", []),
        ("tsan_clang_hold", 1, "TLS of thread T4", []),
        (
            "tsan_clang_hold",
            2,
            "heap block of size 100 at 0x721c00000000 allocated by main thread",
            ["malloc hold.clang", "main hold.c:44:16"],
        ),
        ("tsan_clang_ledger", 2, "", []),
    ],
)
def test_locations(name: str, index: int, location: str, stack: list[str]) -> None:
    report = parse_tsan(log(name))[index]
    assert report.location == location
    assert [frame(item) for item in report.location_stack] == stack


def test_use_after_free_is_a_race_and_a_sleep_is_no_access() -> None:
    report = parse_tsan(log("tsan_gcc_hold"))[0]
    assert report.kind is ReportKind.RACE
    assert "As if synchronized via sleep" in report.text
    assert sides(report, 2) == [
        "T2 write 4: use hold.c:17",
        "T1 write 8: free tsan_interceptors_posix.cpp:706 < drop hold.c:16",
    ]


@pytest.mark.parametrize("name", ["tsan_clang_locks", "tsan_gcc_locks"])
def test_reports_that_are_no_race(name: str) -> None:
    reports = parse_tsan(log(name))
    assert [report.kind for report in reports] == [
        ReportKind.LOCK_ORDER,
        ReportKind.DESTROYED_MUTEX,
        ReportKind.OTHER,  # unlock of an unlocked mutex
        ReportKind.DESTROYED_MUTEX,
        ReportKind.THREAD_LEAK,
    ]
    order, used, _, destroyed, leak = reports
    assert [(a.thread, a.locks, a.stack[1].line) for a in order.accesses] == [
        ("main thread", ("M0",), 103),
        ("main thread", ("M1",), 107),
    ]
    assert [a.stack[1].line for a in used.accesses] == [112]
    assert [a.stack[1].line for a in destroyed.accesses] == [118, 117]
    assert leak.accesses == () and leak.created[0][1].line == 125


def test_where_both_locks_of_a_cycle_were_taken() -> None:
    order = only(parse_tsan(log("tsan_clang_hold")), ReportKind.LOCK_ORDER)[0]
    assert [a.stack[1].line for a in order.accesses] == [48, 48, 50, 50]


def test_a_double_lock_is_told() -> None:
    text = log("tsan_clang_locks").replace("unlock of an unlocked mutex", "double lock of a mutex")
    double = only(parse_tsan(text), ReportKind.OTHER)[0]
    assert double.text.startswith("WARNING: ThreadSanitizer: double lock of a mutex")
    assert frame(double.accesses[0].stack[1]) == "locks ledger.c:113:3"


def test_complaints_about_the_run_are_no_reports() -> None:
    assert not parse_tsan("WARNING: ThreadSanitizer: memory layout is incompatible, possibly due\n")
    assert not parse_tsan("FATAL: ThreadSanitizer: unexpected memory mapping 0x5f-0x60\n")
    assert not parse_tsan("ThreadSanitizer: reported 5 warnings\n")


def test_archer_and_libgomp_name_the_function_of_the_source() -> None:
    relaxed = ["fluid::Field<float>::relax() sweep.cpp:11"]
    archer, gcc = parse_tsan(log("tsan_archer_sweep")), parse_tsan(log("tsan_gcc_sweep"))
    assert [frame(archer[0].accesses[1].stack[0])] == [
        "fluid::Field<float>::relax() sweep.cpp:11:43"
    ]
    assert [frame(gcc[0].accesses[1].stack[0])] == relaxed
    assert frame(archer[3].accesses[0].stack[0]) == "main::$_0::operator()() const sweep.cpp:29:10"
    assert sides(parse_tsan(log("tsan_archer_grid"))[2]) == [
        "main thread write 8: weigh grid.c:10:9",
        "T1 write 8: weigh grid.c:10:9",
    ]
    # A task at -O0 has only a name of the compiler's; a line that was merged away has none.
    assert frame(parse_tsan(log("tsan_archer_tasks"))[0].accesses[0].stack[0]) == "tasks.c:8:7"
    assert frame(archer[0].accesses[0].stack[0]) == "fluid::Field<float>::relax() sweep.cpp"


@pytest.mark.parametrize(
    ("compiler", "source"),
    [
        ("main.omp_outlined", "main"),
        ("main.omp_outlined_debug__", "main"),
        (
            "fluid::Field<float>::norm() const (.omp_outlined_debug__)",
            "fluid::Field<float>::norm() const",
        ),
        ("main._omp_fn.0", "main"),
        ("relax(int) [clone ._omp_fn.0]", "relax(int)"),
        ("relax(int) [clone ._omp_fn.0] [clone .isra.0]", "relax(int)"),
        ("scale$omp$parallel_for@12", "scale"),
        (".omp_outlined..3", ""),
        (".omp_task_entry.", ""),
        ("step.part.0.constprop.1.cold", "step"),
        ("__omp_offloading_10302_5a8_scale_l23", "scale"),
        ("pthread_create@@GLIBC_2.34", "pthread_create"),
        ("<null>", ""),
        ("operator/(Vec const&, Vec)", "operator/(Vec const&, Vec)"),
        ("(anonymous namespace)::f(int)", "(anonymous namespace)::f(int)"),
    ],
)
def test_source_function(compiler: str, source: str) -> None:
    assert source_function(compiler) == source


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("f /a/b.c:3:7 (app+0x1f) (BuildId: 3bd8)", ("f", "/a/b.c", 3, 7)),
        ("f /a/b.c:3 (app+0x1f)", ("f", "/a/b.c", 3, 0)),
        ("f b.c:3", ("f", "b.c", 3, 0)),
        ("f /a/b.c (app+0x1f)", ("f", "/a/b.c", 0, 0)),
        ("f <null> (app+0x1f)", ("f", "app", 0, 0)),
        ("<null> <null> (libx.so.1+0x1f)", ("", "libx.so.1", 0, 0)),
        ("main (app+0x1f)", ("main", "app", 0, 0)),
        ("f(int) const /a b (2)/c.c:3 (app+0x1f)", ("f(int) const", "/a b (2)/c.c", 3, 0)),
        ("f<(lambda at /a.c:1:2)>() /b.c:9:1 (m+0x2)", ("f<(lambda at /a.c:1:2)>()", "/b.c", 9, 1)),
        ("operator/(V, V) src/v.cpp:3 (a+0x1)", ("operator/(V, V)", "src/v.cpp", 3, 0)),
        ("", ("", "", 0, 0)),
    ],
)  # fmt: skip
def test_frames(printed: str, expected: tuple[str, str, int, int]) -> None:
    read = tsan_frame(printed)
    assert (read.function, read.path, read.line, read.column) == expected


def test_cpp_names() -> None:
    clang, gcc = parse_tsan(log("tsan_clang_pool")), parse_tsan(log("tsan_gcc_pool"))
    assert frame(clang[2].accesses[0].stack[0]) == (
        "int (anonymous namespace)::bump<int, 4>(int (&) [4], int) pool.cpp:27:20"
    )
    assert frame(clang[0].accesses[0].stack[0]) == "main::$_0::operator()() const pool.cpp:54:17"
    assert clang[0].location.startswith("global '(anonymous namespace)::tally' of size 56")
    assert frame(gcc[1].accesses[0].stack[0]) == (
        "change<main()::<lambda()>::<lambda(std::pair<long int, long int>)> > pool.cpp:22"
    )


# What stands around a report, and how its bytes travelled, does not change what it says.


def bare(reports: tuple[ToolReport, ...]) -> list[ToolReport]:
    return [replace(report, text="", truncated=False) for report in reports]


@pytest.mark.parametrize(
    "garble",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "".join(f"\x1b[1m\x1b[31m{line}\x1b[0m\n" for line in text.splitlines()),
        lambda text: "".join(f"12: {line}\n" for line in text.splitlines()),
        lambda text: "".join(f"2031-01-01T10:00:00.1Z {line}\n" for line in text.splitlines()),
        lambda text: text.replace("\n", "\nschritt 1: gr\xfc\xdfe \x00\ufffd\n"),
        lambda text: text.replace("=" * 18 + "\nWARNING", "50%\r75%" + "=" * 18 + "\n99%WARNING"),
        lambda text: "#include <a>\n    at line 3\n  - item\n" * 50 + text + "done\n",
        lambda text: re.sub(r"SUMMARY: .*\n", "", text),  # print_summary=0
    ],
    ids=["crlf", "colours", "ctest", "stamps", "latin-1", "progress", "around", "no-summary"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["tsan_clang_ledger", "tsan_gcc_locks", "tsan_archer_grid"])
def test_surroundings_do_not_matter(name: str, garble: object) -> None:
    garbled = garble(log(name))  # type: ignore[operator]
    assert bare(parse_tsan(garbled)) == bare(parse_tsan(log(name)))
    assert not any(report.truncated for report in parse_tsan(garbled))


def test_a_log_cut_anywhere_keeps_what_came_before() -> None:
    text = log("tsan_clang_ledger")
    whole = parse_tsan(text)
    for end in range(0, len(text), 97):
        cut = parse_tsan(text[:end])
        complete = len(
            re.findall("SUMMARY: ThreadSanitizer: (?:data race|thread leak)", text[:end])
        )
        sure = max(0, complete - 1)  # of the last one the SUMMARY itself may be cut
        assert cut[:sure] == whole[:sure]
        begun = (
            len(re.findall("WARNING: ThreadSanitizer: (?:data race|thread leak)", text[:end]))
            - complete
        )
        assert sum(report.truncated for report in cut) == (begun > 0)


def test_a_report_cut_off_by_the_next_is_truncated_and_the_next_is_whole() -> None:
    first, _ = log("tsan_clang_ledger").split("Location is", 1)
    later = log("tsan_gcc_ledger")
    cut, *whole = parse_tsan(first + "\n" + later)
    assert cut.truncated and len(cut.accesses) == 2 and cut.location == ""
    assert tuple(whole) == parse_tsan(later)


def test_a_report_without_its_second_stack_is_truncated() -> None:
    text = re.sub(
        r"(Previous write .*\n)    #0 auditor.*\n",
        r"\1    [failed to restore the stack]\n",
        log("tsan_clang_ledger"),
    )
    race = parse_tsan(text)[0]
    assert [len(access.stack) for access in race.accesses] == [1, 0]
    assert "failed to restore" in race.text and not race.truncated


def paragraphs(text: str) -> list[str]:
    return re.split(r"(?<=\n\n)", text)


def test_two_processes_that_write_in_turns() -> None:
    one, other = log("tsan_clang_ledger"), log("tsan_gcc_hold")
    a, b = paragraphs(one), paragraphs(other)
    mixed = "".join(
        (a[i] if i < len(a) else "") + (b[i] if i < len(b) else "")
        for i in range(max(len(a), len(b)))
    )
    found = bare(parse_tsan(mixed))
    assert len(found) == len(parse_tsan(one)) + len(parse_tsan(other))
    assert [report for report in found if report in bare(parse_tsan(one))] == bare(parse_tsan(one))
    assert all(report in found for report in bare(parse_tsan(other)))


def test_frames_that_may_be_anothers_are_marked() -> None:
    header = "WARNING: ThreadSanitizer: data race (pid={0})\n"
    access = "  Write of size 8 at 0x{0}000000 by thread T1:\n"
    mixed = header.format(1) + access.format(1) + header.format(2) + access.format(2)
    mixed += "    #0 f a.c:1 (x+0x1)\n    #0 f a.c:1 (x+0x1)\n"
    assert all(report.truncated for report in parse_tsan(mixed))


def test_a_report_that_never_goes_on_is_given_up() -> None:
    start = log("tsan_clang_ledger").split("  Previous write", 1)[0]
    late = "    #1 main /build/shop/src/ledger.c:1:1 (a+0x1)\n"
    near, far = (parse_tsan(start + "noise\n" * n + late) for n in (10, GAP_LINES + 10))
    assert len(near[0].accesses[0].stack) == 2
    assert len(far[0].accesses[0].stack) == 1 and far[0].truncated


def test_text_is_the_reports_own_lines_and_capped() -> None:
    text = log("tsan_clang_ledger").replace("\n", "\nprogram output\n")
    report = parse_tsan(text)[0]
    assert report.text.startswith("WARNING: ThreadSanitizer: data race (pid=")
    assert report.text.endswith("ledger.c:33:3 in clerk")
    assert "program output" not in report.text
    deep = "".join(f"    #{n} f a.c:{n} (x+0x1)\n" for n in range(1, 5000))
    grown = parse_tsan(log("tsan_clang_ledger").replace("\n\n  Previous", f"\n{deep}\n  Previous"))
    assert len(grown[0].text) <= TEXT_CAP and len(grown[0].accesses) == 2


# Hostile input.

FRAGMENTS = [line for name in TSAN_LOGS for line in log(name).splitlines(keepends=True)]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    lines = log(draw(st.sampled_from(TSAN_LOGS))).splitlines(keepends=True)
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, len(lines) - 1))
        kind = draw(st.sampled_from(["drop", "cut", "insert", "foreign", "swap", "break"]))
        if kind == "drop":
            lines[at] = ""
        elif kind == "cut":
            lines[at] = lines[at][draw(st.integers(0, 80)) :]
        elif kind == "insert":
            lines[at] += draw(st.text(max_size=40))
        elif kind == "foreign":
            lines[at] += draw(st.sampled_from(FRAGMENTS))
        elif kind == "break":
            lines[at] = lines[at].replace(draw(st.sampled_from(" 0#:()\n")), "", 3)
        else:
            lines[at], lines[0] = lines[0], lines[at]
    return "".join(lines)


@settings(max_examples=100, deadline=None)
@given(mutated())
def test_mutated_logs_are_read_without_raising_or_inventing(text: str) -> None:
    for report in parse_tsan(text):
        assert report.tool == "tsan" and len(report.text) <= TEXT_CAP
        for access in report.accesses:
            assert all(item.path in text and item.function in text for item in access.stack)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["utf-8", "latin-1", "utf-16"]))
def test_any_bytes_are_read_without_raising(data: bytes, encoding: str) -> None:
    noise = data.decode(encoding, "surrogateescape" if encoding == "utf-8" else "replace")
    text = log("tsan_archer_tasks")
    assert len(parse_tsan(noise + "\n" + text)) >= 2
    assert isinstance(parse_tsan("WARNING: ThreadSanitizer: data race (pid=1)\n" + noise), tuple)


@pytest.mark.parametrize(
    "unit",
    ["(", " /", "    #", "  Write of size 1 at 0x1 by thread T1 (mutexes: ", " [clone ", "@", "<",
     "WARNING: ThreadSanitizer: ", "+0x", "  Thread T1 ", ".1", "  Location is ", "\x1b[", "\r"],
)  # fmt: skip
def test_long_hostile_lines_are_read_in_linear_time(unit: str) -> None:
    head = "WARNING: ThreadSanitizer: data race (pid=1)\n  Write of size 8 at 0x1 by thread T1:\n"
    line = "    #0 f " + unit * (60_000 // len(unit)) + "\n"
    start = time.process_time()
    parse_tsan(head + line * 5 + (unit * (60_000 // len(unit)) + "\n") * 5)
    assert time.process_time() - start < 1.0  # 600 kB; a quadratic pattern takes minutes


def test_megabytes_of_output_cost_a_second_or_two() -> None:
    noise = "step 17: residual 0.0034 at    #4 of node (3, 4)\n" * 2000
    text = (log("tsan_clang_ledger") + noise) * 40  # some 4 MB
    start = time.process_time()
    assert len(parse_tsan(text)) == 200
    assert time.process_time() - start < 4.0
