//@ family: bonded_terms
//@ domain: molecular
//@ problem: Bond, angle and charge terms of a chain molecule, each kind in its own section.
//@ param ATOMS: 400 | 700
//@ param NT: 3 | 4
//@ param STEPS: 3 | 5
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <omp.h>

#define ATOMS @ATOMS@

typedef double real;
typedef struct { real x, y, z; } rvec;

typedef struct {
    rvec r[ATOMS];
    rvec f_bond[ATOMS], f_angle[ATOMS], f_pair[ATOMS];
    rvec f[ATOMS];
    real q[ATOMS];
    real e_bond, e_angle, e_pair, e_total;
    int kinks;
} mol_t;

#define SUB(a, b) ((rvec){(a).x - (b).x, (a).y - (b).y, (a).z - (b).z})
#define DOT(a, b) ((a).x * (b).x + (a).y * (b).y + (a).z * (b).z)
#define ADD_TO(f, s, d) ((f).x += (s) * (d).x, (f).y += (s) * (d).y, (f).z += (s) * (d).z)

static void mol_init(mol_t *m)
{
    memset(m, 0, sizeof *m);
    for (int i = 0; i < ATOMS; i++) {
        m->r[i] = (rvec){i * 0.9, sin(i * 0.7), cos(i * 1.3)};
        m->q[i] = (i & 1) ? 0.4 : -0.4;
    }
}

static real bonds(mol_t *m, rvec *f)
{
    real e = 0;
    for (int i = 0; i + 1 < ATOMS; i++) {
        rvec d = SUB(m->r[i + 1], m->r[i]);
        real len = sqrt(DOT(d, d)), k = 2.0 * (len - 1.0) / len;
        ADD_TO(f[i], k, d);
        ADD_TO(f[i + 1], -k, d);
        e += (len - 1.0) * (len - 1.0);
    }
    return e;
}

static real angles(mol_t *m, rvec *f)
{
    real e = 0;
    for (int i = 1; i + 1 < ATOMS; i++) {
        rvec a = SUB(m->r[i - 1], m->r[i]), b = SUB(m->r[i + 1], m->r[i]);
        real c = DOT(a, b) / sqrt(DOT(a, a) * DOT(b, b));
        ADD_TO(f[i - 1], 0.1 * c, b);
        ADD_TO(f[i + 1], 0.1 * c, a);
        ADD_TO(f[i], -0.1 * c, a);
        ADD_TO(f[i], -0.1 * c, b);
        e += 0.5 * c * c;
    }
    return e;
}

static real pairs(mol_t *m, rvec *f, int lo, int hi)
{
    real e = 0;
    for (int i = lo; i < hi; i++)
        for (int j = i + 2; j < ATOMS && j < i + 40; j++) {
            rvec d = SUB(m->r[j], m->r[i]);
            real r2 = DOT(d, d) + 0.01, g = m->q[i] * m->q[j] / (r2 * sqrt(r2));
            ADD_TO(f[i], -g, d);
            ADD_TO(f[j], g, d);
            e += g * r2;
        }
    return e;
}

static void sum_forces(mol_t *m)
{
    for (int i = 0; i < ATOMS; i++) {
        m->f[i] = m->f_bond[i];
        ADD_TO(m->f[i], 1.0, m->f_angle[i]);
        ADD_TO(m->f[i], 1.0, m->f_pair[i]);
    }
}

static void move(mol_t *m)
{
    for (int i = 0; i < ATOMS; i++)
        ADD_TO(m->r[i], 1e-3, m->f[i]);
}

static void clear(mol_t *m)
{
    memset(m->f_bond, 0, sizeof m->f_bond);
    memset(m->f_angle, 0, sizeof m->f_angle);
    memset(m->f_pair, 0, sizeof m->f_pair);
}

static void step_serial(mol_t *m)
{
    clear(m);
    m->e_total += bonds(m, m->f_bond) + angles(m, m->f_angle) + pairs(m, m->f_pair, 0, ATOMS);
    sum_forces(m);
    move(m);
}

static void step_team(mol_t *m)
{
    clear(m);
#pragma omp parallel num_threads(@NT@)
    {
//@ slot target on f_bond, f_angle, f_pair
//@ is three_arrays: same-location
#pragma omp sections nowait
        {
#pragma omp section
            m->e_bond = bonds(m, m->f_bond);
#pragma omp section
            m->e_angle = angles(m, m->f_angle);
#pragma omp section
            m->e_pair = pairs(m, m->f_pair, 0, ATOMS);
        }
#pragma omp barrier
//@ is one_array: racy
#pragma omp sections
        {
#pragma omp section
            m->e_bond = bonds(m, m->f_bond);
#pragma omp section
            m->e_angle = angles(m, m->f_bond);
#pragma omp section
            m->e_pair = pairs(m, m->f_pair, 0, ATOMS);
        }
//@ is pair_split: racy
#pragma omp sections
        {
#pragma omp section
            m->e_bond = bonds(m, m->f_bond) + angles(m, m->f_angle);
#pragma omp section
            m->e_angle = pairs(m, m->f_pair, 0, ATOMS / 2);
#pragma omp section
            m->e_pair = pairs(m, m->f_pair, ATOMS / 2, ATOMS);
        }
//@ is same_section: concurrent
#pragma omp sections
        {
#pragma omp section
            {
                m->e_bond = bonds(m, m->f_bond);
                m->e_angle = angles(m, m->f_bond);
            }
#pragma omp section
            m->e_pair = pairs(m, m->f_pair, 0, ATOMS);
        }
//@ is in_tasks: same-location
#pragma omp single
        {
#pragma omp task
            m->e_bond = bonds(m, m->f_bond);
#pragma omp task
            m->e_angle = angles(m, m->f_angle);
            m->e_pair = pairs(m, m->f_pair, 0, ATOMS);
        }
//@ is in_tasks_shared: racy
#pragma omp single
        {
#pragma omp task
            m->e_bond = bonds(m, m->f_bond);
            m->e_angle = angles(m, m->f_angle);
            m->e_pair = pairs(m, m->f_bond, 0, ATOMS);
        }
//@ end
//@ slot total on e_total
//@ is master_adds: concurrent
#pragma omp master
        m->e_total += m->e_bond + m->e_angle + m->e_pair;
//@ is all_add: racy
        m->e_total += (m->e_bond + m->e_angle + m->e_pair) / @NT@;
//@ is critical_read: racy
        real seen;
#pragma omp critical
        seen = m->e_total;
        m->e_total = seen + (m->e_bond + m->e_angle + m->e_pair) / @NT@;
//@ is critical_all: unprotected
#pragma omp critical
        m->e_total += (m->e_bond + m->e_angle + m->e_pair) / @NT@;
//@ end
#pragma omp for schedule(static)
        for (int i = 0; i < ATOMS; i++) {
            m->f[i] = m->f_bond[i];
            ADD_TO(m->f[i], 1.0, m->f_angle[i]);
            ADD_TO(m->f[i], 1.0, m->f_pair[i]);
        }
//@ slot advance on r
//@ is own_atom: same-location
#pragma omp for schedule(static) nowait
        for (int i = 0; i < ATOMS; i++)
            ADD_TO(m->r[i], 1e-3, m->f[i]);
//@ is with_next: racy
#pragma omp for schedule(static) nowait
        for (int i = 0; i < ATOMS; i++) {
            ADD_TO(m->r[i], 1e-3, m->f[i]);
            if (i + 1 < ATOMS)
                m->r[i].z += 1e-9 * m->r[i + 1].z;
        }
//@ is two_atoms: racy
#pragma omp for schedule(static) nowait
        for (int i = 0; i < ATOMS - 1; i++) {
            ADD_TO(m->r[i], 5e-4, m->f[i]);
            ADD_TO(m->r[i + 1], 5e-4, m->f[i + 1]);
        }
//@ is pair_steps: same-location
#pragma omp for schedule(static) nowait
        for (int i = 0; i < ATOMS; i += 2) {
            ADD_TO(m->r[i], 1e-3, m->f[i]);
            ADD_TO(m->r[i + 1], 1e-3, m->f[i + 1]);
        }
//@ end
#pragma omp for schedule(static)
        for (int i = 2; i < ATOMS; i++)
            if (m->f[i].x * m->f[i - 1].x < 0) {
//@ slot kinks on kinks
//@ is atomic: conflicting
#pragma omp atomic
                m->kinks++;
//@ is bare: racy
                m->kinks++;
//@ is even_atomic: racy
                if (i % 2) {
#pragma omp atomic
                    m->kinks++;
                } else {
                    m->kinks++;
                }
//@ is own_charge: same-location
                m->f_pair[i].x = 0;
//@ end
            }
    }
}

static real digest(const mol_t *m)
{
    real s = 0;
    for (int i = 0; i < ATOMS; i++)
        s += m->r[i].x + 2 * m->r[i].y - m->r[i].z;
    return s;
}

int main(void)
{
    mol_t *a = malloc(sizeof *a), *b = malloc(sizeof *b);
    if (!a || !b)
        return 1;
    mol_init(a);
    mol_init(b);
    for (int s = 0; s < @STEPS@; s++) {
        step_serial(a);
        step_team(b);
    }
    printf("serial %.9f %.6f team %.9f %.6f kinks %d\n", digest(a), a->e_total, digest(b),
           b->e_total, b->kinks);
    free(a);
    free(b);
    return 0;
}
