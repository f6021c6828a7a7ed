"""Which lock is held, and for how long: failed calls, nested holds, pointers that move on, once."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent, function
from tests.code.test_threads_c import HEAD

LOCK, UNLOCK = "pthread_mutex_lock(&m);", "pthread_mutex_unlock(&m);"
ACCOUNT = "struct account { pthread_mutex_t m; int sum; }; struct account *find(int);\n"


def two(one: str, main: str, before: str = "") -> str:
    """A thread that runs `one` while main runs `main`."""
    return (
        f"{HEAD}{before}void *run(void *arg) {{ {one} return 0; }}\n"
        f"int main(void) {{ pthread_t t; pthread_create(&t, 0, run, 0); {main} return 0; }}\n"
    )


GUARDED = f"{LOCK} counter++; {UNLOCK}"


def test_where_taking_the_lock_failed_nothing_is_held() -> None:
    for failed in ("pthread_mutex_lock(&m)", "pthread_mutex_lock(&m) != 0"):
        wrong = f"if ({failed}) {{ counter++; }} else {{ {UNLOCK} }}"
        check_pairs(two(GUARDED, wrong), "counter", "common=one-sided")
        right = f"if ({failed}) {{ }} else {{ counter++; {UNLOCK} }}"
        check_pairs(two(GUARDED, right), "counter", "common=mutex")
        check_silent(two(GUARDED, right), "counter", "common=one-sided")
    asked = f"if (pthread_mutex_lock(&m) == 0) {{ counter++; {UNLOCK} }} other = 1;"
    check_silent(two(GUARDED + "other = 2;", asked), "other", "locksB=maybe")
    check_pairs(two(GUARDED, asked), "counter", "common=mutex")


def test_a_failure_that_is_only_told_leaves_the_lock_held() -> None:
    told = f"if (pthread_mutex_lock(&m)) perror(0); counter++; {UNLOCK}"
    check_pairs(two(GUARDED, told), "counter", "common=mutex")
    check_silent(two(GUARDED, told), "counter", "common=maybe")
    ends = f"if (pthread_mutex_lock(&m)) exit(1); counter++; {UNLOCK}"
    check_pairs(two(GUARDED, ends), "counter", "common=mutex")


def test_the_answer_may_be_kept_and_asked_for_later() -> None:
    for asked in ("rc == 0", "!rc"):
        kept = f"int rc = pthread_mutex_lock(&m); if ({asked}) {{ counter++; {UNLOCK} }} other = 1;"
        check_pairs(two(GUARDED + "other = 2;", kept), "counter", "common=mutex")
        check_pairs(two(GUARDED + "other = 2;", kept), "other", "locksB=0 live=during")
        check_silent(two(GUARDED + "other = 2;", kept), "other", "locksB=maybe")
    wrong = f"int rc = pthread_mutex_lock(&m); if (rc) counter++; else {UNLOCK}"
    check_pairs(two(GUARDED, wrong), "counter", "common=one-sided")
    other = f"int rc = pthread_mutex_lock(&m); if (other) counter++; {UNLOCK}"
    check_pairs(two(GUARDED, other), "counter", "common=mutex")


def test_two_locks_of_one_type_are_held_at_once() -> None:
    def move(body: str) -> str:
        taken = "pthread_mutex_lock(&a->m); pthread_mutex_lock(&b->m);"
        given = "void move(struct account *a, struct account *b)"
        audit = "pthread_mutex_lock(&c->m); c->sum = 0; pthread_mutex_unlock(&c->m);"
        other = f"void audit(struct account *c) {{ {audit} }}\n"
        return f"{HEAD}{ACCOUNT}{given} {{ {taken} {body} }}\n{other}"

    first, second = "pthread_mutex_unlock(&a->m);", "pthread_mutex_unlock(&b->m);"
    check_pairs(move(f"a->sum--; {second} {first}"), "a->sum", "locksA=2+ locksB=1 common=own")
    check_pairs(move(f"{second} a->sum--; {first}"), "a->sum", "function=differ common=own")
    check_pairs(move(f"{first} a->sum--; {second}"), "a->sum", "function=differ common=type")


def test_a_lock_taken_twice_is_given_back_twice() -> None:
    kind = "pthread_mutexattr_t recursive;\n"
    inner = f"{LOCK} {LOCK} {UNLOCK} counter++; {UNLOCK}"
    check_pairs(two(GUARDED, inner, kind), "counter", "common=mutex")
    check_silent(two(GUARDED, inner, kind), "counter", "common=one-sided")
    over = f"{LOCK} {LOCK} {UNLOCK} {UNLOCK} counter++;"
    check_pairs(two(GUARDED, over, kind), "counter", "common=one-sided")
    perhaps = f"int x = arc(); {LOCK} if (x) {LOCK} {UNLOCK} counter++;"
    check_pairs(two(GUARDED, perhaps, kind), "counter", "common=maybe")


def test_a_guard_within_a_guard_of_one_recursive_mutex() -> None:
    def members(kind: str) -> str:
        return (
            f"#include <thread>\n#include <mutex>\nstruct Box {{ std::{kind} m; int n = 0;\n"
            f" void add() {{ std::lock_guard<std::{kind}> g(m); n++; }}\n"
            f" void twice() {{ std::lock_guard<std::{kind}> g(m); add(); n++; }} }};\n"
            "Box box;\nint main() { std::thread a([] { box.twice(); }), b([] { box.add(); });\n"
            " a.join(); b.join(); }\n"
        )

    check_pairs(members("recursive_mutex"), "box.n", "common=mutex", path="a.cpp")
    check_silent(members("recursive_mutex"), "box.n", "common=one-sided", path="a.cpp")


def test_an_unlock_through_another_index_may_have_meant_any() -> None:
    locks = "pthread_mutex_t all[8];\n"
    held = "int i = arg != 0, j = i + 1; pthread_mutex_lock(&all[0]); pthread_mutex_lock(&all[1]);"
    one = f"{held} pthread_mutex_unlock(&all[j]); counter++;"
    main = "pthread_mutex_lock(&all[0]); counter++; pthread_mutex_unlock(&all[0]);"
    check_pairs(two(one, main, locks), "counter", "common=maybe")
    sure = f"{held} pthread_mutex_unlock(&all[1]); counter++;"
    check_pairs(two(sure, main, locks), "counter", "common=mutex")


def test_a_pointer_that_moved_on_has_another_lock() -> None:
    def step(between: str) -> str:
        body = "struct account *a = find(1); a = find(2); pthread_mutex_lock(&a->m);"
        return two(
            f"{body} {between} a->sum++; pthread_mutex_unlock(&a->m);",
            "struct account *b = find(1); pthread_mutex_lock(&b->m); b->sum++;"
            " pthread_mutex_unlock(&b->m);",
            ACCOUNT,
        )

    check_pairs(step(""), "a->sum", "common=own")
    for moved in ("a++;", "a = find(3);"):
        check_pairs(step(moved), "a->sum", "common=type")
        check_silent(step(moved), "a->sum", "common=own")


def test_once_by_another_control_is_no_order() -> None:
    names = "pthread_once_t one, two_; void make(void) { counter = 1; }\n"
    use = "pthread_once(&one, make); other = counter;"
    check_pairs(two(use, use, names), "counter", "ordering=once")
    apart = two(use, use.replace("&one", "&two_"), names)
    check_pairs(apart, "counter", "common=one-sided")
    check_silent(apart, "counter", "ordering=once common=one-sided party=main/thread locksA=0")


def test_a_control_that_a_pointer_chooses_may_be_another() -> None:
    names = "pthread_once_t one, two_, *control; void make(void) { counter = 1; }\n"
    use = "pthread_once(control, make); other = counter;"
    chosen = "control = &one; if (other) control = &two_;"
    check_pairs(two(use, chosen + use, names), "counter", "common=maybe")
    check_silent(two(use, "control = &one;" + use, names), "counter", "common=maybe")


# --- accesses that were not seen -----------------------------------------------------------------


def test_the_size_of_an_array_made_at_run_time_is_read() -> None:
    check_pairs(two("counter++;", "int rows[2][counter]; rows[0][0] = 1;"), "counter", "modeB=read")
    check_silent(two("counter++;", "int rows[2][9]; rows[0][0] = 1;"), "counter")


def test_a_routine_given_to_a_function_out_of_sight_where_no_thread_is_named() -> None:
    source = (
        "#include <pthread.h>\nint count;\nvoid *job({}) {{ count = 4; return 0; }}\n"
        "int main(void) {{ begin_all(job); return 0; }}\n"
    )
    check_pairs(source.format("void *arg"), "count", "same-party=many")
    check_silent(source.format("int arg"), "count", "same-party=many")


VIEWS = """#include <pthread.h>
struct store {{ long words[8]; pthread_mutex_t mu; }} st;
struct view {{ pthread_mutex_t own; pthread_mutex_t *mu; long mine; }};
static void *work(void *p) {{
  struct view *v = p;
  pthread_mutex_lock(v->mu); st.words[3]++; v->mine++; pthread_mutex_unlock(v->mu);
  return 0;
}}
int main(void) {{
  struct view v[4]; pthread_t t[4];
  for (int i = 0; i < 4; i++) {{ {init} }}
  for (int k = 0; k < 4; k++) pthread_create(&t[k], 0, work, &v[k]);
  for (int k = 0; k < 4; k++) pthread_join(t[k], 0);
}}
"""


def test_a_pointer_to_a_lock_is_the_lock_that_it_was_given() -> None:
    check_pairs(VIEWS.format(init="v[i].mu = &st.mu;"), "st.words[]", "common=mutex")
    own = VIEWS.format(init="v[i].mu = &v[i].own;")
    check_pairs(own, "st.words[]", "party=thread/thread common=differ")
    check_silent(own, "st.words[]", "common=mutex")
    check_silent(own, "st.words[]", "common=striped")
    both = VIEWS.format(init="v[i].mu = &st.mu; if (i) v[i].mu = malloc(sizeof *v[i].mu);")
    check_silent(both, "st.words[]", "common=mutex")


def test_a_lock_of_the_threads_own_number_keeps_nobody_out() -> None:
    locks = "#pragma omp parallel for\nfor (int i = 0; i < n; i++) { omp_set_lock(&l[%s]); %s++; "
    source = function(locks + "omp_unset_lock(&l[%s]); }", "#include <omp.h>\nomp_lock_t l[100];")
    check_pairs(source % ("i", "counter", "i"), "counter", "common=differ")
    check_silent(source % ("i", "counter", "i"), "counter", "common=striped")
    check_pairs(source % ("in[i]", "counter", "in[i]"), "counter", "common=differ")
    check_pairs(source % ("in[i]", "cells[in[i]]", "in[i]"), "cells[]", "common=striped")
    check_pairs(source % ("i", "cells[i]", "i"), "cells[]", "common=striped")


ROWS = """int *rows[8]; int block[64];
void work(void) {
  for (int r = 0; r < 8; r++) rows[r] = &block[r * 8];
  #pragma omp parallel for
  for (int y = 0; y < 8; y++) rows[%s][0]++;
}
"""


def test_a_pointer_stored_by_its_number_is_known_by_another_name() -> None:
    check_pairs(ROWS % "y", "block[]", "meet=same")
    check_silent(ROWS % "y / 2", "block[]", "meet=same")


PERMITS = """#include <pthread.h>
#include <semaphore.h>
struct pool {{ sem_t gate; int size; }} pool; sem_t full; int counter;
static void *work(void *u) {{ sem_wait(&pool.gate); counter++; sem_post(&{given}); return u; }}
static void *other(void *u) {{ sem_wait(&full); counter = 2; sem_post(&pool.gate); return u; }}
int main(void) {{
  pthread_t t[3];
  sem_init(&pool.gate, 0, {count}); sem_init(&full, 0, 0);
  for (int i = 0; i < 2; i++) pthread_create(&t[i], 0, work, 0);
  pthread_create(&t[2], 0, {second}, 0);
}}
"""


def test_a_semaphore_of_one_permit_is_a_lock_of_more_nothing() -> None:
    one = PERMITS.format(given="pool.gate", count=1, second="work")
    check_pairs(one, "counter", "common=mutex ordering=none")
    two = PERMITS.format(given="pool.gate", count=2, second="work")
    check_pairs(two, "counter", "common=none ordering=none")
    check_silent(two, "counter", "waitedA=sem")


def test_a_semaphore_that_another_gives_hands_over() -> None:
    for count in (0, 1, 2):
        over = PERMITS.format(given="full", count=count, second="other")
        by_turns = " mutual=yes" if count < 2 else ""
        check_pairs(over, "counter", "function=differ-called ordering=sem" + by_turns)
        check_silent(over, "counter", "common=mutex")
    check_silent(over, "counter", "mutual=yes")  # of two permits one may be used meanwhile


SLOTS = """#include <semaphore>
#include <thread>
struct Desk {{ std::binary_semaphore gate{{{count}}}; int n = 0;
  void use() {{ gate.acquire(); n++; gate.release(); }} }};
int main() {{
  Desk d; std::thread a([&] {{ d.use(); }}), b([&] {{ d.use(); }}); a.join(); b.join();
}}
"""


def test_a_semaphore_of_the_library_likewise() -> None:
    check_pairs(SLOTS.format(count=1), "d.n", "common=mutex", path="a.cpp")
    check_silent(SLOTS.format(count=0), "d.n", "common=mutex", path="a.cpp")


TOKENS = """#include <pthread.h>
#include <semaphore.h>
struct pool {{ sem_t gate; }} pool; sem_t go; int counter, ready;
static void begin(struct pool *p) {{ sem_wait(&p->gate); }}
static void end(struct pool *p) {{ sem_post(&p->gate); }}
static void *work(void *u) {{ begin(&pool); counter++; end(&pool); return u; }}
static void *ask(void *u) {{ ready = 1; sem_post(&go); return u; }}
static void *answer(void *u) {{ {own} sem_wait(&go); return ready ? u : 0; }}
static void start(int tokens) {{ sem_init(&pool.gate, 0, {count}); sem_init(&go, 0, 0); }}
int main(void) {{
  pthread_t t[4];
  start(3);
  for (int i = 0; i < 2; i++) pthread_create(&t[i], 0, work, 0);
  pthread_create(&t[2], 0, ask, 0);
  pthread_create(&t[3], 0, answer, 0);
}}
"""


@pytest.mark.parametrize("count", ["(unsigned)tokens", "tokens", "2"])
def test_a_semaphore_of_many_permits_that_functions_take_and_give_is_no_order(count: str) -> None:
    check_pairs(TOKENS.format(count=count, own=""), "counter", "ordering=waits-unmatched")
    check_silent(TOKENS.format(count=count, own=""), "counter", "ordering=sem")
    check_pairs(TOKENS.format(count=1, own=""), "counter", "ordering=sem")


def test_who_posts_before_it_waits_may_have_its_own_post() -> None:
    check_pairs(TOKENS.format(count=1, own=""), "ready", "ordering=sem")
    own = TOKENS.format(count=1, own="sem_post(&go);")
    check_pairs(own, "ready", "ordering=waits-unmatched")
    check_silent(own, "ready", "ordering=sem")


ONCE = """#include <pthread.h>
int table[8]; pthread_once_t all = PTHREAD_ONCE_INIT;
static void fill(void) {{ table[0] = 1; }}
static void *work(void *u) {{
  {control} pthread_once(&{name}, fill); return table[0] ? u : 0;
}}
int main(void) {{
  pthread_t a, b;
  pthread_create(&a, 0, work, 0); pthread_create(&b, 0, work, 0);
}}
"""


def test_each_threads_own_once_runs_for_each() -> None:
    own = ONCE.format(control="pthread_once_t own = PTHREAD_ONCE_INIT;", name="own")
    check_silent(own, "table[]", "common=once")
    check_silent(own, "table[]", "ordering=once")
    for control, name in (("static pthread_once_t s;", "s"), ("", "all")):
        kept = ONCE.format(control=control, name=name)
        check_pairs(kept, "table[]", "common=once", "ordering=once")


CLEANED = """#include <pthread.h>
#include <stdlib.h>
pthread_mutex_t m; int counter;
static void undo(void *what) {{ {} *(int *)what = 0; {} }}
static void *work(void *u) {{
  pthread_cleanup_push(undo, &counter);
  {}
  pthread_cleanup_pop({});
  return 0;
}}
int main(void) {{
  pthread_t a, b;
  pthread_create(&a, 0, work, 0); pthread_create(&b, 0, work, 0);
}}
"""


def test_a_cleanup_handler_runs_where_it_is_popped_or_the_thread_ends() -> None:
    check_pairs(CLEANED.format("", "", "", "1"), "counter", "party=thread/thread common=none")
    check_pairs(CLEANED.format(LOCK, UNLOCK, "", "1"), "counter", "common=mutex")
    check_silent(CLEANED.format("", "", "", "0"), "counter")
    left = CLEANED.format("", "", "if (u) pthread_exit(0);", "0")
    check_pairs(left, "counter", "party=thread/thread common=none")


GIVES_BACK = """#include <pthread.h>
pthread_mutex_t m; int counter;
static void give_back(void *lock) { pthread_mutex_unlock(lock); }
static void *work(void *u) {
  pthread_mutex_lock(&m);
  pthread_cleanup_push(give_back, &m);
  %s
  pthread_cleanup_pop(1);
  %s
  return 0;
}
int main(void) {
  pthread_t a, b;
  pthread_create(&a, 0, work, 0); pthread_create(&b, 0, work, 0);
}
"""


def test_a_cleanup_handler_may_give_the_lock_back() -> None:
    check_pairs(GIVES_BACK % ("counter++;", ""), "counter", "common=mutex")
    check_pairs(GIVES_BACK % ("", "counter++;"), "counter", "common=none")


MOVED_ON = """#include <pthread.h>
struct row { int v; pthread_mutex_t m; } rows[10];
int chosen(void);
static void *work(void *arg) {
  int i = chosen(); struct row *r = &rows[i];
  pthread_mutex_lock(&r->m);
  %s
  rows[i].v++;
  pthread_mutex_unlock(&r->m);
  return arg;
}
int main(void) {
  pthread_t t; int j = chosen();
  pthread_create(&t, 0, work, 0);
  pthread_mutex_lock(&rows[j].m);
  rows[j].v++;
  pthread_mutex_unlock(&rows[j].m);
  pthread_join(t, 0);
}
"""


def test_a_number_that_moves_on_tells_the_lock_no_longer() -> None:
    check_pairs(MOVED_ON % "", "rows[].v", "party=thread/main common=own")
    check_pairs(MOVED_ON % "i++;", "rows[].v", "party=thread/main common=striped-differ")


CHOSEN = "odd ? &m : &m2"


def several(body: str, before: str = "") -> str:
    """Threads that each run `body` with a number of their own."""
    run = f"void *run(void *arg) {{ int odd = (long)arg & 1; {body} return 0; }}\n"
    made = "for (long i = 0; i < 4; i++) pthread_create(&t[i], 0, run, (void *)i);"
    return f"{HEAD}{before}{run}int main(void) {{ pthread_t t[4]; {made} return 0; }}\n"


@pytest.mark.parametrize(
    ("chosen", "named"),
    [
        (f"pthread_mutex_t *l = {CHOSEN}; LOCK(l); counter++; UNLOCK(l);", "l"),
        ("pthread_mutex_t *l; if (odd) l = &m; else l = &m2; LOCK(l); counter++; UNLOCK(l);", "l"),
        (f"LOCK({CHOSEN}); counter++; UNLOCK({CHOSEN});", CHOSEN),
        (f"enter({CHOSEN}); counter++; leave({CHOSEN});", CHOSEN),
    ],
)
def test_who_takes_one_of_two_locks_keeps_nobody_out(chosen: str, named: str) -> None:
    calls = (
        "void enter(pthread_mutex_t *l) { LOCK(l); }\n"
        "void leave(pthread_mutex_t *l) { UNLOCK(l); }\n"
    )

    def source(body: str) -> str:
        text = several(f"{body} other++;", calls)
        return text.replace("UNLOCK", "pthread_mutex_unlock").replace("LOCK", "pthread_mutex_lock")

    check_pairs(source(chosen), "counter", "common=type locksA=1")
    check_silent(source(chosen), "counter", "common=mutex")
    check_pairs(source(chosen), "other", "common=none")  # and both ends are seen
    one = chosen.replace(CHOSEN, "&m").replace("&m2", "&m")
    if named == "l" and "if" in one:
        one = one.replace("if (odd) l = &m; else l = &m;", "l = &m;")
    check_pairs(source(one), "counter", "common=mutex")


def test_a_spinning_lock_that_is_one_of_two() -> None:
    calls = (
        "atomic_flag f, g;\n"
        "void enter(atomic_flag *l) { while (atomic_flag_test_and_set(l)) ; }\n"
        "void leave(atomic_flag *l) { atomic_flag_clear(l); }\n"
    )
    body = "enter({0}); counter++; leave({0}); other++; enter(&f); x++; leave(&f);"
    source = several(body.format("odd ? &f : &g"), f"int x;{calls}")
    check_pairs(source, "counter", "common=type")
    check_pairs(source, "other", "common=none")
    check_pairs(source, "x", "common=mutex locksA=1")
    check_pairs(several(body.format("&f"), f"int x;{calls}"), "counter", "common=mutex")


def test_a_pointer_that_moves_on_leads_to_the_lock_of_what_it_reached() -> None:
    moves = "struct account *a = find(0); while (a->sum < 9) a = find(a->sum);"
    body = "pthread_mutex_lock(&a->m); a->sum++; counter++; pthread_mutex_unlock(&a->m);"
    check_pairs(several(moves + body, ACCOUNT), "a->sum", "common=own modeA=update modeB=update")
    check_pairs(several(moves + body, ACCOUNT), "counter", "common=type")
    fixed = "struct account *a = &one;"
    check_pairs(several(fixed + body, ACCOUNT + "struct account one;"), "counter", "common=mutex")


def test_a_lock_that_calls_name_alone_is_one_for_all_of_them() -> None:
    body = "lock_kernel(); counter++; unlock_kernel();"
    check_pairs(two(body, body), "counter", "common=mutex live=during")
    check_pairs(two(body, body.replace("kernel", "stats")), "counter", "common=differ live=during")


def test_who_locks_its_own_element_and_goes_to_the_next_does_not_meet_its_owner() -> None:
    names = "struct account v[8]; int pop(struct account *a) { return a->sum--; }\n"
    body = "struct account *own = &v[odd]; pthread_mutex_lock(&own->m); pop(own); {} {}"
    ended = "pthread_mutex_unlock(&own->m);"
    near = several(body.format("pop(&v[(odd + 1) % 8]);", ended), ACCOUNT + names)
    check_pairs(near, "v[].sum", "index=equal common=striped", "index=differ common=striped-differ")
    own = several(body.format("pop(&v[odd]);", ended), ACCOUNT + names)
    check_pairs(own, "v[].sum", "index=equal common=striped")
    check_silent(own, "v[].sum", "common=striped-differ")


def test_locking_several_at_once_takes_each_of_them() -> None:
    source = """#include <mutex>
#include <thread>
struct Desk { std::mutex m; int n; } v[8];
int after;
void move(int i, int j) {
  { Desk &a = v[i]; Desk &b = v[j];
    std::unique_lock f(a.m, std::defer_lock), s(b.m, std::defer_lock);
    std::lock(f, s);
    a.n--; b.n++; }
  after++;
}
int main() {
  std::thread t([] { move(1, 2); }), u([] { move(2, 3); }); t.join(); u.join();
}
"""
    check_pairs(source, "v[].n", "common=mutex locksA=2+ locksB=2+", path="a.cpp")
    check_pairs(source, "after", "common=none", path="a.cpp")
    one = source.replace("std::lock(f, s);", "f.lock();")
    check_pairs(one, "v[].n", "common=differ locksA=1 locksB=1", path="a.cpp")
    check_silent(one, "v[].n", "common=mutex", path="a.cpp")
