// An OpenMP tool: which tasks there are, and what orders them.
#include <omp-tools.h>

#include "region.h"

using namespace oracle;

namespace oracle {
__thread Task *last_made;  // the explicit task that the thread made last
}

namespace {

constexpr uint32_t SHAKEN = 20;  // times that each region may have its order shaken, by a thread

Task *task_of(ompt_data_t *data) { return data ? (Task *)data->ptr : nullptr; }

// --- teams
void parallel_begin(ompt_data_t *, const ompt_frame_t *, ompt_data_t *parallel, unsigned,
                    int flags, const void *) {
  Guard guard;
  auto *region = new Region;
  region->fork = publish(guard.os->task);
  region->league = flags & ompt_parallel_league;
  region->team = guard.os->task->team;
  parallel->ptr = region;
}

void parallel_end(ompt_data_t *parallel, ompt_data_t *, int, const void *) {
  Guard guard;
  auto *region = (Region *)parallel->ptr;
  if (!region) return;
  guard.os->task->clock.join(region->all);
  for (Task *member : region->members) guard.os->task->clock.join(member->clock);
}

void implicit_task(ompt_scope_endpoint_t endpoint, ompt_data_t *parallel, ompt_data_t *data,
                   unsigned size, unsigned index, int) {
  {
    Guard guard;
    Os *os = guard.os;
    auto *region = parallel ? (Region *)parallel->ptr : nullptr;
    if (endpoint == ompt_scope_end) {
      Task *task = task_of(data);
      if (!task || !task->region) return;
      if (region) region->all.join(publish(task));
      os->task = task->outer;
      end_task(task);
      return;
    }
    if (!region) {  // the program's own first task
      data->ptr = os->task;
      return;
    }
    Task *task = make_task(region->fork);
    task->region = region;
    task->index = index;
    task->outer = os->task;
    if (os->patience < SHAKEN) os->patience = SHAKEN;
    task->team = region->league ? index + 1 : region->team;
    region->size = size;
    region->members.push_back(task);
    data->ptr = task;
    os->task = task;
  }
  perturb(2);
}

// --- barriers and waits
bool is_barrier(ompt_sync_region_t kind) {
  return kind != ompt_sync_region_taskwait && kind != ompt_sync_region_taskgroup &&
         kind != ompt_sync_region_reduction;
}

void barrier(Task *task, ompt_scope_endpoint_t endpoint, ompt_sync_region_t kind,
             ompt_data_t *parallel) {
  Region *region = task->region;
  if (!region || task->reducing) return;
  if (endpoint == ompt_scope_begin) {
    Clock now = publish(task);
    region->bars[task->phase++].join(now);
    region->all.join(now);
  } else if (kind != ompt_sync_region_barrier_implicit_parallel || parallel) {
    // A worker leaves the last barrier when the region is long over, and has nothing left to do.
    task->clock.join(region->bars[task->phase - 1]);
  }
}

void group(Task *task, ompt_scope_endpoint_t endpoint) {
  if (endpoint == ompt_scope_begin) {
    task->groups.emplace_back(new Group, task->group);
    task->group = task->groups.back().first;
  } else if (!task->groups.empty()) {
    auto [ended, outer] = task->groups.back();
    task->groups.pop_back();
    task->clock.join(ended->ended);
    task->group = outer;
  }
}

void sync_region(ompt_sync_region_t kind, ompt_scope_endpoint_t endpoint, ompt_data_t *parallel,
                 ompt_data_t *, const void *) {
  if (endpoint == ompt_scope_begin) perturb(3);
  Guard guard;
  Task *task = guard.os->task;
  if (is_barrier(kind)) barrier(task, endpoint, kind, parallel);
  else if (kind == ompt_sync_region_taskgroup) group(task, endpoint);
  else if (kind == ompt_sync_region_taskwait && endpoint == ompt_scope_end)
    task->clock.join(task->children);
}

// --- explicit tasks
void task_create(ompt_data_t *, const ompt_frame_t *, ompt_data_t *made, int flags, int,
                 const void *) {
  if (flags & ompt_task_initial) return;
  Guard guard;
  Task *creator = guard.os->task, *task = make_task(publish(creator));
  task->parent = creator;
  task->region = creator->region;
  task->index = creator->index;
  task->team = creator->team;
  task->phase = creator->phase;
  task->group = creator->group;
  task->explicit_ = true;
  task->undeferred = (unsigned)flags & ((unsigned)ompt_task_undeferred | (unsigned)ompt_task_merged);
  task->ended = std::make_shared<Clock>();
  made->ptr = task;
  last_made = task;
}

void await(Task *task, const std::vector<Node> &others) {
  for (const Node &other : others) task->awaited.push_back(other.ended);
}

void depend(Task *task, Dependence &place, int kind) {
  Node self{task->ended};
  if (kind == ompt_dependence_type_in) {
    await(task, place.outs);
    place.ins.push_back(self);
    return;
  }
  bool shares = kind == ompt_dependence_type_mutexinoutset || kind == ompt_dependence_type_inoutset;
  if (!shares || place.kind != kind || !place.ins.empty()) {
    place.before = place.outs;
    place.before.insert(place.before.end(), place.ins.begin(), place.ins.end());
    place.outs.clear();
    place.ins.clear();
    place.kind = kind;
  }
  await(task, place.before);
  place.outs.push_back(self);
}

void dependences(ompt_data_t *data, const ompt_dependence_t *list, int count) {
  Guard guard;
  Task *task = task_of(data);
  if (!task || !task->explicit_ || !task->parent) return;
  auto &family = task->parent->family;
  if (!family) family = std::make_shared<Family>();
  for (int i = 0; i < count; i++) {
    int kind = list[i].dependence_type;
    auto address = (uintptr_t)list[i].variable.ptr;
    if (kind == ompt_dependence_type_source || kind == ompt_dependence_type_sink) continue;
    depend(task, family->places[address], kind);
    if (kind == ompt_dependence_type_mutexinoutset)
      task->exclusions.push_back(address ^ (uintptr_t)family.get() << 16);
  }
}

void start_task(Task *task) {
  task->started = true;
  for (auto &clock : task->awaited) task->clock.join(*clock);
  for (uintptr_t lock : task->exclusions) acquired(task, lock, true);
}

void finish_task(Task *task) {
  for (uintptr_t lock : task->exclusions) released(task, lock);
  *task->ended = publish(task);
  const Clock &ended = *task->ended;
  task->parent->children.join(ended);
  if (task->group) task->group->ended.join(ended);
  if (task->region) {
    task->region->bars[task->phase].join(ended);
    task->region->all.join(ended);
  }
  if (task->undeferred) task->parent->clock.join(ended);
  end_task(task);
}

void fulfilled(Os *os, Task *task, bool late) {
  task->clock.join(publish(os->task));
  if (late) finish_task(task);
}

void task_schedule(ompt_data_t *prior, ompt_task_status_t status, ompt_data_t *next) {
  bool fresh = false;
  {
    Guard guard;
    Task *old = task_of(prior), *now = task_of(next);
    if (status == ompt_taskwait_complete) {
      if (old)
        for (auto &clock : old->awaited) guard.os->task->clock.join(*clock);
      return;
    }
    if (status == ompt_task_early_fulfill || status == ompt_task_late_fulfill) {
      if (old) fulfilled(guard.os, old, status == ompt_task_late_fulfill);
      return;
    }
    if (old && old->explicit_ && (status == ompt_task_complete || status == ompt_task_cancel))
      finish_task(old);
    if (now) {
      guard.os->task = now;
      if (now->explicit_ && !now->started) start_task(now), fresh = true;
    }
  }
  if (fresh) perturb(2), perturb(2);
}

// --- locks
uintptr_t lock_of(ompt_mutex_t kind, ompt_wait_id_t id, const Task *task) {
  return (uintptr_t)id ^ (kind == ompt_mutex_critical ? task->team << 48 : 0);
}

void mutex_acquired(ompt_mutex_t kind, ompt_wait_id_t id, const void *) {
  {
    Guard guard;
    Task *task = guard.os->task;
    if (kind == ompt_mutex_ordered && task->region) task->clock.join(task->region->in_order);
    else if (kind != ompt_mutex_ordered && kind != ompt_mutex_atomic)
      acquired(task, lock_of(kind, id, task), true);
  }
  perturb(8);
}

void mutex_released(ompt_mutex_t kind, ompt_wait_id_t id, const void *) {
  {
    Guard guard;
    // What `ordered` hands on was published at its end: this is told when the next may be inside.
    if (kind != ompt_mutex_ordered && kind != ompt_mutex_atomic)
      released(guard.os->task, lock_of(kind, id, guard.os->task));
  }
  perturb(4);
}

void mutex_acquire(ompt_mutex_t, unsigned, unsigned, ompt_wait_id_t, const void *) { perturb(4); }

int start(ompt_function_lookup_t lookup, int, ompt_data_t *) {
  auto set = (ompt_set_callback_t)lookup("ompt_set_callback");
#define SET(name) set(ompt_callback_##name, (ompt_callback_t)name)
  SET(parallel_begin);
  SET(parallel_end);
  SET(implicit_task);
  SET(sync_region);
  SET(task_create);
  SET(dependences);
  SET(task_schedule);
  SET(mutex_acquire);
  SET(mutex_acquired);
  SET(mutex_released);
  return 1;
}

void finish(ompt_data_t *) {}

}  // namespace

EXPORTED ompt_start_tool_result_t *ompt_start_tool(unsigned, const char *) {
  static ompt_start_tool_result_t tool = {start, finish, {0}};
  return &tool;
}
