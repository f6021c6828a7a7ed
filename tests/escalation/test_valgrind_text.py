"""Reports of helgrind and DRD: captured and live, interleaved, cut and mutated."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewbot.escalation.records import ReportKind, ToolReport
from reviewbot.escalation.stacks import TEXT_CAP, valgrind_frame
from reviewbot.escalation.valgrind_text import parse_valgrind
from reviewbot.records import Mode
from tests.escalation.reading import LOGS, frame, log, sides

VALGRIND_LOGS = sorted(p.stem for tool in ("helgrind", "drd") for p in LOGS.glob(f"{tool}_*.txt"))


def read(name: str) -> tuple[ToolReport, ...]:
    return parse_valgrind(log(name), tool_of(name))


def tool_of(name: str) -> str:
    return name.partition("_")[0]


@pytest.mark.parametrize("name", VALGRIND_LOGS)
def test_every_error_that_valgrind_counted_is_read(name: str) -> None:
    counted = re.search(r"errors from (\d+) contexts", log(name))
    if counted is None:  # the end of this log was left out
        assert len(read(name)) == log(name).count("Possible data race") == 3
    else:
        assert len(read(name)) == int(counted[1])
    assert not any(report.truncated for report in read(name))


def test_helgrind_races() -> None:
    reports = read("helgrind_ledger")
    assert [sides(report) for report in reports[2:5]] == [
        ["thread #3 write 4: mark ledger.c:24", "thread #2 write 4: mark ledger.c:24"],
        ["main thread write 4: races ledger.c:84", "thread #4 read 4: counter ledger.c:52"],
        ["main thread read 4: races ledger.c:93", "thread #6 write 4: local ledger.c:64"],
    ]
    assert {report.kind for report in reports} == {ReportKind.RACE}


def test_helgrind_inlined_frames_and_creation() -> None:
    dirty = read("helgrind_ledger")[2]
    assert [frame(item) for item in dirty.accesses[1].stack[:3]] == [
        "mark ledger.c:24",
        "settle ledger.c:28",
        "clerk ledger.c:34",
    ]
    assert [frame(stack[-2]) for stack in dirty.created] == [
        "races ledger.c:79",
        "races ledger.c:78",
    ]
    # The main thread was created by nobody.
    assert len(read("helgrind_ledger")[3].created) == 1


def test_helgrind_locks() -> None:
    race = read("helgrind_ledger")[0]
    assert [access.locks for access in race.accesses] == [
        ('0x10C120 "other" (auditor ledger.c:41)',),
        ('0x10C160 "guard" (clerk ledger.c:32)',),
    ]
    assert [access.locks for access in read("helgrind_ledger")[3].accesses] == [(), ()]
    two = log("helgrind_ledger").replace(
        "held: 1, at address 0x10C120", "held: 2, at addresses 0x10C120 0x10C160"
    )
    assert len(parse_valgrind(two, "helgrind")[0].accesses[0].locks) == 2


@pytest.mark.parametrize(
    ("name", "index", "location", "stack"),
    [
        ("helgrind_ledger", 0, '0 bytes inside data symbol "book"', []),
        (
            "helgrind_ledger",
            4,
            "on thread #1's stack in frame #0, created by main (ledger.c:121)",
            [],
        ),
        (
            "helgrind_hold",
            0,
            "0 bytes inside a block of size 16 alloc'd",
            ["calloc vgpreload_helgrind-amd64-linux.so", "main hold.c:30"],
        ),
        ("drd_ledger", 0, "BSS section of /build/shop/src/ledger.plain", []),
        (
            "drd_hold",
            0,
            "at offset 0 from 0x4a6a030.",
            ["calloc vgpreload_drd-amd64-linux.so", "main hold.c:30"],
        ),
    ],
)  # fmt: skip
def test_locations(name: str, index: int, location: str, stack: list[str]) -> None:
    report = read(name)[index]
    assert report.location == location
    assert [frame(item) for item in report.location_stack] == stack


def test_full_paths_are_kept() -> None:
    assert read("helgrind_hold")[0].accesses[0].stack[0].path == "/build/shop/src/hold.c"
    assert read("helgrind_ledger")[0].accesses[0].stack[0].path == "ledger.c"


def test_helgrind_lock_order() -> None:
    order = next(r for r in read("helgrind_locks") if r.kind is ReportKind.LOCK_ORDER)
    taken = [(access.locks, frame(access.stack[1])) for access in order.accesses]
    assert taken == [
        (("0x10C120",), "locks ledger.c:106"),
        (("0x10C160",), "locks ledger.c:107"),
        (("0x10C160",), "locks ledger.c:102"),
        (("0x10C120",), "locks ledger.c:103"),
    ]


@pytest.mark.parametrize(("name", "line"), [("helgrind_locks", 118), ("drd_locks", 118)])
def test_destroyed_mutexes(name: str, line: int) -> None:
    (destroyed,) = [r for r in read(name) if r.kind is ReportKind.DESTROYED_MUTEX]
    assert destroyed.accesses[0].stack[1].line == line
    others = {r.kind for r in read(name)} - {ReportKind.DESTROYED_MUTEX, ReportKind.LOCK_ORDER}
    assert others == {ReportKind.OTHER}


def test_drd_knows_one_access_and_where_the_others_segment_ended() -> None:
    reports = read("drd_grid")
    assert sides(reports[0]) == [
        "thread 2 read 8: main grid.c:23",
        "main thread write 0: libgomp.so.1.0.0",
    ]
    assert frame(reports[0].accesses[1].stack[-1]) == "main grid.c:20"
    assert [access.thread for access in reports[2].accesses] == [
        "main thread",
        "thread 2",
        "thread 3",
    ]
    assert [access.size for access in reports[2].accesses] == [4, 0, 0]


def test_drd_of_a_thread_that_is_gone() -> None:
    reports = read("drd_ledger")
    assert [len(access.stack) for access in reports[1].accesses] == [4, 0]
    assert [report.accesses[0].mode for report in reports[:2]] == [Mode.READ, Mode.WRITE]


def test_mangled_lock_names_are_shortened() -> None:
    text = log("helgrind_ledger").replace('symbol "other"', 'symbol "_ZN12_GLOBAL__N_15otherE"')
    assert '"other"' in parse_valgrind(text, "helgrind")[0].accesses[0].locks[0]


def test_an_approximate_history_has_a_side_without_a_size() -> None:
    text = log("helgrind_ledger").replace(
        "conflicts with a previous write of size 8 by thread #2",
        "conflicts with a previous access by thread #2, after",
    )
    assert sides(parse_valgrind(text, "helgrind")[0])[1] == "thread #2 write 0: clerk ledger.c:33"


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("main (hold.c:31)", ("main", "hold.c", 31)),
        ("main (/a b (copy)/hold.c:31)", ("main", "/a b (copy)/hold.c", 31)),
        ("f()::{lambda()#1}::operator()() (p.c:5)", ("f()::{lambda()#1}::operator()()", "p.c", 5)),
        ("??? (in /usr/lib/libgomp.so.1.0.0)", ("", "/usr/lib/libgomp.so.1.0.0", 0)),
        ("GOMP_parallel (in /usr/lib/libgomp.so.1)", ("GOMP_parallel", "/usr/lib/libgomp.so.1", 0)),
        ("main._omp_fn.0 (grid.c:23)", ("main", "grid.c", 23)),
        ("???", ("", "", 0)),
        ("f(", ("f(", "", 0)),
    ],
)  # fmt: skip
def test_frames(printed: str, expected: tuple[str, str, int]) -> None:
    read = valgrind_frame(printed)
    assert (read.function, read.path, read.line) == expected


def same(a: tuple[ToolReport, ...], b: tuple[ToolReport, ...]) -> bool:
    return [replace(r, text="") for r in a] == [replace(r, text="") for r in b]


@pytest.mark.parametrize("name", ["helgrind_ledger", "helgrind_locks", "drd_grid", "drd_hold"])
@pytest.mark.parametrize(
    "garble",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "".join(f"\x1b[31m{line}\x1b[0m\n" for line in text.splitlines()),
        lambda text: text.replace("\n", "\nZ\xe4hler 4 == 5 at 0x10: f (a.c:1)\n"),
        lambda text: "".join(f"3: step 9 {line}\n" for line in text.splitlines()),
        lambda text: re.sub(r"==(\d+)==", r"==00:00:00:01.250 \1==", text),
    ],
    ids=["crlf", "colours", "output", "prefix", "time-stamp"],
)
def test_surroundings_do_not_matter(name: str, garble: object) -> None:
    garbled = garble(log(name))  # type: ignore[operator]
    assert same(parse_valgrind(garbled, tool_of(name)), read(name))


@pytest.mark.parametrize(
    ("one", "other"), [("helgrind_ledger", "helgrind_hold"), ("drd_hold", "drd_grid")]
)
def test_processes_that_write_line_by_line_are_told_apart(one: str, other: str) -> None:
    a, b = (log(name).splitlines(keepends=True) for name in (one, other))
    turns = [lines[i] for i in range(max(len(a), len(b))) for lines in (a, b) if i < len(lines)]
    found = parse_valgrind("".join(turns), tool_of(one))
    assert len(found) == len(read(one)) + len(read(other))
    assert all(report in found for report in (*read(one), *read(other)))


@pytest.mark.parametrize("name", ["helgrind_ledger", "drd_hold"])
def test_a_log_cut_anywhere_keeps_what_came_before(name: str) -> None:
    text, whole = log(name), read(name)
    for end in range(0, len(text), 89):
        cut = parse_valgrind(text[:end], tool_of(name))
        assert cut[:-1] == whole[: max(0, len(cut) - 1)]
    half = (
        text[: text.index("This conflicts")]
        if "This conflicts" in text
        else text[: text.index("Other segment")]
    )
    assert parse_valgrind(half, tool_of(name))[-1].truncated


def test_a_log_whose_beginning_is_missing() -> None:
    text = log("helgrind_ledger")
    tail = text[text.index("This conflicts with a previous write of size 4") :]
    assert len(parse_valgrind(tail, "helgrind")) >= 3
    assert parse_valgrind("==1==    at 0x1: f (a.c:1)\n", "helgrind")[0].truncated


def test_other_text_holds_no_report() -> None:
    assert parse_valgrind("==7== Command: ./a.out\n==7== ERROR SUMMARY: 0 errors\n", "drd") == ()
    assert parse_valgrind("if (a ==3== b) at 0x1: f (a.c:1)\n", "helgrind") == ()
    assert parse_valgrind("", "drd") == ()


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, str]:
    name = draw(st.sampled_from(VALGRIND_LOGS))
    lines = log(name).splitlines(keepends=True)
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, len(lines) - 1))
        kind = draw(st.sampled_from(["drop", "cut", "insert", "swap", "break"]))
        if kind == "drop":
            lines[at] = ""
        elif kind == "cut":
            lines[at] = lines[at][draw(st.integers(0, 60)) :]
        elif kind == "insert":
            lines[at] += "==2800== " + draw(st.text(max_size=40))
        elif kind == "break":
            lines[at] = lines[at].replace(draw(st.sampled_from(" 0#:()=\n")), "", 3)
        else:
            lines[at], lines[0] = lines[0], lines[at]
    return "".join(lines), tool_of(name)


@settings(max_examples=100, deadline=None)
@given(mutated())
def test_mutated_logs_are_read_without_raising_or_inventing(case: tuple[str, str]) -> None:
    text, tool = case
    for report in parse_valgrind(text, tool):
        assert report.tool == tool and len(report.text) <= TEXT_CAP
        for access in report.accesses:
            assert all(item.path in text and item.function in text for item in access.stack)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200), st.sampled_from(["helgrind", "drd", ""]))
def test_any_text_is_read_without_raising(noise: str, tool: str) -> None:
    parse_valgrind("".join(f"==1== {line}\n" for line in noise.splitlines()) + noise, tool)
    whole = parse_valgrind(noise + "\n" + log("drd_hold"), "drd")
    assert len(whole) >= 6


@pytest.mark.parametrize(
    "unit", ["(", "==1== ", "=", "1", "at 0x1: ", "Locks held: 1, at address 0x1 ", "@"]
)
def test_long_hostile_lines_are_read_in_linear_time(unit: str) -> None:
    line = unit * (60_000 // len(unit)) + "\n"
    text = "==1== Possible data race during read of size 8 at 0x1 by thread #3\n"
    start = time.process_time()
    parse_valgrind(
        text + ("==1==    at 0x1: " + line) * 5 + line * 5 + ("==1== " + line) * 5, "helgrind"
    )
    assert time.process_time() - start < 1.0


def test_megabytes_of_output_cost_a_second_or_two() -> None:
    noise = "step 17: a == b, residual 0.0034 at node (3, 4)\n" * 2000
    text = (log("helgrind_ledger") + noise) * 40  # some 4 MB
    start = time.process_time()
    assert len(parse_valgrind(text, "helgrind")) == 240
    assert time.process_time() - start < 4.0


LIVE = """
#include <pthread.h>
static long hits;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static void *work(void *p) {
  LOCK(&gate);
  hits += 1;
  UNLOCK(&gate);
  return p;
}
int main(void) {
  pthread_t a, b;
  pthread_create(&a, 0, work, 0);
  pthread_create(&b, 0, work, 0);
  pthread_join(a, 0);
  pthread_join(b, 0);
}
"""


def run(tool: str, folder: Path, *, locked: bool) -> tuple[ToolReport, ...]:
    for name in ("gcc", "valgrind"):
        if shutil.which(name) is None:
            pytest.skip(f"{name} is not installed")
    path, binary = folder / "live.c", folder / "live"
    path.write_text(LIVE)
    flags = ["-DLOCK=pthread_mutex_lock", "-DUNLOCK=pthread_mutex_unlock"]
    flags = flags if locked else ["-DLOCK=(void)", "-DUNLOCK=(void)"]
    subprocess.run(["gcc", "-g", "-O1", "-pthread", *flags, path, "-o", binary], check=True)
    done = subprocess.run(
        ["valgrind", f"--tool={tool}", "--fullpath-after=", binary],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    if "FATAL" in done.stderr or "cannot continue" in done.stderr:
        pytest.skip("valgrind cannot run here: " + done.stderr.splitlines()[-1])
    return parse_valgrind(done.stderr, tool)


@pytest.mark.parametrize("tool", ["helgrind", "drd"])
def test_live(tool: str, tmp_path: Path) -> None:
    (first, *_) = run(tool, tmp_path, locked=False)
    assert first.kind is ReportKind.RACE and not first.truncated
    assert frame(first.accesses[0].stack[0]) == "work live.c:7"
    assert first.accesses[0].stack[0].path == str(tmp_path / "live.c")
    assert len(first.accesses) == 2
    assert run(tool, tmp_path, locked=True) == ()
