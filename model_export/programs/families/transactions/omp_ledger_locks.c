//@ family: omp_ledger_locks
//@ domain: transactions
//@ problem: Post transfers between accounts with plain and nestable locks, audit totals while posting.
//@ param N: 400 | 700
//@ param NT: 3 | 4
//@ param AC: 8 | 12
#include <stdio.h>
#include <stdlib.h>
#include <omp.h>

#define POSTINGS @N@
#define ACCOUNTS @AC@

struct account {
    long balance;
    omp_lock_t lock;
};

struct ledger {
    struct account acc[ACCOUNTS];
    omp_nest_lock_t book;
    omp_nest_lock_t desk;
    omp_lock_t audit;
    long fees;
    long journal_len;
    long audited;
    int journal[POSTINGS];
};

static int ledger_open(struct ledger *l)
{
    omp_init_nest_lock(&l->book);
    omp_init_nest_lock(&l->desk);
    omp_init_lock(&l->audit);
    l->fees = l->journal_len = l->audited = 0;
    for (int a = 0; a < ACCOUNTS; a++) {
        l->acc[a].balance = 1000;
        omp_init_lock(&l->acc[a].lock);
    }
    return 0;
}

static void ledger_close(struct ledger *l)
{
    for (int a = 0; a < ACCOUNTS; a++)
        omp_destroy_lock(&l->acc[a].lock);
    omp_destroy_lock(&l->audit);
    omp_destroy_nest_lock(&l->desk);
    omp_destroy_nest_lock(&l->book);
}

static void write_journal(struct ledger *l, int what)
{
//@ slot journal on journal_len
//@ is nested: unprotected
    omp_set_nest_lock(&l->book);
    l->journal[l->journal_len++] = what;
    omp_unset_nest_lock(&l->book);
//@ is index_outside: racy
    long at = l->journal_len;
    omp_set_nest_lock(&l->book);
    l->journal[l->journal_len++] = what + (at < 0);
    omp_unset_nest_lock(&l->book);
//@ is capture: conflicting
    long at;
#pragma omp atomic capture
    at = l->journal_len++;
    l->journal[at] = what;
//@ is length_after: racy
    omp_set_nest_lock(&l->book);
    l->journal[l->journal_len] = what;
    l->journal_len++;
    omp_unset_nest_lock(&l->book);
    if (l->journal_len > POSTINGS)
        abort();
//@ end
}

static void post(struct ledger *l, int n)
{
    struct account *from = &l->acc[n % ACCOUNTS];
    struct account *to = &l->acc[(n * 5 + 1) % ACCOUNTS];
    const long sum = n % 13;

    write_journal(l, n);
//@ slot balance on balance
//@ is one_after_other: unprotected
    omp_set_lock(&from->lock);
    from->balance -= sum;
    omp_unset_lock(&from->lock);
    omp_set_lock(&to->lock);
    to->balance += sum;
    omp_unset_lock(&to->lock);
//@ is source_lock: racy
    omp_set_lock(&from->lock);
    from->balance -= sum;
    to->balance += sum;
    omp_unset_lock(&from->lock);
//@ is early_unset: racy
    omp_set_lock(&from->lock);
    from->balance -= sum;
    omp_unset_lock(&from->lock);
    omp_set_lock(&to->lock);
    omp_unset_lock(&to->lock);
    to->balance += sum;
//@ is desk_lock: unprotected
    omp_set_nest_lock(&l->desk);
    from->balance -= sum;
    omp_set_nest_lock(&l->desk);
    to->balance += sum;
    omp_unset_nest_lock(&l->desk);
    omp_unset_nest_lock(&l->desk);
//@ end
//@ slot fee on fees
//@ is audit_lock: unprotected
    omp_set_lock(&l->audit);
    l->fees += 1;
    omp_unset_lock(&l->audit);
//@ is account_lock: racy
    omp_set_lock(&to->lock);
    l->fees += 1;
    omp_unset_lock(&to->lock);
//@ is unset_first: racy
    omp_set_lock(&l->audit);
    omp_unset_lock(&l->audit);
    l->fees += 1;
//@ is atomic: conflicting
#pragma omp atomic
    l->fees += 1;
//@ end
}

int main(void)
{
    struct ledger *l = malloc(sizeof *l);
    long total = 0;
    if (!l || ledger_open(l))
        return 1;
#pragma omp parallel for num_threads(@NT@) schedule(static)
    for (int n = 0; n < POSTINGS; n++)
        post(l, n);
    for (int a = 0; a < ACCOUNTS; a++)
        total += l->acc[a].balance;
    printf("total %ld fees %ld entries %ld\n", total, l->fees, l->journal_len);
    ledger_close(l);
    free(l);
    return 0;
}
