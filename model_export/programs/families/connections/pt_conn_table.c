//@ family: pt_conn_table
//@ domain: connections
//@ problem: A server keeps a table of connections, each with its own lock, and moves quota between them.
//@ param NT: 3 | 4
//@ param MSGS: 1200 | 2000
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CONN 6

struct conn {
    pthread_mutex_t lock;
    int fd;
    long quota;
    long sent;
    int state;
};

struct server {
    struct conn conns[MAX_CONN];
    pthread_mutex_t table_lock;
    long total_sent;
};

static struct server srv;

static int server_init(struct server *s)
{
    int rc = pthread_mutex_init(&s->table_lock, NULL);

    if (rc)
        goto fail;
    for (int i = 0; i < MAX_CONN; i++) {
        struct conn *c = &s->conns[i];
        rc = pthread_mutex_init(&c->lock, NULL);
        if (rc)
            goto fail;
        c->fd = 10 + i;
        c->quota = 100000;
        c->state = 1;
    }
    return 0;
fail:
    fprintf(stderr, "server_init: %s\n", strerror(rc));
    return rc;
}

static void conn_lock_pair(struct conn *a, struct conn *b)
{
    struct conn *first = a < b ? a : b;
    struct conn *second = a < b ? b : a;

    pthread_mutex_lock(&first->lock);
    pthread_mutex_lock(&second->lock);
}

static void conn_unlock_pair(struct conn *a, struct conn *b)
{
    pthread_mutex_unlock(&a->lock);
    pthread_mutex_unlock(&b->lock);
}

static void move_quota(struct conn *from, struct conn *to, long n)
{
//@ slot move on quota
//@ is pair: unprotected
    conn_lock_pair(from, to);
    from->quota -= n;
    to->quota += n;
    conn_unlock_pair(from, to);
//@ is from_lock_only: racy
    pthread_mutex_lock(&from->lock);
    from->quota -= n;
    to->quota += n;
    pthread_mutex_unlock(&from->lock);
//@ is one_after_other: unprotected
    pthread_mutex_lock(&from->lock);
    from->quota -= n;
    pthread_mutex_unlock(&from->lock);
    pthread_mutex_lock(&to->lock);
    to->quota += n;
    pthread_mutex_unlock(&to->lock);
//@ is swapped: racy
    pthread_mutex_lock(&to->lock);
    from->quota -= n;
    pthread_mutex_unlock(&to->lock);
    pthread_mutex_lock(&from->lock);
    to->quota += n;
    pthread_mutex_unlock(&from->lock);
//@ is table: unprotected
    pthread_mutex_lock(&srv.table_lock);
    from->quota -= n;
    to->quota += n;
    pthread_mutex_unlock(&srv.table_lock);
//@ end
}

static int conn_send(struct conn *c, int len)
{
    int rc = -1;

    pthread_mutex_lock(&c->lock);
//@ slot state on state
//@ is guarded: unprotected
    if (c->state == 0)
        goto out;
    c->state = 1 + (len & 1);
//@ is reset_bare: racy
    if (c->state == 0)
        goto out;
    c->state = 1 + (len & 1);
//@ is read_only: conflicting
    if (c->state == 0)
        goto out;
//@ is neighbour_reset: racy
    if (c->state == 0)
        goto out;
    c->state = 1 + (len & 1);
//@ end
    c->sent += len;
    rc = len;
out:
    pthread_mutex_unlock(&c->lock);
//@ slot total on total_sent
//@ is table_lock: unprotected
    pthread_mutex_lock(&srv.table_lock);
    srv.total_sent += len;
    pthread_mutex_unlock(&srv.table_lock);
//@ is conn_lock: racy
    pthread_mutex_lock(&c->lock);
    srv.total_sent += len;
    pthread_mutex_unlock(&c->lock);
//@ is summed_at_end: concurrent
//@ is first_conn_lock: unprotected
    pthread_mutex_lock(&srv.conns[0].lock);
    srv.total_sent += len;
    pthread_mutex_unlock(&srv.conns[0].lock);
//@ is early_return: racy
    if (rc > 0 && len < 30) {
        srv.total_sent += len;
        return rc;
    }
    pthread_mutex_lock(&srv.table_lock);
    srv.total_sent += len;
    pthread_mutex_unlock(&srv.table_lock);
//@ end
    return rc;
}

static void *client(void *arg)
{
    int id = (int)(long)arg;

    for (int i = 0; i < @MSGS@; i++) {
        struct conn *a = &srv.conns[(i + id) % MAX_CONN];
        struct conn *b = &srv.conns[(i * 5 + id + 1) % MAX_CONN];
        conn_send(a, 1 + i % 60);
        if (i % 4 == 0)
            sched_yield();
        if (a != b)
            move_quota(a, b, i % 7);
//@ slot state
//@ is guarded
        pthread_mutex_lock(&b->lock);
        b->state = 1;
        pthread_mutex_unlock(&b->lock);
//@ is reset_bare
        b->state = 1;
//@ is neighbour_reset
        pthread_mutex_lock(&a->lock);
        b->state = 1;
        pthread_mutex_unlock(&a->lock);
//@ end
    }
    return NULL;
}

int main(void)
{
    pthread_t tid[@NT@];
    long quota = 0, sent = 0;

    if (server_init(&srv))
        return 1;
    for (long i = 0; i < @NT@; i++)
        pthread_create(&tid[i], NULL, client, (void *)i);
    for (int i = 0; i < @NT@; i++)
        pthread_join(tid[i], NULL);
    for (int i = 0; i < MAX_CONN; i++) {
        quota += srv.conns[i].quota;
        sent += srv.conns[i].sent;
    }
//@ slot total
//@ is summed_at_end
    srv.total_sent = sent;
//@ end
    printf("quota %ld sent %ld total %d\n", quota, sent, srv.total_sent > 0);
    return 0;
}
