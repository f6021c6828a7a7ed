//@ family: pm_download_manager
//@ domain: downloads
//@ problem: Transfer threads pull pieces of queued downloads and a status line shows the progress.
//@ param NT: 3 | 4
//@ param PIECES: 400
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { JOBS = 2 };

struct job {
    int index;
    int left;
    int state;
    long done_bytes;
    char label[16];
};

struct dl_manager {
    pthread_mutex_t lock;
    pthread_mutex_t ui_lock;
    struct job *jobs[JOBS];
    int cursor;
    long speed;
    long total;
};

static struct dl_manager *dl_create(int pieces)
{
    struct dl_manager *dm = calloc(1, sizeof *dm);

    if (!dm)
        return NULL;
    pthread_mutex_init(&dm->lock, NULL);
    pthread_mutex_init(&dm->ui_lock, NULL);
    for (int i = 0; i < JOBS; i++) {
        struct job *j = calloc(1, sizeof *j);
        j->index = i;
        j->left = pieces;
        snprintf(j->label, sizeof j->label, "job%02d", i);
        dm->jobs[i] = j;
    }
    return dm;
}

static struct job *take_piece_locked(struct dl_manager *dm)
{
    for (int i = 0; i < JOBS; i++) {
        struct job *j = dm->jobs[dm->cursor];
        dm->cursor = (dm->cursor + 1) % JOBS;
        if (j->left > 0) {
            j->left--;
            return j;
        }
    }
    return NULL;
}

int dl_next(struct dl_manager *dm, struct job **out)
{
    struct job *j;

    pthread_mutex_lock(&dm->lock);
    j = take_piece_locked(dm);
    pthread_mutex_unlock(&dm->lock);
    if (!j)
        return 0;
    *out = j;
    return 1;
}

static void dl_report(struct dl_manager *dm, struct job *j, long bytes)
{
//@ slot bytes on done_bytes
//@ is inside: unprotected
    pthread_mutex_lock(&dm->lock);
    j->done_bytes += bytes;
//@ is job_taken_outside: racy
    j->done_bytes += bytes;
    pthread_mutex_lock(&dm->lock);
//@ is small_piece_shortcut: racy
    if (bytes < 200) {
        j->done_bytes += bytes;
        return;
    }
    pthread_mutex_lock(&dm->lock);
    j->done_bytes += bytes;
//@ is gnu_atomic: conflicting
    __atomic_fetch_add(&j->done_bytes, bytes, __ATOMIC_RELAXED);
    pthread_mutex_lock(&dm->lock);
//@ end
    dm->total += bytes;
    j->state = j->left == 0 ? 2 : 1;
    pthread_mutex_unlock(&dm->lock);
}

void dl_set_speed(struct dl_manager *dm, long v)
{
//@ slot speed on speed
//@ is ui_lock_both: unprotected
    pthread_mutex_lock(&dm->ui_lock);
    dm->speed = v;
    pthread_mutex_unlock(&dm->ui_lock);
//@ is one_lock_each: racy
    pthread_mutex_lock(&dm->lock);
    dm->speed = v;
    pthread_mutex_unlock(&dm->lock);
//@ is set_and_forget: racy
    dm->speed = v;
//@ is atomic_pair: conflicting
    __atomic_store_n(&dm->speed, v, __ATOMIC_RELAXED);
//@ end
}

long dl_speed(struct dl_manager *dm)
{
    long v;
//@ slot speed
//@ is ui_lock_both
    pthread_mutex_lock(&dm->ui_lock);
    v = dm->speed;
    pthread_mutex_unlock(&dm->ui_lock);
//@ is one_lock_each
    pthread_mutex_lock(&dm->ui_lock);
    v = dm->speed;
    pthread_mutex_unlock(&dm->ui_lock);
//@ is set_and_forget
    pthread_mutex_lock(&dm->ui_lock);
    v = dm->speed;
    pthread_mutex_unlock(&dm->ui_lock);
//@ is atomic_pair
    v = __atomic_load_n(&dm->speed, __ATOMIC_RELAXED);
//@ end
    return v;
}

int dl_status(struct dl_manager *dm, int i, char *line, size_t len)
{
    int state;

    pthread_mutex_lock(&dm->lock);
    struct job *j = dm->jobs[i];
//@ slot state on state
//@ is copied_out: unprotected
    state = j->state;
    pthread_mutex_unlock(&dm->lock);
//@ is through_pointer: racy
    pthread_mutex_unlock(&dm->lock);
    if (j->index % 2 == 0)
        sched_yield();
    state = j->state;
//@ is lock_again: unprotected
    pthread_mutex_unlock(&dm->lock);
    if (j->index % 2 == 0)
        sched_yield();
    pthread_mutex_lock(&dm->lock);
    state = dm->jobs[i]->state;
    pthread_mutex_unlock(&dm->lock);
//@ is other_lock: racy
    pthread_mutex_unlock(&dm->lock);
    if (j->index % 2 == 0)
        sched_yield();
    pthread_mutex_lock(&dm->ui_lock);
    state = j->state;
    pthread_mutex_unlock(&dm->ui_lock);
//@ end
    return snprintf(line, len, "%s %d %ld", j->label, state, dl_speed(dm));
}

static void *transfer(void *arg)
{
    struct dl_manager *dm = arg;
    struct job *j;
    char line[64];
    long n = 0;

    while (dl_next(dm, &j)) {
        long bytes = 100 + (j->index * 37 + n * 11) % 400;
        sched_yield();
        dl_report(dm, j, bytes);
        sched_yield();
        dl_set_speed(dm, bytes);
        if (bytes % 3 == 0)
            sched_yield();
        dl_status(dm, (int)(n++ % JOBS), line, sizeof line);
        sched_yield();
    }
    for (int i = 0; i < 100; i++) {
        dl_status(dm, i % JOBS, line, sizeof line);
        pthread_mutex_lock(&dm->lock);
        dm->jobs[i % JOBS]->state = 2 + i % 2;
        pthread_mutex_unlock(&dm->lock);
        sched_yield();
    }
    return NULL;
}

int main(void)
{
    struct dl_manager *dm = dl_create(@PIECES@);
    pthread_t tid[@NT@];
    long sum = 0;

    for (int i = 0; i < @NT@; i++)
        pthread_create(&tid[i], NULL, transfer, dm);
    for (int i = 0; i < @NT@; i++)
        pthread_join(tid[i], NULL);
    for (int i = 0; i < JOBS; i++) {
        sum += dm->jobs[i]->left;
        free(dm->jobs[i]);
    }
    printf("left %ld total %d\n", sum, dm->total > 0);
    free(dm);
    return 0;
}
