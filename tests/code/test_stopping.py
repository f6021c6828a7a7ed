"""Callbacks of stop tokens run in the thread that asks for the stop, beside what they stop."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

SOURCE = """
#include <atomic>
#include <stop_token>
#include <thread>
int hits, seen;
void work(std::stop_token st) {
  %s
  while (!st.stop_requested()) hits++;
}
int main() {
  std::jthread t(work);
  t.request_stop();
  t.join();
  return hits + seen;
}
"""
BESIDE = "party=thread/thread modeA=write-constant modeB=update live=during"


def test_a_callback_meets_what_it_stops() -> None:
    kept = "std::stop_callback quit(st, [] { hits = 0; });"
    check_pairs(SOURCE % kept, "hits", BESIDE, path="a.cpp")
    check_pairs(
        SOURCE % kept.replace("quit(", "quit{").replace("; });", "; }};"),
        "hits",
        BESIDE,
        path="a.cpp",
    )
    check_silent(SOURCE % f"{{ {kept} }}", "hits", BESIDE, path="a.cpp")  # gone before the loop
    check_silent(SOURCE % kept.replace("hits", "seen"), "hits", BESIDE, path="a.cpp")


def test_a_callback_of_ones_own_source_is_a_call() -> None:
    own = "std::stop_source s; std::stop_callback quit(s.get_token(), [] { hits = 0; });"
    check_silent(SOURCE % own, "hits", BESIDE, path="a.cpp")
