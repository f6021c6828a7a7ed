// The history of each eight bytes of memory, and the races that it shows.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <tuple>

#include "state.h"

extern "C" char __executable_start;

namespace oracle {

const std::vector<std::pair<uintptr_t, bool>> &lockset(uint32_t number);

namespace {

constexpr size_t KEPT = 64;      // accesses of a cell that are remembered
constexpr size_t DEPTH = 40;     // calls that are reported, innermost first
constexpr size_t REPORTED = 400; // pairs of a run

struct Record {
  uintptr_t pc;
  Id id;
  Epoch epoch;
  uint32_t os, lockset, node;
  uint8_t mask, flags;
};

struct LastWrite {
  uint8_t mask;
  Id id;
  std::shared_ptr<const Sections> sections;
};

struct Reader {
  Id id;
  std::shared_ptr<const Sections> sections;
};

struct Cell {
  std::vector<Record> records;
  std::vector<LastWrite> writes;  // made under locks
  std::vector<Reader> readers;    // of the pointer that lies here, under locks
  std::unordered_map<uintptr_t, Clock> sync;  // what an acquiring load learns, by address
};

struct Page {
  Cell *cells[512] = {};
};

struct Call {
  uint32_t parent;
  uintptr_t pc;
};

struct Shadow {
  std::unordered_map<uintptr_t, Page *> pages;
  std::vector<Call> calls{{0, 0}};
  std::unordered_map<uint64_t, uint32_t> known_calls;
  std::unordered_map<uint64_t, bool> protects;
  std::set<std::tuple<uintptr_t, uintptr_t, int, int, bool, uint32_t, uint32_t>> reported;
  uintptr_t last_key = 0;
  Page *last = nullptr;
  int out = -1;
};

Shadow &shadow() {
  static auto *made = new Shadow;
  return *made;
}

Page *page_of(uintptr_t address, bool make) {
  Shadow &s = shadow();
  uintptr_t key = address >> 12;
  if (s.last && s.last_key == key) return s.last;
  auto it = s.pages.find(key);
  if (it == s.pages.end()) {
    if (!make) return nullptr;
    it = s.pages.emplace(key, new Page).first;
  }
  s.last_key = key;
  return s.last = it->second;
}

Cell &cell_of(uintptr_t address) {
  Cell *&cell = page_of(address, true)->cells[(address >> 3) & 511];
  if (!cell) cell = new Cell;
  return *cell;
}

// The calls that led here, as a number; the same calls have the same number.
uint32_t node_of(Os *os) {
  Shadow &s = shadow();
  uint32_t parent = 0;
  size_t known = os->frames.size();
  while (known && !os->frames[known - 1].node) known--;
  if (known) parent = os->frames[known - 1].node;
  for (; known < os->frames.size(); known++) {
    Frame &frame = os->frames[known];
    uint64_t key = (uint64_t)parent * 0x9e3779b97f4a7c15u ^ frame.pc;
    auto [it, made] = s.known_calls.emplace(key, (uint32_t)s.calls.size());
    if (made) s.calls.push_back({parent, frame.pc});
    parent = frame.node = it->second;
  }
  return parent;
}

// Whether the two sets hold a lock in common that at least one of them holds alone.
bool common(uint32_t one, uint32_t other) {
  if (!one || !other) return false;
  uint64_t key = (uint64_t)one << 32 | other;
  auto [it, made] = shadow().protects.emplace(key, false);
  if (made)
    for (auto &[lock, alone] : lockset(one))
      for (auto &[lock2, alone2] : lockset(other))
        if (lock == lock2 && (alone || alone2)) it->second = true;
  return it->second;
}

// Two that combine a reduction exclude each other, though some do so atomically and some by locks.
bool conflict(uint8_t one, uint8_t other) {
  return ((one | other) & WRITE) && !(one & other & (ATOMIC | COMBINING));
}

char *write_side(char *at, char *end, const char *name, const Record &side) {
  const char *kind = side.flags & LIFETIME ? "end" : side.flags & WRITE ? "write" : "read";
  auto offset = [](uintptr_t pc) { return (unsigned long)(pc - (uintptr_t)&__executable_start); };
  at += snprintf(at, (size_t)(end - at), "\"%s\":{\"mode\":\"%s\",\"atomic\":%s,\"pcs\":[%lu", name,
                 kind, side.flags & ATOMIC ? "true" : "false", offset(side.pc));
  uint32_t node = side.node;
  for (size_t depth = 0; node && depth < DEPTH; depth++, node = shadow().calls[node].parent)
    if (from_program(shadow().calls[node].pc))
      at += snprintf(at, (size_t)(end - at), ",%lu", offset(shadow().calls[node].pc));
  return at + snprintf(at, (size_t)(end - at), "]}");
}

void report(const Record &one, const Record &other, uintptr_t address) {
  Shadow &s = shadow();
  bool same = one.os == other.os;
  auto key = std::make_tuple(one.pc, other.pc, (int)one.flags, (int)other.flags, same, one.node,
                             other.node);
  if (s.reported.size() >= REPORTED || !s.reported.insert(key).second) return;
  if (s.out < 0) {
    const char *path = getenv("ORACLE_OUT");
    s.out = open(path ? path : "seen.jsonl", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }
  char line[4096], *end = line + sizeof line;
  char *at = line + snprintf(line, sizeof line, "{\"same\":%s,\"at\":%ld,",
                             same ? "true" : "false",
                             (long)(address - (uintptr_t)&__executable_start));
  at = write_side(at, end, "a", other);
  at += snprintf(at, (size_t)(end - at), ",");
  at = write_side(at, end, "b", one);
  at += snprintf(at, (size_t)(end - at), "}\n");
  if (write(s.out, line, (size_t)(at - line)) < 0) _exit(97);
}

bool ordered(const Record &past, const Task *task) {
  return past.id == task->id || past.epoch <= task->clock.of(past.id);
}

void compare(const Cell &cell, const Record &now, const Task *task, uintptr_t address) {
  for (const Record &past : cell.records)
    if ((past.mask & now.mask) && conflict(past.flags, now.flags) && !ordered(past, task) &&
        !common(past.lockset, now.lockset))
      report(now, past, address);
}

// Make room: first what `now` stands for as well, else the oldest.
void prune(Cell &cell, const Record &now, const Task *task) {
  std::vector<Record> kept;
  for (const Record &past : cell.records) {
    bool covered = !(past.mask & ~now.mask) && (now.flags & WRITE || !(past.flags & WRITE)) &&
                   !(now.flags & ~past.flags & (ATOMIC | COMBINING)) &&
                   (!now.lockset || now.lockset == past.lockset);
    if (!covered || !ordered(past, task)) kept.push_back(past);
  }
  if (kept.size() >= KEPT) kept.erase(kept.begin(), kept.begin() + KEPT / 4);
  cell.records.swap(kept);
}

void follow_writer(Cell &cell, const Record &now, Task *task) {
  if (!task->held.empty())
    for (const LastWrite &last : cell.writes)
      if ((last.mask & now.mask) && last.id != task->id) read_from(task, *last.sections);
  if (!(now.flags & WRITE) || (cell.writes.empty() && !task->sections)) return;
  std::vector<LastWrite> kept;
  for (LastWrite &last : cell.writes)
    if (uint8_t left = last.mask & (uint8_t)~now.mask)
      kept.push_back({left, last.id, last.sections});
  if (task->sections) kept.push_back({now.mask, task->id, task->sections});
  cell.writes.swap(kept);
}

// Whoever held the lock and read the pointer that we replace came before us not by luck: later, it
// would have followed another. What it did under the lock lies before all that we do from now on.
void follow_readers(Cell &cell, uintptr_t address, const Record &now, Task *task) {
  if (now.mask != 0xff || !task->sections) return;
  if (now.flags & WRITE) {
    for (const Reader &reader : cell.readers)
      if (reader.id != task->id) read_from(task, *reader.sections);
    cell.readers.clear();
  } else if (page_of(*(uintptr_t *)address, false)) {
    auto &known = cell.readers;
    known.erase(std::remove_if(known.begin(), known.end(),
                               [&](const Reader &other) { return other.id == task->id; }),
                known.end());
    if (known.size() == 16) known.erase(known.begin());
    known.push_back({task->id, task->sections});
  }
}

void touch_cell(Os *os, uintptr_t address, uint8_t mask, Access access, uint32_t node) {
  Task *task = os->task;
  Cell &cell = cell_of(address);
  Epoch epoch = task->clock.of(task->id);
  Record now{access.pc, task->id, epoch, os->number, task->lockset, node, mask, access.flags};
  follow_writer(cell, now, task);
  follow_readers(cell, address, now, task);
  for (Record &past : cell.records)
    if (past.pc == now.pc && past.id == now.id && past.lockset == now.lockset &&
        past.node == now.node && past.flags == now.flags && past.mask == mask) {
      if (past.epoch == epoch && past.os == now.os && task->held.empty()) return;
      compare(cell, now, task, address);
      past = now;
      return;
    }
  compare(cell, now, task, address);
  if (cell.records.size() >= KEPT) prune(cell, now, task);
  cell.records.push_back(now);
}

template <class Visit> void each_cell(uintptr_t address, size_t size, Visit visit) {
  uintptr_t end = (address + size + 7) & ~(uintptr_t)7;
  for (uintptr_t at = address & ~(uintptr_t)7; at < end;) {
    uintptr_t stop = (at | 4095) + 1;
    if (stop > end) stop = end;
    Page *page = page_of(at, false);
    if (page)
      for (; at < stop; at += 8)
        if (Cell *&cell = page->cells[(at >> 3) & 511]) visit(cell, at);
    at = stop;
  }
}

}  // namespace

void touch(Os *os, uintptr_t address, size_t size, Access access) {
  if (os->task->ignoring || !size) return;
  int combining = os->task->combining;
  if (combining == 1 || (combining == 2 && access.flags & ATOMIC)) access.flags |= COMBINING;
  uint32_t node = node_of(os);
  uintptr_t end = address + size;
  for (uintptr_t at = address; at < end;) {
    uintptr_t stop = (at | 7) + 1;
    if (stop > end) stop = end;
    uint8_t mask = (uint8_t)((0xffu >> (8 - (stop - at))) << (at & 7));
    touch_cell(os, at & ~(uintptr_t)7, mask, access, node);
    at = stop;
  }
}

void forget(uintptr_t address, size_t size) {
  each_cell(address, size, [](Cell *&cell, uintptr_t) {
    delete cell;
    cell = nullptr;
  });
}

void lifetime_ends(Os *os, uintptr_t address, size_t size, uintptr_t pc) {
  Task *task = os->task;
  each_cell(address, size, [&](Cell *&cell, uintptr_t at) {
    if (!task->ignoring) {
      Record now{pc, task->id, task->clock.of(task->id), os->number, task->lockset, 0, 0xff,
                 WRITE | LIFETIME};
      bool shared = false;
      for (const Record &past : cell->records) shared |= !ordered(past, task);
      if (shared) {
        now.node = node_of(os);
        compare(*cell, now, task, at);
      }
    }
    delete cell;
    cell = nullptr;
  });
}

Clock &sync_at(uintptr_t address) { return cell_of(address).sync[address]; }

Clock *find_sync(uintptr_t address) {
  Page *page = page_of(address, false);
  Cell *cell = page ? page->cells[(address >> 3) & 511] : nullptr;
  if (!cell) return nullptr;
  auto it = cell->sync.find(address);
  return it == cell->sync.end() ? nullptr : &it->second;
}

}  // namespace oracle
