"""The scanner names what code uses, and passes over comments and strings."""

from __future__ import annotations

import pytest

pytest.importorskip("pyarrow")

from model_export.quality.constructs import constructs


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "#pragma omp parallel for reduction(+: s) schedule(dynamic, 2)",
            {"omp parallel", "omp for", "omp parallel for", "omp reduction"}
            | {"omp schedule(dynamic)"},
        ),
        ("#pragma omp for nowait", {"omp for", "omp nowait"}),
        ("#pragma omp masked", {"omp master"}),
        ("#pragma omp task depend(in: a)", {"omp task", "omp depend"}),
        ("#pragma omp taskloop firstprivate(a)", {"omp taskloop", "omp firstprivate"}),
        ("#pragma omp target teams distribute", {"omp target", "omp teams", "omp distribute"}),
        ("#pragma omp parallel \\\n  private(x)", {"omp parallel", "omp private"}),
        ("omp_set_lock(&l);", {"omp lock"}),
        ("pthread_mutex_trylock(&m);", {"pthread mutex"}),
        ("pthread_rwlock_rdlock(&m);", {"pthread rwlock"}),
        ("pthread_cond_wait(&c, &m);", {"pthread cond"}),
        ("pthread_spin_lock(&s);", {"pthread spin"}),
        ("thrd_create(&t, f, 0); mtx_lock(&m);", {"C11 threads", "C11 mutex"}),
        ("call_once(&flag, init);", {"C11 once"}),
        ("std::call_once(flag, init);", {"std::call_once"}),
        ("std::jthread t(f);", {"std::jthread"}),
        ("std::lock_guard<std::mutex> g(m);", {"std::mutex", "lock guard"}),
        ("std::atomic<int> n;", {"std::atomic"}),
        ("atomic_fetch_add(&n, 1);", {"C11 atomics"}),
        ("std::atomic_flag f;", {"std::atomic", "atomic_flag"}),
        ("__sync_fetch_and_add(&n, 1);", {"atomic builtins"}),
        ("n.store(1, std::memory_order_release);", {"acquire/release"}),
        ("std::atomic_thread_fence(std::memory_order::seq_cst);", {"fence", "seq_cst"}),
    ],
)
def test_finds(source, expected):
    assert constructs(source + "\n") == expected


@pytest.mark.parametrize(
    "source",
    [
        "// pthread_mutex_lock(&m);",
        'puts("std::thread");',
        "/*\n#pragma omp parallel\n*/",
        "int my_atomic_count; void relaxed(void);",
        "#pragma once",
    ],
)
def test_silent(source):
    assert constructs(source + "\n") == frozenset()
