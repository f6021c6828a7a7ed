//@ family: pattern_shards
//@ domain: string_matching
//@ problem: Find all occurrences of several patterns in a text cut into shards.
//@ param LEN: 6000 | 9000
//@ param NT: 3 | 4
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>
#include <stdatomic.h>

#pragma redefine_extname thrd_create thrd_create_posix
#pragma redefine_extname thrd_join pthread_join
#pragma redefine_extname mtx_init pthread_mutex_init
#pragma redefine_extname mtx_lock pthread_mutex_lock
#pragma redefine_extname mtx_unlock pthread_mutex_unlock
#pragma redefine_extname call_once pthread_once

#define LEN @LEN@
#define NT @NT@
#define MAX_HITS 8192

static const char *const patterns[] = {"abba", "cab", "bcbc", "aacba"};
#define NPAT (int)(sizeof patterns / sizeof patterns[0])

typedef struct {
    int pattern;
    int offset;
} hit_t;

typedef struct {
    char *text;
    int skip[NPAT][256];
    int tables_ready[NPAT];
    hit_t hits[MAX_HITS];
    int nhits;
    int per_pattern[NPAT];
    int longest_gap;
    atomic_int started;
    mtx_t lock;
    mtx_t gap_lock[2];
} finder_t;

typedef struct {
    finder_t *f;
    int shard;
    hit_t own[MAX_HITS / NT];
    int nown;
} shard_t;

//@ slot table on skip, tables_ready
//@ is once
static once_flag tables_once = ONCE_FLAG_INIT;
static finder_t *once_finder;
//@ end

static void fill_table(finder_t *f, int p)
{
    int m = (int)strlen(patterns[p]);
    for (int c = 0; c < 256; c++)
        f->skip[p][c] = m;
    for (int i = 0; i + 1 < m; i++)
        f->skip[p][(unsigned char)patterns[p][i]] = m - 1 - i;
    f->tables_ready[p] = 1;
}

//@ slot table
//@ is once
static void fill_all(void)
{
    for (int p = 0; p < NPAT; p++)
        fill_table(once_finder, p);
}
//@ end

static void need_table(finder_t *f, int p)
{
//@ slot table
//@ is before_start: concurrent
    (void)f;
    (void)p;
//@ is locked: unprotected
    mtx_lock(&f->lock);
    if (!f->tables_ready[p])
        fill_table(f, p);
    mtx_unlock(&f->lock);
//@ is checked_twice: racy
    if (!f->tables_ready[p]) {
        mtx_lock(&f->lock);
        if (!f->tables_ready[p])
            fill_table(f, p);
        mtx_unlock(&f->lock);
    }
//@ is once: unordered
    (void)p;
    (void)f;
    call_once(&tables_once, fill_all);
//@ is on_demand: racy
    if (!f->tables_ready[p])
        fill_table(f, p);
//@ end
}

static int scan(const finder_t *f, int p, int from, int to, hit_t *out, int room)
{
    int m = (int)strlen(patterns[p]), n = 0;
    for (int i = from; i + m <= LEN && i < to;) {
        if (!memcmp(f->text + i, patterns[p], (size_t)m) && n < room)
            out[n++] = (hit_t){p, i};
        i += m > 1 ? 1 + (f->skip[p][(unsigned char)f->text[i + m - 1]] == m) * (m - 1) : 1;
    }
    return n;
}

static void deliver(shard_t *s, int first)
{
    finder_t *f = s->f;
//@ slot list on nhits
//@ is locked: unprotected
    mtx_lock(&f->lock);
    for (int i = first; i < s->nown && f->nhits < MAX_HITS; i++)
        f->hits[f->nhits++] = s->own[i];
    mtx_unlock(&f->lock);
//@ is room_asked: racy
    int at = f->nhits;
    if (at + s->nown - first > MAX_HITS)
        return;
    mtx_lock(&f->lock);
    f->nhits += s->nown - first;
    mtx_unlock(&f->lock);
    memcpy(f->hits + at % (MAX_HITS / 2), s->own + first, sizeof(hit_t) * (size_t)(s->nown - first));
//@ is plain: racy
    for (int i = first; i < s->nown; i++)
        f->hits[f->nhits++ % MAX_HITS] = s->own[i];
//@ is kept_own: concurrent
    (void)f;
    (void)first;
//@ end
}

static int search_shard(void *arg)
{
    shard_t *s = arg;
    finder_t *f = s->f;
    atomic_fetch_add_explicit(&f->started, 1, memory_order_relaxed);
    while (atomic_load_explicit(&f->started, memory_order_relaxed) < NT)
        thrd_yield();
    int from = LEN / NT * s->shard, to = s->shard == NT - 1 ? LEN : from + LEN / NT, last = from;
    for (int p = 0; p < NPAT; p++) {
        need_table(f, p);
        int first = s->nown;
        s->nown += scan(f, p, from, to, s->own + s->nown, MAX_HITS / NT - s->nown);
        deliver(s, first);
        for (int i = first; i < s->nown; i++) {
//@ slot count on per_pattern
//@ is one_shard: concurrent
            if (s->shard == 0)
                f->per_pattern[p]++;
//@ is all: racy
            f->per_pattern[p]++;
//@ is pattern_guard: unprotected
            mtx_lock(&f->gap_lock[p % 2]);
            f->per_pattern[p]++;
            mtx_unlock(&f->gap_lock[p % 2]);
//@ end
            int gap = s->own[i].offset - last;
            last = s->own[i].offset;
//@ slot gap on longest_gap
//@ is locked: unprotected
            mtx_lock(&f->gap_lock[0]);
            if (gap > f->longest_gap)
                f->longest_gap = gap;
            mtx_unlock(&f->gap_lock[0]);
//@ is unlocked: racy
            if (gap >= f->longest_gap / 8)
                f->longest_gap = gap;
//@ is by_shard: racy
            mtx_lock(&f->gap_lock[s->shard & 1]);
            if (gap > f->longest_gap / 4)
                f->longest_gap = gap;
            mtx_unlock(&f->gap_lock[s->shard & 1]);
//@ is first_shard: concurrent
            if (s->shard == 1 && gap > 3)
                f->longest_gap = gap;
//@ end
        }
    }
    return 0;
}

static int count_serial(const char *text)
{
    int n = 0;
    for (int p = 0; p < NPAT; p++)
        for (int i = 0; i + (int)strlen(patterns[p]) <= LEN; i++)
            n += !memcmp(text + i, patterns[p], strlen(patterns[p]));
    return n;
}

int thrd_create_posix(pthread_t *t, int (*fn)(void *), void *arg)
{
    return pthread_create(t, NULL, (void *(*)(void *))fn, arg);
}

int main(void)
{
    static finder_t f;
    static shard_t shards[NT];
    thrd_t id[NT];
    uint32_t r = 5;
    int n = 0, each = 0;
    f.text = malloc(LEN + 1);
    if (!f.text)
        return 1;
    for (int i = 0; i < LEN; i++) {
        r = r * 1103515245u + 12345u;
        f.text[i] = "abc"[(r >> 16) % 3];
    }
    f.text[LEN] = 0;
    mtx_init(&f.lock, mtx_plain);
    mtx_init(&f.gap_lock[0], mtx_plain);
    mtx_init(&f.gap_lock[1], mtx_plain);
//@ slot table
//@ is before_start
    for (int p = 0; p < NPAT; p++)
        fill_table(&f, p);
//@ is once
    once_finder = &f;
//@ end
    for (int t = 0; t < NT; t++) {
        shards[t] = (shard_t){.f = &f, .shard = t};
        if (thrd_create(&id[t], search_shard, &shards[t]) != thrd_success)
            return 1;
    }
    for (int t = 0; t < NT; t++) {
        thrd_join(id[t], NULL);
        n += shards[t].nown;
    }
    for (int p = 0; p < NPAT; p++)
        each += f.per_pattern[p];
    printf("serial %d shards %d listed %d each %d gap %d\n", count_serial(f.text), n, f.nhits,
           each, f.longest_gap);
    free(f.text);
    return 0;
}
