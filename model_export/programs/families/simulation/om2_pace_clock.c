//@ family: om2_pace_clock
//@ domain: simulation
//@ problem: Time stepping where one member of the team picks the step length and the team reads it.
//@ param NT: 3 | 4
//@ param R: double | float
#include <stdio.h>
#include <omp.h>

#define CELLS 360
#define STEPS 6

typedef @R@ real;

static real level[CELLS], speed[CELLS];
static real clock_now;

static real pick_step(const real *v, int n, int step)
{
    real top = 1;
    for (int i = 0; i < n; i += 7)
        if (v[i] > top)
            top = v[i];
    return (real)0.4 / (top + (real)step);
}

static void evolve(void)
{
    real dt = 0;

#pragma omp parallel num_threads(@NT@)
    {
        for (int s = 0; s < STEPS; s++) {
//@ slot pace on dt
//@ is single: unordered
#pragma omp single
            dt = pick_step(speed, CELLS, s);
//@ is single_nowait: racy
#pragma omp single nowait
            dt = pick_step(speed, CELLS, s);
//@ is master: racy
#pragma omp master
            dt = pick_step(speed, CELLS, s);
//@ is master_barrier: unordered
#pragma omp master
            dt = pick_step(speed, CELLS, s);
#pragma omp barrier
//@ is masked: racy
#pragma omp masked
            dt = pick_step(speed, CELLS, s);
//@ is guard_barrier: unordered
            if (omp_get_thread_num() == 0)
                dt = pick_step(speed, CELLS, s);
#pragma omp barrier
//@ is own_copy: same-location
            const real dt = pick_step(speed, CELLS, s);
//@ end
#pragma omp for schedule(static)
            for (int i = 0; i < CELLS; i++)
                level[i] += dt * speed[i];
//@ slot tick on clock_now
//@ is single: concurrent
#pragma omp single
            clock_now += (real)0.01;
//@ is each: racy
            clock_now += (real)0.01;
//@ is last_member: concurrent
            if (omp_get_thread_num() == omp_get_num_threads() - 1)
                clock_now += (real)0.01;
//@ is two_members: racy
            if (omp_get_thread_num() <= 1)
                clock_now += (real)0.01;
//@ end
#pragma omp barrier
        }
    }
    (void)dt;
}

int main(void)
{
    for (int i = 0; i < CELLS; i++)
        speed[i] = (real)(i % 11) * (real)0.3;
    evolve();
    double sum = 0;
    for (int i = 0; i < CELLS; i++)
        sum += level[i];
    printf("%.4f at %.3f\n", sum, (double)clock_now);
    return 0;
}
