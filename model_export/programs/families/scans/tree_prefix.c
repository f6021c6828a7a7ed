//@ family: tree_prefix
//@ domain: scans
//@ problem: Exclusive prefix sum by an up-sweep and a down-sweep over a balanced tree.
//@ param LOG: 10 | 11
//@ param NT: 3 | 4
//@ param TYPE: long | int
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define LOG @LOG@
#define N (1 << LOG)
#define NT @NT@

typedef @TYPE@ item_t;

static item_t data[N], expect[N], tmp[N];
static item_t total;
static long moves;
static pthread_barrier_t gate, turnstile;
static pthread_mutex_t m_moves = PTHREAD_MUTEX_INITIALIZER;
//@ slot count
//@ is other_mutex
static pthread_mutex_t m_even = PTHREAD_MUTEX_INITIALIZER;
//@ end

struct part {
    int id;
    long steps;
};

static void seed(void)
{
    for (int i = 0; i < N; i++)
        data[i] = expect[i] = (item_t)((i * 37 + 11) % 23);
}

static void scan_serial(item_t *v)
{
    item_t run = 0;
    for (int i = 0; i < N; i++) {
        item_t here = v[i];
        v[i] = run;
        run += here;
    }
}

static void tally(struct part *p, int nodes)
{
//@ slot count on moves
//@ is per_part: same-location
    p->steps += nodes;
//@ is common: unprotected
    pthread_mutex_lock(&m_moves);
    moves += nodes;
    pthread_mutex_unlock(&m_moves);
//@ is other_mutex: racy
    pthread_mutex_t *m = p->id % 2 ? &m_moves : &m_even;
    pthread_mutex_lock(m);
    moves += nodes;
    pthread_mutex_unlock(m);
//@ is outside: racy
    long sum = moves + nodes;
    pthread_mutex_lock(&m_moves);
    moves = sum;
    pthread_mutex_unlock(&m_moves);
//@ end
    p->steps++;
}

static void *worker(void *arg)
{
    struct part *p = arg;
//@ slot up on data
//@ is meet_each: unordered
    for (int d = 1; d < N; d *= 2) {
        int nodes = 0;
        for (int k = p->id; k < N / (2 * d); k += NT, nodes++)
            data[2 * d * (k + 1) - 1] += data[2 * d * k + d - 1];
        tally(p, nodes);
        pthread_barrier_wait(&gate);
    }
//@ is meet_even: racy
    int nodes = 0;
    for (int d = 1; d < N; d *= 2) {
        for (int k = p->id; k < N / (2 * d); k += NT, nodes++)
            data[2 * d * (k + 1) - 1] += data[2 * d * k + d - 1];
        if (d & 0x555)
            pthread_barrier_wait(&gate);
    }
    tally(p, nodes);
    pthread_barrier_wait(&gate);
//@ is meet_after: racy
    int nodes = 0;
    for (int d = 1; d < N; d *= 2) {
        for (int k = p->id; k < N / (2 * d); k += NT, nodes++)
            data[2 * d * (k + 1) - 1] += data[2 * d * k + d - 1];
    }
    tally(p, nodes);
    pthread_barrier_wait(&gate);
//@ is first_alone: concurrent
    if (p->id == 0)
        for (int d = 1; d < N; d *= 2) {
            for (int k = 0; k < N / (2 * d); k++)
                data[2 * d * (k + 1) - 1] += data[2 * d * k + d - 1];
        }
    for (int d = 1; d < N; d *= 2)
        tally(p, d);
    pthread_barrier_wait(&gate);
//@ end
//@ slot root on total
//@ is zero_thread: concurrent
    if (p->id == 0) {
        total = data[N - 1];
        data[N - 1] = 0;
    }
    pthread_barrier_wait(&turnstile);
//@ is elected: concurrent
    if (pthread_barrier_wait(&gate) == PTHREAD_BARRIER_SERIAL_THREAD) {
        total = data[N - 1];
        data[N - 1] = 0;
    }
    pthread_barrier_wait(&turnstile);
//@ is copied_by_all: racy
    total = data[N - 1];
    pthread_barrier_wait(&turnstile);
    if (p->id == 0)
        data[N - 1] = 0;
    pthread_barrier_wait(&gate);
//@ is early_use: racy
    if (p->id == 0)
        total = data[N - 1];
    p->steps += total > 0;
    pthread_barrier_wait(&turnstile);
    if (p->id == 0)
        data[N - 1] = 0;
    pthread_barrier_wait(&gate);
//@ end
    for (int d = N / 2; d >= 1; d /= 2) {
        for (int k = p->id; k < N / (2 * d); k += NT) {
            item_t left = data[2 * d * k + d - 1];
            data[2 * d * k + d - 1] = data[2 * d * (k + 1) - 1];
            data[2 * d * (k + 1) - 1] += left;
        }
        pthread_barrier_wait(&gate);
    }
//@ slot fold on tmp
//@ is strided: same-location
    for (int i = p->id; i < N; i += NT)
        tmp[i] = data[i] * 2;
//@ is chunks: same-location
    for (int i = N * p->id / NT; i < N * (p->id + 1) / NT; i++)
        tmp[i] = data[i] * 2;
//@ is overlap: racy
    int len = N / NT + 1;
    for (int i = p->id * (N / NT); i < N && i < p->id * (N / NT) + len; i++)
        tmp[i] = data[i] * 2;
//@ is neighbour: racy
    for (int i = N * p->id / NT; i < N * (p->id + 1) / NT; i++)
        tmp[i] = data[i] * 2 + (i ? tmp[i - 1] % 2 : 0);
//@ end
    return NULL;
}

int main(void)
{
    pthread_t t[NT];
    struct part parts[NT];
    double a = 0, b = 0;
    seed();
    scan_serial(expect);
    pthread_barrier_init(&gate, NULL, NT);
    pthread_barrier_init(&turnstile, NULL, NT);
    for (int i = 0; i < NT; i++) {
        parts[i] = (struct part){.id = i};
        if (pthread_create(&t[i], NULL, worker, &parts[i]))
            return 1;
    }
    for (int i = 0; i < NT; i++) {
        pthread_join(t[i], NULL);
        moves += parts[i].steps;
    }
    for (int i = 0; i < N; i++) {
        a += (double)expect[i] * (i % 7);
        b += (double)data[i] * (i % 7) + 0.0 * tmp[i];
    }
    printf("serial %.0f tree %.0f total %ld moves %ld\n", a, b, (long)total, moves);
    pthread_barrier_destroy(&gate);
    return 0;
}
