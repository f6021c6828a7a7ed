//@ family: pm_tree_watcher
//@ domain: file_watch
//@ problem: A watcher scans files, marks changed ones and lets listeners consume the change list.
//@ param NT: 3 | 4
//@ param SCANS: 200
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILES 40

struct watch_entry {
    unsigned mtime;
    unsigned seen;
    int changed;
};

struct change {
    struct change *next;
    int file;
};

struct watcher {
    pthread_mutex_t lock;
    pthread_spinlock_t list_lock;
    struct watch_entry files[FILES];
    struct change *changes;
    int nchanges;
    unsigned scans;
    int interval;
    unsigned epoch;
};

int watcher_init(struct watcher *w, int interval)
{
    memset(w, 0, sizeof *w);
    w->interval = interval;
    if (pthread_mutex_init(&w->lock, NULL))
        return -1;
    return pthread_spin_init(&w->list_lock, PTHREAD_PROCESS_PRIVATE);
}

static void push_change(struct watcher *w, int file)
{
    struct change *c = malloc(sizeof *c);

    if (!c)
        return;
    c->file = file;
    pthread_spin_lock(&w->list_lock);
    c->next = w->changes;
    w->changes = c;
//@ slot pending on nchanges
//@ is in_spin: unprotected
    w->nchanges++;
    pthread_spin_unlock(&w->list_lock);
//@ is past_spin: racy
    pthread_spin_unlock(&w->list_lock);
    w->nchanges++;
//@ is in_spin_peeked: racy
    w->nchanges++;
    pthread_spin_unlock(&w->list_lock);
//@ is in_spin_peek_spin: unprotected
    w->nchanges++;
    pthread_spin_unlock(&w->list_lock);
//@ end
}

static int watcher_pending(struct watcher *w)
{
    int n = 1;
//@ slot pending
//@ is in_spin_peeked
    n = w->nchanges;
//@ is in_spin_peek_spin
    pthread_spin_lock(&w->list_lock);
    n = w->nchanges;
    pthread_spin_unlock(&w->list_lock);
//@ end
    return n;
}

int watcher_drain(struct watcher *w)
{
    struct change *c;
    int n = 0;

    if (watcher_pending(w) == 0)
        return 0;
    pthread_spin_lock(&w->list_lock);
    c = w->changes;
    w->changes = NULL;
    w->nchanges = 0;
    pthread_spin_unlock(&w->list_lock);
    while (c) {
        struct change *next = c->next;
        n += c->file >= 0;
        free(c);
        c = next;
    }
    return n;
}

void watcher_touch(struct watcher *w, int file)
{
    struct watch_entry *e = &w->files[file];

//@ slot mtime on mtime
//@ is held: unprotected
    pthread_mutex_lock(&w->lock);
    e->mtime++;
    pthread_mutex_unlock(&w->lock);
//@ is list_spin: racy
    pthread_spin_lock(&w->list_lock);
    e->mtime++;
    pthread_spin_unlock(&w->list_lock);
//@ is lock_for_low: racy
    if (file < FILES / 2) {
        pthread_mutex_lock(&w->lock);
        e->mtime++;
        pthread_mutex_unlock(&w->lock);
    } else {
        e->mtime++;
    }
//@ is lock_for_both: unprotected
    if (file < FILES / 2) {
        pthread_mutex_lock(&w->lock);
        e->mtime++;
        pthread_mutex_unlock(&w->lock);
    } else {
        pthread_mutex_lock(&w->lock);
        e->mtime += 2;
        pthread_mutex_unlock(&w->lock);
    }
//@ end
}

int watcher_scan(struct watcher *w)
{
    int found = 0;

    pthread_mutex_lock(&w->lock);
    for (int i = 0; i < FILES; i++) {
        struct watch_entry *e = &w->files[i];
        if (e->mtime != e->seen) {
            e->seen = e->mtime;
            push_change(w, i);
            found++;
        }
    }
    w->scans++;
    pthread_mutex_unlock(&w->lock);
//@ slot epoch on epoch
//@ is atomic_bump: conflicting
    if (found)
        __atomic_fetch_add(&w->epoch, 1, __ATOMIC_RELAXED);
//@ is bump_if_found: racy
    if (found)
        w->epoch++;
//@ is bump_relocked: unprotected
    if (found) {
        pthread_mutex_lock(&w->lock);
        w->epoch++;
        pthread_mutex_unlock(&w->lock);
    }
//@ is derived_later: concurrent
//@ end
    return found;
}

static void *editor(void *arg)
{
    struct watcher *w = arg;

    for (int i = 0; i < 3 * @SCANS@; i++) {
        watcher_touch(w, (i * 7) % FILES);
        if (i % 2)
            sched_yield();
        if (i % 3 == 0)
            watcher_scan(w);
    }
    return NULL;
}

static void *listener(void *arg)
{
    struct watcher *w = arg;
    long got = 0;

    for (int i = 0; i < @SCANS@; i++) {
        for (int k = 0; k < w->interval; k++)
            sched_yield();
        got += watcher_drain(w);
        sched_yield();
        watcher_scan(w);
    }
    return (void *)got;
}

int main(void)
{
    static struct watcher w;
    pthread_t tid[@NT@];

    if (watcher_init(&w, 2))
        return 1;
    for (int i = 0; i < @NT@; i++)
        pthread_create(&tid[i], NULL, i == 0 ? listener : editor, &w);
    for (int i = 0; i < @NT@; i++)
        pthread_join(tid[i], NULL);
//@ slot epoch
//@ is derived_later
    w.epoch = w.scans;
//@ end
    watcher_drain(&w);
    printf("scans %d epoch %d\n", w.scans > 0, w.epoch > 0);
    pthread_spin_destroy(&w.list_lock);
    pthread_mutex_destroy(&w.lock);
    return 0;
}
