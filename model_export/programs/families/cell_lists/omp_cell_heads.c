//@ family: omp_cell_heads
//@ domain: cell_lists
//@ problem: Link atoms into cell chains and count close neighbours cell by cell; an array of locks guards the cells.
//@ param NA: 900 | 1400
//@ param NT: 3 | 4
//@ param NC: 16 | 25
#include <stdio.h>
#include <stdlib.h>
#include <omp.h>

#define NA @NA@
#define NC @NC@
#define NONE (-1)

struct cell_grid {
    int head[NC];
    int count[NC];
    omp_lock_t guard[NC];
    omp_lock_t hand[@NT@];
    omp_lock_t spare;
};

static struct cell_grid grid;
static double pos[NA];
static int chain[NA];
static long close_pairs;
static int fullest;

static int cell_of(double x)
{
    int c = (int)(x * NC);
    return c < 0 ? 0 : c >= NC ? NC - 1 : c;
}

static void grid_open(void)
{
    omp_init_lock(&grid.spare);
    for (int t = 0; t < @NT@; t++)
        omp_init_lock(&grid.hand[t]);
    for (int c = 0; c < NC; c++) {
        grid.head[c] = NONE;
        omp_init_lock(&grid.guard[c]);
    }
}

static void grid_close(void)
{
    for (int c = 0; c < NC; c++)
        omp_destroy_lock(&grid.guard[c]);
    for (int t = 0; t < @NT@; t++)
        omp_destroy_lock(&grid.hand[t]);
    omp_destroy_lock(&grid.spare);
}

static void link_atom(int i, int c)
{
//@ slot tally on count
//@ is atomic: conflicting
#pragma omp atomic
    grid.count[c]++;
//@ is plain: racy
    grid.count[c]++;
//@ is lock: unprotected
    omp_set_lock(&grid.guard[c]);
    grid.count[c]++;
    omp_unset_lock(&grid.guard[c]);
//@ end
//@ slot link on head
//@ is cell_lock: unprotected
    omp_set_lock(&grid.guard[c]);
    chain[i] = grid.head[c];
    grid.head[c] = i;
    omp_unset_lock(&grid.guard[c]);
//@ is member_lock: racy
    omp_set_lock(&grid.hand[omp_get_thread_num()]);
    chain[i] = grid.head[c];
    grid.head[c] = i;
    omp_unset_lock(&grid.hand[omp_get_thread_num()]);
//@ is early_unset: racy
    omp_set_lock(&grid.guard[c]);
    chain[i] = grid.head[c];
    omp_unset_lock(&grid.guard[c]);
    grid.head[c] = i;
//@ is common_lock: unprotected
    omp_set_lock(&grid.spare);
    chain[i] = grid.head[c];
    grid.head[c] = i;
    omp_unset_lock(&grid.spare);
//@ is test_lock_spin: unprotected
    while (!omp_test_lock(&grid.guard[c]))
        ;
    chain[i] = grid.head[c];
    grid.head[c] = i;
    omp_unset_lock(&grid.guard[c]);
//@ is lock_large_atoms: racy
    const int crowded = i % 4 != 3;
    if (crowded)
        omp_set_lock(&grid.guard[c]);
    chain[i] = grid.head[c];
    grid.head[c] = i;
    if (crowded)
        omp_unset_lock(&grid.guard[c]);
//@ end
}

static void build(void)
{
#pragma omp parallel for num_threads(@NT@) schedule(static)
    for (int i = 0; i < NA; i++)
        link_atom(i, cell_of(pos[i]));
}

static void neighbours(void)
{
#pragma omp parallel num_threads(@NT@)
    {
        long near = 0;
//@ slot fill on fullest
//@ is critical: unprotected
#pragma omp for nowait
        for (int c = 0; c < NC; c++) {
#pragma omp critical(fill)
            if (grid.count[c] > fullest)
                fullest = grid.count[c];
        }
//@ is compare_outside: racy
#pragma omp for nowait
        for (int c = 0; c < NC; c++) {
            if (grid.count[c] > fullest) {
#pragma omp critical(fill)
                fullest = grid.count[c];
            }
        }
//@ is master_loop: concurrent
#pragma omp master
        for (int c = 0; c < NC; c++)
            if (grid.count[c] > fullest)
                fullest = grid.count[c];
//@ is everyone_loop: racy
        for (int c = 0; c < NC; c++)
            if (grid.count[c] > fullest)
                fullest = grid.count[c];
//@ end
#pragma omp for nowait
        for (int c = 0; c < NC; c++)
            for (int i = grid.head[c]; i != NONE; i = chain[i])
                for (int j = chain[i]; j != NONE; j = chain[j])
                    near += pos[i] - pos[j] < 0.001 && pos[j] - pos[i] < 0.001;
#pragma omp atomic
        close_pairs += near;
    }
}

int main(void)
{
    for (int i = 0; i < NA; i++)
        pos[i] = ((i * 7919) % 1000) / 1000.0;
    grid_open();
    build();
    neighbours();
    printf("close %ld fullest %d\n", close_pairs, fullest);
    grid_close();
    return 0;
}
