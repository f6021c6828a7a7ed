//@ family: kt_transcode_farm
//@ domain: video
//@ problem: Workers transcode a clip pass by pass (analyse, search, transform, rebuild, deblock) over macroblock rows with barriers and rate control.
//@ param NT: 3 | 4
//@ param FRAMES: 4 | 6
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MB 4
#define MB_COLS 12
#define MB_ROWS 12
#define WIDTH (MB * MB_COLS)
#define HEIGHT (MB * MB_ROWS)
#define BINS 16
#define QP_MIN 2
#define QP_MAX 20

#define CLAMP(v, lo, hi) ((v) < (lo) ? (lo) : (v) > (hi) ? (hi) : (v))
#define ABS(v) ((v) < 0 ? -(v) : (v))
#define PIX(p, x, y) ((p)->luma[(y) * WIDTH + (x)])
#define FOR_MB(x, y) for (int y = 0; y < MB; y++) for (int x = 0; x < MB; x++)
#define CHECK(call) do { int e_ = (call); if (e_) { fprintf(stderr, "%s: %s\n", #call, strerror(e_)); exit(1); } } while (0)

/* 4-point butterfly, the same for rows and columns */
#define BUTTERFLY(a, b, c, d)                                                                      \
    do {                                                                                           \
        int s0_ = (a) + (d), s1_ = (b) + (c), d0_ = (a) - (d), d1_ = (b) - (c);                    \
        (a) = s0_ + s1_;                                                                           \
        (c) = s0_ - s1_;                                                                           \
        (b) = 2 * d0_ + d1_;                                                                       \
        (d) = d0_ - 2 * d1_;                                                                       \
    } while (0)

typedef struct picture {
    uint8_t luma[WIDTH * HEIGHT];
    int number;
} picture_t;

typedef struct mvec {
    int8_t dx, dy;
    uint16_t sad;
} mvec_t;

typedef struct rate {
    pthread_mutex_t lock;
    long bits;
    long target;
    int qp;
    int overshoots;
} rate_t;

typedef struct report {
    long blocks;
    long zero_blocks;
    long edges;
    int busiest;
} report_t;

struct worker;

typedef struct farm {
    picture_t *source;
    picture_t *ref;
    picture_t *rec;
    mvec_t mv[2][MB_ROWS * MB_COLS];
    int hist[BINS];
    int row_cost[MB_ROWS];
    rate_t rate;
    report_t report;
    pthread_mutex_t report_lock;
    pthread_mutex_t hist_lock;
    pthread_barrier_t gate;
    atomic_int next_row;
    atomic_int next_edge;
    struct worker *crew;
    int nworkers;
    int frames;
    unsigned digest;
} farm_t;

typedef struct worker {
    farm_t *farm;
    pthread_t tid;
    int id;
    int hist[BINS];
    long bits;
    long zero_blocks;
    int coef[MB * MB];
} worker_t;

/* ---- source ---------------------------------------------------------- */

static void make_source(picture_t *p, int n)
{
    p->number = n;
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            PIX(p, x, y) = (uint8_t)(((x + n) * 5 + y * 3 + (x * y) / 7) & 255);
}

static unsigned digest_of(const picture_t *p, unsigned h)
{
    for (int i = 0; i < WIDTH * HEIGHT; i++)
        h = h * 16777619u ^ p->luma[i];
    return h;
}

/* ---- block arithmetic: no state ------------------------------------------ */

static int block_sad(const picture_t *a, const picture_t *b, int bx, int by, int dx, int dy)
{
    int sad = 0;

    FOR_MB(x, y) {
        int sx = CLAMP(bx + x + dx, 0, WIDTH - 1);
        int sy = CLAMP(by + y + dy, 0, HEIGHT - 1);
        sad += ABS(PIX(a, bx + x, by + y) - PIX(b, sx, sy));
    }
    return sad;
}

static void forward(int *c)
{
    for (int r = 0; r < MB; r++)
        BUTTERFLY(c[r * 4], c[r * 4 + 1], c[r * 4 + 2], c[r * 4 + 3]);
    for (int k = 0; k < MB; k++)
        BUTTERFLY(c[k], c[k + 4], c[k + 8], c[k + 12]);
}

static int quantise(int *c, int qp, int *nonzero)
{
    int bits = 0;

    *nonzero = 0;
    for (int i = 0; i < MB * MB; i++) {
        c[i] /= 4 * qp;
        *nonzero += c[i] != 0;
        for (int v = ABS(c[i]); v; v >>= 1)
            bits += 2;
    }
    return bits + 1;
}

static int mean_of(const int *c, int qp)
{
    return c[0] * qp / 4;
}

/* ---- the passes ------------------------------------------------------------ */

static void analyse_rows(worker_t *w, int from, int to)
{
    farm_t *f = w->farm;

    memset(w->hist, 0, sizeof w->hist);
    for (int row = from; row < to; row++) {
        int cost = 0;
        for (int y = row * MB; y < (row + 1) * MB; y++)
            for (int x = 0; x < WIDTH; x++) {
                int v = PIX(f->source, x, y);
                w->hist[v * BINS / 256]++;
                if (x)
                    cost += ABS(v - PIX(f->source, x - 1, y));
            }
        f->row_cost[row] = cost;
    }
//@ slot histogram on hist
//@ is merged_under_lock: unprotected
    pthread_mutex_lock(&f->hist_lock);
    for (int b = 0; b < BINS; b++)
        f->hist[b] += w->hist[b];
    pthread_mutex_unlock(&f->hist_lock);
//@ is merged_under_rate_or_hist: racy
    pthread_mutex_t *l = w->id ? &f->hist_lock : &f->report_lock;
    pthread_mutex_lock(l);
    for (int b = 0; b < BINS; b++)
        f->hist[b] += w->hist[b];
    pthread_mutex_unlock(l);
//@ is merged_by_last: unordered
//@ is merged_with_builtin: conflicting
    for (int b = 0; b < BINS; b++)
        __atomic_fetch_add(&f->hist[b], w->hist[b], __ATOMIC_RELAXED);
//@ is merged_bare: racy
    for (int b = 0; b < BINS; b++)
        f->hist[b] += w->hist[b];
//@ end
}

static mvec_t search_block(farm_t *f, int bx, int by, mvec_t guess)
{
    static const int8_t step[5][2] = { { 0, 0 }, { 1, 0 }, { -1, 0 }, { 0, 1 }, { 0, -1 } };
    mvec_t best = guess;
    int best_sad = block_sad(f->source, f->ref, bx, by, guess.dx, guess.dy);

    for (int k = 0; k < 5; k++) {
        int dx = CLAMP(guess.dx + step[k][0], -3, 3);
        int dy = CLAMP(guess.dy + step[k][1], -3, 3);
        int sad = block_sad(f->source, f->ref, bx, by, dx, dy);
        if (sad < best_sad) {
            best_sad = sad;
            best.dx = (int8_t)dx;
            best.dy = (int8_t)dy;
        }
    }
    best.sad = (uint16_t)best_sad;
    return best;
}

static void search_rows(worker_t *w, int from, int to, int n)
{
    farm_t *f = w->farm;
    mvec_t *cur = f->mv[n & 1];
    const mvec_t *old = f->mv[(n & 1) ^ 1];

    for (int row = from; row < to; row++)
        for (int col = 0; col < MB_COLS; col++) {
            int at = row * MB_COLS + col;
            mvec_t guess;
//@ slot predictor on mv
//@ is previous_frame: same-location
            guess = row ? old[at - MB_COLS] : old[at];
//@ is row_above: racy
            guess = row ? cur[at - MB_COLS] : old[at];
//@ is left_block: same-location
            guess = col ? cur[at - 1] : old[at];
//@ is row_above_if_own: same-location
            guess = row > from ? cur[at - MB_COLS] : old[at];
//@ is row_above_if_any_left: racy
            guess = row >= from && at >= MB_COLS ? cur[at - MB_COLS] : old[at];
//@ end
            cur[at] = search_block(f, col * MB, row * MB, guess);
            if (col % 4 == 0)
                sched_yield();
        }
}

static void code_block(worker_t *w, int row, int col, int n)
{
    farm_t *f = w->farm;
    const mvec_t *mv = &f->mv[n & 1][row * MB_COLS + col];
    int qp = f->rate.qp;
    int bits, nonzero, mean;

    FOR_MB(x, y) {
        int sx = CLAMP(col * MB + x + mv->dx, 0, WIDTH - 1);
        int sy = CLAMP(row * MB + y + mv->dy, 0, HEIGHT - 1);
        w->coef[y * MB + x] = PIX(f->source, col * MB + x, row * MB + y) - PIX(f->ref, sx, sy);
    }
    forward(w->coef);
    bits = quantise(w->coef, qp, &nonzero);
    mean = mean_of(w->coef, qp);
    FOR_MB(x, y) {
        int sx = CLAMP(col * MB + x + mv->dx, 0, WIDTH - 1);
        int sy = CLAMP(row * MB + y + mv->dy, 0, HEIGHT - 1);
        PIX(f->rec, col * MB + x, row * MB + y) =
            (uint8_t)CLAMP(PIX(f->ref, sx, sy) + mean / 4, 0, 255);
    }
    w->bits += bits;
    w->zero_blocks += nonzero == 0;
}

static void book_row(worker_t *w, int row)
{
    rate_t *r = &w->farm->rate;

    (void)row;
    if (w->bits == 0)
        return;
    pthread_mutex_lock(&r->lock);
//@ slot bits on bits
//@ is row_total_locked: unprotected
    r->bits += w->bits;
    if (r->bits > r->target)
        r->overshoots++;
    pthread_mutex_unlock(&r->lock);
//@ is after_the_lock: racy
    if (r->target < 0)
        r->overshoots++;
    pthread_mutex_unlock(&r->lock);
    r->bits += w->bits;
//@ is compared_after: racy
    r->bits += w->bits;
    pthread_mutex_unlock(&r->lock);
    if (r->bits > r->target * 1000)
        sched_yield();
//@ is local_compare: unprotected
    r->bits += w->bits;
    const long seen = r->bits;
    pthread_mutex_unlock(&r->lock);
    if (seen > r->target * 1000)
        sched_yield();
//@ end
    w->bits = 0;
}

static void deblock_edge(farm_t *f, int row)
{
    for (int x = 0; x < WIDTH; x++) {
        int a = PIX(f->rec, x, row * MB - 1), b = PIX(f->rec, x, row * MB);
        if (ABS(a - b) > 24)
            continue;
        PIX(f->rec, x, row * MB - 1) = (uint8_t)((3 * a + b + 2) / 4);
        PIX(f->rec, x, row * MB) = (uint8_t)((a + 3 * b + 2) / 4);
    }
}

static void tally_edges(worker_t *w, long edges)
{
    farm_t *f = w->farm;

//@ slot edges on edges
//@ is report_lock: unprotected
    pthread_mutex_lock(&f->report_lock);
    f->report.edges += edges;
    pthread_mutex_unlock(&f->report_lock);
//@ is trylock_or_add: racy
    if (pthread_mutex_trylock(&f->report_lock) == 0) {
        f->report.edges += edges;
        sched_yield();
        pthread_mutex_unlock(&f->report_lock);
    } else {
        f->report.edges += edges;
    }
//@ is worker_zero: concurrent
    if (w->id == 0)
        f->report.edges += MB_ROWS - 1;
    (void)edges;
//@ is lock_of_rate: unprotected
    pthread_mutex_lock(&f->rate.lock);
    f->report.edges += edges;
    pthread_mutex_unlock(&f->rate.lock);
//@ is plain_add: racy
    f->report.edges += edges;
//@ end
}

static void adapt_rate(farm_t *f)
{
    long per_frame = f->rate.target;
    int qp = f->rate.qp;

    for (int b = 0; b < BINS; b++)
        per_frame += f->hist[b] > WIDTH * HEIGHT / 2;
    qp += f->rate.bits > per_frame ? 1 : -1;
    f->rate.qp = CLAMP(qp, QP_MIN, QP_MAX);
}

/* One picture in, one picture out; what a single thread would do. */
static unsigned serial_digest(int frames)
{
    farm_t *f = calloc(1, sizeof *f);
    picture_t *pic = calloc(3, sizeof *pic);
    worker_t w = { .farm = f };
    unsigned h = 2166136261u;

    f->source = pic;
    f->ref = pic + 1;
    f->rec = pic + 2;
    f->rate.qp = 6;
    f->rate.target = 1 << 20;
    for (int n = 0; n < frames; n++) {
        make_source(f->source, n);
        search_rows(&w, 0, MB_ROWS, n);
        for (int row = 0; row < MB_ROWS; row++)
            for (int col = 0; col < MB_COLS; col++)
                code_block(&w, row, col, n);
        for (int row = 1; row < MB_ROWS; row++)
            deblock_edge(f, row);
        h = digest_of(f->rec, h);
        picture_t *t = f->ref;
        f->ref = f->rec;
        f->rec = t;
        adapt_rate(f);
    }
    free(pic);
    free(f);
    return h;
}

/* ---- the worker: every pass of every frame ------------------------------------ */

static void *transcode_worker(void *arg)
{
    worker_t *w = arg;
    farm_t *f = w->farm;
    const int from = MB_ROWS * w->id / f->nworkers;
    const int to = MB_ROWS * (w->id + 1) / f->nworkers;
    int row;

    for (int n = 0; n < f->frames; n++) {
        long edges = 0;

        /* pass 1: statistics of the source */
        analyse_rows(w, from, to);
        pthread_barrier_wait(&f->gate);
//@ slot histogram
//@ is merged_by_last
        if (w->id == f->nworkers - 1)
            for (int k = 0; k < f->nworkers; k++)
                for (int b = 0; b < BINS; b++)
                    f->hist[b] += f->crew[k].hist[b];
//@ end

        /* pass 2: motion, rows are dealt out in blocks */
        search_rows(w, from, to, n);
        pthread_barrier_wait(&f->gate);

        /* pass 3: transform, rows on demand */
        while ((row = atomic_fetch_add_explicit(&f->next_row, 1, memory_order_relaxed)) < MB_ROWS) {
            for (int col = 0; col < MB_COLS; col++)
                code_block(w, row, col, n);
            book_row(w, row);
            sched_yield();
        }
        pthread_barrier_wait(&f->gate);

        /* pass 4: edges between macroblock rows */
        while ((row = atomic_fetch_add_explicit(&f->next_edge, 1, memory_order_relaxed)) <
               MB_ROWS) {
            deblock_edge(f, row);
            if (row % 2)
                sched_yield();
            tally_edges(w, 1);
            edges++;
        }
//@ slot busiest on busiest
//@ is in_report_lock: unprotected
        pthread_mutex_lock(&f->report_lock);
        if (edges > f->report.busiest)
            f->report.busiest = (int)edges;
        pthread_mutex_unlock(&f->report_lock);
//@ is one_test_outside: racy
        if (edges >= f->report.busiest) {
            pthread_mutex_lock(&f->report_lock);
            f->report.busiest = (int)edges;
            pthread_mutex_unlock(&f->report_lock);
        }
//@ is by_id_order: concurrent
        if (w->id == 0 && edges > f->report.busiest)
            f->report.busiest = (int)edges;
//@ is plain_max: racy
        if (edges >= f->report.busiest)
            f->report.busiest = (int)edges;
//@ end
        /* whoever is told by the barrier closes the frame */
        if (pthread_barrier_wait(&f->gate) == PTHREAD_BARRIER_SERIAL_THREAD) {
            picture_t *t = f->ref;

            f->digest = digest_of(f->rec, f->digest);
            f->ref = f->rec;
            f->rec = t;
            adapt_rate(f);
            make_source(f->source, n + 1);
            atomic_store_explicit(&f->next_row, 0, memory_order_relaxed);
            atomic_store_explicit(&f->next_edge, 1, memory_order_relaxed);
        }
        pthread_barrier_wait(&f->gate);
    }
    return NULL;
}

/* ---- set up ------------------------------------------------------------------------ */

static int farm_open(farm_t *f, int workers, int frames)
{
    int err = ENOMEM;

    memset(f, 0, sizeof *f);
    f->source = calloc(1, sizeof *f->source);
    f->ref = calloc(1, sizeof *f->ref);
    f->rec = calloc(1, sizeof *f->rec);
    f->crew = calloc((size_t)workers, sizeof *f->crew);
    if (!f->source || !f->ref || !f->rec || !f->crew)
        goto fail;
    err = pthread_barrier_init(&f->gate, NULL, (unsigned)workers);
    if (err)
        goto fail;
    CHECK(pthread_mutex_init(&f->rate.lock, NULL));
    CHECK(pthread_mutex_init(&f->report_lock, NULL));
    CHECK(pthread_mutex_init(&f->hist_lock, NULL));
    f->nworkers = workers;
    f->frames = frames;
    f->rate.qp = 6;
    f->rate.target = 1 << 20;
    f->digest = 2166136261u;
    atomic_init(&f->next_row, 0);
    atomic_init(&f->next_edge, 1);
    make_source(f->source, 0);
    return 0;
fail:
    free(f->crew);
    free(f->rec);
    free(f->ref);
    free(f->source);
    return err;
}

static void farm_close(farm_t *f)
{
    pthread_barrier_destroy(&f->gate);
    free(f->crew);
    free(f->rec);
    free(f->ref);
    free(f->source);
}

int main(void)
{
    static farm_t farm;
    long zero = 0;

    if (farm_open(&farm, @NT@, @FRAMES@))
        return 1;
    for (int i = 0; i < farm.nworkers; i++) {
        farm.crew[i].farm = &farm;
        farm.crew[i].id = i;
    }
    for (int i = 0; i < farm.nworkers; i++)
        CHECK(pthread_create(&farm.crew[i].tid, NULL, transcode_worker, &farm.crew[i]));
    for (int i = 0; i < farm.nworkers; i++)
        pthread_join(farm.crew[i].tid, NULL);
    for (int i = 0; i < farm.nworkers; i++)
        zero += farm.crew[i].zero_blocks;
    printf("digest %u serial %u bits %d edges %d zero %d busiest %d qp %d\n", farm.digest,
           serial_digest(@FRAMES@), farm.rate.bits > 0, farm.report.edges > 0, zero >= 0,
           farm.report.busiest > 0, farm.rate.qp >= QP_MIN);
    farm_close(&farm);
    return 0;
}
