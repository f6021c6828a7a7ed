//@ family: pm_sensor_daemon
//@ domain: sensors
//@ problem: A daemon samples temperature probes and serves the latest readings to clients.
//@ param NT: 3 | 4
//@ param SAMPLES: 700
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

typedef struct {
    int32_t milli_c;
    uint32_t tick;
} reading_t;

typedef struct {
    pthread_mutex_t lock;
    atomic_uint seq;
//@ slot reading on milli_c, tick
//@ is lock_fields: unprotected
    reading_t latest;
//@ is seq_plain_words: racy
    reading_t latest;
//@ is seq_atomic_words: conflicting
    struct { _Atomic int32_t milli_c; _Atomic uint32_t tick; } latest;
//@ is locked_write_open_read: racy
    reading_t latest;
//@ end
    int32_t high_limit;
    uint32_t alarms;
    atomic_int running;
} sensor_dev;

static sensor_dev dev = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void sensor_init(sensor_dev *d, int32_t high)
{
    atomic_init(&d->seq, 0);
    atomic_init(&d->running, 1);
    d->latest.milli_c = 20000;
    d->latest.tick = 0;
    d->high_limit = high;
    d->alarms = 0;
}

static int32_t probe(uint32_t tick)
{
    return 20000 + (int32_t)((tick * 7919u) % 9000u);
}

static void sensor_store(sensor_dev *d, int32_t v, uint32_t tick)
{
//@ slot reading
//@ is lock_fields
    pthread_mutex_lock(&d->lock);
    d->latest.milli_c = v;
    d->latest.tick = tick;
    pthread_mutex_unlock(&d->lock);
//@ is seq_plain_words
    atomic_fetch_add(&d->seq, 1);
    d->latest.milli_c = v;
    d->latest.tick = tick;
    atomic_fetch_add(&d->seq, 1);
//@ is seq_atomic_words
    atomic_fetch_add(&d->seq, 1);
    atomic_store_explicit(&d->latest.milli_c, v, memory_order_relaxed);
    atomic_store_explicit(&d->latest.tick, tick, memory_order_relaxed);
    atomic_fetch_add(&d->seq, 1);
//@ is locked_write_open_read
    pthread_mutex_lock(&d->lock);
    d->latest.milli_c = v;
    d->latest.tick = tick;
    pthread_mutex_unlock(&d->lock);
//@ end
}

int sensor_read(sensor_dev *d, reading_t *out)
{
//@ slot reading
//@ is lock_fields
    pthread_mutex_lock(&d->lock);
    out->milli_c = d->latest.milli_c;
    out->tick = d->latest.tick;
    pthread_mutex_unlock(&d->lock);
    return 0;
//@ is seq_plain_words
    unsigned before = atomic_load(&d->seq);
    out->milli_c = d->latest.milli_c;
    out->tick = d->latest.tick;
    return (before & 1) || atomic_load(&d->seq) != before;
//@ is seq_atomic_words
    unsigned before = atomic_load(&d->seq);
    out->milli_c = atomic_load_explicit(&d->latest.milli_c, memory_order_relaxed);
    out->tick = atomic_load_explicit(&d->latest.tick, memory_order_relaxed);
    return (before & 1) || atomic_load(&d->seq) != before;
//@ is locked_write_open_read
    out->milli_c = d->latest.milli_c;
    out->tick = d->latest.tick;
    return 0;
//@ end
}

void sensor_set_limit(sensor_dev *d, int32_t high)
{
//@ slot limit on high_limit
//@ is both_held: unprotected
    pthread_mutex_lock(&d->lock);
    d->high_limit = high;
    pthread_mutex_unlock(&d->lock);
//@ is setter_held: racy
    pthread_mutex_lock(&d->lock);
    d->high_limit = high;
    pthread_mutex_unlock(&d->lock);
//@ is checker_held: racy
    d->high_limit = high;
//@ is no_change: conflicting
    (void)d;
    (void)high;
//@ end
}

int sensor_check(sensor_dev *d, const reading_t *r)
{
    int over;

//@ slot limit
//@ is both_held
    pthread_mutex_lock(&d->lock);
    over = r->milli_c > d->high_limit;
    pthread_mutex_unlock(&d->lock);
//@ is setter_held
    over = r->milli_c > d->high_limit;
//@ is checker_held
    pthread_mutex_lock(&d->lock);
    over = r->milli_c > d->high_limit;
    pthread_mutex_unlock(&d->lock);
//@ is no_change
    over = r->milli_c > d->high_limit;
//@ end
    if (!over)
        return 0;
//@ slot alarms on alarms
//@ is held: unprotected
    pthread_mutex_lock(&d->lock);
    d->alarms++;
    pthread_mutex_unlock(&d->lock);
//@ is open: racy
    d->alarms++;
//@ is sync_builtin: conflicting
    __sync_add_and_fetch(&d->alarms, 1);
//@ end
    return 1;
}

static void *sampler(void *arg)
{
    sensor_dev *d = arg;

    for (uint32_t t = 1; t <= @SAMPLES@; t++) {
        sensor_store(d, probe(t), t);
        if (t % 2)
            sched_yield();
    }
    atomic_store_explicit(&d->running, 0, memory_order_relaxed);
    return NULL;
}

static void *client(void *arg)
{
    sensor_dev *d = arg;
    reading_t r = { 0, 0 };
    long over = 0;

    for (int i = 0; i < @SAMPLES@; i++) {
        if (!atomic_load_explicit(&d->running, memory_order_relaxed) && i > 200)
            break;
        while (sensor_read(d, &r))
            sched_yield();
        over += sensor_check(d, &r);
        sched_yield();
        if (i % 4 == 2)
            sensor_set_limit(d, 22000 + i);
    }
    return (void *)over;
}

int main(void)
{
    pthread_t tid[@NT@];

    sensor_init(&dev, 24000);
    pthread_create(&tid[0], NULL, sampler, &dev);
    for (int i = 1; i < @NT@; i++)
        pthread_create(&tid[i], NULL, client, &dev);
    for (int i = 0; i < @NT@; i++)
        pthread_join(tid[i], NULL);
    printf("tick %u alarms %d\n", (unsigned)dev.latest.tick, dev.alarms < 100000u);
    return 0;
}
