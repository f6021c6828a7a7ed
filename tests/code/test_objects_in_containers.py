"""Objects that are put into a container: their members lead where those of each new one do."""

from __future__ import annotations

import time

import pytest

from tests.code.checks import check_pairs, check_silent, read

FILE = """
#include <memory>
#include <mutex>
#include <thread>
#include <vector>
struct Inventory { int stock = 100; std::mutex m; };
class Shop {
public:
  explicit Shop(Inventory &inv) : inv(inv) {}
  void work() { inv.stock--; }
  void lock_and_work() { std::lock_guard<std::mutex> g(inv.m); inv.stock--; }
  void lock_own() { std::lock_guard<std::mutex> g(own); inv.stock--; }
private:
  Inventory &inv;
  std::mutex own;
};
int main() {
  Inventory inv, other, invs[4];
  std::vector<%s> shops;
  %s
  std::vector<std::thread> ts;
  for (int i = 0; i < 4; i++) ts.emplace_back([&shops, i] { shops[i]%s(); });
  for (auto &t : ts) t.join();
}
"""
EACH = "for (int i = 0; i < 4; i++) "
ONE = [
    ("Shop", "shops.emplace_back(inv);"),
    ("Shop", "shops.push_back(Shop(inv));"),
    ("Shop", "{ Shop s(inv); shops.push_back(std::move(s)); }"),
    ("std::unique_ptr<Shop>", "shops.push_back(std::make_unique<Shop>(inv));"),
    ("std::shared_ptr<Shop>", "shops.push_back(std::make_shared<Shop>(inv));"),
    ("std::unique_ptr<Shop>", "shops.emplace_back(new Shop(inv));"),
]
OWN = [
    ("Shop", EACH + "shops.emplace_back(invs[i]);"),
    ("Shop", EACH + "shops.push_back(Shop(invs[i]));"),
    ("Shop", "for (auto &one : invs) shops.emplace_back(one);"),
    ("Shop", "shops.emplace_back(inv); shops.emplace_back(other);"),
    ("std::unique_ptr<Shop>", EACH + "shops.push_back(std::make_unique<Shop>(invs[i]));"),
]


def _file(kind: str, fill: str, method: str = "work") -> str:
    return FILE % (kind, fill, ("->" if "ptr" in kind else ".") + method)


@pytest.mark.parametrize(("kind", "put"), ONE)
def test_all_elements_refer_to_one_object(kind: str, put: str) -> None:
    check_pairs(_file(kind, EACH + put), "inv.stock", "common=none same-party=many", path="a.cpp")


@pytest.mark.parametrize(("kind", "put"), ONE)
def test_its_lock_is_one_for_all_of_them(kind: str, put: str) -> None:
    locked = _file(kind, EACH + put, "lock_and_work")
    check_pairs(locked, "inv.stock", "common=mutex same-party=many", path="a.cpp")
    check_silent(locked, "inv.stock", "common=none same-party=many", path="a.cpp")


def test_a_lock_of_each_elements_own_is_none_for_all() -> None:
    own = _file("Shop", EACH + "shops.emplace_back(inv);", "lock_own")
    check_silent(own, "inv.stock", "common=mutex", path="a.cpp")
    check_pairs(own, "inv.stock", "same-party=many", path="a.cpp")


@pytest.mark.parametrize(("kind", "fill"), OWN)
def test_each_element_has_one_of_its_own(kind: str, fill: str) -> None:
    check_silent(_file(kind, fill), "inv.stock", "same-party=many", path="a.cpp")


POINTERS = """
#include <thread>
#include <vector>
struct Inventory { int stock = 0; };
struct Shop { Inventory *inv; void work() { inv->stock++; } };
int main() {
  Inventory one; Inventory *own = &one; std::vector<Shop> shops;
  %s
  std::vector<std::thread> ts;
  for (int i = 0; i < 4; i++) ts.emplace_back(&Shop::work, &shops[i]);
  for (auto &t : ts) t.join();
}
"""
SHARED = ["Shop{&one}", "{&one}", "Shop{own}"]
NEW = ["Shop{new Inventory}", "{new Inventory}"]


@pytest.mark.parametrize("put", SHARED)
def test_records_point_to_one_object(put: str) -> None:
    source = POINTERS % f"{EACH} shops.push_back({put});"
    check_pairs(source, "one.stock", "common=none same-party=many", path="a.cpp")


@pytest.mark.parametrize("put", NEW)
def test_what_each_turn_makes_is_not_one(put: str) -> None:
    source = POINTERS % f"{EACH} shops.push_back({put});"
    check_silent(source, "one.stock", path="a.cpp")


def test_a_pointer_that_each_turn_assigns_is_not_one() -> None:
    turn = "Inventory *next; " + EACH + "{ next = new Inventory; shops.push_back(Shop{next}); }"
    check_silent(POINTERS % turn, "next->stock", "same-party=many", path="a.cpp")


def test_time_grows_with_the_number_of_elements() -> None:
    def seconds(count: int) -> float:
        source = _file("Shop", "shops.emplace_back(inv); shops.push_back(Shop(inv));" * count)
        began = time.process_time()
        read(source, "a.cpp")
        return time.process_time() - began

    seconds(2)
    assert seconds(160) < 20 * seconds(20) + 0.5
