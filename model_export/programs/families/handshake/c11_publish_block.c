//@ family: c11_publish_block
//@ domain: handshake
//@ problem: A producer publishes blocks of samples through an atomic flag and readers check them.
//@ param NT: 2 | 3
//@ param ROUNDS: 300 | 500
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define READERS @NT@
#define SAMPLES 12

struct block {
    int samples[SAMPLES];
    int serial;
};

static struct block blocks[@ROUNDS@];
static atomic_int published;
static struct block *_Atomic newest;
static atomic_int acks[READERS];
static int last_serial;
static long checks;

static void fill(struct block *b, int serial)
{
    for (int i = 0; i < SAMPLES; i++)
        b->samples[i] = serial * 10 + i;
}

static void *producer(void *unused)
{
    for (int n = 0; n < @ROUNDS@; n++) {
        struct block *b = &blocks[n];
//@ slot data on samples
//@ is release_acquire: unordered
        fill(b, n);
        atomic_store_explicit(&published, n + 1, memory_order_release);
//@ is relaxed_both: racy
        fill(b, n);
        atomic_store_explicit(&published, n + 1, memory_order_relaxed);
//@ is relaxed_load: racy
        fill(b, n);
        atomic_store_explicit(&published, n + 1, memory_order_release);
//@ is early_publish: racy
        atomic_store_explicit(&published, n + 1, memory_order_release);
        fill(b, n);
//@ is seq_cst: unordered
        fill(b, n);
        published = n + 1;
//@ end
//@ slot serial on serial
//@ is stored_first: unordered
        b->serial = n;
        atomic_store_explicit(&newest, b, memory_order_release);
//@ is stored_last: racy
        atomic_store_explicit(&newest, b, memory_order_release);
        b->serial = n;
//@ is consumer_relaxed: racy
        b->serial = n;
        atomic_store_explicit(&newest, b, memory_order_release);
//@ is exchanged: unordered
        b->serial = n;
        atomic_exchange_explicit(&newest, b, memory_order_acq_rel);
//@ end
//@ slot last on last_serial
//@ is producer_only: concurrent
        last_serial = n;
//@ is read_by_all: racy
        last_serial = n;
//@ is written_by_main: concurrent
//@ end
        for (int r = 0; r < READERS; r++)
            while (atomic_load_explicit(&acks[r], memory_order_relaxed) < n - 8)
                sched_yield();
    }
    return unused;
}

static void *reader(void *arg)
{
    int id = *(int *)arg;
    long *out = malloc(sizeof *out);

    *out = 0;
    for (int n = 0; n < @ROUNDS@; n++) {
        struct block *b;
//@ slot data
//@ is release_acquire
        while (atomic_load_explicit(&published, memory_order_acquire) <= n)
            sched_yield();
//@ is relaxed_both
        while (atomic_load_explicit(&published, memory_order_relaxed) <= n)
            sched_yield();
//@ is relaxed_load
        while (atomic_load_explicit(&published, memory_order_relaxed) <= n)
            sched_yield();
//@ is early_publish
        while (atomic_load_explicit(&published, memory_order_acquire) <= n)
            sched_yield();
//@ is seq_cst
        while (published <= n)
            sched_yield();
//@ end
        for (int i = 0; i < SAMPLES; i++)
            *out += blocks[n].samples[i];
//@ slot serial
//@ is stored_first
        b = atomic_load_explicit(&newest, memory_order_acquire);
//@ is stored_last
        b = atomic_load_explicit(&newest, memory_order_acquire);
//@ is consumer_relaxed
        b = atomic_load_explicit(&newest, memory_order_relaxed);
//@ is exchanged
        b = atomic_load_explicit(&newest, memory_order_acquire);
//@ end
        if (b)
            *out += b->serial;
//@ slot last
//@ is read_by_all
        *out += last_serial & 1;
//@ end
        atomic_store_explicit(&acks[id], n, memory_order_relaxed);
    }
    return out;
}

int main(void)
{
    pthread_t p, r[READERS];
    int ids[READERS];

    for (int i = 0; i < READERS; i++) {
        ids[i] = i;
        pthread_create(&r[i], NULL, reader, &ids[i]);
    }
    pthread_create(&p, NULL, producer, NULL);
    for (int i = 0; i < READERS; i++) {
        void *ret;
        pthread_join(r[i], &ret);
        checks += *(long *)ret;
        free(ret);
    }
    pthread_join(p, NULL);
//@ slot last
//@ is written_by_main
    last_serial = @ROUNDS@ - 1;
//@ end
    printf("checks %d last %d\n", checks > 0, last_serial);
    return 0;
}
