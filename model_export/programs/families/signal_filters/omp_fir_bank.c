//@ family: omp_fir_bank
//@ domain: signal_filters
//@ problem: A bank of FIR filters over channels with a delay line, gain control and an output made of several passes.
//@ param N: 400 | 640
//@ param NT: 3 | 4
//@ param TAPS: 5 | 8
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <omp.h>

#define CH     6
#define LEN    @N@
#define TAPS   @TAPS@
#define NTH    @NT@

typedef int32_t q15;

typedef struct {
    q15 in[CH][LEN];
    q15 out[CH][LEN];
    q15 mix[LEN];
    q15 delay[NTH][TAPS];
    q15 peak;
    uint32_t clipped;
} bank_t;

static bank_t bank;
static const q15 coef[8] = { 3, 5, 8, 11, 11, 8, 5, 3 };

static void shift_in(q15 *line, q15 s)
{
    for (int k = TAPS - 1; k > 0; k--)
        line[k] = line[k - 1];
    line[0] = s;
}

static q15 fir(const q15 *line)
{
    q15 acc = 0;
    for (int k = 0; k < TAPS; k++)
        acc += coef[k] * line[k];
    return acc >> 4;
}

static void filter_channels(void)
{
#pragma omp parallel for num_threads(NTH) schedule(static)
    for (int c = 0; c < CH; c++) {
//@ slot line on delay
//@ is per_thread: same-location
        q15 *delay = bank.delay[omp_get_thread_num()];
//@ is first: racy
        q15 *delay = bank.delay[0];
//@ is local: same-location
        q15 delay[TAPS];
//@ is by_channel: racy
        q15 *delay = bank.delay[c % 2];
//@ end
        memset(delay, 0, sizeof(q15) * TAPS);
        for (int i = 0; i < LEN; i++) {
            shift_in(delay, bank.in[c][i]);
            bank.out[c][i] = fir(delay);
        }
    }
}

static void mixdown(void)
{
//@ slot mix on mix
//@ is by_sample: same-location
#pragma omp parallel for num_threads(NTH)
    for (int i = 0; i < LEN; i++)
        for (int c = 0; c < CH; c++)
            bank.mix[i] += bank.out[c][i];
//@ is by_channel: racy
#pragma omp parallel for num_threads(NTH)
    for (int c = 0; c < CH; c++)
        for (int i = 0; i < LEN; i++)
            bank.mix[i] += bank.out[c][i];
//@ is inner: same-location
    for (int c = 0; c < CH; c++) {
#pragma omp parallel for num_threads(NTH)
        for (int i = 0; i < LEN; i++)
            bank.mix[i] += bank.out[c][i];
    }
//@ is inner_nowait: same-location
#pragma omp parallel num_threads(NTH)
    for (int c = 0; c < CH; c++) {
#pragma omp for schedule(static) nowait
        for (int i = 0; i < LEN; i++)
            bank.mix[i] += bank.out[c][i];
    }
//@ is inner_nowait_shifted: racy
#pragma omp parallel num_threads(NTH)
    for (int c = 0; c < CH; c++) {
#pragma omp for schedule(static) nowait
        for (int i = 0; i < LEN - c; i++)
            bank.mix[i + c] += bank.out[c][i];
    }
//@ end
}

static void level_meter(void)
{
#pragma omp parallel for num_threads(NTH) ordered schedule(static, 8)
    for (int i = 0; i < LEN; i++) {
        const q15 a = bank.mix[i] < 0 ? -bank.mix[i] : bank.mix[i];
//@ slot peak on peak
//@ is ordered: unordered
#pragma omp ordered
        {
            if (a > bank.peak)
                bank.peak = a;
        }
//@ is half_ordered: racy
        if (a > bank.peak) {
#pragma omp ordered
            bank.peak = a;
        }
//@ is critical: unprotected
#pragma omp critical(peak)
        {
            if (a > bank.peak)
                bank.peak = a;
        }
//@ is bare: racy
        if (a > bank.peak)
            bank.peak = a;
//@ end
        if (a > 900) {
#pragma omp atomic
            bank.clipped++;
        }
    }
}

int main(void)
{
    for (int c = 0; c < CH; c++)
        for (int i = 0; i < LEN; i++)
            bank.in[c][i] = (q15)((i * (c + 3)) % 64 - 32);
    filter_channels();
    mixdown();
    level_meter();
    printf("peak %d clipped %u mid %d\n", (int)bank.peak, (unsigned)bank.clipped, (int)bank.mix[LEN / 2]);
    return 0;
}
