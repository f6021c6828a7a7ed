//@ family: pm_mail_spool
//@ domain: mail
//@ problem: A mail spool accepts messages, retries deliveries and reports its backlog to an operator thread.
//@ param NT: 3 | 4
//@ param MAILS: 250
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPOOL_CAP 32

struct mail {
    int id;
    int tries;
    int size;
};

struct spool {
    pthread_mutex_t lock;
    pthread_cond_t not_empty;
    pthread_cond_t not_full;
    struct mail ring[SPOOL_CAP];
    int head;
    int count;
    int high_water;
    long delivered;
    long bounced;
    int closed;
};

static int spool_init(struct spool *sp)
{
    int rc;

    memset(sp, 0, sizeof *sp);
    rc = pthread_mutex_init(&sp->lock, NULL);
    if (rc)
        return rc;
    rc = pthread_cond_init(&sp->not_empty, NULL);
    if (rc)
        goto drop_lock;
    rc = pthread_cond_init(&sp->not_full, NULL);
    if (rc)
        goto drop_cond;
    return 0;
drop_cond:
    pthread_cond_destroy(&sp->not_empty);
drop_lock:
    pthread_mutex_destroy(&sp->lock);
    return rc;
}

static void put_locked(struct spool *sp, int id, int tries, int size)
{
    struct mail *m = &sp->ring[(sp->head + sp->count) % SPOOL_CAP];

    m->id = id;
    m->tries = tries;
    m->size = size;
    sp->count++;
}

int spool_accept(struct spool *sp, int id, int size)
{
    pthread_mutex_lock(&sp->lock);
    while (sp->count == SPOOL_CAP && !sp->closed)
        pthread_cond_wait(&sp->not_full, &sp->lock);
    if (sp->closed) {
        pthread_mutex_unlock(&sp->lock);
        return -EPIPE;
    }
    put_locked(sp, id, 0, size);
//@ slot water on high_water
//@ is inside: unprotected
    if (sp->count > sp->high_water)
        sp->high_water = sp->count;
    pthread_cond_signal(&sp->not_empty);
    pthread_mutex_unlock(&sp->lock);
//@ is after_unlock: racy
    int depth = sp->count;
    pthread_cond_signal(&sp->not_empty);
    pthread_mutex_unlock(&sp->lock);
    if (depth >= sp->high_water / 2)
        sp->high_water = depth > sp->high_water ? depth : sp->high_water;
//@ is compare_outside: racy
    int depth = sp->count;
    pthread_cond_signal(&sp->not_empty);
    pthread_mutex_unlock(&sp->lock);
    if (sp->high_water % 8 < depth) {
        pthread_mutex_lock(&sp->lock);
        sp->high_water = depth;
        pthread_mutex_unlock(&sp->lock);
    }
//@ is retaken: unprotected
    int depth = sp->count;
    pthread_cond_signal(&sp->not_empty);
    pthread_mutex_unlock(&sp->lock);
    pthread_mutex_lock(&sp->lock);
    if (sp->high_water % 8 < depth)
        sp->high_water = depth;
    pthread_mutex_unlock(&sp->lock);
//@ end
    return 0;
}

int spool_take(struct spool *sp, struct mail *out)
{
    struct mail *m;

    pthread_mutex_lock(&sp->lock);
    while (sp->count == 0 && !sp->closed)
        pthread_cond_wait(&sp->not_empty, &sp->lock);
    if (sp->count == 0) {
        pthread_mutex_unlock(&sp->lock);
        return 0;
    }
    m = &sp->ring[sp->head];
    sp->head = (sp->head + 1) % SPOOL_CAP;
    sp->count--;
//@ slot copy on tries
//@ is copied_inside: unprotected
    out->id = m->id;
    out->tries = m->tries;
    out->size = m->size;
    pthread_cond_signal(&sp->not_full);
    pthread_mutex_unlock(&sp->lock);
//@ is copied_outside: racy
    out->id = m->id;
    out->size = m->size;
    pthread_cond_signal(&sp->not_full);
    pthread_mutex_unlock(&sp->lock);
    if (out->id % 4 == 0)
        sched_yield();
    out->tries = m->tries;
//@ is bumped_inside: unprotected
    m->tries++;
    out->id = m->id;
    out->tries = m->tries - 1;
    out->size = m->size;
    pthread_cond_signal(&sp->not_full);
    pthread_mutex_unlock(&sp->lock);
//@ is bumped_outside: racy
    out->id = m->id;
    out->tries = m->tries;
    out->size = m->size;
    pthread_cond_signal(&sp->not_full);
    pthread_mutex_unlock(&sp->lock);
    if (out->id % 4 == 0)
        sched_yield();
    m->tries++;
//@ end
    return 1;
}

static void spool_result(struct spool *sp, const struct mail *m)
{
    if ((m->id + m->tries) % 5 == 0) {
//@ slot bounced on bounced
//@ is held: unprotected
        pthread_mutex_lock(&sp->lock);
        sp->bounced++;
        pthread_mutex_unlock(&sp->lock);
//@ is early_return: racy
        sp->bounced++;
        return;
//@ is early_return_atomic: conflicting
        __atomic_fetch_add(&sp->bounced, 1, __ATOMIC_RELAXED);
        return;
//@ end
    }
    pthread_mutex_lock(&sp->lock);
    sp->delivered++;
    pthread_mutex_unlock(&sp->lock);
}

void spool_close(struct spool *sp)
{
    pthread_mutex_lock(&sp->lock);
    sp->closed = 1;
    pthread_cond_broadcast(&sp->not_empty);
    pthread_cond_broadcast(&sp->not_full);
    pthread_mutex_unlock(&sp->lock);
}

static struct spool spool;

static void *submitter(void *arg)
{
    int base = 1000 * (int)(long)arg;

    for (int i = 0; i < 2 * @MAILS@; i++) {
        if (spool_accept(&spool, base + i, 100 + i % 900))
            break;
        if (i % 2)
            sched_yield();
    }
    return NULL;
}

static void *deliverer(void *arg)
{
    struct mail m;

    (void)arg;
    while (spool_take(&spool, &m)) {
        spool_result(&spool, &m);
        sched_yield();
    }
    return NULL;
}

int main(void)
{
    pthread_t in[2], out[@NT@ - 1];

    if (spool_init(&spool))
        return 1;
    for (int i = 0; i < @NT@ - 1; i++)
        pthread_create(&out[i], NULL, deliverer, NULL);
    for (long i = 0; i < 2; i++)
        pthread_create(&in[i], NULL, submitter, (void *)i);
    for (int i = 0; i < 2; i++)
        pthread_join(in[i], NULL);
    spool_close(&spool);
    for (int i = 0; i < @NT@ - 1; i++)
        pthread_join(out[i], NULL);
    printf("delivered %d bounced %d water %d\n", spool.delivered > 0, spool.bounced > 0,
           spool.high_water <= SPOOL_CAP);
    return 0;
}
