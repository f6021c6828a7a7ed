//@ family: spin_sweeps
//@ domain: lattice_methods
//@ problem: Metropolis sweeps of an Ising lattice, half a checkerboard at a time.
//@ param L: 32 | 48
//@ param NT: 3 | 4
//@ param SWEEPS: 6 | 10
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <omp.h>

#define L @L@
#define NT @NT@
#define SITE(x, y) (((y) + L) % L * L + ((x) + L) % L)

typedef struct {
    signed char spin[L * L];
    uint32_t stream[NT * 16];
    uint32_t common;
    long flips;
    long energy_log[@SWEEPS@];
    double table[9];
} lattice_t;

static lattice_t lat, ref;

static void lattice_init(lattice_t *g)
{
    memset(g, 0, sizeof *g);
    for (int i = 0; i < L * L; i++)
        g->spin[i] = (i * 7919 >> 3) & 1 ? 1 : -1;
    for (int t = 0; t < NT; t++)
        g->stream[t * 16] = 88172645u + 977u * (uint32_t)t;
    g->common = 2463534242u;
    for (int k = 0; k < 9; k++)
        g->table[k] = exp(-0.44 * k);
}

static double draw(uint32_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 17;
    *s ^= *s << 5;
    return *s * (1.0 / 4294967296.0);
}

static int field_at(const lattice_t *g, int x, int y)
{
    return g->spin[SITE(x + 1, y)] + g->spin[SITE(x - 1, y)] + g->spin[SITE(x, y + 1)] +
           g->spin[SITE(x, y - 1)];
}

static int try_flip(lattice_t *g, int x, int y, double r)
{
    int cost = g->spin[SITE(x, y)] * field_at(g, x, y);
    if (cost > 0 && r >= g->table[2 * cost > 8 ? 8 : 2 * cost])
        return 0;
    g->spin[SITE(x, y)] = (signed char)-g->spin[SITE(x, y)];
    return 1;
}

static long energy(const lattice_t *g)
{
    long e = 0;
    for (int y = 0; y < L; y++)
        for (int x = 0; x < L; x++)
            e -= g->spin[SITE(x, y)] * (g->spin[SITE(x + 1, y)] + g->spin[SITE(x, y + 1)]);
    return e;
}

static void sweeps_serial(lattice_t *g)
{
    for (int s = 0; s < @SWEEPS@; s++)
        for (int c = 0; c < 2; c++)
            for (int y = 0; y < L; y++)
                for (int x = (y + c) & 1; x < L; x += 2)
                    g->flips += try_flip(g, x, y, draw(&g->common));
}

static void sweeps_team(lattice_t *g)
{
#pragma omp parallel num_threads(NT) default(shared)
    {
        int me = omp_get_thread_num();
        long mine = 0;
//@ slot numbers on stream, common
//@ is own_stream: same-location
        uint32_t *rng = &g->stream[me * 16];
//@ is one_stream: racy
        uint32_t *rng = &g->common;
//@ is local_copy: same-location
        uint32_t state = g->common + (uint32_t)me, *rng = &state;
//@ is folded_stream: racy
        uint32_t *rng = &g->stream[me / 2 * 16];
//@ end
        for (int s = 0; s < @SWEEPS@; s++) {
//@ slot halves on spin
//@ is checker: unordered
            for (int c = 0; c < 2; c++) {
#pragma omp for schedule(static)
                for (int y = 0; y < L; y++)
                    for (int x = (y + c) & 1; x < L; x += 2)
                        mine += try_flip(g, x, y, draw(rng));
            }
//@ is stripes: racy
            for (int c = 0; c < 2; c++) {
#pragma omp for schedule(static)
                for (int y = 0; y < L; y++)
                    for (int x = c; x < L; x += 2)
                        mine += try_flip(g, x, y, draw(rng));
            }
//@ is one_pass: racy
#pragma omp for schedule(static)
            for (int y = 0; y < L; y++)
                for (int x = 0; x < L; x++)
                    mine += try_flip(g, x, y, draw(rng));
//@ is even_rows: unordered
            for (int c = 0; c < 2; c++) {
#pragma omp for schedule(static)
                for (int y = c; y < L; y += 2)
                    for (int x = 0; x < L; x++)
                        mine += try_flip(g, x, y, draw(rng));
            }
//@ end
//@ slot log on energy_log
//@ is one: concurrent
#pragma omp single
            g->energy_log[s] = energy(g);
//@ is rows_atomic: conflicting
#pragma omp for schedule(static)
            for (int y = 0; y < L; y++) {
                long e = 0;
                for (int x = 0; x < L; x++)
                    e -= g->spin[SITE(x, y)] * (g->spin[SITE(x + 1, y)] + g->spin[SITE(x, y + 1)]);
#pragma omp atomic
                g->energy_log[s] += e;
            }
//@ is rows: racy
#pragma omp for schedule(static)
            for (int y = 0; y < L; y++) {
                long e = 0;
                for (int x = 0; x < L; x++)
                    e -= g->spin[SITE(x, y)] * (g->spin[SITE(x + 1, y)] + g->spin[SITE(x, y + 1)]);
                g->energy_log[s] += e;
            }
//@ is each_thread: racy
            g->energy_log[s] = energy(g);
#pragma omp barrier
//@ end
        }
//@ slot flips on flips
//@ is atomic: conflicting
#pragma omp atomic
        g->flips += mine;
//@ is bare: racy
        g->flips += mine;
//@ is ordered_loop: unordered
#pragma omp for ordered schedule(static, 1)
        for (int t = 0; t < NT; t++) {
#pragma omp ordered
            g->flips += mine;
        }
//@ is unordered_loop: racy
#pragma omp for schedule(static, 1)
        for (int t = 0; t < NT; t++)
            g->flips += mine;
//@ end
    }
}

int main(void)
{
    lattice_init(&lat);
    lattice_init(&ref);
    sweeps_serial(&ref);
    sweeps_team(&lat);
    long logged = 0;
    for (int s = 0; s < @SWEEPS@; s++)
        logged += lat.energy_log[s];
    printf("serial %ld %ld team %ld %ld logged %ld\n", energy(&ref), ref.flips, energy(&lat),
           lat.flips, logged);
    return 0;
}
