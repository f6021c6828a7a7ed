"""An object with a call operator that is made right where a container of threads takes it."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

FILE = """
#include <mutex>
#include <thread>
#include <vector>
struct Lobby {
  std::mutex m;
  int players = 0;
  void join() { ++players; }
  void enter() { std::lock_guard<std::mutex> g(m); ++players; }
};
class Bot {
public:
  Bot(Lobby &lobby, int base) : lobby_(lobby), base_(base) {}
  void operator()() { lobby_.%s(); ++base_; }
private:
  Lobby &lobby_;
  int base_;
};
int main() {
  Lobby lobby;
  std::vector<std::thread> bots;
  for (int i = 0; i < 4; ++i) bots.%s;
  for (auto &b : bots) b.join();
}
"""
WAYS = ["emplace_back(Bot(lobby, i))", "push_back(std::thread(Bot(lobby, i)))"]


@pytest.mark.parametrize("way", WAYS)
def test_it_runs_in_each_thread(way: str) -> None:
    check_pairs(FILE % ("join", way), "lobby.players", "common=none same-party=many", path="a.cpp")


@pytest.mark.parametrize("way", WAYS)
def test_its_object_is_what_it_was_made_of(way: str) -> None:
    check_pairs(FILE % ("enter", way), "lobby.players", "common=mutex", path="a.cpp")
    check_silent(FILE % ("enter", way), "lobby.players", "common=none", path="a.cpp")


def test_each_thread_has_a_copy_of_the_object() -> None:
    for name in ("base_", "Bot.base_"):
        check_silent(FILE % ("join", WAYS[0]), name, "share=global", path="a.cpp")
