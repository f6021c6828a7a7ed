//@ family: c11_call_once
//@ domain: lazy_init
//@ problem: Codec threads share sine tables and a registry that the first user sets up.
//@ param NT: 3 | 4
//@ param LEN: 300 | 600
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <threads.h>

#pragma redefine_extname thrd_create thrd_create_posix
#pragma redefine_extname thrd_join pthread_join
#pragma redefine_extname mtx_init pthread_mutex_init
#pragma redefine_extname mtx_lock pthread_mutex_lock
#pragma redefine_extname mtx_unlock pthread_mutex_unlock
#pragma redefine_extname call_once pthread_once

#define TABLE 128
#define THREADS @NT@

static float sine[TABLE];
static once_flag sine_once = ONCE_FLAG_INIT;
static int sine_ready;
static int *registry;
static int users;
static mtx_t lock;

static void build_sine(void)
{
    for (int i = 0; i < TABLE; i++)
        sine[i] = (float)sin(i * 6.28318 / TABLE);
}

static float sine_at(int i)
{
//@ slot sine on sine, sine_ready
//@ is call_once: unordered
    call_once(&sine_once, build_sine);
//@ is ready_flag: racy
    if (!sine_ready) {
        build_sine();
        sine_ready = 1;
    }
//@ is prepared: unordered
    if (!sine_ready)
        return 0.0f;
//@ is built_per_thread: racy
    static thread_local int built;
    if (!built) {
        build_sine();
        built = 1;
    }
//@ end
    return sine[i % TABLE];
}

static int *get_registry(void)
{
//@ slot reg on registry
//@ is locked: unprotected
    mtx_lock(&lock);
    if (!registry)
        registry = calloc(THREADS, sizeof *registry);
    int *r = registry;
    mtx_unlock(&lock);
    return r;
//@ is checked_outside: racy
    if (!registry) {
        mtx_lock(&lock);
        if (!registry)
            registry = calloc(THREADS, sizeof *registry);
        mtx_unlock(&lock);
    }
    return registry;
//@ is per_thread_copy: same-location
    static thread_local int *registry;
    if (!registry)
        registry = calloc(THREADS, sizeof *registry);
    return registry;
//@ is returned_outside: racy
    mtx_lock(&lock);
    int *old = registry;
    mtx_unlock(&lock);
    registry = old ? old : calloc(THREADS, sizeof *registry);
    return registry;
//@ end
}

static void register_user(int id)
{
//@ slot users on users
//@ is locked: unprotected
    mtx_lock(&lock);
    users += id >= 0;
    mtx_unlock(&lock);
//@ is unlocked: racy
    users += id >= 0;
//@ is local_lock: racy
    mtx_t own;
    mtx_init(&own, mtx_plain);
    mtx_lock(&own);
    users += id >= 0;
    mtx_unlock(&own);
//@ is builtin: conflicting
    __atomic_fetch_add(&users, id >= 0, __ATOMIC_RELAXED);
//@ end
}

struct job {
    int id;
    float sum;
};

static int codec_main(void *p)
{
    struct job *j = p;

    for (int i = 0; i < @LEN@; i++) {
        j->sum += sine_at(i + j->id);
        if (get_registry() == NULL)
            return 1;
        if (i % 4 == 0)
            thrd_yield();
        register_user(j->id);
        if (i % 4 == 0)
            thrd_yield();
    }
    return 0;
}

int thrd_create_posix(pthread_t *t, int (*fn)(void *), void *arg)
{
    return pthread_create(t, NULL, (void *(*)(void *))fn, arg);
}

int main(void)
{
    thrd_t th[THREADS];
    struct job jobs[THREADS];
    float sum = 0;

    mtx_init(&lock, mtx_plain);
//@ slot sine
//@ is prepared
    build_sine();
    sine_ready = 1;
//@ end
    for (int i = 0; i < THREADS; i++) {
        jobs[i] = (struct job){ i, 0 };
        thrd_create(&th[i], codec_main, &jobs[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        thrd_join(th[i], NULL);
        sum += jobs[i].sum;
    }
    printf("sum %d users %d\n", sum < 1e6f, users > 0);
    return 0;
}
