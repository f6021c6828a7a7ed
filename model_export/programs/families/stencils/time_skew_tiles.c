//@ family: time_skew_tiles
//@ domain: stencils
//@ problem: Advance a one-dimensional wave several time levels at once in tasks over tiles.
//@ param NT: 3 | 4
//@ param TILES: 24 | 32
//@ param LEVELS: 6 | 10
#include <stdio.h>
#include <stdlib.h>
#include <omp.h>

#define TILE 32
#define TILES @TILES@
#define LEVELS @LEVELS@
#define WIDTH (TILE * TILES)

struct field {
    double h[LEVELS + 1][WIDTH];
    char tag[LEVELS + 1][TILES + 2];
    int tiles_done;
    double steepest;
};

static void field_init(struct field *f)
{
    for (int x = 0; x < WIDTH; x++)
        f->h[0][x] = (x % 37) * 0.1 + (x > WIDTH / 3 ? 1.0 : 0.0);
    f->tiles_done = 0;
    f->steepest = 0;
}

static double kernel(const double *row, int x)
{
    double l = x ? row[x - 1] : row[x], r = x < WIDTH - 1 ? row[x + 1] : row[x];
    return 0.25 * l + 0.5 * row[x] + 0.25 * r;
}

static void advance_serial(struct field *f)
{
    for (int t = 0; t < LEVELS; t++)
        for (int x = 0; x < WIDTH; x++)
            f->h[t + 1][x] = kernel(f->h[t], x);
}

static void advance_tile(struct field *f, int t, int k)
{
    double steep = 0;
    for (int x = k * TILE; x < (k + 1) * TILE; x++) {
        f->h[t + 1][x] = kernel(f->h[t], x);
        if (x > k * TILE && f->h[t + 1][x] - f->h[t + 1][x - 1] > steep)
            steep = f->h[t + 1][x] - f->h[t + 1][x - 1];
    }
//@ slot steep on steepest
//@ is whole: unprotected
#pragma omp critical(steep)
    if (steep > f->steepest)
        f->steepest = steep;
//@ is store_only: racy
    if (steep + t > f->steepest) {
#pragma omp critical(steep)
        f->steepest = steep + t;
    }
//@ is two_names: racy
    if (k % 2) {
#pragma omp critical(steep)
        f->steepest = steep > f->steepest ? steep : f->steepest;
    } else {
#pragma omp critical(steep_even)
        f->steepest = steep > f->steepest ? steep : f->steepest;
    }
//@ is last_tile: concurrent
    if (k == TILES - 1 && t == LEVELS - 1)
        f->steepest = steep;
//@ end
//@ slot done on tiles_done
//@ is atomic: conflicting
#pragma omp atomic
    f->tiles_done++;
//@ is read_atomic: racy
    int seen;
#pragma omp atomic read
    seen = f->tiles_done;
    f->tiles_done = seen + 1;
//@ is plain: racy
    f->tiles_done += 1;
//@ is after: concurrent
//@ end
}

static void advance_team(struct field *f)
{
#pragma omp parallel num_threads(@NT@) shared(f)
#pragma omp single
    {
//@ slot order on h
//@ is three_in: unordered
        for (int t = 0; t < LEVELS; t++)
            for (int k = 0; k < TILES; k++) {
#pragma omp task firstprivate(t, k) depend(in : f->tag[t][k], f->tag[t][k + 1], f->tag[t][k + 2]) \
    depend(out : f->tag[t + 1][k + 1])
                advance_tile(f, t, k);
            }
//@ is own_in: racy
        for (int t = 0; t < LEVELS; t++)
            for (int k = 0; k < TILES; k++) {
#pragma omp task firstprivate(t, k) depend(in : f->tag[t][k + 1]) depend(out : f->tag[t + 1][k + 1])
                advance_tile(f, t, k);
            }
//@ is left_in: racy
        for (int t = 0; t < LEVELS; t++)
            for (int k = 0; k < TILES; k++) {
#pragma omp task firstprivate(t, k) depend(in : f->tag[t][k], f->tag[t][k + 1]) \
    depend(out : f->tag[t + 1][k + 1])
                advance_tile(f, t, k);
            }
//@ is all_in: racy
        for (int t = 0; t < LEVELS; t++)
            for (int k = 0; k < TILES; k++) {
#pragma omp task firstprivate(t, k) depend(in : f->tag[t][k], f->tag[t][k + 1], f->tag[t][k + 2]) \
    depend(in : f->tag[t + 1][k + 1])
                advance_tile(f, t, k);
            }
//@ is level_wait: unordered
        for (int t = 0; t < LEVELS; t++) {
            for (int k = 0; k < TILES; k++) {
#pragma omp task firstprivate(t, k)
                advance_tile(f, t, k);
            }
#pragma omp taskwait
        }
//@ is level_group: unordered
        for (int t = 0; t < LEVELS; t++) {
#pragma omp taskgroup
            for (int k = 0; k < TILES; k++) {
#pragma omp task firstprivate(t, k)
                advance_tile(f, t, k);
            }
        }
//@ end
    }
//@ slot done
//@ is after
    f->tiles_done = TILES * LEVELS;
//@ end
}

static double checksum(const struct field *f)
{
    double s = 0;
    for (int x = 0; x < WIDTH; x++)
        s += f->h[LEVELS][x] * (1 + x % 3);
    return s;
}

int main(void)
{
    struct field *f = calloc(1, sizeof *f), *g = calloc(1, sizeof *g);
    if (!f || !g)
        return 1;
    field_init(f);
    field_init(g);
    advance_serial(g);
    advance_team(f);
    printf("serial %.8f tiles %.8f done %d steepest %.4f\n", checksum(g), checksum(f),
           f->tiles_done, f->steepest);
    free(f);
    free(g);
    return 0;
}
