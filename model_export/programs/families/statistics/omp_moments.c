//@ family: omp_moments
//@ domain: statistics
//@ problem: Mean, spread, extremes and a small frequency table of a sample.
//@ param N: 1800 | 3200
//@ param NT: 3 | 4
#include <stdio.h>
#include <stdlib.h>
#include <math.h>
#include <omp.h>

#define CLASSES 12

struct sample {
    int n;
    double *v;
};

struct summary {
    double sum, sumsq;
    double lo, hi;
    int outside;
};

static struct sample draw(int n)
{
    struct sample s = { n, malloc(sizeof(double) * (size_t)n) };
    for (int i = 0; s.v && i < n; i++)
        s.v[i] = ((i * 193) % 997) / 83.0;
    return s;
}

static void sums(const struct sample *s, struct summary *out)
{
//@ slot sum on sumsq
//@ is two_reductions: unprotected
    double a = 0, sumsq = 0;
#pragma omp parallel for num_threads(@NT@) reduction(+ : a, sumsq)
    for (int i = 0; i < s->n; i++) {
        a += s->v[i];
        sumsq += s->v[i] * s->v[i];
    }
    out->sumsq = sumsq;
//@ is one_reduction: racy
    double a = 0, sumsq = 0;
#pragma omp parallel for num_threads(@NT@) reduction(+ : a)
    for (int i = 0; i < s->n; i++) {
        a += s->v[i];
        sumsq += s->v[i] * s->v[i];
    }
    out->sumsq = sumsq;
//@ is field: racy
    double a = 0;
#pragma omp parallel for num_threads(@NT@) reduction(+ : a)
    for (int i = 0; i < s->n; i++) {
        a += s->v[i];
        out->sumsq += s->v[i] * s->v[i];
    }
//@ is field_atomic: conflicting
    double a = 0;
#pragma omp parallel for num_threads(@NT@) reduction(+ : a)
    for (int i = 0; i < s->n; i++) {
        a += s->v[i];
#pragma omp atomic
        out->sumsq += s->v[i] * s->v[i];
    }
//@ end
    out->sum = a;
}

static void extremes(const struct sample *s, struct summary *out)
{
    out->lo = out->hi = s->v[0];
#pragma omp parallel num_threads(@NT@)
    {
        double lo = s->v[0], hi = s->v[0];
#pragma omp for
        for (int i = 0; i < s->n; i++) {
            lo = s->v[i] < lo ? s->v[i] : lo;
            hi = s->v[i] > hi ? s->v[i] : hi;
        }
//@ slot keep on lo
//@ is each_its_name: unprotected
#pragma omp critical(low)
        if (lo < out->lo)
            out->lo = lo;
#pragma omp critical(high)
        if (hi > out->hi)
            out->hi = hi;
//@ is low_bare: racy
        out->lo = lo < out->lo ? lo : out->lo;
#pragma omp critical(high)
        if (hi > out->hi)
            out->hi = hi;
//@ is one_critical: unprotected
#pragma omp critical
        {
            if (lo < out->lo)
                out->lo = lo;
            if (hi > out->hi)
                out->hi = hi;
        }
//@ is low_after_critical: racy
#pragma omp critical
        {
            if (hi > out->hi)
                out->hi = hi;
        }
        if (lo <= out->lo)
            out->lo = lo;
//@ end
    }
}

static void classify(const struct sample *s, struct summary *out, int *freq)
{
    int last = 0;
//@ slot table on freq
//@ is section_reduction: unprotected
#pragma omp parallel for num_threads(@NT@) reduction(+ : freq[:CLASSES]) lastprivate(last)
    for (int i = 0; i < s->n; i++) {
        last = (int)s->v[i] % CLASSES;
        freq[last]++;
    }
//@ is plain: racy
#pragma omp parallel for num_threads(@NT@) lastprivate(last)
    for (int i = 0; i < s->n; i++) {
        last = (int)s->v[i] % CLASSES;
        freq[last]++;
    }
//@ is atomic: conflicting
#pragma omp parallel for num_threads(@NT@) lastprivate(last)
    for (int i = 0; i < s->n; i++) {
        last = (int)s->v[i] % CLASSES;
#pragma omp atomic
        freq[last]++;
    }
//@ is part_section: racy
    int total = 0;
#pragma omp parallel for num_threads(@NT@) reduction(+ : total) lastprivate(last)
    for (int i = 0; i < s->n; i++) {
        last = (int)s->v[i] % CLASSES;
        freq[last] += 1;
        total += 1;
    }
    last += total - s->n;
//@ end
    out->outside = last;
}

int main(void)
{
    struct sample s = draw(@N@);
    struct summary r = { 0 };
    int freq[CLASSES] = { 0 };
    if (!s.v)
        return EXIT_FAILURE;
    sums(&s, &r);
    extremes(&s, &r);
    classify(&s, &r, freq);
    double mean = r.sum / s.n;
    printf("mean %.4f sd %.4f range %.2f..%.2f last class %d first %d\n", mean,
           sqrt(fabs(r.sumsq / s.n - mean * mean)), r.lo, r.hi, r.outside, freq[0]);
    free(s.v);
    return EXIT_SUCCESS;
}
