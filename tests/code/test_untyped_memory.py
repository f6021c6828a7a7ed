"""Records behind `void *`, objects picked by a condition, and handles that joins reach."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

UNTYPED = """#include <pthread.h>
struct pool { pthread_mutex_t m; int count; };
static void *work(void *given) {
  %s
  pthread_mutex_lock(&p->m);
  p->count++;
  pthread_mutex_unlock(&p->m);
  return 0;
}
int pool_count(struct pool *p) { return p->count; }
"""


@pytest.mark.parametrize(
    "taken",
    [
        "struct pool *p = given;",
        "struct pool *p = (struct pool *)given;",
        "struct pool *p; p = (struct pool *)given;",
    ],
)
def test_a_record_behind_an_untyped_pointer_is_one_of_its_type(taken: str) -> None:
    check_pairs(UNTYPED % taken, "given->count", "common=one-sided function=differ")


def test_another_record_is_another_object() -> None:
    other = "struct pool { pthread_mutex_t m; int count; };\nstruct lake { int count; };"
    source = (UNTYPED % "struct pool *p = given;").replace(
        "int pool_count(struct pool", "int n(struct lake"
    )
    source = source.replace("struct pool { pthread_mutex_t m; int count; };", other)
    check_silent(source, "given->count", "common=one-sided")


LISTED = """#include <pthread.h>
typedef struct list { void *data; struct list *next; } list;
typedef struct { int uses; int kept; } entry;
static list *all; static pthread_mutex_t m;
entry *make(int); list *put(list *, void *);
void use(int n) {
  entry *e = make(n);
  pthread_mutex_lock(&m); all = put(all, e); e->uses++; pthread_mutex_unlock(&m);
  e->kept = 1;
}
int ask(void) {
  int n = 0;
  pthread_mutex_lock(&m);
  for (list *l = all; l; l = l->next) { entry *e = (entry *)l->data; n += e->kept; }
  pthread_mutex_unlock(&m);
  return n;
}
"""


def test_an_element_of_an_untyped_list_is_the_record_that_a_cast_names() -> None:
    check_pairs(LISTED, "e->kept", "modeA=write-constant modeB=read common=one-sided")


PICKED = """#include <pthread.h>
struct account { pthread_mutex_t m; long balance; };
static struct account bank[8];
static void move_money(struct account *from, struct account *to) {
  struct account *first = from < to ? from : to;
  struct account *second = from < to ? to : from;
  pthread_mutex_lock(&first->m);
  %s
  from->balance--; to->balance++;
  %s
  pthread_mutex_unlock(&first->m);
}
static void *work(void *x) { long k = (long)x; move_money(&bank[k], &bank[k + 1]); return x; }
int main(void) {
  pthread_t t[4];
  for (long i = 0; i < 4; i++) pthread_create(&t[i], 0, work, (void *)i);
  for (int i = 0; i < 4; i++) pthread_join(t[i], 0);
}
"""


def test_one_of_two_objects_is_locked_or_both_are() -> None:
    both = PICKED % ("pthread_mutex_lock(&second->m);", "pthread_mutex_unlock(&second->m);")
    check_pairs(both, "bank[].balance", "locksA=2+ stripeA=same stripeB=same")
    check_silent(PICKED % ("", ""), "bank[].balance", "stripeA=same")
    check_silent(PICKED % ("", ""), "bank[].balance", "common=striped")


TEAM = """#include <pthread.h>
static long a, b; static pthread_t team[2];
static void *one(void *x) { a++; return x; }
static void *two(void *x) { b++; return x; }
static void wait_for(int upto) { for (int i = 0; i < upto; i++) pthread_join(team[i], 0); }
int main(void) {
  pthread_create(&team[0], 0, one, 0);
  pthread_create(&team[1], 0, two, 0);
  wait_for(%d);
  b = 0;
  pthread_join(team[1], 0);
}
"""


def test_a_helper_joins_as_far_as_it_is_told() -> None:
    check_pairs(TEAM % 1, "b", "party=thread/main live=partly-joined")
    check_pairs(TEAM % 2, "b", "party=thread/main live=after")


ARRAY = """#include <thread>
static long a, b;
void one() { a++; }
void two() { b++; }
int main() {
  std::thread t[2];
  t[0] = std::thread(one);
  t[1] = std::thread(two);
  t[%d].join();
  long s = b;
  t[%d].join();
  return s;
}
"""


def test_an_element_of_an_array_of_threads_is_joined_alone() -> None:
    check_pairs(ARRAY % (0, 1), "b", "live=during", path="a.cpp")
    check_pairs(ARRAY % (1, 0), "b", "live=after", path="a.cpp")


RANGES = """#include <pthread.h>
static long total;
static void *work(void *x) { total++; return x; }
int main(void) {
  pthread_t t[4];
  for (int i = 0; i < 4; i++) pthread_create(&t[i], 0, work, 0);
  for (int i = 1; i < 4; i++) pthread_join(t[i], 0);
  %s
  return total;
}
"""


def test_joins_of_parts_make_up_a_whole() -> None:
    check_pairs(RANGES % "", "total", "party=thread/main live=partly-joined")
    check_pairs(RANGES % "pthread_join(t[0], 0);", "total", "party=thread/main live=after")


SWITCHED = """#include <pthread.h>
#define THREADS %d
#if THREADS
#define ENTER() pthread_mutex_lock(&m)
#define LEAVE() pthread_mutex_unlock(&m)
#else
#define ENTER() ((void)0)
#define LEAVE() ((void)0)
#endif
static pthread_mutex_t m; static int n;
void *work(void *x) { ENTER(); n++; LEAVE(); return x; }
int main(void) {
  pthread_t a, b;
  pthread_create(&a, 0, work, 0); pthread_create(&b, 0, work, 0);
  pthread_join(a, 0); pthread_join(b, 0);
}
"""


def test_a_condition_that_the_file_settles_chooses_the_branch() -> None:
    check_pairs(SWITCHED % 1, "n", "common=mutex")
    check_silent(SWITCHED % 0, "n", "common=mutex")
    either = (SWITCHED % 0).replace("#define THREADS 0\n", "")
    check_pairs(either, "n", "common=mutex")  # a build may say: the likelier one


FREED = """#include <pthread.h>
#include <stdlib.h>
static long *buf;
static void *drop(void *x) { free(buf); return x; }
int main(void) {
  pthread_t t;
  buf = calloc(50, sizeof *buf);
  pthread_create(&t, 0, drop, 0);
  long own = buf[1];
  pthread_join(t, 0);
  return own;
}
"""


def test_memory_is_given_back_whole() -> None:
    check_pairs(FREED, "buf[]", "modeA=write modeB=read live=during")
    check_silent(FREED, "buf[]", "apart=yes")


ONE_BY_ONE = """#include <thread>
static int total;
void add() { total++; }
int main() {
  for (int i = 0; i < 6; ++i) {
    total += 1;
    std::thread t(add);
    %s
  }
}
"""


def test_a_thread_that_is_joined_in_its_turn_runs_alone() -> None:
    check_silent(ONE_BY_ONE % "t.join();", "total", "same-party=many", path="a.cpp")
    check_silent(ONE_BY_ONE % "t.join();", "total", "live=create-loop", path="a.cpp")
    check_pairs(ONE_BY_ONE % "t.detach();", "total", "same-party=many", path="a.cpp")


BY_VALUE = """#include <pthread.h>
static int n;
static void *work(void *x) { n++; return x; }
static int finish(pthread_t t) { %s return n; }
int main(void) {
  pthread_t t;
  pthread_create(&t, 0, work, 0);
  return finish(t);
}
"""


def test_a_handle_is_given_to_who_joins() -> None:
    check_pairs(BY_VALUE % "pthread_join(t, 0);", "n", "live=after")
    check_pairs(BY_VALUE % "", "n", "live=during")


def test_threads_in_a_braced_list_are_joined() -> None:
    source = """#include <thread>
static int n;
void work() { n++; }
int main() {
  std::thread both[] = {std::thread(work), std::thread(work)};
  %s
  return n;
}
"""
    join = "for (auto &t : both) t.join();"
    check_pairs(source % join, "n", "live=overlap", "party=thread/main live=after", path="a.cpp")
    check_pairs(source % "", "n", "party=thread/main live=during", path="a.cpp")
