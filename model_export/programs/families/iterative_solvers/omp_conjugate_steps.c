//@ family: omp_conjugate_steps
//@ domain: iterative_solvers
//@ problem: Conjugate gradient iterations on a tridiagonal system inside a single long parallel region.
//@ param N: 360 | 600
//@ param NT: 3 | 4
//@ param IT: 3 | 5
#include <stdio.h>
#include <stdlib.h>
#include <math.h>

#define N   @N@
#define IT  @IT@
#define ROW(v, i) (2.05 * (v)[i] - ((i) > 0 ? (v)[(i) - 1] : 0.0) - ((i) < N - 1 ? (v)[(i) + 1] : 0.0))
#define EACH(i) for (int i = 0; i < N; i++)

int main(void)
{
    double *x = calloc(N, sizeof(double)), *r = calloc(N, sizeof(double));
    double *p = calloc(N, sizeof(double)), *q = calloc(N, sizeof(double));
    double rho = 0, rho_new = 0, pq = 0, alpha = 0, beta = 0;
    int rc = 1;

    if (!x || !r || !p || !q)
        goto out;
    alpha = 1.0;
    EACH(i) {
        r[i] = p[i] = alpha + (i % 5);
        rho += r[i] * r[i];
    }

#pragma omp parallel num_threads(@NT@) default(shared)
    {
        for (int it = 0; it < IT; it++) {
            /* q = A p */
//@ slot product on q
//@ is wait: unordered
#pragma omp for schedule(static)
            EACH(i) q[i] = ROW(p, i);
#pragma omp for schedule(static) reduction(+ : pq)
            EACH(i) pq += p[i] * (q[i] + 0.0 * q[N - 1 - i]);
//@ is nowait_mirror: racy
#pragma omp for schedule(static) nowait
            EACH(i) q[i] = ROW(p, i);
#pragma omp for schedule(static) reduction(+ : pq)
            EACH(i) pq += p[i] * (q[i] + 0.0 * q[N - 1 - i]);
//@ is nowait_same: same-location
#pragma omp for schedule(static) nowait
            EACH(i) q[i] = ROW(p, i);
#pragma omp for schedule(static) reduction(+ : pq)
            EACH(i) pq += p[i] * q[i];
//@ is fused: same-location
#pragma omp for schedule(static) reduction(+ : pq)
            EACH(i) {
                q[i] = ROW(p, i);
                pq += p[i] * q[i];
            }
//@ is fused_next: racy
#pragma omp for schedule(static) reduction(+ : pq)
            EACH(i) {
                q[i] = ROW(p, i);
                pq += p[i] * (i > 0 ? q[i - 1] : q[i]);
            }
//@ end
            /* step length */
//@ slot step on alpha
//@ is single: unordered
#pragma omp single
            alpha = rho / pq;
//@ is everyone: racy
            alpha = rho / pq;
//@ is master: racy
#pragma omp master
            alpha = rho / pq;
//@ is local: same-location
            const double alpha = rho / pq;
//@ is masked_barrier: unordered
#pragma omp masked
            alpha = rho / pq;
#pragma omp barrier
//@ end
#pragma omp for schedule(static)
            EACH(i) {
                x[i] += alpha * p[i];
                r[i] -= alpha * q[i];
            }
            /* new residual */
//@ slot rest on rho_new
//@ is reduction: unprotected
#pragma omp for schedule(static) reduction(+ : rho_new)
            EACH(i) rho_new += r[i] * r[i];
//@ is shared_sum: racy
#pragma omp for schedule(static)
            EACH(i) rho_new += r[i] * r[i];
//@ is early_look: racy
            double mine = 0;
#pragma omp for schedule(static) nowait
            EACH(i) mine += r[i] * r[i];
#pragma omp critical(rest)
            rho_new += mine;
            mine = rho_new;
            if (mine < 0)
                puts("diverged");
#pragma omp barrier
//@ is later_look: unprotected
            double mine = 0;
#pragma omp for schedule(static) nowait
            EACH(i) mine += r[i] * r[i];
#pragma omp critical(rest)
            rho_new += mine;
#pragma omp barrier
            if (rho_new < 0)
                puts("diverged");
#pragma omp barrier
//@ end
#pragma omp single
            {
                beta = rho_new / rho;
                rho = rho_new;
                rho_new = pq = 0;
            }
#pragma omp for schedule(static)
            EACH(i) p[i] = r[i] + beta * p[i];
        }
    }
    printf("residual %.6f x0 %.6f\n", sqrt(rho), x[0]);
    rc = 0;
out:
    free(q);
    free(p);
    free(r);
    free(x);
    return rc;
}
