/* An OpenMP tool that records what each thread of each construct did, as JSON when the program ends.
 *
 * Busy time is thread CPU time, so that it holds where threads outnumber cores; waiting is wall
 * time. A thread is busy in a construct from its begin to its end, but not in barriers and locks;
 * tasks that it executes while it waits are busy again. Times are in nanoseconds.
 *
 * OMP_TOOL_LIBRARIES=profile_ompt.so PROFILE_OUTPUT=profile.json ./program
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <omp-tools.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define THREADS 64    /* of a team; further ones are not recorded */
#define CONSTRUCTS 64 /* worksharing constructs that one region passes, kept apart */
#define SITES 512     /* distinct constructs of a program */
#define PARALLEL 100  /* a kind beside those of ompt_work_t */

struct share { /* one thread's part in one construct */
  const void *site;
  int kind;
  uint64_t busy, chunks;
};

struct member { /* one thread of a team */
  struct share whole, works[CONSTRUCTS];
  int passed;
  uint64_t waited, locked, arrived, busy_then;
};

struct region {
  const void *site;
  int size;
  uint64_t began;
  struct region *next;
  struct member members[THREADS];
};

struct site { /* a construct over all its instances */
  const void *address;
  int kind, threads;
  uint64_t instances, busy[THREADS], span, chunks, waited, locked, wall;
};

struct thread {
  struct member *member;
  struct share *work;
  int asleep, implicit_asleep;
  uint64_t cpu, wall, busy;
};

static __thread struct thread self;
static struct site sites[SITES];
static int site_count, dropped;
static struct region *spare;
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static uint64_t program_began, serial_since, serial;

static uint64_t clock_ns(clockid_t which) {
  struct timespec t;
  clock_gettime(which, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Give the CPU time since the last event to what the thread was doing. */
static void charge(void) {
  uint64_t now = clock_ns(CLOCK_THREAD_CPUTIME_ID);
  if (!self.asleep && self.member) {
    self.member->whole.busy += now - self.cpu;
    if (self.work) self.work->busy += now - self.cpu;
    self.busy += now - self.cpu;
  }
  self.cpu = now;
}

static void fall_asleep(void) {
  charge();
  self.asleep = 1;
  self.wall = clock_ns(CLOCK_MONOTONIC);
  self.busy = 0;
}

/* How long the thread waited without executing tasks. */
static uint64_t wake_up(void) {
  charge();
  uint64_t slept = clock_ns(CLOCK_MONOTONIC) - self.wall;
  self.asleep = 0;
  return slept > self.busy ? slept - self.busy : 0;
}

static struct site *site_of(const void *address, int kind, int threads) {
  for (int i = 0; i < site_count; i++)
    if (sites[i].address == address && sites[i].kind == kind && sites[i].threads == threads)
      return &sites[i];
  if (site_count == SITES) {
    dropped++;
    return NULL;
  }
  struct site *made = &sites[site_count++];
  made->address = address;
  made->kind = kind;
  made->threads = threads;
  return made;
}

/* Add one instance, of which each thread has its share. */
static void add(struct region *region, int index) {
  struct share *first = NULL;
  for (int t = 0; t < region->size && !first; t++)
    if (index < 0) first = &region->members[t].whole;
    else if (region->members[t].passed > index) first = &region->members[t].works[index];
  struct site *site = first ? site_of(first->site, first->kind, region->size) : NULL;
  uint64_t busiest = 0;
  if (!site) return;
  for (int t = 0; t < region->size; t++) {
    struct member *m = &region->members[t];
    struct share *own = index < 0 ? &m->whole : m->passed > index ? &m->works[index] : NULL;
    if (!own) continue;
    site->busy[t] += own->busy;
    site->chunks += own->chunks;
    if (own->busy > busiest) busiest = own->busy;
    if (index < 0) site->waited += m->waited, site->locked += m->locked;
  }
  site->instances++;
  site->span += busiest * (uint64_t)region->size;
  if (index < 0) site->wall += clock_ns(CLOCK_MONOTONIC) - region->began;
}

static void parallel_begin(ompt_data_t *task, const ompt_frame_t *frame, ompt_data_t *parallel,
                           unsigned wanted, int flags, const void *address) {
  (void)task, (void)frame, (void)wanted, (void)flags;
  charge();
  pthread_mutex_lock(&guard);
  struct region *region = spare;
  if (region) spare = region->next;
  pthread_mutex_unlock(&guard);
  if (!region) region = malloc(sizeof *region);
  if (!region) abort();
  region->site = address;
  region->size = 0;
  region->began = clock_ns(CLOCK_MONOTONIC);
  parallel->ptr = region;
  if (!self.member) serial += self.cpu - serial_since;
}

static void parallel_end(ompt_data_t *parallel, ompt_data_t *task, int flags,
                         const void *address) {
  (void)task, (void)flags, (void)address;
  struct region *region = parallel->ptr;
  uint64_t now = clock_ns(CLOCK_MONOTONIC);
  int most = 0;
  if (!region) return;
  pthread_mutex_lock(&guard);
  for (int t = 0; t < region->size; t++) {
    struct member *m = &region->members[t];
    uint64_t slept = m->arrived ? now - m->arrived : 0, worked = m->whole.busy - m->busy_then;
    m->waited += slept > worked ? slept - worked : 0;
    if (m->passed > most) most = m->passed;
  }
  add(region, -1);
  for (int index = 0; index < most; index++) add(region, index);
  region->next = spare;
  spare = region;
  parallel->ptr = NULL;
  pthread_mutex_unlock(&guard);
  self.cpu = serial_since = clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

static void implicit_task(ompt_scope_endpoint_t endpoint, ompt_data_t *parallel, ompt_data_t *task,
                          unsigned size, unsigned index, int flags) {
  struct region *region = parallel ? parallel->ptr : NULL;
  if (flags & ompt_task_initial) return;
  if (endpoint == ompt_scope_begin && region && index < THREADS) {
    struct member *m = &region->members[index];
    memset(m, 0, sizeof *m);
    m->whole.site = region->site;
    m->whole.kind = PARALLEL;
    __atomic_store_n(&region->size, (int)(size < THREADS ? size : THREADS), __ATOMIC_RELAXED);
    task->ptr = self.member; /* of the region around this one */
    self.cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    self.member = m;
    self.work = NULL;
    self.asleep = self.implicit_asleep = 0;
  } else if (endpoint == ompt_scope_end) {
    /* A worker comes here when the region is long over: what it did was charged at the barrier. */
    if (!self.asleep) charge();
    self.member = task ? task->ptr : NULL;
    self.work = NULL;
    self.asleep = self.implicit_asleep = 0;
    self.cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID);
  }
}

static void work(ompt_work_t kind, ompt_scope_endpoint_t endpoint, ompt_data_t *parallel,
                 ompt_data_t *task, uint64_t count, const void *address) {
  struct member *m = self.member;
  (void)parallel, (void)task, (void)count;
  charge();
  self.work = NULL;
  if (!m || endpoint != ompt_scope_begin || m->passed >= CONSTRUCTS) return;
  self.work = &m->works[m->passed++];
  self.work->site = address;
  self.work->kind = kind == ompt_work_single_other ? ompt_work_single_executor : kind;
  self.work->busy = self.work->chunks = 0;
}

static void dispatch(ompt_data_t *parallel, ompt_data_t *task, ompt_dispatch_t kind,
                     ompt_data_t instance) {
  (void)parallel, (void)task, (void)instance, (void)kind;
  if (self.work) self.work->chunks++;
}

static int is_last(ompt_sync_region_t kind) {
  return kind == ompt_sync_region_barrier_implicit_parallel;
}

static void sync_region(ompt_sync_region_t kind, ompt_scope_endpoint_t endpoint,
                        ompt_data_t *parallel, ompt_data_t *task, const void *address) {
  (void)parallel, (void)task, (void)address;
  if (!self.member || kind == ompt_sync_region_reduction) return;
  if (endpoint == ompt_scope_begin) {
    fall_asleep();
    self.implicit_asleep = 1;
    if (is_last(kind)) {
      self.work = NULL;
      self.member->arrived = self.wall;
      self.member->busy_then = self.member->whole.busy;
    }
  } else if (!is_last(kind)) { /* after the last barrier the region may be gone */
    self.implicit_asleep = 0;
    self.member->waited += wake_up();
  }
}

/* From one task to another; those with a mark are explicit ones and may run while we wait. */
static void task_schedule(ompt_data_t *prior, ompt_task_status_t status, ompt_data_t *next) {
  (void)prior, (void)status;
  charge();
  self.asleep = next && next->value == 1 ? 0 : self.implicit_asleep;
}

static void task_create(ompt_data_t *task, const ompt_frame_t *frame, ompt_data_t *made, int flags,
                        int depends, const void *address) {
  (void)task, (void)frame, (void)depends, (void)address;
  if (flags & ompt_task_explicit) made->value = 1;
}

static void mutex_acquire(ompt_mutex_t kind, unsigned hint, unsigned how, ompt_wait_id_t id,
                          const void *address) {
  (void)kind, (void)hint, (void)how, (void)id, (void)address;
  if (self.member) fall_asleep();
}

static void mutex_acquired(ompt_mutex_t kind, ompt_wait_id_t id, const void *address) {
  (void)kind, (void)id, (void)address;
  if (self.member && self.asleep) self.member->locked += wake_up();
}

static int start(ompt_function_lookup_t lookup, int device, ompt_data_t *data) {
  ompt_set_callback_t set = (ompt_set_callback_t)lookup("ompt_set_callback");
  (void)device, (void)data;
  set(ompt_callback_parallel_begin, (ompt_callback_t)parallel_begin);
  set(ompt_callback_parallel_end, (ompt_callback_t)parallel_end);
  set(ompt_callback_implicit_task, (ompt_callback_t)implicit_task);
  set(ompt_callback_work, (ompt_callback_t)work);
  set(ompt_callback_dispatch, (ompt_callback_t)dispatch);
  set(ompt_callback_sync_region, (ompt_callback_t)sync_region);
  set(ompt_callback_task_create, (ompt_callback_t)task_create);
  set(ompt_callback_task_schedule, (ompt_callback_t)task_schedule);
  set(ompt_callback_mutex_acquire, (ompt_callback_t)mutex_acquire);
  set(ompt_callback_mutex_acquired, (ompt_callback_t)mutex_acquired);
  program_began = clock_ns(CLOCK_MONOTONIC);
  return 1;
}

static void write_site(FILE *out, const struct site *site, const char *comma) {
  Dl_info module = {0};
  dladdr(site->address, &module);
  fprintf(out,
          "%s\n  {\"module\": \"%s\", \"offset\": %lu, \"kind\": %d, \"threads\": %d, "
          "\"instances\": %lu, \"span\": %lu, \"chunks\": %lu, \"waited\": %lu, \"locked\": %lu, "
          "\"wall\": %lu, \"busy\": [",
          comma, module.dli_fname ? module.dli_fname : "",
          (unsigned long)((const char *)site->address - (const char *)module.dli_fbase) - 1,
          site->kind, site->threads, site->instances, site->span, site->chunks, site->waited,
          site->locked, site->wall);
  for (int t = 0; t < site->threads; t++)
    fprintf(out, "%s%lu", t ? ", " : "", (unsigned long)site->busy[t]);
  fputs("]}", out);
}

static void finish(ompt_data_t *data) {
  const char *path = getenv("PROFILE_OUTPUT");
  FILE *out = path ? fopen(path, "w") : NULL;
  (void)data;
  if (!out) return;
  serial += clock_ns(CLOCK_THREAD_CPUTIME_ID) - serial_since;
  fprintf(out, "{\"wall\": %lu, \"serial\": %lu, \"dropped\": %d, \"constructs\": [",
          (unsigned long)(clock_ns(CLOCK_MONOTONIC) - program_began), (unsigned long)serial,
          dropped);
  for (int i = 0; i < site_count; i++) write_site(out, &sites[i], i ? "," : "");
  fputs("\n]}\n", out);
  fclose(out);
}

ompt_start_tool_result_t *ompt_start_tool(unsigned version, const char *runtime) {
  static ompt_start_tool_result_t tool = {start, finish, {0}};
  (void)version, (void)runtime;
  return &tool;
}
