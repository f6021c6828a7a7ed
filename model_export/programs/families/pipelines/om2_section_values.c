//@ family: om2_section_values
//@ domain: pipelines
//@ problem: Independent jobs of a report run as sections that hand values on through shared variables.
//@ param N: 300 | 500
//@ param NT: 2 | 3
#include <stdio.h>
#include <stdlib.h>

#define ROWS @N@

static int    sales[ROWS];
static double mean, spread;
static long   total;
static char   title[64];

static double average(const int *v, int n)
{
    double s = 0;
    for (int i = 0; i < n; i++)
        s += v[i];
    return s / n;
}

static double deviation(const int *v, int n, double m)
{
    double s = 0;
    for (int i = 0; i < n; i++)
        s += abs(v[i] - (int)m);
    return s / n;
}

int main(void)
{
    for (int i = 0; i < ROWS; i++)
        sales[i] = (i * 61) % 200;
    double scale = 1.0;
    int parts = 0;

#pragma omp parallel num_threads(@NT@) shared(scale)
    {
//@ slot chain on mean
//@ is one_construct: racy
#pragma omp sections
        {
#pragma omp section
            mean = average(sales, ROWS);
#pragma omp section
            spread = deviation(sales, ROWS, mean);
        }
//@ is two_constructs: unordered
#pragma omp sections
        {
#pragma omp section
            mean = average(sales, ROWS);
#pragma omp section
            snprintf(title, sizeof title, "rows %d", ROWS);
        }
#pragma omp sections
        {
#pragma omp section
            spread = deviation(sales, ROWS, mean);
        }
//@ is two_constructs_nowait: racy
#pragma omp sections nowait
        {
#pragma omp section
            mean = average(sales, ROWS);
#pragma omp section
            snprintf(title, sizeof title, "rows %d", ROWS);
        }
#pragma omp for schedule(static, 1)
        for (int k = 0; k < 8; k++)
            if (mean > 1000.0 * (k + 1))
                sales[k] = 0;
//@ is same_section: concurrent
#pragma omp sections
        {
#pragma omp section
            {
                mean = average(sales, ROWS);
                spread = deviation(sales, ROWS, mean);
            }
#pragma omp section
            snprintf(title, sizeof title, "rows %d", ROWS);
        }
//@ is nowait_barrier: unordered
#pragma omp sections nowait
        {
#pragma omp section
            mean = average(sales, ROWS);
#pragma omp section
            snprintf(title, sizeof title, "rows %d", ROWS);
        }
#pragma omp barrier
        if (mean < 0)
            title[0] = 0;
//@ end
#pragma omp barrier
//@ slot add on total, parts
//@ is reduction: unprotected
#pragma omp sections reduction(+ : total, parts)
        {
#pragma omp section
            for (int i = 0; i < ROWS / 2; i++)
                total += sales[i], parts++;
#pragma omp section
            for (int i = ROWS / 2; i < ROWS; i++)
                total += sales[i], parts++;
        }
//@ is bare: racy
#pragma omp sections
        {
#pragma omp section
            for (int i = 0; i < ROWS / 2; i++)
                total += sales[i], parts++;
#pragma omp section
            for (int i = ROWS / 2; i < ROWS; i++)
                total += sales[i], parts++;
        }
//@ is in_turn: unordered
#pragma omp sections
        {
#pragma omp section
            for (int i = 0; i < ROWS / 2; i++)
                total += sales[i], parts++;
        }
#pragma omp sections
        {
#pragma omp section
            for (int i = ROWS / 2; i < ROWS; i++)
                total += sales[i], parts++;
        }
//@ is in_turn_nowait: racy
#pragma omp sections nowait
        {
#pragma omp section
            for (int i = 0; i < ROWS / 2; i++)
                total += sales[i], parts++;
        }
#pragma omp for schedule(static)
        for (int i = ROWS / 2; i < ROWS; i++) {
#pragma omp atomic
            total += sales[i];
#pragma omp atomic
            parts++;
        }
//@ end
    }
    printf("%s %.2f %.2f %ld %d\n", title, mean, spread * scale, total, parts);
    return 0;
}
