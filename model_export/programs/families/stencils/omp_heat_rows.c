//@ family: omp_heat_rows
//@ domain: stencils
//@ problem: Relax a heated plate with two planes that change roles, then report the hottest interior cell.
//@ param NX: 66 | 90
//@ param NT: 3 | 4
//@ param STEPS: 5 | 8
//@ param REAL: double | float
#include <stdio.h>

#define NX @NX@
#define NY 40
#define CELL(g, i, j) ((g)[(i) * NY + (j)])

static @REAL@ plate_a[NX * NY], plate_b[NX * NY];
static @REAL@ *cur = plate_a, *nxt = plate_b;

static void heat_edges(@REAL@ *g)
{
    for (int j = 0; j < NY; j++) {
        CELL(g, 0, j) = 100;
        CELL(g, NX - 1, j) = (@REAL@)(j % 7);
    }
}

static void swap_planes(void)
{
    @REAL@ *t = cur;
    cur = nxt;
    nxt = t;
}

int main(void)
{
    @REAL@ mean = 0, worst = 0;
    int step;

    heat_edges(plate_a);
    heat_edges(plate_b);

#pragma omp parallel num_threads(@NT@) \
//@ slot temp on mean
//@ is private: same-location
    private(mean) \
//@ is firstprivate: same-location
    firstprivate(mean) \
//@ is shared: racy
    shared(mean) \
//@ is implicit: racy
//@ end
    private(step)
    {
        for (step = 0; step < @STEPS@; step++) {
//@ slot sched
//@ is static: neutral
#pragma omp for schedule(static)
//@ is plain: neutral
#pragma omp for
//@ is chunked: neutral
#pragma omp for schedule(static, 4)
//@ end
            for (int i = 1; i < NX - 1; i++) {
                for (int j = 1; j < NY - 1; j++) {
                    mean = CELL(cur, i - 1, j) + CELL(cur, i + 1, j);
                    mean += CELL(cur, i, j - 1) + CELL(cur, i, j + 1);
                    CELL(nxt, i, j) = mean / 4;
                }
            }
//@ slot swap on cur, nxt
//@ is single: unordered
#pragma omp single
            swap_planes();
//@ is master_then_barrier: unordered
#pragma omp master
            swap_planes();
#pragma omp barrier
//@ is master: racy
#pragma omp master
            swap_planes();
//@ is single_nowait: racy
#pragma omp single nowait
            swap_planes();
//@ end
        }
//@ slot peak on worst
//@ is reduction: unprotected
#pragma omp for reduction(max : worst)
        for (int i = 1; i < NX - 1; i++)
            for (int j = 1; j < NY - 1; j++)
                if (CELL(cur, i, j) > worst)
                    worst = CELL(cur, i, j);
//@ is row_critical: unprotected
#pragma omp for
        for (int i = 1; i < NX - 1; i++) {
            @REAL@ row = 0;
            for (int j = 1; j < NY - 1; j++)
                if (CELL(cur, i, j) > row)
                    row = CELL(cur, i, j);
#pragma omp critical
            if (row > worst)
                worst = row;
        }
//@ is row_plain: racy
#pragma omp for
        for (int i = 1; i < NX - 1; i++) {
            @REAL@ row = 0;
            for (int j = 1; j < NY - 1; j++)
                if (CELL(cur, i, j) > row)
                    row = CELL(cur, i, j);
            if (row > worst)
                worst = row;
        }
//@ is row_checked_outside: racy
#pragma omp for
        for (int i = 1; i < NX - 1; i++) {
            @REAL@ row = 0;
            for (int j = 1; j < NY - 1; j++)
                if (CELL(cur, i, j) > row)
                    row = CELL(cur, i, j);
            if (row > worst) {
#pragma omp critical
                worst = row;
            }
        }
//@ end
    }

    printf("hottest %.3f centre %.3f\n", (double)worst, (double)CELL(cur, NX / 2, NY / 2));
    return 0;
}
