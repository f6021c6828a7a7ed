//@ family: kt_adc_pingpong
//@ domain: embedded
//@ problem: A converter fills the halves of a buffer in turn while the foreground filters the half that is full.
//@ param HALF: 32 | 48
//@ param BLOCKS: 80 | 120
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <threads.h>

/* The vendor's C library has no <threads.h> of its own: the names map onto the host's threads. */
#pragma redefine_extname thrd_create board_thread
#pragma redefine_extname thrd_join pthread_join
#pragma redefine_extname mtx_init pthread_mutex_init
#pragma redefine_extname mtx_lock pthread_mutex_lock
#pragma redefine_extname mtx_unlock pthread_mutex_unlock

int board_thread(pthread_t *t, int (*fn)(void *), void *arg)
{
    return pthread_create(t, NULL, (void *(*)(void *))fn, arg);
}

static int16_t dma_buf[2][@HALF@];
//@ slot handover on half_full
//@ is atomic_flags: conflicting
static atomic_bool half_full[2];
//@ is volatile_flags: racy
static volatile bool half_full[2];
//@ is flags_masked: unprotected
static volatile bool half_full[2];
//@ is flags_masked_in_isr: racy
static volatile bool half_full[2];
//@ end
static mtx_t mask;
static int32_t energy;
//@ slot peak on peak
//@ is foreground_only: concurrent
static int peak;
//@ is volatile_word: racy
static volatile int peak;
//@ is atomic_word: conflicting
static _Atomic int peak;
//@ end
static unsigned late_blocks;

static int16_t analog(unsigned n)
{
    return (int16_t)((n * 97u) % 2048u) - 1024;
}

static bool flag_get(int h)
{
//@ slot handover
//@ is atomic_flags
    return atomic_load_explicit(&half_full[h], memory_order_acquire);
//@ is volatile_flags
    return half_full[h];
//@ is flags_masked
    mtx_lock(&mask);
    bool f = half_full[h];
    mtx_unlock(&mask);
    return f;
//@ is flags_masked_in_isr
    return half_full[h];
//@ end
}

static void flag_put(int h, bool v, bool in_isr)
{
//@ slot handover
//@ is atomic_flags
    (void)in_isr;
    atomic_store_explicit(&half_full[h], v, memory_order_release);
//@ is volatile_flags
    (void)in_isr;
    half_full[h] = v;
//@ is flags_masked
    (void)in_isr;
    mtx_lock(&mask);
    half_full[h] = v;
    mtx_unlock(&mask);
//@ is flags_masked_in_isr
    if (in_isr)
        mtx_lock(&mask);
    half_full[h] = v;
    if (in_isr)
        mtx_unlock(&mask);
//@ end
}

static int dma_channel(void *arg)
{
    unsigned n = 0;

    (void)arg;
    for (int b = 0; b < @BLOCKS@; b++) {
        int h = b & 1;
        while (flag_get(h))
            thrd_yield();
        for (int i = 0; i < @HALF@; i++) {
            dma_buf[h][i] = analog(n++);
            if (i % 16 == 15)
                thrd_yield();
//@ slot peak
//@ is volatile_word
            if (dma_buf[h][i] > peak)
                peak = dma_buf[h][i];
//@ is atomic_word
            if (dma_buf[h][i] > peak)
                peak = dma_buf[h][i];
//@ end
        }
//@ slot late on late_blocks
//@ is in_isr: concurrent
        late_blocks += b > 1;
//@ is everywhere: racy
        late_blocks += b > 1;
//@ is masked_both: unprotected
        mtx_lock(&mask);
        late_blocks += b > 1;
        mtx_unlock(&mask);
//@ is masked_here: racy
        mtx_lock(&mask);
        late_blocks += b > 1;
        mtx_unlock(&mask);
//@ end
        flag_put(h, true, true);
    }
    return 0;
}

static void filter(const int16_t *x)
{
    int32_t acc = 0;

    for (int i = 1; i < @HALF@; i++)
        acc += (x[i] - x[i - 1]) / 2;
    for (int i = 0; i < @HALF@; i++)
        energy = (energy + x[i] * x[i] / 64) & 0xffffff;
    energy += acc;
//@ slot peak
//@ is foreground_only
    for (int i = 0; i < @HALF@; i++)
        if (x[i] > peak)
            peak = x[i];
//@ is volatile_word
    peak = peak - peak / 8;
//@ is atomic_word
    peak = peak - peak / 8;
//@ end
}

static int32_t serial_energy(void)
{
    int32_t keep = energy, want;
    int16_t x[@HALF@];
    unsigned n = 0;

    energy = 0;
    for (int b = 0; b < @BLOCKS@; b++) {
        for (int i = 0; i < @HALF@; i++)
            x[i] = analog(n++);
        filter(x);
    }
    want = energy;
    energy = keep;
    return want;
}

int main(void)
{
    thrd_t dma;

    mtx_init(&mask, mtx_plain);
    thrd_create(&dma, dma_channel, NULL);
    for (int b = 0; b < @BLOCKS@; b++) {
        int h = b & 1;
        while (!flag_get(h)) {
//@ slot late
//@ is everywhere
            late_blocks++;
//@ is masked_both
            mtx_lock(&mask);
            late_blocks++;
            mtx_unlock(&mask);
//@ is masked_here
            late_blocks++;
//@ end
            thrd_yield();
        }
        filter(dma_buf[h]);
        flag_put(h, false, false);
    }
    thrd_join(dma, NULL);
    printf("energy %d serial %d peak %d late %d\n", energy, serial_energy(), peak >= 0,
           late_blocks > 0);
    return 0;
}
