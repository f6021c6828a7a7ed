//@ family: pm_tile_fetcher
//@ domain: tiles
//@ problem: A map viewer decodes tiles on first use, shares them and tracks zoom and memory.
//@ param NT: 3 | 4
//@ param VIEWS: 400
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define TILES 120
#define TILE_PIX 16

struct tile {
    int zoom;
    unsigned char pix[TILE_PIX];
};

struct fetcher {
    pthread_mutex_t lock;
    pthread_once_t palette_once;
//@ slot publish on slots, pix, zoom
//@ is acq_rel: unordered
    _Atomic(struct tile *) slots[TILES];
//@ is relaxed: racy
    _Atomic(struct tile *) slots[TILES];
//@ is plain_first_look: racy
    struct tile *slots[TILES];
//@ is always_lock: unprotected
    struct tile *slots[TILES];
//@ end
    unsigned char palette[16];
    long bytes;
    int zoom_bias;
};

static struct fetcher fetcher = { .lock = PTHREAD_MUTEX_INITIALIZER,
                                  .palette_once = PTHREAD_ONCE_INIT };

static void build_palette(void)
{
    for (int i = 0; i < 16; i++)
        fetcher.palette[i] = (unsigned char)(i * 11 + 3);
}

static struct tile *decode(struct fetcher *f, int index)
{
    struct tile *t = malloc(sizeof *t);

    if (!t)
        return NULL;
    pthread_once(&f->palette_once, build_palette);
    t->zoom = index % 7;
    for (int i = 0; i < TILE_PIX; i++)
        t->pix[i] = (unsigned char)(f->palette[(index + i) & 15] ^ i);
    return t;
}

struct tile *tile_get(struct fetcher *f, int index)
{
    struct tile *t;

//@ slot publish
//@ is acq_rel
    t = atomic_load_explicit(&f->slots[index], memory_order_acquire);
    if (t)
        return t;
    pthread_mutex_lock(&f->lock);
    t = atomic_load_explicit(&f->slots[index], memory_order_relaxed);
    if (!t) {
        t = decode(f, index);
        atomic_store_explicit(&f->slots[index], t, memory_order_release);
    }
    pthread_mutex_unlock(&f->lock);
//@ is relaxed
    t = atomic_load_explicit(&f->slots[index], memory_order_relaxed);
    if (t)
        return t;
    pthread_mutex_lock(&f->lock);
    t = atomic_load_explicit(&f->slots[index], memory_order_relaxed);
    if (!t) {
        t = decode(f, index);
        atomic_store_explicit(&f->slots[index], t, memory_order_relaxed);
    }
    pthread_mutex_unlock(&f->lock);
//@ is plain_first_look
    t = f->slots[index];
    if (t)
        return t;
    pthread_mutex_lock(&f->lock);
    t = f->slots[index];
    if (!t) {
        t = decode(f, index);
        f->slots[index] = t;
    }
    pthread_mutex_unlock(&f->lock);
//@ is always_lock
    pthread_mutex_lock(&f->lock);
    t = f->slots[index];
    if (!t) {
        t = decode(f, index);
        f->slots[index] = t;
    }
    pthread_mutex_unlock(&f->lock);
//@ end
    return t;
}

void fetcher_charge(struct fetcher *f, long n)
{
//@ slot bytes on bytes
//@ is held: unprotected
    pthread_mutex_lock(&f->lock);
    f->bytes += n;
    pthread_mutex_unlock(&f->lock);
//@ is held_if_large: racy
    if (n > 20)
        pthread_mutex_lock(&f->lock);
    f->bytes += n;
    if (n > 20)
        pthread_mutex_unlock(&f->lock);
//@ is add_builtin: conflicting
    __atomic_fetch_add(&f->bytes, n, __ATOMIC_RELAXED);
//@ is read_modify_store: racy
    long now = __atomic_load_n(&f->bytes, __ATOMIC_RELAXED);
    f->bytes = now + n;
//@ end
}

int fetcher_zoom(struct fetcher *f, const struct tile *t)
{
    int z;

//@ slot bias on zoom_bias
//@ is fixed_before_start: unordered
    z = t->zoom + f->zoom_bias;
//@ is moved_while_viewing: racy
    z = t->zoom + f->zoom_bias;
//@ is moved_held: unprotected
    pthread_mutex_lock(&f->lock);
    z = t->zoom + f->zoom_bias;
    pthread_mutex_unlock(&f->lock);
//@ end
    return z;
}

void fetcher_set_bias(struct fetcher *f, int bias)
{
//@ slot bias
//@ is fixed_before_start
    f->zoom_bias = bias;
//@ is moved_while_viewing
    f->zoom_bias = bias;
//@ is moved_held
    pthread_mutex_lock(&f->lock);
    f->zoom_bias = bias;
    pthread_mutex_unlock(&f->lock);
//@ end
}

static void *viewer(void *arg)
{
    struct fetcher *f = &fetcher;
    int id = (int)(long)arg;
    long sum = 0;

    for (int i = 0; i < @VIEWS@; i++) {
        const struct tile *t = tile_get(f, i / 2 % TILES);
        if (!t)
            break;
        sum += t->pix[(i + id) % TILE_PIX];
        sum += fetcher_zoom(f, t);
        if (i % 2)
            sched_yield();
        fetcher_charge(f, 10 + (i + id) % 22);
    }
    return (void *)sum;
}

int main(void)
{
    pthread_t tid[@NT@];

//@ slot bias
//@ is fixed_before_start
    fetcher_set_bias(&fetcher, 2);
//@ end
    for (long i = 0; i < @NT@; i++)
        pthread_create(&tid[i], NULL, viewer, (void *)i);
//@ slot bias
//@ is moved_while_viewing
    for (int i = 0; i < 200; i++) {
        fetcher_set_bias(&fetcher, i % 3);
        sched_yield();
    }
//@ is moved_held
    for (int i = 0; i < 200; i++) {
        fetcher_set_bias(&fetcher, i % 3);
        sched_yield();
    }
//@ end
    for (int i = 0; i < @NT@; i++)
        pthread_join(tid[i], NULL);
    printf("bytes %d first %d\n", fetcher.bytes > 0, fetcher.palette[0]);
    for (int i = 0; i < TILES; i++)
        free(fetcher.slots[i]);
    return 0;
}
