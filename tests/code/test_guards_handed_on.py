"""Guards that functions return, objects that hold one, and guards that are moved away."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

_SHOP = """#include <mutex>
#include <thread>
#include <utility>
class Shop {{
    std::mutex m_; int stock_ = 0;
    struct Hold {{ explicit Hold(Shop &s) : guard_(s.m_) {{}} void end() {{ guard_.unlock(); }}
        std::unique_lock<std::mutex> guard_; }};
    std::unique_lock<std::mutex> locked() {{ return std::unique_lock<std::mutex>(m_); }}
    auto named() {{ std::unique_lock<std::mutex> g(m_); stock_++; return g; }}
    Hold hold() {{ return Hold(*this); }}
    static void take(std::unique_lock<std::mutex> g) {{ }}
    static void finish(Hold h) {{ h.end(); }}
public:
    void sell() {{ {body} }}
}};
int main() {{
    Shop shop; std::thread a([&] {{ shop.sell(); }}); std::thread b([&] {{ shop.sell(); }});
    a.join(); b.join(); return 0; }}
"""


@pytest.mark.parametrize(
    "body",
    [
        "auto l = locked(); stock_--;",
        "std::unique_lock<std::mutex> l = locked(); stock_--;",
        "std::unique_lock<std::mutex> l(locked()); stock_--;",
        "auto l = named(); stock_--;",
        "auto l = std::unique_lock<std::mutex>(m_); stock_--;",
        "auto l = std::unique_lock<std::mutex>{m_}; stock_--;",
        "Hold h(*this); stock_--;",
        "auto h = hold(); stock_--;",
        "Hold h = hold(); stock_--; finish(std::move(h));",
        "auto l = locked(); auto k = std::move(l); stock_--;",
        "auto l = locked(); stock_--; take(std::move(l));",
    ],
)
def test_a_guard_protects_for_as_long_as_somebody_has_it(body: str) -> None:
    held = "party=thread/thread common=mutex locksA=1 locksB=1"
    source = _SHOP.format(body=body)
    check_pairs(source, "shop.stock_", held, path="a.cpp")
    check_silent(source, "shop.stock_", "locksA=0", path="a.cpp")
    check_silent(source, "shop.stock_", "locksB=0", path="a.cpp")


@pytest.mark.parametrize(
    "body",
    [
        "locked(); stock_--;",
        "{ auto l = locked(); } stock_--;",
        "auto l = locked(); l.unlock(); stock_--;",
        "hold(); stock_--;",
        "{ Hold h(*this); } stock_--;",
        "auto h = hold(); h.end(); stock_--;",
        "Hold h = hold(); finish(std::move(h)); stock_--;",
        "auto l = locked(); take(std::move(l)); stock_--;",
        "auto l = std::unique_lock<std::mutex>(m_, std::defer_lock); stock_--;",
    ],
)
def test_a_guard_that_is_gone_protects_nothing(body: str) -> None:
    bare = "party=thread/thread locksA=0 locksB=0"
    check_pairs(_SHOP.format(body=body), "shop.stock_", bare, path="a.cpp")


def test_one_way_may_give_the_guard_away_and_the_other_not() -> None:
    body = "auto l = locked(); if (stock_ > 9) { take(std::move(l)); return; } stock_--;"
    source = _SHOP.format(body=body)
    check_pairs(source, "shop.stock_", "modeA=update locksA=1 locksB=1", path="a.cpp")
    check_silent(source, "shop.stock_", "locksA=0", path="a.cpp")
    check_silent(source, "shop.stock_", "locksA=maybe", path="a.cpp")


def test_an_object_with_a_guard_lets_to_what_it_guards_by_its_arrow() -> None:
    source = """#include <mutex>
        #include <thread>
        #include <vector>
        class Log {{ std::mutex m; std::vector<int> lines;
        public:
            struct Access {{ std::unique_lock<std::mutex> guard; Log &log;
                explicit Access(Log &x) : guard(x.m), log(x) {{}}
                std::vector<int> *operator->() {{ return &log.lines; }} }};
            Access open() {{ return Access(*this); }}
            std::vector<int> *bare() {{ return &lines; }}
        }};
        void work(Log &log) {{ {body} }}
        int main() {{ Log log;
            std::thread a(work, std::ref(log)); std::thread b(work, std::ref(log));
            a.join(); b.join(); return 0; }}
        """
    for body in ("log.open()->push_back(1);", "auto access = log.open(); access->push_back(1);"):
        held = source.format(body=body)
        check_pairs(held, "log.lines", "party=thread/thread common=mutex", path="a.cpp")
        check_silent(held, "log.lines", "locksA=0", path="a.cpp")
    for body in ("log.bare()->push_back(1);", "log.open(); log.bare()->push_back(1);"):
        bare = source.format(body=body)
        check_pairs(bare, "log.lines", "party=thread/thread locksA=0 locksB=0", path="a.cpp")


@pytest.mark.parametrize("guard", ["own::scoped_lock_t g(m)", "hid_mutex_guard g(&m)"])
def test_a_guard_of_a_project_ends_with_its_block(guard: str) -> None:
    source = (
        "#include <mutex>\nclass Queue {\n  std::mutex m; int jobs;\n"
        f" public:\n  void put() {{ {{ {guard}; jobs++; }} LATER }}\n"
        f"  void clear() {{ put(); {guard}; jobs = 0; }}\n}};\n"
    )
    held = source.replace("LATER", "")
    check_pairs(held, "this->jobs", "locksA=1 locksB=1", path="a.cpp")
    check_silent(held, "this->jobs", "locksB=0", path="a.cpp")
    late = source.replace("LATER", "jobs = 1;")
    check_pairs(late, "this->jobs", "common=one-sided", path="a.cpp")
