//@ family: pm_frame_decoder
//@ domain: image_decoding
//@ problem: Decoder threads claim macroblock rows, wait for the row above and collect picture statistics.
//@ param NT: 3 | 4
//@ param FRAMES: 20
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { MB_ROWS = 24, MB_COLS = 20 };

typedef struct decoder {
    pthread_mutex_t lock;
    pthread_barrier_t frame_done;
    uint8_t mb[MB_ROWS][MB_COLS];
    atomic_int row_ready[MB_ROWS];
    int next_row;
    int frame;
    long bits;
    int qp;
} decoder_t;

typedef struct decode_worker {
    decoder_t *dec;
    int id;
    long bits;
} decode_worker_t;

static decoder_t *decoder_alloc(int threads)
{
    decoder_t *d = calloc(1, sizeof *d);

    if (!d)
        return NULL;
    if (pthread_mutex_init(&d->lock, NULL) ||
        pthread_barrier_init(&d->frame_done, NULL, (unsigned)threads)) {
        free(d);
        return NULL;
    }
    d->qp = 26;
    return d;
}

static int claim_row(decoder_t *d)
{
    int r;

    pthread_mutex_lock(&d->lock);
    r = d->next_row < MB_ROWS ? d->next_row++ : -1;
    pthread_mutex_unlock(&d->lock);
    return r;
}

static void wait_row(decoder_t *d, int row)
{
//@ slot rows on mb
//@ is acquire_spin: unordered
    while (!atomic_load_explicit(&d->row_ready[row], memory_order_acquire))
        sched_yield();
//@ is relaxed_spin: racy
    while (!atomic_load_explicit(&d->row_ready[row], memory_order_relaxed))
        sched_yield();
//@ is no_spin: racy
    if (!atomic_load_explicit(&d->row_ready[row], memory_order_acquire))
        sched_yield();
//@ is seq_cst_spin: unordered
    while (!atomic_load(&d->row_ready[row]))
        sched_yield();
//@ end
}

static int decode_mb(decoder_t *d, int row, int col, int qp)
{
    unsigned above = row ? d->mb[row - 1][col] : 128u;
    unsigned left = col ? d->mb[row][col - 1] : 128u;

    d->mb[row][col] = (uint8_t)((above + left + (unsigned)(row * col + qp)) / 2u);
    return 4 + (int)(above ^ left) % 16;
}

static int current_qp(decoder_t *d)
{
    int qp;

//@ slot qp on qp
//@ is constant: conflicting
    qp = d->qp;
//@ is adapted_open: racy
    qp = d->qp;
//@ is adapted_held: unprotected
    pthread_mutex_lock(&d->lock);
    qp = d->qp;
    pthread_mutex_unlock(&d->lock);
//@ is adapted_between_frames: unordered
    qp = d->qp;
//@ end
    return qp;
}

static void adapt_qp(decoder_t *d, int row)
{
//@ slot qp
//@ is constant
    (void)d;
    (void)row;
//@ is adapted_open
    pthread_mutex_lock(&d->lock);
    d->qp = 20 + row % 12;
    pthread_mutex_unlock(&d->lock);
//@ is adapted_held
    pthread_mutex_lock(&d->lock);
    d->qp = 20 + row % 12;
    pthread_mutex_unlock(&d->lock);
//@ is adapted_between_frames
    if (row < 0)
        d->qp = 20 - row % 12;
//@ end
}

void decoder_row(decode_worker_t *w, int row)
{
    decoder_t *d = w->dec;
    int qp = current_qp(d);
    long bits = 0;

    if (row > 0)
        wait_row(d, row - 1);
    for (int c = 0; c < MB_COLS; c++) {
        bits += decode_mb(d, row, c, qp);
        if (c == MB_COLS / 2)
            sched_yield();
    }
    atomic_store_explicit(&d->row_ready[row], 1, memory_order_release);
    sched_yield();
//@ slot bits on bits
//@ is held: unprotected
    pthread_mutex_lock(&d->lock);
    d->bits += bits;
    pthread_mutex_unlock(&d->lock);
//@ is straight: racy
    d->bits += bits;
//@ is own_then_merge: same-location
    w->bits += bits;
//@ is worker_zero_held: racy
    if (w->id == 0)
        pthread_mutex_lock(&d->lock);
    d->bits += bits;
    if (w->id == 0)
        pthread_mutex_unlock(&d->lock);
//@ end
    adapt_qp(d, row);
}

static void *decode_frames(void *arg)
{
    decode_worker_t *w = arg;
    decoder_t *d = w->dec;

    for (int f = 0; f < @FRAMES@; f++) {
        int row;

        while ((row = claim_row(d)) >= 0)
            decoder_row(w, row);
        if (pthread_barrier_wait(&d->frame_done) == PTHREAD_BARRIER_SERIAL_THREAD) {
            d->next_row = 0;
            d->frame++;
            for (int r = 0; r < MB_ROWS; r++)
                atomic_store_explicit(&d->row_ready[r], 0, memory_order_relaxed);
            adapt_qp(d, -1 - f);
        }
        pthread_barrier_wait(&d->frame_done);
    }
//@ slot bits
//@ is own_then_merge
    pthread_mutex_lock(&d->lock);
    d->bits += w->bits;
    pthread_mutex_unlock(&d->lock);
//@ end
    return NULL;
}

int main(void)
{
    decoder_t *d = decoder_alloc(@NT@);
    decode_worker_t w[@NT@];
    pthread_t tid[@NT@];

    if (!d)
        return 1;
    for (int i = 0; i < @NT@; i++) {
        w[i] = (decode_worker_t){ d, i, 0 };
        pthread_create(&tid[i], NULL, decode_frames, &w[i]);
    }
    for (int i = 0; i < @NT@; i++)
        pthread_join(tid[i], NULL);
    printf("frames %d bits %d\n", d->frame, d->bits > 0);
    pthread_barrier_destroy(&d->frame_done);
    free(d);
    return 0;
}
