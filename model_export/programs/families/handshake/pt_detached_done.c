//@ family: pt_detached_done
//@ domain: handshake
//@ problem: Detached download threads report their results and announce that they are done.
//@ param NT: 3 | 4
//@ param BLOCKS: 300 | 600
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

struct download {
    int id;
    long size;
};

static struct download downloads[@NT@];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t all_done = PTHREAD_COND_INITIALIZER;
static int active = @NT@;
static sem_t finished;
static long total_blocks;
static int progress;

static long fetch_block(int id, int n)
{
    return (n * 37 + id * 11) % 512;
}

static void *download_thread(void *arg)
{
    struct download *d = arg;

    pthread_detach(pthread_self());
    for (int n = 0; n < @BLOCKS@; n++) {
        long got = fetch_block(d->id, n);
//@ slot prog on progress
//@ is guarded: unprotected
        pthread_mutex_lock(&mutex);
        progress++;
        pthread_mutex_unlock(&mutex);
//@ is guarded_watch_bare: racy
        pthread_mutex_lock(&mutex);
        progress++;
        pthread_mutex_unlock(&mutex);
//@ is bare_watch_guarded: racy
        progress++;
//@ is atomic_counter: conflicting
        __atomic_fetch_add(&progress, 1, __ATOMIC_RELAXED);
//@ end
        if (n % 8 == 0)
            sched_yield();
//@ slot size on size
//@ is before_post: unordered
        d->size += got;
//@ is after_post: racy
        if (n < @BLOCKS@ - 1)
            d->size += got;
//@ is try_wait: racy
        d->size += got;
//@ is under_mutex: unprotected
        pthread_mutex_lock(&mutex);
        d->size += got;
        pthread_mutex_unlock(&mutex);
//@ end
//@ slot blocks on total_blocks
//@ is locked: unprotected
        pthread_mutex_lock(&mutex);
        total_blocks++;
        pthread_mutex_unlock(&mutex);
//@ is summed_later: concurrent
//@ is big_blocks_locked: racy
        if (got > 100) {
            pthread_mutex_lock(&mutex);
            total_blocks++;
            pthread_mutex_unlock(&mutex);
        } else {
            total_blocks++;
        }
//@ end
        if (n % 4 == 0)
            sched_yield();
    }
    sem_post(&finished);
//@ slot size
//@ is after_post
    d->size += 1;
//@ end
    pthread_mutex_lock(&mutex);
    active--;
//@ slot note
//@ is signal_held: neutral
    if (active == 0)
        pthread_cond_signal(&all_done);
    pthread_mutex_unlock(&mutex);
//@ is broadcast_released: neutral
    pthread_mutex_unlock(&mutex);
    pthread_cond_broadcast(&all_done);
//@ end
    return NULL;
}

int main(void)
{
    pthread_t tid;
    long bytes = 0, watched = 0;

    if (sem_init(&finished, 0, 0))
        return 1;
    for (int i = 0; i < @NT@; i++) {
        downloads[i].id = i;
        pthread_create(&tid, NULL, download_thread, &downloads[i]);
    }
//@ slot size
//@ is try_wait
    for (int i = 0; i < @NT@; i++) {
        sem_trywait(&finished);
        bytes += downloads[i].size;
    }
//@ end
    for (int i = 0; i < 200; i++) {
//@ slot prog
//@ is guarded
        pthread_mutex_lock(&mutex);
        watched += progress;
        pthread_mutex_unlock(&mutex);
//@ is guarded_watch_bare
        watched += progress;
//@ is bare_watch_guarded
        pthread_mutex_lock(&mutex);
        watched += progress;
        pthread_mutex_unlock(&mutex);
//@ is atomic_counter
        watched += __atomic_load_n(&progress, __ATOMIC_RELAXED);
//@ end
        sched_yield();
    }
//@ slot size
//@ is before_post
    for (int i = 0; i < @NT@; i++)
        sem_wait(&finished);
    for (int i = 0; i < @NT@; i++)
        bytes += downloads[i].size;
//@ is after_post
    for (int i = 0; i < @NT@; i++)
        sem_wait(&finished);
    for (int i = 0; i < @NT@; i++)
        bytes += downloads[i].size;
//@ is under_mutex
    sem_wait(&finished);
    pthread_mutex_lock(&mutex);
    for (int i = 0; i < @NT@; i++)
        bytes += downloads[i].size;
    pthread_mutex_unlock(&mutex);
//@ end
    pthread_mutex_lock(&mutex);
    while (active > 0)
        pthread_cond_wait(&all_done, &mutex);
    pthread_mutex_unlock(&mutex);
//@ slot blocks
//@ is summed_later
    total_blocks = @NT@ * @BLOCKS@;
//@ end
    printf("bytes %d blocks %ld progress %d %d\n", bytes > 0, total_blocks, progress > 0, watched >= 0);
    return 0;
}
