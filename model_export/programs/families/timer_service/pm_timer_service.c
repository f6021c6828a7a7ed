//@ family: pm_timer_service
//@ domain: timer_service
//@ problem: A timer service holds armed timers in a table, fires due ones and lets users cancel them.
//@ param NT: 3 | 4
//@ param TICKS: 400
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define TIMER_MAX 24

typedef void (*timer_fn)(void *user, int id);

struct timer {
    bool armed;
    long due;
    timer_fn fn;
};

struct timer_service {
    pthread_mutex_t table_lock;
    pthread_mutex_t user_lock;
    struct timer table[TIMER_MAX];
    long now;
    long fired;
    long late;
    int armed_count;
    void *user;
};

struct client_state {
    struct timer_service *ts;
    int id;
    long armed;
};

int timers_init(struct timer_service *ts, void *user)
{
    for (int i = 0; i < TIMER_MAX; i++)
        ts->table[i].armed = false;
    ts->now = ts->fired = ts->late = 0;
    ts->armed_count = 0;
    ts->user = user;
    if (pthread_mutex_init(&ts->table_lock, NULL))
        return -1;
    return pthread_mutex_init(&ts->user_lock, NULL);
}

long timers_now(struct timer_service *ts)
{
    long t;

//@ slot now on now
//@ is held: unprotected
    pthread_mutex_lock(&ts->table_lock);
    t = ts->now;
    pthread_mutex_unlock(&ts->table_lock);
//@ is open: racy
    t = ts->now;
//@ is user_lock: racy
    pthread_mutex_lock(&ts->user_lock);
    t = ts->now;
    pthread_mutex_unlock(&ts->user_lock);
//@ is nested: unprotected
    pthread_mutex_lock(&ts->table_lock);
    pthread_mutex_lock(&ts->user_lock);
    t = ts->now;
    pthread_mutex_unlock(&ts->user_lock);
    pthread_mutex_unlock(&ts->table_lock);
//@ end
    return t;
}

static bool arm_locked(struct timer_service *ts, int id, long due, timer_fn fn)
{
    struct timer *t = &ts->table[id];

    if (t->armed)
        return false;
    t->armed = true;
    t->due = due;
    t->fn = fn;
    ts->armed_count++;
    return true;
}

int timers_arm(struct timer_service *ts, int id, long due, timer_fn fn)
{
    bool ok;

    if (id < 0 || id >= TIMER_MAX)
        return -1;
    pthread_mutex_lock(&ts->table_lock);
    ok = arm_locked(ts, id, due, fn);
    pthread_mutex_unlock(&ts->table_lock);
    return ok ? 0 : 1;
}

int timers_cancel(struct timer_service *ts, int id)
{
    struct timer *t = &ts->table[id];
    int was = 0;

//@ slot armed on armed
//@ is inside: unprotected
    pthread_mutex_lock(&ts->table_lock);
    if (t->armed) {
        t->armed = false;
        ts->armed_count--;
        was = 1;
    }
    pthread_mutex_unlock(&ts->table_lock);
//@ is peek_return: racy
    if (!t->armed)
        return 0;
    pthread_mutex_lock(&ts->table_lock);
    if (t->armed) {
        t->armed = false;
        ts->armed_count--;
        was = 1;
    }
    pthread_mutex_unlock(&ts->table_lock);
//@ is cleared_after: racy
    pthread_mutex_lock(&ts->table_lock);
    was = t->armed;
    if (was)
        ts->armed_count--;
    pthread_mutex_unlock(&ts->table_lock);
    if (was)
        t->armed = false;
//@ is goto_unlock: unprotected
    pthread_mutex_lock(&ts->table_lock);
    if (!t->armed)
        goto unlock;
    t->armed = false;
    ts->armed_count--;
    was = 1;
unlock:
    pthread_mutex_unlock(&ts->table_lock);
//@ end
    return was;
}

int timers_advance(struct timer_service *ts, long step)
{
    int hits = 0;

    pthread_mutex_lock(&ts->table_lock);
    ts->now += step;
    for (int i = 0; i < TIMER_MAX; i++) {
        struct timer *t = &ts->table[i];
        if (!t->armed || t->due > ts->now)
            continue;
        t->armed = false;
        ts->armed_count--;
        pthread_mutex_lock(&ts->user_lock);
        t->fn(ts->user, i);
        pthread_mutex_unlock(&ts->user_lock);
        hits++;
    }
//@ slot fired on fired
//@ is in_table_lock: unprotected
    ts->fired += hits;
    pthread_mutex_unlock(&ts->table_lock);
//@ is in_user_lock: unprotected
    pthread_mutex_unlock(&ts->table_lock);
    pthread_mutex_lock(&ts->user_lock);
    ts->fired += hits;
    pthread_mutex_unlock(&ts->user_lock);
//@ is after_table_lock: racy
    pthread_mutex_unlock(&ts->table_lock);
    ts->fired += hits;
//@ is split: racy
    if (hits == 0) {
        pthread_mutex_unlock(&ts->table_lock);
        ts->fired += step > 1;
        return 0;
    }
    ts->fired += hits;
    pthread_mutex_unlock(&ts->table_lock);
//@ end
    return hits;
}

static void on_timer(void *user, int id)
{
    long *marks = user;
    marks[id]++;
}

static void *client(void *arg)
{
    struct client_state *cs = arg;

    for (int i = 0; i < @TICKS@; i++) {
        int id = (i * 5 + cs->id) % TIMER_MAX;
        long base = timers_now(cs->ts);
        sched_yield();
        if (timers_arm(cs->ts, id, base + 4 + i % 6, on_timer) == 0)
            cs->armed++;
        sched_yield();
        for (int k = 1; k < 4; k++)
            timers_cancel(cs->ts, (id + 5 * k) % TIMER_MAX);
        sched_yield();
        if (i % 2)
            timers_advance(cs->ts, 1 + i % 2);
        sched_yield();
    }
    return NULL;
}

int main(void)
{
    static struct timer_service ts;
    static long marks[TIMER_MAX];
    struct client_state cs[@NT@];
    pthread_t tid[@NT@];
    long armed = 0;

    if (timers_init(&ts, marks))
        return 1;
    for (int i = 0; i < @NT@; i++) {
        cs[i] = (struct client_state){ &ts, i, 0 };
        pthread_create(&tid[i], NULL, client, &cs[i]);
    }
    for (int i = 0; i < @NT@; i++) {
        pthread_join(tid[i], NULL);
        armed += cs[i].armed;
    }
    printf("armed %d fired %d left %d\n", armed > 0, ts.fired > 0, ts.armed_count >= 0);
    return 0;
}
