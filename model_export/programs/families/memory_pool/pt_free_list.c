//@ family: pt_free_list
//@ domain: memory_pool
//@ problem: Fixed-size blocks are handed out from a free list shared by allocating threads.
//@ param NT: 3 | 4
//@ param OPS: 900 | 1600
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#define POOL_BLOCKS 64

struct block {
    struct block *next;
    int owner;
    char payload[24];
};

struct pool {
    pthread_spinlock_t guard;
    struct block *free_head;
    struct block *arena;
    unsigned in_use;
    unsigned fails;
    unsigned grabs;
};

#define POOL_ENTER(p) pthread_spin_lock(&(p)->guard)
#define POOL_LEAVE(p) pthread_spin_unlock(&(p)->guard)

static struct pool pool;
static pthread_spinlock_t use_guard;

static int pool_create(struct pool *p)
{
    int err = -ENOMEM;

    p->arena = calloc(POOL_BLOCKS, sizeof *p->arena);
    if (!p->arena)
        goto out;
    err = -pthread_spin_init(&p->guard, PTHREAD_PROCESS_PRIVATE);
    if (err)
        goto out_free;
    for (int i = 0; i < POOL_BLOCKS; i++) {
        p->arena[i].next = p->free_head;
        p->free_head = &p->arena[i];
    }
    return 0;
out_free:
    free(p->arena);
out:
    return err;
}

static struct block *pool_get(struct pool *p, int owner)
{
    struct block *b;

    POOL_ENTER(p);
    b = p->free_head;
    if (!b)
        goto empty;
    p->free_head = b->next;
//@ slot use on in_use
//@ is pool_guard: unprotected
    p->in_use++;
    POOL_LEAVE(p);
//@ is up_down_guards: racy
    p->in_use++;
    POOL_LEAVE(p);
//@ is use_guard: unprotected
    POOL_LEAVE(p);
    pthread_spin_lock(&use_guard);
    p->in_use++;
    pthread_spin_unlock(&use_guard);
//@ is down_unguarded: racy
    p->in_use++;
    POOL_LEAVE(p);
//@ is sync_builtin: conflicting
    POOL_LEAVE(p);
    __sync_fetch_and_add(&p->in_use, 1);
//@ end
    b->owner = owner;
//@ slot grab on grabs
//@ is atomic_plain_mix: racy
    __atomic_fetch_add(&p->grabs, 1, __ATOMIC_RELAXED);
    if (owner == 0)
        p->grabs++;
//@ is atomic_only: conflicting
    __atomic_fetch_add(&p->grabs, 1, __ATOMIC_RELAXED);
//@ is owner_zero: concurrent
    if (owner == 0)
        p->grabs++;
//@ is two_owners: racy
    if (owner <= 1)
        p->grabs++;
//@ end
    return b;

empty:
    POOL_LEAVE(p);
    return NULL;
}

static void pool_put(struct pool *p, struct block *b)
{
    POOL_ENTER(p);
    b->next = p->free_head;
    p->free_head = b;
//@ slot use
//@ is pool_guard
    p->in_use--;
    POOL_LEAVE(p);
//@ is up_down_guards
    POOL_LEAVE(p);
    pthread_spin_lock(&use_guard);
    p->in_use--;
    pthread_spin_unlock(&use_guard);
//@ is use_guard
    POOL_LEAVE(p);
    pthread_spin_lock(&use_guard);
    p->in_use--;
    pthread_spin_unlock(&use_guard);
//@ is down_unguarded
    POOL_LEAVE(p);
    p->in_use--;
//@ is sync_builtin
    POOL_LEAVE(p);
    __sync_fetch_and_sub(&p->in_use, 1);
//@ end
}

static void *churn(void *arg)
{
    int id = (int)(long)arg;
    struct block *held[8] = { 0 };
    unsigned missed = 0;

    for (int i = 0; i < @OPS@; i++) {
        int k = (i * 3 + id) % 8;
        if (held[k]) {
            pool_put(&pool, held[k]);
            held[k] = NULL;
        }
        if (i % 3 == 0)
            sched_yield();
        held[k] = pool_get(&pool, id);
        if (held[k])
            held[k]->payload[i % 24] = (char)i;
        missed += i % 5 == 0;
        if (i % 4 == 0)
            sched_yield();
//@ slot fail on fails
//@ is every_round: racy
        pool.fails += i % 5 == 0;
//@ is in_guard: unprotected
        POOL_ENTER(&pool);
        pool.fails += i % 5 == 0;
        POOL_LEAVE(&pool);
//@ is exchange: conflicting
        unsigned old = __atomic_load_n(&pool.fails, __ATOMIC_RELAXED);
        while (!__atomic_compare_exchange_n(&pool.fails, &old, old + (i % 5 == 0), 1, __ATOMIC_RELAXED,
                                            __ATOMIC_RELAXED))
            ;
//@ is odd_guarded: racy
        if (i % 5 == 0)
            pool.fails++;
        else {
            POOL_ENTER(&pool);
            pool.fails += 2;
            POOL_LEAVE(&pool);
        }
//@ end
    }
    for (int k = 0; k < 8; k++)
        if (held[k])
            pool_put(&pool, held[k]);
    return (void *)(long)missed;
}

int main(void)
{
    pthread_t tid[@NT@];
    long missed = 0;

    if (pool_create(&pool))
        return 1;
    pthread_spin_init(&use_guard, PTHREAD_PROCESS_PRIVATE);
    for (long i = 0; i < @NT@; i++)
        pthread_create(&tid[i], NULL, churn, (void *)i);
    for (int i = 0; i < @NT@; i++) {
        void *r;
        pthread_join(tid[i], &r);
        missed += (long)r;
    }
    printf("missed %ld in use %d fails %d grabs %d\n", missed, pool.in_use < 100, pool.fails > 0,
           pool.grabs > 0);
    free(pool.arena);
    return 0;
}
