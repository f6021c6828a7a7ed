//@ family: pm_scratch_arena
//@ domain: allocators
//@ problem: A compiler back end hands out scratch memory from an arena with a fall-back chunk list.
//@ param NT: 3 | 4
//@ param ALLOCS: 700
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

struct chunk {
    struct chunk *next;
    size_t used;
    char bytes[4096 - 2 * sizeof(void *)];
};

struct arena {
    pthread_mutex_t lock;
    pthread_mutex_t stat_lock;
    struct chunk *head;
    size_t chunks;
    size_t wasted;
    unsigned trims;
    size_t align;
};

int arena_init(struct arena *a, size_t align)
{
    int rc;

    a->head = NULL;
    a->chunks = 0;
    a->wasted = 0;
    a->trims = 0;
    a->align = align;
    rc = pthread_mutex_init(&a->lock, NULL);
    if (rc == 0)
        rc = pthread_mutex_init(&a->stat_lock, NULL);
    return rc;
}

static int arena_grow_locked(struct arena *a)
{
    struct chunk *c = malloc(sizeof *c);

    if (!c)
        return -ENOMEM;
    c->used = 0;
    c->next = a->head;
    a->head = c;
    a->chunks++;
    return 0;
}

static void arena_add_waste(struct arena *a, size_t n)
{
//@ slot waste on wasted
//@ is stat_lock: unprotected
    pthread_mutex_lock(&a->stat_lock);
    a->wasted += n;
    if (n > 0)
        sched_yield();
    pthread_mutex_unlock(&a->stat_lock);
//@ is try_only: racy
    int rc = pthread_mutex_trylock(&a->stat_lock);
    a->wasted += n;
    if (n > 0)
        sched_yield();
    if (rc == 0)
        pthread_mutex_unlock(&a->stat_lock);
//@ is try_then_skip: unprotected
    if (pthread_mutex_trylock(&a->stat_lock) != 0)
        return;
    a->wasted += n;
    if (n > 0)
        sched_yield();
    pthread_mutex_unlock(&a->stat_lock);
//@ is try_else_wait: unprotected
    if (pthread_mutex_trylock(&a->stat_lock) == EBUSY)
        pthread_mutex_lock(&a->stat_lock);
    a->wasted += n;
    if (n > 0)
        sched_yield();
    pthread_mutex_unlock(&a->stat_lock);
//@ is local_lock: racy
    pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&guard);
    a->wasted += n;
    if (n > 0)
        sched_yield();
    pthread_mutex_unlock(&guard);
//@ end
}

void *arena_alloc(struct arena *a, size_t n)
{
    void *p = NULL;
    size_t rest = 0;

    n = (n + a->align - 1) / a->align * a->align;
    if (n > sizeof a->head->bytes)
        return NULL;
    pthread_mutex_lock(&a->lock);
    if (!a->head || a->head->used + n > sizeof a->head->bytes) {
        if (a->head)
            rest = sizeof a->head->bytes - a->head->used;
        if (arena_grow_locked(a) < 0)
            goto unlock;
    }
    p = a->head->bytes + a->head->used;
    a->head->used += n;
unlock:
    pthread_mutex_unlock(&a->lock);
    arena_add_waste(a, rest);
    return p;
}

size_t arena_chunks(struct arena *a)
{
//@ slot chunks on chunks
//@ is locked: unprotected
    size_t n;
    pthread_mutex_lock(&a->lock);
    n = a->chunks;
    pthread_mutex_unlock(&a->lock);
    return n;
//@ is plain: racy
    return a->chunks;
//@ is stats_side: racy
    size_t n;
    pthread_mutex_lock(&a->stat_lock);
    n = a->chunks;
    pthread_mutex_unlock(&a->stat_lock);
    return n;
//@ is at_teardown: unordered
    return a->chunks;
//@ end
}

void arena_trim(struct arena *a)
{
    struct chunk *rest = NULL;

    pthread_mutex_lock(&a->lock);
    if (a->head) {
        rest = a->head->next;
        a->head->next = NULL;
        a->chunks = 1;
    }
//@ slot trims on trims
//@ is before_unlock: unprotected
    a->trims++;
    pthread_mutex_unlock(&a->lock);
//@ is after_unlock: racy
    pthread_mutex_unlock(&a->lock);
    a->trims++;
//@ is under_stat: unprotected
    pthread_mutex_unlock(&a->lock);
    pthread_mutex_lock(&a->stat_lock);
    a->trims++;
    pthread_mutex_unlock(&a->stat_lock);
//@ end
    while (rest) {
        struct chunk *next = rest->next;
        free(rest);
        rest = next;
    }
}

void arena_destroy(struct arena *a)
{
    arena_trim(a);
    free(a->head);
    pthread_mutex_destroy(&a->stat_lock);
    pthread_mutex_destroy(&a->lock);
}

static void *emit_functions(void *arg)
{
    struct arena *a = arg;
    size_t seen = 0;

    for (int i = 0; i < @ALLOCS@; i++) {
        if (!arena_alloc(a, 40 + (size_t)(i * 29) % 600))
            break;
        if (i % 4 == 3)
            arena_trim(a);
        sched_yield();
//@ slot chunks
//@ is locked
        seen += arena_chunks(a);
//@ is plain
        seen += arena_chunks(a);
//@ is stats_side
        seen += arena_chunks(a);
//@ end
    }
    return (void *)seen;
}

int main(void)
{
    static struct arena a;
    pthread_t tid[@NT@];

    if (arena_init(&a, 16))
        return 1;
    for (int i = 0; i < @NT@; i++)
        pthread_create(&tid[i], NULL, emit_functions, &a);
    for (int i = 0; i < @NT@; i++)
        pthread_join(tid[i], NULL);
    printf("chunks %d wasted %d trims %d\n", arena_chunks(&a) > 0, a.wasted > 0, a.trims > 0);
    arena_destroy(&a);
    return 0;
}
