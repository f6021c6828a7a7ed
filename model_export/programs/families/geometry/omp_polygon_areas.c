//@ family: omp_polygon_areas
//@ domain: geometry
//@ problem: Areas and bounding boxes of many polygons; each polygon is shifted into a work array before measuring.
//@ param NPOLY: 240 | 420
//@ param NT: 3 | 4
//@ param V: 5 | 9
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>

#define NPOLY @NPOLY@
#define V @V@

struct pt { double x, y; };
struct box { double x0, y0, x1, y1; };

static struct pt corner[NPOLY][V];
static double area[NPOLY];
static struct box hull = { 1e9, 1e9, -1e9, -1e9 };

//@ slot scale on unit
//@ is threadprivate_copyin: neutral
static double unit = 1.0;
#pragma omp threadprivate(unit)
//@ is constant: neutral
static const double unit = 0.5;
//@ end

static void make_polygons(void)
{
    for (int p = 0; p < NPOLY; p++)
        for (int k = 0; k < V; k++) {
            double a = 6.2831853 * k / V;
            corner[p][k].x = (p % 20) * 3 + cos(a) * (1 + p % 3);
            corner[p][k].y = (p / 20) * 3 + sin(a) * (1 + p % 2);
        }
}

static double shoelace(const struct pt *q)
{
    double s = 0;
    for (int k = 0; k < V; k++) {
        const struct pt *b = &q[(k + 1) % V];
        s += q[k].x * b->y - b->x * q[k].y;
    }
    return fabs(s) / 2 * unit;
}

static void copy_shifted(struct pt *to, const struct pt *from)
{
    for (int k = 0; k < V; k++) {
        to[k].x = from[k].x - from[0].x;
        to[k].y = from[k].y - from[0].y;
    }
}

static int measure(void)
{
//@ slot work on work
//@ is pointer_firstprivate: racy
    struct pt *work = malloc(sizeof(struct pt) * V);
    if (!work)
        return -1;
#pragma omp parallel for num_threads(@NT@) firstprivate(work)
    for (int p = 0; p < NPOLY; p++) {
        copy_shifted(work, corner[p]);
        area[p] = shoelace(work);
    }
    free(work);
//@ is array_firstprivate: same-location
    struct pt work[V];
    memset(work, 0, sizeof work);
#pragma omp parallel for num_threads(@NT@) firstprivate(work)
    for (int p = 0; p < NPOLY; p++) {
        copy_shifted(work, corner[p]);
        area[p] = shoelace(work);
    }
//@ is array_shared: racy
    struct pt work[V];
    memset(work, 0, sizeof work);
#pragma omp parallel for num_threads(@NT@)
    for (int p = 0; p < NPOLY; p++) {
        copy_shifted(work, corner[p]);
        area[p] = shoelace(work);
    }
//@ is malloc_inside: same-location
#pragma omp parallel num_threads(@NT@)
    {
        struct pt *work = malloc(sizeof(struct pt) * V);
#pragma omp for
        for (int p = 0; p < NPOLY; p++) {
            if (!work)
                continue;
            copy_shifted(work, corner[p]);
            area[p] = shoelace(work);
        }
        free(work);
    }
//@ is private_array: same-location
    struct pt work[V];
#pragma omp parallel for num_threads(@NT@) private(work)
    for (int p = 0; p < NPOLY; p++) {
        copy_shifted(work, corner[p]);
        area[p] = shoelace(work);
    }
//@ end
    return 0;
}

static void grow(struct box *b, const struct pt *q)
{
    b->x0 = fmin(b->x0, q->x);
    b->y0 = fmin(b->y0, q->y);
    b->x1 = fmax(b->x1, q->x);
    b->y1 = fmax(b->y1, q->y);
}

static void bounds(void)
{
//@ slot bound on hull
//@ is grow_shared: racy
#pragma omp parallel for num_threads(@NT@)
    for (int p = 0; p < NPOLY; p++)
        for (int k = 0; k < V; k++)
            grow(&hull, &corner[p][k]);
//@ is grow_critical: unprotected
#pragma omp parallel for num_threads(@NT@)
    for (int p = 0; p < NPOLY; p++)
        for (int k = 0; k < V; k++) {
#pragma omp critical(hull)
            grow(&hull, &corner[p][k]);
        }
//@ is grow_local: unprotected
#pragma omp parallel num_threads(@NT@)
    {
        struct box mine = { 1e9, 1e9, -1e9, -1e9 };
#pragma omp for nowait
        for (int p = 0; p < NPOLY; p++)
            for (int k = 0; k < V; k++)
                grow(&mine, &corner[p][k]);
#pragma omp critical
        {
            struct pt lo = { mine.x0, mine.y0 }, hi = { mine.x1, mine.y1 };
            grow(&hull, &lo);
            grow(&hull, &hi);
        }
    }
//@ is grow_local_open: racy
#pragma omp parallel num_threads(@NT@)
    {
        struct box mine = { 1e9, 1e9, -1e9, -1e9 };
#pragma omp for nowait
        for (int p = 0; p < NPOLY; p++)
            for (int k = 0; k < V; k++)
                grow(&mine, &corner[p][k]);
        struct pt lo = { mine.x0, mine.y0 }, hi = { mine.x1, mine.y1 };
#pragma omp critical
        grow(&hull, &lo);
        grow(&hull, &hi);
    }
//@ end
}

int main(void)
{
    double sum = 0;
    make_polygons();
//@ slot scale
//@ is threadprivate_copyin
    unit = 0.5;
#pragma omp parallel num_threads(@NT@) copyin(unit)
    {
        if (unit < 0)
            puts("bad unit");
    }
//@ end
    if (measure())
        return 1;
    bounds();
    for (int p = 0; p < NPOLY; p++)
        sum += area[p];
    printf("area %.3f box %.2f %.2f %.2f %.2f\n", sum, hull.x0, hull.y0, hull.x1, hull.y1);
    return 0;
}
