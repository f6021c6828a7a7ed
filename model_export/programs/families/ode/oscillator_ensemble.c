//@ family: oscillator_ensemble
//@ domain: ode
//@ problem: Runge-Kutta steps for an ensemble of coupled oscillators with parameter scans.
//@ param MEMBERS: 64 | 96
//@ param STEPS: 30 | 50
//@ param NT: 3 | 4
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <omp.h>

#define MEMBERS @MEMBERS@
#define STEPS @STEPS@
#define DIM 4

typedef double state_t[DIM];

struct ensemble {
    state_t y[MEMBERS];
    double omega[MEMBERS];
    double damping;
    double mean_field;
    double amplitude;
    int diverged;
    long evaluations;
};

static state_t k1, k2, k3, k4, tmp;
#pragma omp threadprivate(tmp)

static void rhs(const struct ensemble *e, int m, const double *y, double *dy)
{
    dy[0] = y[1];
    dy[1] = -e->omega[m] * y[0] - e->damping * y[1] + 0.05 * (y[2] - y[0]);
    dy[2] = y[3];
    dy[3] = -e->omega[m] * y[2] - 0.1 * y[3] + 0.05 * (y[0] - y[2]);
}

static void blend(double *to, const double *y, double h, const double *k)
{
    for (int d = 0; d < DIM; d++)
        to[d] = y[d] + h * k[d];
}

static void init(struct ensemble *e)
{
    memset(e, 0, sizeof *e);
    e->damping = 0.2;
    for (int m = 0; m < MEMBERS; m++) {
        e->omega[m] = 1 + 0.05 * m;
        e->y[m][0] = 1 + 0.01 * m;
        e->y[m][2] = -0.5;
    }
}

static void step_member(struct ensemble *e, int m, double h)
{
//@ slot stages on k1, k2, k3, k4
//@ is automatic: same-location
    state_t k1, k2, k3, k4, tmp;
//@ is file_scope: racy
    state_t tmp;
//@ is shadowed_tmp: racy
//@ is one_region: unprotected
#pragma omp critical(stages)
    {
        rhs(e, m, e->y[m], k1);
        blend(tmp, e->y[m], h / 2, k1);
        rhs(e, m, tmp, k2);
        blend(tmp, e->y[m], h / 2, k2);
        rhs(e, m, tmp, k3);
        blend(tmp, e->y[m], h, k3);
        rhs(e, m, tmp, k4);
        for (int d = 0; d < DIM; d++)
            e->y[m][d] += h / 6 * (k1[d] + 2 * k2[d] + 2 * k3[d] + k4[d]);
    }
    return;
//@ is block_local: same-location
    double work[4][DIM], *k1 = work[0], *k2 = work[1], *k3 = work[2], *k4 = work[3];
//@ is static_local: racy
    static double work[4][DIM];
#pragma omp threadprivate(work)
    double *k1 = work[0], *k2 = work[1], *k3 = work[2];
//@ end
    rhs(e, m, e->y[m], k1);
    blend(tmp, e->y[m], h / 2, k1);
    rhs(e, m, tmp, k2);
    blend(tmp, e->y[m], h / 2, k2);
    rhs(e, m, tmp, k3);
    blend(tmp, e->y[m], h, k3);
    rhs(e, m, tmp, k4);
    for (int d = 0; d < DIM; d++)
        e->y[m][d] += h / 6 * (k1[d] + 2 * k2[d] + 2 * k3[d] + k4[d]);
}

static void reference_member(struct ensemble *e, int m, double h)
{
    state_t a, b, c, d4, t;
    rhs(e, m, e->y[m], a);
    blend(t, e->y[m], h / 2, a);
    rhs(e, m, t, b);
    blend(t, e->y[m], h / 2, b);
    rhs(e, m, t, c);
    blend(t, e->y[m], h, c);
    rhs(e, m, t, d4);
    for (int d = 0; d < DIM; d++)
        e->y[m][d] += h / 6 * (a[d] + 2 * b[d] + 2 * c[d] + d4[d]);
}

static void run_serial(struct ensemble *e)
{
    for (int s = 0; s < STEPS; s++) {
        for (int m = 0; m < MEMBERS; m++)
            reference_member(e, m, 0.05);
        e->damping *= 0.995;
    }
}

static void run_team(struct ensemble *e)
{
    double field = 0;
#pragma omp parallel num_threads(@NT@) firstprivate(field)
    for (int s = 0; s < STEPS; s++) {
#pragma omp for schedule(static)
        for (int m = 0; m < MEMBERS; m++)
            step_member(e, m, 0.05);
//@ slot field on mean_field
//@ is kept_private: same-location
        for (int m = 0; m < MEMBERS; m += 8)
            field += e->omega[m];
//@ is added: racy
        field = 0;
        for (int m = 0; m < MEMBERS; m += 8)
            field += e->omega[m];
        e->mean_field += field;
//@ is added_atomic: conflicting
        field = 0;
        for (int m = 0; m < MEMBERS; m += 8)
            field += e->omega[m];
#pragma omp atomic
        e->mean_field += field;
//@ is set_by_all: racy
        e->mean_field = s + field;
//@ end
#pragma omp for schedule(static)
        for (int m = 0; m < MEMBERS; m++) {
//@ slot amp on amplitude
//@ is named: unprotected
#pragma omp critical(amp)
            if (fabs(e->y[m][0]) > e->amplitude)
                e->amplitude = fabs(e->y[m][0]);
//@ is unnamed_read: racy
            if (fabs(e->y[m][0]) > e->amplitude * 0.5) {
#pragma omp critical
                e->amplitude = fabs(e->y[m][0]);
            }
//@ is open: racy
            if (fabs(e->y[m][0]) > e->amplitude * 0.5)
                e->amplitude = fabs(e->y[m][0]);
//@ is own_member: same-location
            e->y[m][1] *= fabs(e->y[m][0]) > 3 ? 0.9 : 1;
//@ end
        }
//@ slot damp on damping
//@ is single: unordered
#pragma omp single
        e->damping *= 0.995;
//@ is single_on: racy
#pragma omp single nowait
        e->damping *= 0.995;
//@ is master: racy
#pragma omp master
        e->damping *= 0.995;
//@ is master_met: unordered
#pragma omp master
        e->damping *= 0.995;
#pragma omp barrier
//@ end
    }
    e->mean_field += field;
}

static double digest(const struct ensemble *e)
{
    double s = 0;
    for (int m = 0; m < MEMBERS; m++)
        for (int d = 0; d < DIM; d++)
            s += e->y[m][d] * (d + 1);
    return s;
}

int main(void)
{
    struct ensemble *a = malloc(sizeof *a), *b = malloc(sizeof *b);
    if (!a || !b)
        return 1;
    init(a);
    init(b);
    run_serial(a);
    run_team(b);
    k1[0] += k2[0] + k3[0] + k4[0];
    printf("serial %.9f team %.9f field %.4f amp %.5f\n", digest(a), digest(b), b->mean_field,
           b->amplitude);
    free(a);
    free(b);
    return 0;
}
