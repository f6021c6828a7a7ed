//@ family: omp_edge_fluxes
//@ domain: meshes
//@ problem: Sum edge fluxes into the nodes of an unstructured mesh, and update boundary nodes through index lists.
//@ param NN: 512 | 900
//@ param NT: 3 | 4
#include <stdio.h>
#include <stdlib.h>
#include <omp.h>

#define NNODE @NN@
#define NEDGE (2 * NNODE)
#define NBND  (NNODE / 2)

typedef struct mesh {
    int    tail[NEDGE], head[NEDGE];
    double flow[NEDGE];
    double residual[NNODE];
    int    bnd[NBND];
    int    bnd_group[NBND];
    double bc[NNODE];
    double drag;
} mesh;

static mesh *mesh_new(void)
{
    mesh *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    for (int e = 0; e < NEDGE; e++) {
        m->tail[e] = e % NNODE;
        m->head[e] = (e * 3 + 1) % NNODE;
        m->flow[e] = 0.1 * (e % 21) - 1;
    }
    for (int b = 0; b < NBND; b++) {
        m->bnd[b] = (b * 2 + 1) % NNODE;      /* every listed node once */
        m->bnd_group[b] = (b * 5) % (NBND / 8); /* many share a group    */
    }
    return m;
}

static void add_to_node(mesh *m, int n, double v)
{
//@ slot node on residual
//@ is atomic: conflicting
#pragma omp atomic
    m->residual[n] += v;
//@ is plain: racy
    m->residual[n] += v;
//@ is critical: unprotected
#pragma omp critical(node)
    m->residual[n] += v;
//@ is by_half: unprotected
    if (n < NNODE / 2) {
#pragma omp critical(node_low)
        m->residual[n] += v;
    } else {
#pragma omp critical(node_high)
        m->residual[n] += v;
    }
//@ is by_member: racy
    if (omp_get_thread_num() % 2) {
#pragma omp critical(node_low)
        m->residual[n] += v;
    } else {
#pragma omp critical(node_high)
        m->residual[n] += v;
    }
//@ end
}

static void fluxes(mesh *m)
{
#pragma omp parallel for num_threads(@NT@)
    for (int e = 0; e < NEDGE; e++) {
        const double f = m->flow[e] * 0.5;
        add_to_node(m, m->tail[e], -f);
        add_to_node(m, m->head[e], f);
    }
}

static void boundary(mesh *m)
{
#pragma omp parallel for num_threads(@NT@)
    for (int b = 0; b < NBND; b++) {
//@ slot where on bc
//@ is node: same-location
        const int n = m->bnd[b];
        m->bc[n] += m->residual[n];
//@ is group: racy
        const int n = m->bnd_group[b];
        m->bc[n] += m->residual[n];
//@ is node_and_next: same-location
        const int n = m->bnd[b];
        m->bc[n] += m->residual[(n + 1) % NNODE];
//@ is node_spread: racy
        const int n = m->bnd[b];
        m->bc[n] += m->residual[n];
        m->bc[(n + 2) % NNODE] += 0.5;
//@ end
    }
}

static void total_drag(mesh *m)
{
#pragma omp parallel num_threads(@NT@)
    {
        double local = 0;
#pragma omp for
        for (int n = 0; n < NNODE; n++)
            local += m->bc[n];
//@ slot combine on drag
//@ is critical: unprotected
#pragma omp critical(drag)
        m->drag += local;
//@ is bare: racy
        m->drag += local;
//@ is ordered_tids: unordered
        for (int t = 0; t < omp_get_num_threads(); t++) {
            if (t == omp_get_thread_num())
                m->drag += local;
#pragma omp barrier
        }
//@ is tids_in_turn: racy
        for (int t = 0; t < omp_get_num_threads(); t++) {
            if (t == omp_get_thread_num())
                m->drag += local;
        }
//@ end
    }
}

int main(void)
{
    mesh *m = mesh_new();
    if (!m)
        return 1;
//@ slot passes
//@ is one: neutral
    fluxes(m);
    boundary(m);
//@ is two: neutral
    for (int k = 0; k < 2; k++) {
        fluxes(m);
        boundary(m);
    }
//@ end
    total_drag(m);
    printf("drag %.6f\n", m->drag);
    free(m);
    return 0;
}
