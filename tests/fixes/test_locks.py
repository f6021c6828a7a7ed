"""A bare access goes under the lock that the file already has for it."""

from __future__ import annotations

import pytest

from reviewbot.fixes.exclusive import exclusive_lock
from reviewbot.fixes.locks import existing_lock
from reviewbot.fixes.pragmas import one_critical
from tests.fixes.checks import check_fix, check_none, offered

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

    def test_silent_where_the_lock_depends_on_what_is_out_of_sight(self) -> None:
        striped = counter("self->value = 0;").replace("pthread_mutex_t lock;", "lock_t lock[8];")
        striped = striped.replace("(struct counter *c)", "(struct counter *c, int s)")
        striped = striped.replace("&c->lock", "&c->lock[s]").replace("add(all)", "add(all, 1)")
        check_none(existing_lock, striped, "c.value")

    def test_silent_where_there_is_no_lock(self) -> None:
        bare = counter("self->value = 0;")
        for call in ("lock", "unlock"):
            bare = bare.replace(f"    pthread_mutex_{call}(&c->lock);\n", "")
        check_none(existing_lock, bare, "c.value")


class TestDeadlocks:
    """No fix makes a thread wait for itself, or for one that waits for it."""

    @pytest.mark.parametrize(
        "body",
        [
            # the lock is taken within
            "if (self->value) {\n        add(self);\n        self->value = 0;\n    }",
            # a condition has it taken, perhaps
            "if (self) pthread_mutex_lock(&self->lock);\n    self->value = 0;",
            # another thread is waited for
            "if (self->value == pthread_join(other, 0))\n        done();",
        ],
    )
    def test_silent(self, body: str) -> None:
        check_none(existing_lock, counter(body), "c.value")

    def test_silent_where_a_caller_holds_the_lock(self) -> None:
        text = counter("self->value = 0;").replace(
            "    reset(all);\n",
            "    reset(all);\n    pthread_mutex_lock(&all->lock);\n    reset(all);\n"
            "    pthread_mutex_unlock(&all->lock);\n",
        )
        check_none(existing_lock, text, "c.value")


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

    def test_a_constant_object_keeps_its_lock_to_itself(self) -> None:
        before = pool("sum_ += 2;", "other();").replace("void work() {", "void work() const {")
        check_none(existing_lock, before, "pool.sum_", "a.cpp")
        mutable = before.replace("    std::mutex", "    mutable std::mutex")
        assert len(offered(existing_lock, mutable, "pool.sum_", "a.cpp")) == 1

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


class TestShared:
    BEFORE = """\
#include <pthread.h>
struct cache { pthread_rwlock_t rw; int hits; };
int look(struct cache *c) {
    pthread_rwlock_rdlock(&c->rw);
    c->hits++;
    pthread_rwlock_unlock(&c->rw);
    pthread_rwlock_rdlock(&c->rw);
    int now = c->hits;
    pthread_rwlock_unlock(&c->rw);
    return now;
}
"""

    def test_a_write_under_a_lock_for_readers(self) -> None:
        after = self.BEFORE.replace("rdlock", "wrlock", 1)
        check_fix(exclusive_lock, self.BEFORE, after, "c->hits")

    def test_both_calls_where_both_have_another_name(self) -> None:
        before = self.BEFORE.replace("pthread_rwlock_rdlock", "read_lock").replace(
            "pthread_rwlock_unlock", "read_unlock"
        )
        after = before.replace("read_lock", "write_lock", 1).replace(
            "read_unlock", "write_unlock", 1
        )
        check_fix(exclusive_lock, before, after, "c->hits")

    def test_a_guard(self) -> None:
        before = """\
#include <shared_mutex>
#include <thread>
std::shared_mutex rw;
int hits;
void look() {
    std::shared_lock<std::shared_mutex> hold(rw);
    hits++;
}
int main() {
    std::thread one(look);
    std::thread two(look);
    one.join();
    two.join();
}
"""
        after = before.replace("shared_lock", "unique_lock")
        check_fix(exclusive_lock, before, after, "hits", "a.cpp")

    def test_silent_where_the_lock_is_exclusive_already(self) -> None:
        text = self.BEFORE.replace("rdlock", "wrlock", 1).replace("int now = c->hits;", "use(c);")
        check_none(exclusive_lock, text, "c->hits")


class TestCritical:
    def test_two_sections_become_one_by_name(self) -> None:
        before = """\
int hits;
void f(int n) {
    #pragma omp parallel for
    for (int i = 0; i < n; i++) {
        #pragma omp critical(up)
        hits++;
        #pragma omp critical
        hits--;
    }
}
"""
        after = before.replace("critical\n", "critical(up)\n")
        check_fix(one_critical, before, after, "hits")
        check_none(one_critical, after, "hits")

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
            "        hits--;", "        #pragma omp critical(tally)\n        hits--;"
        )
        check_fix(existing_lock, before, after, "hits")
