//@ family: pm_dns_cache
//@ domain: dns
//@ problem: A resolver keeps answers with a time to live behind a reader/writer lock.
//@ param NT: 3 | 4
//@ param QUERIES: 700
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define DNS_ENTRIES 8

typedef struct dns_entry {
    uint32_t name;
    uint32_t addr;
    uint32_t expires;
    uint32_t uses;
} dns_entry;

typedef struct dns_cache {
    pthread_rwlock_t rw;
    pthread_mutex_t lru_lock;
    dns_entry tab[DNS_ENTRIES];
    uint32_t clock;
    uint32_t generation;
    uint32_t min_ttl;
} dns_cache;

dns_cache *dns_new(uint32_t min_ttl)
{
    dns_cache *dc = calloc(1, sizeof(*dc));

    if (dc == NULL)
        return NULL;
    if (pthread_rwlock_init(&dc->rw, NULL) != 0) {
        free(dc);
        return NULL;
    }
    pthread_mutex_init(&dc->lru_lock, NULL);
    dc->min_ttl = min_ttl;
    return dc;
}

static dns_entry *slot_for(dns_cache *dc, uint32_t name)
{
    return &dc->tab[name % DNS_ENTRIES];
}

int dns_lookup(dns_cache *dc, uint32_t name, uint32_t now, uint32_t *addr)
{
    int hit = 0;

    pthread_rwlock_rdlock(&dc->rw);
    dns_entry *e = slot_for(dc, name);
    if (e->name == name && e->expires > now) {
        *addr = e->addr;
        hit = 1;
//@ slot uses on uses
//@ is shared_side: racy
        e->uses++;
    }
    pthread_rwlock_unlock(&dc->rw);
//@ is lru_nested: unprotected
        pthread_mutex_lock(&dc->lru_lock);
        e->uses++;
        pthread_mutex_unlock(&dc->lru_lock);
    }
    pthread_rwlock_unlock(&dc->rw);
//@ is upgraded: unprotected
    }
    pthread_rwlock_unlock(&dc->rw);
    if (hit) {
        pthread_rwlock_wrlock(&dc->rw);
        e->uses++;
        pthread_rwlock_unlock(&dc->rw);
    }
//@ is kept_pointer: racy
    }
    pthread_rwlock_unlock(&dc->rw);
    if (hit)
        e->uses++;
//@ is gcc_builtin: conflicting
        __atomic_add_fetch(&e->uses, 1, __ATOMIC_RELAXED);
    }
    pthread_rwlock_unlock(&dc->rw);
//@ end
    return hit;
}

void dns_insert(dns_cache *dc, uint32_t name, uint32_t addr, uint32_t now)
{
//@ slot expiry on expires
//@ is write_side: unprotected
    pthread_rwlock_wrlock(&dc->rw);
    dns_entry *e = slot_for(dc, name);
    e->expires = now + dc->min_ttl + name % 5;
    e->name = name;
    e->addr = addr;
//@ is stamped_first: racy
    dns_entry *e = slot_for(dc, name);
    e->expires = now + dc->min_ttl + name % 5;
    pthread_rwlock_wrlock(&dc->rw);
    e->name = name;
    e->addr = addr;
//@ is stamped_read_side: racy
    dns_entry *e = slot_for(dc, name);
    pthread_rwlock_rdlock(&dc->rw);
    e->expires = now + dc->min_ttl + name % 5;
    pthread_rwlock_unlock(&dc->rw);
    pthread_rwlock_wrlock(&dc->rw);
    e->name = name;
    e->addr = addr;
//@ is two_steps: unprotected
    dns_entry *e = slot_for(dc, name);
    pthread_rwlock_wrlock(&dc->rw);
    e->expires = now + dc->min_ttl + name % 5;
    pthread_rwlock_unlock(&dc->rw);
    pthread_rwlock_wrlock(&dc->rw);
    e->name = name;
    e->addr = addr;
//@ end
    dc->generation++;
    pthread_rwlock_unlock(&dc->rw);
}

uint32_t dns_generation(dns_cache *dc)
{
//@ slot gen on generation
//@ is read_side: unprotected
    pthread_rwlock_rdlock(&dc->rw);
    uint32_t g = dc->generation;
    pthread_rwlock_unlock(&dc->rw);
//@ is no_lock: racy
    uint32_t g = dc->generation;
//@ is lru_side: racy
    pthread_mutex_lock(&dc->lru_lock);
    uint32_t g = dc->generation;
    pthread_mutex_unlock(&dc->lru_lock);
//@ is write_side: unprotected
    pthread_rwlock_wrlock(&dc->rw);
    uint32_t g = dc->generation;
    pthread_rwlock_unlock(&dc->rw);
//@ end
    return g;
}

static uint32_t resolve_upstream(uint32_t name)
{
    uint32_t h = 2166136261u;

    sched_yield();
    for (int i = 0; i < 4; i++)
        h = (h ^ (name >> (8 * i) & 255u)) * 16777619u;
    return h;
}

static void *resolver(void *arg)
{
    dns_cache *dc = arg;
    uint32_t addr, changed = 0, gen = 0;

    for (uint32_t i = 0; i < @QUERIES@; i++) {
        uint32_t name = (i * 7u) % 12u;
        if (!dns_lookup(dc, name, i, &addr))
            dns_insert(dc, name, resolve_upstream(name), i);
        sched_yield();
        if (i % 4)
            continue;
        uint32_t g = dns_generation(dc);
        changed += g != gen;
        gen = g;
    }
    return (void *)(uintptr_t)changed;
}

int main(void)
{
    dns_cache *dc = dns_new(30);
    pthread_t tid[@NT@];
    uintptr_t changed = 0;
    void *ret;

    if (dc == NULL)
        return 1;
    for (int i = 0; i < @NT@; i++)
        pthread_create(&tid[i], NULL, resolver, dc);
    for (int i = 0; i < @NT@; i++) {
        pthread_join(tid[i], &ret);
        changed += (uintptr_t)ret;
    }
    printf("changed %d gen %d\n", changed > 0, dc->generation > 0);
    pthread_rwlock_destroy(&dc->rw);
    free(dc);
    return 0;
}
