//@ family: kt_readahead_ring
//@ domain: io
//@ problem: A read-ahead thread fills pages in advance of a scanning thread, both paced by semaphores.
//@ param PAGES: 120 | 200
//@ param DEPTH: 4 | 6
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_BYTES 64

struct page {
    unsigned char data[PAGE_BYTES];
    int number;
};

struct stream {
    struct page ring[@DEPTH@];
    sem_t empty, full;
    pthread_mutex_t stat_lock;
    long bytes_read;
    long hits;
    int hint;
    int eof_page;
};

static void device_read(unsigned char *dst, int page)
{
    for (int i = 0; i < PAGE_BYTES; i++)
        dst[i] = (unsigned char)(page * 17 + i * i);
}

static unsigned page_sum(const unsigned char *p)
{
    unsigned s = 0;

    for (int i = 0; i < PAGE_BYTES; i++)
        s = s * 33 + p[i];
    return s;
}

static void *read_ahead(void *arg)
{
    struct stream *s = arg;

    for (int n = 0; n < @PAGES@; n++) {
        struct page *pg = &s->ring[n % @DEPTH@];
//@ slot slots on data
//@ is wait_fill_post: unordered
        sem_wait(&s->empty);
        device_read(pg->data, n);
        pg->number = n;
        sem_post(&s->full);
//@ is post_then_fill: racy
        sem_wait(&s->empty);
        pg->number = n;
        sem_post(&s->full);
        device_read(pg->data, n);
//@ is extra_credit: racy
        sem_wait(&s->empty);
        device_read(pg->data, n);
        pg->number = n;
        sem_post(&s->full);
//@ is fill_aside: unordered
        unsigned char aside[PAGE_BYTES];
        device_read(aside, n);
        sem_wait(&s->empty);
        memcpy(pg->data, aside, sizeof aside);
        pg->number = n;
        sem_post(&s->full);
//@ end
//@ slot bytes on bytes_read
//@ is both_locked: unprotected
        pthread_mutex_lock(&s->stat_lock);
        s->bytes_read += PAGE_BYTES;
        pthread_mutex_unlock(&s->stat_lock);
//@ is reader_alone: concurrent
        s->bytes_read += PAGE_BYTES;
//@ is posted_before: racy
        s->bytes_read += PAGE_BYTES;
//@ is locked_here: racy
        pthread_mutex_lock(&s->stat_lock);
        s->bytes_read += PAGE_BYTES;
        pthread_mutex_unlock(&s->stat_lock);
//@ end
//@ slot hint on hint
//@ is tuned_by_scan: racy
        if (s->hint > 2 && n % 4 == 0)
            sched_yield();
//@ is tuned_with_builtin: conflicting
        if (__atomic_load_n(&s->hint, __ATOMIC_RELAXED) > 2 && n % 4 == 0)
            sched_yield();
//@ is tuned_at_open: conflicting
        if (s->hint > 2 && n % 4 == 0)
            sched_yield();
//@ end
    }
    return NULL;
}

static unsigned scan(struct stream *s)
{
    unsigned total = 0;

    for (int n = 0; n < @PAGES@; n++) {
        struct page *pg = &s->ring[n % @DEPTH@];
        sem_wait(&s->full);
        if (n % 4 == 0)
            sched_yield();
        total = total * 31 + page_sum(pg->data);
        s->hits += pg->number == n;
        sem_post(&s->empty);
//@ slot bytes
//@ is both_locked
        pthread_mutex_lock(&s->stat_lock);
        if (s->bytes_read > 1 << 20)
            s->hits--;
        pthread_mutex_unlock(&s->stat_lock);
//@ is posted_before
        if (s->bytes_read > 1 << 20)
            s->hits--;
//@ is locked_here
        if (s->bytes_read > 1 << 20)
            s->hits--;
//@ end
//@ slot hint
//@ is tuned_by_scan
        s->hint = n % 5;
//@ is tuned_with_builtin
        __atomic_store_n(&s->hint, n % 5, __ATOMIC_RELAXED);
//@ end
    }
    return total;
}

static unsigned scan_serially(void)
{
    unsigned char buf[PAGE_BYTES];
    unsigned total = 0;

    for (int n = 0; n < @PAGES@; n++) {
        device_read(buf, n);
        total = total * 31 + page_sum(buf);
    }
    return total;
}

static int stream_open(struct stream *s, pthread_t *helper)
{
    memset(s, 0, sizeof *s);
//@ slot slots
//@ is wait_fill_post
    int credit = @DEPTH@;
//@ is post_then_fill
    int credit = @DEPTH@;
//@ is extra_credit
    int credit = @DEPTH@ * 2;
//@ is fill_aside
    int credit = @DEPTH@ - 1;
//@ end
    if (sem_init(&s->empty, 0, credit) || sem_init(&s->full, 0, 0))
        return -1;
    if (pthread_mutex_init(&s->stat_lock, NULL))
        return -1;
    s->hint = 3;
    return pthread_create(helper, NULL, read_ahead, s);
}

int main(void)
{
    struct stream *s = malloc(sizeof *s);
    pthread_t helper;
    unsigned total;

    if (!s || stream_open(s, &helper))
        return 1;
    total = scan(s);
    pthread_join(helper, NULL);
    printf("total %u serial %u hits %d bytes %ld\n", total, scan_serially(), s->hits > 0,
           s->bytes_read);
    free(s);
    return 0;
}
