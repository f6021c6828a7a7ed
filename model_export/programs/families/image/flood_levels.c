//@ family: flood_levels
//@ domain: image
//@ problem: Watershed by flooding: basins grow level by level into unclaimed pixels.
//@ param W: 48 | 64
//@ param NT: 3 | 4
//@ param LEVELS: 6 | 8
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <omp.h>

#define W @W@
#define LEVELS @LEVELS@
#define PIX (W * W)
#define PASSES 4

typedef unsigned short basin_t;

static unsigned char height[PIX];
static basin_t basin[PIX], grown[PIX], ref[PIX];
static int front[PIX], nfront;
static int ridge;
static long claimed;

static void terrain(void)
{
    for (int p = 0; p < PIX; p++) {
        int x = p % W, y = p / W;
        height[p] = (unsigned char)(((x % 16 - 8) * (x % 16 - 8) + (y % 16 - 8) * (y % 16 - 8)) * LEVELS / 129);
    }
}

static void seed(basin_t *b)
{
    memset(b, 0, sizeof(basin_t) * PIX);
    for (int y = 8; y < W; y += 16)
        for (int x = 8; x < W; x += 16)
            b[y * W + x] = (basin_t)(1 + y * W + x);
}

static basin_t take(const basin_t *b, int p)
{
    int x = p % W, y = p / W;
    basin_t best = 0;
    if (x > 0 && b[p - 1] > best)
        best = b[p - 1];
    if (x < W - 1 && b[p + 1] > best)
        best = b[p + 1];
    if (y > 0 && b[p - W] > best)
        best = b[p - W];
    if (y < W - 1 && b[p + W] > best)
        best = b[p + W];
    return best;
}

static void flood_serial(void)
{
    static basin_t next[PIX];
    seed(ref);
    for (int l = 0; l < LEVELS; l++)
        for (int k = 0; k < PASSES; k++) {
            for (int p = 0; p < PIX; p++)
                next[p] = ref[p] || height[p] > l ? ref[p] : take(ref, p);
            memcpy(ref, next, sizeof next);
        }
}

static void on_front(int p)
{
//@ slot queue on nfront
//@ is captured: conflicting
    int at;
#pragma omp atomic capture
    at = nfront++;
    front[at % PIX] = p;
//@ is guarded: unprotected
#pragma omp critical(front)
    front[nfront++ % PIX] = p;
//@ is bumped: racy
    int at = nfront;
#pragma omp atomic
    nfront++;
    front[at % PIX] = p;
//@ is guarded_store: racy
    int at = nfront++;
#pragma omp critical(front)
    front[at % PIX] = p;
//@ end
}

static void flood_team(void)
{
    seed(basin);
#pragma omp parallel num_threads(@NT@)
    for (int l = 0; l < LEVELS; l++)
        for (int k = 0; k < PASSES; k++) {
            long mine = 0;
//@ slot grow on basin
//@ is two_arrays: unordered
#pragma omp for schedule(static)
            for (int p = 0; p < PIX; p++)
                grown[p] = basin[p] || height[p] > l ? basin[p] : take(basin, p);
#pragma omp for schedule(static)
            for (int p = 0; p < PIX; p++)
                basin[p] = grown[p];
//@ is in_place: racy
#pragma omp for schedule(static)
            for (int p = 0; p < PIX; p++)
                if (!basin[p] && height[p] <= l)
                    basin[p] = take(basin, p);
//@ is two_arrays_on: racy
#pragma omp for schedule(static) nowait
            for (int p = 0; p < PIX; p++)
                grown[p] = basin[p] || height[p] > l ? basin[p] : take(basin, p);
#pragma omp for schedule(static)
            for (int p = 0; p < PIX; p++)
                basin[p] = grown[p];
//@ is row_parity: racy
            for (int odd = 0; odd < 2; odd++) {
#pragma omp for schedule(static, 4)
                for (int y = 0; y < W; y++)
                    for (int p = y * W + odd; p < (y + 1) * W; p += 2)
                        if (!basin[p] && height[p] <= l)
                            basin[p] = take(basin, p);
            }
//@ is row_halves: unordered
            for (int odd = 0; odd < 2; odd++) {
#pragma omp for schedule(static, 1)
                for (int y = odd; y < W; y += 2)
                    for (int p = y * W; p < (y + 1) * W; p++)
                        if (!basin[p] && height[p] <= l)
                            basin[p] = take(basin, p);
            }
//@ is copied_single: concurrent
#pragma omp for schedule(static)
            for (int p = 0; p < PIX; p++)
                grown[p] = basin[p] || height[p] > l ? basin[p] : take(basin, p);
#pragma omp single
            memcpy(basin, grown, sizeof basin);
//@ end
#pragma omp for schedule(static)
            for (int p = 0; p < PIX; p++)
                if (basin[p] && height[p] == l) {
                    mine++;
                    if (k == PASSES - 1)
                        on_front(p);
                }
//@ slot account on claimed
//@ is atomic: conflicting
#pragma omp atomic
            claimed += mine;
//@ is plain: racy
            claimed += mine;
//@ is single_adds: racy
#pragma omp single nowait
            claimed += mine;
#pragma omp atomic
            claimed += mine;
//@ is last_pass: concurrent
#pragma omp master
            claimed += mine;
//@ end
        }
#pragma omp parallel for num_threads(@NT@) schedule(static)
    for (int p = 1; p < PIX; p++)
        if (basin[p] != basin[p - 1]) {
//@ slot ridge on ridge
//@ is atomic: conflicting
#pragma omp atomic
            ridge++;
//@ is bare: racy
            ridge++;
//@ is by_column: racy
            if (p % W == 0) {
#pragma omp atomic
                ridge++;
            } else
                ridge++;
//@ is into_array: same-location
            grown[p] = 0;
//@ end
        }
}

static unsigned long digest(const basin_t *b)
{
    unsigned long h = 7;
    for (int p = 0; p < PIX; p++)
        h = h * 31 + b[p];
    return h;
}

int main(void)
{
    terrain();
    flood_serial();
    flood_team();
    printf("serial %lx team %lx claimed %ld front %d ridge %d\n", digest(ref), digest(basin),
           claimed, nfront, ridge);
    return 0;
}
