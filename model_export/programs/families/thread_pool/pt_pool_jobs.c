//@ family: pt_pool_jobs
//@ domain: thread_pool
//@ problem: A fixed pool runs jobs from a table of function pointers and counts what it did.
//@ param NT: 3 | 4
//@ param JOBS: 1200 | 2000
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

typedef long (*job_fn)(long);

struct job {
    job_fn fn;
    long arg;
    struct job *next;
};

static pthread_mutex_t pool_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t acct_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t pool_wake = PTHREAD_COND_INITIALIZER;
static struct job *pool_head, *pool_tail;
static bool pool_closing;
static long pool_result;
static long jobs_run;
static long jobs_queued;

static long job_square(long x) { return x * x % 97; }
static long job_digits(long x)
{
    long n = 0;
    for (; x > 0; x /= 10)
        n += x % 10;
    return n;
}
static long job_shift(long x) { return (x << 2) ^ x; }

static const job_fn job_table[] = { job_square, job_digits, job_shift };

static void pool_submit(job_fn fn, long arg)
{
    struct job *j = malloc(sizeof *j);

    j->fn = fn;
    j->arg = arg;
    j->next = NULL;
//@ slot queued on jobs_queued
//@ is main_only: concurrent
    jobs_queued++;
    pthread_mutex_lock(&pool_lock);
//@ is counted_down_bare: racy
    jobs_queued++;
    pthread_mutex_lock(&pool_lock);
//@ is counted_under_lock: unprotected
    pthread_mutex_lock(&pool_lock);
    jobs_queued++;
//@ is down_after_unlock: racy
    pthread_mutex_lock(&pool_lock);
    jobs_queued++;
//@ end
    if (pool_tail)
        pool_tail->next = j;
    else
        pool_head = j;
    pool_tail = j;
//@ slot wake
//@ is signal_inside: neutral
    pthread_cond_signal(&pool_wake);
    pthread_mutex_unlock(&pool_lock);
//@ is signal_outside: neutral
    pthread_mutex_unlock(&pool_lock);
    pthread_cond_signal(&pool_wake);
//@ end
}

static struct job *pool_take(void)
{
    struct job *j;

    pthread_mutex_lock(&pool_lock);
    while (!pool_head && !pool_closing)
        pthread_cond_wait(&pool_wake, &pool_lock);
    j = pool_head;
    if (j) {
        pool_head = j->next;
        if (!pool_head)
            pool_tail = NULL;
//@ slot queued
//@ is counted_under_lock
        jobs_queued--;
//@ end
    }
    pthread_mutex_unlock(&pool_lock);
//@ slot queued
//@ is counted_down_bare
    if (j)
        jobs_queued--;
//@ is down_after_unlock
    if (j)
        jobs_queued--;
//@ end
    return j;
}

static void *pool_worker(void *arg)
{
    long *done = arg;
    struct job *j;

    while ((j = pool_take()) != NULL) {
        long r = j->fn(j->arg);
        free(j);
        if (++*done % 4 == 0)
            sched_yield();
//@ slot result on pool_result
//@ is locked_add: unprotected
        pthread_mutex_lock(&acct_lock);
        pool_result += r;
        pthread_mutex_unlock(&acct_lock);
//@ is odd_only: racy
        if (r & 1) {
            pthread_mutex_lock(&acct_lock);
            pool_result += r;
            pthread_mutex_unlock(&acct_lock);
        } else {
            pool_result += r;
        }
//@ is skip_zero: unprotected
        if (r == 0)
            continue;
        pthread_mutex_lock(&acct_lock);
        pool_result += r;
        pthread_mutex_unlock(&acct_lock);
//@ is lock_picked: racy
        pthread_mutex_t *m = r & 1 ? &acct_lock : &pool_lock;
        pthread_mutex_lock(m);
        pool_result += r;
        pthread_mutex_unlock(m);
//@ end
//@ slot ran on jobs_run
//@ is after_join: concurrent
//@ is pool_lock_held: unprotected
        pthread_mutex_lock(&pool_lock);
        jobs_run++;
        pthread_mutex_unlock(&pool_lock);
//@ is plain: racy
        jobs_run++;
//@ is volatile_cast: racy
        *(volatile long *)&jobs_run += 1;
//@ end
    }
    return NULL;
}

int main(void)
{
    pthread_t tid[@NT@];
    long done[@NT@] = { 0 };
    long total = 0;

    for (int i = 0; i < @NT@; i++)
        pthread_create(&tid[i], NULL, pool_worker, &done[i]);
    for (long i = 0; i < @JOBS@; i++)
        pool_submit(job_table[i % 3], i);

    pthread_mutex_lock(&pool_lock);
    pool_closing = true;
    pthread_cond_broadcast(&pool_wake);
    pthread_mutex_unlock(&pool_lock);

    for (int i = 0; i < @NT@; i++) {
        pthread_join(tid[i], NULL);
        total += done[i];
//@ slot ran
//@ is after_join
        jobs_run += done[i];
//@ end
    }
    printf("done %ld run %ld queued %ld result %ld\n", total, jobs_run, jobs_queued, pool_result);
    return 0;
}
