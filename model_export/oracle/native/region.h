// OpenMP's own: teams, task groups, dependences.
#pragma once
#include <map>
#include <string>

#include "state.h"

namespace oracle {

struct Region {
  Clock fork, all;                  // what its threads start from; what its end knows
  std::map<uint32_t, Clock> bars;   // by phase
  std::map<std::vector<int64_t>, Clock> posts;  // of doacross loops
  Clock in_order;  // what those who were in an `ordered` block knew at its end
  std::vector<Task *> members;  // its implicit tasks
  uint32_t size = 1;
  bool league = false;  // its threads are the first ones of teams
  uintptr_t team = 0;   // in a league; criticals of two teams do not exclude each other
  // Turns in dynamic loops
  int turn = 0, patience = 4, calls = 0;
  int offers = 0;  // of tasks to other threads than their maker
  uint64_t finished = 0;
};

struct Group {
  Clock ended;
};

struct Node {
  std::shared_ptr<Clock> ended;
};

struct Dependence {
  std::vector<Node> before, outs, ins;
  int kind = 0;
};

struct Family {
  std::unordered_map<uintptr_t, Dependence> places;
};

}  // namespace oracle
