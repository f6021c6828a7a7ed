//@ family: omp_bfs_front
//@ domain: graphs
//@ problem: Breadth-first levels over an adjacency list with a shared next frontier.
//@ param V: 700 | 1100
//@ param NT: 3 | 4
//@ param DEG: 4 | 5
#include <stdio.h>
#include <stdlib.h>
#include <omp.h>

typedef struct {
    int nv, deg;
    int *adj;
    int *level;
    int *front, *next;
    int nfront, nnext;
    int deepest;
    long scanned;
} graph_t;

static int graph_make(graph_t *g, int nv, int deg)
{
    g->nv = nv;
    g->deg = deg;
    g->adj = malloc(sizeof(int) * nv * deg);
    g->level = malloc(sizeof(int) * nv);
    g->front = malloc(sizeof(int) * nv);
    g->next = malloc(sizeof(int) * nv);
    if (!g->adj || !g->level || !g->front || !g->next)
        return -1;
    for (int v = 0; v < nv; v++) {
        g->level[v] = -1;
        for (int d = 0; d < deg; d++)
            g->adj[v * deg + d] = (v * (d + 2) + 17 * d + 1) % nv;
    }
    g->nfront = g->nnext = g->deepest = 0;
    g->scanned = 0;
    return 0;
}

/* True for exactly one caller per vertex. */
static int claim(graph_t *g, int v, int depth)
{
    int before;
//@ slot claim
//@ is critical: neutral
#pragma omp critical(claim)
    {
        before = g->level[v];
        if (before < 0)
            g->level[v] = depth;
    }
//@ is exchange: neutral
    int unset = -1;
    before = __atomic_compare_exchange_n(&g->level[v], &unset, depth, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED) ? -1 : unset;
//@ end
    return before < 0;
}

static void expand(graph_t *g, int depth)
{
    long scanned = 0;
#pragma omp parallel num_threads(@NT@) reduction(+ : scanned)
    {
#pragma omp for schedule(static)
        for (int f = 0; f < g->nfront; f++) {
            int v = g->front[f];
            for (int d = 0; d < g->deg; d++) {
                int w = g->adj[v * g->deg + d];
                scanned++;
                if (!claim(g, w, depth))
                    continue;
                int at;
//@ slot slotno on nnext
//@ is capture: conflicting
#pragma omp atomic capture
                at = g->nnext++;
                g->next[at] = w;
//@ is bound_then_capture: racy
                if (g->nnext >= g->nv)
                    continue;
#pragma omp atomic capture
                at = g->nnext++;
                g->next[at] = w;
//@ is critical: unprotected
#pragma omp critical(front)
                {
                    at = g->nnext++;
                    g->next[at] = w;
                }
//@ is read_outside: racy
                at = g->nnext;
                if (at >= g->nv)
                    continue;
#pragma omp critical(front)
                g->next[g->nnext++] = w;
//@ end
            }
        }
//@ slot depth on deepest
//@ is single: concurrent
#pragma omp single
        g->deepest = depth;
//@ is every: racy
        g->deepest = depth;
//@ is master: concurrent
#pragma omp master
        g->deepest = depth;
//@ is two_tids: racy
        if (omp_get_thread_num() != 1)
            g->deepest = depth;
//@ end
    }
    g->scanned += scanned;
}

int main(void)
{
    graph_t g;
    int depth = 0, reached = 0;
    if (graph_make(&g, @V@, @DEG@))
        return 1;
    g.level[0] = 0;
    g.front[g.nfront++] = 0;
    while (g.nfront > 0 && depth < 40) {
        g.nnext = 0;
        expand(&g, ++depth);
        int *t = g.front;
        g.front = g.next;
        g.next = t;
        g.nfront = g.nnext;
    }
    for (int v = 0; v < g.nv; v++)
        reached += g.level[v] >= 0;
    printf("reached %d depth %d scanned %ld\n", reached, g.deepest, g.scanned);
    free(g.adj);
    free(g.level);
    free(g.front);
    free(g.next);
    return 0;
}
