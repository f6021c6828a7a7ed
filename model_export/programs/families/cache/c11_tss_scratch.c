//@ family: c11_tss_scratch
//@ domain: cache
//@ problem: Geometry threads keep the last answers of a distance lookup in scratch memory and share the tallies.
//@ param NT: 3 | 4
//@ param PROBES: 800 | 1400
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

#pragma redefine_extname thrd_create thrd_create_posix
#pragma redefine_extname thrd_join pthread_join
#pragma redefine_extname mtx_init pthread_mutex_init
#pragma redefine_extname mtx_lock pthread_mutex_lock
#pragma redefine_extname mtx_unlock pthread_mutex_unlock

enum { WAYS = 16 };

struct answer {
    int from, to;
    int dist;
};

//@ slot memo on memo
//@ is thread_local_array: same-location
static _Thread_local struct answer memo[WAYS];
//@ is static_array: racy
static struct answer memo[WAYS];
//@ is static_locked: unprotected
static struct answer memo[WAYS];
//@ is static_lookup_bare: racy
static struct answer memo[WAYS];
//@ end
static mtx_t memo_lock;
static long lookups;
static atomic_int finished;
static int totals[@NT@];
static int grand_total;

static int slow_distance(int from, int to)
{
    int d = from ^ to, n = 0;
    for (; d; d &= d - 1)
        n++;
    return n;
}

static int distance(int from, int to)
{
    int d = -1;
    const int way = (from * 5 + to) % WAYS;

//@ slot memo
//@ is thread_local_array
    if (memo[way].from == from && memo[way].to == to)
        d = memo[way].dist;
//@ is static_array
    if (memo[way].from == from && memo[way].to == to)
        d = memo[way].dist;
//@ is static_locked
    mtx_lock(&memo_lock);
    if (memo[way].from == from && memo[way].to == to)
        d = memo[way].dist;
    mtx_unlock(&memo_lock);
//@ is static_lookup_bare
    if (memo[way].from == from && memo[way].to == to)
        d = memo[way].dist;
//@ end
    if (d >= 0)
        return d;
    thrd_yield();
    d = slow_distance(from, to);
//@ slot memo
//@ is thread_local_array
    memo[way] = (struct answer){ from, to, d };
//@ is static_array
    memo[way] = (struct answer){ from, to, d };
//@ is static_locked
    mtx_lock(&memo_lock);
    memo[way] = (struct answer){ from, to, d };
    mtx_unlock(&memo_lock);
//@ is static_lookup_bare
    mtx_lock(&memo_lock);
    memo[way] = (struct answer){ from, to, d };
    mtx_unlock(&memo_lock);
//@ end
    return d;
}

static int probe(void *arg)
{
    int *slot = arg;

    for (int i = 0; i < @PROBES@; i++) {
//@ slot look on lookups
//@ is locked: unprotected
        mtx_lock(&memo_lock);
        lookups++;
        mtx_unlock(&memo_lock);
//@ is plain: racy
        lookups++;
//@ is summed: concurrent
//@ is half_locked: racy
        if (i & 1) {
            mtx_lock(&memo_lock);
            lookups++;
            mtx_unlock(&memo_lock);
        } else {
            lookups++;
        }
//@ end
        *slot += distance(i % 37, i * 3 % 41);
        if (i % 8 == 0)
            thrd_yield();
    }
//@ slot total on totals
//@ is join_first: unordered
    atomic_fetch_add_explicit(&finished, 1, memory_order_relaxed);
//@ is spin_release: unordered
    atomic_fetch_add_explicit(&finished, 1, memory_order_acq_rel);
//@ is spin_relaxed: racy
    atomic_fetch_add_explicit(&finished, 1, memory_order_relaxed);
//@ is join_some: racy
    atomic_fetch_add_explicit(&finished, 1, memory_order_relaxed);
//@ end
    return 0;
}

int thrd_create_posix(pthread_t *t, int (*fn)(void *), void *arg)
{
    return pthread_create(t, NULL, (void *(*)(void *))fn, arg);
}

int main(void)
{
    thrd_t th[@NT@];

    mtx_init(&memo_lock, mtx_plain);
    for (int i = 0; i < @NT@; i++)
        thrd_create(&th[i], probe, &totals[i]);
//@ slot total
//@ is join_first
    for (int i = 0; i < @NT@; i++)
        thrd_join(th[i], NULL);
    for (int i = 0; i < @NT@; i++)
        grand_total += totals[i];
//@ is spin_release
    while (atomic_load_explicit(&finished, memory_order_acquire) < @NT@)
        thrd_yield();
    for (int i = 0; i < @NT@; i++)
        grand_total += totals[i];
    for (int i = 0; i < @NT@; i++)
        thrd_join(th[i], NULL);
//@ is spin_relaxed
    while (atomic_load_explicit(&finished, memory_order_relaxed) < @NT@)
        thrd_yield();
    for (int i = 0; i < @NT@; i++)
        grand_total += totals[i];
    for (int i = 0; i < @NT@; i++)
        thrd_join(th[i], NULL);
//@ is join_some
    thrd_join(th[0], NULL);
    for (int i = 0; i < @NT@; i++)
        grand_total += totals[i];
    for (int i = 1; i < @NT@; i++)
        thrd_join(th[i], NULL);
//@ end
//@ slot look
//@ is summed
    lookups = @NT@ * @PROBES@;
//@ end
    printf("total %d lookups %d\n", grand_total > 0, lookups > 0);
    return 0;
}
