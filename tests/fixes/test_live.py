"""Fixes under ThreadSanitizer: the program as it was is racy, the fixed one runs in silence."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from model_export.execute.run import Runner, ToolsMissing, find_tools
from model_export.programs.sample import Program
from reviewbot.fixes.atomic_types import atomic_type
from reviewbot.fixes.clauses import inside, private, reduction
from reviewbot.fixes.exclusive import exclusive_lock
from reviewbot.fixes.locks import existing_lock
from reviewbot.fixes.pragmas import atomic, barrier, critical, no_nowait, one_critical, taskwait
from tests.fixes.checks import Rule, offered

pytestmark = pytest.mark.clang

MAIN = "#include <stdio.h>\n#include <omp.h>\n#define N 400\nstatic int a[N], b[N];\n"
SUM = """\
int main(void) {
    int sum = 0;
    #pragma omp parallel for
    for (int i = 0; i < N; i++)
        sum += i % 7;
    printf("%d\\n", sum);
}
"""
LARGEST = """\
int main(void) {
    int top = 0;
    for (int i = 0; i < N; i++)
        a[i] = (i * 37) % 101;
    #pragma omp parallel for
    for (int i = 0; i < N; i++) {
        if (a[i] > top)
            top = a[i];
    }
    printf("%d\\n", top);
}
"""
SCRATCH = """\
int main(void) {
    int t;
    #pragma omp parallel for
    for (int i = 0; i < N; i++) {
        t = i * 3;
        a[i] = t + 1;
    }
    printf("%d\\n", a[3]);
}
"""
NOWAIT = """\
int main(void) {
    #pragma omp parallel
    {
        #pragma omp for nowait
        for (int i = 0; i < N; i++)
            a[i] = i;
        #pragma omp for
        for (int i = 0; i < N; i++)
            b[i] = a[N - 1 - i];
    }
    printf("%d\\n", b[0]);
}
"""
MASTER = """\
int main(void) {
    int base = 0;
    #pragma omp parallel
    {
        #pragma omp master
        base = 7;
        b[omp_get_thread_num()] = base;
    }
    printf("%d\\n", b[0]);
}
"""
TASK = """\
int main(void) {
    int all = 0;
    #pragma omp parallel
    #pragma omp single
    {
        for (int i = 0; i < N; i++) {
            #pragma omp task
            a[i] = i;
        }
        for (int i = 0; i < N; i++)
            all += a[i];
    }
    printf("%d\\n", all);
}
"""
THREADS = """\
#include <pthread.h>
#include <stdio.h>
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static long count;
static void *work(void *unused) {
    (void)unused;
    for (int i = 0; i < 400; i++) {
        pthread_mutex_lock(&guard);
        count++;
        pthread_mutex_unlock(&guard);
    }
    count += 5;
    return 0;
}
int main(void) {
    pthread_t t[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&t[i], 0, work, 0);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], 0);
    printf("%ld\\n", count);
}
"""
HITS = """\
#include <cstdio>
#include <thread>
static int hits = 0;
static void work(int n) {
    for (int i = 0; i < 400; i++)
        hits += n;
}
int main() {
    std::thread one(work, 1);
    std::thread two(work, 2);
    one.join();
    two.join();
    std::printf("%d\\n", hits);
}
"""
POOL = """\
#include <cstdio>
#include <mutex>
#include <thread>
class Pool {
public:
    long run() {
        std::thread one(&Pool::work, this), two(&Pool::work, this);
        one.join();
        two.join();
        return sum_;
    }
private:
    void work() {
        for (int i = 0; i < 400; i++) {
            sum_ += i;
        }
        std::lock_guard<std::mutex> hold(mutex_);
        sum_ += 1;
    }
    std::mutex mutex_;
    long sum_ = 0;
};
int main() {
    Pool pool;
    std::printf("%ld\\n", pool.run());
}
"""
UNLOCKED = "".join(line for line in THREADS.splitlines(True) if "mutex" not in line)
SHARED = THREADS.replace("    count += 5;\n", "").replace("mutex", "rwlock")
SHARED = SHARED.replace("rwlock_lock", "rwlock_rdlock").replace("MUTEX", "RWLOCK")
NAMES = SUM.replace(
    "        sum += i % 7;\n",
    """\
        if (i % 2) {
            #pragma omp critical(odd)
            sum += i;
        } else {
            #pragma omp critical(even)
            sum -= i;
        }
""",
)


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    try:
        tools = find_tools()
    except ToolsMissing as exc:
        pytest.skip(str(exc))
    yield Runner(tools=tools, work=tmp_path_factory.mktemp("live"))


def seen(runner: Runner, source: str, path: str, expected: str) -> str:
    """What ThreadSanitizer says of a program: racy, clean, compile-error, …"""
    program = Program(
        id="fix",
        family="fix",
        domain="fix",
        language="c" if path.endswith(".c") else "c++",
        source=source,
        choices={},
        effects={},
        slot_lines={},
        expected=expected,
        twin_group="fix",
    )
    outcomes = {run.outcome for run in runner.execute(program)}
    return "racy" if "racy" in outcomes else min(outcomes)


@pytest.mark.parametrize(
    ("rule", "text", "name", "path"),
    [
        (reduction, MAIN + SUM, "sum", "a.c"),
        (reduction, MAIN + LARGEST, "top", "a.c"),
        (private, MAIN + SCRATCH, "t", "a.c"),
        (inside, MAIN + SCRATCH, "t", "a.c"),
        (atomic, MAIN + SUM, "sum", "a.c"),
        (critical, MAIN + LARGEST, "top", "a.c"),
        (no_nowait, MAIN + NOWAIT, "a[]", "a.c"),
        (barrier, MAIN + NOWAIT, "a[]", "a.c"),
        (barrier, MAIN + MASTER, "base", "a.c"),
        (taskwait, MAIN + TASK, "a[]", "a.c"),
        (existing_lock, THREADS, "count", "a.c"),
        (existing_lock, POOL, "pool.sum_", "a.cpp"),
        (atomic_type, HITS, "hits", "a.cpp"),
        (atomic_type, UNLOCKED, "count", "a.c"),
        (exclusive_lock, SHARED, "count", "a.c"),
        (one_critical, MAIN + NAMES, "sum", "a.c"),
    ],
)
def test_the_fix_holds(runner: Runner, rule: Rule, text: str, name: str, path: str) -> None:
    [fixed] = offered(rule, text, name, path)
    assert seen(runner, text, path, "racy") == "racy"
    assert seen(runner, fixed, path, "clean") == "clean"
