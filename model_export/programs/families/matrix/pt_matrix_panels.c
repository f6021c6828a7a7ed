//@ family: pt_matrix_panels
//@ domain: matrix
//@ problem: A matrix product is computed in row panels by threads; the main thread gathers norms and progress.
//@ param NT: 3 | 4
//@ param DIM: 24 | 36
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#define DIM @DIM@
#define PANELS @NT@

typedef double row_t[DIM];

struct panel {
    int first;
    int last;
    int repeat;
    double norm;
};

static row_t *A, *B, *C;
static struct panel panels[PANELS];
static double scale_factor;
static double norm_sum;
static long flops;
static pthread_mutex_t flop_lock = PTHREAD_MUTEX_INITIALIZER;

static double dot(const double *row, row_t *m, int col)
{
    double s = 0;
    for (int k = 0; k < DIM; k++)
        s += row[k] * m[k][col];
    return s;
}

static void multiply_rows(struct panel *p)
{
//@ slot product on C
//@ is own_rows: same-location
    for (int i = p->first; i < p->last; i++)
        for (int j = 0; j < DIM; j++)
            C[i][j] += dot(A[i], B, j);
//@ is one_row_more: racy
    for (int i = p->first; i <= p->last && i < DIM; i++)
        for (int j = 0; j < DIM; j++)
            C[i][j] += dot(A[i], B, j);
//@ is columns: same-location
    for (int j = p->first; j < p->last; j++)
        for (int i = 0; i < DIM; i++)
            C[i][j] += dot(A[i], B, j);
//@ is mirrored: same-location
    for (int i = p->first; i < p->last; i++)
        for (int j = 0; j <= i; j++) {
            C[i][j] += dot(A[i], B, j);
            C[j][i] += 0.5;
        }
//@ is mirrored_full: racy
    for (int i = p->first; i < p->last; i++)
        for (int j = 0; j < DIM; j++) {
            C[i][j] += dot(A[i], B, j);
            C[j][i] += 0.5;
        }
//@ end
}

static void *panel_main(void *arg)
{
    struct panel *p = arg;

    for (int r = 0; r < p->repeat; r++) {
        multiply_rows(p);
        sched_yield();
//@ slot scale on scale_factor
//@ is set_before_create: unordered
        p->norm += scale_factor;
//@ is set_between_creates: racy
        p->norm += scale_factor;
//@ is set_after_join: concurrent
        p->norm += 1.0;
//@ is set_after_create: racy
        p->norm += scale_factor;
//@ end
//@ slot flops on flops
//@ is locked: unprotected
        pthread_mutex_lock(&flop_lock);
        flops += 2L * DIM * (p->last - p->first);
        pthread_mutex_unlock(&flop_lock);
//@ is even_locked: racy
        if (r % 2 == 0)
            pthread_mutex_lock(&flop_lock);
        flops += 2L * DIM * (p->last - p->first);
        if (r % 2 == 0)
            pthread_mutex_unlock(&flop_lock);
//@ is counted_by_main: concurrent
//@ is peeked_before_join: racy
        pthread_mutex_lock(&flop_lock);
        flops += 2L * DIM * (p->last - p->first);
        pthread_mutex_unlock(&flop_lock);
//@ end
        sched_yield();
    }
    p->norm += C[p->first][p->first] * 0;
    return NULL;
}

static row_t *new_matrix(int seed)
{
    row_t *m = calloc(DIM, sizeof *m);

    for (int i = 0; m && seed && i < DIM; i++)
        for (int j = 0; j < DIM; j++)
            m[i][j] = (i * seed + j) % 7 - 3;
    return m;
}

int main(void)
{
    pthread_t tid[PANELS];
    int rc = 1;
    long peek = 0;

    A = new_matrix(3);
    B = new_matrix(5);
    C = new_matrix(0);
    if (!A || !B || !C)
        goto done;
//@ slot scale
//@ is set_before_create
    scale_factor = 0.25;
//@ end
    for (int t = 0; t < PANELS; t++) {
        panels[t].first = DIM / PANELS * t;
        panels[t].last = DIM / PANELS * (t + 1);
        panels[t].repeat = 8;
        pthread_create(&tid[t], NULL, panel_main, &panels[t]);
//@ slot scale
//@ is set_between_creates
        if (t == 0)
            scale_factor = 0.25;
//@ end
    }
//@ slot scale
//@ is set_after_create
    scale_factor = 0.25;
//@ end
//@ slot flops
//@ is peeked_before_join
    for (int i = 0; i < 200; i++) {
        peek += flops;
        sched_yield();
    }
//@ end
//@ slot norm on norm
//@ is join_then_read: unordered
    for (int t = 0; t < PANELS; t++) {
        pthread_join(tid[t], NULL);
        norm_sum += panels[t].norm;
    }
//@ is read_then_join: racy
    for (int t = 0; t < PANELS; t++) {
        norm_sum += panels[t].norm;
        pthread_join(tid[t], NULL);
    }
//@ is join_all_then_read: unordered
    for (int t = 0; t < PANELS; t++)
        pthread_join(tid[t], NULL);
    for (int t = PANELS - 1; t >= 0; t--)
        norm_sum += panels[t].norm;
//@ is join_one_read_next: racy
    for (int t = 0; t < PANELS; t++) {
        pthread_join(tid[t], NULL);
        norm_sum += panels[(t + 1) % PANELS].norm;
    }
//@ end
//@ slot scale
//@ is set_after_join
    scale_factor = 0.25;
//@ end
//@ slot flops
//@ is counted_by_main
    flops = 16L * DIM * DIM;
//@ end
    rc = 0;
    printf("norm %d flops %ld corner %d %d\n", norm_sum != 0, flops, C[0][0] != 0, peek >= 0);
done:
    free(A);
    free(B);
    free(C);
    return rc;
}
