"""Reading ThreadSanitizer's text, whole and cut off; and dismissing the runtime's own memory."""

import pytest

from model_export.execute.artefacts import dismiss_artefacts
from model_export.execute.tsan_report import parse_reports

RACE = """\
noise of the program
==================
WARNING: ThreadSanitizer: data race (pid=5428)
  Write of size 4 at 0x55cecb9d7780 by thread T3 (mutexes: write M0, read M1):
    #0 add(Table&, int) /tmp/x y/program.cpp:10:44 (program+0xe47c4) (BuildId: 913733c1)
    #1 operator() /tmp/x y/program.cpp:8:123 (program+0xe7e2c)
    #2 <null> <null> (libstdc++.so.6+0xd44a2) (BuildId: 289ee39f)

  Previous atomic read of size 8 at 0x55cecb9d7780 by main thread:
    #0 std::atomic<int>::load(std::memory_order) const /usr/include/atomic.h:488:9 (program+0xe1)
    #1 main /tmp/x y/program.cpp:20 (program+0xe462b)

  Location is global 'hist' of size 256 at 0x55cecb9d76e0 (program+0x1490780)

  Mutex M0 (0x5580) created at:
    #0 pthread_mutex_lock <null> (program+0x61ec1)

  Thread T3 (tid=5432, running) created by main thread at:
    #0 pthread_create <null> (program+0x61ec1) (BuildId: 913733c1)
    #1 main /tmp/x y/program.cpp:18:3 (program+0xe4)

SUMMARY: ThreadSanitizer: data race /tmp/program.cpp:10:44 in add
==================
ThreadSanitizer: reported 1 warnings
"""


def test_reads_both_sides() -> None:
    (report,) = parse_reports(RACE)
    first, second = report.sides
    assert report.is_race
    assert (first.mode, first.atomic, first.size, first.thread) == ("write", False, 4, "T3")
    assert first.mutexes == ("write M0", "read M1")
    assert (second.mode, second.atomic, second.size, second.thread) == ("read", True, 8, "main")
    assert second.mutexes == ()


def test_own_frame_skips_the_library() -> None:
    (report,) = parse_reports(RACE)
    frames = [side.own_frame("program.cpp") for side in report.sides]
    assert [(f.function, f.line, f.column) for f in frames if f] == [
        ("add(Table&, int)", 10, 44),
        ("main", 20, 0),
    ]
    assert report.sides[0].own_frame("other.cpp") is None


def test_frames_without_names_are_kept_empty() -> None:
    (report,) = parse_reports(RACE)
    last = report.sides[0].stack[2]
    assert (last.function, last.file, last.line, last.module) == ("", "", 0, "libstdc++.so.6")


def test_reads_location_and_thread_creation() -> None:
    (report,) = parse_reports(RACE)
    assert str(report.location) == "global hist"
    assert report.location.size == 256
    (creation,) = report.threads
    assert (creation.thread, creation.creator, creation.stack[1].line) == ("T3", "main", 18)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Location is heap block of size 352 at 0x72 allocated by thread T2:", "heap"),
        ("Location is stack of main thread.", "stack main"),
        ("Location is stack of thread T1.", "stack T1"),
        ("Location is TLS of thread T1.", "tls T1"),
        ("Location is file descriptor 3 created by main thread at:", "other"),
        ("Something else.", "unknown"),
    ],
)
def test_each_kind_of_location(line: str, shown: str) -> None:
    old = "Location is global 'hist' of size 256 at 0x55cecb9d76e0 (program+0x1490780)"
    assert old in RACE
    (report,) = parse_reports(RACE.replace(old, line))
    assert str(report.location) == shown


def test_the_first_location_counts() -> None:
    second = "\n  Location is global '??' at 0x7ffca ([stack]+0x20530)\n\n  Mutex M0"
    (report,) = parse_reports(RACE.replace("\n  Mutex M0", second))
    assert str(report.location) == "global hist"


@pytest.mark.parametrize(
    "kind",
    [
        "lock-order-inversion (potential deadlock)",
        "thread leak",
        "destroy of a locked mutex",
        "double lock of a mutex",
    ],
)
def test_other_kinds_are_no_races(kind: str) -> None:
    (report,) = parse_reports(f"WARNING: ThreadSanitizer: {kind} (pid=1)\n  Cycle in lock order\n")
    assert report.kind == kind
    assert not report.is_race


@pytest.mark.parametrize(("who", "race"), [("thread T2", True), ("main thread", False)])
def test_a_use_after_the_free_of_another_thread_is_a_race(who: str, race: bool) -> None:
    (report,) = parse_reports(
        "WARNING: ThreadSanitizer: heap-use-after-free (pid=1)\n"
        f"  Read of size 8 at 0x7b0400000010 by {who}:\n"
        "    #0 use a.c:7:3 (a.out+0x1)\n"
        "\n"
        "  Previous write of size 8 at 0x7b0400000010 by main thread:\n"
        "    #0 free <null> (a.out+0x2)\n"
        "    #1 main a.c:19:3 (a.out+0x3)\n"
    )
    assert report.is_race == race


def test_cut_off_anywhere_never_fails_and_keeps_the_kind() -> None:
    start = RACE.index("(pid")
    for end in range(start, len(RACE)):
        (report,) = parse_reports(RACE[:end])
        assert report.kind.startswith("data race")
        assert len(report.sides) <= 2


def test_two_reports_and_none() -> None:
    assert len(parse_reports(RACE + RACE)) == 2
    assert parse_reports("312 20000\n==================\n") == ()


TASK_SOURCE = """\
int main(void) {
#pragma omp task firstprivate(row)
  use(row);
  row++;
}
"""
TASK = """\
WARNING: ThreadSanitizer: data race (pid=1)
  Write of size 8 at 0x7f by main thread:
    #0 main.omp_outlined /tmp/program.c:{line}:1 (program+0xe4)

  Previous read of size 8 at 0x7f by thread T1:
    #0 {function} /tmp/program.c:3:9 (program+0xe4)
    #1 .omp_task_entry. /tmp/program.c:2:1 (program+0xe4)

  Location is heap block of size 1048576 at 0x7f allocated by main thread:
    #0 malloc <null> (program+0x60)
    #1 <null> <null> ({library}+0x1e) (BuildId: 88)
    #2 main /tmp/program.c:1:1 (program+0xe4)

SUMMARY: ThreadSanitizer: data race
"""


def kept(line: int, function: str = ".omp_outlined.", library: str = "libomp.so.5") -> int:
    text = TASK.format(line=line, function=function, library=library)
    return len(dismiss_artefacts(parse_reports(text), TASK_SOURCE, "program.c"))


def test_recycled_task_memory_is_dismissed() -> None:
    assert kept(line=2) == 0


def test_a_reduction_combiner_is_dismissed() -> None:
    assert kept(line=4, function=".red_comb..4") == 0


def test_a_race_on_a_tasks_own_copy_stays() -> None:
    assert kept(line=4) == 1


def test_a_race_at_a_task_directive_on_the_programs_memory_stays() -> None:
    assert kept(line=2, library="program") == 1


def test_after_recycling_other_reports_on_runtime_memory_go_too_but_no_others() -> None:
    recycled = TASK.format(line=2, function=".omp_outlined.", library="libomp.so.5")
    body = TASK.format(line=4, function=".omp_outlined.", library="libomp.so.5")
    own = TASK.format(line=4, function=".omp_outlined.", library="program")
    reports = parse_reports(recycled + body + own)
    assert dismiss_artefacts(reports, TASK_SOURCE, "program.c") == reports[2:]


def test_an_access_that_the_optimiser_moved_has_no_line_and_is_dismissed() -> None:
    assert kept(line=0, library="program") == 0
    assert kept(line=5, library="program") == 1
