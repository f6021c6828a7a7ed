"""Which pairs the model reads of an object that has many: those that nothing keeps apart."""

from __future__ import annotations

from reviewbot.code.pairs import MAX_PAIRS
from tests.code.checks import check_pairs, check_silent, pairs

QUEUE = (
    """#include <pthread.h>
struct queue { pthread_mutex_t m; int size; int room; };
"""
    + "".join(
        f"""void step{i}(struct queue *q, int n) {{
  pthread_mutex_lock(&q->m);
  for (int k = {i}; k < n; k += {i + 1}) q->size += {"k" * (i > 2) or "2"};
  if (q->size > {i}) q->size -= n;
  pthread_mutex_unlock(&q->m);
}}
"""
        for i in range(6)
    )
    + "int peek(struct queue *q) { %s return q->size; }\n"
)
LOCKED = "pthread_mutex_lock(&q->m); int n = q->size; pthread_mutex_unlock(&q->m); return n;"


def test_a_bare_reader_is_told_among_many_that_lock() -> None:
    assert len(pairs(QUEUE % "", "q->size")) == MAX_PAIRS
    check_pairs(QUEUE % "", "q->size", "common=one-sided locksB=0")
    check_silent((QUEUE % LOCKED).replace(" return q->size", ""), "q->size", "common=one-sided")


NAMED = """#include <mutex>
struct Table { int get(int k); void put(int k); std::mutex m; int seen; };
struct Other { Other *next; };
int Table::get(int k) { %s return seen; }
void Table::put(int k) { std::lock_guard<std::mutex> held(m); seen = k; }
int depth(Unseen *other) { return other->get(); }
"""


def test_to_name_a_method_is_not_to_call_it() -> None:
    check_pairs(NAMED % "", "this->seen", "common=one-sided", path="a.cpp")
    held = "std::lock_guard<std::mutex> held(m);"
    check_silent(NAMED % held, "this->seen", "common=one-sided", path="a.cpp")


SIGNALLED = """#include <pthread.h>
static pthread_mutex_t m; static pthread_cond_t c; static int over; static int ready;
static void *work(void *given) {
  pthread_mutex_lock(&m);
  while (!ready) pthread_cond_wait(&c, &m);
  pthread_mutex_unlock(&m);
  return over ? given : 0;
}
int main(void) {
  pthread_t t;
  pthread_create(&t, 0, work, 0);
  over = 1;
  %s
  pthread_cond_signal(&c);
  pthread_join(t, 0);
  return 0;
}
"""


def test_a_condition_orders_by_its_lock_alone() -> None:
    locked = "pthread_mutex_lock(&m); ready = 1; pthread_mutex_unlock(&m);"
    check_pairs(SIGNALLED % locked, "over", "ordering=cond")
    check_silent(SIGNALLED % "ready = 1;", "over", "ordering=cond")


NUMBERED = """#include <pthread.h>
enum { FILES, TILES, MAX_KINDS };
static pthread_mutex_t locks[MAX_KINDS];
static int used;
static int rows[8];
void count(int k) {
  pthread_mutex_lock(&locks[%s]);
  used++;
  rows[k]++;
  pthread_mutex_unlock(&locks[%s]);
}
"""


def test_a_lock_by_an_enumerator_is_one_lock() -> None:
    check_pairs(NUMBERED % ("FILES", "FILES"), "used", "common=mutex")
    check_silent(NUMBERED % ("k", "k"), "used", "common=mutex")


def test_one_object_has_no_lock_of_its_own_among_many() -> None:
    check_pairs(NUMBERED % ("k", "k"), "used", "common=differ")
    check_pairs(NUMBERED % ("k", "k"), "rows[]", "common=striped")


POOL = """#include <pthread.h>
struct pool { pthread_mutex_t m; int room; };
void take(struct pool *p) { pthread_mutex_lock(&p->m); p->room--; pthread_mutex_unlock(&p->m); }
void pool_release(struct pool *p) { %s p->room++; }
"""


def test_who_locks_for_an_object_does_not_tear_it_down_alone() -> None:
    check_pairs(POOL % "", "p->room", "lifeB=teardown")
    asks = "pthread_mutex_lock(&p->m); int r = p->room; pthread_mutex_unlock(&p->m); if (r)"
    check_silent(POOL % asks, "p->room", "lifeB=teardown")


TABLED = """#include <pthread.h>
struct table { void (*put)(struct store *s); int (*size)(struct store *s); };
struct store { pthread_mutex_t m; int size; };
static void put(struct store *s) {
  pthread_mutex_lock(&s->m); s->size++; pthread_mutex_unlock(&s->m);
}
static int size(struct store *s) { return s->size; }
void fill(struct table *t) { %s; }
"""


def test_a_function_that_is_put_in_a_table_is_called_from_there() -> None:
    check_pairs(TABLED % "t->put = put; t->size = &size", "s->size", "common=one-sided")
    asked = "t->put = put; count(size)"  # it may be called at once, and never again
    check_silent(TABLED % asked, "s->size", "common=one-sided")


THREADED = """#include <pthread.h>
struct store { pthread_mutex_t m; int many; int size; };
static void enter(struct store *s) { if (s->many) pthread_mutex_lock(&s->m); %s }
static void leave(struct store *s) { if (s->many) { pthread_mutex_unlock(&s->m); } }
void put(struct store *s) { enter(s); s->size++; leave(s); %s }
"""


def test_a_function_that_locks_where_there_are_threads_locks() -> None:
    check_pairs(THREADED % ("", ""), "s->size", "common=mutex")
    check_silent(THREADED % ("", "s->size--;"), "s->size", "locksB=maybe")
    check_pairs(THREADED % ("", "s->size--;"), "s->size", "common=one-sided")
    check_pairs(THREADED % ("s->many--;", ""), "s->size", "locksA=maybe")


def test_a_lock_of_a_file_keeps_no_thread_out() -> None:
    source = """#include <pthread.h>
static pthread_mutex_t m; static int open_files;
void take(int fd) { %s(fd); open_files++; %s(fd); }
void count(void) { pthread_mutex_lock(&m); open_files++; pthread_mutex_unlock(&m); }
"""
    check_pairs(source % ("lock_file", "unlock_file"), "open_files", "locksA=0")
    check_silent(source % ("lock_pool", "unlock_pool"), "open_files", "locksA=0")
