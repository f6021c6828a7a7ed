//@ family: pt_event_loop
//@ domain: event_loop
//@ problem: One loop thread handles posted events while client threads post them and ask for status.
//@ param NT: 2 | 3
//@ param EVENTS: 1500 | 2400
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

enum event_kind { EV_OPEN, EV_DATA, EV_CLOSE, EV_KINDS };

struct event {
    enum event_kind kind;
    int value;
};

#define QCAP 32

static struct loop {
    pthread_mutex_t mx;
    pthread_cond_t can_read;
    pthread_cond_t can_write;
    struct event q[QCAP];
    int rd, wr, fill;
    int stop;
    long handled;
    int open_now;
    int last_value;
} loop = {
    .mx = PTHREAD_MUTEX_INITIALIZER,
    .can_read = PTHREAD_COND_INITIALIZER,
    .can_write = PTHREAD_COND_INITIALIZER,
};

static long byte_count;
static int verbose;

static void on_open(int v)
{
    (void)v;
//@ slot opened on open_now
//@ is loop_thread_only: concurrent
    loop.open_now++;
//@ is client_adjusts: racy
    loop.open_now++;
//@ is client_adjusts_locked: unprotected
    pthread_mutex_lock(&loop.mx);
    loop.open_now++;
    pthread_mutex_unlock(&loop.mx);
//@ is handler_unlocked: racy
    loop.open_now++;
//@ end
}

static void on_data(int v) { byte_count += v; }

static void on_close(int v)
{
//@ slot last on last_value
//@ is held: unprotected
    pthread_mutex_lock(&loop.mx);
    loop.last_value = v;
    pthread_mutex_unlock(&loop.mx);
//@ is bare_store: racy
    loop.last_value = v;
//@ is volatile_store: racy
    *(volatile int *)&loop.last_value = v;
//@ is atomic_both: conflicting
    __atomic_store_n(&loop.last_value, v, __ATOMIC_RELAXED);
//@ end
}

static void (*const handlers[EV_KINDS])(int) = { on_open, on_data, on_close };

static void post(struct event ev)
{
    pthread_mutex_lock(&loop.mx);
    while (loop.fill == QCAP)
        pthread_cond_wait(&loop.can_write, &loop.mx);
    loop.q[loop.wr] = ev;
    loop.wr = (loop.wr + 1) % QCAP;
    loop.fill++;
    pthread_mutex_unlock(&loop.mx);
    pthread_cond_signal(&loop.can_read);
}

static int next_event(struct event *ev)
{
    int got = 0;

    pthread_mutex_lock(&loop.mx);
    while (loop.fill == 0 && !loop.stop)
        pthread_cond_wait(&loop.can_read, &loop.mx);
    if (loop.fill > 0) {
        *ev = loop.q[loop.rd];
        loop.rd = (loop.rd + 1) % QCAP;
        loop.fill--;
//@ slot done on handled
//@ is in_lock: unprotected
        loop.handled++;
//@ is main_peeks: racy
        loop.handled++;
//@ end
        got = 1;
    }
    pthread_mutex_unlock(&loop.mx);
    pthread_cond_signal(&loop.can_write);
//@ slot done
//@ is after_lock: racy
    loop.handled += got;
//@ is after_lock_no_peek: unordered
    loop.handled += got;
//@ end
    return got;
}

static void *loop_main(void *unused)
{
    struct event ev;

    (void)unused;
    while (next_event(&ev)) {
        handlers[ev.kind](ev.value);
        if (verbose)
            printf("event %d\n", ev.value);
        if (ev.value % 4 == 0)
            sched_yield();
    }
    return NULL;
}

static void *client_main(void *arg)
{
    int id = *(int *)arg;
    long seen = 0;

    for (int i = 0; i < @EVENTS@; i++) {
        post((struct event){ (enum event_kind)((i + id) % EV_KINDS), i });
//@ slot last
//@ is held
        pthread_mutex_lock(&loop.mx);
        seen += loop.last_value;
        pthread_mutex_unlock(&loop.mx);
//@ is bare_store
        pthread_mutex_lock(&loop.mx);
        seen += loop.last_value;
        pthread_mutex_unlock(&loop.mx);
//@ is volatile_store
        seen += *(volatile int *)&loop.last_value;
//@ is atomic_both
        seen += __atomic_load_n(&loop.last_value, __ATOMIC_RELAXED);
//@ end
//@ slot opened
//@ is client_adjusts
        if (i % 5 == 0)
            loop.open_now--;
//@ is client_adjusts_locked
        if (i % 5 == 0) {
            pthread_mutex_lock(&loop.mx);
            loop.open_now--;
            pthread_mutex_unlock(&loop.mx);
        }
//@ is handler_unlocked
        if (i % 5 == 0) {
            pthread_mutex_lock(&loop.mx);
            loop.open_now--;
            pthread_mutex_unlock(&loop.mx);
        }
//@ end
        if (i % 3 == 0)
            sched_yield();
    }
    return (void *)(seen > 0 ? &loop : NULL);
}

int main(void)
{
    pthread_t lt, ct[@NT@];
    int ids[@NT@];
    long peeked = 0;

    verbose = 0;
    pthread_create(&lt, NULL, loop_main, NULL);
    for (int i = 0; i < @NT@; i++) {
        ids[i] = i;
        pthread_create(&ct[i], NULL, client_main, &ids[i]);
    }
    for (int i = 0; i < 1000; i++) {
//@ slot done
//@ is in_lock
        pthread_mutex_lock(&loop.mx);
        peeked += loop.handled;
        pthread_mutex_unlock(&loop.mx);
//@ is main_peeks
        peeked += loop.handled;
//@ is after_lock
        pthread_mutex_lock(&loop.mx);
        peeked += loop.handled;
        pthread_mutex_unlock(&loop.mx);
//@ is after_lock_no_peek
        pthread_mutex_lock(&loop.mx);
        peeked += loop.fill;
        pthread_mutex_unlock(&loop.mx);
//@ end
        sched_yield();
    }
    for (int i = 0; i < @NT@; i++)
        pthread_join(ct[i], NULL);
    pthread_mutex_lock(&loop.mx);
    loop.stop = 1;
    pthread_mutex_unlock(&loop.mx);
    pthread_cond_signal(&loop.can_read);
    pthread_join(lt, NULL);
    printf("handled %ld bytes %ld peeked %d\n", loop.handled, byte_count, peeked >= 0);
    return 0;
}
