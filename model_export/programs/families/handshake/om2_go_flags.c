//@ family: om2_go_flags
//@ domain: handshake
//@ problem: One member of the team loads a recipe and raises a flag; the others wait for it and then cook batches.
//@ param NT: 3 | 4
//@ param B: 40 | 80
#include <stdio.h>
#include <omp.h>

#define BATCHES @B@

struct recipe {
    int grams[8];
    int minutes;
};

static struct recipe recipe;
static int  go;
static int  stop;
static long cooked[BATCHES];

static void load(struct recipe *r)
{
    for (int k = 0; k < 8; k++)
        r->grams[k] = 10 * k + 5;
    r->minutes = 12;
}

static void announce(void)
{
    load(&recipe);
//@ slot flag on recipe
//@ is seq_cst: unordered
#pragma omp atomic write seq_cst
    go = 1;
//@ is relaxed: racy
#pragma omp atomic write
    go = 1;
//@ is release_acquire: unordered
#pragma omp atomic write release
    go = 1;
//@ is release_relaxed: racy
#pragma omp atomic write release
    go = 1;
//@ is late_minutes: racy
#pragma omp atomic write release
    go = 1;
    recipe.minutes += 1;
//@ is critical_poll: unordered
#pragma omp critical(go)
    go = 1;
//@ end
}

static void wait_for_go(void)
{
    int seen = 0;
    while (!seen) {
//@ slot flag
//@ is seq_cst
#pragma omp atomic read seq_cst
        seen = go;
//@ is relaxed
#pragma omp atomic read
        seen = go;
//@ is release_acquire
#pragma omp atomic read acquire
        seen = go;
//@ is release_relaxed
#pragma omp atomic read relaxed
        seen = go;
//@ is late_minutes
#pragma omp atomic read acquire
        seen = go;
//@ is critical_poll
#pragma omp critical(go)
        seen = go;
//@ end
    }
}

int main(void)
{
#pragma omp parallel num_threads(@NT@)
    {
        const int me = omp_get_thread_num();
        if (me == 0)
            announce();
        else
            wait_for_go();

        for (int b = me; b < BATCHES; b += omp_get_num_threads()) {
            cooked[b] = recipe.minutes + recipe.grams[b % 8];
//@ slot halt on stop
//@ is both_atomic: conflicting
            int over;
#pragma omp atomic read
            over = stop;
            if (over && cooked[b] > 500)
                break;
            if (b + 4 > BATCHES) {
#pragma omp atomic write
                stop = 1;
            }
//@ is bare_read: racy
            if (stop && cooked[b] > 500)
                break;
            if (b + 9 > BATCHES) {
#pragma omp atomic write
                stop = 1;
            }
//@ is bare_write: racy
            int over;
#pragma omp atomic read
            over = stop;
            if (over && cooked[b] > 500)
                break;
            if (b + 9 > BATCHES)
                stop = 1;
//@ is last_only: concurrent
            if (b == BATCHES - 1)
                stop = 1;
//@ end
        }
    }
    long sum = 0;
    for (int b = 0; b < BATCHES; b++)
        sum += cooked[b];
    printf("%ld %d\n", sum, stop);
    return 0;
}
