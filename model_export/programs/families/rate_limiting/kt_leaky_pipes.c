//@ family: kt_leaky_pipes
//@ domain: rate_limiting
//@ problem: Senders share leaky buckets per destination; a drip thread lets them leak and a ledger counts what was held back.
//@ param SENDERS: 2 | 3
//@ param SENDS: 500 | 800
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <threads.h>

#pragma redefine_extname thrd_create pipe_thread
#pragma redefine_extname thrd_join pthread_join
#pragma redefine_extname mtx_init pthread_mutex_init
#pragma redefine_extname mtx_lock pthread_mutex_lock
#pragma redefine_extname mtx_trylock pthread_mutex_trylock
#pragma redefine_extname mtx_unlock pthread_mutex_unlock

int pipe_thread(pthread_t *t, int (*fn)(void *), void *arg)
{
    return pthread_create(t, NULL, (void *(*)(void *))fn, arg);
}

enum { PIPES = 4, DEPTH = 40 };

typedef struct {
    mtx_t mtx;
//@ slot level on level
//@ is plain_both_locked: unprotected
    int level;
//@ is drip_outside: racy
    int level;
//@ is atomic_level: conflicting
    atomic_int level;
//@ is neighbour_lock: racy
    int level;
//@ end
    long sent;
} leaky_t;

typedef struct {
    int id;
    long passed;
    long held_back;
} sender_t;

static leaky_t leaky[PIPES];
static mtx_t ledger_mtx;
static struct {
    long held_back;
    long drips;
    int fullest;
} ledger;
static atomic_bool closed;

static bool try_send(leaky_t *b, int size)
{
    bool ok = false;

//@ slot level
//@ is plain_both_locked
    mtx_lock(&b->mtx);
    if (b->level + size <= DEPTH) {
        b->level += size;
        ok = true;
    }
    mtx_unlock(&b->mtx);
//@ is drip_outside
    mtx_lock(&b->mtx);
    if (b->level + size <= DEPTH) {
        b->level += size;
        ok = true;
    }
    mtx_unlock(&b->mtx);
//@ is atomic_level
    int now = atomic_load_explicit(&b->level, memory_order_relaxed);
    while (now + size <= DEPTH && !ok)
        ok = atomic_compare_exchange_weak_explicit(&b->level, &now, now + size,
                                                   memory_order_relaxed, memory_order_relaxed);
//@ is neighbour_lock
    mtx_t *m = size % 2 ? &b->mtx : &leaky[0].mtx;
    mtx_lock(m);
    if (b->level + size <= DEPTH) {
        b->level += size;
        ok = true;
    }
    mtx_unlock(m);
//@ end
    return ok;
}

static void drip(leaky_t *b)
{
//@ slot level
//@ is plain_both_locked
    mtx_lock(&b->mtx);
    if (b->level > 0)
        b->level -= b->level > 8 ? 8 : b->level;
    mtx_unlock(&b->mtx);
//@ is drip_outside
    if (b->level > 0) {
        mtx_lock(&b->mtx);
        b->level -= b->level > 8 ? 8 : b->level;
        mtx_unlock(&b->mtx);
    }
//@ is atomic_level
    int now = atomic_load_explicit(&b->level, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&b->level, &now, now > 8 ? now - 8 : 0,
                                                  memory_order_relaxed, memory_order_relaxed))
        ;
//@ is neighbour_lock
    mtx_lock(&b->mtx);
    if (b->level > 0)
        b->level -= b->level > 8 ? 8 : b->level;
    mtx_unlock(&b->mtx);
//@ end
}

static int drip_loop(void *arg)
{
    (void)arg;
    while (!atomic_load_explicit(&closed, memory_order_relaxed)) {
        for (int p = 0; p < PIPES; p++)
            drip(&leaky[p]);
//@ slot drips on drips
//@ is only_here: concurrent
        ledger.drips++;
//@ is here_and_sender: racy
        ledger.drips++;
//@ is ledger_lock: unprotected
        mtx_lock(&ledger_mtx);
        ledger.drips++;
        mtx_unlock(&ledger_mtx);
//@ is try_ledger: racy
        if (mtx_trylock(&ledger_mtx) == thrd_success) {
            ledger.drips++;
            mtx_unlock(&ledger_mtx);
        }
//@ end
        thrd_yield();
    }
    return 0;
}

static int size_of(int id, int i)
{
    return 1 + (id * 3 + i) % 6;
}

static int send_loop(void *arg)
{
    sender_t *s = arg;

    for (int i = 0; i < @SENDS@; i++) {
        int tries = 0;
        while (!try_send(&leaky[(s->id + i) % PIPES], size_of(s->id, i))) {
            tries++;
            thrd_yield();
        }
        s->passed += size_of(s->id, i);
        if (tries == 0 && i % 8)
            continue;
//@ slot held on held_back
//@ is ledger_lock_all: unprotected
        mtx_lock(&ledger_mtx);
        ledger.held_back += tries;
        mtx_unlock(&ledger_mtx);
//@ is pipe_lock: racy
        mtx_lock(&leaky[(s->id + i) % PIPES].mtx);
        ledger.held_back += tries;
        mtx_unlock(&leaky[(s->id + i) % PIPES].mtx);
//@ is in_sender: same-location
        s->held_back += tries;
//@ is read_then_lock: racy
        long before = ledger.held_back;
        mtx_lock(&ledger_mtx);
        ledger.held_back = before + tries;
        mtx_unlock(&ledger_mtx);
//@ end
//@ slot drips
//@ is here_and_sender
        if (ledger.drips > 1000000)
            s->passed = 0;
//@ is ledger_lock
        mtx_lock(&ledger_mtx);
        if (ledger.drips > 1000000)
            s->passed = 0;
        mtx_unlock(&ledger_mtx);
//@ is try_ledger
        if (ledger.drips > 1000000)
            s->passed = 0;
//@ end
    }
    return 0;
}

static long serial_passed(void)
{
    long sum = 0;

    for (int s = 0; s < @SENDERS@; s++)
        for (int i = 0; i < @SENDS@; i++)
            sum += size_of(s, i);
    return sum;
}

int main(void)
{
    thrd_t tid[@SENDERS@], drops;
    sender_t s[@SENDERS@];
    long passed = 0, held = 0;

    mtx_init(&ledger_mtx, mtx_plain);
    for (int p = 0; p < PIPES; p++)
        mtx_init(&leaky[p].mtx, mtx_plain);
    thrd_create(&drops, drip_loop, NULL);
    for (int i = 0; i < @SENDERS@; i++) {
        s[i] = (sender_t){ .id = i };
        thrd_create(&tid[i], send_loop, &s[i]);
    }
    for (int i = 0; i < @SENDERS@; i++)
        thrd_join(tid[i], NULL);
    atomic_store(&closed, true);
    thrd_join(drops, NULL);
    for (int i = 0; i < @SENDERS@; i++) {
        passed += s[i].passed;
        held += s[i].held_back;
    }
    printf("passed %ld serial %ld held %d drips %d\n", passed, serial_passed(),
           held + ledger.held_back >= 0, ledger.drips > 0);
    return 0;
}
