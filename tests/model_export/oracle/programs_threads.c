/* Each function named racy_… or clean_… is the second thread of one case; go() runs it beside the
 * first, which lies in the function of the same name with _too. */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <threads.h>

static int value, other;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER, m2 = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static pthread_once_t first = PTHREAD_ONCE_INIT;
static pthread_barrier_t gate;
static pthread_spinlock_t spin;
static sem_t items;
static mtx_t c11;
static _Atomic int flag;
static int ready_, queue_[4], taken;

static void go(void (*one)(void), void (*two)(void));

static void racy_wrong_mutex(void) { pthread_mutex_lock(&m), value++, pthread_mutex_unlock(&m); }
static void racy_wrong_mutex_too(void) {
  pthread_mutex_lock(&m2), value++, pthread_mutex_unlock(&m2);
}
static void clean_mutex(void) { pthread_mutex_lock(&m), value++, pthread_mutex_unlock(&m); }

static void racy_written_under_read_lock(void) {
  pthread_rwlock_rdlock(&rw), value++, pthread_rwlock_unlock(&rw);
}
static void clean_rwlock(void) {
  pthread_rwlock_rdlock(&rw), other = 0 * value, pthread_rwlock_unlock(&rw);
}
static void clean_rwlock_too(void) {
  pthread_rwlock_wrlock(&rw), value++, pthread_rwlock_unlock(&rw);
}

static void clean_handed_over(void) {
  int *made = malloc(sizeof *made);
  *made = 4;
  pthread_mutex_lock(&m);
  queue_[0] = (int)(made != 0), ready_ = 1, value = *made;
  pthread_cond_signal(&filled);
  pthread_mutex_unlock(&m);
  free(made);
}
static void clean_handed_over_too(void) {
  pthread_mutex_lock(&m);
  while (!ready_) pthread_cond_wait(&filled, &m);
  taken = queue_[0];
  pthread_mutex_unlock(&m);
  value += taken;
}
/* The payload is written before the lock is taken: the flag under it orders the two. */
static int payload;
static void clean_flag_under_lock(void) {
  payload = 5;
  pthread_mutex_lock(&m), ready_ = 1, pthread_mutex_unlock(&m);
}
static void clean_flag_under_lock_too(void) {
  for (int seen = 0; !seen; sched_yield())
    pthread_mutex_lock(&m), seen = ready_, pthread_mutex_unlock(&m);
  other = payload;
}
/* Luck with the lock: a sanitizer that sees the first section before the second finds nothing. */
static void racy_lock_beside_it(void) {
  payload = 6;
  pthread_mutex_lock(&m), value++, pthread_mutex_unlock(&m);
}
static void racy_lock_beside_it_too(void) {
  for (int i = 0; i < 200; i++) sched_yield();
  pthread_mutex_lock(&m), pthread_mutex_unlock(&m);
  other = payload;
}

/* Two buffers change places under the lock: who read the old pointer came before. */
static int left[4], right[4], *front = left, *back = right;
static void swap_buffers(void) {
  int *old = front;
  front = back, back = old;
}
static void clean_exchange(void) {
  for (int i = 0; i < 8; i++, sched_yield())
    pthread_mutex_lock(&m), other += front[1], pthread_mutex_unlock(&m);
}
static void clean_exchange_too(void) {
  for (int i = 0; i < 8; i++, sched_yield())
    back[1] = i, pthread_mutex_lock(&m), swap_buffers(), pthread_mutex_unlock(&m);
}
static void racy_exchange(void) {
  for (int i = 0; i < 8; i++, sched_yield()) {
    pthread_mutex_lock(&m);
    int *mine = front;
    pthread_mutex_unlock(&m);
    other += mine[1];
  }
}
static void racy_exchange_too(void) {
  for (int i = 0; i < 8; i++, sched_yield())
    back[1] = i, pthread_mutex_lock(&m), swap_buffers(), pthread_mutex_unlock(&m);
}

static void set_up(void) { value = 9; }
static void clean_once(void) {
  pthread_once(&first, set_up);
  other = value;
}
static void clean_once_too(void) {
  pthread_once(&first, set_up);
  taken = value;
}
static void racy_no_once(void) { value = 9; }

static void clean_semaphore(void) { payload = 1, sem_post(&items); }
static void clean_semaphore_too(void) { sem_wait(&items), other = payload; }
static void racy_semaphore_too_late(void) { sem_post(&items), payload = 1; }
static void racy_semaphore_too_late_too(void) { sem_wait(&items), other = payload; }

static void clean_barrier(void) { payload = 1, pthread_barrier_wait(&gate); }
static void clean_barrier_too(void) { pthread_barrier_wait(&gate), other = payload; }
static void racy_barrier(void) { pthread_barrier_wait(&gate), payload = 1; }
static void racy_barrier_too(void) { pthread_barrier_wait(&gate), other = payload; }

static void clean_release(void) {
  payload = 1;
  atomic_store_explicit(&flag, 1, memory_order_release);
}
static void clean_release_too(void) {
  while (!atomic_load_explicit(&flag, memory_order_acquire)) sched_yield();
  other = payload;
}
static void racy_relaxed(void) {
  payload = 1;
  atomic_store_explicit(&flag, 1, memory_order_relaxed);
}
static void racy_relaxed_too(void) {
  while (!atomic_load_explicit(&flag, memory_order_relaxed)) sched_yield();
  other = payload;
}
static void clean_fences(void) {
  payload = 1;
  atomic_thread_fence(memory_order_release);
  atomic_store_explicit(&flag, 1, memory_order_relaxed);
}
static void clean_fences_too(void) {
  while (!atomic_load_explicit(&flag, memory_order_relaxed)) sched_yield();
  atomic_thread_fence(memory_order_acquire);
  other = payload;
}
static void clean_spin(void) { pthread_spin_lock(&spin), value++, pthread_spin_unlock(&spin); }
static void clean_c11_mutex(void) { mtx_lock(&c11), value++, mtx_unlock(&c11); }
static void racy_try_lock_ignored(void) {
  int had = pthread_mutex_trylock(&m) == 0;
  pthread_barrier_wait(&gate);  // so that one of the two has tried in vain
  value++;
  if (had) pthread_mutex_unlock(&m);
}
static _Thread_local int own;
static void clean_thread_local(void) { own++; }

static void *run_posix(void *f) { return (*(void (**)(void))f)(), NULL; }
static int run_c11(void *f) { return (*(void (**)(void))f)(), 0; }
static void go(void (*one)(void), void (*two)(void)) {
  pthread_t a;
  thrd_t b;
  value = other = ready_ = taken = payload = 0, flag = 0;
  pthread_create(&a, NULL, run_posix, &one);
  thrd_create(&b, run_c11, &two);
  pthread_join(a, NULL), thrd_join(b, NULL);
}
#define SAME(f) go(f, f)
#define BOTH(f) go(f, f##_too)

int main(void) {
  mtx_init(&c11, mtx_plain), pthread_barrier_init(&gate, NULL, 2), sem_init(&items, 0, 0);
  pthread_spin_init(&spin, 0);
  BOTH(racy_wrong_mutex), SAME(clean_mutex);
  SAME(racy_written_under_read_lock), BOTH(clean_rwlock);
  BOTH(clean_handed_over), BOTH(clean_flag_under_lock), BOTH(racy_lock_beside_it);
  BOTH(clean_exchange), BOTH(racy_exchange);
  BOTH(clean_once), SAME(racy_no_once);
  BOTH(clean_semaphore), BOTH(racy_semaphore_too_late);
  BOTH(clean_barrier), BOTH(racy_barrier);
  BOTH(clean_release), BOTH(racy_relaxed), BOTH(clean_fences);
  SAME(clean_spin), SAME(clean_c11_mutex), SAME(racy_try_lock_ignored), SAME(clean_thread_local);
  return 0;
}
