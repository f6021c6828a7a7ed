//@ family: pm_stat_export
//@ domain: exporters
//@ problem: Request handlers count in thread-local storage and an exporter publishes merged statistics.
//@ param NT: 3 | 4
//@ param REQS: 900
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

#define CODES 4

typedef struct {
    uint64_t by_code[CODES];
    uint64_t bytes;
} tally_t;

typedef struct {
    pthread_mutex_t lock;
    uint64_t all_codes[CODES];
    uint64_t all_bytes;
    uint32_t exports;
//@ slot inflight on inflight
//@ is relaxed_type: conflicting
    atomic_int inflight;
//@ is volatile_type: racy
    volatile int inflight;
//@ is held: unprotected
    int inflight;
//@ is leave_open: racy
    int inflight;
//@ end
} exporter_t;

//@ slot tls on by_code, bytes
//@ is thread_local: same-location
static _Thread_local tally_t mine;
//@ is gnu_thread: same-location
static __thread tally_t mine;
//@ is file_static: racy
static tally_t mine;
//@ end

static exporter_t exporter = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void tally_reset(tally_t *t)
{
    for (int c = 0; c < CODES; c++)
        t->by_code[c] = 0;
    t->bytes = 0;
}

static void merge_locked(exporter_t *ex, const tally_t *t)
{
    for (int c = 0; c < CODES; c++)
        ex->all_codes[c] += t->by_code[c];
    ex->all_bytes += t->bytes;
}

void exporter_enter(exporter_t *ex)
{
//@ slot inflight
//@ is relaxed_type
    atomic_fetch_add_explicit(&ex->inflight, 1, memory_order_relaxed);
//@ is volatile_type
    ex->inflight++;
//@ is held
    pthread_mutex_lock(&ex->lock);
    ex->inflight++;
    pthread_mutex_unlock(&ex->lock);
//@ is leave_open
    pthread_mutex_lock(&ex->lock);
    ex->inflight++;
    pthread_mutex_unlock(&ex->lock);
//@ end
}

void exporter_leave(exporter_t *ex)
{
//@ slot inflight
//@ is relaxed_type
    atomic_fetch_sub_explicit(&ex->inflight, 1, memory_order_relaxed);
//@ is volatile_type
    ex->inflight--;
//@ is held
    pthread_mutex_lock(&ex->lock);
    ex->inflight--;
    pthread_mutex_unlock(&ex->lock);
//@ is leave_open
    ex->inflight--;
//@ end
}

void exporter_flush(exporter_t *ex)
{
    tally_t local;

    for (int c = 0; c < CODES; c++)
        local.by_code[c] = mine.by_code[c];
    local.bytes = mine.bytes;
    tally_reset(&mine);
    pthread_mutex_lock(&ex->lock);
    merge_locked(ex, &local);
//@ slot exports on exports
//@ is in_merge: unprotected
    ex->exports++;
    pthread_mutex_unlock(&ex->lock);
//@ is after_merge: racy
    pthread_mutex_unlock(&ex->lock);
    ex->exports++;
//@ is printed_open: racy
    ex->exports++;
    pthread_mutex_unlock(&ex->lock);
//@ is atomic_after: conflicting
    pthread_mutex_unlock(&ex->lock);
    __atomic_fetch_add(&ex->exports, 1, __ATOMIC_RELAXED);
//@ end
}

int exporter_render(exporter_t *ex, char *out, size_t len)
{
    uint64_t ok, bytes;
    unsigned n;

    pthread_mutex_lock(&ex->lock);
    ok = ex->all_codes[0];
    bytes = ex->all_bytes;
    pthread_mutex_unlock(&ex->lock);
    int used = snprintf(out, len, "ok %lu bytes %lu ", (unsigned long)ok, (unsigned long)bytes);
//@ slot exports
//@ is in_merge
    pthread_mutex_lock(&ex->lock);
    n = ex->exports;
    pthread_mutex_unlock(&ex->lock);
//@ is after_merge
    pthread_mutex_lock(&ex->lock);
    n = ex->exports;
    pthread_mutex_unlock(&ex->lock);
//@ is printed_open
    sched_yield();
    n = ex->exports;
//@ is atomic_after
    n = __atomic_load_n(&ex->exports, __ATOMIC_RELAXED);
//@ end
    return used + snprintf(out + used, len - (size_t)used, "exports %u", n);
}

static void *handler(void *arg)
{
    exporter_t *ex = arg;
    unsigned x = (unsigned)(uintptr_t)&x | 1u;
    char page[96];

    for (int i = 0; i < @REQS@; i++) {
        exporter_enter(ex);
        x = x * 1103515245u + 12345u;
        mine.by_code[(x >> 20) % CODES]++;
        mine.bytes += 100 + x % 900;
        if (i % 4 == 0)
            sched_yield();
        exporter_leave(ex);
        if (i % 8 == 7)
            exporter_flush(ex);
        if (i % 16 == 3)
            exporter_render(ex, page, sizeof page);
    }
    exporter_flush(ex);
    return NULL;
}

int main(void)
{
    pthread_t tid[@NT@];
    char page[96];
    uint64_t sum = 0;

    for (int i = 0; i < @NT@; i++)
        pthread_create(&tid[i], NULL, handler, &exporter);
    for (int i = 0; i < @NT@; i++)
        pthread_join(tid[i], NULL);
    for (int c = 0; c < CODES; c++)
        sum += exporter.all_codes[c];
    exporter_render(&exporter, page, sizeof page);
    printf("%d requests counted %d\n", page[0] == 'o', sum > 0);
    return 0;
}
