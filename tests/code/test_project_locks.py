"""Locks and atomics by the names that projects give them: which argument is the lock, and whose."""

from __future__ import annotations

import time

import pytest

from reviewbot.code.analyse import analyse
from reviewbot.code.threads import atomic_habit, lock_call
from tests.code.checks import check_pairs, check_silent

ENTRY = "struct entry { int lock; int other_lock; int refs; };\nstruct pool;\n"


def change(name: str, lock: str, sign: str = "+") -> str:
    """A function that changes a count under what a project's own call takes."""
    return (
        f"void {name}(struct pool *p, struct entry *e)\n"
        f"{{ my_spin_lock({lock}); e->refs {sign}= 1; my_spin_unlock({lock}); }}\n"
    )


def test_the_lock_is_the_argument_that_is_called_one() -> None:
    own = ENTRY + change("take", "p, &e->lock") + change("put", "p, &e->lock", "-")
    check_pairs(own, "e->refs", "function=differ common=own")
    check_silent(own, "e->refs", "common=differ")
    other = own.replace("p, &e->lock); e->refs -", "p, &e->other_lock); e->refs -")
    check_pairs(other, "e->refs", "function=differ common=differ")


def test_a_constant_is_no_lock() -> None:
    kind = ENTRY + change("take", "p, LOCK_POOL") + change("put", "p, LOCK_POOL", "-")
    check_pairs(kind, "e->refs", "function=differ common=type")


def test_a_lock_that_is_given_from_out_of_sight_goes_by_its_type() -> None:
    source = ENTRY + change("take", "p") + change("put", "p", "-")
    check_pairs(source, "e->refs", "function=differ common=type")
    check_silent(source, "e->refs", "common=differ")
    others = source.replace("put(struct pool *p", "put(struct queue *p")
    check_pairs(others, "e->refs", "function=differ common=differ")
    nothing = source.replace("put(struct pool *p", "put(void *p")
    check_pairs(nothing, "e->refs", "function=differ common=differ")


@pytest.mark.parametrize("kind", ["struct router", "router_t"])
def test_memory_without_a_type_is_the_record_that_it_is_cast_to(kind: str) -> None:
    source = (
        "#include <pthread.h>\nstruct rule { int hits; };\n"
        f"void handle(void *data, struct rule *rule)\n{{ {kind} *r = ({kind} *)data;\n"
        " pthread_mutex_lock(&r->m); rule->hits++; pthread_mutex_unlock(&r->m); }\n"
        f"int hits({kind} *r, struct rule *rule)\n{{ pthread_mutex_lock(&r->m);\n"
        " int n = rule->hits; pthread_mutex_unlock(&r->m); return n; }\n"
    )
    check_pairs(source, "rule->hits", "function=differ common=type")
    check_silent(source, "rule->hits", "common=differ")
    check_pairs(
        source.replace("data;", "data; r = 0; struct other *o = data;").replace(
            "&r->m", "&o->m", 2
        ),
        "rule->hits",
        "function=differ common=differ",
    )


def test_a_lock_behind_a_pointer_of_a_local_record_is_everyones() -> None:
    head = (
        "#include <pthread.h>\nstruct box { pthread_mutex_t lock; int n; };\n"
        "struct request { struct box *to; struct box own; };\n"
    )
    body = (
        "void work(struct box *b)\n{ struct request r; r.to = b; pthread_mutex_lock(&r.to->lock);\n"
        " r.to->n++; pthread_mutex_unlock(&r.to->lock); }\n"
    )
    check_silent(head + body, "b->n", "common=differ")
    check_pairs(head + body, "b->n", "common=mutex")
    check_pairs(head + body.replace("r.to->lock", "r.own.lock"), "b->n", "common=differ")


ATOMICS = (
    "typedef struct { int value; } MyAtomic;\nstatic MyAtomic state; static int plain; int m;\n"
    "void start(void) { my_lock(&m); plain = 1; my_unlock(&m); %s; }\n"
    "int running(void) { return %s; }\n"
)


@pytest.mark.parametrize(
    ("write", "read"),
    [
        ("SDL_SetAtomicInt(&state, 1)", "SDL_GetAtomicInt(&state)"),
        ("os_atomic_set_bool(&state, 1)", "os_atomic_load_bool(&state)"),
        ("xAtomicInc(&state)", "x_atomic_read(&state)"),
    ],
)
def test_projects_have_atomics_of_their_own(write: str, read: str) -> None:
    check_pairs(ATOMICS % (write, read), "state", "atomicA=seq_cst atomicB=seq_cst modeB=read")
    check_silent(ATOMICS % (write, read), "state", "atomicB=-")
    check_pairs(ATOMICS % (write, "state.value"), "state.value", "atomicB=-")


def test_what_is_called_atomic_may_be_something_else() -> None:
    check_pairs(ATOMICS % ("write_file_atomically(&plain)", "plain"), "plain", "atomicA=-")
    check_pairs(ATOMICS % ("x_atomic_file_write(&plain)", "plain"), "plain", "atomicA=-")
    check_pairs(ATOMICS % ("my_atomic_init(&plain)", "plain"), "plain", "atomicA=-")


def test_the_order_is_in_the_name_where_no_argument_tells_it() -> None:
    source = ATOMICS % ("x_atomic_store_release(&state, 1)", "x_atomic_load_relaxed(&state)")
    check_pairs(source, "state", "atomicA=release atomicB=relaxed")


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("g_atomic_int_get", "read"),
        ("SDL_AtomicSet", "write"),
        ("nni_atomic_inc64_nv", "update"),
        ("os_atomic_compare_exchange_long", "update"),
        ("x_atomic_test_and_set", "update"),
        ("AtomicReadLong", "read"),
        ("subatomic_get", None),
        ("atomically", None),
        ("refcount_atomic_dec_and_lock", None),
    ],
)
def test_how_an_atomic_function_touches_is_in_its_name(name: str, mode: str | None) -> None:
    assert atomic_habit(name) == mode


def test_calls_with_many_arguments_take_time_in_proportion() -> None:
    def seconds(times: int) -> float:
        body = f"my_lock({', '.join(['a'] * 40)}, &e->lock); e->refs++; my_unlock(e);" * times
        source = ENTRY + f"void work(struct entry *e) {{ {body} }}"
        start = time.perf_counter()
        analyse("a.c", source.encode())
        return time.perf_counter() - start

    analyse("a.c", f"void work(int a) {{ my_lock(a, {'lock' * 50_000}()); }}".encode())
    seconds(1)
    assert seconds(60) < 20 * max(seconds(20), 0.02)


ASSERTED = (
    "class Mutex;\nstruct DB { Mutex mutex_; Mutex other_; int n_; void roll(); int get(); };\n"
    "int DB::get() { mutex_.Lock(); int n = n_; mutex_.Unlock(); return n; }\n"
    "void DB::roll() { %s n_++; }\n"
)


def test_a_lock_that_is_said_to_be_held_is_held() -> None:
    said = ASSERTED % "mutex_.AssertHeld();"
    check_pairs(said, "this->n_", "function=differ common=own", path="a.cc")
    check_silent(said, "this->n_", "common=one-sided", path="a.cc")
    check_pairs(ASSERTED % "other_.AssertHeld();", "this->n_", "common=differ", path="a.cc")
    check_pairs(ASSERTED % "", "this->n_", "common=one-sided", path="a.cc")
    given_up = "mutex_.AssertHeld(); mutex_.Unlock();"
    check_pairs(ASSERTED % given_up, "this->n_", "common=one-sided", path="a.cc")


def test_a_lock_is_said_to_be_held_for_the_function_that_says_it() -> None:
    body = "static void roll(struct entry *e) { %s(&e->lock); e->refs++; }\n"
    caller = "void work(struct entry *e) { roll(e); e->refs = 0; }\n"
    for name in ("lockdep_assert_held", "my_assert_locked"):
        source = ENTRY + change("take", "p, &e->lock") + body % name + caller
        check_pairs(source, "e->refs", "common=own", "common=one-sided modeB=write-constant")
    loose = ENTRY + change("take", "p, &e->lock") + body % "note" + caller
    check_silent(loose, "e->refs", "common=own")


def test_a_claim_outside_any_function_is_harmless() -> None:
    analyse("a.c", b"int n;\n#pragma omp parallel\n{ lockdep_assert_held(&n); n++; }\n")


_ENTERED = (
    "struct timer { int lock; int beats; };\n"
    "void beat(struct timer *t)\n{ TAKE(&t->lock); t->beats++; GIVE(&t->lock); }\n"
    "void calm(struct timer *t)\n{ TAKE(&t->lock); t->beats = 0; GIVE(&t->lock); }\n"
)


@pytest.mark.parametrize(
    ("take", "give"),
    [
        ("tb_spinlock_enter", "tb_spinlock_leave"),
        ("own_mutex_acquire", "own_mutex_release"),
        ("sqlite3_mutex_enter", "sqlite3_mutex_leave"),
        ("mutex_enter", "mutex_exit"),
    ],
)
def test_a_lock_is_entered_and_left(take: str, give: str) -> None:
    source = _ENTERED.replace("TAKE", take).replace("GIVE", give)
    check_pairs(source, "t->beats", "function=differ common=own locksA=1 locksB=1")
    check_silent(source, "t->beats", "locksB=0")
    late = source.replace(f"{take}(&t->lock); t->beats = 0;", f"t->beats = 0; {take}(&t->lock);")
    check_pairs(late, "t->beats", "function=differ common=one-sided")


@pytest.mark.parametrize("name", ["clock_enter", "block_release", "coroutine_enter", "release"])
def test_what_is_entered_need_not_be_a_lock(name: str) -> None:
    assert lock_call(name, 1) is None


def test_a_lock_without_a_name_is_entered_and_left() -> None:
    source = (
        "#include <pthread.h>\nstatic int beats;\n"
        "void beat(void)\n{ beats_mutex_enter(); beats++; beats_mutex_exit(); }\n"
        "void calm(void)\n{ beats_mutex_enter(); beats = 0; beats_mutex_exit(); }\n"
    )
    check_pairs(source, "beats", "function=differ common=mutex")
    check_silent(source, "beats", "locksB=0")
    late = source.replace("beats_mutex_enter(); beats = 0", "beats = 0; beats_mutex_enter()")
    check_pairs(late, "beats", "function=differ common=one-sided")
