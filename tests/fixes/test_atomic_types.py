"""Variables that become atomic by their type, where that changes nothing else."""

from __future__ import annotations

import pytest

from reviewbot.fixes.atomic_types import atomic_type
from reviewbot.fixes.locks import neighbour_lock
from tests.fixes.checks import check_fix, check_none

CPP = """\
#include <cstdio>
#include <thread>
int hits = 0;
void work(int n) {
    BODY
}
int main() {
    std::thread one(work, 1);
    std::thread two(work, 2);
    one.join();
    two.join();
    std::printf("%d\\n", hits);
    return hits;
}
"""


def cpp(body: str) -> str:
    return CPP.replace("BODY", body)


def atomic(text: str) -> str:
    return (
        text.replace("int hits = 0;", "std::atomic<int> hits{0};")
        .replace("<thread>\n", "<thread>\n#include <atomic>\n")
        .replace('\\n", hits)', '\\n", hits.load())')
    )


class TestCpp:
    @pytest.mark.parametrize(
        "body", ["hits++;", "hits += n;", "if (n > 3) --hits;", "hits |= n;", "hits = n;"]
    )
    def test_a_counter(self, body: str) -> None:
        check_fix(atomic_type, cpp(body), atomic(cpp(body)), "hits", "a.cpp")

    @pytest.mark.parametrize(
        "body",
        [
            "hits *= n;",  # no such operator
            "auto now = hits; hits = now + n;",
            "if (hits < n) hits = n;",  # what was read may be old
            "use(&hits); hits++;",
            "use(hits++);",
            "fill(hits); hits++;",  # by reference, perhaps
        ],
    )
    def test_silent_where_the_type_would_matter(self, body: str) -> None:
        check_none(atomic_type, cpp(body), "hits", "a.cpp")

    @pytest.mark.parametrize("kind", ["double", "std::string", "Money"])
    def test_silent_on_what_is_no_integer(self, kind: str) -> None:
        text = cpp("hits += n;").replace("int hits = 0", f"{kind} hits = 0")
        check_none(atomic_type, text, "hits", "a.cpp")

    def test_a_header_that_is_there_is_not_asked_for_again(self) -> None:
        before = cpp("hits++;").replace("<thread>", "<atomic>")
        after = atomic(before).replace("#include <atomic>\n#include <atomic>", "#include <atomic>")
        check_fix(atomic_type, before, after, "hits", "a.cpp")

    def test_a_member_of_a_class_that_nobody_copies(self) -> None:
        before = """\
#include <thread>
class Meter {
public:
    void run() {
        std::thread one(&Meter::work, this);
        std::thread two(&Meter::work, this);
        one.join();
        two.join();
    }
private:
    void work() { hits_++; }
    std::mutex guard_;
    long hits_ = 0;
};
int main() { Meter meter; meter.run(); }
"""
        after = before.replace("long hits_ = 0", "std::atomic<long> hits_{0}").replace(
            "<thread>\n", "<thread>\n#include <atomic>\n"
        )
        check_fix(atomic_type, before, after, "meter.hits_", "a.cpp")
        copied = before.replace("    std::mutex guard_;\n", "")
        check_none(atomic_type, copied, "meter.hits_", "a.cpp")


class TestC:
    def test_a_counter(self) -> None:
        before = """\
#include <pthread.h>
#include <stdio.h>
static unsigned long hits;
static void *work(void *p) {
    hits++;
    return p;
}
int main(void) {
    pthread_t t[2];
    for (int i = 0; i < 2; i++) pthread_create(&t[i], 0, work, 0);
    for (int i = 0; i < 2; i++) pthread_join(t[i], 0);
    printf("%lu\\n", hits);
}
"""
        after = before.replace("static unsigned", "static _Atomic unsigned")
        check_fix(atomic_type, before, after, "hits")

    def test_silent_under_openmp_which_has_its_own_way(self) -> None:
        text = (
            "int hits;\nvoid f(int n) {\n    #pragma omp parallel for\n"
            "    for (int i = 0; i < n; i++)\n        hits++;\n}\n"
        )
        check_none(atomic_type, text, "hits")


CLASS = """\
#include <mutex>
#include <string>
#include <thread>
class Room {
public:
    void post(const std::string &text) {
        std::lock_guard<std::mutex> hold(mutex_);
        log_ += text;
    }
    void greet() { greetings_ += "!"; }
private:
    std::mutex mutex_;
    std::string log_, greetings_;
};
int main() {
    Room room;
    std::thread one([&] { room.greet(); });
    std::thread two([&] { room.greet(); });
    one.join();
    two.join();
}
"""


class TestNeighbours:
    def test_the_one_lock_of_the_class(self) -> None:
        after = CLASS.replace(
            "{ greetings_ +=", "{ std::lock_guard<std::mutex> hold(mutex_); greetings_ +="
        )
        check_fix(neighbour_lock, CLASS, after, "room.greetings_", "a.cpp")

    def test_silent_where_the_class_has_two(self) -> None:
        text = CLASS.replace(
            "    void greet()",
            "    void clear() {\n        std::lock_guard<std::mutex> hold(other_);\n"
            "        log_.clear();\n    }\n    void greet()",
        )
        check_none(neighbour_lock, text, "room.greetings_", "a.cpp")
