//@ family: kt_seqlock_quotes
//@ domain: feeds
//@ problem: A feed handler publishes quotes under a sequence number and viewers copy one until the copy is whole.
//@ param VIEWERS: 2 | 3
//@ param TICKS: 1200 | 2000
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

#define SYMBOLS 4

struct quote {
    atomic_uint seq;
//@ slot fields on bid, ask
//@ is relaxed_cells: conflicting
    _Atomic long bid;
    _Atomic long ask;
//@ is plain_cells: racy
    long bid;
    long ask;
//@ is seat_both: unprotected
    long bid;
    long ask;
    pthread_mutex_t seat;
//@ is seat_writer: racy
    long bid;
    long ask;
    pthread_mutex_t seat;
//@ end
};

struct viewer {
    pthread_t tid;
    pthread_mutex_t own;
    long spread_sum;
    long tries;
    int first;
};

static struct quote board[SYMBOLS];
static struct viewer viewers[@VIEWERS@];
static pthread_mutex_t figures = PTHREAD_MUTEX_INITIALIZER;
static long retries;
static long widest;

static void quote_put(struct quote *q, long bid, long ask)
{
    unsigned s = atomic_load_explicit(&q->seq, memory_order_relaxed);

//@ slot fields
//@ is relaxed_cells
    atomic_store_explicit(&q->seq, s + 1, memory_order_relaxed);
    atomic_store_explicit(&q->bid, bid, memory_order_release);
    atomic_store_explicit(&q->ask, ask, memory_order_release);
//@ is plain_cells
    atomic_store(&q->seq, s + 1);
    q->bid = bid;
    q->ask = ask;
//@ is seat_both
    pthread_mutex_lock(&q->seat);
    atomic_store_explicit(&q->seq, s + 1, memory_order_relaxed);
    q->bid = bid;
    q->ask = ask;
    pthread_mutex_unlock(&q->seat);
//@ is seat_writer
    pthread_mutex_lock(&q->seat);
    atomic_store(&q->seq, s + 1);
    q->bid = bid;
    q->ask = ask;
    pthread_mutex_unlock(&q->seat);
//@ end
    atomic_store_explicit(&q->seq, s + 2, memory_order_release);
}

static int quote_get(struct quote *q, long *bid, long *ask)
{
    unsigned s = atomic_load_explicit(&q->seq, memory_order_acquire);

    if (s & 1)
        return 0;
//@ slot fields
//@ is relaxed_cells
    *bid = atomic_load_explicit(&q->bid, memory_order_acquire);
    *ask = atomic_load_explicit(&q->ask, memory_order_acquire);
//@ is plain_cells
    *bid = q->bid;
    *ask = q->ask;
//@ is seat_both
    pthread_mutex_lock(&q->seat);
    *bid = q->bid;
    *ask = q->ask;
    pthread_mutex_unlock(&q->seat);
//@ is seat_writer
    *bid = q->bid;
    *ask = q->ask;
//@ end
    return atomic_load_explicit(&q->seq, memory_order_acquire) == s;
}

static void *view(void *arg)
{
    struct viewer *v = arg;
    long bid = 0, ask = 0;

    for (int i = 0; i < @TICKS@; i++) {
        struct quote *q = &board[(v->first + i) % SYMBOLS];
        if (!quote_get(q, &bid, &ask)) {
//@ slot retries on retries
//@ is one_global: racy
            retries++;
//@ is own_then_sum: same-location
            v->tries++;
//@ is own_mutex: racy
            pthread_mutex_lock(&v->own);
            retries++;
            pthread_mutex_unlock(&v->own);
//@ is figures_mutex: unprotected
            pthread_mutex_lock(&figures);
            retries++;
            pthread_mutex_unlock(&figures);
//@ end
            sched_yield();
        }
//@ slot retries
//@ is one_global
        if (i % 2 == 0)
            retries++;
//@ is own_then_sum
        if (i % 4 == 0)
            v->tries++;
//@ is own_mutex
        if (i % 4 == 0) {
            pthread_mutex_lock(&v->own);
            retries++;
            pthread_mutex_unlock(&v->own);
        }
//@ is figures_mutex
        if (i % 4 == 0) {
            pthread_mutex_lock(&figures);
            retries++;
            pthread_mutex_unlock(&figures);
        }
//@ end
        v->spread_sum += ask - bid == 7;
        if (i % 16)
            continue;
//@ slot widest on widest
//@ is peek_then_lock: racy
        if (ask - bid + i > widest) {
            pthread_mutex_lock(&figures);
            if (ask - bid + i > widest)
                widest = ask - bid + i;
            pthread_mutex_unlock(&figures);
        }
//@ is lock_then_peek: unprotected
        pthread_mutex_lock(&figures);
        if (ask - bid + i > widest)
            widest = ask - bid + i;
        pthread_mutex_unlock(&figures);
//@ is first_viewer: concurrent
        if (v->first == 0 && ask - bid + i > widest)
            widest = ask - bid + i;
//@ end
    }
    return NULL;
}

static void *feed(void *arg)
{
    long base = *(long *)arg;

    for (int i = 0; i < @TICKS@; i++) {
        long bid = base + i % 50;
        quote_put(&board[i % SYMBOLS], bid, bid + 7);
        if (i % 16 == 0)
            sched_yield();
    }
    return NULL;
}

static long serial_spread(void)
{
    long hits = 0;

    for (int v = 0; v < @VIEWERS@; v++)
        for (int i = 0; i < @TICKS@; i++)
            hits++;
    return hits;
}

int main(void)
{
    pthread_t source;
    long base = 1000, hits = 0, tries = 0;

    for (int s = 0; s < SYMBOLS; s++) {
//@ slot fields
//@ is seat_both
        pthread_mutex_init(&board[s].seat, NULL);
//@ is seat_writer
        pthread_mutex_init(&board[s].seat, NULL);
//@ end
        quote_put(&board[s], base, base + 7);
    }
    for (int v = 0; v < @VIEWERS@; v++) {
        viewers[v].first = v;
        pthread_mutex_init(&viewers[v].own, NULL);
        pthread_create(&viewers[v].tid, NULL, view, &viewers[v]);
    }
    pthread_create(&source, NULL, feed, &base);
    pthread_join(source, NULL);
    for (int v = 0; v < @VIEWERS@; v++) {
        pthread_join(viewers[v].tid, NULL);
        hits += viewers[v].spread_sum;
        tries += viewers[v].tries;
    }
    printf("whole %ld serial %ld retries %d widest %d\n", hits, serial_spread(), tries + retries > 0,
           widest > 0);
    return 0;
}
