//@ family: om2_diagonal_waves
//@ domain: dynamic_programming
//@ problem: Cheapest path through a cost grid by diagonals within one team; counts of improved cells.
//@ param S: 48 | 70
//@ param NT: 3 | 4
#include <stdio.h>
#include <stdlib.h>
#include <omp.h>

#define AT(g, r, c) ((g)[(r) * SIDE + (c)])
enum { SIDE = @S@ };

static int min3(int a, int b, int c)
{
    int m = a < b ? a : b;
    return m < c ? m : c;
}

static int relax(int *g, const int *cost, int r, int c)
{
    int m = min3(AT(g, r - 1, c), AT(g, r, c - 1), AT(g, r - 1, c - 1));
    AT(g, r, c) = m + AT(cost, r, c);
    return m < AT(cost, r, c);
}

static int cheapest(int *grid, const int *cost)
{
    int better = 0;
#pragma omp parallel num_threads(@NT@)
    {
        const int me = omp_get_thread_num(), all = omp_get_num_threads();
        int mine = 0;
        for (int d = 2; d <= 2 * (SIDE - 1); d++) {
            const int lo = d - (SIDE - 1) > 1 ? d - (SIDE - 1) : 1;
            const int hi = d - 1 < SIDE - 1 ? d - 1 : SIDE - 1;
//@ slot wave on grid
//@ is for_barrier: unordered
#pragma omp for
            for (int r = lo; r <= hi; r++)
                mine += relax(grid, cost, r, d - r);
//@ is for_nowait: racy
#pragma omp for nowait
            for (int r = lo; r <= hi; r++)
                mine += relax(grid, cost, r, d - r);
//@ is stride_barrier: unordered
            for (int r = lo + me; r <= hi; r += all)
                mine += relax(grid, cost, r, d - r);
#pragma omp barrier
//@ is stride: racy
            for (int r = lo + me; r <= hi; r += all)
                mine += relax(grid, cost, r, d - r);
//@ is nowait_then_single: unordered
#pragma omp for nowait
            for (int r = lo; r <= hi; r++)
                mine += relax(grid, cost, r, d - r);
#pragma omp single
            (void)all;
//@ is nowait_then_master: racy
#pragma omp for nowait
            for (int r = lo; r <= hi; r++)
                mine += relax(grid, cost, r, d - r);
#pragma omp master
            (void)all;
//@ end
        }
//@ slot add on better
//@ is atomic: conflicting
#pragma omp atomic
        better += mine;
//@ is bare: racy
        better += mine;
//@ is critical: unprotected
#pragma omp critical
        better += mine;
//@ is bare_if_any: racy
        if (mine + me >= 0)
            better += mine;
//@ end
        (void)me;
    }
    return better;
}

int main(void)
{
    int *grid = calloc(SIDE * SIDE, sizeof *grid);
    int *cost = calloc(SIDE * SIDE, sizeof *cost);
    if (!grid || !cost)
        return 1;
    for (int k = 0; k < SIDE * SIDE; k++)
        cost[k] = (k * 29) % 13 + 1;
    const int better = cheapest(grid, cost);
    printf("%d (%d)\n", AT(grid, SIDE - 1, SIDE - 1), better);
    free(cost);
    free(grid);
    return 0;
}
