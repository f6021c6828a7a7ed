//@ family: omp_tone_bins
//@ domain: histogram
//@ problem: Count samples per tone, with an outlier counter and a per-thread scratch table.
//@ param N: 3000 | 6000
//@ param NT: 3 | 4
//@ param BINS: 16 | 32
/* sensor firmware host test: tone statistics */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <omp.h>

#define N    @N@
#define BINS @BINS@
#define NT   @NT@

static uint8_t  samples[N];
static uint32_t bins[BINS];
static uint32_t work[NT][BINS];
static uint32_t outliers;

static void sensor_fill(void)
{
    uint32_t s = 77u;
    for (int i = 0; i < N; i++) {
        s = s * 1664525u + 1013904223u;
        samples[i] = (uint8_t)(s >> 24);
    }
}

//@ slot note on outliers
//@ is atomic: conflicting
static void note_outlier(void)
{
#pragma omp atomic
    outliers++;
}
//@ is critical: unprotected
static void note_outlier(void)
{
#pragma omp critical
    outliers++;
}
//@ is bare: racy
static void note_outlier(void)
{
    outliers++;
}
//@ is read_then_atomic: racy
static void note_outlier(void)
{
    if (outliers < 100000u) {
#pragma omp atomic
        outliers++;
    }
}
//@ is capture: conflicting
static void note_outlier(void)
{
    uint32_t before;
#pragma omp atomic capture
    before = outliers++;
    (void)before;
}
//@ end

static void count_tones(void)
{
#pragma omp parallel num_threads(NT)
    {
//@ slot row on work
//@ is own: same-location
        uint32_t *row = work[omp_get_thread_num()];
//@ is first: racy
        uint32_t *row = work[0];
//@ is halved: racy
        uint32_t *row = work[omp_get_thread_num() / 2];
//@ is reversed: same-location
        uint32_t *row = work[NT - 1 - omp_get_thread_num()];
//@ end
#pragma omp for schedule(static)
        for (int i = 0; i < N; i++) {
            row[samples[i] % BINS]++;
            if (samples[i] > 240)
                note_outlier();
        }
//@ slot fold on bins
//@ is by_bin: same-location
#pragma omp for
        for (int b = 0; b < BINS; b++)
            for (int t = 0; t < NT; t++)
                bins[b] += work[t][b];
//@ is by_thread: racy
#pragma omp for
        for (int t = 0; t < NT; t++)
            for (int b = 0; b < BINS; b++)
                bins[b] += work[t][b];
//@ is by_thread_critical: unprotected
#pragma omp for
        for (int t = 0; t < NT; t++)
#pragma omp critical(fold)
            for (int b = 0; b < BINS; b++)
                bins[b] += work[t][b];
//@ is single: concurrent
#pragma omp single
        for (int b = 0; b < BINS; b++)
            for (int t = 0; t < NT; t++)
                bins[b] += work[t][b];
//@ is collapsed: racy
#pragma omp for collapse(2)
        for (int t = 0; t < NT; t++)
            for (int b = 0; b < BINS; b++)
                bins[b] += work[t][b];
//@ end
    }
}

int main(void)
{
    uint32_t sum = 0;
    sensor_fill();
    memset(bins, 0, sizeof bins);
    count_tones();
    for (int b = 0; b < BINS; b++)
        sum += bins[b] * (uint32_t)(b + 1);
    printf("%u %u\n", sum, outliers);
    return 0;
}
