//@ family: om2_out_points
//@ domain: geometry
//@ problem: Rotate points and clip segments; helpers hand results back through out-parameters.
//@ param N: 400 | 700
//@ param NT: 3 | 4
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

typedef struct { double x, y; } point;

static point  cloud[@N@];
static double radius[@N@];
static int    clipped;

static void rotate(const point *in, double angle, point *out)
{
    out->x = in->x * cos(angle) - in->y * sin(angle);
    out->y = in->x * sin(angle) + in->y * cos(angle);
}

static bool clip(const point *p, double limit, double *excess)
{
    *excess = p->x * p->x + p->y * p->y - limit;
    return *excess > 0;
}

static void add(int *where, int v)
{
//@ slot count on clipped
//@ is bare: racy
    *where += v;
//@ is atomic: conflicting
#pragma omp atomic
    *where += v;
//@ is critical: unprotected
#pragma omp critical(count)
    *where += v;
//@ is per_call: unprotected
    *where += v;
//@ end
}

static double sweep(int n, double angle)
{
    double total = 0;
    double excess = 0;
//@ slot turned on turned
//@ is outer: racy
    point turned;
#pragma omp parallel for num_threads(@NT@) private(excess) reduction(+ : total)
    for (int i = 0; i < n; i++) {
//@ is outer_private: same-location
    point turned;
#pragma omp parallel for num_threads(@NT@) private(turned, excess) reduction(+ : total)
    for (int i = 0; i < n; i++) {
//@ is block: same-location
#pragma omp parallel for num_threads(@NT@) private(excess) reduction(+ : total)
    for (int i = 0; i < n; i++) {
        point turned;
//@ is pointer_firstprivate: racy
    point turned_at, *turned_out = &turned_at;
#pragma omp parallel for num_threads(@NT@) private(excess) firstprivate(turned_out) reduction(+ : total)
    for (int i = 0; i < n; i++) {
#define turned (*turned_out)
//@ is firstprivate: same-location
    point turned = { 0, 0 };
#pragma omp parallel for num_threads(@NT@) private(excess) firstprivate(turned) reduction(+ : total)
    for (int i = 0; i < n; i++) {
//@ is static_block: racy
#pragma omp parallel for num_threads(@NT@) private(excess) reduction(+ : total)
    for (int i = 0; i < n; i++) {
        static point turned;
//@ end
        rotate(&cloud[i], angle, &turned);
        const bool out = clip(&turned, 90.0, &excess);
        radius[i] = turned.x + turned.y - (out ? excess : 0);
        total += radius[i];
//@ slot count
//@ is bare
        if (out)
            add(&clipped, 1);
//@ is atomic
        if (out)
            add(&clipped, 1);
//@ is critical
        if (out)
            add(&clipped, 1);
//@ is per_call
        int mine = 0;
        add(&mine, out);
        if (mine) {
#pragma omp critical(count)
            clipped += mine;
        }
//@ end
    }
    return total;
}

int main(void)
{
    for (int i = 0; i < @N@; i++)
        cloud[i] = (point){ (i * 13) % 17, (i * 5) % 11 };
    double t = sweep(@N@, 0.3);
    t += sweep(@N@, -0.7);
    printf("%.3f %d\n", t, clipped);
    return 0;
}
