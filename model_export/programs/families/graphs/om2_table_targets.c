//@ family: om2_table_targets
//@ domain: graphs
//@ problem: Renumber the vertices of a graph and push ranks through index tables that are permutations or not.
#include <stdio.h>
#include <stdint.h>

#define V  720
typedef uint32_t vid;

static vid    order[V];      /* each vertex once          */
static vid    parent[V];     /* many vertices, one parent */
static double rank_old[V], rank_new[V];
static double moved[V];
static int    degree[V];

static void tables(void)
{
    for (vid v = 0; v < V; v++) {
        order[v] = V - 1 - v;
        parent[v] = v / 4;
        rank_old[v] = 1.0 / (1 + v % 9);
    }
    for (vid v = 0; v + 1 < V; v += 2) {
        vid t = order[v];
        order[v] = order[v + 1];
        order[v + 1] = t;
    }
}

static void push(void)
{
#pragma omp parallel for num_threads(3) schedule(static, 1)
    for (vid v = 0; v < V; v++) {
        const double share = rank_old[v] * 0.85;
//@ slot target on rank_new
//@ is order: same-location
        const vid t = order[v];
        rank_new[t] += share;
//@ is parent: racy
        const vid t = parent[v];
        rank_new[t] += share;
//@ is parent_atomic: conflicting
        const vid t = parent[v];
#pragma omp atomic
        rank_new[t] += share;
//@ is parent_of_order: racy
        const vid t = parent[order[v]];
        rank_new[t] += share;
//@ is order_twice: same-location
        const vid t = order[order[v]];
        rank_new[t] += share;
//@ is gather: same-location
        const vid t = parent[v];
        rank_new[v] += share + rank_old[t];
//@ end
    }
}

static void relabel(void)
{
#pragma omp parallel for num_threads(3) schedule(static, 2)
    for (vid v = 0; v < V; v++) {
//@ slot where on moved
//@ is to_order: same-location
        moved[order[v]] = rank_new[v];
//@ is order_and_own: racy
        moved[order[v]] = rank_new[v];
        moved[v] *= 0.5;
//@ is masked_low: racy
        moved[order[v] & 63u] = rank_new[v];
//@ is own_from_order: same-location
        moved[v] = rank_new[order[v]];
//@ end
//@ slot deg on degree
//@ is own: same-location
        degree[v] = parent[v] == v;
//@ is parent: racy
        degree[parent[v]]++;
//@ is parent_atomic: conflicting
#pragma omp atomic
        degree[parent[v]]++;
//@ end
    }
}

int main(void)
{
    tables();
    push();
    relabel();
    double sum = 0;
    for (vid v = 0; v < V; v++)
        sum += moved[v] * (v % 3) + degree[v];
    printf("%.5f\n", sum);
    return 0;
}
