//@ family: om2_orphan_moves
//@ domain: particles
//@ problem: A particle box whose move, count and bounce steps are functions with their own work-sharing directives.
#include <stdio.h>
#include <stdlib.h>
#include <omp.h>

struct box {
    int     n;
    double *x, *v;
    double  wall;
    int     outside;
    int     rounds;
};

static void move_all(struct box *b, double dt)
{
//@ slot move on x
//@ is orphan_for: unordered
#pragma omp for schedule(static)
    for (int i = 0; i < b->n; i++)
        b->x[i] += dt * b->v[i];
//@ is plain_loop: racy
    for (int i = 0; i < b->n; i++)
        b->x[i] += dt * b->v[i];
//@ is two_loops_nowait: racy
#pragma omp for schedule(static) nowait
    for (int i = 0; i < b->n; i++)
        b->x[i] += dt * b->v[i];
#pragma omp for schedule(static)
    for (int i = 0; i < b->n; i++)
        b->x[b->n - 1 - i] *= 0.999;
//@ is two_loops: unordered
#pragma omp for schedule(static)
    for (int i = 0; i < b->n; i++)
        b->x[i] += dt * b->v[i];
#pragma omp for schedule(static)
    for (int i = 0; i < b->n; i++)
        b->x[b->n - 1 - i] *= 0.999;
//@ is own_stride_barrier: unordered
    for (int i = omp_get_thread_num(); i < b->n; i += omp_get_num_threads())
        b->x[i] += dt * b->v[i];
#pragma omp barrier
//@ is orphan_single: unordered
#pragma omp single
    for (int i = 0; i < b->n; i++)
        b->x[i] += dt * b->v[i];
//@ end
}

static void push_wall(struct box *b)
{
//@ slot wall on wall
//@ is single: unordered
#pragma omp single
    b->wall *= 0.99;
//@ is master: racy
#pragma omp master
    b->wall *= 0.99;
//@ is master_barrier: unordered
#pragma omp barrier
#pragma omp master
    b->wall *= 0.99;
#pragma omp barrier
//@ is single_nowait: racy
#pragma omp single nowait
    b->wall *= 0.99;
//@ end
}

static int bounce(struct box *b)
{
    int out = 0;
#pragma omp for schedule(static, 7)
    for (int i = 0; i < b->n; i++)
        if (b->x[b->n - 1 - i] > b->wall) {
            b->v[b->n - 1 - i] *= -1.0;
            out++;
        }
    return out;
}

static void note(struct box *b, int out)
{
//@ slot note on outside
//@ is atomic: conflicting
#pragma omp atomic
    b->outside += out;
//@ is plain: racy
    b->outside += out;
//@ is barrier_only: racy
#pragma omp barrier
    b->outside += out;
#pragma omp barrier
//@ is critical: unprotected
#pragma omp critical(note)
    b->outside += out;
//@ end
}

int main(void)
{
    struct box b = { .n = 420, .wall = 6.0 };
    b.x = calloc((size_t)b.n, sizeof *b.x);
    b.v = calloc((size_t)b.n, sizeof *b.v);
    if (!b.x || !b.v)
        goto out;
    for (int i = 0; i < b.n; i++)
        b.v[i] = (i % 9) - 3;

#pragma omp parallel num_threads(4)
    for (int round = 0; round < 4; round++) {
        move_all(&b, 0.5);
        push_wall(&b);
        note(&b, bounce(&b));
#pragma omp barrier
#pragma omp single
        b.rounds++;
    }
    printf("%d outside in %d rounds, %.3f %.3f\n", b.outside, b.rounds, b.x[3], b.wall);
out:
    free(b.v);
    free(b.x);
    return 0;
}
