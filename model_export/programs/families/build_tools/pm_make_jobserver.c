//@ family: pm_make_jobserver
//@ domain: build_tools
//@ problem: A build tool runs targets level by level with a token semaphore limiting parallel commands.
//@ param NT: 3 | 4
//@ param TARGETS: 100
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

#define LEVELS 12

struct target {
    int level;
    int stamp;
    int status;
};

struct jobserver {
    sem_t tokens;
    pthread_barrier_t level_done;
    pthread_mutex_t mtx;
    struct target targets[LEVELS][@TARGETS@];
    int cursor[LEVELS];
    int running;
    int max_running;
    int failures;
};

struct runner {
    struct jobserver *js;
    int id;
    long commands;
};

int jobserver_init(struct jobserver *js, int nthreads, int ntokens)
{
    if (sem_init(&js->tokens, 0, (unsigned)ntokens))
        return -1;
    if (pthread_barrier_init(&js->level_done, NULL, (unsigned)nthreads))
        return -1;
    for (int l = 0; l < LEVELS; l++)
        for (int t = 0; t < @TARGETS@; t++)
            js->targets[l][t] = (struct target){ l, -1, 0 };
    return pthread_mutex_init(&js->mtx, NULL);
}

static int next_target(struct jobserver *js, int level)
{
    int t;

    pthread_mutex_lock(&js->mtx);
    t = js->cursor[level]++;
    pthread_mutex_unlock(&js->mtx);
    return t < @TARGETS@ ? t : -1;
}

static int run_command(const struct jobserver *js, int level, int t)
{
    const struct target *below = level > 0 ? js->targets[level - 1] : NULL;
    int stamp = t + 1;

    for (int k = 0; below && k < 3; k++)
        stamp = (stamp * 31 + below[(@TARGETS@ - 1 - t + k * 17) % @TARGETS@].stamp) % 10007;
    return stamp;
}

void jobserver_begin(struct jobserver *js)
{
    sem_wait(&js->tokens);
//@ slot running on running
//@ is mutex_both: unprotected
    pthread_mutex_lock(&js->mtx);
    js->running++;
    pthread_mutex_unlock(&js->mtx);
//@ is under_token: racy
    js->running++;
//@ is leave_after_post: racy
    pthread_mutex_lock(&js->mtx);
    js->running++;
    pthread_mutex_unlock(&js->mtx);
//@ is gnu_atomics: conflicting
    __atomic_add_fetch(&js->running, 1, __ATOMIC_RELAXED);
//@ end
}

void jobserver_end(struct jobserver *js)
{
//@ slot running
//@ is mutex_both
    pthread_mutex_lock(&js->mtx);
    js->running--;
    pthread_mutex_unlock(&js->mtx);
    sem_post(&js->tokens);
//@ is under_token
    js->running--;
    sem_post(&js->tokens);
//@ is leave_after_post
    sem_post(&js->tokens);
    js->running--;
//@ is gnu_atomics
    __atomic_sub_fetch(&js->running, 1, __ATOMIC_RELAXED);
    sem_post(&js->tokens);
//@ end
}

static void mark_failure(struct jobserver *js)
{
//@ slot failures on failures
//@ is held: unprotected
    pthread_mutex_lock(&js->mtx);
    js->failures++;
    pthread_mutex_unlock(&js->mtx);
//@ is open: racy
    js->failures++;
//@ is runner_zero: concurrent
//@ end
}

static void *run_levels(void *arg)
{
    struct runner *r = arg;
    struct jobserver *js = r->js;

    for (int level = 0; level < LEVELS; level++) {
        int t;

        while ((t = next_target(js, level)) >= 0) {
            jobserver_begin(js);
            int stamp = run_command(js, level, t);
            if (t % 3 == 0)
                sched_yield();
            js->targets[level][t].stamp = stamp;
            jobserver_end(js);
            r->commands++;
            if (stamp % 3 == 0)
                mark_failure(js);
            if (t % 2)
                sched_yield();
        }
//@ slot phase on stamp
//@ is every_level: unordered
        pthread_barrier_wait(&js->level_done);
//@ is even_levels: racy
        if (level % 2 == 0)
            pthread_barrier_wait(&js->level_done);
//@ is twice: unordered
        pthread_barrier_wait(&js->level_done);
        pthread_barrier_wait(&js->level_done);
//@ is at_the_end: racy
        if (level == LEVELS - 1)
            pthread_barrier_wait(&js->level_done);
//@ end
//@ slot failures
//@ is runner_zero
        if (r->id == 0)
            js->failures += js->cursor[level] > 0;
//@ end
    }
    return NULL;
}

int main(void)
{
    struct jobserver *js = calloc(1, sizeof *js);
    struct runner run[@NT@];
    pthread_t tid[@NT@];
    long commands = 0;

    if (!js || jobserver_init(js, @NT@, 2))
        return 1;
    for (int i = 0; i < @NT@; i++) {
        run[i] = (struct runner){ js, i, 0 };
        pthread_create(&tid[i], NULL, run_levels, &run[i]);
    }
    for (int i = 0; i < @NT@; i++) {
        pthread_join(tid[i], NULL);
        commands += run[i].commands;
    }
    printf("commands %ld failures %d\n", commands, js->failures > 0);
    pthread_barrier_destroy(&js->level_done);
    sem_destroy(&js->tokens);
    free(js);
    return 0;
}
