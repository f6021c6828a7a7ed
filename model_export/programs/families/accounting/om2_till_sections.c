//@ family: om2_till_sections
//@ domain: accounting
//@ problem: Tills book sales and refunds through two functions that guard the same totals with named criticals.
//@ param N: 500 | 900
//@ param NT: 3 | 4
#include <stdio.h>

static long cash, cards;
static int  receipts;
static long journal[@N@];

static void book_sale(long cents, int by_card)
{
    if (by_card) {
#pragma omp critical(cards)
        cards += cents;
        return;
    }
//@ slot till on cash
//@ is named_alike: unprotected
#pragma omp critical(till)
    cash += cents;
//@ is named_apart: racy
#pragma omp critical(till_in)
    cash += cents;
//@ is unnamed_and_named: racy
#pragma omp critical
    cash += cents;
//@ is unnamed: unprotected
#pragma omp critical
    cash += cents;
//@ is atomic_both: conflicting
#pragma omp atomic
    cash += cents;
//@ is atomic_and_critical: racy
#pragma omp atomic
    cash += cents;
//@ end
}

static void book_refund(long cents)
{
//@ slot till
//@ is named_alike
#pragma omp critical(till)
    cash -= cents;
//@ is named_apart
#pragma omp critical(till_out)
    cash -= cents;
//@ is unnamed_and_named
#pragma omp critical(till)
    cash -= cents;
//@ is unnamed
#pragma omp critical
    {
        cash -= cents;
    }
//@ is atomic_both
#pragma omp atomic
    cash -= cents;
//@ is atomic_and_critical
#pragma omp critical(till)
    cash -= cents;
//@ end
}

static void number_receipt(int i)
{
    int n;
//@ slot receipt on receipts
//@ is critical: unprotected
#pragma omp critical(receipt)
    n = ++receipts;
//@ is critical_store_only: racy
    n = receipts + 1;
#pragma omp critical(receipt)
    receipts = n;
//@ is read_after: racy
#pragma omp critical(receipt)
    ++receipts;
    n = receipts;
//@ is capture: conflicting
#pragma omp atomic capture
    n = ++receipts;
//@ end
    journal[i] += n;
}

int main(void)
{
#pragma omp parallel for num_threads(@NT@) schedule(static, 5)
    for (int i = 0; i < @N@; i++) {
        const long cents = 100 + (i * 77) % 900;
        journal[i] = cents;
        if (i % 4 == 3)
            book_refund(cents / 2);
        else
            book_sale(cents, i % 4 == 1);
        if (cents > 300)
            number_receipt(i);
    }
    printf("cash %ld cards %ld receipts %d last %ld\n", cash, cards, receipts, journal[@N@ - 1]);
    return 0;
}
