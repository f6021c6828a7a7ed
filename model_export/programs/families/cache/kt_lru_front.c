//@ family: kt_lru_front
//@ domain: cache
//@ problem: A name cache keeps entries in a recency list; lookups under a reader/writer lock refresh it.
//@ param NT: 3 | 4
//@ param ASKS: 300 | 500
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#define SLOTS 24

typedef struct name_entry {
    struct name_entry *prev, *next;
    int key;
    int address;
    long stamp;
} name_entry_t;

typedef struct {
    pthread_rwlock_t rw;
    pthread_mutex_t order_mu;
    name_entry_t entry[SLOTS];
    name_entry_t lru;
    long clock;
    long hits;
} name_cache_t;

typedef struct {
    name_cache_t *cache;
    int id;
    long sum;
    long hits;
} asker_t;

static int resolve(int key)
{
    return key * 37 % 251 + 1;
}

static void unlink_entry(name_entry_t *e)
{
    e->prev->next = e->next;
    e->next->prev = e->prev;
}

static void link_front(name_cache_t *c, name_entry_t *e)
{
    e->next = c->lru.next;
    e->prev = &c->lru;
    c->lru.next->prev = e;
    c->lru.next = e;
}

static void refresh(name_cache_t *c, name_entry_t *e)
{
    unlink_entry(e);
    link_front(c, e);
}

static int cache_ask(name_cache_t *c, int key, asker_t *who)
{
    name_entry_t *e = &c->entry[key % SLOTS];
    int address;

//@ slot recency on lru
//@ is read_lock_and_list_mutex: unprotected
    pthread_rwlock_rdlock(&c->rw);
    address = e->address;
    pthread_mutex_lock(&c->order_mu);
    refresh(c, e);
    pthread_mutex_unlock(&c->order_mu);
//@ is read_lock: racy
    pthread_rwlock_rdlock(&c->rw);
    address = e->address;
    if (c->lru.next != e)
        refresh(c, e);
//@ is write_lock: unprotected
    pthread_rwlock_wrlock(&c->rw);
    address = e->address;
    refresh(c, e);
//@ is list_mutex_per_half: racy
    pthread_rwlock_rdlock(&c->rw);
    address = e->address;
    if (c->lru.next != e) {
        pthread_mutex_lock(&c->order_mu);
        refresh(c, e);
        pthread_mutex_unlock(&c->order_mu);
    }
//@ end
    if (key % 4 == 0)
        sched_yield();
//@ slot hits on hits
//@ is inside_rw: racy
    c->hits++;
    pthread_rwlock_unlock(&c->rw);
//@ is asker_field: same-location
    who->hits++;
    pthread_rwlock_unlock(&c->rw);
//@ is list_mutex: unprotected
    pthread_rwlock_unlock(&c->rw);
    pthread_mutex_lock(&c->order_mu);
    c->hits++;
    pthread_mutex_unlock(&c->order_mu);
//@ is read_again: racy
    pthread_rwlock_unlock(&c->rw);
    pthread_rwlock_rdlock(&c->rw);
    c->hits++;
    pthread_rwlock_unlock(&c->rw);
//@ end
    return address;
}

static void cache_age(name_cache_t *c)
{
    sched_yield();
//@ slot clock on clock
//@ is exclusive: unprotected
    pthread_rwlock_wrlock(&c->rw);
    c->clock++;
    pthread_rwlock_unlock(&c->rw);
//@ is shared: racy
    pthread_rwlock_rdlock(&c->rw);
    c->clock++;
    pthread_rwlock_unlock(&c->rw);
//@ is builtin_add: conflicting
    pthread_rwlock_rdlock(&c->rw);
    __atomic_fetch_add(&c->clock, 1, __ATOMIC_RELAXED);
    pthread_rwlock_unlock(&c->rw);
//@ end
}

static void *ask(void *arg)
{
    asker_t *a = arg;

    for (int i = 0; i < @ASKS@; i++) {
        int key = (a->id * 5 + i * 3) % SLOTS;
        a->sum += cache_ask(a->cache, key, a);
        if (i % 4 == 0)
            cache_age(a->cache);
        if (i % 8 == 0)
            sched_yield();
    }
    return NULL;
}

static name_cache_t *cache_new(void)
{
    name_cache_t *c = calloc(1, sizeof *c);

    pthread_rwlock_init(&c->rw, NULL);
    pthread_mutex_init(&c->order_mu, NULL);
    c->lru.next = c->lru.prev = &c->lru;
    for (int k = 0; k < SLOTS; k++) {
        c->entry[k].key = k;
        c->entry[k].address = resolve(k);
        link_front(c, &c->entry[k]);
    }
    return c;
}

static long serial_sum(void)
{
    long sum = 0;

    for (int a = 0; a < @NT@; a++)
        for (int i = 0; i < @ASKS@; i++)
            sum += resolve((a * 5 + i * 3) % SLOTS);
    return sum;
}

int main(void)
{
    name_cache_t *c = cache_new();
    asker_t a[@NT@];
    pthread_t tid[@NT@];
    long sum = 0, hits = 0;

    for (int i = 0; i < @NT@; i++) {
        a[i] = (asker_t){ c, i, 0, 0 };
        pthread_create(&tid[i], NULL, ask, &a[i]);
    }
    for (int i = 0; i < @NT@; i++)
        pthread_join(tid[i], NULL);
    for (int i = 0; i < @NT@; i++) {
        sum += a[i].sum;
        hits += a[i].hits;
    }
    printf("sum %ld serial %ld hits %d clock %d\n", sum, serial_sum(), hits + c->hits > 0,
           c->clock > 0);
    free(c);
    return 0;
}
