// Vector clocks over logical threads.
#pragma once
#include <cstdint>
#include <vector>

namespace oracle {

using Id = uint32_t;     // of a logical thread
using Epoch = uint32_t;  // counts a logical thread's releases

struct Clock {
  std::vector<Epoch> times;

  Epoch of(Id id) const { return id < times.size() ? times[id] : 0; }
  void set(Id id, Epoch epoch) {
    if (id >= times.size()) times.resize(id + 1);
    times[id] = epoch;
  }
  void join(const Clock &other) {
    if (other.times.size() > times.size()) times.resize(other.times.size());
    for (size_t i = 0; i < other.times.size(); i++)
      if (other.times[i] > times[i]) times[i] = other.times[i];
  }
  bool empty() const { return times.empty(); }
};

}  // namespace oracle
