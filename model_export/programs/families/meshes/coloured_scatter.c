//@ family: coloured_scatter
//@ domain: meshes
//@ problem: Scatter element forces to the nodes of a triangle mesh, colour by colour.
//@ param NX: 16 | 24
//@ param NT: 3 | 4
//@ param STEPS: 3 | 5
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <omp.h>

#define NX @NX@
#define NODES ((NX + 1) * (NX + 1))
#define ELEMS (2 * NX * NX)
#define COLOURS 16

typedef struct {
    int node[3];
    int colour;
    double stiff;
} elem_t;

static elem_t elem[ELEMS];
static int order[ELEMS], first[COLOURS + 1], ncolours;
static double pos[NODES], force[NODES], mass[NODES], want[NODES];
static double strain_energy;
static int flat_elems;

static void make_mesh(void)
{
    for (int j = 0; j < NX; j++)
        for (int i = 0; i < NX; i++) {
            int a = j * (NX + 1) + i, e = 2 * (j * NX + i);
            elem[e] = (elem_t){{a, a + 1, a + NX + 1}, -1, 1.0 + (i % 3)};
            elem[e + 1] = (elem_t){{a + 1, a + NX + 2, a + NX + 1}, -1, 1.5 + (j % 2)};
        }
}

static void reset_nodes(void)
{
    for (int n = 0; n < NODES; n++) {
        pos[n] = sin(0.05 * n);
        mass[n] = 1 + n % 3;
        force[n] = 0;
    }
    strain_energy = 0;
}

static void colour_elements(void)
{
    unsigned used[NODES] = {0};
    for (int e = 0; e < ELEMS; e++) {
        int c = 0;
//@ slot paint on force
//@ is all_nodes
        unsigned taken = used[elem[e].node[0]] | used[elem[e].node[1]] | used[elem[e].node[2]];
//@ is two_nodes
        unsigned taken = used[elem[e].node[0]] | used[elem[e].node[1]];
//@ is all_nodes_on
        unsigned taken = used[elem[e].node[0]] | used[elem[e].node[1]] | used[elem[e].node[2]];
//@ is gather_nodes
        unsigned taken = used[elem[e].node[0]] | used[elem[e].node[1]];
//@ is add_atomic
        unsigned taken = used[elem[e].node[2]];
//@ is ignored
        unsigned taken = used[elem[e].node[0]] | used[elem[e].node[1]] | used[elem[e].node[2]];
//@ end
        while (taken >> c & 1u)
            c++;
        elem[e].colour = c;
        for (int k = 0; k < 3; k++)
            used[elem[e].node[k]] |= 1u << c;
        if (c + 1 > ncolours)
            ncolours = c + 1;
    }
    int at = 0;
    for (int c = 0; c < ncolours; c++) {
        first[c] = at;
        for (int e = 0; e < ELEMS; e++)
            if (elem[e].colour == c)
                order[at++] = e;
    }
    first[ncolours] = at;
}

static double pull(const elem_t *el, int k)
{
    double mid = (pos[el->node[0]] + pos[el->node[1]] + pos[el->node[2]]) / 3;
    return el->stiff * (mid - pos[el->node[k]]);
}

static void step_serial(void)
{
    memset(force, 0, sizeof force);
    for (int e = 0; e < ELEMS; e++)
        for (int k = 0; k < 3; k++)
            force[elem[e].node[k]] += pull(&elem[e], k);
    for (int n = 0; n < NODES; n++)
        pos[n] += 0.01 * force[n] / mass[n];
}

static void step_team(void)
{
#pragma omp parallel num_threads(@NT@)
    {
        double energy = 0;
#pragma omp for schedule(static)
        for (int n = 0; n < NODES; n++)
            force[n] = 0;
//@ slot paint
//@ is all_nodes: unordered
        for (int c = 0; c < ncolours; c++) {
#pragma omp for schedule(static)
            for (int s = first[c]; s < first[c + 1]; s++)
                for (int k = 0; k < 3; k++)
                    force[elem[order[s]].node[k]] += pull(&elem[order[s]], k);
        }
//@ is two_nodes: racy
        for (int c = 0; c < ncolours; c++) {
#pragma omp for schedule(static)
            for (int s = first[c]; s < first[c + 1]; s++)
                for (int k = 0; k < 3; k++)
                    force[elem[order[s]].node[k]] += pull(&elem[order[s]], k);
        }
//@ is all_nodes_on: racy
        for (int c = 0; c < ncolours; c++) {
#pragma omp for schedule(static) nowait
            for (int s = first[c]; s < first[c + 1]; s++)
                for (int k = 0; k < 3; k++)
                    force[elem[order[s]].node[k]] += pull(&elem[order[s]], k);
        }
#pragma omp barrier
//@ is gather_nodes: same-location
#pragma omp for schedule(static)
        for (int n = 0; n < NODES; n++)
            for (int e = 0; e < ELEMS; e++)
                for (int k = 0; k < 3; k++)
                    if (elem[e].node[k] == n)
                        force[n] += pull(&elem[e], k);
//@ is add_atomic: conflicting
#pragma omp for schedule(static)
        for (int s = 0; s < ELEMS; s++)
            for (int k = 0; k < 3; k++) {
                double p = pull(&elem[order[s]], k);
#pragma omp atomic
                force[elem[order[s]].node[k]] += p;
            }
//@ is ignored: racy
#pragma omp for schedule(static)
        for (int e = 0; e < ELEMS; e++)
            for (int k = 0; k < 3; k++)
                force[elem[e].node[k]] += pull(&elem[e], k);
//@ end
#pragma omp for schedule(static) nowait
        for (int e = 0; e < ELEMS; e++) {
            double p = pull(&elem[e], e % 3);
            energy += 0.5 * p * p;
//@ slot flat on flat_elems
//@ is atomic: conflicting
            if (fabs(p) < 0.01) {
#pragma omp atomic
                flat_elems++;
            }
//@ is bare: racy
            if (fabs(p) < 0.01)
                flat_elems++;
//@ is colour_zero: racy
            if (fabs(p) < 0.01) {
                if (elem[e].colour == 0) {
#pragma omp atomic
                    flat_elems++;
                } else {
                    flat_elems = flat_elems + 1;
                }
            }
//@ is mark: same-location
            if (fabs(p) < 0.01)
                elem[e].colour |= 0x100;
//@ end
        }
//@ slot energy on strain_energy
//@ is critical: unprotected
#pragma omp critical(energy)
        strain_energy += energy;
#pragma omp barrier
//@ is single_last: racy
#pragma omp single
        strain_energy = 0;
        strain_energy += energy;
#pragma omp barrier
//@ is bare: racy
        strain_energy += energy;
#pragma omp barrier
//@ is atomic: conflicting
#pragma omp atomic
        strain_energy += energy;
#pragma omp barrier
//@ end
#pragma omp for schedule(static)
        for (int n = 0; n < NODES; n++)
            pos[n] += 0.01 * force[n] / mass[n];
    }
}

static double digest(void)
{
    double s = 0;
    for (int n = 0; n < NODES; n++)
        s += pos[n] * (n % 5 + 1);
    return s;
}

int main(void)
{
    make_mesh();
    colour_elements();
    reset_nodes();
    for (int s = 0; s < @STEPS@; s++)
        step_serial();
    double a = digest();
    reset_nodes();
    for (int s = 0; s < @STEPS@; s++)
        step_team();
    for (int e = 0; e < ELEMS; e++)
        flat_elems += elem[e].colour >> 8;
    printf("serial %.9f team %.9f energy %.6f flat %d\n", a, digest(), strain_energy, flat_elems);
    return 0;
}
