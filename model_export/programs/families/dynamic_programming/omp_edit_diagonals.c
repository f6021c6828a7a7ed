//@ family: omp_edit_diagonals
//@ domain: dynamic_programming
//@ problem: Edit distance over anti-diagonals, and a knapsack row update with one or two rows.
//@ param LEN: 90 | 130
//@ param NT: 3 | 4
//@ param CAP: 300 | 420
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEN @LEN@
#define CAP @CAP@
#define ITEMS 20

typedef unsigned short cost_t;

static char s[LEN + 1], t[LEN + 1];
static cost_t table[LEN + 1][LEN + 1];
static int best[CAP + 1], prior[CAP + 1];
static int weight[ITEMS], value[ITEMS];
static int cells;

static cost_t min3(cost_t a, cost_t b, cost_t c)
{
    cost_t m = a < b ? a : b;
    return m < c ? m : c;
}

static void cell(int i, int j)
{
    cost_t sub = (cost_t)(table[i - 1][j - 1] + (s[i - 1] != t[j - 1]));
    table[i][j] = min3((cost_t)(table[i - 1][j] + 1), (cost_t)(table[i][j - 1] + 1), sub);
}

static int edit_distance(void)
{
    for (int i = 0; i <= LEN; i++)
        table[i][0] = table[0][i] = (cost_t)i;
//@ slot order on table
//@ is diagonals: unordered
#pragma omp parallel num_threads(@NT@)
    for (int d = 2; d <= 2 * LEN; d++) {
        const int lo = d > LEN ? d - LEN : 1;
        const int hi = d > LEN ? LEN : d - 1;
#pragma omp for schedule(static)
        for (int i = lo; i <= hi; i++)
            cell(i, d - i);
    }
//@ is diagonals_nowait: racy
#pragma omp parallel num_threads(@NT@)
    for (int d = 2; d <= 2 * LEN; d++) {
        const int lo = d > LEN ? d - LEN : 1;
        const int hi = d > LEN ? LEN : d - 1;
#pragma omp for schedule(static) nowait
        for (int i = lo; i <= hi; i++)
            cell(i, d - i);
    }
//@ is rows: racy
#pragma omp parallel for num_threads(@NT@)
    for (int i = 1; i <= LEN; i++)
        for (int j = 1; j <= LEN; j++)
            cell(i, j);
//@ is columns_inside: racy
    for (int i = 1; i <= LEN; i++) {
#pragma omp parallel for num_threads(@NT@)
        for (int j = 1; j <= LEN; j++)
            cell(i, j);
    }
//@ is diagonals_forked: unordered
    for (int d = 2; d <= 2 * LEN; d++) {
        const int lo = d > LEN ? d - LEN : 1;
        const int hi = d > LEN ? LEN : d - 1;
#pragma omp parallel for num_threads(@NT@)
        for (int i = lo; i <= hi; i++)
            cell(i, d - i);
    }
//@ is rows_one_thread: concurrent
#pragma omp parallel for num_threads(@NT@) if (LEN > 1000)
    for (int i = 1; i <= LEN; i++)
        for (int j = 1; j <= LEN; j++)
            cell(i, j);
//@ end
    return table[LEN][LEN];
}

static int knapsack(void)
{
    for (int k = 0; k < ITEMS; k++) {
        memcpy(prior, best, sizeof best);
//@ slot row on best
//@ is from_prior: same-location
#pragma omp parallel for num_threads(@NT@)
        for (int c = weight[k]; c <= CAP; c++) {
            int with = prior[c - weight[k]] + value[k];
            if (with > best[c])
                best[c] = with;
        }
//@ is in_place: racy
#pragma omp parallel for num_threads(@NT@)
        for (int c = weight[k]; c <= CAP; c++) {
            int with = best[c - weight[k]] + value[k];
            if (with > best[c])
                best[c] = with;
        }
//@ is in_place_serial: concurrent
        for (int c = CAP; c >= weight[k]; c--) {
            int with = best[c - weight[k]] + value[k];
            if (with > best[c])
                best[c] = with;
        }
//@ is in_place_down: racy
#pragma omp parallel for num_threads(@NT@)
        for (int c = CAP; c >= weight[k]; c--) {
            int with = best[c - weight[k]] + value[k];
            if (with > best[c])
                best[c] = with;
        }
//@ end
    }
    return best[CAP];
}

static void count_cells(void)
{
#pragma omp parallel for num_threads(@NT@) \
//@ slot tally on cells
//@ is collapse_reduction: unprotected
    collapse(2) reduction(+ : cells)
//@ is collapse: racy
    collapse(2)
//@ is reduction: unprotected
    reduction(+ : cells)
//@ end
    for (int i = 1; i <= LEN; i++)
        for (int j = 1; j <= LEN; j++)
            cells += table[i][j] < 20;
}

int main(void)
{
    for (int i = 0; i < LEN; i++) {
        s[i] = (char)('a' + i * 7 % 11);
        t[i] = (char)('a' + i * 5 % 11);
    }
    for (int k = 0; k < ITEMS; k++) {
        weight[k] = 9 + k * 3 % 17;
        value[k] = 5 + k * 7 % 23;
    }
    int d = edit_distance();
    count_cells();
    printf("distance %d cells %d worth %d\n", d, cells, knapsack());
    return 0;
}
