//@ family: c11_relaxed_stats
//@ domain: counters
//@ problem: Workers of a proxy keep request statistics in C11 atomics that the main thread prints.
//@ param NT: 3 | 4
//@ param REQS: 800 | 1500
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

typedef struct {
//@ slot reqs on requests
//@ is fetch_add: conflicting
    atomic_long requests;
//@ is plain_long: racy
    long requests;
//@ is load_store: conflicting
    atomic_long requests;
//@ is volatile_long: racy
    volatile long requests;
//@ is increment: conflicting
    _Atomic long requests;
//@ end
    atomic_int failures;
    long bytes;
    int peak;
} proxy_stats;

static proxy_stats stats;
static atomic_flag peak_busy = ATOMIC_FLAG_INIT;
static atomic_flag byte_busy = ATOMIC_FLAG_INIT;

static void flag_enter(atomic_flag *f)
{
    while (atomic_flag_test_and_set_explicit(f, memory_order_acquire))
        sched_yield();
}

static void flag_leave(atomic_flag *f)
{
    atomic_flag_clear_explicit(f, memory_order_release);
}

static void count_request(void)
{
//@ slot reqs
//@ is fetch_add
    atomic_fetch_add_explicit(&stats.requests, 1, memory_order_relaxed);
//@ is plain_long
    stats.requests++;
//@ is load_store
    long n = atomic_load_explicit(&stats.requests, memory_order_relaxed);
    atomic_store_explicit(&stats.requests, n + 1, memory_order_relaxed);
//@ is volatile_long
    stats.requests++;
//@ is increment
    stats.requests++;
//@ end
}

static void count_bytes(int n)
{
//@ slot bytes on bytes
//@ is flag_lock: unprotected
    flag_enter(&byte_busy);
    stats.bytes += n;
    flag_leave(&byte_busy);
//@ is other_flag: racy
    flag_enter(n % 2 ? &byte_busy : &peak_busy);
    stats.bytes += n;
    flag_leave(n % 2 ? &byte_busy : &peak_busy);
//@ is try_once: racy
    bool got = !atomic_flag_test_and_set_explicit(&byte_busy, memory_order_acquire);
    stats.bytes += n;
    sched_yield();
    if (got)
        flag_leave(&byte_busy);
//@ is try_or_skip: unprotected
    if (atomic_flag_test_and_set_explicit(&byte_busy, memory_order_acquire))
        return;
    stats.bytes += n;
    flag_leave(&byte_busy);
//@ end
}

static void note_peak(int n)
{
//@ slot peak on peak
//@ is flag_lock: unprotected
    flag_enter(&peak_busy);
    if (n > stats.peak)
        stats.peak = n;
    flag_leave(&peak_busy);
//@ is left_early: racy
    flag_enter(&peak_busy);
    bool higher = n > stats.peak / 2;
    flag_leave(&peak_busy);
    if (higher)
        stats.peak = n;
//@ is none_kept: concurrent
    (void)n;
//@ is bare_check: racy
    if (n > stats.peak / 2) {
        flag_enter(&peak_busy);
        stats.peak = n;
        flag_leave(&peak_busy);
    }
//@ end
}

static void *proxy_worker(void *arg)
{
    int id = (int)(long)arg;

    for (int i = 0; i < @REQS@; i++) {
        int size = (i * 113 + id * 71) % 1400;
        if (size < 20) {
            atomic_fetch_add(&stats.failures, 1);
            continue;
        }
        count_request();
        count_bytes(size);
        note_peak(size);
        if (i % 4 == 0)
            sched_yield();
    }
    return NULL;
}

int main(void)
{
    pthread_t tid[@NT@];
    long seen = 0;

    for (int i = 0; i < @NT@; i++)
        pthread_create(&tid[i], NULL, proxy_worker, (void *)(long)i);
    for (int i = 0; i < 100; i++) {
        seen += atomic_load(&stats.failures);
        sched_yield();
    }
    for (int i = 0; i < @NT@; i++)
        pthread_join(tid[i], NULL);
//@ slot peak
//@ is none_kept
    stats.peak = 1400;
//@ end
    long requests = stats.requests;
    printf("requests %d bytes %d peak %d seen %d\n", requests > 0, stats.bytes > 0, stats.peak > 0,
           seen >= 0);
    return 0;
}
