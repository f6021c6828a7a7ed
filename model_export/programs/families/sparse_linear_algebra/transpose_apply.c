//@ family: transpose_apply
//@ domain: sparse_linear_algebra
//@ problem: Multiply the transpose of a CSR matrix with a vector by scattering rows.
//@ param ROWS: 600 | 900
//@ param COLS: 128 | 200
//@ param NT: 3 | 4
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <omp.h>

#define ROWS @ROWS@
#define COLS @COLS@
#define PER_ROW 6

typedef struct csr {
    int ptr[ROWS + 1];
    int *idx;
    double *val;
} csr_t;

static csr_t mat;
static double x[ROWS], y[COLS], yref[COLS];
static int heaviest;
static double weight;

static void csr_build(csr_t *m)
{
    unsigned s = 99;
    m->idx = malloc(sizeof(int) * ROWS * PER_ROW);
    m->val = malloc(sizeof(double) * ROWS * PER_ROW);
    if (!m->idx || !m->val)
        exit(1);
    for (int r = 0; r < ROWS; r++) {
        m->ptr[r] = r * PER_ROW;
        for (int k = 0; k < PER_ROW; k++) {
            s = s * 1103515245u + 12345u;
            m->idx[r * PER_ROW + k] = (int)((s >> 12) % COLS);
            m->val[r * PER_ROW + k] = ((s >> 5) % 100) * 0.01;
        }
        x[r] = 1.0 + r % 4;
    }
    m->ptr[ROWS] = ROWS * PER_ROW;
}

static void apply_serial(const csr_t *m, double *out)
{
    for (int r = 0; r < ROWS; r++)
        for (int p = m->ptr[r]; p < m->ptr[r + 1]; p++)
            out[m->idx[p]] += m->val[p] * x[r];
}

static void apply_team(const csr_t *m)
{
    double *copies = calloc((size_t)@NT@ * COLS, sizeof *copies);
    if (!copies)
        exit(1);
#pragma omp parallel num_threads(@NT@)
    {
        int me = omp_get_thread_num(), team = omp_get_num_threads();
        double rowsum = 0;
        int busiest = 0;
//@ slot scatter on y
//@ is atomic: conflicting
#pragma omp for schedule(static) nowait
        for (int r = 0; r < ROWS; r++)
            for (int p = m->ptr[r]; p < m->ptr[r + 1]; p++) {
#pragma omp atomic
                y[m->idx[p]] += m->val[p] * x[r];
            }
//@ is by_row: racy
#pragma omp for schedule(static) nowait
        for (int r = 0; r < ROWS; r++)
            for (int p = m->ptr[r]; p < m->ptr[r + 1]; p++)
                y[m->idx[p]] += m->val[p] * x[r];
//@ is own_columns: same-location
        int lo = COLS * me / team, hi = COLS * (me + 1) / team;
        for (int r = 0; r < ROWS; r++)
            for (int p = m->ptr[r]; p < m->ptr[r + 1]; p++)
                if (m->idx[p] >= lo && m->idx[p] < hi)
                    y[m->idx[p]] += m->val[p] * x[r];
//@ is wide_columns: racy
        int lo = COLS * me / team, hi = COLS * (me + 1) / team;
        for (int r = 0; r < ROWS; r++)
            for (int p = m->ptr[r]; p < m->ptr[r + 1]; p++)
                if (m->idx[p] >= lo && m->idx[p] <= hi)
                    y[m->idx[p] % COLS] += m->val[p] * x[r];
//@ is copies_loop: same-location
        double *mine = copies + (size_t)me * COLS;
#pragma omp for schedule(static)
        for (int r = 0; r < ROWS; r++)
            for (int p = m->ptr[r]; p < m->ptr[r + 1]; p++)
                mine[m->idx[p]] += m->val[p] * x[r];
#pragma omp for schedule(static)
        for (int c = 0; c < COLS; c++)
            for (int t = 0; t < team; t++)
                y[c] += copies[(size_t)t * COLS + c];
//@ is copies_each: racy
        double *mine = copies + (size_t)me * COLS;
#pragma omp for schedule(static)
        for (int r = 0; r < ROWS; r++)
            for (int p = m->ptr[r]; p < m->ptr[r + 1]; p++)
                mine[m->idx[p]] += m->val[p] * x[r];
        for (int c = 0; c < COLS; c++)
            y[c] += mine[c];
//@ end
#pragma omp for schedule(static) nowait
        for (int r = 0; r < ROWS; r++) {
            for (int p = m->ptr[r]; p < m->ptr[r + 1]; p++)
                rowsum += m->val[p];
            if (m->val[m->ptr[r]] > m->val[m->ptr[busiest]])
                busiest = r;
        }
//@ slot weigh on weight
//@ is atomic: conflicting
#pragma omp atomic
        weight += rowsum;
//@ is plain: racy
        weight += rowsum;
//@ is critical_elsewhere: racy
#pragma omp critical(weigh)
        rowsum *= 1.0;
        weight += rowsum;
//@ is in_turn: unordered
#pragma omp for ordered schedule(static, 1)
        for (int t = 0; t < @NT@; t++) {
#pragma omp ordered
            weight += rowsum;
        }
//@ end
//@ slot pick on heaviest
//@ is held: unprotected
#pragma omp critical(pick)
        if (m->val[m->ptr[busiest]] > m->val[m->ptr[heaviest]])
            heaviest = busiest;
//@ is test_outside: racy
        if (m->val[m->ptr[busiest]] >= m->val[m->ptr[heaviest]]) {
#pragma omp critical(pick)
            heaviest = busiest;
        }
//@ is first_thread: concurrent
        if (me == 0)
            heaviest = busiest;
//@ is last_writer: racy
        if (me < team)
            heaviest = busiest;
//@ end
    }
    free(copies);
}

int main(void)
{
    double a = 0, b = 0;
    csr_build(&mat);
    apply_serial(&mat, yref);
    apply_team(&mat);
    for (int c = 0; c < COLS; c++) {
        a += yref[c] * (c % 5);
        b += y[c] * (c % 5);
    }
    printf("serial %.6f team %.6f weight %.3f heaviest %d\n", a, b, weight, heaviest);
    free(mat.idx);
    free(mat.val);
    return 0;
}
