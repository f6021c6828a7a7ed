//@ family: om2_running_totals
//@ domain: scans
//@ problem: Offsets of variable-length rows from their lengths, then packing the rows behind each other.
//@ param R: 240 | 400
//@ param NT: 3 | 4
#include <stdio.h>
#include <stdlib.h>
#include <omp.h>

typedef struct {
    int  rows;
    int *len;     /* rows      */
    int *start;   /* rows + 1  */
    int *cell;    /* all cells */
    int  longest;
} ragged;

static void offsets(ragged *g)
{
//@ slot scan on start
//@ is serial: concurrent
    for (int r = 0; r < g->rows; r++)
        g->start[r + 1] = g->start[r] + g->len[r];
//@ is parallel_chain: racy
#pragma omp parallel for num_threads(@NT@)
    for (int r = 0; r < g->rows; r++)
        g->start[r + 1] = g->start[r] + g->len[r];
//@ is inscan: unprotected
    int run = 0;
#pragma omp parallel for num_threads(@NT@) reduction(inscan, + : run)
    for (int r = 0; r < g->rows; r++) {
        run += g->len[r];
#pragma omp scan inclusive(run)
        g->start[r + 1] = run;
    }
//@ is doubling_in_place: racy
#pragma omp parallel for num_threads(@NT@)
    for (int r = 0; r < g->rows; r++)
        g->start[r + 1] = g->len[r];
    for (int d = 1; d < g->rows; d *= 2) {
#pragma omp parallel for num_threads(@NT@)
        for (int r = g->rows; r > d; r--)
            g->start[r] += g->start[r - d];
    }
//@ is from_scratch: same-location
#pragma omp parallel for num_threads(@NT@)
    for (int r = 0; r < g->rows; r++) {
        int s = 0;
        for (int k = 0; k <= r; k++)
            s += g->len[k];
        g->start[r + 1] = s;
    }
//@ is in_ordered: unordered
#pragma omp parallel for ordered num_threads(@NT@)
    for (int r = 0; r < g->rows; r++) {
        const int l = g->len[r];
#pragma omp ordered
        g->start[r + 1] = g->start[r] + l;
    }
//@ end
}

static void pack(ragged *g)
{
#pragma omp parallel for num_threads(@NT@) schedule(static, 3)
    for (int r = 0; r < g->rows; r++) {
//@ slot fill on cell
//@ is exclusive_end: same-location
        for (int k = g->start[r]; k < g->start[r + 1]; k++)
            g->cell[k] += r;
//@ is inclusive_end: racy
        for (int k = g->start[r]; k <= g->start[r + 1]; k++)
            g->cell[k] += r;
//@ is by_length: same-location
        int *c = g->cell + g->start[r];
        for (int k = 0; k < g->len[r]; k++)
            c[k] += r;
//@ is peek_before: racy
        for (int k = g->start[r]; k < g->start[r + 1]; k++)
            g->cell[k] = (k ? g->cell[k - 1] : 0) + r;
//@ end
    }
}

int main(void)
{
    ragged g = { .rows = @R@ };
    g.len = calloc((size_t)g.rows, sizeof(int));
    g.start = calloc((size_t)g.rows + 1, sizeof(int));
    g.cell = calloc((size_t)g.rows * 8 + 1, sizeof(int));
    if (!g.len || !g.start || !g.cell)
        return 1;
    for (int r = 0; r < g.rows; r++)
        g.len[r] = 2 + r % 5;
    offsets(&g);
    /* rows are packed by the serial sums in any case */
    for (int r = 0; r < g.rows; r++)
        g.start[r + 1] = g.start[r] + g.len[r];
    pack(&g);
    long sum = 0;
    for (int k = 0; k < g.start[g.rows]; k++)
        sum += (long)g.cell[k] * (k % 3);
    printf("%d cells, %ld\n", g.start[g.rows], sum);
    free(g.cell);
    free(g.start);
    free(g.len);
    return 0;
}
