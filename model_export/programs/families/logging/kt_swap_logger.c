//@ family: kt_swap_logger
//@ domain: logging
//@ problem: Loggers append to the front buffer while a flusher swaps the buffers and writes the back one out.
//@ param NT: 3 | 4
//@ param LINES: 200 | 300
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUF_LINES 64
#define LINE_BYTES 24

struct log_buf {
    char line[BUF_LINES][LINE_BYTES];
    int used;
};

struct log {
    struct log_buf pair[2];
    struct log_buf *front;
    pthread_mutex_t front_mu;
    pthread_mutex_t out_mu;
    pthread_cond_t room;
    unsigned long out_sum;
    long pending;
    long dropped;
    int level;
    atomic_int closing;
};

/* The life of every thread of the logger is told by this table. */
struct thread_plan {
    void *(*body)(void *);
    const char *role;
    int copies;
};

struct seat {
    struct log *lg;
    int id;
};

static unsigned long line_sum(const char *s)
{
    unsigned long h = 0;

    while (*s)
        h = h * 31 + (unsigned char)*s++;
    return h % 9973;
}

static void format_line(char *to, int who, int n)
{
    snprintf(to, LINE_BYTES, "t%d ev%d", who, n);
}

static int log_put(struct log *lg, int who, int n)
{
    struct log_buf *b;

    pthread_mutex_lock(&lg->front_mu);
    while (lg->front->used == BUF_LINES)
        pthread_cond_wait(&lg->room, &lg->front_mu);
//@ slot line on line
//@ is held_to_end: unprotected
    b = lg->front;
    format_line(b->line[b->used], who, n);
    b->used++;
    pthread_mutex_unlock(&lg->front_mu);
//@ is claim_then_write: racy
    b = lg->front;
    int at = b->used++;
    pthread_mutex_unlock(&lg->front_mu);
    if (at % 4 == 0)
        sched_yield();
    format_line(b->line[at], who, n);
//@ is formatted_before: unprotected
    char text[LINE_BYTES];
    format_line(text, who, n);
    b = lg->front;
    memcpy(b->line[b->used], text, sizeof text);
    b->used++;
    pthread_mutex_unlock(&lg->front_mu);
//@ is buffer_remembered: racy
    b = &lg->pair[lg->front == &lg->pair[1]];
    pthread_mutex_unlock(&lg->front_mu);
    sched_yield();
    pthread_mutex_lock(&lg->front_mu);
    if (b->used < BUF_LINES)
        format_line(b->line[b->used++], who, n);
    pthread_mutex_unlock(&lg->front_mu);
//@ end
    if (n % 4 == 0)
        sched_yield();
//@ slot pending on pending
//@ is front_mutex: unprotected
    pthread_mutex_lock(&lg->front_mu);
    lg->pending++;
    pthread_mutex_unlock(&lg->front_mu);
//@ is up_front_down_out: racy
    pthread_mutex_lock(&lg->front_mu);
    lg->pending++;
    pthread_mutex_unlock(&lg->front_mu);
//@ is out_mutex: unprotected
    pthread_mutex_lock(&lg->out_mu);
    lg->pending++;
    pthread_mutex_unlock(&lg->out_mu);
//@ is bare_up: racy
    lg->pending++;
//@ end
    return 0;
}

static void *flusher(void *arg)
{
    struct log *lg = ((struct seat *)arg)->lg;
    int last, n;

    do {
        last = atomic_load_explicit(&lg->closing, memory_order_acquire);
        pthread_mutex_lock(&lg->front_mu);
        struct log_buf *back = lg->front;
        lg->front = back == &lg->pair[0] ? &lg->pair[1] : &lg->pair[0];
        pthread_cond_broadcast(&lg->room);
        pthread_mutex_unlock(&lg->front_mu);
        n = back->used;
        for (int i = 0; i < n; i++)
            lg->out_sum += line_sum(back->line[i]);
//@ slot level on level
//@ is level_of_start: conflicting
        if (lg->level > 2)
            lg->out_sum++;
//@ is flusher_sets: racy
        lg->level = n > BUF_LINES / 2 ? 1 : 0;
//@ is flusher_sets_held: unprotected
        pthread_mutex_lock(&lg->front_mu);
        lg->level = n > BUF_LINES / 2 ? 1 : 0;
        pthread_mutex_unlock(&lg->front_mu);
//@ is flusher_sets_out: racy
        pthread_mutex_lock(&lg->out_mu);
        lg->level = n > BUF_LINES / 2 ? 1 : 0;
        pthread_mutex_unlock(&lg->out_mu);
//@ end
//@ slot pending
//@ is front_mutex
        pthread_mutex_lock(&lg->front_mu);
        lg->pending -= n;
        pthread_mutex_unlock(&lg->front_mu);
//@ is up_front_down_out
        pthread_mutex_lock(&lg->out_mu);
        lg->pending -= n;
        pthread_mutex_unlock(&lg->out_mu);
//@ is out_mutex
        pthread_mutex_lock(&lg->out_mu);
        lg->pending -= n;
        pthread_mutex_unlock(&lg->out_mu);
//@ is bare_up
        pthread_mutex_lock(&lg->front_mu);
        lg->pending -= n;
        pthread_mutex_unlock(&lg->front_mu);
//@ end
        back->used = 0;
        sched_yield();
    } while (!last);
    return NULL;
}

static void *logger(void *arg)
{
    struct seat *s = arg;

    for (int i = 0; i < @LINES@; i++) {
        log_put(s->lg, s->id, i);
//@ slot level
//@ is level_of_start
        if (s->lg->level > 5)
            sched_yield();
//@ is flusher_sets
        pthread_mutex_lock(&s->lg->front_mu);
        int level = s->lg->level;
        pthread_mutex_unlock(&s->lg->front_mu);
        if (level > 5)
            sched_yield();
//@ is flusher_sets_held
        pthread_mutex_lock(&s->lg->front_mu);
        int level = s->lg->level;
        pthread_mutex_unlock(&s->lg->front_mu);
        if (level > 5)
            sched_yield();
//@ is flusher_sets_out
        if (s->lg->level > 5)
            sched_yield();
//@ end
        if (i % 4 == 0)
            sched_yield();
    }
    return NULL;
}

static const struct thread_plan plan[] = {
    { flusher, "flush", 1 },
    { logger, "log", @NT@ },
};

static unsigned long serial_sum(void)
{
    unsigned long sum = 0;
    char text[LINE_BYTES];

    for (int w = 0; w < @NT@; w++)
        for (int i = 0; i < @LINES@; i++) {
            format_line(text, w, i);
            sum += line_sum(text);
        }
    return sum;
}

int main(void)
{
    struct log *lg = calloc(1, sizeof *lg);
    struct seat seat[1 + @NT@];
    pthread_t tid[1 + @NT@];
    int n = 0;

    pthread_mutex_init(&lg->front_mu, NULL);
    pthread_mutex_init(&lg->out_mu, NULL);
    pthread_cond_init(&lg->room, NULL);
    lg->front = &lg->pair[0];
    for (unsigned p = 0; p < sizeof plan / sizeof plan[0]; p++)
        for (int c = 0; c < plan[p].copies; c++, n++) {
            seat[n] = (struct seat){ lg, c };
            pthread_create(&tid[n], NULL, plan[p].body, &seat[n]);
        }
    for (int i = 1; i < n; i++)
        pthread_join(tid[i], NULL);
    atomic_store_explicit(&lg->closing, 1, memory_order_release);
    pthread_join(tid[0], NULL);
    printf("sum %lu serial %lu pending %d level %d\n", lg->out_sum, serial_sum(),
           lg->pending >= 0, lg->level);
    free(lg);
    return 0;
}
