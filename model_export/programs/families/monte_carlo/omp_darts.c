//@ family: omp_darts
//@ domain: monte_carlo
//@ problem: Estimate pi from darts in several rounds; each thread keeps a tally slot, rounds are closed by one thread.
//@ param N: 900 | 1600
//@ param NT: 3 | 4
//@ param ROUNDS: 3 | 5
/* Classroom version: every idea gets its own function. */
#include <stdio.h>
#include <omp.h>

#define THREADS @NT@
#define DARTS   @N@
#define ROUNDS  @ROUNDS@

long slot_hits[THREADS];
double round_pi[ROUNDS];
double best_pi;
int round_no;

double next_coordinate(unsigned *state)
{
    *state = *state * 1103515245u + 12345u;
    return (*state >> 8 & 0xffff) / 65536.0;
}

int in_circle(unsigned *state)
{
    double x = next_coordinate(state);
    double y = next_coordinate(state);
    return x * x + y * y <= 1.0;
}

void throw_darts(int me, unsigned *state)
{
//@ slot slot on slot_hits
//@ is by_me: same-location
    for (int i = 0; i < DARTS; i++)
        slot_hits[me] += in_circle(state);
//@ is by_dart: racy
    for (int i = 0; i < DARTS; i++)
        slot_hits[i % THREADS] += in_circle(state);
    (void)me;
//@ is by_next: same-location
    const int place = (me + 1) % THREADS;
    for (int i = 0; i < DARTS; i++)
        slot_hits[place] += in_circle(state);
//@ is last_spill: racy
    for (int i = 0; i < DARTS; i++)
        slot_hits[i == 0 ? 0 : me] += in_circle(state);
//@ end
}

void close_round(int r)
{
    long all = 0;
    for (int t = 0; t < THREADS; t++) {
        all += slot_hits[t];
        slot_hits[t] = 0;
    }
    round_pi[r] = 4.0 * (double)all / ((double)DARTS * THREADS);
}

int main(void)
{
#pragma omp parallel num_threads(THREADS)
    {
        const int me = omp_get_thread_num();
        unsigned state = 77u + 1000u * (unsigned)me;
        for (int r = 0; r < ROUNDS; r++) {
            throw_darts(me, &state);
#pragma omp barrier
#pragma omp single
            close_round(r);
//@ slot number on round_no
//@ is single: unordered
#pragma omp single
            round_no = r + 1;
            if (round_no > ROUNDS)
                state = 1;
#pragma omp barrier
//@ is master: racy
#pragma omp master
            round_no = r + 1;
            if (round_no > ROUNDS)
                state = 1;
#pragma omp barrier
//@ is single_nowait: racy
#pragma omp single nowait
            round_no = r + 1;
            if (round_no > ROUNDS)
                state = 1;
//@ is own_copy: same-location
            int round_no = r + 1;
            if (round_no > ROUNDS)
                state = 1;
//@ is single_next_round: unordered
#pragma omp single
            round_no = r + 1;
            if (round_no > ROUNDS)
                state = 1;
//@ end
        }
//@ slot best on best_pi
//@ is local_critical: unprotected
        double local = 0;
#pragma omp for
        for (int r = 0; r < ROUNDS; r++)
            if (round_pi[r] > local)
                local = round_pi[r];
#pragma omp critical
        {
            if (local > best_pi)
                best_pi = local;
        }
//@ is all_scan: racy
        for (int r = 0; r < ROUNDS; r++)
            if (round_pi[r] > best_pi)
                best_pi = round_pi[r];
//@ is master_scan: concurrent
#pragma omp master
        for (int r = 0; r < ROUNDS; r++)
            if (round_pi[r] > best_pi)
                best_pi = round_pi[r];
//@ is shared_scan: racy
#pragma omp for
        for (int r = 0; r < ROUNDS; r++)
            if (round_pi[r] > best_pi)
                best_pi = round_pi[r];
//@ end
    }
    printf("pi about %.4f, best %.4f, rounds %d\n", round_pi[0], best_pi, round_no);
    return 0;
}
