//@ family: pm_rotating_log
//@ domain: log_files
//@ problem: A logger formats lines into a buffer and rotates to a new segment when it is full.
//@ param NT: 3 | 4
//@ param LINES: 500
//@ param SEG: 2048
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_ENTER(lg) pthread_mutex_lock(&(lg)->mutex)
#define LOG_LEAVE(lg) pthread_mutex_unlock(&(lg)->mutex)
#define SEGMENT_BYTES @SEG@

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN };

struct logger {
    pthread_mutex_t mutex;
    pthread_mutex_t level_mutex;
    int fill;
    int segment;
    int level;
    long dropped;
    unsigned checksum;
};

int log_open(struct logger *lg, enum log_level level)
{
    pthread_mutexattr_t attr;
    int rc;

    memset(lg, 0, sizeof *lg);
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    rc = pthread_mutex_init(&lg->mutex, &attr);
    pthread_mutexattr_destroy(&attr);
    pthread_mutex_init(&lg->level_mutex, NULL);
    lg->level = level;
    return rc;
}

static void log_rotate(struct logger *lg)
{
//@ slot segment on segment
//@ is re_enter: unprotected
    LOG_ENTER(lg);
    lg->segment++;
    LOG_LEAVE(lg);
//@ is in_writer: unprotected
    lg->segment++;
//@ is in_writer_after: racy
    lg->segment++;
//@ is other_mutex: racy
    pthread_mutex_lock(&lg->level_mutex);
    lg->segment++;
    pthread_mutex_unlock(&lg->level_mutex);
//@ end
}

int log_segment(struct logger *lg)
{
    int n;

    LOG_ENTER(lg);
    n = lg->segment;
    LOG_LEAVE(lg);
    return n;
}

void log_set_level(struct logger *lg, enum log_level level)
{
//@ slot level on level
//@ is level_mutex: unprotected
    pthread_mutex_lock(&lg->level_mutex);
    lg->level = level;
    pthread_mutex_unlock(&lg->level_mutex);
//@ is store_only_held: racy
    pthread_mutex_lock(&lg->level_mutex);
    lg->level = level;
    pthread_mutex_unlock(&lg->level_mutex);
//@ is relaxed_word: conflicting
    __atomic_store_n(&lg->level, level, __ATOMIC_RELAXED);
//@ is relaxed_store_plain_load: racy
    __atomic_store_n(&lg->level, level, __ATOMIC_RELAXED);
//@ end
}

static int log_enabled(struct logger *lg, enum log_level level)
{
    int current;

//@ slot level
//@ is level_mutex
    pthread_mutex_lock(&lg->level_mutex);
    current = lg->level;
    pthread_mutex_unlock(&lg->level_mutex);
//@ is store_only_held
    current = lg->level;
//@ is relaxed_word
    current = __atomic_load_n(&lg->level, __ATOMIC_RELAXED);
//@ is relaxed_store_plain_load
    current = lg->level;
//@ end
    return (int)level >= current;
}

void log_line(struct logger *lg, enum log_level level, const char *text)
{
    int len = (int)strlen(text) + 1;
    int full;

    if (!log_enabled(lg, level)) {
//@ slot dropped on dropped
//@ is entered: unprotected
        LOG_ENTER(lg);
        lg->dropped++;
        LOG_LEAVE(lg);
//@ is quick: racy
        lg->dropped++;
//@ is quick_builtin: conflicting
        __atomic_add_fetch(&lg->dropped, 1, __ATOMIC_RELAXED);
//@ end
        return;
    }
    LOG_ENTER(lg);
    full = lg->fill + len > SEGMENT_BYTES / 16;
    if (full)
        lg->fill = 0;
//@ slot segment
//@ is re_enter
    if (full)
        log_rotate(lg);
//@ is in_writer
    if (full)
        log_rotate(lg);
//@ end
    lg->fill += len;
    for (int i = 0; i < len; i++)
        lg->checksum = lg->checksum * 31u + (unsigned char)text[i];
    LOG_LEAVE(lg);
//@ slot segment
//@ is in_writer_after
    if (full)
        log_rotate(lg);
//@ is other_mutex
    if (full)
        log_rotate(lg);
//@ end
}

static struct logger app_log;

static void *module(void *arg)
{
    int id = (int)(long)arg;
    char text[64];
    long seen = 0;

    for (int i = 0; i < @LINES@; i++) {
        snprintf(text, sizeof text, "module %d step %d of the nightly import", id, i);
        log_line(&app_log, (enum log_level)(i % 3), text);
        sched_yield();
        if (i % 4 == 1)
            log_set_level(&app_log, (enum log_level)((i / 4) % 3));
        if (i % 2)
            seen += log_segment(&app_log);
    }
    return (void *)seen;
}

int main(void)
{
    pthread_t tid[@NT@];

    if (log_open(&app_log, LOG_INFO))
        return 1;
    for (long i = 0; i < @NT@; i++)
        pthread_create(&tid[i], NULL, module, (void *)i);
    for (int i = 0; i < @NT@; i++)
        pthread_join(tid[i], NULL);
    printf("segments %d dropped %d sum %d\n", app_log.segment > 0, app_log.dropped > 0,
           app_log.checksum != 0);
    pthread_mutex_destroy(&app_log.mutex);
    return 0;
}
