//@ family: kt_epoch_routes
//@ domain: lockfree
//@ problem: Forwarders look routes up in a published table; a control thread replaces it and reuses the old one once nobody is inside.
//@ param NT: 2 | 3
//@ param LOOKUPS: 1500 | 2500
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define ROUTES 16
#define SWAPS 40

struct table {
    int hop[ROUTES];
    int version;
};

struct forwarder {
    pthread_t tid;
    atomic_uint inside;
    long sent;
    int id;
};

static struct table space[2];
static _Atomic(struct table *) current;
static struct forwarder crew[@NT@];
static pthread_mutex_t ctl = PTHREAD_MUTEX_INITIALIZER;
static long misses;
static int newest;

static void fill(struct table *t, int version)
{
    for (int r = 0; r < ROUTES; r++)
        t->hop[r] = r % 5 + 1;
    t->version = version;
}

static void wait_for_forwarders(void)
{
//@ slot grace on hop, version
//@ is seq_cst_wait: unordered
    for (int f = 0; f < @NT@; f++)
        while (atomic_load(&crew[f].inside))
            sched_yield();
//@ is relaxed_wait: racy
    for (int f = 0; f < @NT@; f++)
        while (atomic_load_explicit(&crew[f].inside, memory_order_relaxed))
            sched_yield();
//@ is first_only: racy
    while (atomic_load(&crew[0].inside))
        sched_yield();
//@ is until_all_out: unordered
    unsigned in;
    do {
        in = 0;
        for (int f = 0; f < @NT@; f++)
            in += atomic_load(&crew[f].inside);
        if (in)
            sched_yield();
    } while (in);
//@ is not_here: racy
//@ end
}

static void *control(void *arg)
{
    int which = 0;

    (void)arg;
    for (int v = 1; v <= SWAPS; v++) {
        struct table *fresh = &space[which ^= 1];
        fill(fresh, v);
        atomic_store(&current, fresh);
        wait_for_forwarders();
//@ slot newest on newest
//@ is under_ctl: unprotected
        pthread_mutex_lock(&ctl);
        newest = v;
        pthread_mutex_unlock(&ctl);
//@ is asked_bare: racy
        pthread_mutex_lock(&ctl);
        newest = v;
        pthread_mutex_unlock(&ctl);
//@ is nobody_asks: concurrent
        newest = v;
//@ end
        sched_yield();
    }
    return NULL;
}

static int lookup(struct forwarder *f, int dest)
{
    struct table *t;
    int hop;

    atomic_store(&f->inside, 1);
    t = atomic_load(&current);
    hop = t->hop[dest % ROUTES];
    if (t->version < 0)
        hop = 0;
    atomic_store_explicit(&f->inside, 0, memory_order_release);
    return hop;
}

static void *forward(void *arg)
{
    struct forwarder *f = arg;

    for (int i = 0; i < @LOOKUPS@; i++) {
        int hop = lookup(f, i + f->id);
        f->sent += hop;
        if ((hop == 5 || hop == 0) && i % 3 == 0) {
//@ slot misses on misses
//@ is counted_bare: racy
            misses++;
//@ is counted_in_ctl: unprotected
            pthread_mutex_lock(&ctl);
            misses++;
            pthread_mutex_unlock(&ctl);
//@ is counted_while_inside: racy
            atomic_store(&f->inside, 1);
            misses++;
            atomic_store(&f->inside, 0);
//@ is not_counted: concurrent
            sched_yield();
//@ end
        }
        if (i % 64 == 0)
            sched_yield();
        if (i % 4)
            continue;
//@ slot newest
//@ is under_ctl
        pthread_mutex_lock(&ctl);
        if (newest > SWAPS)
            f->sent = 0;
        pthread_mutex_unlock(&ctl);
//@ is asked_bare
        if (newest > SWAPS)
            f->sent = 0;
//@ end
    }
    return NULL;
}

static long serial_sent(void)
{
    struct table t;
    long sent = 0;

    fill(&t, 0);
    for (int f = 0; f < @NT@; f++)
        for (int i = 0; i < @LOOKUPS@; i++)
            sent += t.hop[(i + f) % ROUTES];
    return sent;
}

int main(void)
{
    pthread_t boss;
    long sent = 0;

    fill(&space[0], 0);
    atomic_store(&current, &space[0]);
    for (int f = 0; f < @NT@; f++)
        crew[f].id = f;
    for (int f = 0; f < @NT@; f++)
        pthread_create(&crew[f].tid, NULL, forward, &crew[f]);
    pthread_create(&boss, NULL, control, NULL);
    pthread_join(boss, NULL);
    for (int f = 0; f < @NT@; f++) {
        pthread_join(crew[f].tid, NULL);
        sent += crew[f].sent;
    }
    printf("sent %ld serial %ld misses %d newest %d\n", sent, serial_sent(), misses >= 0, newest);
    return 0;
}
