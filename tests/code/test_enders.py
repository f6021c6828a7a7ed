"""Functions that end threads run after those that make them, wherever they stand in the file."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

HEAD = """#include <mutex>
#include <thread>
#include <vector>
class Counter {
public:
"""
RUN = "void run() { for (int i = 0; i < 1000; i++) total++; }\n"
FIELDS = """private:
  std::thread worker;
  std::vector<std::thread> crew;
  long total = 0;
};
"""
STARTS = {
    "start": "void start() { worker = std::thread([this] { run(); }); }\n",
    "made": "Counter() : worker(&Counter::run, this) {}\n",
}
EARLY = {
    "stop": "void stop() { total = 0; worker.join(); }\n",
    "destructor": "~Counter() { total = 0; worker.join(); }\n",
    "helped": "void wait() { worker.join(); }\n~Counter() { total = 0; wait(); }\n",
}
LATE = {
    "stop": "void stop() { worker.join(); total = 0; }\n",
    "destructor": "~Counter() { worker.join(); total = 0; }\n",
    "helped": "void wait() { worker.join(); }\n~Counter() { wait(); total = 0; }\n",
}


def counter(*functions: str) -> str:
    return HEAD + "".join(functions) + RUN + FIELDS


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
@pytest.mark.parametrize("end", EARLY.values(), ids=EARLY)
def test_what_is_written_before_the_join_meets_the_thread(start: str, end: str) -> None:
    for code in (counter(start, end), counter(end, start)):
        check_silent(code, "this->total", "live=before", path="a.cpp")
        check_pairs(code, "this->total", "party=main/thread", path="a.cpp")


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
@pytest.mark.parametrize("end", LATE.values(), ids=LATE)
def test_what_is_written_after_the_join_does_not(start: str, end: str) -> None:
    for code in (counter(start, end), counter(end, start)):
        check_pairs(code, "this->total", "live=after", path="a.cpp")
        check_silent(code, "this->total", "live=before", path="a.cpp")


def test_who_joins_the_threads_of_a_list_by_reference_makes_none() -> None:
    start = "void start() { for (int i = 0; i < 4; i++) crew.emplace_back(&Counter::run, this); }\n"
    join = "for (std::thread &t : crew) t.join();"
    early = f"void stop() {{ total = 0; {join} }}\n"
    late = f"void stop() {{ {join} total = 0; }}\n"
    check_pairs(counter(late, start), "this->total", "live=after", path="a.cpp")
    check_silent(counter(early, start), "this->total", "live=before", path="a.cpp")
    check_silent(counter(early, start), "this->total", "live=after", path="a.cpp")


def test_what_makes_a_thread_and_joins_it_stays_where_it_is() -> None:
    both = "void go() { total = 1; start(); worker.join(); total = 2; }\n"
    code = counter(both, STARTS["start"], "void stop() { worker.join(); }\n")
    check_pairs(code, "this->total", "live=before", path="a.cpp")
    check_pairs(code, "this->total", "live=after", path="a.cpp")


def test_in_a_whole_program_main_says_when() -> None:
    main = "int main() { Counter c; c.start(); c.stop(); }\n"
    code = counter(LATE["stop"], STARTS["start"]) + main
    check_pairs(code, "c.total", "live=after", path="a.cpp")
    check_silent(code, "c.total", "live=unknown", path="a.cpp")
