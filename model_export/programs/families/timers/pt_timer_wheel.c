//@ family: pt_timer_wheel
//@ domain: timers
//@ problem: A tick thread fires timers that worker threads arm in a small wheel under a recursive lock.
//@ param NT: 2 | 3
//@ param TICKS: 900 | 1400
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define WHEEL 16

typedef void (*timer_cb)(int);

typedef struct timer {
    timer_cb cb;
    int arg;
    struct timer *next;
} timer_entry;

static timer_entry *wheel[WHEEL];
static pthread_mutex_t wheel_mx;
static pthread_mutexattr_t wheel_attr;
static unsigned long now_tick;
static long fired, armed;
static bool running;
static pthread_barrier_t start_line;

static void wheel_lock(void) { pthread_mutex_lock(&wheel_mx); }
static void wheel_unlock(void) { pthread_mutex_unlock(&wheel_mx); }

static void arm_locked(unsigned long at, timer_cb cb, int arg)
{
    timer_entry *t = malloc(sizeof *t);

    t->cb = cb;
    t->arg = arg;
    t->next = wheel[at % WHEEL];
    wheel[at % WHEEL] = t;
}

static void on_timeout(int arg)
{
//@ slot fired on fired
//@ is nested_lock: unprotected
    wheel_lock();
    fired += 1 + (arg & 1);
    wheel_unlock();
//@ is callers_lock: unprotected
    fired += 1 + (arg & 1);
//@ is callers_lock_peeked: racy
    fired += 1 + (arg & 1);
//@ is dropped_lock: racy
    wheel_unlock();
    fired += 1 + (arg & 1);
    sched_yield();
    wheel_lock();
//@ end
}

static void timer_arm(unsigned delay, int arg)
{
    unsigned long at;

//@ slot now on now_tick
//@ is read_in_lock: unprotected
    wheel_lock();
    at = now_tick + delay;
//@ is read_before_lock: racy
    at = now_tick + delay;
    wheel_lock();
//@ is atomic_read: racy
    at = __atomic_load_n(&now_tick, __ATOMIC_ACQUIRE) + delay;
    wheel_lock();
//@ is atomic_pair: conflicting
    at = __atomic_load_n(&now_tick, __ATOMIC_ACQUIRE) + delay;
    wheel_lock();
//@ end
    arm_locked(at, on_timeout, arg);
//@ slot armed on armed
//@ is before_release: unprotected
    armed++;
    wheel_unlock();
//@ is after_release: racy
    wheel_unlock();
    armed++;
//@ is relocked: unprotected
    wheel_unlock();
    wheel_lock();
    armed++;
    wheel_unlock();
//@ is fresh_mutex: racy
    wheel_unlock();
    static __thread pthread_mutex_t count_mx = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&count_mx);
    armed++;
    pthread_mutex_unlock(&count_mx);
//@ end
    if (arg % 2 == 0)
        sched_yield();
}

static void run_slot(unsigned long tick)
{
    timer_entry *t;

    wheel_lock();
    while ((t = wheel[tick % WHEEL]) != NULL) {
        wheel[tick % WHEEL] = t->next;
        t->cb(t->arg);
        free(t);
    }
    wheel_unlock();
}

static void *tick_thread(void *unused)
{
    (void)unused;
    pthread_barrier_wait(&start_line);
    for (unsigned long t = 1; t <= @TICKS@; t++) {
//@ slot now
//@ is read_in_lock
        wheel_lock();
        now_tick = t;
        wheel_unlock();
//@ is read_before_lock
        wheel_lock();
        now_tick = t;
        wheel_unlock();
//@ is atomic_read
        wheel_lock();
        now_tick = t;
        wheel_unlock();
//@ is atomic_pair
        __atomic_store_n(&now_tick, t, __ATOMIC_RELEASE);
//@ end
        run_slot(t);
        sched_yield();
    }
    return NULL;
}

static void *client_thread(void *p)
{
    int id = *(const int *)p;
    long seen = 0;

    pthread_barrier_wait(&start_line);
    for (int i = 0; i < @TICKS@; i++) {
        timer_arm(1 + (unsigned)(i + id) % 12, i);
//@ slot fired
//@ is nested_lock
        wheel_lock();
        seen = fired;
        wheel_unlock();
//@ is callers_lock
        wheel_lock();
        seen = fired;
        wheel_unlock();
//@ is callers_lock_peeked
        seen = fired;
//@ is dropped_lock
        wheel_lock();
        seen = fired;
        wheel_unlock();
//@ end
        if (i % 2 == 0)
            sched_yield();
    }
    return seen >= 0 ? NULL : p;
}

int main(void)
{
    static const int ids[4] = { 0, 1, 2, 3 };
    pthread_t ticker, clients[@NT@];

    running = true;
    pthread_mutexattr_init(&wheel_attr);
    pthread_mutexattr_settype(&wheel_attr, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&wheel_mx, &wheel_attr);
    pthread_barrier_init(&start_line, NULL, @NT@ + 1);
    pthread_create(&ticker, NULL, tick_thread, NULL);
    for (int i = 0; i < @NT@; i++)
        pthread_create(&clients[i], NULL, client_thread, (void *)&ids[i]);
    for (int i = 0; i < @NT@; i++)
        pthread_join(clients[i], NULL);
    pthread_join(ticker, NULL);
    for (unsigned long s = 0; s < WHEEL; s++)
        run_slot(s);
    running = false;
    printf("fired %d armed %d tick %lu %d\n", fired > 0, armed > 0, now_tick, running);
    pthread_mutex_destroy(&wheel_mx);
    return 0;
}
