//@ family: kt_treiber_inbox
//@ domain: lockfree
//@ problem: Producers push work items onto a lock-free stack that a collector takes away whole.
//@ param NT: 3 | 4
//@ param ITEMS: 300 | 500
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct item {
    struct item *next;
    long value;
    int from;
} item_t;

typedef struct {
    _Atomic(item_t *) top;
    atomic_int closed;
    pthread_mutex_t guard;
    long depth;
    long batches;
} inbox_t;

typedef struct {
    inbox_t *box;
    item_t *store;
    int id;
    long pushed;
} producer_t;

static long value_of(int from, int i)
{
    return (long)(from * 131 + i * 7) % 1009;
}

static void inbox_push(inbox_t *b, item_t *it, long value)
{
    item_t *old = atomic_load_explicit(&b->top, memory_order_relaxed);

//@ slot payload on value
//@ is release_push: unordered
    it->value = value;
    do {
        it->next = old;
    } while (!atomic_compare_exchange_weak_explicit(&b->top, &old, it, memory_order_release,
                                                    memory_order_relaxed));
//@ is filled_behind: racy
    do {
        it->next = old;
    } while (!atomic_compare_exchange_weak_explicit(&b->top, &old, it, memory_order_release,
                                                    memory_order_relaxed));
    it->value = value;
//@ is default_push: unordered
    it->value = value;
    do
        it->next = old;
    while (!atomic_compare_exchange_weak(&b->top, &old, it));
//@ is relaxed_push: racy
    it->value = value;
    do {
        it->next = old;
    } while (!atomic_compare_exchange_weak_explicit(&b->top, &old, it, memory_order_relaxed,
                                                    memory_order_relaxed));
//@ is relaxed_take: racy
    it->value = value;
    do {
        it->next = old;
    } while (!atomic_compare_exchange_weak_explicit(&b->top, &old, it, memory_order_release,
                                                    memory_order_relaxed));
//@ end
}

static item_t *inbox_take_all(inbox_t *b)
{
//@ slot payload
//@ is release_push
    return atomic_exchange_explicit(&b->top, NULL, memory_order_acquire);
//@ is filled_behind
    return atomic_exchange_explicit(&b->top, NULL, memory_order_acquire);
//@ is default_push
    return atomic_exchange(&b->top, NULL);
//@ is relaxed_push
    return atomic_exchange_explicit(&b->top, NULL, memory_order_acquire);
//@ is relaxed_take
    return atomic_exchange_explicit(&b->top, NULL, memory_order_relaxed);
//@ end
}

static void *produce(void *arg)
{
    producer_t *p = arg;
    inbox_t *b = p->box;

    for (int i = 0; i < @ITEMS@; i++) {
        item_t *it = &p->store[i];
        it->from = p->id;
        inbox_push(b, it, value_of(p->id, i));
//@ slot depth on depth
//@ is guarded: unprotected
        pthread_mutex_lock(&b->guard);
        b->depth++;
        pthread_mutex_unlock(&b->guard);
//@ is guarded_by_producers: racy
        pthread_mutex_lock(&b->guard);
        b->depth++;
        pthread_mutex_unlock(&b->guard);
//@ is kept_by_collector: concurrent
        p->pushed++;
//@ is beside_guard: racy
        pthread_mutex_lock(&b->guard);
        p->pushed++;
        pthread_mutex_unlock(&b->guard);
        b->depth++;
//@ end
        if (i % 8 == 0)
            sched_yield();
    }
    return NULL;
}

static void *collect(void *arg)
{
    inbox_t *b = arg;
    long sum = 0;
    int last;

    do {
        last = atomic_load(&b->closed);
        item_t *it = inbox_take_all(b);
//@ slot batches on batches
//@ is counted_here: concurrent
        b->batches += it != NULL;
//@ is counted_with_main: racy
        b->batches += it != NULL;
//@ is counted_at_close: unordered
        b->batches += it != NULL;
//@ end
        while (it) {
            sum += it->value;
            it = it->next;
//@ slot depth
//@ is guarded
            pthread_mutex_lock(&b->guard);
            b->depth--;
            pthread_mutex_unlock(&b->guard);
//@ is guarded_by_producers
            b->depth--;
//@ is kept_by_collector
            b->depth++;
//@ is beside_guard
            pthread_mutex_lock(&b->guard);
            b->depth--;
            pthread_mutex_unlock(&b->guard);
//@ end
        }
        sched_yield();
    } while (!last);
    return (void *)sum;
}

static long serial_sum(void)
{
    long sum = 0;

    for (int p = 0; p < @NT@; p++)
        for (int i = 0; i < @ITEMS@; i++)
            sum += value_of(p, i);
    return sum;
}

int main(void)
{
    static inbox_t box;
    producer_t crew[@NT@];
    pthread_t tid[@NT@], taker;
    void *sum;

    pthread_mutex_init(&box.guard, NULL);
    pthread_create(&taker, NULL, collect, &box);
    for (int i = 0; i < @NT@; i++) {
        crew[i] = (producer_t){&box, calloc(@ITEMS@, sizeof(item_t)), i, 0};
        pthread_create(&tid[i], NULL, produce, &crew[i]);
    }
//@ slot batches
//@ is counted_with_main
    for (int i = 0; i < 50; i++) {
        box.batches += 1000;
        sched_yield();
    }
//@ end
    for (int i = 0; i < @NT@; i++)
        pthread_join(tid[i], NULL);
    atomic_store(&box.closed, 1);
    pthread_join(taker, &sum);
//@ slot batches
//@ is counted_at_close
    box.batches += 1000;
//@ end
    printf("sum %ld serial %ld depth %d batches %d\n", (long)sum, serial_sum(), box.depth >= 0,
           box.batches > 0);
    for (int i = 0; i < @NT@; i++)
        free(crew[i].store);
    return 0;
}
