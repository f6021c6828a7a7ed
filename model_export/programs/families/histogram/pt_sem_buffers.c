//@ family: pt_sem_buffers
//@ domain: histogram
//@ problem: A reader thread fills two sample buffers in turn and another thread turns them into a histogram.
//@ param ROUNDS: 200 | 400
//@ param BINS: 16 | 32
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

#define BUF_LEN 24
#define BINS @BINS@

static int buffer[2][BUF_LEN];
static sem_t empty[2], full[2];
static unsigned bins[BINS];
static int rounds_done;
static int overflow;
static pthread_mutex_t bin_lock = PTHREAD_MUTEX_INITIALIZER;

//@ slot over on overflow
//@ is one_writer: unordered
#define COUNT_OVERFLOW() (overflow++)
//@ is two_writers: racy
#define COUNT_OVERFLOW() (overflow++)
//@ is two_writers_locked: unprotected
#define COUNT_OVERFLOW() (pthread_mutex_lock(&bin_lock), overflow++, pthread_mutex_unlock(&bin_lock))
//@ is mixed_writers: racy
#define COUNT_OVERFLOW() __atomic_add_fetch(&overflow, 1, __ATOMIC_RELAXED)
//@ end

static void fill(int *buf, int round)
{
    for (int i = 0; i < BUF_LEN; i++)
        buf[i] = (round * 29 + i * i) % (BINS + 2);
}

static void tally(const int *buf)
{
    for (int i = 0; i < BUF_LEN; i++) {
        if (buf[i] >= BINS) {
            COUNT_OVERFLOW();
            continue;
        }
        bins[buf[i]]++;
    }
}

static void *sampler(void *unused)
{
    for (int r = 0; r < @ROUNDS@; r++) {
        int b = r & 1;
//@ slot hand on buffer
//@ is both_sems: unordered
        sem_wait(&empty[b]);
        fill(buffer[b], r);
        sem_post(&full[b]);
//@ is post_first: racy
        sem_wait(&empty[b]);
        sem_post(&full[b]);
        fill(buffer[b], r);
//@ is other_half: racy
        sem_wait(&empty[b]);
        fill(buffer[1 - b], r);
        sem_post(&full[b]);
//@ is first_half_only: unordered
        b = 0;
        sem_wait(&empty[b]);
        fill(buffer[b], r);
        sem_post(&full[b]);
//@ end
        sched_yield();
//@ slot over
//@ is two_writers
        if (r % 3 == 0)
            COUNT_OVERFLOW();
//@ is two_writers_locked
        if (r % 3 == 0)
            COUNT_OVERFLOW();
//@ is mixed_writers
        if (r % 3 == 0)
            overflow++;
//@ end
//@ slot done on rounds_done
//@ is sampler_only: concurrent
        rounds_done++;
//@ is both_threads: racy
        rounds_done++;
//@ is both_locked: unprotected
        pthread_mutex_lock(&bin_lock);
        rounds_done++;
        pthread_mutex_unlock(&bin_lock);
//@ is counted_by_main: concurrent
//@ is read_by_counter: racy
        rounds_done++;
//@ end
        if (r % 4 == 0)
            sched_yield();
    }
    return unused;
}

static void *counter(void *limit)
{
    const int n = *(int *)limit;
    int lag = 0;

    for (int r = 0; r < n; r++) {
        int b = r & 1;
//@ slot hand
//@ is first_half_only
        b = 0;
//@ end
        sem_wait(&full[b]);
        tally(buffer[b]);
        sem_post(&empty[b]);
        sched_yield();
//@ slot done
//@ is both_threads
        rounds_done++;
//@ is both_locked
        pthread_mutex_lock(&bin_lock);
        rounds_done++;
        pthread_mutex_unlock(&bin_lock);
//@ is read_by_counter
        lag += rounds_done - r;
//@ end
        if (r % 4 == 0)
            sched_yield();
    }
    return lag > 1 << 20 ? limit : NULL;
}

int main(void)
{
    pthread_t s, c;
    int rounds = @ROUNDS@;
    unsigned sum = 0;

    for (int i = 0; i < 2; i++) {
        sem_init(&empty[i], 0, 1);
        sem_init(&full[i], 0, 0);
    }
    pthread_create(&s, NULL, sampler, NULL);
    pthread_create(&c, NULL, counter, &rounds);
    pthread_join(s, NULL);
    pthread_join(c, NULL);
//@ slot done
//@ is counted_by_main
    rounds_done = rounds;
//@ end
    for (int i = 0; i < BINS; i++)
        sum += bins[i] * (unsigned)(i + 1);
    for (int i = 0; i < 2; i++) {
        sem_destroy(&empty[i]);
        sem_destroy(&full[i]);
    }
    printf("sum %d over %d rounds %d\n", sum > 0, overflow > 0, rounds_done > 0);
    return 0;
}
