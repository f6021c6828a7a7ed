/* Deals out chunks and tasks as a machine would that has a core for every thread.
 *
 * Where threads outnumber cores, whoever holds a core takes most of a dynamic loop, and the balance
 * tells of the machine. Here a thread takes its next chunk or begins a task only when no other of
 * its team has used less processor time, so that the order is that of greedy list scheduling
 * (Graham 1966). What a thread uses up while it waits is hidden from whoever reads its clock.
 *
 * LD_PRELOAD=fair.so ./program
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define THREADS 64
#define ENTRIES 16            /* distinct task bodies of a program; further ones are not held up */
#define PATIENCE 2000000000u   /* ns that a chunk waits at most: some threads never come */
#define TASK_PATIENCE 300000000u /* the same for a task: idle threads may find no other */
#define SLACK 3000            /* ns that count as equal */

struct slot { /* one thread of the team */
  clockid_t clock;
  uint64_t base, loops;
  int active;
  volatile uint64_t hidden;
};

static struct slot looping[THREADS], tasking[THREADS];
static __thread uint64_t hidden_here;
static __thread int prepared;

extern int omp_get_thread_num(void), omp_get_num_threads(void), omp_get_level(void);

static uint64_t read_clock(clockid_t which) {
  struct timespec t = {0, 0};
  syscall(SYS_clock_gettime, which, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Everyone's clock, less what was used up in waiting. */
int clock_gettime(clockid_t which, struct timespec *t) {
  long status = syscall(SYS_clock_gettime, which, t);
  if (which == CLOCK_THREAD_CPUTIME_ID && status == 0) {
    uint64_t now = (uint64_t)t->tv_sec * 1000000000u + (uint64_t)t->tv_nsec - hidden_here;
    t->tv_sec = (time_t)(now / 1000000000u);
    t->tv_nsec = (long)(now % 1000000000u);
  }
  return (int)status;
}

static uint64_t used(const struct slot *s) { return read_clock(s->clock) - s->hidden - s->base; }

/* This thread's place in one of the two arrays; none in nested teams. */
static struct slot *own(struct slot *slots) {
  int number = omp_get_thread_num();
  if (omp_get_level() != 1 || number >= THREADS) return NULL;
  if (!prepared) prctl(PR_SET_TIMERSLACK, 1000UL, 0, 0, 0);
  prepared = 1;
  return &slots[number];
}

static void begin(struct slot *s, uint64_t loops) {
  pthread_getcpuclockid(pthread_self(), &s->clock);
  s->hidden = hidden_here;
  s->base = read_clock(CLOCK_THREAD_CPUTIME_ID) - hidden_here;
  s->loops = loops;
  __atomic_store_n(&s->active, 1, __ATOMIC_RELEASE);
}

static int another_is_behind(const struct slot *slots, const struct slot *me, int team) {
  uint64_t mine = used(me);
  for (int t = 0; t < team && t < THREADS; t++) {
    const struct slot *s = &slots[t];
    if (s == me || s->loops > me->loops) continue;
    if (s->loops < me->loops) return 1;
    if (__atomic_load_n(&s->active, __ATOMIC_ACQUIRE) && used(s) + SLACK < mine) return 1;
  }
  return 0;
}

static void wait_for_turn(struct slot *slots, struct slot *me, uint64_t patience) {
  int team = omp_get_num_threads();
  uint64_t came = read_clock(CLOCK_MONOTONIC), cpu = read_clock(CLOCK_THREAD_CPUTIME_ID);
  uint64_t before = me->hidden;
  struct timespec nap = {0, 15000};
  while (another_is_behind(slots, me, team)) {
    if (read_clock(CLOCK_MONOTONIC) - came > patience) {
      for (int t = 0; t < team && t < THREADS; t++) /* not waited for again */
        if (slots[t].loops < me->loops) slots[t].active = 0, slots[t].loops = me->loops;
      break;
    }
    syscall(SYS_nanosleep, &nap, NULL);
    me->hidden = before + read_clock(CLOCK_THREAD_CPUTIME_ID) - cpu;
  }
  me->hidden = before + read_clock(CLOCK_THREAD_CPUTIME_ID) - cpu;
  hidden_here = me->hidden;
  looping[me - slots].hidden = tasking[me - slots].hidden = hidden_here;
}

/* Pages of the program's own data are there before it begins: otherwise whoever runs first pays for
 * the faults of all, since threads that lack a core come late. */
__attribute__((constructor)) static void touch_data(void) {
  char line[512], name[256], program[256] = "";
  FILE *maps = fopen("/proc/self/maps", "r");
  int ours = 0;
  ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
  if (!maps || length <= 0) return;
  while (fgets(line, sizeof line, maps)) {
    unsigned long first, last;
    char rights[8] = "";
    name[0] = 0;
    if (sscanf(line, "%lx-%lx %7s %*s %*s %*s %255s", &first, &last, rights, name) < 3) continue;
    /* What is zero at first follows the program's data without a name. */
    ours = strcmp(name, program) == 0 || (ours && !name[0]);
    if (!ours || strncmp(rights, "rw", 2) != 0) continue;
    for (volatile char *at = (char *)first; at < (char *)last; at += 4096) *at = *at;
  }
  fclose(maps);
}

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

#define LOOPS(suffix, type, step)                                                                  \
  void __kmpc_dispatch_init_##suffix(void *where, int32_t gtid, int32_t kind, type low, type high, \
                                     step stride, step chunk) {                                    \
    static void (*next)(void *, int32_t, int32_t, type, type, step, step);                         \
    struct slot *me = own(looping);                                                                       \
    if (!next) next = real("__kmpc_dispatch_init_" #suffix);                                       \
    next(where, gtid, kind, low, high, stride, chunk);                                             \
    if (me) begin(me, me->loops + 1);                                                              \
  }                                                                                                \
  int __kmpc_dispatch_next_##suffix(void *where, int32_t gtid, int32_t *last, type *low,           \
                                    type *high, step *stride) {                                    \
    static int (*next)(void *, int32_t, int32_t *, type *, type *, step *);                        \
    struct slot *me = own(looping);                                                                       \
    if (!next) next = real("__kmpc_dispatch_next_" #suffix);                                       \
    if (me && me->active) wait_for_turn(looping, me, PATIENCE);                                             \
    int more = next(where, gtid, last, low, high, stride);                                         \
    if (!more && me) __atomic_store_n(&me->active, 0, __ATOMIC_RELEASE);                           \
    return more;                                                                                   \
  }

LOOPS(4, int32_t, int32_t)
LOOPS(4u, uint32_t, int32_t)
LOOPS(8, int64_t, int64_t)
LOOPS(8u, uint64_t, int64_t)

/* Task bodies go through a shim, since the runtime calls them from within. */
typedef int32_t (*entry)(int32_t, void *);
static entry entries[ENTRIES];
static int entry_count;
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static __thread int depth; /* a task may run others while it waits for them */
static uint64_t outstanding, epoch; /* tasks that are there; bursts of tasks so far */

static struct slot *on_the_clock(void) {
  struct slot *me = own(tasking);
  uint64_t now = __atomic_load_n(&epoch, __ATOMIC_ACQUIRE);
  if (me && (me->loops != now || !me->active)) begin(me, now);
  return me;
}

static int32_t run_entry(int index, int32_t gtid, void *task) {
  struct slot *me = depth == 0 ? on_the_clock() : NULL;
  if (me) wait_for_turn(tasking, me, TASK_PATIENCE);
  depth++;
  int32_t status = entries[index](gtid, task);
  depth--;
  __atomic_sub_fetch(&outstanding, 1, __ATOMIC_ACQ_REL);
  return status;
}

#define SHIM(n) \
  static int32_t shim_##n(int32_t gtid, void *task) { return run_entry(n, gtid, task); }
SHIM(0) SHIM(1) SHIM(2) SHIM(3) SHIM(4) SHIM(5) SHIM(6) SHIM(7)
SHIM(8) SHIM(9) SHIM(10) SHIM(11) SHIM(12) SHIM(13) SHIM(14) SHIM(15)
static const entry shims[ENTRIES] = {shim_0,  shim_1,  shim_2,  shim_3, shim_4,  shim_5,
                                     shim_6,  shim_7,  shim_8,  shim_9, shim_10, shim_11,
                                     shim_12, shim_13, shim_14, shim_15};

static entry shim_for(entry body) {
  entry found = body;
  pthread_mutex_lock(&guard);
  for (int i = 0; i < entry_count; i++)
    if (entries[i] == body) found = shims[i];
  if (found == body && entry_count < ENTRIES) {
    entries[entry_count] = body;
    found = shims[entry_count++];
  }
  pthread_mutex_unlock(&guard);
  return found;
}

void *__kmpc_omp_task_alloc(void *where, int32_t gtid, int32_t flags, size_t task, size_t shared,
                            entry body) {
  static void *(*next)(void *, int32_t, int32_t, size_t, size_t, entry);
  if (!next) next = real("__kmpc_omp_task_alloc");
  if (__atomic_fetch_add(&outstanding, 1, __ATOMIC_ACQ_REL) == 0)
    __atomic_add_fetch(&epoch, 1, __ATOMIC_ACQ_REL);
  if (depth == 0) on_the_clock();
  return next(where, gtid, flags, task, shared, shim_for(body));
}
