//@ family: pt_search_best
//@ domain: search
//@ problem: Threads scan parts of an array for the best match and stop early once a perfect one is found.
//@ param NT: 3 | 4
//@ param SIZE: 6000 | 12000
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

struct best {
    pthread_mutex_t mtx;
    int score;
    int index;
};

struct span {
    const int *data;
    int from, to;
    int scanned;
    struct best *best;
};

static int stop_all;
static int improvements;

static int distance(int v) { return abs(v - 4242) + 1; }

static int offer(struct best *b, int score, int index)
{
    int better = 0;

//@ slot best on score
//@ is compare_in_lock: unprotected
    pthread_mutex_lock(&b->mtx);
    if (score < b->score) {
        b->score = score;
        b->index = index;
        better = 1;
    }
    pthread_mutex_unlock(&b->mtx);
//@ is compare_first: racy
    if (score < b->score) {
        pthread_mutex_lock(&b->mtx);
        b->score = score;
        b->index = index;
        better = 1;
        pthread_mutex_unlock(&b->mtx);
    }
//@ is compare_first_atomic: conflicting
    if (score < __atomic_load_n(&b->score, __ATOMIC_RELAXED)) {
        pthread_mutex_lock(&b->mtx);
        if (score < __atomic_load_n(&b->score, __ATOMIC_RELAXED)) {
            __atomic_store_n(&b->score, score, __ATOMIC_RELAXED);
            b->index = index;
            better = 1;
        }
        pthread_mutex_unlock(&b->mtx);
    }
//@ is compare_twice: racy
    if (score < b->score) {
        pthread_mutex_lock(&b->mtx);
        if (score < b->score) {
            b->score = score;
            b->index = index;
            better = 1;
        }
        pthread_mutex_unlock(&b->mtx);
    }
//@ end
    return better;
}

static void *scan(void *arg)
{
    struct span *s = arg;

    for (int i = s->from; i < s->to; i++) {
        int d = distance(s->data[i]);
//@ slot stop on stop_all
//@ is plain_flag: racy
        if (stop_all)
            break;
//@ is relaxed_flag: conflicting
        if (__atomic_load_n(&stop_all, __ATOMIC_RELAXED))
            break;
//@ is volatile_flag: racy
        if (*(volatile int *)&stop_all)
            break;
//@ is never_written: conflicting
        if (stop_all)
            break;
//@ end
        s->scanned++;
        if (offer(s->best, d, i)) {
//@ slot improve on improvements
//@ is best_lock: unprotected
            pthread_mutex_lock(&s->best->mtx);
            improvements++;
            pthread_mutex_unlock(&s->best->mtx);
        }
//@ is scanned_total: concurrent
        }
//@ is bare_every: racy
        }
        improvements += i & 1;
//@ is sync_every: conflicting
        }
        __sync_fetch_and_add(&improvements, i & 1);
//@ is lock_of_copy: racy
        }
        struct best copy = { .mtx = PTHREAD_MUTEX_INITIALIZER };
        pthread_mutex_lock(&copy.mtx);
        improvements += i & 1;
        pthread_mutex_unlock(&copy.mtx);
//@ end
        if (i % 64 == 0)
            sched_yield();
    }
//@ slot stop
//@ is plain_flag
    stop_all = s->scanned > 1 << 20;
//@ is relaxed_flag
    __atomic_store_n(&stop_all, s->scanned > 1 << 20, __ATOMIC_RELAXED);
//@ is volatile_flag
    *(volatile int *)&stop_all = s->scanned > 1 << 20;
//@ end
    return NULL;
}

int main(void)
{
    struct best best = { .score = INT_MAX, .index = -1 };
    int *data = malloc(@SIZE@ * sizeof *data);
    pthread_t tid[@NT@];
    struct span spans[@NT@];
    int scanned = 0;

    pthread_mutex_init(&best.mtx, NULL);
    for (int i = 0; i < @SIZE@; i++)
        data[i] = (@SIZE@ - i) * 4 + (i * 7919) % 64 + 5000;
    for (int t = 0; t < @NT@; t++) {
        spans[t] = (struct span){ data, @SIZE@ / @NT@ * t, @SIZE@ / @NT@ * (t + 1), 0, &best };
        if (pthread_create(&tid[t], NULL, scan, &spans[t]))
            abort();
    }
    for (int t = 0; t < @NT@; t++) {
        pthread_join(tid[t], NULL);
        scanned += spans[t].scanned;
    }
//@ slot improve
//@ is scanned_total
    improvements = scanned;
//@ end
    printf("index %d scanned %d improvements %d\n", best.index >= 0, scanned, improvements > 0);
    pthread_mutex_destroy(&best.mtx);
    free(data);
    return 0;
}
