//@ family: c11_task_queue
//@ domain: thread_pool
//@ problem: Worker threads made with the C11 library take tile tasks from a linked queue and render them.
//@ param NT: 3 | 4
//@ param TILES: 600 | 1000
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <threads.h>

#pragma redefine_extname thrd_create thrd_create_posix
#pragma redefine_extname thrd_join pthread_join
#pragma redefine_extname mtx_init pthread_mutex_init
#pragma redefine_extname mtx_lock pthread_mutex_lock
#pragma redefine_extname mtx_trylock pthread_mutex_trylock
#pragma redefine_extname mtx_unlock pthread_mutex_unlock
#pragma redefine_extname cnd_wait pthread_cond_wait
#pragma redefine_extname cnd_signal pthread_cond_signal
#pragma redefine_extname cnd_broadcast pthread_cond_broadcast

typedef struct tile {
    int x, y;
    struct tile *next;
} tile_t;

typedef struct {
    mtx_t lock;
    cnd_t wake;
    tile_t *head;
    bool closing;
    int pending;
    int rendered;
} board_t;

static board_t board;
static mtx_t image_lock;
static unsigned tone[64 * 64];
static int trace_level;
static atomic_int traced;

static void board_add(board_t *b, int x, int y)
{
    tile_t *t = malloc(sizeof *t);

    t->x = x;
    t->y = y;
    mtx_lock(&b->lock);
    t->next = b->head;
    b->head = t;
    b->pending++;
    mtx_unlock(&b->lock);
    cnd_signal(&b->wake);
}

static tile_t *board_take(board_t *b)
{
    tile_t *t;

    mtx_lock(&b->lock);
    while (!b->head && !b->closing)
        cnd_wait(&b->wake, &b->lock);
    t = b->head;
    if (t) {
        b->head = t->next;
        b->pending--;
    }
    mtx_unlock(&b->lock);
    return t;
}

static void render(const tile_t *t)
{
//@ slot image on tone
//@ is whole_lock: unprotected
    mtx_lock(&image_lock);
    tone[(t->x + t->y) % 4] += 3;
    mtx_unlock(&image_lock);
//@ is unlocked: racy
    tone[(t->x + t->y) % 4] += 3;
//@ is try_else_wait: unprotected
    if (mtx_trylock(&image_lock) != thrd_success)
        mtx_lock(&image_lock);
    tone[(t->x + t->y) % 4] += 3;
    mtx_unlock(&image_lock);
//@ is try_else_go_on: racy
    bool held = mtx_trylock(&image_lock) == thrd_success;
    tone[(t->x + t->y) % 4] += 3;
    thrd_yield();
    if (held)
        mtx_unlock(&image_lock);
//@ is one_cell_per_tile: same-location
    tone[t->x * 64 + t->y] += 3;
//@ end
}

static int render_worker(void *arg)
{
    board_t *b = arg;
    tile_t *t;

    while ((t = board_take(b)) != NULL) {
        int odd = (t->x + t->y) & 1;
        render(t);
        thrd_yield();
        free(t);
//@ slot done on rendered
//@ is board_lock: unprotected
        mtx_lock(&b->lock);
        b->rendered++;
        mtx_unlock(&b->lock);
//@ is image_lock_sometimes: racy
        mtx_t *m = odd ? &image_lock : &b->lock;
        mtx_lock(m);
        b->rendered++;
        mtx_unlock(m);
//@ is unlocked: racy
        b->rendered++;
//@ is image_lock: unprotected
        mtx_lock(&image_lock);
        b->rendered++;
        mtx_unlock(&image_lock);
//@ end
        thrd_yield();
//@ slot trace on trace_level
//@ is set_early: unordered
        if (trace_level > 1)
            atomic_fetch_add(&traced, 1);
//@ is set_late: racy
        if (trace_level > 1)
            atomic_fetch_add(&traced, 1);
//@ is toggled_by_workers: racy
        if (trace_level > 1)
            atomic_fetch_add(&traced, 1);
        trace_level = odd + 1;
//@ is board_locked: unprotected
        mtx_lock(&b->lock);
        if (trace_level > 1)
            atomic_fetch_add(&traced, 1);
        mtx_unlock(&b->lock);
//@ end
        thrd_yield();
    }
    return 0;
}

int thrd_create_posix(pthread_t *t, int (*fn)(void *), void *arg)
{
    return pthread_create(t, NULL, (void *(*)(void *))fn, arg);
}

int main(void)
{
    thrd_t crew[@NT@];
    long sum = 0;

    mtx_init(&board.lock, mtx_plain);
    mtx_init(&image_lock, mtx_plain);
//@ slot trace
//@ is set_early
    trace_level = 1;
//@ end
    for (int i = 0; i < @NT@; i++)
        thrd_create(&crew[i], render_worker, &board);
    for (int i = 0; i < @TILES@; i++) {
        board_add(&board, i / 64, i % 64);
//@ slot trace
//@ is set_late
        trace_level = i % 3;
        thrd_yield();
//@ is board_locked
        if (i == 0) {
            mtx_lock(&board.lock);
            trace_level = 1;
            mtx_unlock(&board.lock);
        }
//@ end
        if (i % 16 == 0)
            thrd_yield();
    }
    mtx_lock(&board.lock);
    board.closing = true;
    mtx_unlock(&board.lock);
    cnd_broadcast(&board.wake);
    for (int i = 0; i < @NT@; i++)
        thrd_join(crew[i], NULL);
    for (int i = 0; i < 64 * 64; i++)
        sum += tone[i];
    printf("sum %d rendered %d pending %d\n", sum > 0, board.rendered > 0, board.pending);
    return 0;
}
