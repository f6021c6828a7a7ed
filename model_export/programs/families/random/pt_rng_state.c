//@ family: pt_rng_state
//@ domain: random
//@ problem: Threads estimate pi by throwing darts with a small generator of random numbers.
//@ param NT: 3 | 4
//@ param DARTS: 2000 | 4000
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    uint64_t s[2];
} rng_t;

typedef struct {
    int id;
    rng_t rng;
    unsigned hits;
} thrower_t;

static rng_t shared_rng = { { 12345, 6789 } };
static pthread_mutex_t rng_mx = PTHREAD_MUTEX_INITIALIZER;
static unsigned per_thread[@NT@ + 1];
static double estimate;
static int batches;

static uint64_t rng_step(rng_t *r)
{
    uint64_t a = r->s[0], b = r->s[1];

    r->s[0] = b;
    a ^= a << 23;
    r->s[1] = a ^ b ^ (a >> 17) ^ (b >> 26);
    return r->s[1] + b;
}

static double uniform(thrower_t *t)
{
    uint64_t v;

//@ slot gen on shared_rng, s
//@ is own_state: same-location
    v = rng_step(&t->rng);
//@ is shared_bare: racy
    v = rng_step(&shared_rng);
//@ is shared_locked: unprotected
    pthread_mutex_lock(&rng_mx);
    v = rng_step(&shared_rng);
    pthread_mutex_unlock(&rng_mx);
//@ is copy_back: racy
    pthread_mutex_lock(&rng_mx);
    rng_t copy = shared_rng;
    pthread_mutex_unlock(&rng_mx);
    v = rng_step(&copy);
    shared_rng = copy;
//@ is copy_kept: unprotected
    pthread_mutex_lock(&rng_mx);
    rng_t copy = shared_rng;
    v = rng_step(&copy);
    shared_rng = copy;
    pthread_mutex_unlock(&rng_mx);
//@ end
    (void)t;
    return (double)(v >> 11) / 9007199254740992.0;
}

static void note_hit(thrower_t *t)
{
    t->hits++;
//@ slot hit on per_thread
//@ is own_slot: same-location
    per_thread[t->id]++;
//@ is next_slot_too: racy
    per_thread[t->id]++;
    per_thread[t->id + 1]--;
//@ is shifted_slot: same-location
    per_thread[t->id + 1]++;
//@ is half_slot: racy
    per_thread[t->id / 2]++;
//@ end
}

static void *throw_darts(void *p)
{
    thrower_t *t = p;

    for (int i = 0; i < @DARTS@; i++) {
        double x = uniform(t), y = uniform(t);
        if (x * x + y * y < 1.0)
            note_hit(t);
//@ slot batch on batches
//@ is first_thread: concurrent
        if (i % 10 == 0 && t->id == 0)
            batches++;
//@ is any_thread: racy
        if (i % 10 == 0)
            batches++;
//@ is after_all: concurrent
//@ is fetch_add: conflicting
        if (i % 10 == 0)
            __sync_add_and_fetch(&batches, 1);
//@ is not_last_thread: racy
        if (i % 10 == 0 && t->id != @NT@ - 1)
            batches++;
//@ end
        if (i % 10 == 0)
            sched_yield();
    }
    return t;
}

int main(void)
{
    pthread_t tid[@NT@];
    thrower_t *crew = calloc(@NT@, sizeof *crew);
    unsigned hits = 0;

    for (int i = 0; i < @NT@; i++) {
        crew[i].id = i;
        crew[i].rng = (rng_t){ { 99u + (unsigned)i, 7u * (unsigned)i + 1 } };
        pthread_create(tid + i, NULL, throw_darts, crew + i);
    }
    for (int i = 0; i < @NT@; i++) {
        void *ret;
        pthread_join(tid[i], &ret);
        hits += ((thrower_t *)ret)->hits;
    }
//@ slot batch
//@ is after_all
    batches = @NT@ * @DARTS@ / 10;
//@ end
    estimate = 4.0 * hits / (@NT@ * @DARTS@);
    printf("pi about %d batches %d slot %d\n", estimate > 1.0, batches > 0, per_thread[0] > 0);
    free(crew);
    return 0;
}
