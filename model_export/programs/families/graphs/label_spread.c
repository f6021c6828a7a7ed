//@ family: label_spread
//@ domain: graphs
//@ problem: Connected components by spreading the smallest label until nothing changes.
//@ param NODES: 900 | 1400
//@ param DEG: 2 | 3
//@ param NT: 3 | 4
#include <stdio.h>
#include <stdlib.h>
#include <stdbool.h>
#include <omp.h>

#define NODES @NODES@
#define EDGES (NODES * @DEG@)
#define ROUNDS_MAX 60

static int head[NODES], tail_of[EDGES], head_of[EDGES];
static int label[NODES], fresh[NODES], wanted[NODES];
static int rounds, moved_total;
static int changed;

static void build(void)
{
    unsigned s = 31;
    for (int e = 0; e < EDGES; e++) {
        s = s * 1103515245u + 12345u;
        int a = (int)((s >> 9) % NODES);
        s = s * 1103515245u + 12345u;
        int b = (a / 300) * 300 + (int)((s >> 9) % 300);
        tail_of[e] = a;
        head_of[e] = b < NODES ? b : NODES - 1;
    }
    for (int v = 0; v < NODES; v++)
        head[v] = wanted[v] = label[v] = v;
}

static int root(int v)
{
    while (head[v] != v)
        v = head[v] = head[head[v]];
    return v;
}

static void components_serial(void)
{
    for (int e = 0; e < EDGES; e++) {
        int a = root(tail_of[e]), b = root(head_of[e]);
        if (a < b)
            head[b] = a;
        else
            head[a] = b;
    }
    for (int v = 0; v < NODES; v++)
        wanted[v] = root(v);
}

static void components_team(void)
{
    bool more = true;
    while (more && rounds < ROUNDS_MAX) {
        int moved = 0;
        changed = 0;
#pragma omp parallel num_threads(@NT@)
        {
#pragma omp for schedule(static)
            for (int v = 0; v < NODES; v++)
                fresh[v] = label[v];
//@ slot relax on fresh
//@ is both_locked: unprotected
#pragma omp for schedule(static)
            for (int e = 0; e < EDGES; e++) {
                int a = label[tail_of[e]], b = label[head_of[e]], low = a < b ? a : b;
#pragma omp critical(relax)
                {
                    if (low < fresh[tail_of[e]])
                        fresh[tail_of[e]] = low;
                    if (low < fresh[head_of[e]])
                        fresh[head_of[e]] = low;
                }
            }
//@ is open: racy
#pragma omp for schedule(static)
            for (int e = 0; e < EDGES; e++) {
                int a = label[tail_of[e]], b = label[head_of[e]], low = a < b ? a : b;
                if (low < fresh[tail_of[e]])
                    fresh[tail_of[e]] = low;
                if (low < fresh[head_of[e]])
                    fresh[head_of[e]] = low;
            }
//@ is tail_locked: racy
#pragma omp for schedule(static)
            for (int e = 0; e < EDGES; e++) {
                int a = label[tail_of[e]], b = label[head_of[e]], low = a < b ? a : b;
#pragma omp critical(relax_tail)
                if (low < fresh[tail_of[e]])
                    fresh[tail_of[e]] = low;
#pragma omp critical(relax_head)
                if (low < fresh[head_of[e]])
                    fresh[head_of[e]] = low;
            }
//@ is gather: same-location
#pragma omp for schedule(static)
            for (int v = 0; v < NODES; v++)
                for (int e = 0; e < EDGES; e++) {
                    if (tail_of[e] == v && label[head_of[e]] < fresh[v])
                        fresh[v] = label[head_of[e]];
                    if (head_of[e] == v && label[tail_of[e]] < fresh[v])
                        fresh[v] = label[tail_of[e]];
                }
//@ is gather_chained: racy
#pragma omp for schedule(static)
            for (int v = 0; v < NODES; v++)
                for (int e = 0; e < EDGES; e++) {
                    if (tail_of[e] == v && fresh[head_of[e]] < fresh[v])
                        fresh[v] = fresh[head_of[e]];
                    if (head_of[e] == v && fresh[tail_of[e]] < fresh[v])
                        fresh[v] = fresh[tail_of[e]];
                }
//@ is compare: conflicting
#pragma omp for schedule(static)
            for (int e = 0; e < EDGES; e++) {
                int a = label[tail_of[e]], b = label[head_of[e]], low = a < b ? a : b;
                int *p = &fresh[tail_of[e]], *q = &fresh[head_of[e]];
#pragma omp atomic compare
                if (low < *p) { *p = low; }
#pragma omp atomic compare
                if (low < *q) { *q = low; }
            }
//@ end
//@ slot moved on moved
//@ is reduced: unprotected
#pragma omp for schedule(static) reduction(+ : moved)
            for (int v = 0; v < NODES; v++)
                moved += fresh[v] != label[v];
//@ is plain: racy
#pragma omp for schedule(static)
            for (int v = 0; v < NODES; v++)
                if (fresh[v] != label[v])
                    moved++;
//@ is atomic_half: racy
#pragma omp for schedule(static)
            for (int v = 0; v < NODES; v++)
                if (fresh[v] < label[v]) {
                    if (v % 2) {
#pragma omp atomic
                        moved++;
                    } else {
                        moved++;
                    }
                }
//@ is atomic: conflicting
#pragma omp for schedule(static)
            for (int v = 0; v < NODES; v++)
                if (fresh[v] != label[v]) {
#pragma omp atomic
                    moved++;
                }
//@ end
//@ slot flag on changed
//@ is stores_atomic: conflicting
#pragma omp for schedule(static)
            for (int v = 0; v < NODES; v++) {
                if (fresh[v] != label[v]) {
#pragma omp atomic write
                    changed = 1;
                }
                label[v] = fresh[v];
            }
//@ is stores: racy
#pragma omp for schedule(static)
            for (int v = 0; v < NODES; v++) {
                if (fresh[v] != label[v])
                    changed = 1;
                label[v] = fresh[v];
            }
//@ is stores_once: racy
#pragma omp for schedule(static)
            for (int v = 0; v < NODES; v++) {
                if (fresh[v] != label[v] && !changed) {
#pragma omp atomic write
                    changed = 1;
                }
                label[v] = fresh[v];
            }
//@ is from_count: unordered
#pragma omp for schedule(static)
            for (int v = 0; v < NODES; v++)
                label[v] = fresh[v];
#pragma omp single
            changed = moved > 0;
//@ end
        }
        more = changed;
        moved_total += moved;
        rounds++;
    }
}

int main(void)
{
    long a = 0, b = 0;
    build();
    components_serial();
    components_team();
    for (int v = 0; v < NODES; v++) {
        a += (long)wanted[v] * (v % 3 + 1);
        b += (long)label[v] * (v % 3 + 1);
    }
    printf("serial %ld team %ld rounds %d moved %d\n", a, b, rounds, moved_total);
    return 0;
}
