//@ family: pm_kv_shard
//@ domain: kvstore
//@ problem: One shard of a key-value store keeps linked buckets, a byte count and a statistics record.
//@ param NT: 3 | 4
//@ param OPS: 500
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KV_BUCKETS 4

struct kv_item {
    struct kv_item *next;
    unsigned key;
    int value;
};

struct kv_stats {
    long gets;
    long puts;
    long removed;
};

struct kv_shard {
    pthread_mutex_t lock;
    struct kv_item *bucket[KV_BUCKETS];
    struct kv_stats stats;
    long bytes;
    struct kv_shard *peer;
};

int kv_shard_init(struct kv_shard *sh, struct kv_shard *peer)
{
    memset(sh->bucket, 0, sizeof sh->bucket);
    sh->stats = (struct kv_stats){ 0, 0, 0 };
    sh->bytes = 0;
    sh->peer = peer;
    return pthread_mutex_init(&sh->lock, NULL);
}

static struct kv_item *find_locked(struct kv_shard *sh, unsigned key)
{
    struct kv_item *it = sh->bucket[key % KV_BUCKETS];

    while (it && it->key != key)
        it = it->next;
    return it;
}

static void account(struct kv_shard *sh, long delta)
{
//@ slot bytes on bytes
//@ is held_by_put: unprotected
    sh->bytes += delta;
//@ is relocks_peer: unprotected
    pthread_mutex_lock(&sh->peer->lock);
    sh->bytes += delta;
    pthread_mutex_unlock(&sh->peer->lock);
//@ is called_late: racy
    sh->bytes += delta;
//@ is takes_lock: unprotected
    pthread_mutex_lock(&sh->lock);
    sh->bytes += delta;
    pthread_mutex_unlock(&sh->lock);
//@ end
}

int kv_put(struct kv_shard *sh, unsigned key, int value)
{
    struct kv_item *it;
    long delta = 0;

    pthread_mutex_lock(&sh->lock);
    it = find_locked(sh, key);
    if (!it) {
        it = malloc(sizeof *it);
        if (!it) {
            pthread_mutex_unlock(&sh->lock);
            return -1;
        }
        it->key = key;
        it->next = sh->bucket[key % KV_BUCKETS];
        sh->bucket[key % KV_BUCKETS] = it;
    }
    delta = (long)sizeof *it;
    it->value = value;
    sh->stats.puts++;
//@ slot bytes
//@ is held_by_put
    account(sh, delta);
    pthread_mutex_unlock(&sh->lock);
//@ is relocks_peer
    pthread_mutex_unlock(&sh->lock);
    account(sh, delta);
//@ is called_late
    pthread_mutex_unlock(&sh->lock);
    account(sh, delta);
//@ is takes_lock
    pthread_mutex_unlock(&sh->lock);
    account(sh, delta);
//@ end
    return 0;
}

int kv_get(struct kv_shard *sh, unsigned key, int *out)
{
    struct kv_item *it;
    int rc = -1;

//@ slot value on value
//@ is copied_held: unprotected
    pthread_mutex_lock(&sh->lock);
    it = find_locked(sh, key);
    sh->stats.gets++;
    if (it) {
        *out = it->value;
        rc = 0;
    }
    pthread_mutex_unlock(&sh->lock);
//@ is read_through: racy
    pthread_mutex_lock(&sh->lock);
    it = find_locked(sh, key);
    sh->stats.gets++;
    pthread_mutex_unlock(&sh->lock);
    if (it) {
        *out = it->value;
        rc = 0;
    }
//@ is goto_done: unprotected
    pthread_mutex_lock(&sh->lock);
    sh->stats.gets++;
    it = find_locked(sh, key);
    if (!it)
        goto done;
    *out = it->value;
    rc = 0;
done:
    pthread_mutex_unlock(&sh->lock);
//@ is peer_held: racy
    pthread_mutex_lock(&sh->lock);
    it = find_locked(sh, key);
    sh->stats.gets++;
    pthread_mutex_unlock(&sh->lock);
    pthread_mutex_lock(&sh->peer->lock);
    if (it) {
        *out = it->value;
        rc = 0;
    }
    pthread_mutex_unlock(&sh->peer->lock);
//@ end
    return rc;
}

void kv_stats_read(struct kv_shard *sh, struct kv_stats *out)
{
//@ slot stats on gets, puts
//@ is locked_copy: unprotected
    pthread_mutex_lock(&sh->lock);
    out->gets = sh->stats.gets;
    out->puts = sh->stats.puts;
    pthread_mutex_unlock(&sh->lock);
//@ is bare_copy: racy
    out->gets = sh->stats.gets;
    out->puts = sh->stats.puts;
//@ is via_pointer: racy
    pthread_mutex_lock(&sh->lock);
    const struct kv_stats *s = &sh->stats;
    pthread_mutex_unlock(&sh->lock);
    out->gets = s->gets;
    out->puts = s->puts;
//@ is two_holds: unprotected
    pthread_mutex_lock(&sh->lock);
    out->gets = sh->stats.gets;
    pthread_mutex_unlock(&sh->lock);
    pthread_mutex_lock(&sh->lock);
    out->puts = sh->stats.puts;
    pthread_mutex_unlock(&sh->lock);
//@ end
}

static struct kv_shard shards[2];

static void *client(void *arg)
{
    unsigned id = (unsigned)(unsigned long)arg;
    struct kv_stats s;
    long sum = 0;
    int v;

    for (unsigned i = 0; i < @OPS@; i++) {
        unsigned key = (i * 5 + id * 3) % 12;
        struct kv_shard *sh = &shards[(i ^ id) & 1];
        kv_put(sh, key, (int)i);
        if (i % 4 == 0)
            sched_yield();
        if (kv_get(sh, (key + 10) % 12, &v) == 0)
            sum += v;
        if (i % 2) {
            kv_stats_read(sh, &s);
            sum += s.gets - s.puts;
        } else {
            sched_yield();
        }
    }
    return (void *)sum;
}

int main(void)
{
    pthread_t tid[@NT@];

    for (int i = 0; i < 2; i++)
        if (kv_shard_init(&shards[i], &shards[1 - i]))
            return 1;
    for (unsigned long i = 0; i < @NT@; i++)
        pthread_create(&tid[i], NULL, client, (void *)i);
    for (int i = 0; i < @NT@; i++)
        pthread_join(tid[i], NULL);
    printf("puts %ld gets %ld bytes %d\n", shards[0].stats.puts + shards[1].stats.puts,
           shards[0].stats.gets + shards[1].stats.gets, shards[0].bytes > 0);
    return 0;
}
