//@ family: pt_rw_memo
//@ domain: cache
//@ problem: A memo table of expensive results is shared by query threads through a reader/writer lock.
//@ param NT: 3 | 4
//@ param QUERIES: 1200 | 2000
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 64 };

typedef struct memo {
    pthread_rwlock_t rw;
    pthread_mutex_t stat_mx;
    long value[SLOTS];
    unsigned char filled[SLOTS];
    long hits;
    long misses;
    long last_key;
} memo_t;

typedef struct {
    memo_t *memo;
    int id;
    long sum;
    long hits;
} query_arg;

static long expensive(long key)
{
    long v = key;
    for (int i = 0; i < 20; i++)
        v = (v * 31 + 7) % 10007;
    return v;
}

static int memo_find(memo_t *m, query_arg *q, int key, long *out)
{
    int found = 0;

    pthread_rwlock_rdlock(&m->rw);
    if (m->filled[key]) {
        *out = m->value[key];
        found = 1;
//@ slot hit on hits
//@ is own_mutex: unprotected
        pthread_mutex_lock(&m->stat_mx);
        m->hits++;
        pthread_mutex_unlock(&m->stat_mx);
    }
    pthread_rwlock_unlock(&m->rw);
//@ is under_rdlock: racy
        m->hits++;
    }
    pthread_rwlock_unlock(&m->rw);
//@ is per_query: same-location
        q->hits++;
    }
    pthread_rwlock_unlock(&m->rw);
//@ is retake_read: racy
    }
    pthread_rwlock_unlock(&m->rw);
    if (found) {
        pthread_rwlock_rdlock(&m->rw);
        m->hits++;
        pthread_rwlock_unlock(&m->rw);
    }
//@ is retake_write: unprotected
    }
    pthread_rwlock_unlock(&m->rw);
    if (found) {
        pthread_rwlock_wrlock(&m->rw);
        m->hits++;
        pthread_rwlock_unlock(&m->rw);
    }
//@ end
    return found;
}

static void memo_store(memo_t *m, int key, long v)
{
    pthread_rwlock_wrlock(&m->rw);
    m->value[key] = v;
    m->filled[key] = 1;
//@ slot miss on misses
//@ is before_unlock: unprotected
    m->misses++;
    pthread_rwlock_unlock(&m->rw);
//@ is after_unlock: racy
    pthread_rwlock_unlock(&m->rw);
    m->misses++;
//@ is sync_add: conflicting
    pthread_rwlock_unlock(&m->rw);
    __sync_fetch_and_add(&m->misses, 1);
//@ end
}

static void memo_evict(memo_t *m, int key)
{
    pthread_rwlock_wrlock(&m->rw);
    m->filled[key] = 0;
    pthread_rwlock_unlock(&m->rw);
}

static void memo_note(memo_t *m, int key)
{
//@ slot last on last_key
//@ is read_side: racy
    pthread_rwlock_rdlock(&m->rw);
    m->last_key = key;
    pthread_rwlock_unlock(&m->rw);
//@ is write_side: unprotected
    pthread_rwlock_wrlock(&m->rw);
    m->last_key = key;
    pthread_rwlock_unlock(&m->rw);
//@ is stat_side: unprotected
    pthread_mutex_lock(&m->stat_mx);
    m->last_key = key;
    pthread_mutex_unlock(&m->stat_mx);
//@ is stat_one_way: racy
    if (key & 1) {
        pthread_mutex_lock(&m->stat_mx);
        m->last_key = key;
        pthread_mutex_unlock(&m->stat_mx);
    } else {
        pthread_rwlock_wrlock(&m->rw);
        m->last_key = key;
        pthread_rwlock_unlock(&m->rw);
    }
//@ end
}

static void *query_main(void *p)
{
    query_arg *q = p;
    unsigned x = 17u + (unsigned)q->id * 101u;

    for (int i = 0; i < @QUERIES@; i++) {
        long v;
        int key = (int)((x = x * 1103515245u + 12345u) >> 20) % SLOTS;
        if (!memo_find(q->memo, q, key, &v)) {
            v = expensive(key);
            memo_store(q->memo, key, v);
        }
        if (i % 4 == 0)
            sched_yield();
        memo_note(q->memo, key);
        q->sum += v;
        if (i % 8 == 0)
            memo_evict(q->memo, key);
    }
    return NULL;
}

int main(void)
{
    memo_t *memo = calloc(1, sizeof *memo);
    query_arg args[@NT@];
    pthread_t tid[@NT@];
    long sum = 0;

    pthread_rwlock_init(&memo->rw, NULL);
    pthread_mutex_init(&memo->stat_mx, NULL);
    memset(args, 0, sizeof args);
    for (int i = 0; i < @NT@; i++) {
        args[i].memo = memo;
        args[i].id = i;
        pthread_create(&tid[i], NULL, query_main, &args[i]);
    }
    for (int i = 0; i < @NT@; i++) {
        pthread_join(tid[i], NULL);
        sum += args[i].sum;
//@ slot hit
//@ is per_query
        memo->hits += args[i].hits;
//@ end
    }
    printf("sum %ld misses %d hits %d last %d\n", sum, memo->misses > 0, memo->hits > 0,
           memo->last_key < SLOTS);
    pthread_rwlock_destroy(&memo->rw);
    pthread_mutex_destroy(&memo->stat_mx);
    free(memo);
    return 0;
}
