//@ family: error_diffusion
//@ domain: image
//@ problem: Dither a grey image; a row may follow the row above at a distance.
//@ param W: 96 | 128
//@ param H: 32 | 40
//@ param NT: 3 | 4
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define W @W@
#define H @H@
#define NT @NT@
#define AHEAD 2

static int grey[H + 1][W + 2];
static unsigned char out[H][W], want[H][W];
static int black_dots;
static int last_row;

//@ slot follow
//@ is release_acquire
static atomic_int reached[H];
//@ is relaxed_both
static atomic_int reached[H];
//@ is condvar
static int reached[H];
static pthread_mutex_t step_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t step_cond = PTHREAD_COND_INITIALIZER;
//@ is volatile_int
static volatile int reached[H];
//@ is whole_row
static atomic_int reached[H];
//@ end
static pthread_mutex_t dots_lock = PTHREAD_MUTEX_INITIALIZER;

static void load(void)
{
    for (int y = 0; y <= H; y++)
        for (int x = 0; x < W + 2; x++)
            grey[y][x] = y < H ? ((x * 5 + y * 9) % 256) : 0;
}

static void publish(int y, int x)
{
//@ slot follow
//@ is release_acquire
    atomic_store_explicit(&reached[y], x, memory_order_release);
//@ is relaxed_both
    atomic_store_explicit(&reached[y], x, memory_order_relaxed);
//@ is condvar
    pthread_mutex_lock(&step_lock);
    reached[y] = x;
    pthread_cond_broadcast(&step_cond);
    pthread_mutex_unlock(&step_lock);
//@ is volatile_int
    reached[y] = x;
//@ is whole_row
    if (x >= W)
        atomic_store(&reached[y], x + AHEAD);
//@ end
}

static void await(int y, int x)
{
    if (y < 0)
        return;
//@ slot follow on grey
//@ is release_acquire: unordered
    while (atomic_load_explicit(&reached[y], memory_order_acquire) < x)
        sched_yield();
//@ is relaxed_both: racy
    while (atomic_load_explicit(&reached[y], memory_order_relaxed) < x)
        sched_yield();
//@ is condvar: unordered
    pthread_mutex_lock(&step_lock);
    while (reached[y] < x)
        pthread_cond_wait(&step_cond, &step_lock);
    pthread_mutex_unlock(&step_lock);
//@ is volatile_int: racy
    while (reached[y] < x)
        sched_yield();
//@ is whole_row: unordered
    while (!atomic_load(&reached[y]))
        sched_yield();
    (void)x;
//@ end
}

static int dither_pixel(int g[H + 1][W + 2], unsigned char o[H][W], int y, int x)
{
    int v = g[y][x + 1], dot = v < 128, err = v - (dot ? 0 : 255);
    o[y][x] = (unsigned char)dot;
    g[y][x + 2] += err * 7 / 16;
    g[y + 1][x] += err * 3 / 16;
    g[y + 1][x + 1] += err * 5 / 16;
    g[y + 1][x + 2] += err / 16;
    return dot;
}

static void *rows(void *arg)
{
    int me = (int)(size_t)arg;
    for (int y = me; y < H; y += NT) {
        int dots = 0;
        for (int x = 0; x < W; x++) {
            int need = x + 1 + AHEAD < W ? x + 1 + AHEAD : W;
            await(y - 1, need);
            dots += dither_pixel(grey, out, y, x);
            publish(y, x + 1);
        }
        publish(y, W + AHEAD);
//@ slot dots on black_dots
//@ is held: unprotected
        pthread_mutex_lock(&dots_lock);
        black_dots += dots;
        pthread_mutex_unlock(&dots_lock);
//@ is held_odd: racy
        if (y & 1)
            pthread_mutex_lock(&dots_lock);
        black_dots += dots;
        if (y & 1)
            pthread_mutex_unlock(&dots_lock);
//@ is one_thread: concurrent
        if (me == 0)
            black_dots += dots;
//@ is first_row_held: racy
        if (y < NT) {
            pthread_mutex_lock(&dots_lock);
            black_dots += dots;
            pthread_mutex_unlock(&dots_lock);
        } else {
            black_dots += dots;
        }
//@ end
    }
    return NULL;
}

static long digest(unsigned char o[H][W])
{
    long s = 0;
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            s += o[y][x] * ((x * 3 + y) % 17);
    return s;
}

int main(void)
{
    pthread_t id[NT];
    load();
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            dither_pixel(grey, want, y, x);
    load();
    for (int t = 0; t < NT; t++)
        if (pthread_create(&id[t], NULL, rows, (void *)(size_t)t))
            return 1;
//@ slot watch on out
//@ is after: unordered
    for (int t = 0; t < NT; t++)
        pthread_join(id[t], NULL);
    last_row = out[H - 1][0] + out[H - 1][W - 1];
//@ is before: racy
    last_row = out[H - 1][0] + out[H - 1][W - 1];
    for (int t = 0; t < NT; t++)
        pthread_join(id[t], NULL);
//@ is between: racy
    pthread_join(id[(H - 2) % NT], NULL);
    last_row = out[H - 1][0] + out[H - 1][W - 1];
    for (int t = 0; t < NT; t++)
        if (t != (H - 2) % NT)
            pthread_join(id[t], NULL);
//@ is its_thread: unordered
    pthread_join(id[(H - 1) % NT], NULL);
    last_row = out[H - 1][0] + out[H - 1][W - 1];
    for (int t = 0; t < NT; t++)
        if (t != (H - 1) % NT)
            pthread_join(id[t], NULL);
//@ end
    printf("serial %ld rows %ld dots %d last %d\n", digest(want), digest(out), black_dots,
           last_row);
    return 0;
}
