//@ family: pt_log_buffers
//@ domain: logging
//@ problem: Threads format log lines into their own buffers and append them to a shared sink.
//@ param NT: 3 | 4
//@ param LINES: 500 | 900
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_LEN 64
#define SINK_SIZE (1 << 17)

static char sink[SINK_SIZE];
static pthread_mutex_t sink_lock = PTHREAD_MUTEX_INITIALIZER;
static size_t sink_used;
static int min_level;
static unsigned dropped;
static pthread_key_t buf_key;

//@ slot buf on line_buf
//@ is thread_storage: same-location
static __thread char line_buf[LINE_MAX_LEN];
//@ is static_global: racy
static char line_buf[LINE_MAX_LEN];
//@ is pthread_key: same-location
//@ is on_stack: same-location
//@ is function_static: racy
//@ end

static char *get_buffer(char *scratch)
{
//@ slot buf
//@ is thread_storage
    (void)scratch;
    return line_buf;
//@ is static_global
    (void)scratch;
    return line_buf;
//@ is pthread_key
    char *line_buf = pthread_getspecific(buf_key);
    (void)scratch;
    if (!line_buf) {
        line_buf = malloc(LINE_MAX_LEN);
        pthread_setspecific(buf_key, line_buf);
    }
    return line_buf;
//@ is on_stack
    return scratch;
//@ is function_static
    static char line_buf[LINE_MAX_LEN];
    (void)scratch;
    return line_buf;
//@ end
}

static int put_number(char *line_buf, int pos, unsigned v)
{
    char digits[12];
    int n = 0;

    do {
        digits[n++] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    while (n > 0)
        line_buf[pos++] = digits[--n];
    return pos;
}

static size_t format_line(char *line_buf, int id, int seq)
{
    int pos = 0;

    line_buf[pos++] = 'T';
    pos = put_number(line_buf, pos, (unsigned)id);
    line_buf[pos++] = ' ';
    pos = put_number(line_buf, pos, (unsigned)seq);
    line_buf[pos++] = '\n';
    return (size_t)pos;
}

static void log_write(int level, int id, int seq)
{
    char line_buf[LINE_MAX_LEN];
    char *line = get_buffer(line_buf);
    size_t len;

//@ slot level on min_level
//@ is set_first: unordered
    if (level < min_level)
        return;
//@ is set_later: racy
    if (level < min_level)
        return;
//@ is set_later_atomic: conflicting
    if (level < __atomic_load_n(&min_level, __ATOMIC_RELAXED))
        return;
//@ is set_later_volatile: racy
    if (level < *(volatile int *)&min_level)
        return;
//@ end
    len = format_line(line, id, seq);
    pthread_mutex_lock(&sink_lock);
    if (sink_used + len > SINK_SIZE) {
        pthread_mutex_unlock(&sink_lock);
        return;
    }
    for (size_t i = 0; i < len; i++)
        sink[sink_used + i] = line[i];
    sink_used += len;
    pthread_mutex_unlock(&sink_lock);
}

static void *chatter(void *arg)
{
    int id = *(int *)arg;

    for (int i = 0; i < @LINES@; i++) {
        log_write(i % 4, id, i);
//@ slot drop on dropped
//@ is guarded: unprotected
        if (i % 4 == 0) {
            pthread_mutex_lock(&sink_lock);
            dropped++;
            pthread_mutex_unlock(&sink_lock);
        }
//@ is lock_outside_branch: racy
        if (i % 4 == 0) {
            pthread_mutex_lock(&sink_lock);
            pthread_mutex_unlock(&sink_lock);
            dropped++;
        }
//@ is only_first: concurrent
        if (id == 0)
            dropped++;
//@ is all_but_first: racy
        if (id != 0)
            dropped++;
//@ end
        if (i % 8 == 0)
            sched_yield();
    }
    return NULL;
}

int main(void)
{
    pthread_t tid[@NT@];
    int ids[@NT@];
    unsigned sum = 0;

    pthread_key_create(&buf_key, free);
//@ slot level
//@ is set_first
    min_level = 1;
//@ end
    for (int i = 0; i < @NT@; i++) {
        ids[i] = i;
        pthread_create(&tid[i], NULL, chatter, &ids[i]);
    }
//@ slot level
//@ is set_later
    min_level = 1;
//@ is set_later_atomic
    __atomic_store_n(&min_level, 1, __ATOMIC_RELAXED);
//@ is set_later_volatile
    *(volatile int *)&min_level = 1;
//@ end
    for (int i = 0; i < @NT@; i++)
        pthread_join(tid[i], NULL);
    for (size_t i = 0; i < sink_used; i++)
        sum = sum * 31 + (unsigned char)sink[i];
    printf("bytes %d sum %d dropped %d\n", sink_used > 0, sum != 0, dropped > 0);
    pthread_key_delete(buf_key);
    return 0;
}
