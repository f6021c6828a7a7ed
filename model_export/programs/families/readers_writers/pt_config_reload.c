//@ family: pt_config_reload
//@ domain: readers_writers
//@ problem: Request threads read a configuration that a reload thread replaces from time to time.
//@ param NT: 3 | 4
//@ param REQS: 1500 | 2500
#define _XOPEN_SOURCE 700
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct limits {
    int max_body;
    int max_headers;
};

struct config {
    struct limits limits;
    int generation;
    long lookups;
    int readers_seen;
};

static struct config cfg = { .limits = { 4096, 32 } };
static pthread_rwlock_t cfg_lock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_rwlock_t gen_lock = PTHREAD_RWLOCK_INITIALIZER;

#define CFG_READ() pthread_rwlock_rdlock(&cfg_lock)
#define CFG_WRITE() pthread_rwlock_wrlock(&cfg_lock)
#define CFG_DONE() pthread_rwlock_unlock(&cfg_lock)

static bool allowed(int body, int headers)
{
    bool ok;

    CFG_READ();
    ok = headers <= cfg.limits.max_headers && body <= cfg.limits.max_body;
    CFG_DONE();
    return ok;
}

static int current_generation(void)
{
    int g;

//@ slot gen on generation
//@ is shared_lock: unprotected
    CFG_READ();
    g = cfg.generation;
    CFG_DONE();
//@ is read_after: racy
    CFG_READ();
    CFG_DONE();
    g = cfg.generation;
//@ is other_rwlock: racy
    pthread_rwlock_rdlock(&gen_lock);
    g = cfg.generation;
    pthread_rwlock_unlock(&gen_lock);
//@ is both_other: unprotected
    pthread_rwlock_rdlock(&gen_lock);
    g = cfg.generation;
    pthread_rwlock_unlock(&gen_lock);
//@ is try_read: unprotected
    if (pthread_rwlock_tryrdlock(&cfg_lock) != 0)
        return -1;
    g = cfg.generation;
    CFG_DONE();
//@ is try_anyway: racy
    bool held = pthread_rwlock_tryrdlock(&gen_lock) == 0;
    g = cfg.generation;
    if (held)
        pthread_rwlock_unlock(&gen_lock);
//@ end
    return g;
}

static void reload(int round)
{
    CFG_WRITE();
    cfg.limits.max_body = 2048 + round % 100;
    cfg.limits.max_headers = 16 + round % 16;
//@ slot gen
//@ is shared_lock
    cfg.generation++;
//@ is read_after
    cfg.generation++;
//@ is other_rwlock
    cfg.generation++;
//@ is try_read
    cfg.generation++;
//@ is try_anyway
    cfg.generation++;
//@ end
    CFG_DONE();
//@ slot gen
//@ is both_other
    pthread_rwlock_wrlock(&gen_lock);
    cfg.generation++;
    pthread_rwlock_unlock(&gen_lock);
//@ end
}

static void *reloader(void *arg)
{
    int rounds = *(int *)arg;

    for (int i = 0; i < rounds; i++) {
        reload(i);
        sched_yield();
    }
    return NULL;
}

static void *request_thread(void *arg)
{
    long *served = arg;

    for (int i = 0; i < @REQS@; i++) {
        int g;
        if (allowed(i % 3000, i % 40))
            ++*served;
        g = current_generation();
        if (i % 4 == 0)
            sched_yield();
//@ slot look on lookups
//@ is inc_in_read: racy
        CFG_READ();
        cfg.lookups++;
        CFG_DONE();
//@ is inc_in_write: unprotected
        CFG_WRITE();
        cfg.lookups++;
        CFG_DONE();
//@ is atomic_in_read: conflicting
        CFG_READ();
        __atomic_fetch_add(&cfg.lookups, 1, __ATOMIC_RELAXED);
        CFG_DONE();
//@ is inc_outside: racy
        CFG_READ();
        int more = cfg.limits.max_headers > 0;
        CFG_DONE();
        cfg.lookups += more;
//@ end
        if (g < -1)
            return NULL;
    }
//@ slot seen on readers_seen
//@ is in_write: unprotected
    CFG_WRITE();
    cfg.readers_seen++;
    CFG_DONE();
//@ is by_main: concurrent
//@ end
    return NULL;
}

int main(void)
{
    pthread_t rt, tid[@NT@];
    long served[@NT@];
    int rounds = @REQS@;
    long total = 0;

    memset(served, 0, sizeof served);
    pthread_create(&rt, NULL, reloader, &rounds);
    for (int i = 0; i < @NT@; i++) {
        pthread_create(&tid[i], NULL, request_thread, &served[i]);
//@ slot seen
//@ is by_main
        cfg.readers_seen++;
//@ end
    }
    for (int i = 0; i < @NT@; i++)
        pthread_join(tid[i], NULL);
    pthread_join(rt, NULL);
    for (int i = 0; i < @NT@; i++)
        total += served[i];
    printf("served %d generation %d lookups %ld readers %d\n", total > 0, cfg.generation, cfg.lookups,
           cfg.readers_seen);
    return 0;
}
