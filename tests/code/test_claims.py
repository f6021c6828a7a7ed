"""Locks that are made by hand: atomic changes whose answer lets one thread through."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

C = "#include <pthread.h>\n#include <stdatomic.h>\n#include <sched.h>\n"
WORDS = (
    "atomic_int busy; atomic_int left = 4; atomic_flag flag; int plain; int total; int dist[9];\n"
)
MAIN = (
    "int main(void) { pthread_t t[4]; for (int i = 0; i < 4; i++) pthread_create(&t[i], 0, run, 0);"
    " for (int i = 0; i < 4; i++) pthread_join(t[i], 0); return 0; }\n"
)
FREE = "atomic_store(&busy, 0);"


def run(body: str, before: str = "") -> str:
    return f"{C}{WORDS}{before}void *run(void *arg) {{ {body} return 0; }}\n{MAIN}"


LOCKS = {
    "exchange": f"while (atomic_exchange(&busy, 1)) sched_yield(); total++; {FREE}",
    "test and set": "while (atomic_flag_test_and_set(&flag)) ; total++; atomic_flag_clear(&flag);",
    "builtin": "while (__sync_lock_test_and_set(&plain, 1)) ; total++;"
    " __sync_lock_release(&plain);",
    "bit": "while (atomic_fetch_or(&busy, 4) & 4) ; total++; atomic_fetch_and(&busy, ~4);",
    "in an if": f"if (!atomic_exchange(&busy, 1)) {{ total++; {FREE} }}",
    "early return": f"if (atomic_exchange(&busy, 1)) return 0; total++; {FREE}",
    "kept answer": f"int was = atomic_exchange(&busy, 1); if (was) return 0; total++; {FREE}",
    "last one": "if (atomic_fetch_sub(&left, 1) == 1) total++;",
    "counted down": "if (--left == 0) total++;",
    "compare": "int want = 0; if (atomic_compare_exchange_strong(&busy, &want, 1)) total++;",
    "two orders": "int want = 0; if (atomic_compare_exchange_strong_explicit(&busy, &want, 1,"
    " memory_order_acquire, memory_order_relaxed)) total++;",
    "compare in a loop": "int want = 0; while (!atomic_compare_exchange_weak(&busy, &want, 1))"
    f" want = 0; total++; {FREE}",
    "left by a break": "for (;;) { int want = 0; if (atomic_compare_exchange_weak(&busy, &want, 1))"
    f" break; sched_yield(); }} total++; {FREE}",
}
OPEN = {
    "asked and set": f"while (atomic_load(&busy)) ; atomic_store(&busy, 1); total++; {FREE}",
    "other way": f"while (!atomic_exchange(&busy, 1)) ; total++; {FREE}",
    "unasked": f"atomic_exchange(&busy, 1); total++; {FREE}",
    "set to nothing": "if (!atomic_exchange(&busy, 0)) total++;",
    "other bit": "while (atomic_fetch_or(&busy, 4) & 2) ; total++; atomic_fetch_and(&busy, ~4);",
    "relaxed": "while (atomic_exchange_explicit(&busy, 1, memory_order_relaxed)) ; total++;",
    "given back first": f"while (atomic_exchange(&busy, 1)) ; {FREE} total++;",
    "patience": f"int n = 9; while (atomic_exchange(&busy, 1) && --n) ; total++; {FREE}",
    "counted twice": "left--; if (left <= 1) total++;",
    "what it found": "int want = atomic_load(&busy);"
    " if (atomic_compare_exchange_strong(&busy, &want, 1)) total++;",
    "a failure is kept": "int want = 0; while (!atomic_compare_exchange_weak(&busy, &want, 1)) ;"
    f" total++; {FREE}",
}


@pytest.mark.parametrize("name", LOCKS)
def test_one_thread_gets_through(name: str) -> None:
    check_pairs(run(LOCKS[name]), "total", "common=mutex locksA=1 locksB=1")


@pytest.mark.parametrize("name", OPEN)
def test_several_may_get_through(name: str) -> None:
    check_pairs(run(OPEN[name]), "total", "modeA=update modeB=update")
    check_silent(run(OPEN[name]), "total", "common=mutex")


def test_a_store_that_releases_nothing() -> None:
    loose = FREE.replace("store(&busy, 0", "store_explicit(&busy, 0, memory_order_relaxed")
    check_pairs(run(LOCKS["exchange"].replace(FREE, loose)), "total", "common=maybe")
    plain = "while (__sync_lock_test_and_set(&plain, 1)) ; total++; plain = 0;"
    check_pairs(run(plain), "total", "common=maybe")


def test_a_function_that_tells_of_its_claim() -> None:
    def source(body: str, asked: str) -> str:
        return run(f"if ({asked}) {{ total++; {FREE} }}", f"int enter(void) {{ {body} }}\n")

    check_pairs(source("return !atomic_exchange(&busy, 1);", "enter()"), "total", "common=mutex")
    check_pairs(source("return atomic_exchange(&busy, 1);", "!enter()"), "total", "common=mutex")
    check_silent(source("return atomic_exchange(&busy, 1);", "enter()"), "total", "common=mutex")
    split = "int was = atomic_load(&busy); atomic_store(&busy, 1); return !was;"
    check_silent(source(split, "enter()"), "total", "common=mutex")


def test_a_lock_class_that_returns_from_its_loop() -> None:
    def source(step: str) -> str:
        loop = f"for (;;) {{ while (word.load()) ; {step} }}"
        spin = f"struct Spin {{ std::atomic<int> word{{0}}; void take() {{ {loop} }}"
        both = f"{spin} void give() {{ word.store(0); }} }};\nSpin spin; int total;\n"
        body = "void run() { spin.take(); total++; spin.give(); }\n"
        main = "int main() { std::thread a(run), b(run); a.join(); b.join(); }\n"
        return f"#include <atomic>\n#include <thread>\n{both}{body}{main}"

    check_pairs(source("if (!word.exchange(1)) return;"), "total", "common=mutex", path="a.cpp")
    check_silent(source("word.store(1); return;"), "total", "common=mutex", path="a.cpp")


def test_claims_of_elements_by_their_number() -> None:
    def source(index: str) -> str:
        claim = f"if (atomic_exchange(&taken[{index}], 1)) continue; dist[i] = i;"
        return run(f"for (int i = 0; i < 8; i++) {{ {claim} }}", "atomic_int taken[9];\n")

    check_pairs(source("i"), "dist[]", "common=striped stripeA=same")
    check_pairs(source("i % 3"), "dist[]", "common=striped stripeA=of-index")
    check_silent(source("arg != 0"), "dist[]", "stripeA=same")


def test_what_was_claimed_on_one_way_is_over_where_ways_meet() -> None:
    once = "if (!atomic_exchange(&busy, 1)) dist[0] = 1; total++;"
    check_pairs(run(once), "dist[]", "common=mutex")
    check_pairs(run(once), "total", "locksA=0 locksB=0")


def test_a_loop_without_an_end_is_left_by_its_breaks() -> None:
    def source(left: str) -> str:
        held = f"pthread_mutex_lock(&m); if (dist[0]) {left} pthread_mutex_unlock(&m);"
        return run(f"while (1) {{ {held} }} total++;", "pthread_mutex_t m;\n")

    check_pairs(source("break;"), "total", "common=mutex")
    check_pairs(source("{ pthread_mutex_unlock(&m); break; }"), "total", "locksA=0")


def waiting(wait: str) -> str:
    """Main reads what one thread writes before it raises a flag."""
    entry = "void *run(void *arg) { total = 3; atomic_store(&busy, 1); return 0; }\n"
    main = f"pthread_t t; pthread_create(&t, 0, run, 0); {wait} pthread_join(t, 0);"
    return f"{C}{WORDS}{entry}int main(void) {{ int seen = 0; {main} return seen; }}\n"


def test_a_loop_that_goes_on_until_the_flag_is_there() -> None:
    loops = ["while (!atomic_load(&busy)) sched_yield();", "do {} while (atomic_load(&busy) != 1);"]
    for loop in [*loops, "for (;;) { if (atomic_load(&busy)) break; }"]:
        check_pairs(waiting(f"{loop} seen = total;"), "total", "ordering=flag awaitsB=loop")
    look = waiting("if (!atomic_load(&busy)) sched_yield(); seen = total;")
    check_pairs(look, "total", "ordering=flag awaitsB=look")
    guarded = waiting("if (atomic_load(&busy)) seen = total;")
    check_pairs(guarded, "total", "ordering=flag awaitsB=guard")
    check_silent(waiting("seen = total;"), "total", "ordering=flag")


MACROS = (
    "#define TAKE() do { while (atomic_exchange(&busy, 1)) sched_yield(); } while (0)\n"
    "#define LOOK() do { while (atomic_load(&busy)) sched_yield(); } while (0)\n"
)


def test_a_macros_block_in_a_loop_that_runs_once() -> None:
    check_pairs(run(f"TAKE(); total++; {FREE}", MACROS), "total", "common=mutex awaitsA=loop")
    check_silent(run(f"LOOK(); total++; {FREE}", MACROS), "total", "common=mutex")
    early = "do { if (dist[0]) break; while (atomic_exchange(&busy, 1)) ; } while (0); total++;"
    check_silent(run(early + FREE), "total", "common=mutex")


def test_a_loop_that_asks_after_its_body_has_run_it() -> None:
    source = waiting("int n; do { n = atomic_load(&busy); } while (seen++ < 9); seen = total;")
    check_pairs(source, "total", "ordering=flag waitedB=flag")
    check_silent(
        source.replace("do {", "while (seen++ < n) {").replace("} while (seen++ < 9);", "}"),
        "total",
        "ordering=flag",
    )


def test_a_permit_that_is_asked_for() -> None:
    def source(taken: str, permits: int = 1) -> str:
        init = f"sem_init(&slot, 0, {permits});"
        return run(f"{taken} total++; sem_post(&slot);", "sem_t slot;\n").replace(
            "t[4];", f"t[4]; {init}"
        )

    for taken in ("if (sem_trywait(&slot) != 0) return 0;", "while (sem_trywait(&slot) == -1) ;"):
        check_pairs(source(taken), "total", "common=mutex")
        check_silent(source(taken, 2), "total", "common=mutex")
    check_silent(source("sem_trywait(&slot);"), "total", "common=mutex")
    check_silent(source("if (sem_trywait(&slot) == 0) return 0;"), "total", "common=mutex")


def test_a_requested_stop_is_a_flag() -> None:
    def source(first: str, second: str) -> str:
        body = "while (!token.stop_requested()) ; if (why == 3) std::abort();"
        main = f"std::jthread t([&](std::stop_token token) {{ {body} }}); {first} {second}"
        return f"#include <thread>\nint main() {{ int why = 0; {main} }}\n"

    told, asked = "why = 3;", "t.request_stop();"
    check_pairs(source(told, asked), "why", "ordering=flag awaitsB=loop", path="a.cpp")
    check_pairs(source(asked, told), "why", "ordering=waits-unmatched", path="a.cpp")


def test_a_for_loop_that_only_asks_is_a_while_loop() -> None:
    source = """#include <stdatomic.h>
#include <pthread.h>
static atomic_int word; static int total; static atomic_int ready; static int ready_value;
static void *work(void *u) {
  %s
  total++;
  atomic_store(&word, 0);
  ready_value = 3; atomic_store(&ready, 1);
  return u;
}
int main(void) {
  pthread_t a, b;
  pthread_create(&a, 0, work, 0); pthread_create(&b, 0, work, 0);
  pthread_join(a, 0); pthread_join(b, 0);
}
"""
    for loop in ("while (atomic_exchange(&word, 1)) ;", "for (; atomic_exchange(&word, 1); ) ;"):
        check_pairs(source % loop, "total", "party=thread/thread common=mutex locksA=1")
    check_silent(source % "for (int i = 0; i < 3; i++) ;", "total", "locksA=1")
