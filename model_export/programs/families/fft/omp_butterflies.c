//@ family: omp_butterflies
//@ domain: fft
//@ problem: Walsh-Hadamard and radix-2 Fourier stages over one array inside a parallel region.
//@ param LOG: 9 | 10
//@ param NT: 3 | 4
#include <stdio.h>
#include <math.h>

#define LOGN @LOG@
#define LEN  (1 << LOGN)
#define TURN 6.283185307179586

static double re[LEN], im[LEN];
static double wr[LEN / 2], wi[LEN / 2];
static double spectrum[LEN / 2];
static double energy;

static unsigned reverse_bits(unsigned k)
{
    unsigned r = 0;
    for (int b = 0; b < LOGN; b++, k >>= 1)
        r = r << 1 | (k & 1);
    return r;
}

static void twiddles(void)
{
    double angle;
//@ slot angle on angle
//@ is private: same-location
#pragma omp parallel for private(angle) num_threads(@NT@)
//@ is shared: racy
#pragma omp parallel for shared(angle) num_threads(@NT@)
//@ is lastprivate: same-location
#pragma omp parallel for lastprivate(angle) num_threads(@NT@)
//@ is none_shared: racy
#pragma omp parallel for default(none) shared(angle, wr, wi) num_threads(@NT@)
//@ end
    for (int k = 0; k < LEN / 2; k++) {
        angle = TURN * k / LEN;
        wr[k] = cos(angle);
        wi[k] = -sin(angle);
    }
}

static inline void butterfly(int a, int b, int t)
{
    double xr = re[b] * wr[t] - im[b] * wi[t];
    double xi = re[b] * wi[t] + im[b] * wr[t];
    re[b] = re[a] - xr;
    im[b] = im[a] - xi;
    re[a] += xr;
    im[a] += xi;
}

static void transform(void)
{
#pragma omp parallel num_threads(@NT@)
    for (int s = 1; s <= LOGN; s++) {
        const int half = 1 << (s - 1);
        const int step = LEN >> s;
//@ slot stage on re, im
//@ is barrier: unordered
#pragma omp for schedule(static)
        for (int p = 0; p < LEN / 2; p++) {
            int a = (p / half) * 2 * half + p % half;
            butterfly(a, a + half, (p % half) * step);
        }
//@ is nowait: racy
#pragma omp for schedule(static) nowait
        for (int p = 0; p < LEN / 2; p++) {
            int a = (p / half) * 2 * half + p % half;
            butterfly(a, a + half, (p % half) * step);
        }
//@ is explicit_barrier: unordered
#pragma omp for schedule(static) nowait
        for (int p = 0; p < LEN / 2; p++) {
            int a = (p / half) * 2 * half + p % half;
            butterfly(a, a + half, (p % half) * step);
        }
#pragma omp barrier
//@ is overlapping_blocks: racy
#pragma omp for schedule(static)
        for (int p = 0; p < LEN / 2; p++) {
            int a = (p / half) * half + p % half;
            butterfly(a, a + half, (p % half) * step);
        }
//@ end
    }
}

static void shuffle(void)
{
#pragma omp parallel for num_threads(@NT@)
    for (int k = 0; k < LEN; k++) {
        unsigned r = reverse_bits((unsigned)k);
        if (r > (unsigned)k) {
            double t = re[k];
            re[k] = re[r];
            re[r] = t;
        }
    }
}

static void power(void)
{
    double sum = 0;
#pragma omp parallel num_threads(@NT@)
    {
#pragma omp for reduction(+ : sum)
        for (int k = 0; k < LEN / 2; k++) {
            spectrum[k] = re[k] * re[k] + im[k] * im[k];
            sum += spectrum[k];
        }
//@ slot store on energy
//@ is single: concurrent
#pragma omp single
        energy = sqrt(sum);
//@ is all: racy
        energy = sqrt(sum);
//@ is masked: concurrent
#pragma omp masked
        energy = sqrt(sum);
//@ is master_then_scale: racy
#pragma omp master
        energy = sqrt(sum);
#pragma omp for
        for (int k = 0; k < LEN / 2; k++)
            spectrum[k] /= 1 + energy;
//@ is single_then_scale: unordered
#pragma omp single
        energy = sqrt(sum);
#pragma omp for
        for (int k = 0; k < LEN / 2; k++)
            spectrum[k] /= 1 + energy;
//@ end
    }
}

int main(void)
{
    for (int k = 0; k < LEN; k++)
        re[k] = sin(TURN * 5 * k / LEN) + 0.1 * (k % 3);
    twiddles();
    shuffle();
    transform();
    power();
    printf("energy %.4f peak %.4f\n", energy, spectrum[5]);
    return 0;
}
