//@ family: task_ledger_post
//@ domain: accounting
//@ problem: Post transactions to account balances with one task per batch, ordered by dependences.
//@ param NT: 3 | 4
//@ param BATCHES: 90 | 120
//@ param ACCOUNTS: 2 | 3
#include <stdbool.h>
#include <stdio.h>

enum { PER_BATCH = 500 };

typedef struct account {
  long balance;
  long fees;
  unsigned postings;
} account_t;

typedef struct ledger {
  account_t acct[@ACCOUNTS@];
  long volume;
} ledger_t;

static int amounts[@BATCHES@][PER_BATCH];

static long batch_total(int b) {
  long t = 0;
  for (int i = 0; i < PER_BATCH; i++)
    t += amounts[b][i] * (i % 3 + 1);
  return t;
}

static void post(account_t *a, int b) {
  for (int i = 0; i < PER_BATCH; i++)
    a->balance += amounts[b][i];
}

static void charge(account_t *a, int b) {
  for (int i = 0; i < PER_BATCH; i++)
    if (amounts[b][i] & 1)
      a->fees += 2;
}

static void post_all(ledger_t *book) {
  for (int b = 0; b < @BATCHES@; b++) {
    account_t *a = &book->acct[b % @ACCOUNTS@];
//@ slot post on balance
//@ is mutex_set: unprotected
#pragma omp task firstprivate(a, b) depend(mutexinoutset : a->balance)
    post(a, b);
//@ is inout: unordered
#pragma omp task firstprivate(a, b) depend(inout : a->balance)
    post(a, b);
//@ is in: racy
#pragma omp task firstprivate(a, b) depend(in : a->balance)
    post(a, b);
//@ is pointer_dep: racy
#pragma omp task firstprivate(a, b) depend(inout : amounts[b][0])
    post(a, b);
//@ is alternating: racy
    if (b & 1) {
#pragma omp task firstprivate(a, b) depend(inout : a->balance)
      post(a, b);
    } else {
#pragma omp task firstprivate(a, b)
      post(a, b);
    }
//@ is out: unordered
#pragma omp task firstprivate(a, b) depend(out : a->balance)
    post(a, b);
//@ end
//@ slot fee on fees
//@ is mutex_set: unprotected
#pragma omp task firstprivate(a, b) depend(mutexinoutset : a->fees)
    charge(a, b);
//@ is inout: unordered
#pragma omp task firstprivate(a, b) depend(inout : a->fees)
    charge(a, b);
//@ is inoutset: racy
#pragma omp task firstprivate(a, b) depend(inoutset : a->fees)
    charge(a, b);
//@ is free_task: racy
#pragma omp task firstprivate(a, b)
    charge(a, b);
//@ is critical: unprotected
#pragma omp task firstprivate(a, b)
    {
#pragma omp critical(fee_desk)
      charge(a, b);
    }
//@ end
#pragma omp task firstprivate(b)
    {
      long t = batch_total(b);
//@ slot volume on volume
//@ is atomic: conflicting
#pragma omp atomic
      book->volume += t;
//@ is bare: racy
      book->volume += t;
//@ is critical: unprotected
#pragma omp critical(volume)
      book->volume += t;
//@ end
    }
  }
}

int main(void) {
  ledger_t book = {0};
  for (int b = 0; b < @BATCHES@; b++)
    for (int i = 0; i < PER_BATCH; i++)
      amounts[b][i] = (b * 7 + i * 3) % 50 - 10;
#pragma omp parallel num_threads(@NT@)
#pragma omp single
  post_all(&book);
  for (int k = 0; k < @ACCOUNTS@; k++)
    printf("%ld %ld\n", book.acct[k].balance, book.acct[k].fees);
  printf("volume %ld\n", book.volume);
  return 0;
}
