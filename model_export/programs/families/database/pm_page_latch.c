//@ family: pm_page_latch
//@ domain: database
//@ problem: A page pool pins pages under latches while transactions read and change rows and a flusher writes them back.
//@ param NT: 3 | 4
//@ param TX: 500
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#define PAGES 6
#define ROWS 8

struct page {
    pthread_rwlock_t latch;
    int pins;
    unsigned long lsn;
    int rows[ROWS];
};

struct page_pool {
    pthread_mutex_t mtx;
    struct page pages[PAGES];
    unsigned long next_lsn;
    unsigned long flushed;
};

static inline void latch_shared(struct page *p) { pthread_rwlock_rdlock(&p->latch); }
static inline void latch_excl(struct page *p) { pthread_rwlock_wrlock(&p->latch); }
static inline void unlatch(struct page *p) { pthread_rwlock_unlock(&p->latch); }

int pool_init(struct page_pool *pp)
{
    int i;

    if (pthread_mutex_init(&pp->mtx, NULL))
        return -1;
    for (i = 0; i < PAGES; i++)
        if (pthread_rwlock_init(&pp->pages[i].latch, NULL))
            goto undo;
    pp->next_lsn = 1;
    return 0;
undo:
    while (i-- > 0)
        pthread_rwlock_destroy(&pp->pages[i].latch);
    pthread_mutex_destroy(&pp->mtx);
    return -1;
}

struct page *page_pin(struct page_pool *pp, int no)
{
    struct page *p = &pp->pages[no];

    pthread_mutex_lock(&pp->mtx);
    p->pins++;
    pthread_mutex_unlock(&pp->mtx);
    return p;
}

void page_unpin(struct page_pool *pp, struct page *p)
{
//@ slot pins on pins
//@ is pool_mutex: unprotected
    pthread_mutex_lock(&pp->mtx);
    p->pins--;
    pthread_mutex_unlock(&pp->mtx);
//@ is page_latch: racy
    latch_excl(p);
    p->pins--;
    unlatch(p);
//@ is last_pin_open: racy
    (void)pp;
    if (p->pins > 0)
        p->pins--;
//@ is latch_and_mutex: unprotected
    latch_shared(p);
    pthread_mutex_lock(&pp->mtx);
    p->pins--;
    pthread_mutex_unlock(&pp->mtx);
    unlatch(p);
//@ end
}

static unsigned long take_lsn(struct page_pool *pp)
{
    unsigned long lsn;

    pthread_mutex_lock(&pp->mtx);
    lsn = pp->next_lsn++;
    pthread_mutex_unlock(&pp->mtx);
    return lsn;
}

int page_read_row(struct page *p, int row)
{
    int v;

    latch_shared(p);
    v = p->rows[row];
    unlatch(p);
    return v;
}

void page_update(struct page_pool *pp, struct page *p, int row, int delta)
{
//@ slot rows on rows
//@ is excl: unprotected
    unsigned long lsn = take_lsn(pp);
    latch_excl(p);
    p->rows[row] += delta;
//@ is shared: racy
    unsigned long lsn = take_lsn(pp);
    latch_shared(p);
    p->rows[row] += delta;
    unlatch(p);
    latch_excl(p);
//@ is read_then_excl: unprotected
    unsigned long lsn = take_lsn(pp);
    int old = page_read_row(p, row);
    latch_excl(p);
    p->rows[row] = old + delta;
//@ is neighbour_latch: racy
    unsigned long lsn = take_lsn(pp);
    struct page *q = p == pp->pages ? p + 1 : p - 1;
    latch_excl(q);
    p->rows[row] += delta;
    unlatch(q);
    latch_excl(p);
//@ end
//@ slot lsn on lsn
//@ is before_unlatch: unprotected
    if (lsn > p->lsn)
        p->lsn = lsn;
    unlatch(p);
//@ is after_unlatch: racy
    unlatch(p);
    if (lsn > p->lsn)
        p->lsn = lsn;
//@ is relatch: unprotected
    unlatch(p);
    latch_excl(p);
    if (lsn > p->lsn)
        p->lsn = lsn;
    unlatch(p);
//@ is flusher_open: racy
    if (lsn > p->lsn)
        p->lsn = lsn;
    unlatch(p);
//@ end
}

int pool_flush(struct page_pool *pp, unsigned long upto)
{
    int n = 0;

    for (int i = 0; i < PAGES; i++) {
        struct page *p = &pp->pages[i];
        unsigned long lsn;
//@ slot lsn
//@ is before_unlatch
        latch_shared(p);
        lsn = p->lsn;
        unlatch(p);
//@ is after_unlatch
        latch_shared(p);
        lsn = p->lsn;
        unlatch(p);
//@ is relatch
        latch_excl(p);
        lsn = p->lsn;
        unlatch(p);
//@ is flusher_open
        sched_yield();
        lsn = p->lsn;
//@ end
        n += lsn > upto;
    }
    pthread_mutex_lock(&pp->mtx);
    pp->flushed += (unsigned long)n;
    pthread_mutex_unlock(&pp->mtx);
    return n;
}

static struct page_pool pool;

static void *transaction(void *arg)
{
    unsigned x = 5u + 99u * (unsigned)(unsigned long)arg;
    long sum = 0;

    for (unsigned i = 0; i < @TX@; i++) {
        x = x * 1664525u + 1013904223u;
        struct page *p = page_pin(&pool, (int)((x >> 10) % PAGES));
        int row = (int)((x >> 20) % ROWS);
        if (i % 3)
            sched_yield();
        sum += page_read_row(p, row);
        if (i % 2)
            sched_yield();
        page_update(&pool, p, row, 1);
        sched_yield();
        page_unpin(&pool, p);
        sched_yield();
        if (i % 8 == 3)
            sum += pool_flush(&pool, i);
    }
    return (void *)sum;
}

int main(void)
{
    pthread_t tid[@NT@];
    long rows = 0;

    if (pool_init(&pool))
        return 1;
    for (unsigned long i = 0; i < @NT@; i++)
        pthread_create(&tid[i], NULL, transaction, (void *)i);
    for (int i = 0; i < @NT@; i++)
        pthread_join(tid[i], NULL);
    for (int i = 0; i < PAGES; i++)
        for (int r = 0; r < ROWS; r++)
            rows += pool.pages[i].rows[r];
    printf("rows %d flushed %d\n", rows > 0, pool.flushed > 0);
    return 0;
}
