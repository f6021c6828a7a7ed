//@ family: om2_pond_routine
//@ domain: physics
//@ problem: A shallow pond solver in one long routine of several regions, work variables declared at the top in the old way.
//@ param NX: 24 | 36
#include <stdio.h>
#include <math.h>

#define NX @NX@
#define NY 30
#define IDX(i, j) ((i) * NY + (j))
#define FOR_ROWS for (i = 1; i < NX - 1; i++)

static double h[NX * NY], u[NX * NY], v[NX * NY];
static double hn[NX * NY], un[NX * NY], vn[NX * NY];

static double pond(int steps, double dt)
{
    int i, j, k, step;
    double hx, hy, drag, speed, flux, slope = 0.0;
    double energy = 0.0, deepest = 0.0;
    const double g = 9.81, rough = 0.03;

    /* --- initial heap of water ---------------------------------------- */
#pragma omp parallel for private(j, hx, hy) num_threads(3)
    for (i = 0; i < NX; i++)
        for (j = 0; j < NY; j++) {
            hx = i - NX / 2;
            hy = j - NY / 2;
            h[IDX(i, j)] = 1.0 + 0.3 * exp(-0.05 * (hx * hx + hy * hy));
        }

    for (step = 0; step < steps; step++) {
        /* --- momentum -------------------------------------------------- */
//@ slot list on slope
//@ is all_six: same-location
#pragma omp parallel for private(j, k, hx, hy, drag, slope) num_threads(3)
//@ is five: racy
#pragma omp parallel for private(j, k, hx, hy, drag) num_threads(3)
//@ is first_and_five: same-location
#pragma omp parallel for private(j, k, hx, hy, drag) firstprivate(slope) num_threads(3)
//@ is shared_named: racy
#pragma omp parallel for private(j, k, hx, hy, drag) shared(slope, h, u, v, un, vn) num_threads(3)
//@ end
        FOR_ROWS {
            for (j = 1; j < NY - 1; j++) {
                k = IDX(i, j);
                hx = 0.5 * (h[k + NY] - h[k - NY]);
                hy = 0.5 * (h[k + 1] - h[k - 1]);
                drag = rough * sqrt(u[k] * u[k] + v[k] * v[k]);
                slope = hx + hy;
                un[k] = u[k] - dt * (g * hx + drag * u[k]) - 1e-4 * slope;
                vn[k] = v[k] - dt * (g * hy + drag * v[k]);
            }
        }

        /* --- continuity ------------------------------------------------ */
#pragma omp parallel num_threads(3) private(i, j, k)
        {
//@ slot flux on flux
//@ is block: same-location
            double flux;
//@ is routine: racy
//@ is static_block: racy
            static double flux;
//@ end
#pragma omp for
            FOR_ROWS {
                for (j = 1; j < NY - 1; j++) {
                    k = IDX(i, j);
//@ slot flux
//@ is loop_local: same-location
                    const double flux = 0.0;
                    hn[k] = h[k] - dt * 0.5 * (un[k + NY] - un[k - NY] + vn[k + 1] - vn[k - 1]) - flux;
//@ is block
                    flux = un[k + NY] - un[k - NY] + vn[k + 1] - vn[k - 1];
                    hn[k] = h[k] - dt * 0.5 * flux;
//@ is routine
                    flux = un[k + NY] - un[k - NY] + vn[k + 1] - vn[k - 1];
                    hn[k] = h[k] - dt * 0.5 * flux;
//@ is static_block
                    flux = un[k + NY] - un[k - NY] + vn[k + 1] - vn[k - 1];
                    hn[k] = h[k] - dt * 0.5 * flux;
//@ end
                }
            }
        }

        /* --- take over the new fields, note figures --------------------- */
//@ slot energy on energy
//@ is reduction: unprotected
#pragma omp parallel for private(j, k, speed) reduction(+ : energy) reduction(max : deepest) num_threads(3)
//@ is max_only: racy
#pragma omp parallel for private(j, k, speed) reduction(max : deepest) num_threads(3)
//@ is atomic: conflicting
#pragma omp parallel for private(j, k, speed) reduction(max : deepest) num_threads(3)
//@ end
        FOR_ROWS {
            for (j = 1; j < NY - 1; j++) {
                k = IDX(i, j);
                h[k] = hn[k];
                u[k] = un[k];
                v[k] = vn[k];
                speed = u[k] * u[k] + v[k] * v[k];
//@ slot energy
//@ is atomic
#pragma omp atomic
//@ end
                energy += 0.5 * speed;
                deepest = h[k] > deepest ? h[k] : deepest;
            }
        }
    }
    flux = 0;
    slope = 0;
    return energy + deepest + flux + slope;
}

int main(void)
{
    printf("%.8f\n", pond(3, 0.01));
    return 0;
}
