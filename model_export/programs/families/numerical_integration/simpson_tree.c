//@ family: simpson_tree
//@ domain: numerical_integration
//@ problem: Adaptive Simpson quadrature where halves of an interval become tasks.
//@ param TOL: 1e-9 | 1e-8
//@ param NT: 3 | 4
//@ param CUT: 6 | 7
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <omp.h>

typedef struct span {
    double a, b, fa, fm, fb, whole;
    int depth;
} span_t;

static double area;
static long evals;
static int deepest;

static double f(double x)
{
    return sin(10 * x) * exp(-x) + 1.0 / (1 + 40 * (x - 1) * (x - 1));
}

static double simpson(double a, double b, double fa, double fm, double fb)
{
    return (b - a) / 6 * (fa + 4 * fm + fb);
}

static span_t make_span(double a, double b, int depth)
{
    span_t s = {a, b, f(a), f((a + b) / 2), f(b), 0, depth};
    s.whole = simpson(a, b, s.fa, s.fm, s.fb);
    return s;
}

static double integrate_serial(span_t s)
{
    double m = (s.a + s.b) / 2;
    span_t l = make_span(s.a, m, s.depth + 1), r = make_span(m, s.b, s.depth + 1);
    double d = l.whole + r.whole - s.whole;
    if (s.depth > 14 || (s.depth >= @CUT@ && fabs(d) < @TOL@))
        return l.whole + r.whole + d / 15;
    return integrate_serial(l) + integrate_serial(r);
}

static void note_depth(int depth)
{
//@ slot depth on deepest
//@ is named: unprotected
#pragma omp critical(depth)
    if (depth > deepest)
        deepest = depth;
//@ is peeked: racy
    if (depth >= deepest) {
#pragma omp critical(depth)
        deepest = depth;
    }
//@ is bare: racy
    deepest = depth > deepest ? depth : deepest;
//@ is compare: conflicting
#pragma omp atomic compare
    if (depth > deepest) { deepest = depth; }
//@ is root: concurrent
    if (depth == 0)
        deepest = depth;
//@ end
}

static double integrate(span_t s)
{
    double m = (s.a + s.b) / 2, left = 0, right = 0;
    span_t l = make_span(s.a, m, s.depth + 1), r = make_span(m, s.b, s.depth + 1);
    double d = l.whole + r.whole - s.whole;
    note_depth(s.depth);
//@ slot evals on evals
//@ is atomic: conflicting
#pragma omp atomic
    evals += 4;
//@ is plain: racy
    evals += 4;
//@ is write_only_atomic: racy
    long now = evals + 4;
#pragma omp atomic write
    evals = now;
//@ is in_critical: unprotected
#pragma omp critical(evals)
    evals += 4;
//@ end
    if (s.depth > 14 || (s.depth >= @CUT@ && fabs(d) < @TOL@))
        return l.whole + r.whole + d / 15;
//@ slot halves on left
//@ is both_wait: unordered
#pragma omp task shared(left) firstprivate(l) if (s.depth < 7)
    left = integrate(l);
#pragma omp task shared(right) firstprivate(r) if (s.depth < 7)
    right = integrate(r);
#pragma omp taskwait
    return left + right;
//@ is one_inline: unordered
#pragma omp task shared(left) firstprivate(l) final(s.depth >= 7)
    left = integrate(l);
    right = integrate(r);
#pragma omp taskwait
    return left + right;
//@ is sum_shared: racy
#pragma omp task shared(left) firstprivate(l) if (s.depth < 7)
    left += integrate(l);
#pragma omp task shared(left) firstprivate(r) if (s.depth < 7)
    left += integrate(r);
#pragma omp taskwait
    return left + right;
//@ is grouped: unordered
#pragma omp taskgroup
    {
#pragma omp task shared(left) firstprivate(l) if (s.depth < 7)
        left = integrate(l);
        right = integrate(r);
    }
    return left + right;
//@ is group_within: racy
#pragma omp taskgroup
    {
#pragma omp task shared(left) firstprivate(l) if (s.depth < 7)
        left = integrate(l);
        right = integrate(r);
        right += left;
    }
    return right;
//@ end
}

int main(void)
{
    span_t all = make_span(0, 4, 0);
    double serial = integrate_serial(all);
#pragma omp parallel num_threads(@NT@)
    {
//@ slot start on area
//@ is single: concurrent
#pragma omp single
        area = integrate(all);
//@ is two_parts: unprotected
        span_t part[2] = {make_span(0, 2, 1), make_span(2, 4, 1)};
#pragma omp for schedule(static, 1)
        for (int k = 0; k < 2; k++) {
            double a = integrate(part[k]);
#pragma omp atomic
            area += a;
        }
//@ is two_parts_plain: racy
        span_t part[2] = {make_span(0, 2, 1), make_span(2, 4, 1)};
#pragma omp for schedule(static, 1)
        for (int k = 0; k < 2; k++) {
            double a = integrate(part[k]);
            area += a;
        }
//@ is sections_plain: racy
#pragma omp sections
        {
#pragma omp section
            area += integrate(make_span(0, 2, 1));
#pragma omp section
            area += integrate(make_span(2, 4, 1));
        }
//@ end
    }
    printf("serial %.10f tasks %.10f evals %ld deepest %d\n", serial, area, evals, deepest);
    return 0;
}
