"""What one thread hands to another: before the signal in each turn, and through which names."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent
from tests.code.test_threads_c import HEAD

HANDED = """
#include <pthread.h>
#include <semaphore.h>
struct request { int op; int answer; };
static struct request *inbox;
static sem_t posted, replied;
static void *serve(void *arg) {
    for (;;) {
        sem_wait(&posted);
        struct request *r = inbox;
        if (!r->op) return arg;
        r->answer = r->op * 2;
        sem_post(&replied);
    }
}
static int ask(int op) {
    static struct request r;
    r.op = op;
    inbox = &r;
    sem_post(&posted);
    BODY
}
int main(void) {
    pthread_t t;
    int sum = 0;
    pthread_create(&t, 0, serve, 0);
    for (int i = 1; i < 9; i++) sum += ask(i);
    ask(0);
    pthread_join(t, 0);
    return sum;
}
"""


def test_a_static_object_is_what_a_pointer_of_its_type_may_reach() -> None:
    late = HANDED.replace("BODY", "int got = r.answer; sem_wait(&replied); return got;")
    good = HANDED.replace("BODY", "sem_wait(&replied); return r.answer;")
    check_pairs(late, "inbox->answer", "base=type ordering=waits-unmatched shareB=static")
    check_pairs(good, "inbox->answer", "base=type ordering=sem waitedB=sem")
    check_silent(good, "inbox->answer", "ordering=waits-unmatched")


def test_two_globals_meet_where_a_member_points_away() -> None:
    source = """
#include <pthread.h>
struct item { int v; };
struct list { struct item own, *head; int n; };
static struct list idle, full;
static void *put(void *x) { idle.%s++; return x; }
static void *get(void *x) { full.%s++; return x; }
int main(void) {
    pthread_t a, b;
    pthread_create(&a, 0, put, 0);
    pthread_create(&b, 0, get, 0);
    pthread_join(a, 0);
    pthread_join(b, 0);
}
"""
    check_pairs(source % (("head->v",) * 2), "idle.head[].v", "base=type")
    for member in ("own.v", "n"):
        check_silent(source % ((member,) * 2), f"idle.{member}")


TURNS = """
#include <pthread.h>
#include <semaphore.h>
static sem_t ready;
static int slot, parity;
static void *fill(void *arg) {
    for (int i = 0; i < 9; i++) {
        BODY
    }
    sem_post(&ready);
    return arg;
}
int main(void) {
    pthread_t t;
    int sum = 0;
    pthread_create(&t, 0, fill, 0);
    READ
    pthread_join(t, 0);
    return sum;
}
"""
EACH = "for (int i = 0; i < 9; i++) { sem_wait(&ready); sum += slot; }"


def test_a_signal_after_the_loop_is_too_late_for_its_turns() -> None:
    late = TURNS.replace("BODY", "sem_post(&ready); slot = i;")
    good = TURNS.replace("BODY", "slot = i; sem_post(&ready);")
    check_pairs(late.replace("READ", EACH), "slot", "ordering=waits-unmatched live=during")
    check_silent(good.replace("READ", EACH), "slot", "ordering=waits-unmatched live=during")
    once = late.replace("READ", "sem_wait(&ready); sum = slot;")
    check_pairs(once, "slot", "ordering=sem live=during")


def test_a_helper_that_is_called_again_after_the_signal() -> None:
    source = """
#include <pthread.h>
#include <stdatomic.h>
static int lines;
static atomic_int stopped;
static void append(void) { lines++; }
static void *logger(void *arg) {
    append();
    BODY
    return arg;
}
int main(void) {
    pthread_t t;
    pthread_create(&t, 0, logger, 0);
    while (!atomic_load(&stopped)) ;
    int seen = lines;
    pthread_join(t, 0);
    return seen;
}
"""
    late = source.replace("BODY", "atomic_store(&stopped, 1); append();")
    good = source.replace("BODY", "append(); atomic_store(&stopped, 1);")
    check_pairs(late, "lines", "ordering=flag", "ordering=waits-unmatched")
    check_silent(good, "lines", "ordering=waits-unmatched")


def test_a_struct_that_is_copied_by_memcpy_is_read_field_by_field() -> None:
    source = """
#include <pthread.h>
#include <string.h>
struct metrics { long uptime, load; };
static struct metrics now, seen;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static void *tick(void *arg) {
    pthread_mutex_lock(&m);
    now.uptime++;
    pthread_mutex_unlock(&m);
    return arg;
}
static void *snap(void *arg) {
    BODY
    return arg;
}
int main(void) {
    pthread_t t, s;
    pthread_create(&t, 0, tick, 0);
    pthread_create(&s, 0, snap, 0);
    pthread_join(t, 0);
    pthread_join(s, 0);
}
"""
    copy = "memcpy(&seen, &now, sizeof seen);"
    check_pairs(source.replace("BODY", copy), "now.uptime", "viaB=whole common=one-sided")
    held = f"pthread_mutex_lock(&m); {copy} pthread_mutex_unlock(&m);"
    check_pairs(source.replace("BODY", held), "now.uptime", "viaB=whole common=mutex")
    check_silent(source.replace("BODY", held), "now.uptime", "common=one-sided")


CONDITION = """
#include <mutex>
#include <thread>
struct Job { int done; };
struct Queue {
    std::mutex m;
    Job *head;
    Job *take() { std::lock_guard<std::mutex> g(m); Job *j = head; head = nullptr; return j; }
};
Queue queue;
int hits, rest;
std::mutex one;
void work() {
    BODY
}
int main() {
    std::thread a(work), b(work);
    a.join();
    b.join();
}
"""


def test_a_variable_that_a_condition_declares() -> None:
    for body in (
        "while (Job *job = queue.take()) job->done = 1;",
        "if (auto job = queue.take()) job->done = 1;",
        "if (auto *job = queue.take(); job) job->done = 1;",
    ):
        source = CONDITION.replace("BODY", body)
        check_pairs(source, "queue.head[].done", "modeA=write-constant", path="a.cpp")
        check_silent(source, "job", path="a.cpp")
    own = CONDITION.replace("BODY", "while (Job *job = new Job()) job->done = 1;")
    check_silent(own, "queue.head[].done", path="a.cpp")


def test_a_lock_that_an_if_takes_first() -> None:
    taken = "if (std::lock_guard<std::mutex> g(one); rest > 3) hits++;"
    tried = "if (std::unique_lock<std::mutex> g(one, std::try_to_lock); g) hits++;"
    for body in (taken, tried):
        check_pairs(CONDITION.replace("BODY", body), "hits", "common=mutex", path="a.cpp")
        after = CONDITION.replace("BODY", body + " hits++;")
        check_pairs(after, "hits", "common=mutex", "locksA=0 locksB=0", path="a.cpp")


def test_a_loop_that_tries_a_lock_holds_it_only_once_it_is_over() -> None:
    source = """
#include <pthread.h>
static pthread_mutex_t m;
static long spins, done, turns;
static void *work(void *arg) {
    BODY
    pthread_mutex_unlock(&m);
    return arg;
}
int main(void) {
    pthread_t a, b;
    pthread_create(&a, 0, work, 0);
    pthread_create(&b, 0, work, 0);
    pthread_join(a, 0);
    pthread_join(b, 0);
}
"""
    for body in (
        "while (pthread_mutex_trylock(&m) != 0) spins++; done++;",
        "do { spins++; } while (pthread_mutex_trylock(&m)); done++;",
    ):
        read = source.replace("BODY", body)
        check_pairs(read, "spins", "locksA=0 locksB=0")
        check_silent(read, "spins", "common=mutex")
        check_pairs(read, "done", "common=mutex")
        check_silent(read, "done", "locksA=0")
    held = "while (pthread_mutex_trylock(&m) == 0) { turns++; pthread_mutex_unlock(&m); } done++;"
    check_pairs(source.replace("BODY", held), "turns", "common=mutex")
    check_pairs(source.replace("BODY", held), "done", "locksA=0 locksB=0")


def test_a_timed_wait_orders_where_its_answer_is_heeded() -> None:
    source = """
#include <chrono>
#include <future>
#include <thread>
using namespace std::chrono_literals;
static int result;
static void work() { result = 7; }
int main() {
    std::packaged_task<void()> job(work);
    auto done = job.get_future();
    std::thread(std::move(job)).detach();
    int dots = 0;
    BODY
    return result + dots;
}
"""
    asked = "(done.wait_for(1ms) == std::future_status::timeout)"
    for body in (f"if {asked} ++dots;", "done.wait_for(1ms);"):
        read = source.replace("BODY", body)
        check_pairs(read, "result", "live=during", path="a.cpp")
        check_silent(read, "result", "ordering=future", path="a.cpp")
    for body in (f"while {asked} ++dots;", f"if {asked} return 1;"):
        check_pairs(source.replace("BODY", body), "result", "ordering=future", path="a.cpp")


TOLD = """
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
static pthread_mutex_t m;
static int credit, level;
static void add(bool held, pthread_mutex_t *own, int n) {
    if (!held) pthread_mutex_lock(&m);
    if (own != NULL) pthread_mutex_lock(own);
    credit += n;
    if (n > 4) level++;
    if (own != NULL) pthread_mutex_unlock(own);
    if (!held) pthread_mutex_unlock(&m);
}
static void *work(void *arg) {
    BODY
    return arg;
}
int main(void) {
    pthread_t a, b;
    pthread_create(&a, 0, work, 0);
    pthread_create(&b, 0, work, 0);
    pthread_join(a, 0);
    pthread_join(b, 0);
}
"""


def test_what_a_function_is_told_of_locks() -> None:
    for call in ("add(false, NULL, 3);", "add(true, &m, 3);"):
        read = TOLD.replace("BODY", call)
        check_pairs(read, "credit", "common=mutex locksA=1 locksB=1")
        check_silent(read, "credit", "locksA=0")
        check_pairs(read, "level", "common=mutex")  # which others may call with more
    check_pairs(TOLD.replace("BODY", "add(true, NULL, 3);"), "credit", "locksA=0 locksB=0")
    for call in ("add(level > 2, arg, 3);", "int k = 1; add(k -= 1, NULL, 3);"):
        check_pairs(TOLD.replace("BODY", call), "credit", "locksA=maybe")
    again = TOLD.replace("credit += n;", "credit += n; if (n > 9) add(held, own, n);")
    check_pairs(again.replace("BODY", "add(true, NULL, 3);"), "credit", "locksA=maybe")


def test_the_order_that_a_compare_exchange_has_where_it_succeeds() -> None:
    source = """
#include <pthread.h>
#include <stdatomic.h>
#define PASS_ON memory_order_release
#define COUNT memory_order_relaxed
static atomic_int ready;
static int data;
static void *give(void *arg) {
    int no = 0, released = 1;
    data = 1;
    BODY
    return arg;
}
int main(void) {
    pthread_t a;
    pthread_create(&a, 0, give, 0);
    while (!atomic_load_explicit(&ready, memory_order_acquire)) ;
    int seen = data;
    pthread_join(a, 0);
    return seen;
}
"""
    swap = "atomic_compare_exchange_weak_explicit(&ready, &no, released, %s, __ATOMIC_RELAXED);"
    add = "atomic_fetch_add_explicit(&ready, released, %s);"
    for call in (swap, add):
        for order in ("memory_order_release", "PASS_ON"):
            good = source.replace("BODY", call % order)
            check_pairs(good, "data", "ordering=flag")
        for order in ("memory_order_relaxed", "COUNT"):
            check_silent(source.replace("BODY", call % order), "data", "ordering=flag")


def test_what_a_thread_keeps_under_a_key_is_ended_by_that_thread() -> None:
    source = """
#include <pthread.h>
#include <stdlib.h>
static pthread_key_t key;
static pthread_mutex_t m;
static long total;
static void fold(void *p) {
    pthread_mutex_lock(&m);
    total += *(long *)p;
    pthread_mutex_unlock(&m);
    free(p);
}
static void *work(void *arg) {
    long *mine = calloc(1, sizeof *mine);
    pthread_setspecific(key, KEPT);
    ++*mine;
    END
}
int main(void) {
    pthread_t a, b;
    MAKE
    pthread_create(&a, 0, work, 0);
    pthread_create(&b, 0, work, 0);
    pthread_join(a, 0);
    pthread_join(b, 0);
}
"""
    made = source.replace("MAKE", "pthread_key_create(&key, fold);")
    kept = made.replace("KEPT", "mine")
    for end in ("return arg;", "pthread_exit(arg);"):
        check_pairs(kept.replace("END", end), "total", "party=thread/thread common=mutex")
    bare = kept.replace("pthread_mutex_lock(&m);", "").replace("pthread_mutex_unlock(&m);", "")
    check_pairs(bare.replace("END", "return arg;"), "total", "party=thread/thread common=none")
    for other in (made.replace("KEPT", "NULL"), source.replace("MAKE", "").replace("KEPT", "mine")):
        check_silent(other.replace("END", "return arg;"), "total")


@pytest.mark.parametrize(
    ("dropped", "asked"),
    [
        ("atomic_fetch_add(&seen, 1);", "if (atomic_fetch_add(&seen, 1) == 3)"),
        ("seen++;", "if (seen++ == 3)"),
        ("(void)atomic_exchange(&seen, 1);", "int was = atomic_exchange(&seen, 1); if (was)"),
        ("for (int i = 0; i < 9; i++, seen++) {}", "for (int i = 0; i < seen++; i++)"),
    ],
)
def test_who_drops_what_an_atomic_answers_waits_for_nothing(dropped: str, asked: str) -> None:
    def source(body: str) -> str:
        run = "void *run(void *arg) { counter = 1; seen++; return 0; }\n"
        made = f"pthread_t t; pthread_create(&t, 0, run, 0); {body} other = counter;"
        return f"{HEAD}atomic_int seen;\n{run}int main(void) {{ {made} pthread_join(t, 0); }}\n"

    check_pairs(source(asked), "counter", "live=during ordering=flag")
    check_pairs(source(dropped), "counter", "live=during ordering=none")
    check_silent(source(dropped), "counter", "ordering=flag")
