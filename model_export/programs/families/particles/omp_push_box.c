//@ family: omp_push_box
//@ domain: particles
//@ problem: Move particles in a box, bounce at walls, gather kinetic energy and pair forces through a per-thread force buffer.
//@ param NP: 320 | 480
//@ param NT: 3 | 4
//@ param WIN: 6 | 10
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <omp.h>

#define NP @NP@
#define NT @NT@
#define BOX 10.0
#define FOLD(v, p) do { if ((p) < 0) { (p) = -(p); (v) = -(v); } \
                        if ((p) > BOX) { (p) = 2 * BOX - (p); (v) = -(v); } } while (0)

typedef struct { double x, v, f; } part;

static part *parts;
static double *scratch;   /* NT * NP pair forces */
static double kinetic;
static int bounces;

static double pair_force(double a, double b)
{
    double d = a - b;
    return d / (0.5 + d * d);
}

static void forces(void)
{
    memset(scratch, 0, sizeof(double) * NT * NP);
#pragma omp parallel num_threads(NT)
    {
//@ slot buffer on scratch
//@ is by_tid: same-location
        double *mine = scratch + (size_t)omp_get_thread_num() * NP;
//@ is common: racy
        double *mine = scratch;
//@ is by_tid_short: racy
        double *mine = scratch + (size_t)omp_get_thread_num() * (NP / 2);
//@ is by_tid_block: same-location
        const int tid = omp_get_thread_num();
        double *mine = &scratch[tid * NP];
//@ end
#pragma omp for schedule(static)
        for (int i = 0; i < NP; i++) {
            for (int k = 1; k <= @WIN@; k++) {
                const int j = (i + k) % NP;
                const double f = pair_force(parts[i].x, parts[j].x);
                mine[i] -= f;
                mine[j] += f;
            }
        }
#pragma omp for schedule(static)
        for (int i = 0; i < NP; i++) {
            double f = 0;
            for (int t = 0; t < NT; t++)
                f += scratch[(size_t)t * NP + i];
            parts[i].f = f;
        }
    }
}

static void push(double dt)
{
    double before;
#pragma omp parallel for num_threads(NT) schedule(static) \
//@ slot old on before
//@ is private: same-location
    private(before) \
//@ is shared: racy
    shared(before) \
//@ is lastprivate: same-location
    lastprivate(before) \
//@ is implicit: racy
//@ end
    firstprivate(dt)
    for (int i = 0; i < NP; i++) {
        before = parts[i].v;
        parts[i].v += dt * parts[i].f;
        parts[i].x += dt * parts[i].v;
        FOLD(parts[i].v, parts[i].x);
        if (before * parts[i].v < 0) {
//@ slot hit on bounces
//@ is atomic: conflicting
#pragma omp atomic
            bounces++;
//@ is plain: racy
            ++bounces;
//@ is critical: unprotected
#pragma omp critical(hit)
            ++bounces;
//@ is plain_of_one: concurrent
            if (i == NP - 1)
                ++bounces;
//@ is other_name: racy
            if (before < 0) {
#pragma omp critical(hit_left)
                ++bounces;
            } else {
#pragma omp critical(hit_right)
                ++bounces;
            }
//@ end
        }
    }
    if (before > 1e9)
        puts("fast");
}

int main(void)
{
    parts = calloc(NP, sizeof *parts);
    scratch = malloc(sizeof(double) * NT * NP);
    if (!parts || !scratch)
        return 1;
    for (int i = 0; i < NP; i++) {
        parts[i].x = (i * 7 % 100) * 0.1;
        parts[i].v = i % 2 ? 6.0 : -6.0;
    }
    for (int s = 0; s < 3; s++) {
        forces();
        push(0.2);
    }
#pragma omp parallel for reduction(+ : kinetic) num_threads(NT)
    for (int i = 0; i < NP; i++)
        kinetic += 0.5 * parts[i].v * parts[i].v;
    printf("kinetic %.4f bounces %d\n", kinetic, bounces);
    free(scratch);
    free(parts);
    return 0;
}
