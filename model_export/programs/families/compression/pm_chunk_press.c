//@ family: pm_chunk_press
//@ domain: compression
//@ problem: A reader thread feeds chunks through a ring to a packer while a writer collects the packed sizes.
//@ param NT: 3
//@ param CHUNKS: 500
//@ param RING: 8 | 16
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct press_ring {
    int length[@RING@];
    unsigned char fill[@RING@];
    atomic_uint head;
    atomic_uint tail;
};

struct press {
    struct press_ring in;
    sem_t packed_free;
    sem_t packed_ready;
    int packed[4];
    unsigned packed_w;
    unsigned packed_r;
    pthread_mutex_t lock;
    long raw_bytes;
    long packed_bytes;
    int level;
};

int press_init(struct press *p, int level)
{
    atomic_init(&p->in.head, 0);
    atomic_init(&p->in.tail, 0);
    if (sem_init(&p->packed_free, 0, 4) || sem_init(&p->packed_ready, 0, 0))
        return -1;
    p->level = level;
    return pthread_mutex_init(&p->lock, NULL);
}

static void ring_push(struct press_ring *r, int length, unsigned char fill)
{
    unsigned h = atomic_load_explicit(&r->head, memory_order_relaxed);

    while (h - atomic_load_explicit(&r->tail, memory_order_acquire) == @RING@)
        sched_yield();
//@ slot ring on length
//@ is store_then_release: unordered
    r->length[h % @RING@] = length;
    r->fill[h % @RING@] = fill;
    atomic_store_explicit(&r->head, h + 1, memory_order_release);
//@ is store_then_relaxed: racy
    r->length[h % @RING@] = length;
    r->fill[h % @RING@] = fill;
    atomic_store_explicit(&r->head, h + 1, memory_order_relaxed);
//@ is release_then_store: racy
    r->fill[h % @RING@] = fill;
    atomic_store_explicit(&r->head, h + 1, memory_order_release);
    r->length[h % @RING@] = length;
//@ is seq_cst_store: unordered
    r->length[h % @RING@] = length;
    r->fill[h % @RING@] = fill;
    atomic_store(&r->head, h + 1);
//@ end
}

static int ring_pop(struct press_ring *r, unsigned char *fill)
{
    unsigned t = atomic_load_explicit(&r->tail, memory_order_relaxed);
    int length;

    while (atomic_load_explicit(&r->head, memory_order_acquire) == t)
        sched_yield();
    length = r->length[t % @RING@];
    *fill = 1;
//@ slot ring
//@ is store_then_release
    *fill = r->fill[t % @RING@];
//@ is release_then_store
    *fill = r->fill[t % @RING@];
//@ is seq_cst_store
    *fill = r->fill[t % @RING@];
//@ end
    atomic_store_explicit(&r->tail, t + 1, memory_order_release);
    return length;
}

static void packed_put(struct press *p, int size)
{
    sem_wait(&p->packed_free);
//@ slot hand on packed
//@ is post_after_store: unordered
    p->packed[p->packed_w++ % 4] = size;
    sem_post(&p->packed_ready);
//@ is post_before_store: racy
    sem_post(&p->packed_ready);
    p->packed[p->packed_w++ % 4] = size;
//@ is one_slot_ahead: racy
    p->packed[p->packed_w++ % 4] = size;
    p->packed[p->packed_w % 4] = 0;
    sem_post(&p->packed_ready);
//@ is store_twice: unordered
    p->packed[p->packed_w % 4] = 0;
    p->packed[p->packed_w++ % 4] = size;
    sem_post(&p->packed_ready);
//@ end
}

static int packed_get(struct press *p)
{
    int size;

    sem_wait(&p->packed_ready);
    if (p->packed_r % 4 == 0)
        sched_yield();
    size = p->packed[p->packed_r++ % 4];
    sem_post(&p->packed_free);
    return size;
}

static void press_account(struct press *p, long raw, long packed)
{
    pthread_mutex_lock(&p->lock);
    p->raw_bytes += raw;
//@ slot totals on packed_bytes
//@ is inside: unprotected
    p->packed_bytes += packed;
    pthread_mutex_unlock(&p->lock);
//@ is outside: racy
    pthread_mutex_unlock(&p->lock);
    p->packed_bytes += packed;
//@ is writer_only: concurrent
    pthread_mutex_unlock(&p->lock);
    if (packed > 0)
        p->packed_bytes += packed;
//@ end
}

static int squeeze(int length, unsigned char fill, int level)
{
    int out = 4;

    for (int i = 0; i < length; i += 1 + level)
        out += (i ^ fill) & 1;
    return out;
}

static void *reader(void *arg)
{
    struct press *p = arg;

    for (int i = 0; i < @CHUNKS@; i++) {
        int length = 40 + (i * 31) % 90;
        ring_push(&p->in, length, (unsigned char)i);
        if (i % 4 == 0)
            sched_yield();
//@ slot totals
//@ is inside
        press_account(p, length, 1);
//@ is outside
        press_account(p, length, 1);
//@ is writer_only
        press_account(p, length, 0);
//@ end
    }
    return NULL;
}

static void *packer(void *arg)
{
    struct press *p = arg;

    for (int i = 0; i < @CHUNKS@; i++) {
        unsigned char fill;
        int length = ring_pop(&p->in, &fill);
        packed_put(p, squeeze(length, fill, p->level));
    }
    return NULL;
}

static void *writer(void *arg)
{
    struct press *p = arg;

    for (int i = 0; i < @CHUNKS@; i++) {
        int size = packed_get(p);
        press_account(p, 0, size);
        if (i % 4 == 1)
            sched_yield();
    }
    return NULL;
}

int main(void)
{
    struct press *p = calloc(1, sizeof *p);
    void *(*stage[@NT@])(void *) = { reader, packer, writer };
    pthread_t tid[@NT@];

    if (!p || press_init(p, 2))
        return 1;
    for (int i = 0; i < @NT@; i++)
        pthread_create(&tid[i], NULL, stage[i], p);
    for (int i = 0; i < @NT@; i++)
        pthread_join(tid[i], NULL);
    printf("raw %ld packed %d\n", p->raw_bytes, p->packed_bytes > 0);
    free(p);
    return 0;
}
