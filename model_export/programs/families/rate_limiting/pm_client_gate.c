//@ family: pm_client_gate
//@ domain: rate_limiting
//@ problem: A gateway admits requests per client by token credits that a refill thread tops up.
//@ param NT: 3 | 4
//@ param REQS: 700
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define CLIENTS 6
#define GATE_MAX 50

typedef struct client_gate {
    pthread_mutex_t lock;
    long credits;
    long admitted;
    long rejected;
} client_gate;

typedef struct gateway {
    client_gate client[CLIENTS];
    pthread_mutex_t lock;
    long refill_rate;
    long served;
    atomic_bool quit;
} gateway;

bool gateway_init(gateway *gw, long rate)
{
    if (pthread_mutex_init(&gw->lock, NULL) != 0)
        return false;
    for (int i = 0; i < CLIENTS; i++) {
        client_gate *cg = &gw->client[i];
        if (pthread_mutex_init(&cg->lock, NULL) != 0)
            return false;
        cg->credits = GATE_MAX;
        cg->admitted = 0;
        cg->rejected = 0;
    }
    gw->refill_rate = rate;
    gw->served = 0;
    atomic_init(&gw->quit, false);
    return true;
}

bool gate_admit(client_gate *cg)
{
    bool ok = false;

//@ slot credits on credits
//@ is test_in_lock: unprotected
    pthread_mutex_lock(&cg->lock);
    if (cg->credits > 0) {
        cg->credits--;
        ok = true;
    }
//@ is test_ahead: racy
    bool some = cg->credits > 0;
    pthread_mutex_lock(&cg->lock);
    if (some) {
        cg->credits--;
        ok = true;
    }
//@ is test_ahead_and_again: racy
    if (cg->credits <= 0)
        return false;
    pthread_mutex_lock(&cg->lock);
    if (cg->credits > 0) {
        cg->credits--;
        ok = true;
    }
//@ is early_unlock_return: unprotected
    pthread_mutex_lock(&cg->lock);
    if (cg->credits <= 0) {
        pthread_mutex_unlock(&cg->lock);
        return false;
    }
    cg->credits--;
    ok = true;
//@ end
    if (ok)
        cg->admitted++;
    else
        cg->rejected++;
    pthread_mutex_unlock(&cg->lock);
    return ok;
}

void gate_refill(client_gate *cg, long n)
{
    pthread_mutex_lock(&cg->lock);
    cg->credits += n;
    if (cg->credits > GATE_MAX)
        cg->credits = GATE_MAX;
    pthread_mutex_unlock(&cg->lock);
}

static void gateway_count(gateway *gw, client_gate *cg)
{
    (void)cg;
//@ slot served on served
//@ is gateway_lock: unprotected
    pthread_mutex_lock(&gw->lock);
    gw->served++;
    pthread_mutex_unlock(&gw->lock);
//@ is client_lock: racy
    pthread_mutex_lock(&cg->lock);
    gw->served++;
    pthread_mutex_unlock(&cg->lock);
//@ is auto_lock: racy
    pthread_mutex_t once_lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&once_lock);
    gw->served++;
    pthread_mutex_unlock(&once_lock);
    pthread_mutex_destroy(&once_lock);
//@ is static_lock: unprotected
    static pthread_mutex_t once_lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&once_lock);
    gw->served++;
    pthread_mutex_unlock(&once_lock);
//@ is first_client_lock: unprotected
    pthread_mutex_lock(&gw->client[0].lock);
    gw->served++;
    pthread_mutex_unlock(&gw->client[0].lock);
//@ end
}

static long gateway_rate(gateway *gw)
{
    long r;

//@ slot rate on refill_rate
//@ is never_set: conflicting
    r = gw->refill_rate;
//@ is set_locked_get_locked: unprotected
    pthread_mutex_lock(&gw->lock);
    r = gw->refill_rate;
    pthread_mutex_unlock(&gw->lock);
//@ is set_locked_get_open: racy
    r = gw->refill_rate;
//@ is set_by_refill_thread: concurrent
    r = gw->refill_rate;
//@ end
    return r;
}

void gateway_set_rate(gateway *gw, long rate)
{
//@ slot rate
//@ is never_set
    (void)gw;
    (void)rate;
//@ is set_locked_get_locked
    pthread_mutex_lock(&gw->lock);
    gw->refill_rate = rate;
    pthread_mutex_unlock(&gw->lock);
//@ is set_locked_get_open
    pthread_mutex_lock(&gw->lock);
    gw->refill_rate = rate;
    pthread_mutex_unlock(&gw->lock);
//@ is set_by_refill_thread
    gw->refill_rate = rate;
//@ end
}

static void *refiller(void *arg)
{
    gateway *gw = arg;
    int turn = 0;

    while (!atomic_load_explicit(&gw->quit, memory_order_relaxed)) {
        sched_yield();
//@ slot rate
//@ is set_by_refill_thread
        if (turn % 8 == 7)
            gateway_set_rate(gw, 1 + turn % 5);
//@ end
        gate_refill(&gw->client[turn % CLIENTS], gateway_rate(gw));
        turn++;
    }
    return NULL;
}

static void *front_end(void *arg)
{
    gateway *gw = arg;

    for (int i = 0; i < @REQS@; i++) {
        client_gate *cg = &gw->client[(i * 5) % CLIENTS];
        if (gate_admit(cg))
            gateway_count(gw, cg);
        sched_yield();
//@ slot rate
//@ is never_set
        if (i % 4 == 0)
            gateway_set_rate(gw, 2 + i % 3);
//@ is set_locked_get_locked
        if (i % 4 == 0)
            gateway_set_rate(gw, 2 + i % 3);
//@ is set_locked_get_open
        if (i % 4 == 0)
            gateway_set_rate(gw, 2 + i % 3);
//@ end
    }
    return NULL;
}

int main(void)
{
    gateway *gw = malloc(sizeof *gw);
    pthread_t refill, tid[@NT@];

    if (!gw || !gateway_init(gw, 3))
        return 1;
    pthread_create(&refill, NULL, refiller, gw);
    for (int i = 0; i < @NT@; i++)
        pthread_create(&tid[i], NULL, front_end, gw);
    for (int i = 0; i < @NT@; i++)
        pthread_join(tid[i], NULL);
    atomic_store_explicit(&gw->quit, true, memory_order_relaxed);
    pthread_join(refill, NULL);
    printf("served %d admitted %d\n", gw->served > 0, gw->client[0].admitted > 0);
    free(gw);
    return 0;
}
