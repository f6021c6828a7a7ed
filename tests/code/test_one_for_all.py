"""What is one for all threads though each walk comes to it anew, and what only looks alike."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

TWO = """#include <pthread.h>
static int helper(int v) {
  %s
  calls++;
  return v + (int)calls;
}
void *one(void *x) { return (void *)(long)helper(1); }
int main(void) {
  pthread_t a, b;
  pthread_create(&a, 0, one, 0); pthread_create(&b, 0, one, 0);
  pthread_join(a, 0); pthread_join(b, 0);
}
"""


def test_a_static_local_is_one_for_all_threads() -> None:
    check_pairs(TWO % "static long calls;", "calls", "shareA=static live=overlap")
    check_silent(TWO % "long calls = 0;", "calls")


WALKED = """#include <pthread.h>
static char line[64];
void *look(void *x) { long n = 0; for (const char *s = line; *s; s++) n++; return (void *)n; }
void *edit(void *x) { line[3] = 'x'; return x; }
int main(void) {
  pthread_t a, b;
  pthread_create(&a, 0, look, 0); pthread_create(&b, 0, edit, 0);
  pthread_join(a, 0); pthread_join(b, 0);
}
"""


def test_a_pointer_that_is_stepped_is_still_in_its_array() -> None:
    check_pairs(WALKED, "line[]", "modeB=read indexB=update live=overlap")
    own = WALKED.replace("const char *s = line;", 'const char *s = "abc";')
    check_silent(own, "line[]", "modeB=read")


OUT_OF_REACH = """#include <future>
class Depth {
  int most = 0;
  int walk(int at) {
    %s
    auto left = std::async(std::launch::async, &Depth::walk, this, at - 1);
    return left.get();
  }
public:
  int run() { return walk(3); }
};
int main() { return Depth().run(); }
"""


def test_a_maker_of_threads_is_read_though_no_call_is_seen_to_reach_it() -> None:
    check_pairs(OUT_OF_REACH % "most = at;", "this->most", "modeA=write", path="a.cpp")
    check_silent(OUT_OF_REACH % "int most = at; (void)most;", "this->most", path="a.cpp")


DRAWN = """#include <random>
double draw(int n) {
  std::mt19937 gen(1); double s = 0;
  std::uniform_real_distribution<double> u(0, 1);
#pragma omp parallel for reduction(+ : s)
  for (int i = 0; i < n; i++) { %s s += u(gen); }
  return s;
}
"""


def test_every_use_moves_a_random_generator_on() -> None:
    check_pairs(DRAWN % "", "gen", "modeA=update modeB=update", path="a.cpp")
    check_silent(DRAWN % "std::mt19937 gen(i);", "gen", path="a.cpp")


LOGGED = """#include <sstream>
#include <thread>
std::ostringstream all;
void say(int n) { %s << n; }
int main() { std::thread a(say, 1), b(say, 2); a.join(); b.join(); }
"""


def test_what_is_put_into_a_stream_changes_it() -> None:
    check_pairs(LOGGED % "all", "all", "modeA=update live=overlap", path="a.cpp")
    check_silent(LOGGED % "std::ostringstream own; own", "all", path="a.cpp")


COUNTED = """#include <thread>
struct Ticket {
  inline static int made = 0;
  Ticket() { %s; }
};
void buy() { Ticket t; }
int main() { std::thread a(buy), b(buy); a.join(); b.join(); }
"""


def test_a_constructor_that_counts_reaches_what_all_objects_share() -> None:
    check_pairs(COUNTED % "++made", "Ticket::made", "modeA=update", path="a.cpp")
    check_silent(COUNTED % "int n = 0; ++n", "Ticket::made", path="a.cpp")


@pytest.mark.parametrize("call", ["Sum<int>::add(1)", "Sum<Pair<int, long>>::add(1)"])
def test_a_call_is_known_by_its_name_without_template_arguments(call: str) -> None:
    source = f"""#include <thread>
double total;
template <class T, class U> struct Pair {{}};
template <class T> struct Sum {{ static void add(double x) {{ total += x; }} }};
int main() {{
  std::thread a([] {{ {call}; }}), b([] {{ {call}; }});
  a.join(); b.join();
}}
"""
    check_pairs(source, "total", "live=overlap", path="a.cpp")


WAITED = """int out[40], part[40];
void run(int n) {
#pragma omp parallel
#pragma omp single
  for (int k = 0; k < n; k++) {
#pragma omp task firstprivate(k)
    part[k] = k;
    if (k & 1) {
#pragma omp taskwait
      out[k] = 1;
    }%s
    out[k] = part[k];
  }
}
"""


def test_a_wait_on_one_way_is_none_on_the_other() -> None:
    check_pairs(WAITED % "", "part[]", "modeB=read group=same")
    both = WAITED % " else {\n#pragma omp taskwait\n      out[k] = 2;\n    }"
    check_silent(both, "part[]", "modeB=read group=same")


DEEPER = """long seen[32];
void walk(int low, int high, int depth) {
  if (high - low < 8) { seen[%s]++; return; }
#pragma omp task
  walk(low, (low + high) / 2, depth + 1);
  walk((low + high) / 2, high, depth + 1);
}
void start(void) {
#pragma omp parallel
#pragma omp single
  walk(0, 3000, 0);
}
"""


def test_the_depth_of_a_recursion_is_no_constant() -> None:
    check_pairs(DEEPER % "depth", "seen[]", "indexA=update")
    check_silent(DEEPER % "depth", "seen[]", "apart=yes")


KEPT = """
long kept[90];
long ways(int n) {
  if (n < 2)
    return 1;
  if (kept[n] == 0)
    kept[n] = %s;
  return kept[n];
}
void fill(void) {
#pragma omp parallel for
  for (int i = 0; i < 90; i++)
    ways(i);
}
"""


def test_what_recursion_goes_down_to_is_not_the_turns_own() -> None:
    check_pairs(KEPT % "ways(n - 1) + ways(n - 2)", "kept[]", "meet=unknown indexA=update")
    check_silent(KEPT % "ways(n - 1) + ways(n - 2)", "kept[]", "meet=same")
    check_pairs(KEPT % "n * 2L", "kept[]", "meet=same")
