//@ family: pm_striped_blocks
//@ domain: block_cache
//@ problem: A disk block cache guards its buckets by striped locks chosen from the block number.
//@ param NT: 3 | 4
//@ param OPS: 900
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define STRIPES 8
#define BUCKETS 32

struct buf_head {
    uint32_t block;
    int dirty;
    int hits;
    uint32_t data;
};

struct bcache {
    pthread_mutex_t stripe[STRIPES];
    struct buf_head bucket[BUCKETS];
    pthread_mutex_t flush_lock;
    long writebacks;
};

struct io_ctx {
    struct bcache *bc;
    uint32_t seed;
    long lookups;
};

static inline unsigned bucket_of(uint32_t block) { return block % BUCKETS; }
static inline unsigned stripe_of(unsigned bucket) { return bucket % STRIPES; }

static inline void bucket_lock(struct bcache *bc, unsigned b)
{
    pthread_mutex_lock(&bc->stripe[stripe_of(b)]);
}

static inline void bucket_unlock(struct bcache *bc, unsigned b)
{
    pthread_mutex_unlock(&bc->stripe[stripe_of(b)]);
}

struct bcache *bcache_create(void)
{
    struct bcache *bc = calloc(1, sizeof *bc);

    if (!bc)
        return NULL;
    for (int i = 0; i < STRIPES; i++)
        pthread_mutex_init(&bc->stripe[i], NULL);
    pthread_mutex_init(&bc->flush_lock, NULL);
    for (unsigned b = 0; b < BUCKETS; b++)
        bc->bucket[b].block = b;
    return bc;
}

uint32_t bcache_read(struct bcache *bc, uint32_t block)
{
    unsigned b = bucket_of(block);
    uint32_t v;

    bucket_lock(bc, b);
    v = bc->bucket[b].data;
//@ slot hits on hits
//@ is in_stripe: unprotected
    bc->bucket[b].hits++;
    bucket_unlock(bc, b);
//@ is past_unlock: racy
    bucket_unlock(bc, b);
    bc->bucket[b].hits++;
//@ is next_stripe: racy
    bucket_unlock(bc, b);
    bucket_lock(bc, (block / BUCKETS) % STRIPES);
    bc->bucket[b].hits++;
    bucket_unlock(bc, (block / BUCKETS) % STRIPES);
//@ is same_stripe_index: unprotected
    bucket_unlock(bc, b);
    bucket_lock(bc, b + STRIPES);
    bc->bucket[b].hits++;
    bucket_unlock(bc, b + STRIPES);
//@ end
    return v;
}

void bcache_write(struct bcache *bc, uint32_t block, uint32_t value)
{
    unsigned b = bucket_of(block);

    bucket_lock(bc, b);
    bc->bucket[b].block = block;
    bc->bucket[b].data = value;
    bc->bucket[b].dirty = 1;
    bucket_unlock(bc, b);
}

static void note_writeback(struct bcache *bc)
{
//@ slot wb on writebacks
//@ is flush_lock: unprotected
    pthread_mutex_lock(&bc->flush_lock);
    bc->writebacks++;
    pthread_mutex_unlock(&bc->flush_lock);
//@ is by_caller: racy
    bc->writebacks++;
//@ is stripe_zero: unprotected
    bucket_lock(bc, 0);
    bc->writebacks++;
    bucket_unlock(bc, 0);
//@ end
}

int bcache_flush_bucket(struct bcache *bc, unsigned b)
{
    int wrote = 0;

//@ slot dirty on dirty
//@ is test_inside: unprotected
    bucket_lock(bc, b);
    if (bc->bucket[b].dirty) {
        bc->bucket[b].dirty = 0;
        wrote = 1;
    }
    bucket_unlock(bc, b);
//@ is test_outside: racy
    if (bc->bucket[b].dirty) {
        bucket_lock(bc, b);
        bc->bucket[b].dirty = 0;
        bucket_unlock(bc, b);
        wrote = 1;
    }
//@ is flush_lock_only: racy
    pthread_mutex_lock(&bc->flush_lock);
    if (bc->bucket[b].dirty) {
        bc->bucket[b].dirty = 0;
        wrote = 1;
    }
    pthread_mutex_unlock(&bc->flush_lock);
//@ is nested: unprotected
    pthread_mutex_lock(&bc->flush_lock);
    bucket_lock(bc, b);
    if (bc->bucket[b].dirty) {
        bc->bucket[b].dirty = 0;
        wrote = 1;
    }
    bucket_unlock(bc, b);
    pthread_mutex_unlock(&bc->flush_lock);
//@ end
    if (wrote)
        note_writeback(bc);
    return wrote;
}

static void *io_worker(void *arg)
{
    struct io_ctx *io = arg;
    uint32_t x = io->seed;

    for (int i = 0; i < @OPS@; i++) {
        x = x * 1664525u + 1013904223u;
        uint32_t block = (x >> 16) & 255;
        if (x & 0x8000)
            bcache_write(io->bc, block, x);
        else
            bcache_read(io->bc, block);
        io->lookups++;
        if (i % 2)
            bcache_flush_bucket(io->bc, (unsigned)i % BUCKETS);
        if (i % 4 == 0)
            sched_yield();
    }
    return NULL;
}

int main(void)
{
    struct bcache *bc = bcache_create();
    struct io_ctx io[@NT@];
    pthread_t tid[@NT@];
    long lookups = 0;

    if (!bc)
        return 1;
    for (int i = 0; i < @NT@; i++) {
        io[i] = (struct io_ctx){ bc, 77u + 13u * (uint32_t)i, 0 };
        pthread_create(&tid[i], NULL, io_worker, &io[i]);
    }
    for (int i = 0; i < @NT@; i++) {
        pthread_join(tid[i], NULL);
        lookups += io[i].lookups;
    }
    printf("lookups %ld writebacks %d\n", lookups, bc->writebacks > 0);
    free(bc);
    return 0;
}
