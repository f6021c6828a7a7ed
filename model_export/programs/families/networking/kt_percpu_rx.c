//@ family: kt_percpu_rx
//@ domain: networking
//@ problem: Receive threads account packets in per-CPU blocks while a control path folds the blocks together.
//@ param NCPU: 3 | 4
//@ param PKTS: 600 | 1000
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef uint64_t u64;
typedef uint32_t u32;
typedef pthread_mutex_t spinlock_t;

#define spin_lock(l) pthread_mutex_lock(l)
#define spin_unlock(l) pthread_mutex_unlock(l)
#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v) __atomic_store_n(&(x), (v), __ATOMIC_RELAXED)
#define per_cpu_ptr(base, cpu) (&(base)[cpu])

struct rx_stats {
    spinlock_t lock;
    u64 packets;
    u64 bytes;
    u64 csum_bad;
} __attribute__((aligned(64)));

struct port {
    struct rx_stats *stats;
    spinlock_t lock;
    u64 dropped;
    int up;
};

struct softirq {
    struct port *port;
    pthread_t task;
    int cpu;
    u64 local_drops;
};

static u32 pkt_len(int cpu, int i)
{
    return 60u + (u32)(cpu * 37 + i * 11) % 1400u;
}

static void rx_account(struct port *p, int cpu, int i, u32 len)
{
    int target = (cpu + i) % @NCPU@;
    struct rx_stats *own = per_cpu_ptr(p->stats, cpu);
    struct rx_stats *s = per_cpu_ptr(p->stats, target);

//@ slot packets on packets
//@ is own_block: same-location
    (void)s;
    own->packets++;
//@ is flow_block: racy
    s->packets++;
//@ is flow_block_locked: unprotected
    spin_lock(&s->lock);
    s->packets++;
    spin_unlock(&s->lock);
//@ is flow_block_own_lock: racy
    spin_lock(&own->lock);
    s->packets++;
    spin_unlock(&own->lock);
//@ end
//@ slot bytes on bytes
//@ is once_both: conflicting
    WRITE_ONCE(own->bytes, READ_ONCE(own->bytes) + len);
//@ is once_reader: racy
    own->bytes += len;
//@ is folded_later: unordered
    own->bytes += len;
//@ is block_lock: unprotected
    spin_lock(&own->lock);
    own->bytes += len;
    spin_unlock(&own->lock);
//@ is block_lock_writer: racy
    spin_lock(&own->lock);
    own->bytes += len;
    spin_unlock(&own->lock);
//@ end
}

static void rx_drop(struct softirq *si, int i)
{
    struct port *p = si->port;

    spin_lock(&p->lock);
    if (!p->up || i % 3)
        goto out;
//@ slot dropped on dropped
//@ is inside: unprotected
    p->dropped++;
out:
    spin_unlock(&p->lock);
//@ is behind_label: racy
    spin_unlock(&p->lock);
    p->dropped++;
    return;
out:
    spin_unlock(&p->lock);
//@ is local: same-location
    si->local_drops++;
out:
    spin_unlock(&p->lock);
//@ end
}

static void *net_rx_action(void *arg)
{
    struct softirq *si = arg;

    for (int i = 0; i < @PKTS@; i++) {
        rx_account(si->port, si->cpu, i, pkt_len(si->cpu, i));
        if (i % 4 == 0)
            rx_drop(si, i);
        if (i % 32 == 0)
            sched_yield();
    }
    return NULL;
}

static u64 fold_bytes(struct port *p)
{
    u64 sum = 0;

    for (int c = 0; c < @NCPU@; c++) {
        struct rx_stats *s = per_cpu_ptr(p->stats, c);
//@ slot bytes
//@ is once_both
        sum += READ_ONCE(s->bytes);
//@ is once_reader
        sum += READ_ONCE(s->bytes);
//@ is folded_later
        sum += s->bytes;
//@ is block_lock
        spin_lock(&s->lock);
        sum += s->bytes;
        spin_unlock(&s->lock);
//@ is block_lock_writer
        spin_lock(&p->lock);
        sum += s->bytes;
        spin_unlock(&p->lock);
//@ end
    }
    return sum;
}

static int port_open(struct port *p)
{
    p->stats = calloc(@NCPU@, sizeof(*p->stats));
    if (!p->stats)
        return -ENOMEM;
    for (int c = 0; c < @NCPU@; c++)
        pthread_mutex_init(&p->stats[c].lock, NULL);
    pthread_mutex_init(&p->lock, NULL);
    p->up = 1;
    return 0;
}

static u64 bytes_in_order(void)
{
    u64 sum = 0;

    for (int c = 0; c < @NCPU@; c++)
        for (int i = 0; i < @PKTS@; i++)
            sum += pkt_len(c, i);
    return sum;
}

int main(void)
{
    static struct port port;
    struct softirq si[@NCPU@];
    u64 seen = 0, drops = 0, packets = 0;
    int c;

    if (port_open(&port))
        return 1;
    for (c = 0; c < @NCPU@; c++) {
        si[c] = (struct softirq){ .port = &port, .cpu = c };
        if (pthread_create(&si[c].task, NULL, net_rx_action, &si[c]))
            goto stop;
    }
//@ slot bytes
//@ is once_both
    for (int k = 0; k < 60; k++, sched_yield())
        seen += fold_bytes(&port) > 0;
//@ is once_reader
    for (int k = 0; k < 60; k++, sched_yield())
        seen += fold_bytes(&port) > 0;
//@ is block_lock
    for (int k = 0; k < 60; k++, sched_yield())
        seen += fold_bytes(&port) > 0;
//@ is block_lock_writer
    for (int k = 0; k < 60; k++, sched_yield())
        seen += fold_bytes(&port) > 0;
//@ end
stop:
    for (int k = 0; k < c; k++)
        pthread_join(si[k].task, NULL);
    while (c-- > 0) {
        drops += si[c].local_drops;
        packets += port.stats[c].packets;
    }
    drops += port.dropped;
    printf("bytes %llu serial %llu packets %d drops %d\n", (unsigned long long)fold_bytes(&port),
           (unsigned long long)bytes_in_order(), packets > 0, drops + seen > 0);
    free(port.stats);
    return 0;
}
