//@ family: pt_stage_barrier
//@ domain: pipeline
//@ problem: Threads pass rows through two filter stages with a barrier between the stages.
//@ param NT: 3 | 4
//@ param ROWS: 240 | 480
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>

#define NR_THREADS @NT@
#define NR_ROWS @ROWS@
#define PASSES 6

static int src[NR_ROWS], mid[NR_ROWS], dst[NR_ROWS];
static long row_total[NR_THREADS];
static long checksum;
static int pass_no;
static pthread_barrier_t stage_gate;
static pthread_mutex_t sum_mutex = PTHREAD_MUTEX_INITIALIZER;

struct part {
    int id, lo, hi;
};

static int clampi(int v, int lo, int hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

static void stage_one(const struct part *p)
{
    for (int r = p->lo; r < p->hi; r++)
        mid[r] = clampi(src[r] * 3 / 2, 0, 255);
}

static void stage_two(const struct part *p)
{
//@ slot halo on mid
//@ is neighbour_gated: unordered
    for (int r = p->lo; r < p->hi; r++)
        dst[r] = (mid[r] + mid[(r + 1) % NR_ROWS]) / 2;
//@ is own_row: same-location
    for (int r = p->lo; r < p->hi; r++)
        dst[r] = (mid[r] + mid[r]) / 2 + 1;
//@ is neighbour_early: racy
    for (int r = p->lo; r < p->hi; r++)
        dst[r] = (mid[r] + mid[(r + 1) % NR_ROWS]) / 2;
//@ is neighbour_one_gate: racy
    for (int r = p->lo; r < p->hi; r++)
        dst[r] = (mid[r] + mid[(r + 1) % NR_ROWS]) / 2;
//@ end
}

static void *run_stages(void *arg)
{
    const struct part *p = arg;
    long local = 0;

    for (int pass = 0; pass < PASSES; pass++) {
        stage_one(p);
//@ slot halo
//@ is neighbour_gated
        pthread_barrier_wait(&stage_gate);
        stage_two(p);
        pthread_barrier_wait(&stage_gate);
//@ is own_row
        stage_two(p);
        pthread_barrier_wait(&stage_gate);
//@ is neighbour_early
        stage_two(p);
        pthread_barrier_wait(&stage_gate);
//@ is neighbour_one_gate
        pthread_barrier_wait(&stage_gate);
        stage_two(p);
//@ end
        for (int r = p->lo; r < p->hi; r++) {
            local += dst[r];
            src[r] = dst[r];
        }
//@ slot passes on pass_no
//@ is every_thread_atomic: conflicting
        __atomic_store_n(&pass_no, pass + 1, __ATOMIC_RELAXED);
//@ is every_thread: racy
        pass_no = pass + 1;
//@ is in_turn: unordered
        if (p->id == pass % NR_THREADS)
            pass_no = pass + 1;
//@ is first_thread: concurrent
        if (p->id == 0)
            pass_no = pass + 1;
//@ is first_writes_all_read: racy
        if (p->id == 0)
            pass_no = pass + 1;
        local += pass_no;
//@ end
    }
//@ slot sum on checksum
//@ is slot_per_thread: concurrent
    row_total[p->id] = local;
//@ is mutex: unprotected
    pthread_mutex_lock(&sum_mutex);
    checksum += local;
    pthread_mutex_unlock(&sum_mutex);
//@ is bare: racy
    for (int i = 0; i < 64; i++)
        checksum += local >> 6;
//@ is local_mutex: racy
    pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&own);
    checksum += local;
    pthread_mutex_unlock(&own);
//@ end
    return NULL;
}

int main(void)
{
    pthread_t tid[NR_THREADS];
    struct part parts[NR_THREADS];
    const int step = NR_ROWS / NR_THREADS;

    for (int r = 0; r < NR_ROWS; r++)
        src[r] = (r * 37) % 251;
    pthread_barrier_init(&stage_gate, NULL, NR_THREADS);
    for (int t = 0; t < NR_THREADS; t++) {
        parts[t].id = t;
        parts[t].lo = t * step;
        parts[t].hi = t == NR_THREADS - 1 ? NR_ROWS : (t + 1) * step;
        pthread_create(&tid[t], NULL, run_stages, &parts[t]);
    }
    for (int t = 0; t < NR_THREADS; t++)
        pthread_join(tid[t], NULL);
//@ slot sum
//@ is slot_per_thread
    for (int t = 0; t < NR_THREADS; t++)
        checksum += row_total[t];
//@ end
    pthread_barrier_destroy(&stage_gate);
    printf("checksum %ld passes %d\n", checksum, pass_no);
    return 0;
}
