"""Order that code keeps without a lock in sight: passed locks, atomics, joins, tasks' ends."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent
from tests.code.test_threads_c import HEAD, one_thread

MAIN = (
    "int main(void) { pthread_t t[4]; for (int i = 0; i < 4; i++) pthread_create(&t[i], 0, run, 0);"
    " for (int i = 0; i < 4; i++) pthread_join(t[i], 0); return 0; }\n"
)
ONCE = "pthread_mutex_lock(&m); if (!done) { made = 4; done = 1; } pthread_mutex_unlock(&m);"


def run(body: str, done: str = "int done") -> str:
    names = f"int made; {done};\n"
    return HEAD + names + f"void *run(void *arg) {{ {body} other = made; return 0; }}\n" + MAIN


def test_a_read_after_the_lock_of_the_one_who_makes() -> None:
    check_pairs(run(ONCE), "made", "ordering=after-lock locksA=1 locksB=0")
    twice = f"if (!done) {{ {ONCE} }}"  # who sees the flag has not been at the lock
    check_pairs(run(twice), "made", "common=one-sided locksB=0")
    check_silent(run(twice), "made", "ordering=after-lock")


def test_a_write_without_a_condition_is_not_over_after_the_lock() -> None:
    always = "pthread_mutex_lock(&m); made = 4; pthread_mutex_unlock(&m);"
    check_pairs(run(always), "made", "common=one-sided")
    check_silent(run(always), "made", "ordering=after-lock")


def test_what_is_counted_or_put_back_is_not_made_once() -> None:
    counts = "pthread_mutex_lock(&m); if (other) made++; pthread_mutex_unlock(&m);"
    check_pairs(run(counts), "made", "common=one-sided locksB=0")
    check_silent(run(counts), "made", "ordering=after-lock")
    takes = ONCE + " if (other > 9) made = 0;"
    check_pairs(run(takes), "made", "common=one-sided modeB=write-constant locksB=0")
    check_silent(run(takes), "made", "ordering=after-lock modeB=write-constant")
    check_pairs(run(takes), "made", "ordering=after-lock modeB=read")


def test_locks_of_blocks_and_critical_sections_are_passed_too() -> None:
    def team(pragma: str) -> str:
        once = f"{pragma}\n{{ if (!done) {{ made = 4; done = 1; }} }}"
        body = f"{{\n{once}\nother[i] = made; }}"
        return f"int made, done, other[9];\nvoid f(int i) {{\n#pragma omp parallel\n{body} }}"

    check_pairs(team("#pragma omp critical"), "made", "ordering=after-lock")
    check_silent(team(""), "made", "ordering=after-lock")


def test_a_plain_access_of_an_atomic_is_an_acquire_or_a_release() -> None:
    twice = f"if (!done) {{ {ONCE} }}"
    check_pairs(run(twice, "_Atomic int done"), "made", "ordering=flag waitedB=flag")
    check_silent(run(twice), "made", "ordering=flag")
    late = twice.replace("made = 4; done = 1;", "done = 1; made = 4;")
    check_silent(run(late, "_Atomic int done"), "made", "ordering=flag locksB=0")


def test_a_join_on_one_way_only() -> None:
    def source(join: str) -> str:
        created = "int main(int n, char **v) { pthread_t t; int rest = n - 1;\n"
        body = f"pthread_create(&t, 0, run, 0); {join} counter = 2; return 0; }}\n"
        return HEAD + "void *run(void *arg) { counter++; return 0; }\n" + created + body

    check_pairs(source("if (n > 1) pthread_join(t, 0);"), "counter", "live=partly-joined")
    both = "if (n > 1) { pthread_join(t, 0); rest = 2; } else pthread_join(t, 0);"
    check_pairs(source(both), "counter", "live=after")
    check_silent(source(both), "counter", "live=partly-joined")
    left = "if (n > 1) { pthread_join(t, 0); return 1; }"
    check_pairs(source(left), "counter", "live=during")
    check_pairs(source("if (n > 1) return 1; pthread_join(t, 0);"), "counter", "live=after")


def test_a_thread_that_may_not_be_there_is_joined_where_it_is() -> None:
    source = """
#include <thread>
int counter;
void run() { counter++; }
int main() { std::thread t(run); if (ASKED) t.join(); counter = 2; }
"""
    for asked in ("t.joinable()", "started"):
        check_pairs(source.replace("ASKED", asked), "counter", "live=after", path="a.cpp")
    check_pairs(source.replace("ASKED", "late"), "counter", "live=partly-joined", path="a.cpp")


SUM = """
long sum(const long *v, int low, int high) {
  if (high - low < 5) return v[low];
  long left = 0;
  #pragma omp task shared(left)IF
  left = sum(v, low, high / 2);
  WAIT
  return left;
}
void f(const long *v, int n) {
  #pragma omp parallel
  #pragma omp single
  sum(v, 0, n);
}
"""


def tree(wait: str, condition: str = "") -> str:
    return SUM.replace("WAIT", wait).replace("IF", condition)


def test_a_task_that_outlives_the_function_of_its_variable() -> None:
    check_pairs(tree(""), "left", "lifeA=outlived taskA=once self=yes")
    check_pairs(tree("\n#pragma omp taskwait\n"), "left", "taskA=once")
    check_silent(tree("\n#pragma omp taskwait\n"), "left", "lifeA=outlived")
    check_silent(tree("", " if(0)"), "left", "lifeA=outlived")


@pytest.mark.parametrize("alone", [" num_threads(1)", " if(0)"])
def test_a_team_of_one_within_a_team_is_no_team(alone: str) -> None:
    source = """
void f(const int *v) {
  #pragma omp parallel
  { long own = 0;
    #pragma omp parallel forALONE
    for (int i = 0; i < 9; i++) own += v[i];
  }
}
"""
    check_pairs(source.replace("ALONE", ""), "own", "shareA=nested-shared inA=nested")
    check_silent(source.replace("ALONE", alone), "own")


def test_a_team_of_one_does_not_divide_its_loop() -> None:
    source = """
int all[99];
void f(void) {
  #pragma omp parallel
  {
    #pragma omp parallel for num_threads(1)
    for (int i = 0; i < 9; i++) all[i]++;
  }
}
"""
    check_pairs(source, "all[]", "meet-by=tid-free indexA=seq frameA=-")
    divided = source.replace("parallel for num_threads(1)", "for")
    check_pairs(divided, "all[]", "meet=same indexA=pv")


def test_a_cast_gives_the_value_that_it_is_given() -> None:
    source = """
#include <cstdlib>
int cells[99];
struct node { int value; node *next; };
node *head;
void f(int n) {
  #pragma omp parallel for
  for (int i = 0; i < n; i++) {
    cells[CAST(i)] = 1;
    node *made = POINTER(malloc(sizeof(node)));
    made->value = i;
    #pragma omp critical
    { made->next = head; head = made; }
  }
}
"""
    for cast in ("static_cast<std::size_t>", "std::size_t", "int", "unsigned"):
        for pointer in ("static_cast<node *>", "reinterpret_cast<node *>", "(node *)"):
            text = source.replace("CAST", cast).replace("POINTER", pointer)
            check_pairs(text, "cells[]", "meet=same indexA=pv", path="a.cpp")
            check_silent(text, "cells[]", "indexA=call", path="a.cpp")
            check_pairs(text, "made->value", "freshA=yes", path="a.cpp")
    hashed = source.replace("CAST", "hashed").replace("POINTER", "found")
    check_pairs(hashed, "cells[]", "indexA=call", path="a.cpp")
    check_silent(hashed, "made->value", "freshA=yes", path="a.cpp")


def test_a_call_with_what_differs_by_task_returns_what_is_not_known() -> None:
    source = """
struct sample { int uses; };
struct sample *get_sample(int which);
void load(int n) {
  #pragma omp parallel
  #pragma omp single
  for (int i = 0; i < n; i++) {
    #pragma omp task
    { struct sample *s = get_sample(WHICH); s->uses = 1; }
  }
}
"""
    check_pairs(source.replace("WHICH", "i"), "get_sample()[].uses", "meet=unknown indexA=call")
    same = source.replace("WHICH", "3")
    check_pairs(same, "get_sample()->uses", "meet=free index=constants-equal")
    check_silent(same, "get_sample()->uses", "meet=unknown")


def test_several_threads_in_one_declaration() -> None:
    source = "#include <thread>\nint counter;\nvoid run() { counter++; }\nint main() { THREADS }"
    two = source.replace("THREADS", "std::thread a(run), b(run); a.join(); b.join();")
    check_pairs(two, "counter", "same-party=twins live=overlap", path="a.cpp")
    check_silent(
        source.replace("THREADS", "std::thread a(run); a.join();"), "counter", path="a.cpp"
    )


def test_a_thread_that_is_joined_on_the_way_of_an_error() -> None:
    entry, join = "counter++;", "if (other) { pthread_join(t, 0); return 1; } counter = 2;"
    check_pairs(one_thread(entry, join), "counter", "live=during")


FLAG = HEAD + "int go, made[9];\nstruct state { int go; } st;\n"


def poll(wait: str, give: str = "pthread_mutex_lock(&m); go = 1; pthread_mutex_unlock(&m);") -> str:
    giver = f"void *give(void *arg) {{ made[0] = 1; {give} return 0; }}\n"
    taker = f"void *take(void *arg) {{ int seen = 0; {wait} other = made[0]; return 0; }}\n"
    body = "pthread_t a, b; pthread_create(&a, 0, give, 0); pthread_create(&b, 0, take, 0);"
    return FLAG + giver + taker + f"int main(void) {{ {body} return 0; }}\n"


LOOK = "pthread_mutex_lock(&m); seen = go; pthread_mutex_unlock(&m);"


@pytest.mark.parametrize(
    "wait",
    [
        f"while (!seen) {{ {LOOK} }}",
        f"do {{ {LOOK} }} while (!seen);",
        f"while (1) {{ {LOOK} if (seen) break; }}",
        "pthread_mutex_lock(&m); while (!go) { pthread_mutex_unlock(&m); pthread_mutex_lock(&m); }"
        " pthread_mutex_unlock(&m);",
    ],
)
def test_a_flag_polled_under_a_lock_is_waited_for(wait: str) -> None:
    check_pairs(poll(wait), "made[]", "ordering=flag waitedB=flag")
    check_silent(poll(wait, give="go = 1;"), "made[]", "ordering=flag")  # given without the lock
    early = poll(wait).replace("made[0] = 1; pthread_mutex_lock(&m); go = 1;", "made[0] = 1;")
    check_silent(early, "made[]", "ordering=flag")  # never given


def test_a_flag_that_is_read_once_under_a_lock_is_not() -> None:
    check_pairs(poll(LOOK), "made[]", "live=overlap")
    check_silent(poll(LOOK), "made[]", "ordering=flag")


def test_who_does_not_wait_is_the_one_who_signals() -> None:
    def team(give: str) -> str:
        tell = f"static void tell(void) {{ made = 1; {give} }}\n"
        wait = "static void wait(void) { while (!atomic_load(&ready)) ; }\n"
        body = "if (omp_get_thread_num() == 0) tell(); else wait(); other[i] = made;"
        head = "#include <stdatomic.h>\natomic_int ready; int made, other[9];\n"
        return head + tell + wait + f"void f(int i) {{\n#pragma omp parallel\n{{ {body} }} }}\n"

    check_pairs(team("atomic_store(&ready, 1);"), "made", "ordering=flag modeB=read")
    check_silent(team(""), "made", "ordering=flag modeB=read")


def test_those_who_take_turns_wait_for_each_other() -> None:
    def ring(order: str) -> str:
        put = "while (atomic_load(&full)) ; made[0] = 1; atomic_store(&full, 1);"
        take = f"while (!atomic_load(&full)) ; {order}"
        loop = "for (int i = 0; i < 9; i++)"
        threads = f"void *give(void *a) {{ {loop} {{ {put} }} return 0; }}\n"
        threads += f"void *take(void *a) {{ {loop} {{ {take} }} return 0; }}\n"
        body = "pthread_t a, b; pthread_create(&a, 0, give, 0); pthread_create(&b, 0, take, 0);"
        return FLAG + "atomic_int full;\n" + threads + f"int main(void) {{ {body} return 0; }}\n"

    right = ring("other = made[0]; atomic_store(&full, 0);")
    check_pairs(right, "made[]", "ordering=flag mutual=yes")
    early = ring("atomic_store(&full, 0); other = made[0];")
    check_pairs(early, "made[]", "ordering=flag modeB=read")
    check_silent(early, "made[]", "mutual=yes modeB=read")


def test_a_flag_asked_for_by_a_call_is_waited_for() -> None:
    def source(get: str) -> str:
        asked = f"static int is_set(int *at) {{ {get} }}\n"
        return poll("while (!is_set(&go)) ;").replace("void *take", asked + "void *take")

    locked = "pthread_mutex_lock(&m); int now = *at; pthread_mutex_unlock(&m); return now;"
    check_pairs(source(locked), "made[]", "ordering=flag waitedB=flag")
    check_silent(source("return *at;"), "made[]", "ordering=flag")


def test_joining_threads_end_with_the_block_of_their_list() -> None:
    source = """
#include <thread>
#include <vector>
int main() {
  long sums[4] = {0}; long total = 0;
  OPEN
    std::vector<std::jthread> parts;
    for (int p = 0; p < 4; ++p) parts.emplace_back([&, p] { sums[p] += p; });
  CLOSE
  for (int p = 0; p < 4; ++p) total += sums[p];
}
"""
    block = source.replace("OPEN", "{").replace("CLOSE", "}")
    check_pairs(block, "sums[]", "live=after party=thread/main", path="a.cpp")
    check_silent(block, "sums[]", "live=during", path="a.cpp")
    open_ = source.replace("OPEN", "").replace("CLOSE", "")
    check_pairs(open_, "sums[]", "live=during party=thread/main", path="a.cpp")
    cleared = source.replace("OPEN", "").replace("CLOSE", "parts.clear();")
    check_silent(cleared, "sums[]", "live=during", path="a.cpp")


def test_a_task_that_is_awaited_before_another_is_left() -> None:
    two = SUM.replace("WAIT", WAITED).replace("IF", "")
    check_pairs(two, "right", "lifeA=outlived taskA=once")
    check_pairs(two, "left", "taskA=once")
    check_silent(two, "left", "lifeA=outlived")


WAITED = """
  #pragma omp taskwait
  long right = 0;
  #pragma omp task shared(right)
  right = sum(v, high / 2, high);
  left += right;
"""


@pytest.mark.parametrize(
    ("item", "value"),
    [
        ("inout: cells[i]", "accesses"),
        ("inout: cells[0]", "match"),
        ("inout: other[i % 2]", "match-varying"),
        ("inout: other[half]", "match-varying"),
        ("inout: other[fixed]", "match"),
        ("in: other[i]", "in-in"),
    ],
)
def test_what_a_depend_item_is_from_turn_to_turn(item: str, value: str) -> None:
    source = f"""
int cells[99], other[99];
void f(int n) {{
  #pragma omp parallel
  #pragma omp single
  for (int i = 1; i < n; i++) {{
    int half = i * 2, fixed = 7;
    #pragma omp task depend({item})
    cells[i] += i;
  }}
}}
"""
    check_pairs(source, "cells[]", f"depend={value} self=yes")


def test_a_flag_read_atomically_in_the_body_of_a_loop_is_waited_for() -> None:
    def source(read: str, write: str) -> str:
        look = f"\n#pragma omp atomic read {read}\nseen = go;\n"
        take = f"int seen = 0; while (!seen) {{ {look} }} out = made;"
        give = f"made = 42;\n#pragma omp atomic write {write}\ngo = 1;"
        body = f"if (omp_get_thread_num() == 0) {{ {give} }} else {{ {take} }}"
        return f"int made, go, out;\nvoid f(void) {{\n#pragma omp parallel\n{{ {body} }} }}\n"

    check_pairs(source("seq_cst", "seq_cst"), "made", "ordering=flag modeB=read")
    check_pairs(source("acquire", "release"), "made", "ordering=flag modeB=read")
    check_silent(source("", "seq_cst"), "made", "ordering=flag modeB=read")
    check_silent(source("seq_cst", ""), "made", "ordering=flag modeB=read")


def test_tasks_that_each_turn_of_their_loop_waits_for() -> None:
    def source(wait: str, tasks: str = "counter += i;") -> str:
        body = f"{{\n#pragma omp task\n{{ {tasks} }}\n{wait} }}"
        loop = f"for (int i = 0; i < n; i++) {body}"
        return (
            f"int counter;\nvoid f(int n) {{\n#pragma omp parallel\n#pragma omp single\n{loop} }}\n"
        )

    check_pairs(source("\n#pragma omp taskwait\n"), "counter", "group=turn taskA=looped self=yes")
    check_pairs(source(""), "counter", "group=same taskA=looped self=yes")
    sometimes = source("if (i % 4 == 0) {\n#pragma omp taskwait\n}")
    check_pairs(sometimes, "counter", "group=same self=yes")
    inside = source("", "counter += i;\n#pragma omp taskwait\n")
    check_pairs(inside, "counter", "group=same self=yes")


def test_the_one_thread_that_a_barrier_chooses() -> None:
    def source(kept: str, asked: str) -> str:
        body = f"{kept} if ({asked}) counter++; pthread_barrier_wait(&b);"
        run = f"void *run(void *arg) {{ {body} return 0; }}\n"
        return HEAD + "pthread_barrier_t b;\n" + run + MAIN

    chosen = "rc == PTHREAD_BARRIER_SERIAL_THREAD"
    kept = f"int rc = pthread_barrier_wait(&b); int last = {chosen};"
    for asked in ("last", chosen, "last && arg"):
        check_pairs(source(kept, asked), "counter", "guardA=tid-eq self=yes")
    check_pairs(source(kept, "!last"), "counter", "guardA=tid-ne self=yes")
    plain = "int rc = pthread_mutex_lock(&m); int last = rc == 5;"
    check_silent(source(plain, "last"), "counter", "guardA=tid-eq")
