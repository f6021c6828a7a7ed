//@ family: pm_crew_pool
//@ domain: pools
//@ problem: A work crew sleeps on a condition variable and runs batches that callers enqueue.
//@ param NT: 3 | 4
//@ param TASKS: 500
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct work {
    struct work *next;
    int cost;
};

struct crew {
    pthread_mutex_t mtx;
    pthread_cond_t more;
    struct work *first;
    struct work *last;
//@ slot closing on closing
//@ is set_held: unprotected
    int closing;
//@ is set_then_lock: racy
    int closing;
//@ is signal_only_held: racy
    int closing;
//@ is atomic_set_early: conflicting
    atomic_int closing;
//@ end
    long finished;
    int idle;
    long budget;
};

void crew_init(struct crew *c)
{
    pthread_mutex_init(&c->mtx, NULL);
    pthread_cond_init(&c->more, NULL);
    c->first = c->last = NULL;
    c->closing = 0;
    c->finished = 0;
    c->idle = 0;
    c->budget = 1000;
}

int crew_submit(struct crew *c, int cost)
{
    struct work *w = malloc(sizeof *w);

    if (!w)
        return -1;
    w->next = NULL;
    w->cost = cost;
    pthread_mutex_lock(&c->mtx);
    if (c->last)
        c->last->next = w;
    else
        c->first = w;
    c->last = w;
    pthread_cond_signal(&c->more);
    pthread_mutex_unlock(&c->mtx);
    return 0;
}

static struct work *crew_take_locked(struct crew *c)
{
    struct work *w = c->first;

    if (w) {
        c->first = w->next;
        if (!c->first)
            c->last = NULL;
    }
    return w;
}

static struct work *crew_wait(struct crew *c)
{
    struct work *w;

    pthread_mutex_lock(&c->mtx);
    for (;;) {
        int closing = c->closing;
        w = crew_take_locked(c);
        if (w || closing)
            break;
        c->idle++;
        pthread_cond_wait(&c->more, &c->mtx);
        c->idle--;
    }
    pthread_mutex_unlock(&c->mtx);
    return w;
}

static void crew_done(struct crew *c, struct work *w)
{
    free(w);
//@ slot done on finished
//@ is held: unprotected
    pthread_mutex_lock(&c->mtx);
    c->finished++;
    pthread_mutex_unlock(&c->mtx);
//@ is no_hold: racy
    c->finished++;
//@ is fn_static_lock: unprotected
    static pthread_mutex_t tally = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&tally);
    c->finished++;
    pthread_mutex_unlock(&tally);
//@ is fn_local_lock: racy
    pthread_mutex_t tally = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&tally);
    c->finished++;
    pthread_mutex_unlock(&tally);
//@ end
}

int crew_idle(struct crew *c)
{
    int n;

//@ slot idle on idle
//@ is held: unprotected
    pthread_mutex_lock(&c->mtx);
    n = c->idle;
    pthread_mutex_unlock(&c->mtx);
//@ is glance: racy
    n = c->idle;
//@ is half_atomic: racy
    n = __atomic_load_n(&c->idle, __ATOMIC_RELAXED);
//@ is try_glance: unprotected
    if (pthread_mutex_trylock(&c->mtx))
        return 0;
    n = c->idle;
    pthread_mutex_unlock(&c->mtx);
//@ end
    return n;
}

void crew_close(struct crew *c)
{
//@ slot closing
//@ is set_held
    pthread_mutex_lock(&c->mtx);
    c->closing = 1;
    pthread_cond_broadcast(&c->more);
    pthread_mutex_unlock(&c->mtx);
//@ is set_then_lock
    c->closing = 1;
    pthread_mutex_lock(&c->mtx);
    pthread_cond_broadcast(&c->more);
    pthread_mutex_unlock(&c->mtx);
//@ is signal_only_held
    pthread_mutex_lock(&c->mtx);
    pthread_cond_broadcast(&c->more);
    pthread_mutex_unlock(&c->mtx);
    c->closing = 1;
    pthread_mutex_lock(&c->mtx);
    pthread_cond_broadcast(&c->more);
    pthread_mutex_unlock(&c->mtx);
//@ is atomic_set_early
    atomic_store_explicit(&c->closing, 1, memory_order_relaxed);
    pthread_mutex_lock(&c->mtx);
    pthread_cond_broadcast(&c->more);
    pthread_mutex_unlock(&c->mtx);
//@ end
}

static void *crew_member(void *arg)
{
    struct crew *c = arg;
    struct work *w;
    volatile long spin = 0;

    while ((w = crew_wait(c)) != NULL) {
        for (int i = 0; i < w->cost; i++)
            spin += i;
        crew_done(c, w);
    }
    return NULL;
}

int main(void)
{
    struct crew crew;
    pthread_t tid[@NT@];
    long idle = 0;

    crew_init(&crew);
    for (int i = 0; i < @NT@; i++)
        pthread_create(&tid[i], NULL, crew_member, &crew);
    for (int i = 0; i < @TASKS@; i++) {
        crew_submit(&crew, 2000 + i % 900);
        idle += crew_idle(&crew);
        if (i % 8 == 0)
            sched_yield();
    }
    for (int i = 0; i < 200; i++)
        sched_yield();
    crew_close(&crew);
    for (int i = 0; i < @NT@; i++)
        pthread_join(tid[i], NULL);
    printf("finished %d idle %d\n", crew.finished > 0, idle >= 0);
    pthread_cond_destroy(&crew.more);
    pthread_mutex_destroy(&crew.mtx);
    return 0;
}
