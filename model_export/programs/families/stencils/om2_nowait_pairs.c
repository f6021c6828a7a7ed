//@ family: om2_nowait_pairs
//@ domain: stencils
//@ problem: Two work-shared loops in a row over the same lines, with and without waiting, with like and unlike bounds and schedules.
//@ param N: 480 | 800
//@ param NT: 3 | 4
#include <stdio.h>
#include <omp.h>

typedef struct line {
    int    n;
    double p[@N@], q[@N@], r[@N@];
} line_t;

static line_t ln;
static double edge;

static inline double lift(double x) { return 0.5 * x + 1.0; }

static void two_passes(line_t *l)
{
    const int n = l->n;
#pragma omp parallel num_threads(@NT@)
    {
//@ slot pass on q
//@ is same_bounds: same-location
#pragma omp for schedule(static) nowait
        for (int i = 0; i < n; i++)
            l->q[i] = lift(l->p[i]);
#pragma omp for schedule(static)
        for (int i = 0; i < n; i++)
            l->r[i] += l->q[i];
//@ is other_schedule: racy
#pragma omp for schedule(static) nowait
        for (int i = 0; i < n; i++)
            l->q[i] = lift(l->p[i]);
#pragma omp for schedule(static, 4)
        for (int i = 0; i < n; i++)
            l->r[i] += l->q[i];
//@ is other_schedule_waiting: unordered
#pragma omp for schedule(static)
        for (int i = 0; i < n; i++)
            l->q[i] = lift(l->p[i]);
#pragma omp for schedule(static, 4)
        for (int i = 0; i < n; i++)
            l->r[i] += l->q[i];
//@ is half_bounds: racy
#pragma omp for schedule(static) nowait
        for (int i = 0; i < n; i++)
            l->q[i] = lift(l->p[i]);
#pragma omp for schedule(static)
        for (int i = 0; i < n / 2; i++)
            l->r[i] += l->q[i];
//@ is reversed_read: racy
#pragma omp for schedule(static) nowait
        for (int i = 0; i < n; i++)
            l->q[i] = lift(l->p[i]);
#pragma omp for schedule(static)
        for (int i = 0; i < n; i++)
            l->r[i] += l->q[n - 1 - i];
//@ is chunks_alike: same-location
#pragma omp for schedule(static, 16) nowait
        for (int i = 0; i < n; i++)
            l->q[i] = lift(l->p[i]);
#pragma omp for schedule(static, 16)
        for (int k = 0; k < n; k++)
            l->r[k] += l->q[k];
//@ is read_third_array: same-location
#pragma omp for schedule(static) nowait
        for (int i = 0; i < n; i++)
            l->q[i] = lift(l->p[i]);
#pragma omp for schedule(static, 4)
        for (int i = 0; i < n; i++)
            l->r[i] += l->p[n - 1 - i];
//@ end

//@ slot edge on edge
//@ is single_then_loop: unordered
#pragma omp single
        edge = l->r[0] * 0.25;
#pragma omp for nowait
        for (int i = 1; i < n; i++)
            l->r[i] += edge;
//@ is loop_nowait_then_single: racy
#pragma omp for nowait
        for (int i = 1; i < n; i++)
            l->r[i] += edge;
#pragma omp single
        edge = l->p[0] * 0.25;
//@ is loop_then_single: unordered
#pragma omp for
        for (int i = 1; i < n; i++)
            l->r[i] += edge;
#pragma omp single nowait
        edge = l->p[0] * 0.25;
//@ is last_iteration: racy
#pragma omp for
        for (int i = 1; i < n; i++) {
            l->r[i] += edge;
            if (i == n - 1)
                edge = l->p[0] * 0.25;
        }
//@ end
    }
}

int main(void)
{
    ln.n = @N@;
    for (int i = 0; i < ln.n; i++)
        ln.p[i] = (i * 11) % 19;
    two_passes(&ln);
    double s = edge;
    for (int i = 0; i < ln.n; i++)
        s += ln.r[i];
    printf("%.4f\n", s);
    return 0;
}
