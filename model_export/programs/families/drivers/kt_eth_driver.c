//@ family: kt_eth_driver
//@ domain: drivers
//@ problem: A simulated Ethernet driver with descriptor rings, interrupt threads, a watchdog and an ethtool-like query path.
//@ param RING: 16 | 32
//@ param FRAMES: 400 | 600
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define BIT(n) (1u << (n))
#define GENMASK(h, l) (((~0u) << (l)) & (~0u >> (31 - (h))))
#define container_of(p, t, m) ((t *)((char *)(p) - offsetof(t, m)))
#define IS_ERR_VALUE(x) ((x) < 0)
#define cond_resched() sched_yield()

/* ---- a small piece of the kernel ------------------------------------ */

typedef struct {
    pthread_mutex_t m;
} spinlock_t;

static inline void spin_lock_init(spinlock_t *l) { pthread_mutex_init(&l->m, NULL); }
static inline void spin_lock(spinlock_t *l) { pthread_mutex_lock(&l->m); }
static inline void spin_unlock(spinlock_t *l) { pthread_mutex_unlock(&l->m); }

#define spin_lock_irqsave(l, f) do { (f) = 1; spin_lock(l); } while (0)
#define spin_unlock_irqrestore(l, f) do { (void)(f); spin_unlock(l); } while (0)

struct mutex {
    pthread_mutex_t m;
};

static inline void mutex_init(struct mutex *l) { pthread_mutex_init(&l->m, NULL); }
static inline void mutex_lock(struct mutex *l) { pthread_mutex_lock(&l->m); }
static inline void mutex_unlock(struct mutex *l) { pthread_mutex_unlock(&l->m); }

typedef int (*irq_handler_t)(int irq, void *dev);

struct irq_action {
    irq_handler_t handler;
    void *dev;
    const char *name;
    int irq;
    int fires;
    pthread_t line;
};

static void *irq_line(void *arg)
{
    struct irq_action *a = arg;

    for (int i = 0; i < a->fires; i++) {
        a->handler(a->irq, a->dev);
        if (i % 16 == 0)
            sched_yield();
    }
    return NULL;
}

static int request_irq(struct irq_action *a)
{
    return -pthread_create(&a->line, NULL, irq_line, a);
}

static void free_irq(struct irq_action *a)
{
    pthread_join(a->line, NULL);
}

/* ---- registers -------------------------------------------------------- */

#define REG_CTRL 0x00
#define REG_STATUS 0x04
#define REG_MAC_LO 0x08
#define REG_MAC_HI 0x0c
#define REG_IMASK 0x10
#define REG_COUNT 16

#define CTRL_RESET BIT(0)
#define CTRL_RX_EN BIT(1)
#define CTRL_TX_EN BIT(2)
#define CTRL_SPEED GENMASK(5, 4)
#define STAT_LINK BIT(0)
#define STAT_DUPLEX BIT(1)

#define DESC_OWN BIT(31)
#define DESC_LAST BIT(30)
#define DESC_LEN GENMASK(13, 0)

struct desc {
    _Atomic u32 flags;
    u32 len;
    u8 frame[16];
};

struct ring {
    struct desc desc[@RING@];
    spinlock_t lock;
    u32 head;
    u32 tail;
    u32 cleaned;
    bool stopped;
};

struct eth_stats {
    u64 rx_frames;
    u64 rx_octets;
    u64 rx_crc;
    u64 tx_frames;
    u64 tx_octets;
    u64 tx_timeouts;
};

struct phy {
    struct mutex bus;
    u16 reg[32];
    int polls;
};

struct eth_priv {
    u32 regs[REG_COUNT];
    struct ring rx;
    struct ring tx;
    struct eth_stats stats;
    spinlock_t stats_lock;
    struct phy phy;
    struct mutex cfg;
    u32 msg_enable;
    u32 imask;
    int link_up;
    int speed;
    u32 watchdog_ticks;
    u32 rx_sum;
    u32 coalesce;
    _Atomic int closing;
    struct irq_action irqs[3];
    int nirqs;
};

static inline u32 eth_read(struct eth_priv *p, u32 reg)
{
    return p->regs[(reg >> 2) % REG_COUNT];
}

static inline void eth_write(struct eth_priv *p, u32 reg, u32 v)
{
    p->regs[(reg >> 2) % REG_COUNT] = v;
}

static u32 frame_len(u32 n)
{
    return 60 + n * 7 % 1400;
}

static u8 frame_byte(u32 n, u32 at)
{
    return (u8)(n * 5 + at * at);
}

/* ---- rings ------------------------------------------------------------- */

static void ring_reset(struct ring *r, bool owned_by_hw)
{
    memset(r->desc, 0, sizeof(r->desc));
    for (u32 i = 0; i < ARRAY_SIZE(r->desc); i++)
        atomic_init(&r->desc[i].flags, owned_by_hw ? DESC_OWN : 0);
    spin_lock_init(&r->lock);
    r->head = r->tail = r->cleaned = 0;
    r->stopped = false;
}

/* What the wire does: fills descriptors that belong to the hardware. */
static bool wire_deliver(struct eth_priv *p, u32 n)
{
    struct desc *d = &p->rx.desc[n % @RING@];

    if (!(atomic_load_explicit(&d->flags, memory_order_acquire) & DESC_OWN))
        return false;
    for (u32 i = 0; i < sizeof(d->frame); i++)
        d->frame[i] = frame_byte(n, i);
//@ slot hand on len
//@ is length_first: unordered
    d->len = frame_len(n);
    atomic_store_explicit(&d->flags, DESC_LAST, memory_order_release);
//@ is length_after: racy
    atomic_store_explicit(&d->flags, DESC_LAST, memory_order_release);
    d->len = frame_len(n);
//@ is length_in_flags: concurrent
    atomic_store_explicit(&d->flags, DESC_LAST | frame_len(n), memory_order_release);
//@ is default_order: unordered
    d->len = frame_len(n);
    d->flags = DESC_LAST;
//@ end
    return true;
}

static int eth_poll_rx(struct eth_priv *p, int budget)
{
    int done = 0;

    while (done < budget) {
        struct desc *d = &p->rx.desc[p->rx.tail % @RING@];
        u32 flags = atomic_load_explicit(&d->flags, memory_order_acquire);
        u32 len;

        if (flags & DESC_OWN)
            break;
//@ slot hand
//@ is length_first
        len = d->len;
//@ is length_after
        len = d->len;
//@ is length_in_flags
        len = flags & DESC_LEN;
//@ is default_order
        len = d->len;
//@ end
        for (u32 i = 0; i < sizeof(d->frame); i++)
            p->rx_sum = p->rx_sum * 3 + d->frame[i];
        p->rx.tail++;
        atomic_store_explicit(&d->flags, DESC_OWN, memory_order_release);
        done++;

        spin_lock(&p->stats_lock);
        p->stats.rx_frames++;
//@ slot octets on rx_octets
//@ is with_frames: unprotected
        p->stats.rx_octets += len;
        spin_unlock(&p->stats_lock);
//@ is after_unlock: racy
        spin_unlock(&p->stats_lock);
        p->stats.rx_octets += len;
//@ is rx_lock: racy
        spin_unlock(&p->stats_lock);
        spin_lock(&p->rx.lock);
        p->stats.rx_octets += len;
        spin_unlock(&p->rx.lock);
//@ is relaxed_builtin: conflicting
        spin_unlock(&p->stats_lock);
        __atomic_fetch_add(&p->stats.rx_octets, len, __ATOMIC_RELAXED);
//@ end
    }
    return done;
}

static int eth_rx_irq(int irq, void *dev)
{
    struct eth_priv *p = dev;

    (void)irq;
    eth_poll_rx(p, 8);
    return 1;
}

static int eth_xmit(struct eth_priv *p, u32 n)
{
    struct ring *r = &p->tx;
    unsigned long flags;
    int err = 0;

    spin_lock_irqsave(&r->lock, flags);
    if (r->head - r->cleaned >= @RING@) {
        r->stopped = true;
        err = -EBUSY;
        goto out;
    }
    r->desc[r->head % @RING@].len = frame_len(n);
    r->head++;
//@ slot sent on tx_frames
//@ is inside_ring: unprotected
    p->stats.tx_frames++;
out:
    spin_unlock_irqrestore(&r->lock, flags);
//@ is behind_ring: racy
    spin_unlock_irqrestore(&r->lock, flags);
    p->stats.tx_frames++;
    return 0;
out:
    spin_unlock_irqrestore(&r->lock, flags);
//@ is from_irq: concurrent
out:
    spin_unlock_irqrestore(&r->lock, flags);
//@ is two_locks: racy
    spin_unlock_irqrestore(&r->lock, flags);
    cond_resched();
    spin_lock(&p->stats_lock);
    p->stats.tx_frames++;
    spin_unlock(&p->stats_lock);
    return 0;
out:
    spin_unlock_irqrestore(&r->lock, flags);
//@ end
    return err;
}

static int eth_tx_irq(int irq, void *dev)
{
    struct eth_priv *p = dev;
    struct ring *r = &p->tx;
    u32 octets = 0, frames = 0;

    (void)irq;
    spin_lock(&r->lock);
    while (r->cleaned != r->head) {
        octets += r->desc[r->cleaned % @RING@].len;
        r->cleaned++;
        frames++;
    }
    r->stopped = false;
    cond_resched();
    p->stats.tx_octets += octets;
//@ slot sent
//@ is inside_ring
    if (p->stats.tx_frames > 1u << 30)
        p->stats.tx_frames = 0;
    spin_unlock(&r->lock);
//@ is behind_ring
    if (p->stats.tx_frames > 1u << 30)
        p->stats.tx_frames = 0;
    spin_unlock(&r->lock);
//@ is from_irq
    p->stats.tx_frames += frames;
    spin_unlock(&r->lock);
//@ is two_locks
    if (p->stats.tx_frames > 1u << 30)
        p->stats.tx_frames = 0;
    spin_unlock(&r->lock);
//@ end
    return (int)frames;
}

/* ---- phy, link and watchdog --------------------------------------------- */

static int phy_read(struct phy *phy, int reg)
{
    int v;

    mutex_lock(&phy->bus);
    v = phy->reg[reg & 31];
    phy->polls++;
    mutex_unlock(&phy->bus);
    return v;
}

static void phy_write(struct phy *phy, int reg, u16 v)
{
    mutex_lock(&phy->bus);
    phy->reg[reg & 31] = v;
    mutex_unlock(&phy->bus);
}

static void eth_link_change(struct eth_priv *p, int up, int speed)
{
//@ slot speed on speed
//@ is cfg_both: unprotected
    mutex_lock(&p->cfg);
    p->speed = up ? speed : 0;
    mutex_unlock(&p->cfg);
//@ is cfg_setter: racy
    mutex_lock(&p->cfg);
    p->speed = up ? speed : 0;
    mutex_unlock(&p->cfg);
//@ is phy_bus: racy
    mutex_lock(&p->phy.bus);
    p->speed = up ? speed : 0;
    mutex_unlock(&p->phy.bus);
//@ is at_probe: concurrent
    (void)speed;
//@ end
    mutex_lock(&p->cfg);
    p->link_up = up;
    mutex_unlock(&p->cfg);
}

static int eth_watchdog(int irq, void *dev)
{
    struct eth_priv *p = dev;
    int bmsr = phy_read(&p->phy, 1);

    (void)irq;
    p->watchdog_ticks++;
    eth_link_change(p, bmsr & 4, p->watchdog_ticks % 2 ? 100 : 1000);
    if (p->watchdog_ticks % 64 == 0) {
        spin_lock(&p->stats_lock);
        p->stats.tx_timeouts++;
        spin_unlock(&p->stats_lock);
    }
//@ slot coalesce on coalesce
//@ is read_once: conflicting
    if (__atomic_load_n(&p->coalesce, __ATOMIC_RELAXED) > 64)
        phy_write(&p->phy, 17, 1);
//@ is plain_read: racy
    if (p->coalesce > 64)
        phy_write(&p->phy, 17, 1);
//@ is set_before_up: conflicting
    if (p->coalesce > 64)
        phy_write(&p->phy, 17, 1);
//@ end
    return 0;
}

/* ---- query and configuration path ----------------------------------------- */

static void eth_get_stats(struct eth_priv *p, struct eth_stats *out)
{
    memset(out, 0, sizeof(*out));
    spin_lock(&p->stats_lock);
    out->rx_frames = p->stats.rx_frames;
    out->tx_timeouts = p->stats.tx_timeouts;
//@ slot octets
//@ is with_frames
    out->rx_octets = p->stats.rx_octets;
//@ is after_unlock
    out->rx_octets = p->stats.rx_octets;
//@ is rx_lock
    out->rx_octets = p->stats.rx_octets;
//@ is relaxed_builtin
    out->rx_octets = __atomic_load_n(&p->stats.rx_octets, __ATOMIC_RELAXED);
//@ end
    spin_unlock(&p->stats_lock);
    spin_lock(&p->tx.lock);
    out->tx_octets = p->stats.tx_octets;
    spin_unlock(&p->tx.lock);
}

static int eth_get_speed(struct eth_priv *p)
{
    int v;

//@ slot speed
//@ is cfg_both
    mutex_lock(&p->cfg);
    v = p->speed;
    mutex_unlock(&p->cfg);
//@ is cfg_setter
    v = p->speed;
//@ is phy_bus
    mutex_lock(&p->cfg);
    v = p->speed;
    mutex_unlock(&p->cfg);
//@ is at_probe
    v = p->speed;
//@ end
    return v;
}

static int eth_set_coalesce(struct eth_priv *p, u32 usecs)
{
    if (usecs > 1000)
        return -EINVAL;
//@ slot coalesce
//@ is read_once
    __atomic_store_n(&p->coalesce, usecs, __ATOMIC_RELAXED);
//@ is plain_read
    mutex_lock(&p->cfg);
    p->coalesce = usecs;
    mutex_unlock(&p->cfg);
//@ is set_before_up
    mutex_lock(&p->cfg);
    if (p->coalesce == usecs)
        p->msg_enable |= BIT(3);
    mutex_unlock(&p->cfg);
//@ end
    return 0;
}

/* ---- life cycle --------------------------------------------------------------- */

static const struct {
    irq_handler_t handler;
    const char *name;
    int fires;
} eth_vectors[] = {
    { eth_rx_irq, "rx", @FRAMES@ / 2 },
    { eth_tx_irq, "tx", @FRAMES@ / 2 },
    { eth_watchdog, "wd", @FRAMES@ / 2 },
};

static void eth_hw_init(struct eth_priv *p)
{
    eth_write(p, REG_CTRL, CTRL_RESET);
    eth_write(p, REG_MAC_LO, 0x00112233);
    eth_write(p, REG_MAC_HI, 0x4455);
    eth_write(p, REG_CTRL, CTRL_RX_EN | CTRL_TX_EN | (CTRL_SPEED & (2u << 4)));
    eth_write(p, REG_STATUS, STAT_LINK | STAT_DUPLEX);
    p->imask = BIT(0) | BIT(1) | BIT(2);
    eth_write(p, REG_IMASK, p->imask);
    p->phy.reg[1] = 4;
}

static int eth_probe(struct eth_priv **out)
{
    struct eth_priv *p = calloc(1, sizeof(*p));
    int err = -ENOMEM;

    if (!p)
        goto fail;
    ring_reset(&p->rx, true);
    ring_reset(&p->tx, false);
    spin_lock_init(&p->stats_lock);
    mutex_init(&p->cfg);
    mutex_init(&p->phy.bus);
    eth_hw_init(p);
    p->coalesce = 50;
    p->speed = 1000;
    for (u32 v = 0; v < ARRAY_SIZE(eth_vectors); v++) {
        struct irq_action *a = &p->irqs[v];
        a->handler = eth_vectors[v].handler;
        a->name = eth_vectors[v].name;
        a->fires = eth_vectors[v].fires;
        a->dev = p;
        a->irq = 32 + (int)v;
        err = request_irq(a);
        if (IS_ERR_VALUE(err))
            goto release;
        p->nirqs++;
    }
    *out = p;
    return 0;
release:
    while (p->nirqs-- > 0)
        free_irq(&p->irqs[p->nirqs]);
    free(p);
fail:
    return err;
}

static void eth_remove(struct eth_priv *p)
{
    for (int v = 0; v < p->nirqs; v++)
        free_irq(&p->irqs[v]);
    while (eth_poll_rx(p, 64))
        ;
}

static void *xmit_task(void *arg)
{
    struct eth_priv *p = arg;

    for (u32 n = 0; n < @FRAMES@; n++)
        if (eth_xmit(p, n) == -EBUSY)
            sched_yield();
    return NULL;
}

static void *query_task(void *arg)
{
    struct eth_priv *p = arg;
    struct eth_stats st;
    long odd = 0;

    for (u32 n = 0; n < @FRAMES@ / 2; n++) {
        eth_get_stats(p, &st);
        odd += eth_get_speed(p) != 0;
        eth_set_coalesce(p, 50 + n % 4);
        odd += st.rx_octets > 100;
        if (n % 8 == 0)
            cond_resched();
    }
    return (void *)odd;
}

static u32 serial_sum(u32 frames)
{
    u32 sum = 0;

    for (u32 n = 0; n < frames; n++)
        for (u32 i = 0; i < 16; i++)
            sum = sum * 3 + frame_byte(n, i);
    return sum;
}

int main(void)
{
    struct eth_priv *p;
    pthread_t xmit[2], query;
    u32 delivered = 0;

    if (eth_probe(&p))
        return 1;
    for (int i = 0; i < 2; i++)
        pthread_create(&xmit[i], NULL, xmit_task, p);
    pthread_create(&query, NULL, query_task, p);
    for (u32 i = 0; i < @FRAMES@; i++) {
        if (wire_deliver(p, delivered))
            delivered++;
        else
            sched_yield();
    }
    for (int i = 0; i < 2; i++)
        pthread_join(xmit[i], NULL);
    pthread_join(query, NULL);
    eth_remove(p);
    printf("sum %u serial %u rx %llu tx %d\n", p->rx_sum, serial_sum(delivered),
           (unsigned long long)p->stats.rx_frames, p->stats.tx_frames > 0);
    free(p);
    return 0;
}
