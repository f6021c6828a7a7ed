//@ family: pt_steal_ranges
//@ domain: work_stealing
//@ problem: Each thread owns a range of work items and takes items from its neighbours when it runs dry.
//@ param NT: 3 | 4
//@ param ITEMS: 800 | 1400
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

#define WORKERS @NT@
#define ITEMS @ITEMS@

typedef struct range {
    pthread_mutex_t mx;
    int next;
    int end;
    long stolen;
} range_t;

typedef struct {
    int id;
    long sum;
    long taken;
} worker_t;

static range_t ranges[WORKERS];
static worker_t workers[WORKERS];
static pthread_barrier_t go;
static int remaining;
static int result[WORKERS * ITEMS];

static int weigh(int item)
{
    int v = item;
    for (int i = 0; i < item % 16; i++)
        v = v * 17 % 1009;
    return v;
}

static int take(range_t *r)
{
    int item = -1;

    pthread_mutex_lock(&r->mx);
    if (r->next < r->end)
        item = r->next++;
    pthread_mutex_unlock(&r->mx);
    return item;
}

static int steal(int thief)
{
    range_t *mine = &ranges[thief];

    for (int k = 1; k < WORKERS; k++) {
        range_t *victim = &ranges[(thief + k) % WORKERS];
        int item = -1;

        pthread_mutex_lock(&victim->mx);
        if (victim->next < victim->end) {
            item = --victim->end;
//@ slot stolen on stolen
//@ is victims_counter: unprotected
            victim->stolen++;
        }
        pthread_mutex_unlock(&victim->mx);
//@ is thieves_counter: racy
            mine->stolen++;
        }
        pthread_mutex_unlock(&victim->mx);
//@ is thieves_counter_own_lock: unprotected
        }
        pthread_mutex_unlock(&victim->mx);
        pthread_mutex_lock(&mine->mx);
        mine->stolen += item >= 0;
        pthread_mutex_unlock(&mine->mx);
//@ is victims_counter_late: racy
        }
        pthread_mutex_unlock(&victim->mx);
        if (item >= 0)
            victim->stolen++;
//@ end
        if (item >= 0)
            return item;
    }
    (void)mine;
    return -1;
}

static void note_done(void)
{
//@ slot left on remaining
//@ is sub_fetch: conflicting
    __atomic_sub_fetch(&remaining, 1, __ATOMIC_ACQ_REL);
//@ is load_then_store: conflicting
    int n = __atomic_load_n(&remaining, __ATOMIC_SEQ_CST);
    __atomic_store_n(&remaining, n - 1, __ATOMIC_SEQ_CST);
//@ is decrement: racy
    remaining--;
//@ is first_range_lock: unprotected
    pthread_mutex_lock(&ranges[0].mx);
    remaining--;
    pthread_mutex_unlock(&ranges[0].mx);
//@ is plain_then_atomic: racy
    if (remaining > 0)
        __atomic_sub_fetch(&remaining, 1, __ATOMIC_ACQ_REL);
//@ end
}

static void *work(void *arg)
{
    worker_t *w = arg;
    int item;

    pthread_barrier_wait(&go);
    while ((item = take(&ranges[w->id])) >= 0 || (item = steal(w->id)) >= 0) {
        int v = weigh(item);
        w->sum += v;
//@ slot store on result
//@ is own_item: same-location
        result[item] = v;
//@ is own_and_next: racy
        result[item] = v;
        result[(item + 1) % (WORKERS * ITEMS)] += 1;
//@ is folded: racy
        result[item % ITEMS] += v;
//@ is thread_block: same-location
        result[w->id * ITEMS + item % ITEMS] += v;
//@ end
        w->taken++;
        if (item % 4 == w->id % 4)
            sched_yield();
        note_done();
        if (w->id == 0 && item % 2)
            sched_yield();
//@ slot stolen
//@ is thieves_counter
        pthread_mutex_lock(&ranges[(w->id + 1) % WORKERS].mx);
        ranges[(w->id + 1) % WORKERS].stolen += item % 2;
        pthread_mutex_unlock(&ranges[(w->id + 1) % WORKERS].mx);
//@ is thieves_counter_own_lock
        pthread_mutex_lock(&ranges[(w->id + 1) % WORKERS].mx);
        ranges[(w->id + 1) % WORKERS].stolen += item % 2;
        pthread_mutex_unlock(&ranges[(w->id + 1) % WORKERS].mx);
//@ end
    }
    return NULL;
}

int main(void)
{
    pthread_t tid[WORKERS];
    long sum = 0, taken = 0, stolen = 0, kept = 0;

    remaining = WORKERS * ITEMS;
    pthread_barrier_init(&go, NULL, WORKERS);
    for (int i = 0; i < WORKERS; i++) {
        pthread_mutex_init(&ranges[i].mx, NULL);
        ranges[i].next = i * ITEMS;
        ranges[i].end = i == 0 ? ITEMS : i * ITEMS + 60;
        workers[i].id = i;
    }
    for (int i = 0; i < WORKERS; i++)
        pthread_create(&tid[i], NULL, work, &workers[i]);
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(tid[i], NULL);
        sum += workers[i].sum;
        taken += workers[i].taken;
    }
    for (int i = 0; i < WORKERS; i++)
        stolen += ranges[i].stolen;
    for (int i = 0; i < WORKERS * ITEMS; i++)
        kept += result[i];
    printf("sum %ld taken %ld stolen %d kept %d left %d\n", sum, taken, stolen >= 0, kept != 0,
           remaining >= 0);
    return 0;
}
