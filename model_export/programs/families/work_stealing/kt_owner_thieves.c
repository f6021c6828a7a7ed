//@ family: kt_owner_thieves
//@ domain: work_stealing
//@ problem: An owner pushes and pops chores at the bottom of its deque while thieves take chores from the top.
//@ param THIEVES: 2 | 3
//@ param CHORES: 500 | 800
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define CAP 1024

typedef struct {
    int number;
    long cost;
} chore_t;

typedef struct {
    _Atomic long top;
    _Atomic long bottom;
//@ slot cells on cell
//@ is atomic_cells: conflicting
    _Atomic(chore_t *) cell[CAP];
//@ is plain_relaxed_bottom: racy
    chore_t *cell[CAP];
//@ is plain_released_bottom: unordered
    chore_t *cell[CAP];
//@ is one_mutex: unprotected
    chore_t *cell[CAP];
    pthread_mutex_t mu;
//@ is thieves_mutex: racy
    chore_t *cell[CAP];
    pthread_mutex_t mu;
//@ end
} deque_t;

typedef struct {
    deque_t *from;
    pthread_t tid;
    long cost;
    int id;
} thief_t;

static deque_t deque;
static chore_t chores[CAP];
static atomic_int left;
static atomic_int on_offer;
static long stolen;
static pthread_mutex_t stolen_mu = PTHREAD_MUTEX_INITIALIZER;

static long cost_of(int n)
{
    long c = n;

    for (int k = 0; k < 12; k++)
        c = (c * 75 + 74) % 65537;
    return c;
}

//@ slot cells
//@ is atomic_cells
#define BOTTOM_ORDER memory_order_release
#define CELL_PUT(d, i, c) atomic_store_explicit(&(d)->cell[(i) % CAP], (c), memory_order_release)
#define CELL_GET(d, i) atomic_load_explicit(&(d)->cell[(i) % CAP], memory_order_acquire)
#define OWNER_SIDE(d) ((void)(d))
#define OWNER_END(d) ((void)(d))
#define THIEF_SIDE(d) ((void)(d))
#define THIEF_END(d) ((void)(d))
//@ is plain_relaxed_bottom
#define BOTTOM_ORDER memory_order_relaxed
#define CELL_PUT(d, i, c) ((d)->cell[(i) % CAP] = (c))
#define CELL_GET(d, i) ((d)->cell[(i) % CAP])
#define OWNER_SIDE(d) ((void)(d))
#define OWNER_END(d) ((void)(d))
#define THIEF_SIDE(d) ((void)(d))
#define THIEF_END(d) ((void)(d))
//@ is plain_released_bottom
#define BOTTOM_ORDER memory_order_release
#define CELL_PUT(d, i, c) ((d)->cell[(i) % CAP] = (c))
#define CELL_GET(d, i) ((d)->cell[(i) % CAP])
#define OWNER_SIDE(d) ((void)(d))
#define OWNER_END(d) ((void)(d))
#define THIEF_SIDE(d) ((void)(d))
#define THIEF_END(d) ((void)(d))
//@ is one_mutex
#define BOTTOM_ORDER memory_order_relaxed
#define CELL_PUT(d, i, c) ((d)->cell[(i) % CAP] = (c))
#define CELL_GET(d, i) ((d)->cell[(i) % CAP])
#define OWNER_SIDE(d) pthread_mutex_lock(&(d)->mu)
#define OWNER_END(d) pthread_mutex_unlock(&(d)->mu)
#define THIEF_SIDE(d) pthread_mutex_lock(&(d)->mu)
#define THIEF_END(d) pthread_mutex_unlock(&(d)->mu)
//@ is thieves_mutex
#define BOTTOM_ORDER memory_order_relaxed
#define CELL_PUT(d, i, c) ((d)->cell[(i) % CAP] = (c))
#define CELL_GET(d, i) ((d)->cell[(i) % CAP])
#define OWNER_SIDE(d) ((void)(d))
#define OWNER_END(d) ((void)(d))
#define THIEF_SIDE(d) pthread_mutex_lock(&(d)->mu)
#define THIEF_END(d) pthread_mutex_unlock(&(d)->mu)
//@ end

static void push_bottom(deque_t *d, chore_t *c)
{
    long b = atomic_load_explicit(&d->bottom, memory_order_relaxed);

    OWNER_SIDE(d);
    CELL_PUT(d, b, c);
    OWNER_END(d);
    atomic_store_explicit(&d->bottom, b + 1, BOTTOM_ORDER);
}

static chore_t *pop_bottom(deque_t *d)
{
    long b = atomic_load_explicit(&d->bottom, memory_order_relaxed) - 1;
    chore_t *c = NULL;
    long t;

    atomic_store(&d->bottom, b);
    t = atomic_load(&d->top);
    if (t <= b) {
        OWNER_SIDE(d);
        c = CELL_GET(d, b);
        OWNER_END(d);
        if (t == b) {
            if (!atomic_compare_exchange_strong(&d->top, &t, t + 1))
                c = NULL;
            atomic_store(&d->bottom, b + 1);
        }
    } else {
        atomic_store(&d->bottom, b + 1);
    }
    return c;
}

static chore_t *steal_top(deque_t *d)
{
    long t = atomic_load(&d->top);
    chore_t *c;

    if (t >= atomic_load(&d->bottom))
        return NULL;
    THIEF_SIDE(d);
    c = CELL_GET(d, t);
    THIEF_END(d);
    if (!atomic_compare_exchange_strong(&d->top, &t, t + 1))
        return NULL;
    return c;
}

static void *thief(void *arg)
{
    thief_t *me = arg;

    while (atomic_load_explicit(&left, memory_order_relaxed) > 0) {
        chore_t *c = steal_top(me->from);
        if (!c) {
            sched_yield();
            continue;
        }
        me->cost += cost_of(c->number);
        if (c->number % 4 == 0)
            sched_yield();
//@ slot stolen on stolen
//@ is mutexed: unprotected
        pthread_mutex_lock(&stolen_mu);
        stolen++;
        pthread_mutex_unlock(&stolen_mu);
//@ is bare: racy
        stolen++;
//@ is id_zero_bare: racy
        if (me->id) {
            pthread_mutex_lock(&stolen_mu);
            stolen++;
            pthread_mutex_unlock(&stolen_mu);
        } else {
            stolen++;
        }
//@ is id_zero_only: concurrent
        if (me->id == 0)
            stolen++;
//@ end
        atomic_fetch_sub_explicit(&left, 1, memory_order_relaxed);
    }
    return NULL;
}

static long own(deque_t *d)
{
    long cost = 0;
    int made = 0;

    while (made < @CHORES@ || atomic_load_explicit(&left, memory_order_relaxed) > 0) {
        for (int k = 0; k < 6 && made < @CHORES@; k++, made++) {
            chores[made % CAP].number = made;
//@ slot price on cost
//@ is priced_before: unordered
            chores[made % CAP].cost = cost_of(made);
            push_bottom(d, &chores[made % CAP]);
            atomic_store_explicit(&on_offer, made + 1, memory_order_release);
//@ is priced_after: racy
            push_bottom(d, &chores[made % CAP]);
            atomic_store_explicit(&on_offer, made + 1, memory_order_release);
            chores[made % CAP].cost = cost_of(made);
//@ is offer_relaxed: racy
            chores[made % CAP].cost = cost_of(made);
            push_bottom(d, &chores[made % CAP]);
            atomic_store_explicit(&on_offer, made + 1, memory_order_relaxed);
//@ is not_priced: concurrent
            push_bottom(d, &chores[made % CAP]);
            atomic_store_explicit(&on_offer, made + 1, memory_order_release);
//@ end
        }
        sched_yield();
        chore_t *c = pop_bottom(d);
        if (!c)
            continue;
        cost += cost_of(c->number);
        atomic_fetch_sub_explicit(&left, 1, memory_order_relaxed);
    }
    return cost;
}

static void *appraiser(void *arg)
{
    long sum = 0;

    (void)arg;
    for (int i = 0; i < 400; i++) {
        int n = atomic_load_explicit(&on_offer, memory_order_acquire);
//@ slot price
//@ is priced_before
        if (n > 0)
            sum += chores[(n - 1) % CAP].cost;
//@ is priced_after
        if (n > 0)
            sum += chores[(n - 1) % CAP].cost;
//@ is offer_relaxed
        if (n > 0)
            sum += chores[(n - 1) % CAP].cost;
//@ is not_priced
        sum += n;
//@ end
        sched_yield();
    }
    return (void *)sum;
}

static long serial_cost(void)
{
    long cost = 0;

    for (int n = 0; n < @CHORES@; n++)
        cost += cost_of(n);
    return cost;
}

int main(void)
{
    static thief_t thieves[@THIEVES@];
    pthread_t look;
    long cost;

    atomic_store(&left, @CHORES@);
//@ slot cells
//@ is one_mutex
    pthread_mutex_init(&deque.mu, NULL);
//@ is thieves_mutex
    pthread_mutex_init(&deque.mu, NULL);
//@ end
    for (int i = 0; i < @THIEVES@; i++) {
        thieves[i].from = &deque;
        thieves[i].id = i;
        pthread_create(&thieves[i].tid, NULL, thief, &thieves[i]);
    }
    pthread_create(&look, NULL, appraiser, &deque);
    cost = own(&deque);
    pthread_join(look, NULL);
    for (int i = 0; i < @THIEVES@; i++)
        pthread_join(thieves[i].tid, NULL);
    for (int i = 0; i < @THIEVES@; i++)
        cost += thieves[i].cost;
    printf("cost %ld serial %ld stolen %d\n", cost, serial_cost(), stolen >= 0);
    return 0;
}
