//@ family: kt_kref_buffers
//@ domain: refcount
//@ problem: Network buffers are cloned between a driver and protocol threads and freed by the last put.
//@ param NT: 3 | 4
//@ param BUFS: 200 | 300
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#define container_of(p, type, m) ((type *)((char *)(p) - offsetof(type, m)))

struct kref {
//@ slot count on refs
//@ is atomic_acq_rel: conflicting
    atomic_int refs;
//@ is plain_decrement: racy
    int refs;
//@ is locked_count: unprotected
    int refs;
    pthread_mutex_t lock;
//@ is get_locked_put_bare: racy
    int refs;
    pthread_mutex_t lock;
//@ end
};

struct netbuf {
    struct kref kref;
    int len;
    int proto_mark[@NT@];
    unsigned sum;
    struct netbuf *graveyard;
};

struct proto {
    struct netbuf **feed;
    pthread_t task;
    int id;
    unsigned seen;
    struct netbuf *dead;
};

static pthread_mutex_t dead_lock = PTHREAD_MUTEX_INITIALIZER;
static struct netbuf *dead_list;
static int freed;

static void kref_init(struct kref *k, int n)
{
//@ slot count
//@ is atomic_acq_rel
    atomic_init(&k->refs, n);
//@ is plain_decrement
    k->refs = n;
//@ is locked_count
    pthread_mutex_init(&k->lock, NULL);
    k->refs = n;
//@ is get_locked_put_bare
    pthread_mutex_init(&k->lock, NULL);
    k->refs = n;
//@ end
}

static void kref_get(struct kref *k)
{
//@ slot count
//@ is atomic_acq_rel
    atomic_fetch_add_explicit(&k->refs, 1, memory_order_relaxed);
//@ is plain_decrement
    k->refs++;
//@ is locked_count
    pthread_mutex_lock(&k->lock);
    k->refs++;
    pthread_mutex_unlock(&k->lock);
//@ is get_locked_put_bare
    pthread_mutex_lock(&k->lock);
    k->refs++;
    pthread_mutex_unlock(&k->lock);
//@ end
}

static int kref_put(struct kref *k, void (*release)(struct kref *))
{
    int left;

//@ slot count
//@ is atomic_acq_rel
    left = atomic_fetch_sub_explicit(&k->refs, 1, memory_order_acq_rel) - 1;
//@ is plain_decrement
    left = --k->refs;
//@ is locked_count
    pthread_mutex_lock(&k->lock);
    left = --k->refs;
    pthread_mutex_unlock(&k->lock);
//@ is get_locked_put_bare
    left = --k->refs;
    if (left < 0) {
        pthread_mutex_lock(&k->lock);
        left = k->refs;
        pthread_mutex_unlock(&k->lock);
    }
//@ end
    if (left)
        return 0;
    release(k);
    return 1;
}

static void netbuf_release(struct kref *k)
{
    struct netbuf *b = container_of(k, struct netbuf, kref);

    for (int i = 0; i < @NT@; i++)
        b->sum += (unsigned)b->len;
    pthread_mutex_lock(&dead_lock);
    b->graveyard = dead_list;
    dead_list = b;
//@ slot freed on freed
//@ is in_list_lock: unprotected
    freed++;
    pthread_mutex_unlock(&dead_lock);
//@ is past_list_lock: racy
    pthread_mutex_unlock(&dead_lock);
    freed++;
//@ is atomic_builtin: conflicting
    pthread_mutex_unlock(&dead_lock);
    __atomic_add_fetch(&freed, 1, __ATOMIC_RELAXED);
//@ is buffer_lock: racy
    pthread_mutex_unlock(&dead_lock);
    pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&own);
    freed++;
    pthread_mutex_unlock(&own);
//@ end
}

static void *proto_rcv(void *arg)
{
    struct proto *p = arg;

    for (int i = 0; i < @BUFS@; i++) {
        struct netbuf *b = p->feed[(i + p->id * 7) % @BUFS@];
        kref_get(&b->kref);
        p->seen += (unsigned)b->len;
//@ slot mark on proto_mark
//@ is own_cell: same-location
        b->proto_mark[p->id] = i;
//@ is after_put: racy
//@ is turned_cell: same-location
        b->proto_mark[(p->id + 1) % @NT@] = i;
//@ end
        kref_put(&b->kref, netbuf_release);
        kref_put(&b->kref, netbuf_release);
//@ slot mark
//@ is after_put
        b->proto_mark[0] = i;
//@ end
        if (i % 8 == 0)
            sched_yield();
    }
    return NULL;
}

static unsigned serial_seen(void)
{
    unsigned seen = 0;

    for (int i = 0; i < @BUFS@; i++)
        seen += (unsigned)(64 + i % 900) * @NT@;
    return seen;
}

int main(void)
{
    static struct netbuf *feed[@BUFS@];
    static struct proto protos[@NT@];
    unsigned seen = 0;
    int rc = -ENOMEM;

    for (int i = 0; i < @BUFS@; i++) {
        feed[i] = calloc(1, sizeof **feed);
        if (!feed[i])
            goto out;
        kref_init(&feed[i]->kref, @NT@);
        feed[i]->len = 64 + i % 900;
    }
    for (int t = 0; t < @NT@; t++) {
        protos[t].feed = feed;
        protos[t].id = t;
        pthread_create(&protos[t].task, NULL, proto_rcv, &protos[t]);
    }
    for (int t = 0; t < @NT@; t++)
        pthread_join(protos[t].task, NULL);
    for (int t = 0; t < @NT@; t++)
        seen += protos[t].seen;
    printf("seen %u serial %u freed %d\n", seen, serial_seen(), freed > 0);
    rc = 0;
out:
    for (int i = 0; i < @BUFS@; i++)
        free(feed[i]);
    return rc;
}
