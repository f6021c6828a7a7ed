//@ family: omp_prime_windows
//@ domain: number_theory
//@ problem: Sieve windows by hand-made ranges, count primes and twin primes, nested team for the verification.
//@ param N: 6000 | 9000
//@ param NT: 3 | 4
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <omp.h>

#define LIMIT @N@
#define TEAM  @NT@

static unsigned char composite[LIMIT + 1];
static int primes_seen, twins_seen, largest;

static void strike(int from, int to)
{
    for (int p = 2; p * p <= LIMIT; p++) {
        int m = (from + p - 1) / p * p;
        if (m < 2 * p)
            m = 2 * p;
        for (; m < to; m += p)
            composite[m] = 1;
    }
}

static void sieve(void)
{
    const int width = (LIMIT + TEAM) / TEAM;
#pragma omp parallel num_threads(TEAM)
    {
        const int id = omp_get_thread_num();
        const int from = id * width;
//@ slot window on composite
//@ is exact: same-location
        const int to = from + width > LIMIT ? LIMIT + 1 : from + width;
        strike(from, to);
//@ is overlap: racy
        const int to = from + width + 4 > LIMIT ? LIMIT + 1 : from + width + 4;
        strike(from, to);
//@ is to_the_end: racy
        const int to = LIMIT + 1;
        strike(from, to);
//@ is interleaved: same-location
        for (int w = id; w * 100 <= LIMIT; w += TEAM)
            strike(w * 100, w * 100 + 100 > LIMIT ? LIMIT + 1 : w * 100 + 100);
        (void)from;
//@ end
    }
}

static int is_prime(int n)
{
    return n > 1 && !composite[n];
}

static void census(void)
{
#pragma omp parallel num_threads(TEAM)
    {
        int found = 0, top = 0;
#pragma omp for schedule(static) nowait
        for (int n = 2; n <= LIMIT; n++)
            if (is_prime(n)) {
                found++;
                top = n;
            }
//@ slot merge on primes_seen
//@ is atomic: conflicting
#pragma omp atomic
        primes_seen += found;
//@ is bare: racy
        primes_seen += found;
//@ is nowait_single: racy
        if (omp_get_thread_num() != 0) {
#pragma omp atomic
            primes_seen += found;
        } else {
            primes_seen += found;
        }
//@ is in_critical: unprotected
#pragma omp critical(census)
        primes_seen += found;
//@ end
#pragma omp critical(census)
        if (top > largest)
            largest = top;
    }
}

static void twins(void)
{
//@ slot team on twins_seen
//@ is nested_reduction: unprotected
    omp_set_max_active_levels(2);
#pragma omp parallel num_threads(2) reduction(+ : twins_seen)
    {
        const int half = omp_get_thread_num();
        int mine = 0;
#pragma omp parallel for num_threads(2) reduction(+ : mine)
        for (int n = half; n < LIMIT - 2; n += 2)
            mine += is_prime(n) && is_prime(n + 2);
        twins_seen += mine;
    }
//@ is nested_outer_shared: racy
    omp_set_max_active_levels(2);
#pragma omp parallel num_threads(2)
    {
        const int half = omp_get_thread_num();
        int mine = 0;
#pragma omp parallel for num_threads(2) reduction(+ : mine)
        for (int n = half; n < LIMIT - 2; n += 2)
            mine += is_prime(n) && is_prime(n + 2);
        twins_seen += mine;
    }
//@ is nested_inner_single: concurrent
    omp_set_max_active_levels(1);
#pragma omp parallel num_threads(2)
    {
#pragma omp master
        {
#pragma omp parallel for num_threads(2)
            for (int n = 0; n < LIMIT - 2; n++)
                twins_seen += is_prime(n) && is_prime(n + 2);
        }
    }
//@ is flat_shared: racy
#pragma omp parallel for num_threads(TEAM)
    for (int n = 0; n < LIMIT - 2; n++)
        if (is_prime(n) && is_prime(n + 2))
            twins_seen++;
//@ is num_threads_one: concurrent
#pragma omp parallel for num_threads(1)
    for (int n = 0; n < LIMIT - 2; n++)
        if (is_prime(n) && is_prime(n + 2))
            twins_seen++;
//@ end
}

int main(void)
{
    memset(composite, 0, sizeof composite);
    sieve();
    census();
    twins();
    printf("%d primes, %d twins, largest %d\n", primes_seen, twins_seen, largest);
    return 0;
}
