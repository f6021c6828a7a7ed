//@ family: omp_column_physics
//@ domain: weather_columns
//@ problem: Column physics of a toy weather model; long routine with work variables in old style and a lifted index search.
//@ param NCOL: 220 | 380
//@ param NT: 3 | 4
#include <stdio.h>
#include <stdlib.h>
#include <omp.h>

#define NCOL @NCOL@
#define NLEV 14
#define LEVELS_DOWN(k) for (k = NLEV - 1; k >= 0; k--)
#define LEVELS_UP(k)   for (k = 0; k < NLEV; k++)
#define WARMER(a, b)   ((a) > (b) ? (a) : (b))

static float temp[NCOL][NLEV], vapour[NCOL][NLEV], rain[NCOL];
static float work[NCOL][NLEV + 2];
static int order_of[NCOL];

struct diag_block {
    float  warmest;
    int    wet_columns;
    double rain_total;
    int    slow_path;
} diag;

static float saturation(float t)
{
    return 0.004f + 0.0006f * (t - 250.0f);
}

static void setup(void)
{
    int c, k;
    for (c = 0; c < NCOL; c++) {
        order_of[c] = (c * 7) % NCOL;
        LEVELS_UP(k) {
            temp[c][k] = 290.0f - 4.0f * k + (float)(c % 9);
            vapour[c][k] = 0.03f / (1 + k) + 0.0001f * (c % 31);
        }
    }
}

static void column_physics(void)
{
    int c, lev;
    float excess, fall;

#pragma omp parallel default(shared) num_threads(@NT@)
    {
//@ slot vars on lev
//@ is listed: same-location
#pragma omp for private(excess, fall, lev) schedule(static)
//@ is level_left_out: racy
#pragma omp for private(excess, fall) schedule(static)
//@ is fp_level: same-location
#pragma omp for private(excess, fall) firstprivate(lev) schedule(static)
//@ end
        for (c = 0; c < NCOL; c++) {
            fall = 0;
            for (lev = 0; lev < NLEV; lev++) {
                excess = vapour[c][0] - saturation(temp[c][0]);
                if (excess > 0)
                    fall += excess;
            }
            rain[c] = fall;
        }

        /* vertical smoothing */
#pragma omp for schedule(static)
        for (c = 0; c < NCOL; c++) {
//@ slot smooth on work
//@ is own_column: same-location
            for (int k = 0; k < NLEV; k++)
                work[c][k] = temp[c][k] - 273.0f;
            for (int k = 1; k < NLEV; k++)
                temp[c][k] = 0.5f * (work[c][k] + work[c][k - 1]);
//@ is first_column: racy
            for (int k = 0; k < NLEV; k++)
                work[0][k] = temp[c][k] - 273.0f;
            for (int k = 1; k < NLEV; k++)
                temp[c][k] = 0.5f * (work[0][k] + work[0][k - 1]);
//@ is left_column: racy
            for (int k = 0; k < NLEV; k++)
                work[c][k] = temp[c][k] - 273.0f;
            for (int k = 1; k < NLEV; k++)
                temp[c][k] = 0.5f * (work[c][k] + work[c ? c - 1 : c][k - 1]);
//@ is team_column: same-location
            const int row = omp_get_thread_num();
            for (int k = 0; k < NLEV; k++)
                work[row][k] = temp[c][k] - 273.0f;
            for (int k = 1; k < NLEV; k++)
                temp[c][k] = 0.5f * (work[row][k] + work[row][k - 1]);
//@ end
        }

        /* diagnostics */
//@ slot warm on warmest
//@ is in_loop_critical: unprotected
#pragma omp for nowait
        for (c = 0; c < NCOL; c++) {
#pragma omp critical(diag)
            diag.warmest = WARMER(diag.warmest, temp[c][NLEV / 2]);
        }
//@ is in_loop: racy
#pragma omp for nowait
        for (c = 0; c < NCOL; c++)
            diag.warmest = WARMER(diag.warmest, temp[c][NLEV / 2]);
//@ is thread_zero: concurrent
        if (omp_get_thread_num() == 0)
            for (int m = 0; m < NCOL; m++)
                diag.warmest = WARMER(diag.warmest, temp[m][NLEV / 2]);
//@ is last_two: racy
        if (omp_get_thread_num() >= omp_get_num_threads() - 2)
            for (int m = 0; m < NCOL; m++)
                diag.warmest = WARMER(diag.warmest, temp[m][NLEV / 2]);
//@ end
#pragma omp for schedule(static) nowait
        for (c = 0; c < NCOL; c++) {
            if (rain[order_of[c]] <= 0)
                continue;
//@ slot wet on wet_columns
//@ is atomic: conflicting
#pragma omp atomic
            diag.wet_columns++;
//@ is plain: racy
            diag.wet_columns++;
//@ is exchange: racy
            int seen;
#pragma omp atomic read
            seen = diag.wet_columns;
            diag.wet_columns = seen + 1;
//@ is capture: conflicting
            int seen;
#pragma omp atomic capture
            { seen = diag.wet_columns; diag.wet_columns += 1; }
            (void)seen;
//@ end
        }
    }
}

int main(void)
{
    setup();
    column_physics();
    for (int c = 0; c < NCOL; c++)
        diag.rain_total += rain[c];
    printf("warmest %.2f wet %s rain %.3f\n", diag.warmest, diag.wet_columns ? "some" : "none", diag.rain_total);
    return 0;
}
