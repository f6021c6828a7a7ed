//@ family: omp_wave_string
//@ domain: stencils
//@ problem: Advance a vibrating string and smooth it; each pass reads neighbours at some distance.
//@ param N: 600 | 1200
//@ param NT: 3 | 4
//@ param D: 1 | 3
/* Vibrating string, teaching version: three passes over the same samples. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = @N@, D = @D@ };

typedef struct {
    double *y;      /* displacement now        */
    double *prev;   /* displacement one step ago */
    double *v;      /* velocity                */
    double *load;   /* load carried by a segment */
} Chain;

static int chain_open(Chain *s)
{
    s->y = malloc(sizeof(double) * N);
    s->prev = malloc(sizeof(double) * N);
    s->v = malloc(sizeof(double) * N);
    s->load = malloc(sizeof(double) * (2 * N + 2));
    if (!s->y || !s->prev || !s->v || !s->load)
        return -1;
    for (int i = 0; i < N; i++) {
        s->y[i] = (i % 50) * 0.02;
        s->prev[i] = s->y[i];
        s->v[i] = 0.001 * (i % 11);
    }
    for (int i = 0; i < 2 * N + 2; i++)
        s->load[i] = i % 5;
    return 0;
}

static void pass_displacement(Chain *s)
{
    double *y = s->y;
    memcpy(s->prev, y, sizeof(double) * N);
//@ slot reach on y
//@ is prev_buffer: same-location
    const double *from = s->prev;
#pragma omp parallel for num_threads(@NT@)
    for (int i = D; i < N; i++)
        y[i] = 0.5 * (from[i - D] + from[i]);
//@ is in_place: racy
    const double *from = s->y;
#pragma omp parallel for num_threads(@NT@)
    for (int i = D; i < N; i++)
        y[i] = 0.5 * (from[i - D] + from[i]);
//@ is in_place_forward: racy
    const double *from = s->y;
#pragma omp parallel for num_threads(@NT@)
    for (int i = 0; i < N - D; i++)
        y[i] = 0.5 * (from[i] + from[i + D]);
//@ is halves: same-location
    const double *from = s->y;
#pragma omp parallel for num_threads(@NT@)
    for (int i = 0; i < N / 2; i++)
        y[i + N / 2] = 0.5 * (from[i] + y[i + N / 2]);
//@ end
}

static void pass_velocity(Chain *s)
{
    double *v = s->v;
    const double *y = s->y;
//@ slot parity on v
//@ is even_from_odd: same-location
#pragma omp parallel for num_threads(@NT@)
    for (int i = 0; i < N / 2 - 1; i++)
        v[2 * i] += 0.1 * (v[2 * i + 1] - y[i]);
//@ is third_step: racy
#pragma omp parallel for num_threads(@NT@)
    for (int i = 0; i < N / 2 - 1; i++)
        v[2 * i] += 0.1 * (v[2 * i + 2] - y[i]);
//@ is half_index: racy
#pragma omp parallel for num_threads(@NT@) schedule(static, 3)
    for (int i = 0; i < N; i++)
        v[i / 2] += 0.1 * y[i];
//@ is serial_when_small: concurrent
#pragma omp parallel for num_threads(@NT@) if (N > 5000)
    for (int i = 0; i < N / 2 - 1; i++)
        v[2 * i] += 0.1 * (v[2 * i + 2] - y[i]);
//@ end
}

static void pass_load(Chain *s)
{
    double *load = s->load;
    int half = N / 2, i;
//@ slot fold on load
//@ is upper_to_lower: same-location
#pragma omp parallel for num_threads(@NT@) schedule(static)
    for (i = 0; i < half; i++)
        load[i] += load[i + half];
//@ is one_too_near: racy
#pragma omp parallel for num_threads(@NT@) schedule(static)
    for (i = 0; i < half; i++)
        load[i] += load[i + half - 1];
//@ is mirrored: racy
#pragma omp parallel for num_threads(@NT@) schedule(static)
    for (i = 0; i < 2 * half; i++)
        load[i] += load[2 * half - 1 - i];
//@ is mirrored_half: same-location
#pragma omp parallel for num_threads(@NT@) schedule(static)
    for (i = 0; i < half; i++)
        load[i] += load[2 * half - 1 - i];
//@ end
}

int main(void)
{
    Chain s;
    double sum = 0;
    if (chain_open(&s))
        return 1;
//@ slot rounds
//@ is once: neutral
    pass_displacement(&s);
    pass_velocity(&s);
    pass_load(&s);
//@ is again: neutral
    for (int r = 0; r < 2; r++) {
        pass_displacement(&s);
        pass_velocity(&s);
        pass_load(&s);
    }
//@ end
#pragma omp parallel for reduction(+ : sum) num_threads(2)
    for (int i = 0; i < N; i++)
        sum += s.y[i] + s.v[i] + s.load[i];
    printf("sum %.6f\n", sum);
    free(s.y);
    free(s.prev);
    free(s.v);
    free(s.load);
    return 0;
}
