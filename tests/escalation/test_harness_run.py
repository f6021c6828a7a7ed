"""Harnesses of functions that race and of their clean siblings, built and run for real."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewbot.escalation.harness import Harness
from tests.escalation.harnessing import (
    built,
    check_finds,
    check_silent,
    needs_clang,
    run_in,
)

pytestmark = [pytest.mark.clang, needs_clang]

_SMOOTH = """
void smooth(double *out, const double *in, int n)
{
#pragma omp parallel for
    for (int i = 1; i < n - 1; i++)
        {0}[i] = 0.5 * ({0}[i - 1] + in[i]);
}
"""


def test_openmp_loop_over_pointers_and_a_size(tmp_path: Path) -> None:
    check_finds(tmp_path, _SMOOTH.replace("{0}", "out"), "smooth", line=6)


def test_openmp_loop_that_is_clean(tmp_path: Path) -> None:
    clean = _SMOOTH.replace("{0}[i] =", "out[i] =").replace("{0}", "in")
    check_silent(tmp_path, clean, "smooth")


_GRID = """
struct row { double *cell; int width; };
struct grid { struct row *first; double *sums; int height; };
#define WEIGHT 2
static double weigh(double x) { return x * WEIGHT; }

void add_up(struct grid *g)
{
    double all = 0;
#pragma omp parallel for {0}
    for (int y = 0; y < g->height; y++)
        all += weigh(g->sums[y]) + g->first->cell[y % g->first->width];
    g->sums[0] = all;
}
"""


def test_struct_with_fields_a_static_helper_and_a_macro(tmp_path: Path) -> None:
    check_finds(tmp_path, _GRID.replace("{0}", ""), "add_up", line=12)


def test_struct_with_fields_and_a_reduction(tmp_path: Path) -> None:
    check_silent(tmp_path, _GRID.replace("{0}", "reduction(+ : all)"), "add_up")


_HISTOGRAM = """
#define BINS 64
static int bins[BINS];

void count_bins(const int *values, int n)
{
#pragma omp parallel for
    for (int i = 0; i < n; i++) {
{0}
        bins[values[i] % BINS]++;
    }
}
"""


def test_global_array_indexed_by_values(tmp_path: Path) -> None:
    check_finds(tmp_path, _HISTOGRAM.replace("{0}", ""), "count_bins", line=10)


def test_global_array_with_atomic_updates(tmp_path: Path) -> None:
    check_silent(tmp_path, _HISTOGRAM.replace("{0}", "#pragma omp atomic"), "count_bins")


_WORKER = """
#include <pthread.h>
struct tally { pthread_mutex_t lock; long seen; int limit; };

void *work(void *argument)
{
    struct tally *t = (struct tally *)argument;
    for (int i = 0; i < 100; i++) {
        {0}
        t->seen++;
        {1}
    }
    return 0;
}
"""


def test_body_of_a_thread_on_one_argument(tmp_path: Path) -> None:
    check_finds(tmp_path, _WORKER.replace("{0}", "").replace("{1}", ""), "work", line=10)


def test_body_of_a_thread_that_locks(tmp_path: Path) -> None:
    locked = _WORKER.replace("{0}", "pthread_mutex_lock(&t->lock);")
    check_silent(tmp_path, locked.replace("{1}", "pthread_mutex_unlock(&t->lock);"), "work")


_PARTS = """
#include <pthread.h>
static double total;
struct part { const double *from; int count; double sum; };
static void *add(void *p)
{
    struct part *part = p;
    for (int i = 0; i < part->count; i++) {0} += part->from[i];
    return 0;
}
double run_parts(const double *values, int n)
{
    pthread_t threads[4];
    struct part parts[4];
    for (int t = 0; t < 4; t++) {
        parts[t] = (struct part){values + t * (n / 4), n / 4, 0};
        pthread_create(&threads[t], 0, add, &parts[t]);
    }
    for (int t = 0; t < 4; t++) pthread_join(threads[t], 0);
    return parts[0].sum;
}
"""


def test_thread_body_is_driven_through_the_function_that_starts_it(tmp_path: Path) -> None:
    check_finds(tmp_path, _PARTS.replace("{0}", "total"), "add", line=8)


def test_threads_with_an_argument_each(tmp_path: Path) -> None:
    check_silent(tmp_path, _PARTS.replace("{0}", "part->sum"), "add")


_STORE = """
#include <map>
#include <mutex>
#include <string>
namespace shop {
class Store {
public:
    explicit Store(std::string name) : name_(std::move(name)) {}
    void put(const std::string &key, int amount)
    {
        std::lock_guard<std::mutex> guard(mutex_);
        stock_[key] += amount;
        changes_++;
    }
    int changes() const
    {
        {0}
        return changes_;
    }
private:
    mutable std::mutex mutex_;
    std::string name_;
    std::map<std::string, int> stock_;
    int changes_ = 0;
};
}
"""


def test_methods_of_a_class_with_a_mutex(tmp_path: Path) -> None:
    check_finds(tmp_path, _STORE.replace("{0}", ""), "Store::changes", line=18, path="store.cpp")


def test_methods_of_a_class_that_all_lock(tmp_path: Path) -> None:
    check_silent(tmp_path, _STORE.replace("{0}", _HOLD), "Store::changes", path="store.cpp")


_QUEUE = """
#include <cassert>
#include <mutex>
class Queue {
public:
    bool add(int x)
    {
        std::lock_guard<std::mutex> guard(mutex_);
        if (!closed_) sum_ += x;
        return !closed_;
    }
    void close()
    {
        {0}
        assert(!closed_);
        closed_ = true;
    }
private:
    std::mutex mutex_;
    bool closed_ = false;
    int sum_ = 0;
};
"""
_HOLD = "std::lock_guard<std::mutex> guard(mutex_);"


def test_a_method_that_ends_the_object_is_called_once_beside_the_others(tmp_path: Path) -> None:
    check_finds(tmp_path, _QUEUE.replace("{0}", ""), "Queue::close", line=16, path="queue.cpp")


def test_a_method_that_ends_the_object_and_locks(tmp_path: Path) -> None:
    check_silent(tmp_path, _QUEUE.replace("{0}", _HOLD), "Queue::close", path="queue.cpp")


_POOL = """
#include <pthread.h>
struct pool { pthread_mutex_t lock; int used; int most; };
int take(struct pool *p, int *slot)
{
    pthread_mutex_lock(&p->lock);
    int mine = p->used++;
    pthread_mutex_unlock(&p->lock);
    {0}
    *slot = mine;
    return mine;
}
"""


def test_function_with_a_lock_shares_what_owns_the_lock(tmp_path: Path) -> None:
    racy = _POOL.replace("{0}", "if (mine > p->most) p->most = mine;")
    check_finds(tmp_path, racy, "take", line=9)


def test_result_parameters_belong_to_each_caller(tmp_path: Path) -> None:
    check_silent(tmp_path, _POOL.replace("{0}", ""), "take")


_SPAWN = """
#include <thread>
#include <vector>
template <class T> T sum_all(const std::vector<T> &values)
{
    T total = 0;
    std::vector<T> part(4);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; t++)
        threads.emplace_back([&, t] {
            for (std::size_t i = t; i < values.size(); i += 4) {0} += values[i];
        });
    for (auto &thread : threads) thread.join();
    for (T one : part) total += one;
    return total;
}
"""


def test_template_that_starts_threads(tmp_path: Path) -> None:
    check_finds(tmp_path, _SPAWN.replace("{0}", "total"), "sum_all", line=11, path="sum.cpp")


def test_template_with_a_part_for_each_thread(tmp_path: Path) -> None:
    check_silent(tmp_path, _SPAWN.replace("{0}", "part[t]"), "sum_all", path="sum.cpp")


def test_orphaned_directives_get_a_team(tmp_path: Path) -> None:
    orphan = (
        "static int done;\nvoid share(int n)\n{\n#pragma omp for\n"
        "    for (int i = 0; i < n; i++)\n        done++;\n}\n"
    )
    check_finds(tmp_path, orphan, "share", line=6)


def test_main_with_parallel_code_is_called_by_the_driver(tmp_path: Path) -> None:
    program = (
        "static int hits;\nint main(void)\n{\n#pragma omp parallel\n    hits++;\n    return 0;\n}\n"
    )
    check_finds(tmp_path, program, "main", line=5)


def test_reports_name_the_lines_of_the_file_in_its_project(tmp_path: Path) -> None:
    header = "struct box { int *item; int size; };\nextern int limit;\n"
    text = (
        '#include "box.h"\n#include "made_by_configure.h"\nvoid fill(struct box *b)\n{\n'
        "#pragma omp parallel for\n    for (int i = 0; i < b->size; i++)\n"
        "        b->item[i % 2] += limit;\n}\n"
    )
    made = built(
        tmp_path,
        {"src/fill.c": text, "inc/box.h": header},
        "fill",
        path="src/fill.c",
        include=["inc"],
    )
    assert isinstance(made, Harness), made.reason
    assert "headers taken for empty: made_by_configure.h" in made.note
    assert "stubs for limit" in made.note
    assert "src/fill.c:7" in run_in(tmp_path, made)


_NAMES = """#include <stdio.h>
#include <string.h>
void names(int n, int *lengths) {
{0}
#pragma omp parallel for
  for (int i = 0; i < n; i++) {
{1}
    snprintf(line, sizeof line, "part-%d", i);
    lengths[i] = (int)strlen(line);
  }
}
"""


def test_what_a_region_writes_by_library_calls_is_seen(tmp_path: Path) -> None:
    shared = _NAMES.replace("{0}", "  char line[40];").replace("{1}", "")
    check_finds(tmp_path / "racy", shared, "names", line=8)
    own = _NAMES.replace("{0}", "").replace("{1}", "    char line[40];")
    check_silent(tmp_path / "clean", own, "names")
