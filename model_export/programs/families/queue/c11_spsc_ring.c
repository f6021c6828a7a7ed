//@ family: c11_spsc_ring
//@ domain: queue
//@ problem: One audio thread writes samples into a ring that one mixer thread drains.
//@ param CAP: 16 | 64
//@ param COUNT: 1500 | 3000
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

#define RING_CAP @CAP@
#define RING_MASK (RING_CAP - 1)

struct spsc {
    _Alignas(64) atomic_uint head;
    _Alignas(64) atomic_uint tail;
    int16_t data[RING_CAP];
};

static struct spsc ring;
static unsigned underruns;
static long mixed;
static int gain = 3;

static int ring_push(struct spsc *r, int16_t v)
{
    unsigned tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

    if (tail - atomic_load_explicit(&r->head, memory_order_acquire) == RING_CAP)
        return 0;
//@ slot data on data
//@ is store_then_release: unordered
    r->data[tail & RING_MASK] = v;
    atomic_store_explicit(&r->tail, tail + 1, memory_order_release);
//@ is release_then_store: racy
    atomic_store_explicit(&r->tail, tail + 1, memory_order_release);
    r->data[tail & RING_MASK] = v;
//@ is relaxed_tail: racy
    r->data[tail & RING_MASK] = v;
    atomic_store_explicit(&r->tail, tail + 1, memory_order_relaxed);
//@ is fetch_add_tail: unordered
    r->data[tail & RING_MASK] = v;
    atomic_fetch_add(&r->tail, 1);
//@ is touched_up: racy
    r->data[tail & RING_MASK] = v;
    atomic_store_explicit(&r->tail, tail + 1, memory_order_release);
    if (v % 8 == 0)
        sched_yield();
    r->data[tail & RING_MASK]++;
//@ end
    return 1;
}

static int ring_pop(struct spsc *r, int16_t *v)
{
    unsigned head = atomic_load_explicit(&r->head, memory_order_relaxed);

    if (head == atomic_load_explicit(&r->tail, memory_order_acquire))
        return 0;
    *v = r->data[head & RING_MASK];
    atomic_store_explicit(&r->head, head + 1, memory_order_release);
    return 1;
}

static void *audio_thread(void *arg)
{
    int n = *(const int *)arg;

    for (int i = 0; i < n; i++) {
        while (!ring_push(&ring, (int16_t)(i % 251)))
            sched_yield();
//@ slot gain on gain
//@ is read_only: conflicting
//@ is changed_by_audio: racy
        if (i % 50 == 0)
            gain = 1 + i % 3;
//@ is atomic_gain: conflicting
        if (i % 50 == 0)
            __atomic_store_n(&gain, 1 + i % 3, __ATOMIC_RELAXED);
//@ is half_atomic_gain: racy
        if (i % 50 == 0)
            __atomic_store_n(&gain, 1 + i % 3, __ATOMIC_RELAXED);
//@ end
//@ slot under on underruns
//@ is counted_by_both: racy
        if (i % 20 == 0)
            underruns++;
//@ end
        if (i % 8 == 0)
            sched_yield();
    }
    return NULL;
}

static void *mixer_thread(void *arg)
{
    int n = *(const int *)arg;

    for (int i = 0; i < n;) {
        int16_t v;
//@ slot gain
//@ is read_only
        int g = gain;
//@ is changed_by_audio
        int g = gain;
//@ is atomic_gain
        int g = __atomic_load_n(&gain, __ATOMIC_RELAXED);
//@ is half_atomic_gain
        int g = gain;
//@ end
        if (ring_pop(&ring, &v)) {
            mixed += v * g;
            i++;
//@ slot under
//@ is counted_by_both
            if (i % 20 == 0)
                underruns++;
//@ is counted_by_mixer: concurrent
        } else {
            underruns++;
//@ is main_reads_early: racy
        } else {
            underruns++;
//@ is left_to_main: concurrent
//@ end
        }
        if (i % 8 == 0)
            sched_yield();
    }
    return NULL;
}

int main(void)
{
    pthread_t audio, mixer;
    static const int count = @COUNT@;
    unsigned seen = 0;

    pthread_create(&mixer, NULL, mixer_thread, (void *)&count);
    pthread_create(&audio, NULL, audio_thread, (void *)&count);
//@ slot under
//@ is main_reads_early
    for (int i = 0; i < 200; i++) {
        seen += underruns;
        sched_yield();
    }
//@ end
    pthread_join(audio, NULL);
    pthread_join(mixer, NULL);
//@ slot under
//@ is left_to_main
    underruns = seen;
//@ end
    printf("mixed %d underruns %d\n", mixed > 0, (underruns | seen) < 1u << 31);
    return 0;
}
