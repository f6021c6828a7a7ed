//@ family: kt_lane_dice
//@ domain: random
//@ problem: Lanes roll dice with a small generator each and fill a histogram of the sums.
//@ param LANES: 3 | 4
//@ param ROLLS: 800 | 1200
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <threads.h>

#pragma redefine_extname thrd_create lane_thread
#pragma redefine_extname thrd_join pthread_join
#pragma redefine_extname mtx_init pthread_mutex_init
#pragma redefine_extname mtx_lock pthread_mutex_lock
#pragma redefine_extname mtx_unlock pthread_mutex_unlock

#define SUMS 13

int lane_thread(pthread_t *t, int (*fn)(void *), void *arg)
{
    return pthread_create(t, NULL, (void *(*)(void *))fn, arg);
}

struct dice {
    uint32_t state;
};

struct lane {
    struct dice dice;
    mtx_t mine;
    int id;
    long rolls;
    int hist[SUMS];
};

static mtx_t table_mtx;
static int hist[SUMS];
//@ slot engine on engine
//@ is per_thread: same-location
static _Thread_local struct dice engine;
//@ is one_for_all: racy
static struct dice engine;
//@ is one_with_lock: unprotected
static struct dice engine;
static mtx_t engine_mtx;
//@ is in_the_lane: concurrent
static struct dice engine;
//@ is lane_lock: racy
static struct dice engine;
//@ end

static int step(struct dice *d)
{
    d->state ^= d->state << 13;
    d->state ^= d->state >> 17;
    d->state ^= d->state << 5;
    return (int)(d->state % 6) + 1;
}

static void seed(struct dice *d, int id)
{
    d->state = 2463534242u + (uint32_t)id * 7919u;
}

static int roll_two(struct lane *l)
{
//@ slot engine
//@ is per_thread
    (void)l;
    int a = step(&engine), b = step(&engine);
//@ is one_for_all
    (void)l;
    int a = step(&engine), b = step(&engine);
//@ is one_with_lock
    (void)l;
    mtx_lock(&engine_mtx);
    int a = step(&engine), b = step(&engine);
    mtx_unlock(&engine_mtx);
//@ is in_the_lane
    int a = step(&l->dice), b = step(&l->dice);
//@ is lane_lock
    mtx_lock(&l->mine);
    int a = step(&engine), b = step(&engine);
    mtx_unlock(&l->mine);
//@ end
    return a + b;
}

static int roll_lane(void *arg)
{
    struct lane *l = arg;

//@ slot engine
//@ is per_thread
    seed(&engine, l->id);
//@ is in_the_lane
    seed(&l->dice, l->id);
//@ end
    for (int i = 0; i < @ROLLS@; i++) {
        int sum = roll_two(l);
//@ slot table on hist
//@ is merged_at_end: unprotected
        l->hist[sum]++;
//@ is merged_bare: racy
        l->hist[sum]++;
//@ is direct: racy
        hist[sum]++;
//@ is direct_locked: unprotected
        mtx_lock(&table_mtx);
        hist[sum]++;
        mtx_unlock(&table_mtx);
//@ is direct_builtin: conflicting
        __atomic_add_fetch(&hist[sum], 1, __ATOMIC_RELAXED);
//@ end
        l->rolls++;
    }
//@ slot table
//@ is merged_at_end
    mtx_lock(&table_mtx);
    for (int s = 0; s < SUMS; s++)
        hist[s] += l->hist[s];
    mtx_unlock(&table_mtx);
//@ is merged_bare
    mtx_lock(&l->mine);
    for (int s = 0; s < SUMS; s++)
        hist[s] += l->hist[s];
    mtx_unlock(&l->mine);
//@ end
    return 0;
}

static int serial_weight(void)
{
    int weight = 0;

    for (int id = 0; id < @LANES@; id++) {
        struct dice d;
        seed(&d, id);
        for (int i = 0; i < @ROLLS@; i++) {
            int a = step(&d), b = step(&d);
            weight += a + b;
        }
    }
    return weight;
}

int main(void)
{
    static struct lane lanes[@LANES@];
    thrd_t tid[@LANES@];
    int weight = 0;
    long rolls = 0;

    seed(&engine, 0);
    mtx_init(&table_mtx, mtx_plain);
//@ slot engine
//@ is one_with_lock
    mtx_init(&engine_mtx, mtx_plain);
//@ end
    for (int i = 0; i < @LANES@; i++) {
        lanes[i].id = i;
        mtx_init(&lanes[i].mine, mtx_plain);
        thrd_create(&tid[i], roll_lane, &lanes[i]);
    }
    for (int i = 0; i < @LANES@; i++)
        thrd_join(tid[i], NULL);
    for (int s = 0; s < SUMS; s++)
        weight += s * hist[s];
    for (int i = 0; i < @LANES@; i++)
        rolls += lanes[i].rolls;
    printf("weight %d serial %d rolls %ld\n", weight, serial_weight(), rolls);
    return 0;
}
