"""Members of a base that a derived class declares anew: locks and data that are two each."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

SENSOR = """
#include <mutex>
#include <thread>
class Sensor {
public:
  void set(float t) { std::lock_guard<std::mutex> l(mtx); temp = t; ticks++; }
protected:
  std::mutex mtx;
  float temp = 20.f;
  long ticks = 0;
};
class Thermostat : public Sensor {
public:
  bool heating() { std::lock_guard<std::mutex> l(%(lock)s); %(touch)s; return temp < 21; }
%(own)s
};
class Room : public Thermostat {
public:
  bool cold() { std::lock_guard<std::mutex> l(mtx); return temp < 5; }
};
int main() {
  Room hall;
  std::thread air([&hall] { for (int i = 0; i < 9; i++) hall.set(i); });
  int on = 0;
  for (int i = 0; i < 9; i++) on += hall.%(asks)s();
  air.join();
  return on;
}
"""


def _sensor(own: str, lock: str = "mtx", touch: str = ";", asks: str = "heating") -> str:
    return SENSOR % {"own": own, "lock": lock, "touch": touch, "asks": asks}


def test_a_lock_that_hides_the_bases_is_another() -> None:
    for asks in ("heating", "cold"):
        hidden = _sensor("protected: std::mutex mtx;", asks=asks)
        check_pairs(hidden, "hall.temp", "common=differ live=during", path="a.cpp")
        check_silent(hidden, "hall.temp", "common=mutex", path="a.cpp")
        one = _sensor("protected: std::mutex other;", asks=asks)
        check_pairs(one, "hall.temp", "common=mutex live=during", path="a.cpp")
        check_silent(one, "hall.temp", "common=differ", path="a.cpp")


def test_the_bases_own_is_meant_where_it_is_named() -> None:
    for lock in ("Sensor::mtx", "this->Sensor::mtx"):
        for own in ("std::mutex mtx;", ""):
            source = _sensor(own, lock=lock)
            check_pairs(source, "hall.temp", "common=mutex live=during", path="a.cpp")
            check_silent(source, "hall.temp", "common=differ", path="a.cpp")
    this = _sensor("std::mutex mtx;", lock="this->mtx")
    check_pairs(this, "hall.temp", "common=differ live=during", path="a.cpp")


def test_a_number_that_hides_the_bases_is_another() -> None:
    for touch in ("ticks++", "this->ticks++", "Thermostat::ticks++"):
        hidden = _sensor("long ticks = 0;", lock="other", touch=touch).replace(
            "class Thermostat", "static std::mutex other;\nclass Thermostat"
        )
        check_silent(hidden, "hall.ticks", "live=during", path="a.cpp")
    for touch, own in (("ticks++", ""), ("Sensor::ticks++", "long ticks = 0;")):
        one = _sensor(own, lock="other", touch=touch).replace(
            "class Thermostat", "static std::mutex other;\nclass Thermostat"
        )
        check_pairs(one, "hall.ticks", "common=differ live=during", path="a.cpp")
