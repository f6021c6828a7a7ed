"""The OMPT tool on real programs: theory against measurement, and who waits for what."""

from collections.abc import Sequence

import pytest

from model_export.execute.compiler import CompileFailed
from model_export.execute.profile import (
    Construct,
    NotProfiled,
    Profile,
    Profiler,
    middle_of,
    records,
)
from model_export.execute.run import find_tools

pytestmark = pytest.mark.clang

# What is measured takes milliseconds: another program's burst may spoil one measurement, hardly
# four of them. What is computed from measurements is tested on numbers instead.
measured = pytest.mark.flaky(reruns=3)

LOOP = """\
#include <math.h>
#include <stdio.h>
#define N 3200
static double a[N];
int main(void) {
#pragma omp parallel
  {
#pragma omp for schedule(static)
    for (int i = 0; i < N; i++) {
      double s = 0;
      for (int j = 0; j <= BOUND; j++) s += sqrt(i + j * 0.5);
      a[i] = s;
    }
  }
  printf("%f\\n", a[7]);
  return 0;
}
"""
TRIANGLE = LOOP.replace("BOUND", "i")
UNIFORM = LOOP.replace("BOUND", "1600")


@pytest.fixture(scope="module")
def profiler(tmp_path_factory: pytest.TempPathFactory) -> Profiler:
    return Profiler.over(find_tools(), tmp_path_factory.mktemp("profiles"))


def construct(profile: Profile, kind: str) -> Construct:
    (found,) = [item for item in profile.constructs if item.kind == kind]
    return found


def loop_of(balance: float) -> Construct:
    return Construct(
        line=8, kind="for static", threads=4, instances=1, busy=(1.0,) * 4, balance=balance,
        chunks=4, barrier_wait=0.0, lock_wait=0.0, wall=1.0,
    )  # fmt: skip


def balances(profiles: Sequence[Profile], kind: str) -> list[float]:
    return [construct(profile, kind).balance for profile in profiles]


@measured
def test_triangular_loop_has_the_balance_of_theory(profiler: Profiler) -> None:
    # Of p equal parts of a triangle the last is (2p - 1) / p^2 of it: p / (2p - 1) in all.
    profiles = profiler.profile(TRIANGLE, "c", threads=(4, 16))
    assert balances(profiles, "for static") == pytest.approx([4 / 7, 16 / 31], abs=0.05)
    loop = construct(profiles[0], "for static")
    assert (loop.line, loop.threads, loop.instances) == (8, 4, 1)
    assert len(loop.busy) == 4
    assert list(loop.busy) == sorted(loop.busy)
    region = construct(profiles[0], "parallel")
    assert region.line == 6
    assert region.balance == pytest.approx(loop.balance, abs=0.05)
    assert region.barrier_wait > 0


@measured
def test_uniform_loop_is_balanced(profiler: Profiler) -> None:
    (profile,) = profiler.profile(UNIFORM, "c", threads=(4,))
    assert construct(profile, "for static").balance > 0.9


def test_of_repeats_the_middle_one_is_told_and_how_far_they_lie_apart() -> None:
    runs = [
        Profile(threads=4, wall=wall, serial=0.0, constructs=(loop_of(balance),))
        for wall, balance in ((3.0, 0.9), (1.0, 0.5), (2.0, 0.75))
    ]
    middle = middle_of(runs)
    assert middle.wall == 2.0
    (loop,) = middle.constructs
    assert (loop.balance, loop.spread) == (0.75, pytest.approx(0.4))


def test_instances_and_chunks_are_counted(profiler: Profiler) -> None:
    source = UNIFORM.replace("static)", "dynamic, 100)").replace(
        "#pragma omp parallel\n", "for (int r = 0; r < 5; r++)\n#pragma omp parallel\n"
    )
    (profile,) = profiler.profile(source, "c", threads=(4,), repeats=1)
    assert construct(profile, "parallel").instances == 5
    loop = construct(profile, "for dynamic")
    assert (loop.instances, loop.chunks) == (5, 5 * 32)


@measured
def test_tasks_count_for_those_who_execute_them(profiler: Profiler) -> None:
    source = """\
#include <math.h>
static double a[64];
int main(void) {
#pragma omp parallel
#pragma omp single
  for (int k = 0; k < 64; k++)
#pragma omp task
    for (int j = 0; j < 400000; j++) a[k] += sqrt(k + j * 0.5);
  return a[3] < 0;
}
"""
    (profile,) = profiler.profile(source, "c", threads=(2,), repeats=1)
    region = construct(profile, "parallel")
    assert min(region.busy) > 0.1 * max(region.busy)
    assert region.balance > 0.5


@measured
def test_waiting_for_a_lock_is_told_and_is_not_work(profiler: Profiler) -> None:
    source = UNIFORM.replace("      a[i] = s;", "#pragma omp critical\n      a[0] += s;")
    held = source.replace("      double s = 0;\n", "").replace(
        "      for (int j", "#pragma omp critical\n      for (int j"
    )
    held = held.replace("s += sqrt", "a[0] += sqrt").replace(
        "#pragma omp critical\n      a[0] += s;", ""
    )
    (free,) = profiler.profile(UNIFORM, "c", threads=(4,), repeats=1)
    (locked,) = profiler.profile(held, "c", threads=(4,), repeats=1)
    assert construct(free, "parallel").lock_wait == 0
    region = construct(locked, "parallel")
    assert region.lock_wait > 0.5 * region.wall
    assert sum(region.busy) < 1.5 * region.wall


@measured
def test_serial_part_is_told(profiler: Profiler) -> None:
    prefix = "  for (int k = 0; k < 20000000; k++) a[k % 7] += sqrt(k);\n#pragma omp parallel\n"
    (plain,) = profiler.profile(UNIFORM, "c", threads=(4,), repeats=1)
    (serial,) = profiler.profile(
        UNIFORM.replace("#pragma omp parallel\n", prefix), "c", threads=(4,), repeats=1
    )
    busy = sum(construct(serial, "parallel").busy)
    assert serial.serial > busy
    assert plain.serial < 0.5 * busy


def test_records_are_flat(profiler: Profiler) -> None:
    rows = records(profiler.profile(UNIFORM, "c", threads=(4,), repeats=1))
    assert [(row["line"], row["kind"], row["threads"]) for row in rows] == [
        (6, "parallel", 4),
        (8, "for static", 4),
    ]


@pytest.mark.parametrize(
    ("source", "error", "words"),
    [
        ("int main(void) { return 0; }\n", NotProfiled, "never entered OpenMP"),
        ("int main(void) { __builtin_trap(); }\n", NotProfiled, "SIGILL"),
        ("int main(void) { return x; }\n", CompileFailed, "undeclared"),
    ],
)
def test_no_profile_is_an_error_that_says_why(
    profiler: Profiler, source: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        profiler.profile(source, "c", threads=(4,))
