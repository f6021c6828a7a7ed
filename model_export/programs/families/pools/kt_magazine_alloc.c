//@ family: kt_magazine_alloc
//@ domain: pools
//@ problem: Fixed-size chunks are taken from per-thread magazines that refill from a depot; freed chunks may cross threads.
//@ param NT: 3 | 4
//@ param ROUNDS: 200 | 300
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define CHUNKS 256
#define MAG 3

struct chunk {
    struct chunk *link;
    unsigned word[6];
};

struct magazine {
    struct chunk *slot[MAG * 2];
    int n;
    long refills;
};

struct depot {
    pthread_mutex_t lock;
    pthread_mutex_t stat_lock;
    struct chunk *free;
    int in_use;
    long refills;
    unsigned high_water;
    struct chunk store[CHUNKS];
};

static struct depot depot;
static pthread_key_t mag_key;
//@ slot magazine on slot, n
//@ is keyed: same-location
//@ is one_magazine: racy
static struct magazine common_mag;
//@ is thread_var: same-location
static __thread struct magazine own_mag;
//@ is keyed_by_parity: racy
static struct magazine mags[2];
//@ end

static struct magazine *my_magazine(int id)
{
    (void)id;
//@ slot magazine
//@ is keyed
    struct magazine *m = pthread_getspecific(mag_key);
    if (!m) {
        m = calloc(1, sizeof *m);
        pthread_setspecific(mag_key, m);
    }
    return m;
//@ is one_magazine
    struct magazine *m = pthread_getspecific(mag_key);
    if (!m) {
        m = &common_mag;
        pthread_setspecific(mag_key, m);
    }
    return m;
//@ is thread_var
    return &own_mag;
//@ is keyed_by_parity
    return &mags[id & 1];
//@ end
}

static void refill(struct magazine *m)
{
    pthread_mutex_lock(&depot.lock);
    for (int i = 0; i < MAG && depot.free; i++) {
        struct chunk *c = depot.free;
        depot.free = c->link;
        if (m->n < MAG * 2)
            m->slot[m->n++] = c;
    }
    pthread_mutex_unlock(&depot.lock);
    sched_yield();
//@ slot refills on refills
//@ is in_magazine: same-location
    m->refills++;
//@ is stat_locked: unprotected
    pthread_mutex_lock(&depot.stat_lock);
    depot.refills++;
    pthread_mutex_unlock(&depot.stat_lock);
//@ is after_depot: racy
    depot.refills++;
//@ end
}

static struct chunk *chunk_get(int id)
{
    struct magazine *m = my_magazine(id);
    struct chunk *c = NULL;

    if (m->n <= 0)
        refill(m);
    if (m->n > 0)
        c = m->slot[--m->n];
//@ slot use on in_use
//@ is both_stat_lock: unprotected
    pthread_mutex_lock(&depot.stat_lock);
    depot.in_use++;
    pthread_mutex_unlock(&depot.stat_lock);
//@ is get_stat_put_depot: racy
    pthread_mutex_lock(&depot.stat_lock);
    depot.in_use++;
    pthread_mutex_unlock(&depot.stat_lock);
//@ is builtin: conflicting
    __atomic_fetch_add(&depot.in_use, 1, __ATOMIC_RELAXED);
//@ is builtin_one_way: racy
    __atomic_fetch_add(&depot.in_use, 1, __ATOMIC_RELAXED);
//@ end
    return c;
}

static void chunk_put(struct chunk *c)
{
    pthread_mutex_lock(&depot.lock);
    c->link = depot.free;
    depot.free = c;
//@ slot use
//@ is both_stat_lock
    pthread_mutex_unlock(&depot.lock);
    pthread_mutex_lock(&depot.stat_lock);
    depot.in_use--;
    pthread_mutex_unlock(&depot.stat_lock);
//@ is get_stat_put_depot
    depot.in_use--;
    pthread_mutex_unlock(&depot.lock);
//@ is builtin
    pthread_mutex_unlock(&depot.lock);
    __atomic_fetch_sub(&depot.in_use, 1, __ATOMIC_RELAXED);
//@ is builtin_one_way
    depot.in_use--;
    pthread_mutex_unlock(&depot.lock);
//@ end
}

static unsigned fill(struct chunk *c, int id, int r)
{
    unsigned sum = 0;

    for (int w = 0; w < 6; w++) {
        c->word[w] = (unsigned)(id * 100 + r * 7 + w);
        sum += c->word[w];
    }
    return sum;
}

struct hand {
    int id;
    unsigned sum;
};

static void *use_chunks(void *arg)
{
    struct hand *h = arg;
    struct chunk spare;

    for (int r = 0; r < @ROUNDS@; r++) {
        struct chunk *c = chunk_get(h->id);
//@ slot words on word
//@ is own_chunk: same-location
        h->sum += fill(c ? c : &spare, h->id, r);
        if (c)
            chunk_put(c);
//@ is put_then_fill: racy
        if (c)
            chunk_put(c);
        h->sum += fill(c ? c : &spare, h->id, r);
//@ is on_the_stack: same-location
        h->sum += fill(&spare, h->id, r);
        if (c)
            chunk_put(c);
//@ end
        if (r % 4 == 0)
            sched_yield();
    }
    return NULL;
}

static unsigned serial_sum(void)
{
    struct chunk c;
    unsigned sum = 0;

    for (int t = 0; t < @NT@; t++)
        for (int r = 0; r < @ROUNDS@; r++)
            sum += fill(&c, t, r);
    return sum;
}

int main(void)
{
    pthread_t tid[@NT@];
    struct hand h[@NT@];
    unsigned sum = 0;

    pthread_key_create(&mag_key, NULL);
    pthread_mutex_init(&depot.lock, NULL);
    pthread_mutex_init(&depot.stat_lock, NULL);
    for (int i = 0; i < CHUNKS; i++) {
        depot.store[i].link = depot.free;
        depot.free = &depot.store[i];
    }
    for (int t = 0; t < @NT@; t++) {
        h[t] = (struct hand){ t, 0 };
        pthread_create(&tid[t], NULL, use_chunks, &h[t]);
    }
    for (int t = 0; t < @NT@; t++)
        pthread_join(tid[t], NULL);
    for (int t = 0; t < @NT@; t++)
        sum += h[t].sum;
    printf("sum %u serial %u in use %d refills %d\n", sum, serial_sum(), depot.in_use >= 0,
           depot.refills >= 0);
    return 0;
}
