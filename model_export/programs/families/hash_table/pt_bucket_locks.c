//@ family: pt_bucket_locks
//@ domain: hash_table
//@ problem: Word counts go into a chained hash table with one spin lock per stripe of buckets.
//@ param NT: 3 | 4
//@ param WORDS: 1500 | 2500
//@ param STRIPES: 2 | 4
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define NBUCKETS 32
#define NSTRIPES @STRIPES@

struct entry {
    uint32_t key;
    unsigned count;
    struct entry *next;
};

struct table {
    struct entry *bucket[NBUCKETS];
    pthread_spinlock_t stripe[NSTRIPES];
    pthread_mutex_t resize_lock;
    unsigned entries;
    unsigned longest;
    unsigned inserts[NSTRIPES];
};

static struct table tbl;

static inline unsigned bucket_of(uint32_t key) { return (key * 2654435761u) >> 27; }
static inline unsigned stripe_of(unsigned b) { return b % NSTRIPES; }

static struct entry *find_locked(unsigned b, uint32_t key)
{
    struct entry *e;

    for (e = tbl.bucket[b]; e; e = e->next)
        if (e->key == key)
            break;
    return e;
}

static unsigned chain_length(unsigned b)
{
    unsigned n = 0;
    for (struct entry *e = tbl.bucket[b]; e; e = e->next)
        n++;
    return n;
}

static void table_add(uint32_t key)
{
    const unsigned b = bucket_of(key);
    const unsigned s = stripe_of(b);
    struct entry *e;
    unsigned len;

    pthread_spin_lock(&tbl.stripe[s]);
    e = find_locked(b, key);
    if (!e) {
        e = calloc(1, sizeof *e);
        e->key = key;
        e->next = tbl.bucket[b];
        tbl.bucket[b] = e;
    }
    e->count++;
    len = chain_length(b);
//@ slot ins on inserts
//@ is stripe_slot: unprotected
    tbl.inserts[s]++;
    pthread_spin_unlock(&tbl.stripe[s]);
//@ is neighbour_slot: racy
    tbl.inserts[b / NSTRIPES % NSTRIPES]++;
    pthread_spin_unlock(&tbl.stripe[s]);
//@ is slot_after_unlock: racy
    pthread_spin_unlock(&tbl.stripe[s]);
    tbl.inserts[s]++;
//@ is shifted_slot: unprotected
    tbl.inserts[(s + 1) % NSTRIPES]++;
    pthread_spin_unlock(&tbl.stripe[s]);
//@ end

//@ slot total on entries
//@ is resize_lock: unprotected
    pthread_mutex_lock(&tbl.resize_lock);
    tbl.entries++;
    pthread_mutex_unlock(&tbl.resize_lock);
//@ is stripe_lock: racy
    pthread_spin_lock(&tbl.stripe[s]);
    tbl.entries++;
    pthread_spin_unlock(&tbl.stripe[s]);
//@ is one_stripe: unprotected
    pthread_spin_lock(&tbl.stripe[0]);
    tbl.entries++;
    pthread_spin_unlock(&tbl.stripe[0]);
//@ is atomic_and_plain: racy
    if (key % 2)
        __atomic_fetch_add(&tbl.entries, 1, __ATOMIC_SEQ_CST);
    else
        tbl.entries++;
//@ end

//@ slot longest on longest
//@ is recheck_under_lock: racy
    if (len > 0 && tbl.longest <= len * 1000 && key % 4 == 0) {
        pthread_mutex_lock(&tbl.resize_lock);
        tbl.longest += len & 1;
        pthread_mutex_unlock(&tbl.resize_lock);
    }
//@ is compare_in_lock: unprotected
    pthread_mutex_lock(&tbl.resize_lock);
    if (len > 0 && tbl.longest <= len * 1000 && key % 4 == 0)
        tbl.longest += len & 1;
    pthread_mutex_unlock(&tbl.resize_lock);
//@ is cas_loop: conflicting
    unsigned cur = __atomic_load_n(&tbl.longest, __ATOMIC_RELAXED);
    while (cur < len && !__atomic_compare_exchange_n(&tbl.longest, &cur, len, 0, __ATOMIC_RELAXED,
                                                     __ATOMIC_RELAXED))
        ;
//@ is measured_at_end: concurrent
    (void)len;
//@ is plain_keep: racy
    tbl.longest = len > 2 ? len : tbl.longest;
//@ end
}

struct word_source {
    uint32_t seed;
    int n;
};

static void *count_words(void *p)
{
    struct word_source *w = p;
    uint32_t x = w->seed;

    for (int i = 0; i < w->n; i++) {
        x = x * 1664525u + 1013904223u;
        table_add(x >> 25);
        if (i % 4 == 0)
            sched_yield();
    }
    return NULL;
}

int main(void)
{
    pthread_t th[@NT@];
    struct word_source src[@NT@];
    unsigned long words = 0, ins = 0;

    pthread_mutex_init(&tbl.resize_lock, NULL);
    for (int s = 0; s < NSTRIPES; s++)
        pthread_spin_init(&tbl.stripe[s], PTHREAD_PROCESS_PRIVATE);
    for (int i = 0; i < @NT@; i++) {
        src[i].seed = 77u + (uint32_t)i;
        src[i].n = @WORDS@;
        pthread_create(&th[i], NULL, count_words, src + i);
    }
    for (int i = 0; i < @NT@; i++)
        pthread_join(th[i], NULL);
    for (unsigned b = 0; b < NBUCKETS; b++) {
        struct entry *e = tbl.bucket[b];
//@ slot longest
//@ is measured_at_end
        unsigned n = chain_length(b);
        if (n > tbl.longest)
            tbl.longest = n;
//@ end
        while (e) {
            struct entry *next = e->next;
            words += e->count;
            free(e);
            e = next;
        }
    }
    for (int s = 0; s < NSTRIPES; s++)
        ins += tbl.inserts[s];
    printf("words %lu inserts %d entries %d longest %d\n", words, ins > 0, tbl.entries > 0,
           tbl.longest > 0);
    return 0;
}
