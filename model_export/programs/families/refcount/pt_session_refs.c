//@ family: pt_session_refs
//@ domain: refcount
//@ problem: Sessions are shared between request threads and freed by whoever drops the last reference.
//@ param NT: 3 | 4
//@ param ROUNDS: 1000 | 1600
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

struct session {
    pthread_mutex_t lock;
    int refs;
    int opened;
    long bytes;
    struct session *peer;
};

static struct session *make_session(void)
{
    struct session *s = calloc(1, sizeof *s);

    if (!s)
        exit(1);
    pthread_mutex_init(&s->lock, NULL);
    s->refs = 1;
    return s;
}

static void session_get(struct session *s)
{
//@ slot ref on refs
//@ is mutex: unprotected
    pthread_mutex_lock(&s->lock);
    s->refs++;
    pthread_mutex_unlock(&s->lock);
//@ is get_bare: racy
    s->refs++;
//@ is builtin: conflicting
    __atomic_fetch_add(&s->refs, 1, __ATOMIC_RELAXED);
//@ is mixed: racy
    __atomic_fetch_add(&s->refs, 1, __ATOMIC_RELAXED);
//@ is peer_lock: racy
    pthread_mutex_lock(&s->peer->lock);
    s->refs++;
    pthread_mutex_unlock(&s->peer->lock);
//@ end
}

static int session_put(struct session *s)
{
    int left;

//@ slot ref
//@ is mutex
    pthread_mutex_lock(&s->lock);
    left = --s->refs;
    pthread_mutex_unlock(&s->lock);
//@ is get_bare
    pthread_mutex_lock(&s->lock);
    left = --s->refs;
    pthread_mutex_unlock(&s->lock);
//@ is builtin
    left = __atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL);
//@ is mixed
    pthread_mutex_lock(&s->lock);
    left = --s->refs;
    pthread_mutex_unlock(&s->lock);
//@ is peer_lock
    pthread_mutex_lock(&s->lock);
    left = --s->refs;
    pthread_mutex_unlock(&s->lock);
//@ end
    return left;
}

static void session_charge(struct session *s, long n)
{
//@ slot charge on bytes
//@ is own_lock: unprotected
    pthread_mutex_lock(&s->lock);
    s->bytes += n;
    pthread_mutex_unlock(&s->lock);
//@ is other_lock: racy
    pthread_mutex_t *m = n & 1 ? &s->lock : &s->peer->lock;
    pthread_mutex_lock(m);
    s->bytes += n;
    pthread_mutex_unlock(m);
//@ is via_pointer: unprotected
    pthread_mutex_t *m = &s->lock;
    pthread_mutex_lock(m);
    s->bytes += n;
    pthread_mutex_unlock(m);
//@ is big_only: racy
    if (n > 40)
        pthread_mutex_lock(&s->lock);
    s->bytes += n;
    if (n > 40)
        pthread_mutex_unlock(&s->lock);
//@ end
}

struct request_arg {
    struct session *a;
    struct session *b;
    int id;
    int open_seen;
};

static void *serve(void *p)
{
    struct request_arg *r = p;

    for (int i = 0; i < @ROUNDS@; i++) {
        struct session *s = (i + r->id) % 3 ? r->a : r->b;
        session_get(s);
        if (i % 4 == 0)
            sched_yield();
        session_charge(s, (i * 13 + r->id) % 80);
//@ slot open on opened
//@ is before_threads: unordered
        r->open_seen += s->opened;
//@ is after_locked: unprotected
        pthread_mutex_lock(&s->lock);
        r->open_seen += s->opened;
        pthread_mutex_unlock(&s->lock);
//@ is after_bare: racy
        pthread_mutex_lock(&s->lock);
        r->open_seen += s->opened;
        pthread_mutex_unlock(&s->lock);
//@ is after_half: racy
        r->open_seen += s->opened;
//@ end
        session_put(s);
    }
    return NULL;
}

int main(void)
{
    pthread_t tid[@NT@];
    struct request_arg arg[@NT@];
    struct session *a = make_session();
    struct session *b = make_session();
    long total;

    a->peer = b;
    b->peer = a;
//@ slot open
//@ is before_threads
    a->opened = b->opened = 1;
//@ end
    for (int i = 0; i < @NT@; i++) {
        arg[i] = (struct request_arg){ a, b, i, 0 };
        pthread_create(&tid[i], NULL, serve, &arg[i]);
    }
//@ slot open
//@ is after_locked
    pthread_mutex_lock(&a->lock);
    a->opened = 1;
    pthread_mutex_unlock(&a->lock);
//@ is after_bare
    a->opened = 1;
//@ is after_half
    a->opened = 1;
//@ end
    for (int i = 0; i < @NT@; i++)
        pthread_join(tid[i], NULL);
    total = a->bytes + b->bytes;
    printf("bytes %ld opened %d refs %d %d\n", total, a->opened, a->refs > 0, b->refs > 0);
    pthread_mutex_destroy(&a->lock);
    pthread_mutex_destroy(&b->lock);
    free(a);
    free(b);
    return 0;
}
