//@ family: pm_topic_bus
//@ domain: messaging
//@ problem: A message bus delivers published messages to subscriber mailboxes and frees them by reference count.
//@ param NT: 3 | 4
//@ param MSGS: 400
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_SUBS 16

struct msg {
//@ slot refs on refs
//@ is atomic_type: conflicting
    atomic_int refs;
//@ is msg_lock: unprotected
    pthread_mutex_t lock;
    int refs;
//@ is plain_int: racy
    int refs;
//@ is get_plain_put_locked: racy
    pthread_mutex_t lock;
    int refs;
//@ end
    int topic;
    int body;
};

struct subscriber {
    struct subscriber *next;
    int topic_mask;
    long received;
};

struct bus {
    pthread_mutex_t sub_lock;
    pthread_mutex_t last_lock;
    struct subscriber *subs;
    struct msg *pinned;
    int nsubs;
    long published;
};

static void msg_get(struct msg *m)
{
//@ slot refs
//@ is atomic_type
    atomic_fetch_add(&m->refs, 1);
//@ is msg_lock
    pthread_mutex_lock(&m->lock);
    m->refs++;
    pthread_mutex_unlock(&m->lock);
//@ is plain_int
    m->refs++;
//@ is get_plain_put_locked
    m->refs++;
//@ end
}

static int msg_put(struct msg *m)
{
    int left;
//@ slot refs
//@ is atomic_type
    left = atomic_fetch_sub(&m->refs, 1) - 1;
//@ is msg_lock
    pthread_mutex_lock(&m->lock);
    left = --m->refs;
    pthread_mutex_unlock(&m->lock);
//@ is plain_int
    left = --m->refs;
//@ is get_plain_put_locked
    pthread_mutex_lock(&m->lock);
    left = --m->refs;
    pthread_mutex_unlock(&m->lock);
//@ end
    return left;
}

struct bus *bus_create(void)
{
    struct bus *b = calloc(1, sizeof *b);

    if (!b)
        return NULL;
    pthread_mutex_init(&b->sub_lock, NULL);
    pthread_mutex_init(&b->last_lock, NULL);
    b->pinned = calloc(1, sizeof *b->pinned);
    if (!b->pinned) {
        free(b);
        return NULL;
    }
//@ slot refs
//@ is atomic_type
    atomic_init(&b->pinned->refs, 1);
//@ is msg_lock
    pthread_mutex_init(&b->pinned->lock, NULL);
    b->pinned->refs = 1;
//@ is plain_int
    b->pinned->refs = 1;
//@ is get_plain_put_locked
    pthread_mutex_init(&b->pinned->lock, NULL);
    b->pinned->refs = 1;
//@ end
    b->pinned->topic = 1;
    return b;
}

int bus_subscribe(struct bus *b, int mask)
{
    struct subscriber *s = calloc(1, sizeof *s);

    if (!s)
        return -1;
    s->topic_mask = mask;
    pthread_mutex_lock(&b->sub_lock);
    if (b->nsubs >= MAX_SUBS) {
        pthread_mutex_unlock(&b->sub_lock);
        free(s);
        return -1;
    }
    s->next = b->subs;
    b->subs = s;
    b->nsubs++;
    pthread_mutex_unlock(&b->sub_lock);
    return 0;
}

int bus_publish(struct bus *b, int topic)
{
    int sent = 0;

    msg_get(b->pinned);
//@ slot deliver on received
//@ is list_held: unprotected
    pthread_mutex_lock(&b->sub_lock);
    for (struct subscriber *s = b->subs; s; s = s->next)
        if (s->topic_mask & topic) {
            s->received++;
            sent++;
        }
    pthread_mutex_unlock(&b->sub_lock);
//@ is head_taken_held: racy
    pthread_mutex_lock(&b->sub_lock);
    struct subscriber *first = b->subs;
    pthread_mutex_unlock(&b->sub_lock);
    for (struct subscriber *s = first; s; s = s->next)
        if (s->topic_mask & topic) {
            s->received++;
            sent++;
        }
//@ is last_lock_held: racy
    pthread_mutex_lock(&b->sub_lock);
    struct subscriber *first = b->subs;
    pthread_mutex_unlock(&b->sub_lock);
    for (struct subscriber *s = first; s; s = s->next)
        if (s->topic_mask & topic) {
            if (sent > 1)
                pthread_mutex_lock(&b->last_lock);
            s->received++;
            if (sent > 1)
                pthread_mutex_unlock(&b->last_lock);
            sent++;
        }
//@ is relaxed_add: conflicting
    pthread_mutex_lock(&b->sub_lock);
    struct subscriber *first = b->subs;
    pthread_mutex_unlock(&b->sub_lock);
    for (struct subscriber *s = first; s; s = s->next)
        if (s->topic_mask & topic) {
            __atomic_fetch_add(&s->received, 1, __ATOMIC_RELAXED);
            sent++;
        }
//@ end
//@ slot published on published
//@ is last_lock: unprotected
    pthread_mutex_lock(&b->last_lock);
    b->published++;
    pthread_mutex_unlock(&b->last_lock);
//@ is return_before: racy
    if (sent == 0) {
        b->published++;
        goto out;
    }
    pthread_mutex_lock(&b->last_lock);
    b->published++;
    pthread_mutex_unlock(&b->last_lock);
//@ is return_before_held: unprotected
    pthread_mutex_lock(&b->last_lock);
    b->published++;
    pthread_mutex_unlock(&b->last_lock);
    if (sent == 0)
        goto out;
//@ end
    if (sent > MAX_SUBS)
        sent = MAX_SUBS;
out:
    if (sent < 2)
        sched_yield();
    msg_put(b->pinned);
    return sent;
}

static void *peer(void *arg)
{
    struct bus *b = arg;
    long sent = 0;

    for (int i = 0; i < @MSGS@; i++) {
        if (i % 64 == 10)
            bus_subscribe(b, 1 << (i / 64 % 3));
        if (i % 3 == 0)
            sched_yield();
        sent += bus_publish(b, i % 2 ? 8 : 1 << i % 3);
    }
    return (void *)sent;
}

int main(void)
{
    struct bus *b = bus_create();
    pthread_t tid[@NT@];
    long got = 0;

    if (!b)
        return 1;
    bus_subscribe(b, 7);
    for (int i = 0; i < @NT@; i++)
        pthread_create(&tid[i], NULL, peer, b);
    for (int i = 0; i < @NT@; i++)
        pthread_join(tid[i], NULL);
    while (b->subs) {
        struct subscriber *s = b->subs;
        got += s->received;
        b->subs = s->next;
        free(s);
    }
    printf("got %d published %d\n", got > 0, b->published > 0);
    free(b->pinned);
    free(b);
    return 0;
}
