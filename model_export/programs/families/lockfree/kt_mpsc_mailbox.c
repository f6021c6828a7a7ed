//@ family: kt_mpsc_mailbox
//@ domain: lockfree
//@ problem: Actors send letters to one mailbox, a linked queue with an exchanged tail, that its owner alone reads.
//@ param SENDERS: 3 | 4
//@ param LETTERS: 300 | 500
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct letter {
//@ slot link on next
//@ is atomic_link: conflicting
    struct letter *_Atomic next;
//@ is plain_link: racy
    struct letter *next;
//@ is gnu_atomic: conflicting
    struct letter *next;
//@ is volatile_link: racy
    struct letter *volatile next;
//@ end
    int sender;
    int text;
};

struct mailbox {
    struct letter *_Atomic tail;
    struct letter *head;
    struct letter stub;
    atomic_int unread;
};

struct actor {
    struct mailbox *to;
    struct letter *paper;
    int name;
    int *sent_total;
};

static pthread_mutex_t census_lock = PTHREAD_MUTEX_INITIALIZER;
static int census;
static int last_sender;

static void set_next(struct letter *l, struct letter *to)
{
//@ slot link
//@ is atomic_link
    atomic_store_explicit(&l->next, to, memory_order_release);
//@ is plain_link
    l->next = to;
//@ is gnu_atomic
    __atomic_store_n(&l->next, to, __ATOMIC_RELEASE);
//@ is volatile_link
    l->next = to;
//@ end
}

static struct letter *get_next(struct letter *l)
{
//@ slot link
//@ is atomic_link
    return atomic_load_explicit(&l->next, memory_order_acquire);
//@ is plain_link
    return l->next;
//@ is gnu_atomic
    return __atomic_load_n(&l->next, __ATOMIC_ACQUIRE);
//@ is volatile_link
    return l->next;
//@ end
}

static void post(struct mailbox *m, struct letter *l)
{
    struct letter *before;

    set_next(l, NULL);
    before = atomic_exchange_explicit(&m->tail, l, memory_order_acq_rel);
    set_next(before, l);
    atomic_fetch_add_explicit(&m->unread, 1, memory_order_relaxed);
}

static struct letter *fetch(struct mailbox *m)
{
    struct letter *next = get_next(m->head);

    if (next)
        m->head = next;
    return next;
}

static int text_of(int name, int i)
{
    return (name * 523 + i * 31) % 997;
}

static void *act(void *arg)
{
    struct actor *a = arg;

    for (int i = 0; i < @LETTERS@; i++) {
        struct letter *l = &a->paper[i];
        l->sender = a->name;
        l->text = text_of(a->name, i);
        post(a->to, l);
//@ slot census on census
//@ is lock_beside: racy
        if (i % 2) {
            pthread_mutex_lock(&census_lock);
            pthread_mutex_unlock(&census_lock);
        }
        census++;
//@ is lock_around: unprotected
        pthread_mutex_lock(&census_lock);
        census++;
        pthread_mutex_unlock(&census_lock);
//@ is tally_by_owner: concurrent
//@ is even_unlocked: racy
        if (i % 2) {
            pthread_mutex_lock(&census_lock);
            census++;
            pthread_mutex_unlock(&census_lock);
        } else {
            census++;
        }
//@ end
//@ slot totals on sent_total
//@ is one_int: racy
        ++*a->sent_total;
//@ is own_int: same-location
        ++*a->sent_total;
//@ end
        if (i % 8 == 0)
            sched_yield();
    }
    return NULL;
}

static long read_mail(struct mailbox *m, int expect)
{
    long sum = 0;

    for (int got = 0; got < expect;) {
        struct letter *l = fetch(m);
        if (!l) {
            sched_yield();
            continue;
        }
        sum += l->text;
        got++;
//@ slot census
//@ is tally_by_owner
        census++;
//@ end
        last_sender = l->sender;
    }
    return sum;
}

static long serial_mail(void)
{
    long sum = 0;

    for (int a = 0; a < @SENDERS@; a++)
        for (int i = 0; i < @LETTERS@; i++)
            sum += text_of(a, i);
    return sum;
}

int main(void)
{
    struct mailbox box = { 0 };
    struct actor cast[@SENDERS@];
    pthread_t tid[@SENDERS@];
    int totals[@SENDERS@] = { 0 };
    long sum;

    box.head = &box.stub;
    atomic_init(&box.tail, &box.stub);
    for (int a = 0; a < @SENDERS@; a++) {
        cast[a].to = &box;
        cast[a].name = a;
        cast[a].paper = calloc(@LETTERS@, sizeof(struct letter));
//@ slot totals
//@ is one_int
        cast[a].sent_total = &totals[0];
//@ is own_int
        cast[a].sent_total = &totals[a];
//@ end
    }
    for (int a = 0; a < @SENDERS@; a++)
        pthread_create(&tid[a], NULL, act, &cast[a]);
    sum = read_mail(&box, @SENDERS@ * @LETTERS@);
    for (int a = 0; a < @SENDERS@; a++)
        pthread_join(tid[a], NULL);
    printf("sum %ld serial %ld census %d totals %d last %d\n", sum, serial_mail(), census > 0,
           totals[0] > 0, last_sender >= 0);
    for (int a = 0; a < @SENDERS@; a++)
        free(cast[a].paper);
    return 0;
}
