//@ family: kt_wal_group_commit
//@ domain: kvstore
//@ problem: Writers append records to a write-ahead log in memory; a committer takes the filled part over and applies it to the table.
//@ param NT: 3 | 4
//@ param PUTS: 150 | 250
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYS 64
#define LOG_CAP 4096

struct rec {
    int key;
    int delta;
};

struct wal {
    pthread_mutex_t mu;
    pthread_cond_t grown;
    pthread_cond_t durable;
    struct rec *tail;
    int fill;
    int closed;
    long lsn;
    long flushed;
};

struct store {
    struct wal wal;
    long cell[KEYS];
    pthread_mutex_t table_mu;
    long applied;
    _Atomic long waiters;
};

struct writer {
    struct store *st;
    int id;
    long seen;
};

static int key_of(int w, int i) { return (w * 29 + i * 13) % KEYS; }
static int delta_of(int w, int i) { return (w + 1) * (i % 9) - 3; }

static long wal_append(struct store *st, int key, int delta)
{
    struct wal *l = &st->wal;
    long lsn;

    pthread_mutex_lock(&l->mu);
    while (l->fill == LOG_CAP)
        pthread_cond_wait(&l->durable, &l->mu);
    l->tail[l->fill++] = (struct rec){ key, delta };
//@ slot lsn on lsn
//@ is in_append: unprotected
    lsn = ++l->lsn;
    pthread_cond_signal(&l->grown);
    pthread_mutex_unlock(&l->mu);
//@ is line_below: racy
    pthread_cond_signal(&l->grown);
    pthread_mutex_unlock(&l->mu);
    lsn = ++l->lsn;
//@ is read_below: racy
    ++l->lsn;
    pthread_cond_signal(&l->grown);
    pthread_mutex_unlock(&l->mu);
    lsn = l->lsn;
//@ is kept_local: unprotected
    const long mine = l->lsn + 1;
    l->lsn = mine;
    pthread_mutex_unlock(&l->mu);
    pthread_cond_signal(&l->grown);
    lsn = mine;
//@ end
    return lsn;
}

static int wal_take(struct wal *l, struct rec **out)
{
    struct rec *spare = *out;
    int n;

    pthread_mutex_lock(&l->mu);
    while (!l->fill && !l->closed)
        pthread_cond_wait(&l->grown, &l->mu);
    n = l->fill;
    *out = l->tail;
    l->tail = spare;
    l->fill = 0;
    pthread_cond_broadcast(&l->durable);
    pthread_mutex_unlock(&l->mu);
    return n;
}

static void *committer(void *arg)
{
    struct store *st = arg;
    struct rec *batch = malloc(LOG_CAP * sizeof *batch);
    int n;

    while ((n = wal_take(&st->wal, &batch)) > 0) {
//@ slot cells on cell
//@ is table_lock_each: unprotected
        for (int i = 0; i < n; i++) {
            pthread_mutex_lock(&st->table_mu);
            st->cell[batch[i].key] += batch[i].delta;
            pthread_mutex_unlock(&st->table_mu);
        }
//@ is log_lock: racy
        pthread_mutex_lock(&st->wal.mu);
        for (int i = 0; i < n; i++)
            st->cell[batch[i].key] += batch[i].delta;
        pthread_mutex_unlock(&st->wal.mu);
//@ is sole_user: concurrent
        for (int i = 0; i < n; i++)
            st->cell[batch[i].key] += batch[i].delta;
//@ is from_memory: racy
        for (int i = 0; i < n; i++)
            st->cell[batch[i].key] += batch[i].delta;
//@ end
        sched_yield();
//@ slot flushed on flushed
//@ is log_mutex: unprotected
        pthread_mutex_lock(&st->wal.mu);
        st->wal.flushed += n;
        pthread_mutex_unlock(&st->wal.mu);
//@ is bare_look: racy
        pthread_mutex_lock(&st->wal.mu);
        st->wal.flushed += n;
        pthread_mutex_unlock(&st->wal.mu);
//@ is nobody_looks: concurrent
        st->wal.flushed += n;
//@ end
    }
    free(batch);
    return NULL;
}

static long store_get(struct store *st, int key)
{
    long v = 0;

//@ slot cells
//@ is table_lock_each
    pthread_mutex_lock(&st->table_mu);
    v = st->cell[key];
    pthread_mutex_unlock(&st->table_mu);
//@ is log_lock
    pthread_mutex_lock(&st->table_mu);
    v = st->cell[key];
    pthread_mutex_unlock(&st->table_mu);
//@ is sole_user
    v = key;
//@ is from_memory
    v = st->cell[key];
//@ end
    return v;
}

static void *writer_main(void *arg)
{
    struct writer *w = arg;

    for (int i = 0; i < @PUTS@; i++) {
        wal_append(w->st, key_of(w->id, i), delta_of(w->id, i));
        if (i % 3 == 0)
            sched_yield();
//@ slot flushed
//@ is log_mutex
        pthread_mutex_lock(&w->st->wal.mu);
        w->seen += w->st->wal.flushed > 0;
        pthread_mutex_unlock(&w->st->wal.mu);
//@ is bare_look
        w->seen += w->st->wal.flushed > 0;
//@ end
        w->seen += store_get(w->st, key_of(w->id, i)) > 0;
    }
    return NULL;
}

static long serial_store(void)
{
    long cell[KEYS] = { 0 }, sum = 0;

    for (int w = 0; w < @NT@; w++)
        for (int i = 0; i < @PUTS@; i++)
            cell[key_of(w, i)] += delta_of(w, i);
    for (int k = 0; k < KEYS; k++)
        sum += cell[k] * (k + 1);
    return sum;
}

int main(void)
{
    static struct store st;
    struct writer w[@NT@];
    pthread_t tid[@NT@], commit;
    long sum = 0;

    pthread_mutex_init(&st.wal.mu, NULL);
    pthread_mutex_init(&st.table_mu, NULL);
    pthread_cond_init(&st.wal.grown, NULL);
    pthread_cond_init(&st.wal.durable, NULL);
    st.wal.tail = malloc(LOG_CAP * sizeof(struct rec));
    pthread_create(&commit, NULL, committer, &st);
    for (int i = 0; i < @NT@; i++) {
        w[i] = (struct writer){ &st, i, 0 };
        pthread_create(&tid[i], NULL, writer_main, &w[i]);
    }
    for (int i = 0; i < @NT@; i++)
        pthread_join(tid[i], NULL);
    pthread_mutex_lock(&st.wal.mu);
    st.wal.closed = 1;
    pthread_cond_signal(&st.wal.grown);
    pthread_mutex_unlock(&st.wal.mu);
    pthread_join(commit, NULL);
    for (int k = 0; k < KEYS; k++)
        sum += st.cell[k] * (k + 1);
    printf("sum %ld serial %ld lsn %d flushed %d\n", sum, serial_store(), st.wal.lsn > 0,
           st.wal.flushed > 0);
    free(st.wal.tail);
    return 0;
}
