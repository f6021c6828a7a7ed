//@ family: pm_session_table
//@ domain: sessions
//@ problem: A server keeps a table of login sessions that request threads open, touch and close.
//@ param NT: 3 | 4
//@ param ROUNDS: 700
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_SESSIONS 32

struct session {
    unsigned id;
    int used;
    unsigned touched;
};

struct session_table {
    pthread_mutex_t lock;
    pthread_mutex_t id_lock;
    struct session slots[MAX_SESSIONS];
//@ slot active on active
//@ is getter_locks: unprotected
    int active;
//@ is getter_plain: racy
    int active;
//@ is getter_after_stop: unordered
    int active;
//@ is counter_type: conflicting
    atomic_int active;
//@ is getter_id_lock: racy
    int active;
//@ end
    unsigned next_id;
    unsigned idle_limit;
};

int session_table_init(struct session_table *st, unsigned idle_limit)
{
    if (pthread_mutex_init(&st->lock, NULL))
        return -1;
    if (pthread_mutex_init(&st->id_lock, NULL)) {
        pthread_mutex_destroy(&st->lock);
        return -1;
    }
    st->idle_limit = idle_limit;
    st->next_id = 1;
    return 0;
}

static struct session *find_free_locked(struct session_table *st)
{
    for (int i = 0; i < MAX_SESSIONS; i++)
        if (!st->slots[i].used)
            return &st->slots[i];
    return NULL;
}

int session_table_active(struct session_table *st)
{
    int n;

//@ slot active
//@ is getter_locks
    pthread_mutex_lock(&st->lock);
    n = st->active;
    pthread_mutex_unlock(&st->lock);
//@ is getter_plain
    n = st->active;
//@ is getter_after_stop
    n = st->active;
//@ is counter_type
    n = atomic_load_explicit(&st->active, memory_order_relaxed);
//@ is getter_id_lock
    pthread_mutex_lock(&st->id_lock);
    n = st->active;
    pthread_mutex_unlock(&st->id_lock);
//@ end
    return n;
}

static unsigned new_id(struct session_table *st)
{
    unsigned id;

//@ slot ids on next_id
//@ is id_lock: unprotected
    pthread_mutex_lock(&st->id_lock);
    id = st->next_id++;
    pthread_mutex_unlock(&st->id_lock);
//@ is bump_after: racy
    pthread_mutex_lock(&st->id_lock);
    id = st->next_id;
    pthread_mutex_unlock(&st->id_lock);
    st->next_id = id + 1;
//@ is builtin: conflicting
    id = __atomic_fetch_add(&st->next_id, 1, __ATOMIC_RELAXED);
//@ is wrap_path: racy
    if (st->next_id == 0xffffffffu)
        return 1;
    pthread_mutex_lock(&st->id_lock);
    id = st->next_id++;
    pthread_mutex_unlock(&st->id_lock);
//@ end
    return id;
}

unsigned session_open(struct session_table *st, unsigned now)
{
    unsigned id = new_id(st);
    struct session *s;

    pthread_mutex_lock(&st->lock);
    s = find_free_locked(st);
    if (!s) {
        pthread_mutex_unlock(&st->lock);
        return 0;
    }
    s->used = 1;
    s->id = id;
    s->touched = now;
    st->active++;
    pthread_mutex_unlock(&st->lock);
    return id;
}

int session_expire(struct session_table *st, unsigned now)
{
    int closed = 0;
    unsigned limit;

//@ slot limit on idle_limit
//@ is fixed_at_init: conflicting
    limit = st->idle_limit;
    pthread_mutex_lock(&st->lock);
//@ is tunable_outside: racy
    limit = st->idle_limit;
    pthread_mutex_lock(&st->lock);
//@ is tunable_inside: unprotected
    pthread_mutex_lock(&st->lock);
    limit = st->idle_limit;
//@ is tuned_plain: racy
    pthread_mutex_lock(&st->lock);
    limit = st->idle_limit;
//@ end
    for (int i = 0; i < MAX_SESSIONS; i++) {
        struct session *s = &st->slots[i];
        if (s->used && now - s->touched >= limit) {
            s->used = 0;
            st->active--;
            closed++;
        }
    }
    pthread_mutex_unlock(&st->lock);
    return closed;
}

void session_table_tune(struct session_table *st, unsigned idle_limit)
{
//@ slot limit
//@ is fixed_at_init
    (void)st;
    (void)idle_limit;
//@ is tunable_outside
    pthread_mutex_lock(&st->lock);
    st->idle_limit = idle_limit;
    pthread_mutex_unlock(&st->lock);
//@ is tunable_inside
    pthread_mutex_lock(&st->lock);
    st->idle_limit = idle_limit;
    pthread_mutex_unlock(&st->lock);
//@ is tuned_plain
    st->idle_limit = idle_limit;
//@ end
}

static void *request_loop(void *arg)
{
    struct session_table *st = arg;
    long load = 0;

    for (unsigned i = 0; i < @ROUNDS@; i++) {
        session_open(st, i);
        sched_yield();
        if (i % 3)
            session_expire(st, i);
        if (i % 4 == 1)
            session_table_tune(st, 1 + i % 3);
//@ slot active
//@ is getter_locks
        load += session_table_active(st);
//@ is getter_plain
        load += session_table_active(st);
//@ is counter_type
        load += session_table_active(st);
//@ is getter_id_lock
        load += session_table_active(st);
//@ end
    }
    return (void *)load;
}

int main(void)
{
    struct session_table *st = calloc(1, sizeof *st);
    pthread_t tid[@NT@];

    if (!st || session_table_init(st, 2))
        return 1;
    for (int i = 0; i < @NT@; i++)
        pthread_create(&tid[i], NULL, request_loop, st);
    for (int i = 0; i < @NT@; i++)
        pthread_join(tid[i], NULL);
    printf("active ok %d ids %d\n", session_table_active(st) <= MAX_SESSIONS, st->next_id > 1);
    pthread_mutex_destroy(&st->id_lock);
    pthread_mutex_destroy(&st->lock);
    free(st);
    return 0;
}
