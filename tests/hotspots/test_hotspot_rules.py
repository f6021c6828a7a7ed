"""What the rules make of a program: balances against theory, doubts against what is told."""

import numpy as np
import pytest

from reviewbot.hotspots.features import REGION_NAMES, FileNumbers, RegionNumbers, read

PROGRAM = """#include <math.h>
#include <omp.h>
DECLARED
static double out[4096];
static double work(int n) { double s = 0; for (int k = 0; k < n; k++) s += k * 0.5; return s; }
void f(int n, const int *len) {
BODY
}
int main(void) { f(1600, 0); return 0; }
"""


def program(body: str, declared: str = "") -> FileNumbers:
    text = PROGRAM.replace("BODY", body).replace("DECLARED", declared)
    return read("program.c", text.encode())


def region(body: str, declared: str = "") -> RegionNumbers:
    (found,) = program(body, declared).regions
    return found


def number(found: RegionNumbers, name: str) -> float:
    return float(found.numbers[REGION_NAMES.index(name)])


def loop(schedule: str, cost: str, count: str = "1600") -> str:
    return f"""#pragma omp parallel for {schedule}
  for (int i = 0; i < {count}; i++) out[i] = work({cost});"""


@pytest.mark.parametrize(
    ("schedule", "cost", "count", "four", "sixteen"),
    [
        ("", "300", "1600", 1.0, 1.0),
        # Of p equal parts of a triangle the last is (2p - 1) / p^2 of it: p / (2p - 1) in all.
        ("", "i", "1600", 4 / 7, 16 / 31),
        ("schedule(static, 1)", "i", "1600", 1.0, 0.99),
        ("schedule(dynamic)", "i", "1600", 1.0, 1.0),
        ("schedule(dynamic, 400)", "300", "1600", 1.0, 0.25),
        ("", "300", "20", 1.0, 20 / 32),
        ("", "i < 400 ? 800 : 0", "1600", 0.25, 0.25),
        ("num_threads(2)", "300", "3", 0.75, 0.75),
        ("", "n / 4", "n", 1.0, 1.0),
    ],
)
def test_balance_is_that_of_theory(
    schedule: str, cost: str, count: str, four: float, sixteen: float
) -> None:
    assert region(loop(schedule, cost, count)).estimates == pytest.approx((four, sixteen), abs=0.03)


def test_collapsed_loops_are_dealt_out_as_one() -> None:
    nest = """#pragma omp parallel for CLAUSE
  for (int i = 0; i < 20; i++)
    for (int j = 0; j < 64; j++) out[i * 64 + j] = work(300);"""
    assert region(nest.replace("CLAUSE", "")).estimates[1] == pytest.approx(20 / 32, abs=0.02)
    assert region(nest.replace("CLAUSE", "collapse(2)")).estimates[1] == pytest.approx(1, abs=0.02)


def test_threads_that_divide_the_rounds_themselves_are_followed() -> None:
    own = """#pragma omp parallel
  {
    int t = omp_get_thread_num(), all = omp_get_num_threads();
    for (int r = START; r < 1600; r += STEP) out[r] = work(r);
  }"""
    cyclic = own.replace("START", "t").replace("STEP", "all")
    blocks = own.replace("START", "t * 1600 / all").replace("1600; r", "(t + 1) * 1600 / all; r")
    assert region(cyclic).estimates == pytest.approx((1.0, 0.99), abs=0.03)
    assert region(blocks.replace("STEP", "1")).estimates == pytest.approx(
        (4 / 7, 16 / 31), abs=0.03
    )


def test_one_thread_alone_leaves_the_others_idle() -> None:
    body = """#pragma omp parallel
  {
#pragma omp single
    out[0] = work(WHO);
#pragma omp for
    for (int i = 0; i < 1600; i++) out[i] = work(300);
  }"""
    assert region(body.replace("WHO", "480000")).estimates[0] == pytest.approx(0.4, abs=0.03)
    assert region(body.replace("WHO", "10")).estimates[0] == pytest.approx(1.0, abs=0.03)


def test_sections_fall_to_threads_in_turn() -> None:
    body = """#pragma omp parallel sections
  {
#pragma omp section
    out[0] = work(30000);
#pragma omp section
    out[1] = work(10000);
  }"""
    assert region(body).estimates == pytest.approx((4 / 12, 4 / 48), abs=0.02)


def test_tasks_of_a_loop_go_to_whoever_is_free() -> None:
    body = """#pragma omp parallel
#pragma omp single
  for (int i = 0; i < 64; i++) {
#pragma omp task
    out[i] = work(5000);
  }"""
    assert region(body).estimates == pytest.approx((1.0, 1.0), abs=0.03)
    assert region(body.replace("< 64", "< 8")).estimates[1] == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    ("hot", "calm", "name"),
    [
        ("out[i] = work(len[i]);", "out[i] = work(300);", "share DATA"),
        (
            "if (len[i]) out[i] = work(300);",
            "if (i >= 0) out[i] = work(300);",
            "share BRANCH",
        ),
        (
            "for (int k = 0; k < 900; k++) { out[i] += k; if (out[i] > len[0]) break; }",
            "for (int k = 0; k < 900; k++) { out[i] += k; if (k > 2000) break; }",
            "share EXIT",
        ),
        ("\n#pragma omp critical\n  out[0] += i;", "out[i] += i;", "rate CRITICAL"),
        ("\n#pragma omp atomic\n  out[0] += i;", "out[i] += i;", "rate ATOMIC"),
        ("for (int k = 0; k < 64; k++) grid[k][i] = 1;", "out[i] = 1;", "rate STRIDED"),
        ("out[len[i]] += 1;", "out[i] += 1;", "rate INDIRECT"),
        (
            "slots[omp_get_thread_num()].sum += i;",
            "wide[omp_get_thread_num()].sum += i;",
            "rate SLOT_WRITES",
        ),
    ],
)
def test_what_costs_time_is_counted_where_it_is_and_only_there(
    hot: str, calm: str, name: str
) -> None:
    declared = """static double grid[64][4096];
struct narrow { double sum; };
static struct narrow slots[64];
struct padded { double sum; char pad[120]; };
static struct padded wide[64];"""
    body = "#pragma omp parallel for\n  for (int i = 0; i < 1600; i++) { WORK }"
    assert number(region(body.replace("WORK", hot), declared), name) > 0.01
    assert number(region(body.replace("WORK", calm), declared), name) < 0.01


def test_an_aligned_structure_is_as_wide_as_its_alignment() -> None:
    declared = (
        "struct __attribute__((aligned(64))) cell { double sum; };\nstatic struct cell c[64];"
    )
    body = """#pragma omp parallel for
  for (int i = 0; i < 1600; i++) c[omp_get_thread_num()].sum += i;"""
    assert number(region(body, declared), "rate SLOT_WRITES") == 0
    bare = declared.replace("__attribute__((aligned(64))) ", "")
    assert number(region(body, bare), "rate SLOT_WRITES") > 0


def test_a_loop_that_ends_at_a_bound_that_is_told_costs_what_is_done() -> None:
    body = """#pragma omp parallel for
  for (int i = 0; i < 1600; i++)
    for (int k = 0; k < 1600; k++) { out[i] += k; if (k > i) break; }"""
    assert region(body).estimates[0] == pytest.approx(4 / 7, abs=0.06)


def test_regions_in_a_loop_are_counted_as_often_as_it_runs() -> None:
    body = """for (int r = 0; r < 500; r++) {
#pragma omp parallel for
    for (int i = 0; i < 64; i++) out[i] += r;
  }"""
    assert number(region(body), "log visits") == pytest.approx(np.log1p(500), abs=0.01)


def test_the_hottest_of_several_loops_has_the_largest_estimate() -> None:
    found = program(
        """#pragma omp parallel for
  for (int i = 0; i < 1600; i++) out[i] = work(10);
#pragma omp parallel for
  for (int i = 0; i < 1600; i++)
    out[i] = work(1000);
  for (int i = 0; i < 1600; i++) out[i] += 1;"""
    )
    candidates = [item for item in found.loops if item.candidate]
    assert len(candidates) == 3
    assert max(candidates, key=lambda item: item.estimate).line == 10


def test_a_default_counts_where_an_option_decides() -> None:
    text = """#include <stdlib.h>
static double out[9000];
int main(int argc, char **argv) {
  int n = argc > 1 ? atoi(argv[1]) : 20;
#pragma omp parallel for
  for (int i = 0; i < n; i++) out[i] = i * 0.5;
  return 0;
}
"""
    (found,) = read("program.c", text.encode()).regions
    assert number(found, "trips told") == 1
    assert found.estimates[1] == pytest.approx(20 / 32, abs=0.02)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "#pragma omp parallel for\n",
        "void f(void) {\n#pragma omp parallel for\n for (;;) {\n",
        "int g(int n) { return g(n - 1); }\nvoid f(void) {\n#pragma omp parallel\n g(3); }",
        "typedef struct { int a[4]; } t;\nvoid f(t *x) {\n#pragma omp parallel\n"
        " x[0].a[1] = 1 / 0; }",
        "void f(int n) {\n#pragma omp parallel for collapse(3) schedule(static, n)\n"
        " for (int i = n; i > 0; i /= 2) n %= 0; }",
    ],
)
def test_broken_and_odd_code_is_read_without_complaint(text: str) -> None:
    for found in read("program.c", text.encode()).regions:
        assert np.isfinite(found.numbers).all()
        assert all(0 <= value <= 1 for value in found.estimates)
