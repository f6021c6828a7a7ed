//@ family: omp_quadrature
//@ domain: numerical_integration
//@ problem: Integrate a function with the midpoint rule and keep the running error estimate; orphaned worksharing in a called function.
//@ param N: 1500 | 4000
//@ param NT: 3 | 4
#include <stdio.h>
#include <math.h>

static const int steps = @N@;
static double integral;      /* shared by every member of the team */
static double estimate;
static double left, right;   /* last pair of samples */
static int  evaluations;

static double bell(double x)
{
    return exp(-x * x) * (1 + 0.2 * sin(4 * x));
}

/* Called by all threads of the team. */
static void midpoint_rule(double a, double b)
{
    const double h = (b - a) / steps;
//@ slot rule on integral
//@ is orphan_reduction: unprotected
#pragma omp for reduction(+ : integral)
    for (int i = 0; i < steps; i++)
        integral += h * bell(a + (i + 0.5) * h);
//@ is orphan_plain: racy
#pragma omp for
    for (int i = 0; i < steps; i++)
        integral += h * bell(a + (i + 0.5) * h);
//@ is local_then_critical: unprotected
    double mine = 0;
#pragma omp for nowait
    for (int i = 0; i < steps; i++)
        mine += h * bell(a + (i + 0.5) * h);
#pragma omp critical(integral_sum)
    integral += mine;
#pragma omp barrier
//@ is local_then_add: racy
    double mine = 0;
#pragma omp for nowait
    for (int i = 0; i < steps; i++)
        mine += h * bell(a + (i + 0.5) * h);
    integral += mine;
#pragma omp barrier
//@ is each_all: racy
    double mine = 0;
    for (int i = 0; i < steps; i++)
        mine += h * bell(a + (i + 0.5) * h);
    integral = mine;
#pragma omp barrier
//@ is single_loop: concurrent
#pragma omp single
    for (int i = 0; i < steps; i++)
        integral += h * bell(a + (i + 0.5) * h);
//@ end
}

static void trapezoid_check(double a, double b)
{
    const double h = (b - a) / steps;
//@ slot ends on left
//@ is both_private: same-location
#pragma omp for private(left, right)
//@ is right_private: racy
#pragma omp for private(right)
//@ is first_last: same-location
#pragma omp for firstprivate(right) lastprivate(left)
//@ end
    for (int i = 0; i < steps; i++) {
        left = bell(a + i * h);
        right = bell(a + (i + 1) * h);
        if (left + right < 0) {
#pragma omp atomic
            evaluations++;
        }
    }
}

int main(void)
{
    double half = 0;
#pragma omp parallel num_threads(@NT@)
    {
        midpoint_rule(-3.0, 3.0);
        trapezoid_check(-3.0, 3.0);
//@ slot report on estimate
//@ is after_single: unordered
#pragma omp single
        estimate = integral / 2;
#pragma omp atomic
        half += estimate;
//@ is after_nowait: racy
#pragma omp single nowait
        estimate = integral / 2;
#pragma omp atomic
        half += estimate;
//@ is after_masked: racy
#pragma omp masked
        estimate = integral / 2;
#pragma omp atomic
        half += estimate;
//@ is copyprivate: same-location
        double estimate;
#pragma omp single copyprivate(estimate)
        estimate = integral / 2;
#pragma omp atomic
        half += estimate;
//@ end
    }
    printf("integral %.6f estimate %.6f half %.6f %d\n", integral, estimate, half, left < right);
    return 0;
}
