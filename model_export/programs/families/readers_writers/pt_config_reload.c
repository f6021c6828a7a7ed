//@ family: pt_config_reload
//@ domain: readers_writers
//@ problem: Request threads read a configuration that a reload thread replaces from time to time.
//@ param NT: 3 | 4
//@ param REQS: 1000 | 1600
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
    int reloads;
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
//@ slot count on reloads
//@ is one_thread: concurrent
    cfg.reloads++;
//@ is two_threads: racy
    cfg.reloads++;
//@ is two_threads_locked: unprotected
    CFG_WRITE();
    cfg.reloads++;
    CFG_DONE();
//@ is main_too: racy
    cfg.reloads++;
//@ is main_afterwards: unordered
    cfg.reloads++;
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
    return NULL;
}

int main(void)
{
    pthread_t rt[2], tid[@NT@];
    long served[@NT@];
    int rounds = @REQS@;
    long total = 0;

    memset(served, 0, sizeof served);
    pthread_create(&rt[0], NULL, reloader, &rounds);
//@ slot count
//@ is two_threads
    pthread_create(&rt[1], NULL, reloader, &rounds);
//@ is two_threads_locked
    pthread_create(&rt[1], NULL, reloader, &rounds);
//@ is main_too
    for (int i = 0; i < rounds; i++) {
        reload(i + 7);
        sched_yield();
    }
//@ end
    for (int i = 0; i < @NT@; i++) {
        pthread_create(&tid[i], NULL, request_thread, &served[i]);
    }
    for (int i = 0; i < @NT@; i++)
        pthread_join(tid[i], NULL);
    pthread_join(rt[0], NULL);
//@ slot count
//@ is two_threads
    pthread_join(rt[1], NULL);
//@ is two_threads_locked
    pthread_join(rt[1], NULL);
//@ is main_afterwards
    reload(rounds);
//@ end
    for (int i = 0; i < @NT@; i++)
        total += served[i];
    printf("served %d generation %d lookups %ld reloads %d\n", total > 0, cfg.generation, cfg.lookups,
           cfg.reloads);
    return 0;
}
