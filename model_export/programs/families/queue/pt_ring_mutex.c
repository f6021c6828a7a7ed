//@ family: pt_ring_mutex
//@ domain: queue
//@ problem: Producers and consumers pass sensor frames through a bounded ring with its own lock.
//@ param N: 2000 | 3000
//@ param CAP: 8 | 16
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#define FRAMES @N@
#define RING_SLOTS @CAP@
#define PRODUCERS 2
#define CONSUMERS 2
#define LEVEL_LIMIT 1000000

struct frame {
    int sensor;
    int value;
};

struct ring {
    pthread_mutex_t lock;
//@ slot stats on ops
//@ is ring_lock: unprotected
//@ is own_lock: unprotected
    pthread_mutex_t stat_lock;
//@ is two_locks: racy
    pthread_mutex_t stat_lock;
//@ is before: racy
//@ end
    struct frame slots[RING_SLOTS];
    unsigned head, tail, used;
    long ops;
    long delivered;
    int level_sum;
};

static struct ring ring;

#define RING_LOCK(r) pthread_mutex_lock(&(r)->lock)
#define RING_UNLOCK(r) pthread_mutex_unlock(&(r)->lock)

static void push_locked(struct ring *r, struct frame f)
{
    r->slots[r->tail] = f;
    r->tail = (r->tail + 1) % RING_SLOTS;
    r->used++;
}

static struct frame pop_locked(struct ring *r)
{
    struct frame f = r->slots[r->head];
    r->head = (r->head + 1) % RING_SLOTS;
    r->used--;
    return f;
}

static int ring_put(struct ring *r, struct frame f)
{
    int rc = -1;

    RING_LOCK(r);
//@ slot stats
//@ is ring_lock
    r->ops++;
//@ is two_locks
    r->ops++;
//@ end
    if (r->used == RING_SLOTS)
        goto out;
    push_locked(r, f);
//@ slot level on level_sum
//@ is inside: unprotected
    r->level_sum += (int)r->used;
    rc = 0;
out:
    RING_UNLOCK(r);
//@ is after_unlock: racy
    rc = (int)r->used;
out:
    RING_UNLOCK(r);
    if (rc > 0)
        r->level_sum += rc;
//@ is atomic_after: conflicting
    rc = (int)r->used;
out:
    RING_UNLOCK(r);
    if (rc > 0)
        __sync_fetch_and_add(&r->level_sum, rc);
//@ is checked_first: racy
    rc = (int)r->used;
out:
    RING_UNLOCK(r);
    if (r->level_sum < LEVEL_LIMIT && rc > 4) {
        RING_LOCK(r);
        r->level_sum += rc;
        RING_UNLOCK(r);
    }
//@ end
    return rc;
}

static void *produce(void *arg)
{
    int id = *(int *)arg;
    int i = 0;

    while (i < FRAMES) {
        struct frame f = { id, i * 3 + id };
//@ slot stats
//@ is own_lock
        pthread_mutex_lock(&ring.stat_lock);
        ring.ops++;
        pthread_mutex_unlock(&ring.stat_lock);
//@ is before
        ring.ops++;
//@ end
        if (ring_put(&ring, f) < 0) {
            sched_yield();
            continue;
        }
        if (i++ % 8 == 0)
            sched_yield();
//@ slot count on delivered
//@ is held: unprotected
//@ is released: racy
//@ is atomic_add: conflicting
//@ is producer_peek: racy
        if (ring.delivered > FRAMES)
            sched_yield();
//@ end
    }
    return NULL;
}

static void *consume(void *arg)
{
    long *sum = arg;
    int taken = 0;

    while (taken < FRAMES * PRODUCERS / CONSUMERS) {
        struct frame f = { 0, 0 };
        int have = 0;

//@ slot stats
//@ is own_lock
        pthread_mutex_lock(&ring.stat_lock);
        ring.ops++;
        pthread_mutex_unlock(&ring.stat_lock);
//@ is two_locks
        pthread_mutex_lock(&ring.stat_lock);
        ring.ops++;
        pthread_mutex_unlock(&ring.stat_lock);
//@ end
        RING_LOCK(&ring);
//@ slot stats
//@ is ring_lock
        ring.ops++;
//@ is before
        ring.ops++;
//@ end
        if (ring.used > 0) {
            f = pop_locked(&ring);
            have = 1;
//@ slot count
//@ is held: unprotected
            ring.delivered++;
        }
        RING_UNLOCK(&ring);
//@ is released: racy
        }
        RING_UNLOCK(&ring);
        if (have)
            ring.delivered++;
//@ is atomic_add: conflicting
        }
        RING_UNLOCK(&ring);
        if (have)
            __atomic_fetch_add(&ring.delivered, 1, __ATOMIC_RELAXED);
//@ is producer_peek: racy
            ring.delivered++;
        }
        RING_UNLOCK(&ring);
//@ end
        if (have) {
            *sum += f.value + f.sensor;
            taken++;
        } else {
            sched_yield();
        }
    }
    return NULL;
}

int main(void)
{
    pthread_t prod[PRODUCERS], cons[CONSUMERS];
    int ids[PRODUCERS];
    long sums[CONSUMERS] = { 0 };
    long total = 0;

    pthread_mutex_init(&ring.lock, NULL);
//@ slot stats
//@ is own_lock
    pthread_mutex_init(&ring.stat_lock, NULL);
//@ is two_locks
    pthread_mutex_init(&ring.stat_lock, NULL);
//@ end
    for (int i = 0; i < CONSUMERS; i++)
        pthread_create(&cons[i], NULL, consume, &sums[i]);
    for (int i = 0; i < PRODUCERS; i++) {
        ids[i] = i;
        pthread_create(&prod[i], NULL, produce, &ids[i]);
    }
    for (int i = 0; i < PRODUCERS; i++)
        pthread_join(prod[i], NULL);
    for (int i = 0; i < CONSUMERS; i++) {
        pthread_join(cons[i], NULL);
        total += sums[i];
    }
    printf("sum %ld delivered %ld ops %d level %d\n", total, ring.delivered,
           ring.ops >= 0, ring.level_sum >= 0);
    return 0;
}
