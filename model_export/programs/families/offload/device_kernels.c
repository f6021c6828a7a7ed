//@ family: device_kernels
//@ domain: offload
//@ problem: Vector kernels written for a device: teams, distribute and mapped arrays.
//@ param N: 4000 | 6000
//@ param NT: 3 | 4
//@ param TEAMS: 1 | 2
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <omp.h>

#define N @N@
#define BLOCK 64

#pragma omp begin declare target
static float gain(int i) { return 0.5f + (float)(i % 7) * 0.1f; }
#pragma omp end declare target

static float x[N], y[N], z[N + 1], ref[N];
static float dot_value;
static int negatives;
static int bins[BLOCK];

static void fill(void)
{
    for (int i = 0; i < N; i++) {
        x[i] = (float)((i * 17) % 101) - 50.0f;
        y[i] = (float)((i * 29) % 97) * 0.5f;
    }
}

static void serial(void)
{
    for (int i = 0; i < N; i++)
        ref[i] = gain(i) * x[i] + y[i];
}

static void scale_add(void)
{
//@ slot saxpy on z
//@ is same_index: same-location
#pragma omp target map(to : x, y) map(from : z)
#pragma omp parallel for num_threads(@NT@)
    for (int i = 0; i < N; i++)
        z[i] = gain(i) * x[i] + y[i];
//@ is carry: racy
#pragma omp target map(to : x, y) map(tofrom : z)
#pragma omp parallel for num_threads(@NT@)
    for (int i = 0; i < N; i++)
        z[i] = gain(i) * x[i] + y[i] + 0.0f * z[i + 1];
//@ is spill: racy
#pragma omp target map(to : x, y) map(tofrom : z)
#pragma omp parallel for num_threads(@NT@)
    for (int i = 0; i < N; i++) {
        z[i] = gain(i) * x[i] + y[i];
        z[i + 1] = -z[i + 1];
    }
//@ is blocks: same-location
#pragma omp target map(to : x, y) map(from : z)
#pragma omp parallel for num_threads(@NT@)
    for (int b = 0; b < N; b += BLOCK)
        for (int i = b; i < b + BLOCK && i < N; i++)
            z[i] = gain(i) * x[i] + y[i];
//@ is distributed: same-location
#pragma omp target teams distribute parallel for map(to : x, y) map(from : z) num_teams(@TEAMS@) \
    thread_limit(@NT@)
    for (int i = 0; i < N; i++)
        z[i] = gain(i) * x[i] + y[i];
//@ end
}

static void dot(void)
{
    float sum = 0;
//@ slot dot on sum
//@ is reduced: unprotected
#pragma omp target map(tofrom : sum)
#pragma omp parallel for num_threads(@NT@) reduction(+ : sum)
    for (int i = 0; i < N; i++)
        sum += x[i] * y[i];
//@ is plain: racy
#pragma omp target map(tofrom : sum)
#pragma omp parallel for num_threads(@NT@)
    for (int i = 0; i < N; i++)
        sum += x[i] * y[i];
//@ is block_atomic: conflicting
#pragma omp target map(tofrom : sum)
#pragma omp parallel for num_threads(@NT@)
    for (int b = 0; b < N; b += BLOCK) {
        float part = 0;
        for (int i = b; i < b + BLOCK && i < N; i++)
            part += x[i] * y[i];
#pragma omp atomic
        sum += part;
    }
//@ is block_kept: racy
#pragma omp target map(tofrom : sum)
#pragma omp parallel for num_threads(@NT@)
    for (int b = 0; b < N; b += BLOCK) {
        float part = sum;
        for (int i = b; i < b + BLOCK && i < N; i++)
            part += x[i] * y[i];
#pragma omp atomic write
        sum = part;
    }
//@ end
    dot_value = sum;
}

static void survey(void)
{
//@ slot tally on negatives
//@ is atomic: conflicting
#pragma omp target map(tofrom : negatives)
#pragma omp parallel for num_threads(@NT@)
    for (int i = 0; i < N; i++)
        if (x[i] < 0) {
#pragma omp atomic update
            negatives++;
        }
//@ is shared: racy
#pragma omp target map(tofrom : negatives)
#pragma omp parallel for num_threads(@NT@)
    for (int i = 0; i < N; i++)
        if (x[i] < 0)
            negatives++;
//@ is simd_reduction: unprotected
#pragma omp target map(tofrom : negatives)
#pragma omp parallel for simd num_threads(@NT@) reduction(+ : negatives)
    for (int i = 0; i < N; i++)
        negatives += x[i] < 0;
//@ is critical_even: racy
#pragma omp target map(tofrom : negatives)
#pragma omp parallel for num_threads(@NT@)
    for (int i = 0; i < N; i++)
        if (x[i] < 0) {
            if (i % 2) {
#pragma omp critical
                negatives++;
            } else
                negatives++;
        }
//@ end
}

static void bin_up(void)
{
//@ slot bins on bins
//@ is scatter_atomic: conflicting
#pragma omp target map(tofrom : bins)
#pragma omp parallel for num_threads(@NT@) schedule(static)
    for (int i = 0; i < N; i++) {
#pragma omp atomic
        bins[i % BLOCK] += y[i] > 20;
    }
//@ is scatter: racy
#pragma omp target map(tofrom : bins)
#pragma omp parallel for num_threads(@NT@) schedule(static)
    for (int i = 0; i < N; i++)
        bins[i % BLOCK] += y[i] > 20;
//@ is one_bin_each: same-location
#pragma omp target map(tofrom : bins)
#pragma omp parallel for num_threads(@NT@) schedule(static)
    for (int b = 0; b < BLOCK; b++)
        for (int i = b; i < N; i += BLOCK)
            bins[b] += y[i] > 20;
//@ is two_kernels: racy
#pragma omp parallel sections num_threads(2)
    {
#pragma omp section
#pragma omp target map(tofrom : bins)
        for (int i = 0; i < N; i += 2)
            bins[i / 2 % BLOCK] += y[i] > 20;
#pragma omp section
#pragma omp target map(tofrom : bins)
        for (int i = 1; i < N; i += 2)
            bins[i / 2 % BLOCK] += y[i] > 20;
    }
//@ is two_tasks: unordered
#pragma omp parallel num_threads(@NT@)
#pragma omp single
    {
#pragma omp task depend(inout : bins)
        for (int i = 0; i < N; i += 2)
            bins[i / 2 % BLOCK] += y[i] > 20;
#pragma omp task depend(inout : bins)
        for (int i = 1; i < N; i += 2)
            bins[i / 2 % BLOCK] += y[i] > 20;
    }
//@ end
}

int main(void)
{
    double a = 0, b = 0;
    long t = 0;
    fill();
    serial();
    scale_add();
    dot();
    survey();
    bin_up();
    for (int i = 0; i < N; i++) {
        a += ref[i] * (i % 3);
        b += z[i] * (i % 3);
    }
    for (int k = 0; k < BLOCK; k++)
        t += bins[k];
    printf("serial %.3f device %.3f dot %.1f negatives %d bins %ld\n", a, b, dot_value, negatives, t);
    return 0;
}
