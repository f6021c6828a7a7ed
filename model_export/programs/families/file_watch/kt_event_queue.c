//@ family: kt_event_queue
//@ domain: file_watch
//@ problem: Watch threads report file events to a queue; handlers registered in a table consume them and a syncer waits for quiet.
//@ param WATCHES: 2 | 3
//@ param EVENTS: 160 | 240
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define QUEUE 512
#define KINDS 3

struct event {
    int kind;
    int file;
    int size;
};

struct watch_queue {
    pthread_mutex_t mu;
    pthread_cond_t some;
    pthread_cond_t quiet;
    struct event ring[QUEUE];
    unsigned head, tail;
    bool stop;
    int running;
};

typedef void (*handler_t)(const struct event *ev, void *state);

struct handler_slot {
    handler_t call;
    void *state;
};

struct tree {
    pthread_mutex_t mu;
    long bytes;
    long removed;
    int newest;
};

static struct watch_queue q;
static struct tree tree;
static bool all_quiet;

static void on_write(const struct event *ev, void *state)
{
    struct tree *t = state;

//@ slot bytes on bytes
//@ is tree_mutex: unprotected
    pthread_mutex_lock(&t->mu);
    t->bytes += ev->size;
    pthread_mutex_unlock(&t->mu);
//@ is plain: racy
    t->bytes += ev->size;
//@ is builtin: conflicting
    __atomic_fetch_add(&t->bytes, ev->size, __ATOMIC_RELAXED);
//@ is event_mutex: racy
    pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mu);
    t->bytes += ev->size;
    pthread_mutex_unlock(&mu);
//@ end
}

static void on_remove(const struct event *ev, void *state)
{
    struct tree *t = state;

    (void)ev;
    pthread_mutex_lock(&t->mu);
    t->removed++;
    pthread_mutex_unlock(&t->mu);
}

static void on_touch(const struct event *ev, void *state)
{
    struct tree *t = state;

//@ slot newest on newest
//@ is compare_held: unprotected
    pthread_mutex_lock(&t->mu);
    if (ev->file != t->newest)
        t->newest = ev->file;
    pthread_mutex_unlock(&t->mu);
//@ is compare_bare: racy
    if (ev->file != t->newest) {
        pthread_mutex_lock(&t->mu);
        t->newest = ev->file;
        pthread_mutex_unlock(&t->mu);
    }
//@ is queue_mutex: unprotected
    pthread_mutex_lock(&q.mu);
    if (ev->file != t->newest)
        t->newest = ev->file;
    pthread_mutex_unlock(&q.mu);
//@ is lock_on_growth: racy
    int was = t->newest;
    pthread_mutex_lock(&t->mu);
    t->newest = ev->file > was ? ev->file : was;
    pthread_mutex_unlock(&t->mu);
//@ end
}

static struct handler_slot handlers[KINDS] = {
    { on_write, &tree },
    { on_remove, &tree },
    { on_touch, &tree },
};

static struct event make_event(int watch, int i)
{
    return (struct event){ (i + watch) % KINDS, watch * 100 + i % 50, i % 64 + 1 };
}

static void report(struct event ev)
{
    pthread_mutex_lock(&q.mu);
    if (q.head - q.tail < QUEUE)
        q.ring[q.head++ % QUEUE] = ev;
    pthread_cond_signal(&q.some);
    pthread_mutex_unlock(&q.mu);
}

static void *watch(void *arg)
{
    int id = (int)(long)arg;

    for (int i = 0; i < @EVENTS@; i++) {
        report(make_event(id, i));
        if (i % 8 == 0)
            sched_yield();
    }
    return NULL;
}

static void *dispatch(void *arg)
{
    long *handled = arg;

    for (;;) {
        struct event ev;
        pthread_mutex_lock(&q.mu);
        while (q.head == q.tail && !q.stop)
            pthread_cond_wait(&q.some, &q.mu);
        if (q.head == q.tail) {
            q.running--;
            pthread_cond_broadcast(&q.quiet);
            pthread_mutex_unlock(&q.mu);
            return NULL;
        }
        ev = q.ring[q.tail++ % QUEUE];
        pthread_mutex_unlock(&q.mu);
        sched_yield();
        handlers[ev.kind].call(&ev, handlers[ev.kind].state);
        ++*handled;
    }
}

static void *syncer(void *arg)
{
    long *seen = arg;

//@ slot wait on all_quiet
//@ is predicate_loop: unordered
    pthread_mutex_lock(&q.mu);
    while (q.running)
        pthread_cond_wait(&q.quiet, &q.mu);
    pthread_mutex_unlock(&q.mu);
    *seen = all_quiet;
//@ is polls_flag: racy
    while (!*(volatile bool *)&all_quiet)
        sched_yield();
    *seen = 1;
//@ is no_predicate: racy
    pthread_mutex_lock(&q.mu);
    if (q.running == 2)
        pthread_cond_wait(&q.quiet, &q.mu);
    pthread_mutex_unlock(&q.mu);
    sched_yield();
    *seen = all_quiet;
//@ is own_flag: same-location
    pthread_mutex_lock(&q.mu);
    while (q.running)
        pthread_cond_wait(&q.quiet, &q.mu);
    pthread_mutex_unlock(&q.mu);
    *seen = 1;
//@ end
    return NULL;
}

static long serial_bytes(void)
{
    long bytes = 0;

    for (int w = 0; w < @WATCHES@; w++)
        for (int i = 0; i < @EVENTS@; i++)
            if (make_event(w, i).kind == 0)
                bytes += make_event(w, i).size;
    return bytes;
}

int main(void)
{
    pthread_t w[@WATCHES@], d[2], s;
    long handled[2] = { 0 }, seen = 0;

    pthread_mutex_init(&q.mu, NULL);
    pthread_mutex_init(&tree.mu, NULL);
    pthread_cond_init(&q.some, NULL);
    pthread_cond_init(&q.quiet, NULL);
    q.running = 2;
//@ slot wait
//@ is predicate_loop
    all_quiet = true;
//@ end
    for (int i = 0; i < 2; i++)
        pthread_create(&d[i], NULL, dispatch, &handled[i]);
    pthread_create(&s, NULL, syncer, &seen);
    for (long i = 0; i < @WATCHES@; i++)
        pthread_create(&w[i], NULL, watch, (void *)i);
    for (int i = 0; i < @WATCHES@; i++)
        pthread_join(w[i], NULL);
    pthread_mutex_lock(&q.mu);
    q.stop = true;
    pthread_cond_broadcast(&q.some);
    pthread_mutex_unlock(&q.mu);
    for (int i = 0; i < 2; i++)
        pthread_join(d[i], NULL);
//@ slot wait
//@ is polls_flag
    all_quiet = true;
//@ is no_predicate
    all_quiet = true;
//@ is own_flag
    all_quiet = true;
//@ end
    pthread_join(s, NULL);
    printf("bytes %ld serial %ld handled %ld quiet %d\n", tree.bytes, serial_bytes(),
           handled[0] + handled[1], seen >= 0);
    return 0;
}
