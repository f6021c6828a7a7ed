//@ family: pt_stats_poll
//@ domain: counters
//@ problem: Workers classify packets while the main thread polls the interface statistics.
//@ param NT: 3 | 4
//@ param PKTS: 800 | 1500
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>

#define NR_WORKERS @NT@
#define NR_PACKETS @PKTS@

struct netdev {
    pthread_mutex_t lock;
    uint64_t rx_bytes;
    uint64_t rx_packets;
    uint32_t rx_errors;
    uint32_t mtu;
};

struct rx_ctx {
    struct netdev *dev;
    unsigned queue;
    uint64_t local;
};

#define DEV_LOCK(d) pthread_mutex_lock(&(d)->lock)
#define DEV_UNLOCK(d) pthread_mutex_unlock(&(d)->lock)

static struct netdev eth0 = { .lock = PTHREAD_MUTEX_INITIALIZER };

static unsigned packet_len(unsigned queue, unsigned seq)
{
    return 60 + (seq * 2654435761u + queue * 40503u) % 1500;
}

static void account_locked(struct netdev *dev, unsigned len)
{
    dev->rx_packets++;
//@ slot bytes on rx_bytes
//@ is in_helper: unprotected
    dev->rx_bytes += len;
//@ is poll_bare: racy
    dev->rx_bytes += len;
//@ is per_queue: same-location
//@ is before_lock: racy
//@ end
}

static int receive(struct rx_ctx *ctx, unsigned seq)
{
    struct netdev *dev = ctx->dev;
    unsigned len = packet_len(ctx->queue, seq);

//@ slot bytes
//@ is per_queue
    ctx->local += len;
//@ is before_lock
    dev->rx_bytes += len;
//@ end
//@ slot limit on mtu
//@ is set_before_start: unordered
    if (len > dev->mtu)
        goto oversize;
    DEV_LOCK(dev);
//@ is set_after_start: racy
    if (len > dev->mtu)
        goto oversize;
    DEV_LOCK(dev);
//@ is set_under_lock: unprotected
    DEV_LOCK(dev);
    if (len > dev->mtu) {
        DEV_UNLOCK(dev);
        goto oversize;
    }
//@ is read_under_lock: racy
    DEV_LOCK(dev);
    if (len > dev->mtu) {
        DEV_UNLOCK(dev);
        goto oversize;
    }
//@ end
    account_locked(dev, len);
    DEV_UNLOCK(dev);
    return 0;

oversize:
//@ slot errs on rx_errors
//@ is locked: unprotected
    DEV_LOCK(dev);
    dev->rx_errors++;
    DEV_UNLOCK(dev);
//@ is goto_path_bare: racy
    dev->rx_errors++;
//@ is builtin_atomic: conflicting
    __atomic_add_fetch(&dev->rx_errors, 1, __ATOMIC_RELAXED);
//@ is load_store: conflicting
    {
        uint32_t n = __atomic_load_n(&dev->rx_errors, __ATOMIC_RELAXED);
        __atomic_store_n(&dev->rx_errors, n + 1, __ATOMIC_RELAXED);
    }
//@ is atomic_load_only: racy
    {
        uint32_t n = __atomic_load_n(&dev->rx_errors, __ATOMIC_RELAXED);
        dev->rx_errors = n + 1;
    }
//@ end
    return -1;
}

static void *rx_thread(void *arg)
{
    struct rx_ctx *ctx = arg;

    for (unsigned seq = 0; seq < NR_PACKETS; seq++) {
        if (receive(ctx, seq) < 0 && seq % 2)
            sched_yield();
    }
    return NULL;
}

int main(void)
{
    pthread_t tid[NR_WORKERS];
    struct rx_ctx ctx[NR_WORKERS];
    uint64_t seen = 0;

//@ slot limit
//@ is set_before_start
    eth0.mtu = 1200;
//@ end
    for (unsigned i = 0; i < NR_WORKERS; i++) {
        ctx[i] = (struct rx_ctx){ .dev = &eth0, .queue = i };
        pthread_create(&tid[i], NULL, rx_thread, &ctx[i]);
    }
//@ slot limit
//@ is set_after_start
    eth0.mtu = 1200;
//@ is set_under_lock
    DEV_LOCK(&eth0);
    eth0.mtu = 1200;
    DEV_UNLOCK(&eth0);
//@ is read_under_lock
    eth0.mtu = 1200;
//@ end
    for (int i = 0; i < 200; i++) {
        DEV_LOCK(&eth0);
        seen += eth0.rx_packets;
//@ slot bytes
//@ is in_helper
        seen ^= eth0.rx_bytes;
//@ end
        DEV_UNLOCK(&eth0);
//@ slot bytes
//@ is poll_bare
        seen ^= eth0.rx_bytes;
//@ end
        sched_yield();
    }
    for (unsigned i = 0; i < NR_WORKERS; i++) {
        pthread_join(tid[i], NULL);
//@ slot bytes
//@ is per_queue
        eth0.rx_bytes += ctx[i].local;
//@ end
    }
    printf("packets %lu bytes %lu errors %u polled %d\n", (unsigned long)eth0.rx_packets,
           (unsigned long)eth0.rx_bytes, eth0.rx_errors, seen != 0);
    return 0;
}
