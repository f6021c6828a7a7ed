//@ family: pm_nightly_jobs
//@ domain: job_queues
//@ problem: A scheduler keeps nightly jobs in a sorted list that submitters extend and workers walk hand over hand.
//@ param NT: 3 | 4
//@ param JOBS: 120
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

struct job_node {
    struct job_node *next;
    pthread_mutex_t node_lock;
    int due;
    int runs;
};

struct job_list {
    struct job_node head;
    pthread_mutex_t lock;
    long inserted;
    long executed;
    int window;
};

static void node_setup(struct job_node *n, int due)
{
    n->next = NULL;
    n->due = due;
    n->runs = 0;
    pthread_mutex_init(&n->node_lock, NULL);
}

void joblist_init(struct job_list *jl, int window)
{
    node_setup(&jl->head, -1);
    pthread_mutex_init(&jl->lock, NULL);
    jl->inserted = 0;
    jl->executed = 0;
    jl->window = window;
}

int joblist_add(struct job_list *jl, int due)
{
    struct job_node *fresh = malloc(sizeof *fresh);
    struct job_node *prev = &jl->head;

    if (!fresh)
        return -1;
    node_setup(fresh, due);
    pthread_mutex_lock(&prev->node_lock);
    while (prev->next && prev->next->due < due) {
        struct job_node *cur = prev->next;
        pthread_mutex_lock(&cur->node_lock);
        pthread_mutex_unlock(&prev->node_lock);
        prev = cur;
    }
    fresh->next = prev->next;
    prev->next = fresh;
    pthread_mutex_unlock(&prev->node_lock);
//@ slot inserted on inserted
//@ is list_lock: unprotected
    pthread_mutex_lock(&jl->lock);
    jl->inserted++;
    pthread_mutex_unlock(&jl->lock);
//@ is last_node_lock: racy
    pthread_mutex_lock(&prev->node_lock);
    jl->inserted++;
    pthread_mutex_unlock(&prev->node_lock);
//@ is head_lock: unprotected
    pthread_mutex_lock(&jl->head.node_lock);
    jl->inserted++;
    pthread_mutex_unlock(&jl->head.node_lock);
//@ is none: racy
    jl->inserted++;
//@ end
    return 0;
}

static int run_one(struct job_node *n)
{
    int x = n->due;

    for (int i = 0; i < 10; i++)
        x = (x * 17 + 3) % 1009;
    return x;
}

int joblist_sweep(struct job_list *jl, int from)
{
    int work = 0, done = 0;
    struct job_node *cur, *next;

//@ slot walk on runs
//@ is hand_over_hand: unprotected
    cur = &jl->head;
    pthread_mutex_lock(&cur->node_lock);
    while ((next = cur->next) != NULL) {
        pthread_mutex_lock(&next->node_lock);
        pthread_mutex_unlock(&cur->node_lock);
        cur = next;
        if (cur->due >= from && cur->due < from + jl->window) {
            cur->runs++;
            work += run_one(cur);
            done++;
        }
    }
    pthread_mutex_unlock(&cur->node_lock);
//@ is behind_the_hand: unprotected
    cur = &jl->head;
    pthread_mutex_lock(&cur->node_lock);
    while ((next = cur->next) != NULL) {
        if (next->due >= from && next->due < from + jl->window) {
            next->runs++;
            work += run_one(next);
            done++;
        }
        pthread_mutex_unlock(&cur->node_lock);
        pthread_mutex_lock(&next->node_lock);
        cur = next;
    }
    pthread_mutex_unlock(&cur->node_lock);
//@ is released_first: racy
    cur = &jl->head;
    pthread_mutex_lock(&cur->node_lock);
    while ((next = cur->next) != NULL) {
        pthread_mutex_unlock(&cur->node_lock);
        if (next->due >= from && next->due < from + jl->window) {
            next->runs++;
            work += run_one(next);
            done++;
        }
        pthread_mutex_lock(&next->node_lock);
        cur = next;
    }
    pthread_mutex_unlock(&cur->node_lock);
//@ is list_lock_if_late: racy
    cur = &jl->head;
    pthread_mutex_lock(&cur->node_lock);
    while ((next = cur->next) != NULL) {
        pthread_mutex_unlock(&cur->node_lock);
        if (next->due >= from && next->due < from + jl->window) {
            if (from > 45)
                pthread_mutex_lock(&jl->lock);
            next->runs++;
            work += run_one(next);
            done++;
            if (from > 45)
                pthread_mutex_unlock(&jl->lock);
        }
        pthread_mutex_lock(&next->node_lock);
        cur = next;
    }
    pthread_mutex_unlock(&cur->node_lock);
//@ is lock_per_node: unprotected
    cur = &jl->head;
    pthread_mutex_lock(&cur->node_lock);
    while ((next = cur->next) != NULL) {
        pthread_mutex_unlock(&cur->node_lock);
        pthread_mutex_lock(&next->node_lock);
        if (next->due >= from && next->due < from + jl->window) {
            next->runs++;
            work += run_one(next);
            done++;
        }
        cur = next;
    }
    pthread_mutex_unlock(&cur->node_lock);
//@ end
//@ slot executed on executed
//@ is list_lock: unprotected
    pthread_mutex_lock(&jl->lock);
    jl->executed += done;
    pthread_mutex_unlock(&jl->lock);
//@ is if_any: racy
    if (done > 2) {
        pthread_mutex_lock(&jl->lock);
        jl->executed += done;
        pthread_mutex_unlock(&jl->lock);
    } else {
        jl->executed += done;
    }
//@ is if_any_held: unprotected
    if (done > 2) {
        pthread_mutex_lock(&jl->lock);
        jl->executed += done;
        pthread_mutex_unlock(&jl->lock);
    }
//@ end
    return work;
}

static struct job_list nightly;

static void *planner(void *arg)
{
    int id = (int)(long)arg;
    long work = 0;

    for (int i = 0; i < @JOBS@; i++) {
        sched_yield();
        if (i % 2 == 0)
            joblist_add(&nightly, (i * 13 + id * 7) % 100);
        else
            work += joblist_sweep(&nightly, (i * 9) % 90);
    }
    return (void *)work;
}

int main(void)
{
    pthread_t tid[@NT@];
    int nodes = 0;

    joblist_init(&nightly, 20);
    for (long i = 0; i < @NT@; i++)
        pthread_create(&tid[i], NULL, planner, (void *)i);
    for (int i = 0; i < @NT@; i++)
        pthread_join(tid[i], NULL);
    while (nightly.head.next) {
        struct job_node *n = nightly.head.next;
        nightly.head.next = n->next;
        free(n);
        nodes++;
    }
    printf("nodes %d inserted %d executed %d\n", nodes, nightly.inserted > 0, nightly.executed > 0);
    return 0;
}
