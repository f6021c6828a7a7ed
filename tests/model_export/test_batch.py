"""Many programs in one binary: the verdicts and lines of the reference, and who must run alone."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from model_export.candidates import of_families
from model_export.execute import run as run_module
from model_export.execute import throughput
from model_export.execute.batch import BatchRunner
from model_export.execute.driver import Driver
from model_export.execute.label import label, row
from model_export.execute.run import Run, Runner, Toolchain, ToolsMissing, find_tools
from model_export.execute.unity import sharer, unify
from model_export.explore import FAMILIES
from model_export.programs.sample import Program

pytestmark = pytest.mark.clang

COUNT = """\
#include <stdio.h>
#include <stdlib.h>
typedef struct cell { int n; } cell;
enum { SIZE = 64, ROUNDS = 4000 };
#define PICK(i) ((i) & (SIZE - 1))
static cell hist[SIZE];
static int *total;
static void add(int i) {
#pragma omp atomic
  hist[PICK(i)].n++;
}
int main(void) {
  total = calloc(4, sizeof *total);
#pragma omp parallel for
  for (int i = 0; i < ROUNDS; i++) {
    add(i);
#pragma omp atomic
    total[1]++;
  }
  printf("%d %d\\n", hist[3].n, total[1]);
  free(total);
}
"""
RACY_COUNT = COUNT.replace("#pragma omp atomic\n  hist", "  hist")
RACY_HEAP = COUNT.replace("#pragma omp atomic\n    total", "    total")
LOCKED = """\
#include <mutex>
#include <thread>
#include <vector>
class Count {
public:
  explicit Count(int first) : n(first), seen(8, first) {}
  void add(int who) { std::lock_guard<std::mutex> guard(lock); n++; seen[who]++; }
  int n;
private:
  std::mutex lock;
  std::vector<int> seen;
};
static Count count(5);
int main() {
  auto work = [](int who) { for (int i = 0; i < 300; i++) count.add(who); };
  std::thread a(work, 1), b(work, 1);
  a.join();
  b.join();
}
"""
UNLOCKED = LOCKED.replace("std::lock_guard<std::mutex> guard(lock); ", "")


def program(source: str, expected: str = "clean", language: str = "c") -> Program:
    return Program(
        id=str(abs(hash(source))),
        family="f",
        domain="d",
        language=language,
        source=source,
        choices={},
        effects={},
        slot_lines={},
        expected=expected,
        twin_group="g",
    )


@pytest.fixture(scope="module")
def tools() -> Toolchain:
    return find_tools()


@pytest.fixture
def runner(tools: Toolchain, tmp_path: Path) -> Iterator[Runner]:
    yield Runner(tools=tools, work=tmp_path)
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


@pytest.fixture
def shared(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> BatchRunner:
    """A batch runner that must not fall back on the reference."""

    def alone(self: Runner, made: Program) -> tuple[Run, ...]:
        raise AssertionError(f"run alone: {made.source}")

    batch = BatchRunner.over(runner)
    monkeypatch.setattr(Runner, "execute", alone)
    return batch


def pairs(made: Program, runs: tuple[Run, ...]) -> list[tuple[Any, ...]]:
    """Lines, columns, functions and object of each reported pair."""
    reports = json.loads(str(row(made, runs)["reports"]))
    sides = [[(s["line"], s["column"], s["function"]) for s in (r["a"], r["b"])] for r in reports]
    return sorted((*side, report["location"]) for side, report in zip(sides, reports, strict=True))


def test_c_programs_of_the_same_names_share_a_binary(shared: BatchRunner) -> None:
    made = [program(COUNT), program(RACY_COUNT, "racy"), program(RACY_HEAP, "racy"), program(COUNT)]
    runs = shared.execute(made)
    verdicts = [label(p, r).outcome for p, r in zip(made, runs, strict=True)]
    assert verdicts == ["clean", "racy", "racy", "clean"]
    assert [len(r) for r in runs] == [4, 2, 2, 4]
    (first, second, location), *_ = pairs(made[1], runs[1])
    assert (first, second) == ((9, 18, "add"), (9, 18, "add"))
    assert location == "global hist"
    (first, second, location), *_ = pairs(made[2], runs[2])
    assert first == second == (17, 13, "main.omp_outlined")
    assert location == "heap"


def test_cpp_programs_with_constructors_share_a_binary(shared: BatchRunner) -> None:
    made = [program(LOCKED, language="c++"), program(UNLOCKED, "racy", "c++")]
    runs = shared.execute(made)
    assert [label(p, r).outcome for p, r in zip(made, runs, strict=True)] == ["clean", "racy"]
    found = pairs(made[1], runs[1])
    assert {line for first, second, _ in found for line, *_ in (first, second)} <= {7}
    assert "global count" in {location for *_, location in found}
    assert not [pair for pair in found if "kernel" in str(pair)]


def test_verdicts_and_lines_are_those_of_the_reference(runner: Runner) -> None:
    sources = [COUNT, RACY_COUNT, RACY_HEAP, COUNT.replace("4000", "9000")]
    made = [program(source, "racy" if "RACY" in source else "clean") for source in sources]
    made += [program(LOCKED, language="c++"), program(UNLOCKED, "racy", "c++")]
    batched = BatchRunner.over(runner).execute(made)
    for item, runs in zip(made, batched, strict=True):
        alone = runner.execute(item)
        assert label(item, runs).outcome == label(item, alone).outcome
        # Which of several racing pairs is seen is luck; here each object races in one pair.
        assert set(pairs(item, runs)) & set(pairs(item, alone)) or not pairs(item, alone)


def test_families_agree_with_the_reference(runner: Runner) -> None:
    made = of_families(FAMILIES, "*/omp_bu*", 4, 3)
    batched = BatchRunner.over(runner).execute(made)
    outcomes = [label(item, runs).outcome for item, runs in zip(made, batched, strict=True)]
    assert outcomes == [label(item, runner.execute(item)).outcome for item in made]
    assert {"racy", "clean"} <= set(outcomes)


def test_each_run_has_its_number_of_threads(shared: BatchRunner) -> None:
    counts = """\
#include <omp.h>
int main(void) {
  int wrong = 0;
#pragma omp parallel reduction(+ : wrong)
  wrong += omp_get_num_threads() != WANTED;
  return wrong != 0;
}
"""
    made = [program(counts.replace("WANTED", "4")), program(counts.replace("WANTED", "8"))]
    runs = shared.execute(made)
    seen = [[(run.setting.threads, run.outcome) for run in each] for each in runs]
    assert seen == [[(4, "clean"), (8, "crash")], [(4, "crash")]]


def test_throughput_compares_both_ways_on_the_same_programs(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throughput, "EVERY", 2)
    made = [program(COUNT), program(RACY_COUNT, "racy"), program(RACY_HEAP, "racy")]
    shared, alone, differ = throughput.compare(made, runner)
    assert (shared.programs, alone.programs, differ) == (3, 2, [])
    assert shared.cpu > 0
    assert "a second and core" in alone.text()


def test_failures_end_no_batch(shared: BatchRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "RUN_SECONDS", 2)
    monkeypatch.setattr(run_module, "RACY_SECONDS", 1)
    head = "#include <stdlib.h>\n#include <signal.h>\n#include <unistd.h>\n"
    ends = ("for (;;) pause();", "abort();", "exit(3);", "*(volatile int *)0 = 1;", "kill(0, 9);")
    made = [program(f"{head}int main(void) {{ {end} return 0; }}\n") for end in ends]
    made.append(program(COUNT))
    runs = shared.execute(made)
    found = [label(p, r) for p, r in zip(made, runs, strict=True)]
    assert [verdict.outcome for verdict in found] == ["timeout", *["crash"] * 4, "clean"]
    assert [v.detail.split(":")[0] for v in found[1:5]] == [
        *("signal 6", "exit status 3", "exit status 66", "signal 9")
    ]
    assert "SEGV" in found[3].detail


def test_a_deadlock_is_told_before_its_time_is_over(shared: BatchRunner) -> None:
    locked = """\
#include <pthread.h>
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static void *work(void *arg) { pthread_mutex_lock(&m); return arg; }
int main(void) {
  pthread_t t;
  pthread_mutex_lock(&m);
  pthread_create(&t, 0, work, 0);
  pthread_join(t, 0);
  return 0;
}
"""
    began = time.monotonic()
    (runs,) = shared.execute([program(locked)])
    assert [run.outcome for run in runs] == ["timeout"]
    assert time.monotonic() - began < run_module.RUN_SECONDS
    # One that works all the time, or sleeps a little, is no deadlock.
    pause = locked.replace(
        "  pthread_mutex_lock(&m);\n  pthread_c", "  usleep(900000);\n  pthread_c"
    )
    (runs,) = shared.execute([program("#include <unistd.h>\n" + pause)])
    assert {run.outcome for run in runs} == {"clean"}


def test_a_fork_bomb_dies_with_its_time(
    shared: BatchRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "RUN_SECONDS", 1)
    monkeypatch.setattr(run_module, "RACY_SECONDS", 0.5)
    bomb = "#include <unistd.h>\nint main(void) { while (fork() >= 0) sleep(1); return 0; }\n"
    made = [program(bomb), program(COUNT)]
    runs = shared.execute(made)
    outcomes = [label(p, r).outcome for p, r in zip(made, runs, strict=True)]
    assert outcomes == ["timeout", "clean"]


@pytest.mark.parametrize(
    ("source", "language", "outcome"),
    [
        ("int main(void) { return undeclared; }\n", "c", "compile-error"),
        ("#pragma omp bogus\nint main(void) { return missing(; }\n", "c", "compile-error"),
        # Its specialisation cannot stand in a namespace of ours.
        (
            "#include <functional>\nstruct A { int n; };\n"
            "template <> struct std::hash<A> {"
            " unsigned long operator()(const A &a) const { return a.n; } };\n"
            "int main() { return std::hash<A>{}(A{0}) != 0; }\n",
            "c++",
            "clean",
        ),
    ],
)
def test_who_cannot_share_runs_alone_beside_those_who_can(
    runner: Runner, monkeypatch: pytest.MonkeyPatch, source: str, language: str, outcome: str
) -> None:
    alone: list[str] = []
    real = Runner.execute

    def noted(self: Runner, made: Program) -> tuple[Run, ...]:
        alone.append(made.source)
        return real(self, made)

    monkeypatch.setattr(Runner, "execute", noted)
    other = "int main(void) { return 0; }\n" if language == "c" else LOCKED
    made = [program(other, language=language), program(source, language=language)]
    runs = BatchRunner.over(runner).execute(made)
    assert [label(p, r).outcome for p, r in zip(made, runs, strict=True)] == ["clean", outcome]
    assert alone == [source]


def test_constructor_that_starts_threads_runs_alone(runner: Runner) -> None:
    source = """\
#include <thread>
static std::jthread early([] { for (volatile int i = 0; i < 100; i = i + 1) {} });
static int n = 0;
int main() { std::thread t([] { n++; }); n++; t.join(); return 0; }
"""
    made = [program(source, "racy", "c++")]
    (runs,) = BatchRunner.over(runner).execute(made)
    assert label(made[0], runs).outcome == "racy"


def test_a_name_that_is_an_openmp_word_cannot_be_a_macro() -> None:
    assert sharer(program(COUNT.replace("add(", "task("))) is not None
    directive = "#pragma omp parallel for schedule(static)\n  for (int i = 0; i < ROUNDS"
    scheduled = COUNT.replace("#pragma omp parallel for\n  for (int i = 0; i < ROUNDS", directive)
    assert sharer(program(scheduled)) is not None
    assert sharer(program(scheduled.replace("add(", "schedule("))) is None


def test_unified_text_keeps_lines_and_columns() -> None:
    found = sharer(program(RACY_COUNT))
    assert found is not None
    text = unify(found.key, [found])
    body = text.split('#line 1 "/0/program.c"\n')[1].splitlines()
    for own, written in zip(RACY_COUNT.splitlines(), body, strict=False):
        assert written.startswith(own) or own.startswith("#include")
    assert "free(total); return 0;" in text


def test_archer_that_does_not_load_is_told(runner: Runner) -> None:
    runner.tools = replace(runner.tools, archer="/nowhere/libarcher.so")
    with pytest.raises(ToolsMissing, match="Archer does not load"):
        BatchRunner.over(runner).execute([program(COUNT)])


def test_a_dead_driver_leaves_its_programs_to_the_reference(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Driver.run

    def killed(self: Driver, index: int, threads: int, folder: Path) -> tuple[int | None, str]:
        if index == 1:
            self._process.kill()
        return real(self, index, threads, folder)

    monkeypatch.setattr(Driver, "run", killed)
    plain = "int main(void) { return 0; }\n"
    made = [program(plain), program(plain + "// two\n")]
    runs = BatchRunner.over(runner).execute(made)
    assert [label(p, r).outcome for p, r in zip(made, runs, strict=True)] == ["clean", "clean"]
