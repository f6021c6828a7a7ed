"""A bare access goes under the lock that the file already has for it."""

from __future__ import annotations

from reviewbot.fixes.locks import existing_lock
from tests.fixes.checks import check_fix, check_none

COUNTER = """\
#include <pthread.h>
struct counter { pthread_mutex_t lock; long value; };
static void add(struct counter *c) {
    pthread_mutex_lock(&c->lock);
    c->value++;
    pthread_mutex_unlock(&c->lock);
}
static void reset(struct counter *self) {
    BODY
}
void *work(void *p) {
    struct counter *all = p;
    add(all);
    reset(all);
    return 0;
}
int main(void) {
    struct counter c = {PTHREAD_MUTEX_INITIALIZER, 0};
    pthread_t t[2];
    for (int i = 0; i < 2; i++) pthread_create(&t[i], 0, work, &c);
    for (int i = 0; i < 2; i++) pthread_join(t[i], 0);
}
"""


def counter(body: str) -> str:
    return COUNTER.replace("BODY", body)


class TestPthread:
    def test_the_pair_of_calls_with_the_function_s_own_name_for_the_object(self) -> None:
        after = counter(
            "pthread_mutex_lock(&self->lock);\n    self->value = 0;\n"
            "    pthread_mutex_unlock(&self->lock);"
        )
        check_fix(existing_lock, counter("self->value = 0;"), after, "c.value")

    def test_the_only_statement_of_an_if(self) -> None:
        before = counter("if (self)\n        self->value = 0;")
        after = counter(
            "if (self) {\n        pthread_mutex_lock(&self->lock);\n        self->value = 0;\n"
            "        pthread_mutex_unlock(&self->lock);\n    }"
        )
        check_fix(existing_lock, before, after, "c.value")

    def test_on_one_line(self) -> None:
        before = counter("if (self) { self->value = 0; }")
        after = counter(
            "if (self) { pthread_mutex_lock(&self->lock); self->value = 0; "
            "pthread_mutex_unlock(&self->lock); }"
        )
        check_fix(existing_lock, before, after, "c.value")

    def test_keeps_crlf_and_the_comment_of_the_line(self) -> None:
        before = counter("self->value = 0;  /* anew */").replace("\n", "\r\n")
        after = counter(
            "pthread_mutex_lock(&self->lock);\n    self->value = 0;  /* anew */\n"
            "    pthread_mutex_unlock(&self->lock);"
        ).replace("\n", "\r\n")
        check_fix(existing_lock, before, after, "c.value")

    def test_silent_where_control_leaves_with_the_lock(self) -> None:
        check_none(existing_lock, counter("if (self->value > 3) return;"), "c.value")

    def test_silent_where_there_is_no_lock(self) -> None:
        bare = counter("self->value = 0;")
        for call in ("lock", "unlock"):
            bare = bare.replace(f"    pthread_mutex_{call}(&c->lock);\n", "")
        check_none(existing_lock, bare, "c.value")


POOL = """\
#include <mutex>
#include <thread>
class Pool {
public:
    void run() {
        std::thread a(&Pool::work, this), b(&Pool::work, this);
        a.join();
        b.join();
    }
private:
    void work() {
        BODY
    }
    void other() {
        std::lock_guard<std::mutex> hold(m_);
        sum_ = 0;
    }
    std::mutex m_;
    long sum_ = 0;
};
int main() { Pool pool; pool.run(); }
"""
IN = "        "


def pool(*lines: str) -> str:
    return POOL.replace("BODY", f"\n{IN}".join(lines))


class TestGuards:
    def test_a_guard_in_a_block_of_its_own(self) -> None:
        before = pool("other();", "sum_ += 2;", "rest();")
        after = pool(
            "other();",
            "{",
            "    std::lock_guard<std::mutex> hold(m_);",
            "    sum_ += 2;",
            "}",
            "rest();",
        )
        check_fix(existing_lock, before, after, "pool.sum_", "a.cpp")

    def test_the_last_statement_of_a_block_needs_no_other(self) -> None:
        before = pool("other();", "sum_ += 2;")
        after = pool("other();", "std::lock_guard<std::mutex> hold(m_);", "sum_ += 2;")
        check_fix(existing_lock, before, after, "pool.sum_", "a.cpp")

    def test_a_return_may_leave_a_guard(self) -> None:
        before = pool("other();", "if (sum_ > 3) return;", "sum_++;")
        after = pool(
            "other();", "std::lock_guard<std::mutex> hold(m_);", "if (sum_ > 3) return;", "sum_++;"
        )
        check_fix(existing_lock, before, after, "pool.sum_", "a.cpp")

    def test_a_section_that_ends_just_above_is_made_longer(self) -> None:
        before = pool("m_.lock();", "done();", "m_.unlock();", "sum_ += 2;", "rest();")
        after = pool("m_.lock();", "done();", "sum_ += 2;", "m_.unlock();", "rest();")
        check_fix(existing_lock, before, after, "pool.sum_", "a.cpp")

    def test_a_name_that_is_used_afterwards_stays_in_sight(self) -> None:
        check_none(
            existing_lock, pool("other();", "long now = sum_;", "use(now);"), "pool.sum_", "a.cpp"
        )

    def test_the_lock_of_another_class_is_out_of_sight(self) -> None:
        guard = "        std::lock_guard<std::mutex> hold(m_);\n"
        text = "struct Else {\n    void f() {\n" + guard + "    }\n    std::mutex m_;\n};\n"
        text += pool("sum_ += 2;").replace(guard, "")
        check_none(existing_lock, text, "pool.sum_", "a.cpp")


class TestKernelNames:
    def test_calls_by_their_naming_habit(self) -> None:
        before = """\
struct dev { spinlock_t lock; int pending; };
void dev_queue(struct dev *d)
{
\tspin_lock(&d->lock);
\td->pending++;
\tspin_unlock(&d->lock);
}
void dev_drop(struct dev *dev)
{
\tdev->pending--;
}
"""
        after = before.replace(
            "\tdev->pending--;\n",
            "\tspin_lock(&dev->lock);\n\tdev->pending--;\n\tspin_unlock(&dev->lock);\n",
        )
        check_fix(existing_lock, before, after, "d->pending")


class TestCritical:
    def test_the_section_of_the_other_accesses_with_its_name(self) -> None:
        before = """\
int hits;
void f(int n) {
    #pragma omp parallel for
    for (int i = 0; i < n; i++) {
        #pragma omp critical(tally)
        hits++;
        use(i);
        hits--;
    }
}
"""
        after = before.replace(
            "        hits--;", "        #pragma omp critical (tally)\n        hits--;"
        )
        check_fix(existing_lock, before, after, "hits")
