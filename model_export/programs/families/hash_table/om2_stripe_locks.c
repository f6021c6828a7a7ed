//@ family: om2_stripe_locks
//@ domain: hash_table
//@ problem: Count word hashes in a chained table whose buckets are guarded by striped OpenMP locks.
//@ param NT: 3 | 4
//@ param B: 32 | 64
#include <stdio.h>
#include <stdlib.h>
#include <omp.h>

#define BUCKETS @B@
#define STRIPES 8
#define KEYS    900

struct entry {
    unsigned key;
    int hits;
    struct entry *next;
};

struct table {
    struct entry *bucket[BUCKETS];
    int           length[BUCKETS];
    omp_lock_t    stripe[STRIPES];
    omp_lock_t    meta;
    int           entries;
};

static struct table table;

static unsigned mix(unsigned k) { return (k * 2654435761u) >> 8; }

static int bump(struct table *t, unsigned key)
{
    const unsigned b = mix(key) % BUCKETS;
    int fresh = 0;
//@ slot stripe on bucket, length
//@ is by_bucket: unprotected
    omp_lock_t *l = &t->stripe[b % STRIPES];
//@ is by_thread: racy
    omp_lock_t *l = &t->stripe[omp_get_thread_num() % STRIPES];
//@ is by_range: unprotected
    omp_lock_t *l = &t->stripe[b / (BUCKETS / STRIPES)];
//@ is on_stack: racy
    omp_lock_t here, *l = &here;
    omp_init_lock(l);
//@ is one: unprotected
    omp_lock_t *l = &t->stripe[0];
//@ is by_low_bits: unprotected
    omp_lock_t *l = t->stripe + (b & (STRIPES - 1));
//@ end
    omp_set_lock(l);
    struct entry *e = t->bucket[b];
    while (e && e->key != key)
        e = e->next;
    if (!e) {
        e = malloc(sizeof *e);
        e->key = key;
        e->hits = 0;
        e->next = t->bucket[b];
        t->bucket[b] = e;
        fresh = 1;
    }
    e->hits++;
    t->length[b]++;
    omp_unset_lock(l);
    return fresh;
}

int main(void)
{
    for (int i = 0; i < STRIPES; i++)
        omp_init_lock(&table.stripe[i]);
    omp_init_lock(&table.meta);

#pragma omp parallel for num_threads(@NT@) schedule(static, 2)
    for (int i = 0; i < KEYS; i++) {
        const int fresh = bump(&table, (unsigned)(i * 11) % 173);
//@ slot entries on entries
//@ is meta: unprotected
        omp_set_lock(&table.meta);
        table.entries += fresh;
        omp_unset_lock(&table.meta);
//@ is stripe_of_member: racy
        omp_set_lock(&table.stripe[omp_get_thread_num() % STRIPES]);
        table.entries += fresh;
        omp_unset_lock(&table.stripe[omp_get_thread_num() % STRIPES]);
//@ is after_unset: racy
        omp_set_lock(&table.meta);
        const int add = fresh;
        omp_unset_lock(&table.meta);
        table.entries += add;
//@ is test_first: unprotected
        while (!omp_test_lock(&table.meta))
            ;
        table.entries += fresh;
        omp_unset_lock(&table.meta);
//@ end
    }

    int n = 0;
    for (int b = 0; b < BUCKETS; b++)
        for (struct entry *e = table.bucket[b], *next; e; e = next) {
            next = e->next;
            n += e->hits;
            free(e);
        }
    printf("%d entries, %d hits, first %d\n", table.entries, n, table.length[0]);
    return 0;
}
