//@ family: channel_flow
//@ domain: lattice_methods
//@ problem: Lattice-Boltzmann flow through a channel with obstacles, probes and a tracer.
//@ param NX: 48 | 64
//@ param NY: 24 | 32
//@ param NT: 3 | 4
//@ param STEPS: 4 | 6
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <omp.h>

#define NX @NX@
#define NY @NY@
#define Q 9
#define STEPS @STEPS@
#define NPROBE 6
#define NTRACER 240

#define CELL(x, y) ((y) * NX + (x))
#define WRAPX(x) (((x) + NX) % NX)
#define WRAPY(y) (((y) + NY) % NY)
#define FOR_ALL_CELLS(x, y)            \
    for (int y = 0; y < NY; y++)       \
        for (int x = 0; x < NX; x++)
#define MAX2(a, b) ((a) > (b) ? (a) : (b))
#define MIN2(a, b) ((a) < (b) ? (a) : (b))

typedef double real_t;

/* ---------------------------------------------------------------- constants */

static const int cx[Q] = {0, 1, 0, -1, 0, 1, -1, -1, 1};
static const int cy[Q] = {0, 0, 1, 0, -1, 1, 1, -1, -1};
static const int opposite[Q] = {0, 3, 4, 1, 2, 7, 8, 5, 6};
static const real_t weight[Q] = {4.0 / 9,  1.0 / 9,  1.0 / 9,  1.0 / 9, 1.0 / 9,
                                 1.0 / 36, 1.0 / 36, 1.0 / 36, 1.0 / 36};

/* -------------------------------------------------------------------- state */

typedef struct {
    real_t f[NX * NY][Q];
    real_t g[NX * NY][Q];
    unsigned char solid[NX * NY];
    real_t rho[NX * NY];
    real_t ux[NX * NY];
    real_t uy[NX * NY];
} grid_t;

typedef struct {
    int x, y;
    real_t speed;
    real_t peak;
    int samples;
} probe_t;

typedef struct {
    real_t x, y;
    int cell;
    int stuck;
} tracer_t;

typedef struct {
    grid_t *grid;
    probe_t probe[NPROBE];
    tracer_t tracer[NTRACER];
    int visits[NX * NY];
    real_t mass;
    real_t drag;
    real_t top_speed;
    real_t relax;
    real_t keep;
    real_t force;
    real_t curl[NX * NY];
    real_t profile[NX], spread[NX];
    int step;
    int bounced;
    int out_of_range;
    char note[64];
} sim_t;

/* -------------------------------------------------------------------- setup */

static void place_obstacles(grid_t *g)
{
    FOR_ALL_CELLS(x, y)
    {
        int dx = x - NX / 4, dy = y - NY / 2;
        g->solid[CELL(x, y)] = 0;
        if (dx * dx + dy * dy < (NY / 6) * (NY / 6))
            g->solid[CELL(x, y)] = 1;
        if (y == 0 || y == NY - 1)
            g->solid[CELL(x, y)] = 1;
        if (x == 3 * NX / 4 && y % 5 == 0)
            g->solid[CELL(x, y)] = 1;
    }
}

static real_t equilibrium(int q, real_t rho, real_t ux, real_t uy)
{
    real_t cu = 3 * (cx[q] * ux + cy[q] * uy), uu = 1.5 * (ux * ux + uy * uy);
    return weight[q] * rho * (1 + cu + 0.5 * cu * cu - uu);
}

static void fill_grid(grid_t *g)
{
    FOR_ALL_CELLS(x, y)
    {
        real_t u = 0.04 * (1 + 0.1 * sin(0.3 * y));
        for (int q = 0; q < Q; q++)
            g->f[CELL(x, y)][q] = equilibrium(q, 1.0, g->solid[CELL(x, y)] ? 0 : u, 0);
    }
    memset(g->g, 0, sizeof g->g);
    memset(g->rho, 0, sizeof g->rho);
    memset(g->ux, 0, sizeof g->ux);
    memset(g->uy, 0, sizeof g->uy);
}

static void place_probes(sim_t *s)
{
    for (int p = 0; p < NPROBE; p++) {
        s->probe[p].x = (p + 1) * NX / (NPROBE + 1);
        s->probe[p].y = NY / 2 + (p % 3) - 1;
        s->probe[p].speed = s->probe[p].peak = 0;
        s->probe[p].samples = 0;
    }
}

static void place_tracers(sim_t *s)
{
    for (int t = 0; t < NTRACER; t++) {
        s->tracer[t].x = (t * 7) % NX + 0.5;
        s->tracer[t].y = 1 + (t * 3) % (NY - 2) + 0.5;
        s->tracer[t].cell = CELL((int)s->tracer[t].x, (int)s->tracer[t].y);
        s->tracer[t].stuck = 0;
    }
}

static sim_t *sim_new(void)
{
    sim_t *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->grid = malloc(sizeof *s->grid);
    if (!s->grid) {
        free(s);
        return NULL;
    }
    place_obstacles(s->grid);
    fill_grid(s->grid);
    place_probes(s);
    place_tracers(s);
    s->relax = 0.8;
    s->keep = 1.0;
    s->force = 1e-4;
    return s;
}

static void sim_free(sim_t *s)
{
    if (!s)
        return;
    free(s->grid);
    free(s);
}

/* ------------------------------------------------------------------ kernels */

static void moments(const real_t *f, real_t *rho, real_t *ux, real_t *uy)
{
    real_t r = 0, x = 0, y = 0;
    for (int q = 0; q < Q; q++) {
        r += f[q];
        x += f[q] * cx[q];
        y += f[q] * cy[q];
    }
    *rho = r;
    *ux = x / r;
    *uy = y / r;
}

static void collide_cell(sim_t *s, int c)
{
    grid_t *g = s->grid;
    moments(g->f[c], &g->rho[c], &g->ux[c], &g->uy[c]);
    if (g->solid[c])
        return;
    for (int q = 0; q < Q; q++) {
        real_t eq = equilibrium(q, g->rho[c], g->ux[c] + s->force, g->uy[c]);
        g->f[c][q] += s->relax * (eq - g->f[c][q]);
    }
}

static void pull_cell(grid_t *g, int x, int y)
{
    int c = CELL(x, y);
    for (int q = 0; q < Q; q++) {
        int from = CELL(WRAPX(x - cx[q]), WRAPY(y - cy[q]));
        g->g[c][q] = g->solid[from] ? g->f[c][opposite[q]] : g->f[from][q];
    }
}

static void settle_cell(sim_t *s, int c)
{
    for (int q = 0; q < Q; q++)
        s->grid->f[c][q] = s->keep * s->grid->g[c][q];
}

static real_t cell_mass(const real_t *f)
{
    real_t m = 0;
    for (int q = 0; q < Q; q++)
        m += f[q];
    return m;
}

static real_t cell_drag(const grid_t *g, int x, int y)
{
    real_t d = 0;
    if (!g->solid[CELL(x, y)])
        return 0;
    for (int q = 0; q < Q; q++) {
        int n = CELL(WRAPX(x + cx[q]), WRAPY(y + cy[q]));
        if (!g->solid[n])
            d += cx[q] * (g->f[n][opposite[q]] + g->f[n][q]);
    }
    return d;
}

static real_t curl_at(const grid_t *g, int x, int y)
{
    int e = CELL(WRAPX(x + 1), y), w = CELL(WRAPX(x - 1), y);
    int n = CELL(x, WRAPY(y + 1)), s = CELL(x, WRAPY(y - 1));
    return 0.5 * (g->uy[e] - g->uy[w]) - 0.5 * (g->ux[n] - g->ux[s]);
}

static void column_profile(const grid_t *g, int x, real_t *mean, real_t *spread)
{
    real_t sum = 0, sq = 0;
    int n = 0;
    for (int y = 0; y < NY; y++) {
        if (g->solid[CELL(x, y)])
            continue;
        sum += g->ux[CELL(x, y)];
        sq += g->ux[CELL(x, y)] * g->ux[CELL(x, y)];
        n++;
    }
    *mean = n ? sum / n : 0;
    *spread = n ? sq / n - *mean * *mean : 0;
}

/* ---------------------------------------------------------------- reference */

static void serial_step(sim_t *s)
{
    grid_t *g = s->grid;
    real_t mass = 0, drag = 0;
    for (int c = 0; c < NX * NY; c++)
        collide_cell(s, c);
    FOR_ALL_CELLS(x, y)
        pull_cell(g, x, y);
    memcpy(g->f, g->g, sizeof g->f);
    FOR_ALL_CELLS(x, y)
    {
        mass += cell_mass(g->f[CELL(x, y)]);
        drag += cell_drag(g, x, y);
    }
    s->mass = mass;
    s->drag += drag;
    s->step++;
}

/* ----------------------------------------------------------------- the team */

static void team_run(sim_t *s, int steps)
{
    grid_t *g = s->grid;
    real_t mass = 0;
    int last_probe = 0;

#pragma omp parallel num_threads(@NT@) default(none) shared(s, g, steps, mass, last_probe) \
    shared(cx, cy, opposite, weight)
    {
        const int me = omp_get_thread_num(), team = omp_get_num_threads();
        real_t my_top = 0;
        int my_bounced = 0;

        for (int t = 0; t < steps; t++) {
            /* collision is local to a cell */
#pragma omp for schedule(static)
            for (int c = 0; c < NX * NY; c++) {
                collide_cell(s, c);
                if (!g->solid[c]) {
                    real_t sp = g->ux[c] * g->ux[c] + g->uy[c] * g->uy[c];
                    my_top = MAX2(my_top, sp);
                }
            }

            /* propagation reads the neighbours of a cell */
//@ slot stream on f, g
//@ is pull_then_copy: unordered
#pragma omp for schedule(static) collapse(2)
            for (int y = 0; y < NY; y++)
                for (int x = 0; x < NX; x++)
                    pull_cell(g, x, y);
#pragma omp for schedule(static)
            for (int c = 0; c < NX * NY; c++)
                settle_cell(s, c);
//@ is pull_copy_on: racy
#pragma omp for schedule(static) collapse(2) nowait
            for (int y = 0; y < NY; y++)
                for (int x = 0; x < NX; x++)
                    pull_cell(g, x, y);
#pragma omp for schedule(static)
            for (int c = 0; c < NX * NY; c++)
                settle_cell(s, c);
//@ is copy_in_loop: racy
#pragma omp for schedule(static)
            for (int y = 0; y < NY; y++)
                for (int x = 0; x < NX; x++) {
                    pull_cell(g, x, y);
                    if (x == NX - 1)
                        for (int k = 0; k < NX; k++)
                            settle_cell(s, CELL(k, y));
                }
//@ is push: racy
#pragma omp for schedule(static)
            for (int c = 0; c < NX * NY; c++)
                memset(g->g[c], 0, sizeof g->g[c]);
#pragma omp for schedule(static)
            for (int y = 0; y < NY; y++)
                for (int x = 0; x < NX; x++)
                    for (int q = 0; q < Q; q++) {
                        int to = CELL(WRAPX(x + cx[q]), WRAPY(y + cy[q]));
                        g->g[to][0] += g->f[CELL(x, y)][q] * (q == 0);
                        g->g[to][q] += g->f[CELL(x, y)][q] * (q != 0);
                    }
#pragma omp for schedule(static)
            for (int c = 0; c < NX * NY; c++)
                settle_cell(s, c);
//@ is push_slots: same-location
#pragma omp for schedule(static)
            for (int y = 0; y < NY; y++)
                for (int x = 0; x < NX; x++)
                    for (int q = 0; q < Q; q++) {
                        int to = CELL(WRAPX(x + cx[q]), WRAPY(y + cy[q]));
                        g->g[to][q] = g->f[CELL(x, y)][q];
                    }
#pragma omp for schedule(static)
            for (int c = 0; c < NX * NY; c++)
                settle_cell(s, c);
//@ end

            /* bounce count, a figure for the log */
#pragma omp for schedule(static) nowait
            for (int c = 0; c < NX * NY; c++)
                if (g->solid[c] && c % NX < NX - 1 && !g->solid[c + 1])
                    my_bounced++;

            /* total mass */
//@ slot mass on mass
//@ is single_reset: unprotected
#pragma omp single
            mass = 0;
#pragma omp for schedule(static) reduction(+ : mass)
            for (int c = 0; c < NX * NY; c++)
                mass += cell_mass(g->f[c]);
//@ is sum_then_store: racy
            real_t my_mass = 0;
#pragma omp single
            mass = 0;
#pragma omp for schedule(static) nowait
            for (int c = 0; c < NX * NY; c++)
                my_mass += cell_mass(g->f[c]);
#pragma omp critical(mass)
            my_mass += mass;
            mass = my_mass;
#pragma omp barrier
//@ is early_look: racy
            real_t my_mass = 0;
#pragma omp single
            mass = 0;
#pragma omp for schedule(static) nowait
            for (int c = 0; c < NX * NY; c++)
                my_mass += cell_mass(g->f[c]);
#pragma omp critical(mass)
            mass += my_mass;
            if (mass < 0)
                my_bounced--;
#pragma omp barrier
//@ is by_hand: unprotected
            real_t my_mass = 0;
#pragma omp single
            mass = 0;
#pragma omp for schedule(static) nowait
            for (int c = 0; c < NX * NY; c++)
                my_mass += cell_mass(g->f[c]);
#pragma omp critical(mass)
            mass += my_mass;
#pragma omp barrier
//@ end

            /* drag on the obstacles, row by row */
            real_t my_drag = 0;
#pragma omp for schedule(static) nowait
            for (int y = 0; y < NY; y++)
                for (int x = 0; x < NX; x++)
                    my_drag += cell_drag(g, x, y);
//@ slot drag on drag
//@ is atomic: conflicting
#pragma omp atomic
            s->drag += my_drag;
//@ is master_only: concurrent
#pragma omp master
            s->drag += my_drag * team;
//@ is plain: racy
            s->drag += my_drag;
//@ is critical_mass: racy
            if (me != 0) {
#pragma omp critical(drag)
                s->drag += my_drag;
            } else {
#pragma omp critical(mass)
                s->drag += my_drag;
            }
//@ end

            /* diagnostics of the velocity field, each cell and column for itself */
#pragma omp for schedule(static) nowait
            for (int y = 0; y < NY; y++)
                for (int x = 0; x < NX; x++)
                    s->curl[CELL(x, y)] = g->solid[CELL(x, y)] ? 0 : curl_at(g, x, y);
#pragma omp for schedule(static) nowait
            for (int x = 0; x < NX; x++)
                column_profile(g, x, &s->profile[x], &s->spread[x]);

            /* probes: few, so one thread serves all of them */
#pragma omp single nowait
            for (int p = 0; p < NPROBE; p++) {
                int c = CELL(s->probe[p].x, s->probe[p].y);
                s->probe[p].speed = hypot(g->ux[c], g->uy[c]);
                s->probe[p].peak = MAX2(s->probe[p].peak, s->probe[p].speed);
                s->probe[p].samples++;
            }

            /* tracers drift with the flow */
#pragma omp for schedule(static)
            for (int k = 0; k < NTRACER; k++) {
                tracer_t *tr = &s->tracer[k];
                int c = tr->cell;
                tr->x += 20 * g->ux[c];
                tr->y += 20 * g->uy[c];
                if (tr->x >= NX)
                    tr->x -= NX;
                if (tr->x < 0)
                    tr->x += NX;
                if (tr->y < 1 || tr->y >= NY - 1) {
                    tr->y = MIN2(MAX2(tr->y, 1.0), NY - 1.5);
                    tr->stuck++;
                }
                tr->cell = CELL((int)tr->x % NX, (int)tr->y % NY);
//@ slot visits on visits
//@ is atomic: conflicting
#pragma omp atomic
                s->visits[tr->cell % 97]++;
//@ is by_cell: racy
                s->visits[tr->cell % 97]++;
//@ is by_tracer: same-location
                s->visits[k] += tr->cell % 97 == 0;
//@ is near_atomic: racy
                if (tr->cell % 2) {
#pragma omp atomic
                    s->visits[tr->cell % 97]++;
                } else {
                    s->visits[tr->cell % 97]++;
                }
//@ end
            }

            /* bookkeeping of the step */
#pragma omp single
            {
                s->step++;
                s->mass = mass;
                last_probe = (last_probe + 1) % NPROBE;
                snprintf(s->note, sizeof s->note, "step %d probe %d", s->step, last_probe);
            }
        }

#pragma omp critical(top)
        s->top_speed = MAX2(s->top_speed, sqrt(my_top));
#pragma omp atomic
        s->bounced += my_bounced;
    }
}

/* ------------------------------------------------------------------- report */

static real_t flow_digest(const grid_t *g)
{
    real_t d = 0;
    FOR_ALL_CELLS(x, y)
        for (int q = 0; q < Q; q++)
            d += g->f[CELL(x, y)][q] * ((x + 2 * y + 3 * q) % 7);
    return d;
}

static void report(const char *name, const sim_t *s)
{
    long seen = 0;
    real_t peak = 0;
    for (int c = 0; c < NX * NY; c++)
        seen += s->visits[c] * (long)(c % 5);
    real_t swirl = 0;
    for (int c = 0; c < NX * NY; c++)
        swirl += s->curl[c] * s->curl[c];
    for (int x = 0; x < NX; x++)
        swirl += 1e-3 * (s->profile[x] + s->spread[x]);
    for (int p = 0; p < NPROBE; p++)
        peak = MAX2(peak, s->probe[p].peak);
    printf("%s digest %.9f mass %.6f drag %.6f seen %ld peak %.5f top %.5f bounced %d swirl %.6f %s\n", name,
           flow_digest(s->grid), s->mass, s->drag, seen, peak, s->top_speed, s->bounced, swirl, s->note);
}

int main(void)
{
    sim_t *a = sim_new(), *b = sim_new();
    if (!a || !b)
        return 1;
    for (int t = 0; t < STEPS; t++)
        serial_step(a);
    team_run(b, STEPS);
    report("serial", a);
    report("team", b);
    sim_free(a);
    sim_free(b);
    return 0;
}
