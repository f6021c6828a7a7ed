//@ family: omp_seed_streams
//@ domain: random_numbers
//@ problem: Draw numbers from generator state kept in several ways, and tally draws.
//@ param N: 1600 | 3000
//@ param NT: 3 | 4
#include <stdio.h>
#include <stdint.h>
#include <omp.h>

#define DRAWS @N@
#define NT @NT@

typedef struct { uint64_t word; char fill[56]; } stream;

static stream streams[NT];
static uint64_t base_state = 0x9e3779b97f4a7c15ull;
static long draws_made;
static double mean_out;

static uint64_t mix(uint64_t z)
{
    z ^= z >> 30;
    z *= 0xbf58476d1ce4e5b9ull;
    return z ^ z >> 27;
}

//@ slot coin on coin_state
//@ is static_local: racy
static int coin(void)
{
    static uint64_t coin_state = 7;
    coin_state = coin_state * 6364136223846793005ull + 1;
    return (int)(coin_state >> 63);
}
//@ is thread_local: same-location
static int coin(void)
{
    static _Thread_local uint64_t coin_state = 7;
    coin_state = coin_state * 6364136223846793005ull + 1;
    return (int)(coin_state >> 63);
}
//@ is static_critical: unprotected
static int coin(void)
{
    static uint64_t coin_state = 7;
    int side;
#pragma omp critical(coin)
    {
        coin_state = coin_state * 6364136223846793005ull + 1;
        side = (int)(coin_state >> 63);
    }
    return side;
}
//@ is static_return_outside: racy
static int coin(void)
{
    static uint64_t coin_state = 7;
#pragma omp critical(coin)
    coin_state = coin_state * 6364136223846793005ull + 1;
    return (int)(coin_state >> 63);
}
//@ is threadprivate: same-location
static uint64_t coin_state = 7;
#pragma omp threadprivate(coin_state)

static int coin(void)
{
    coin_state = coin_state * 6364136223846793005ull + 1;
    return (int)(coin_state >> 63);
}
//@ end

static double uniform(stream *s)
{
    s->word += 0x9e3779b97f4a7c15ull;
    return (double)(mix(s->word) >> 11) / 9007199254740992.0;
}

int main(void)
{
    double total = 0;
    long heads = 0;

    for (int t = 0; t < NT; t++)
        streams[t].word = mix(base_state + (uint64_t)t);

#pragma omp parallel num_threads(NT) reduction(+ : total, heads)
    {
//@ slot pick on word
//@ is own: same-location
        stream *s = &streams[omp_get_thread_num()];
//@ is leader: racy
        stream *s = &streams[0];
//@ is modulo: racy
        stream *s = &streams[omp_get_thread_num() % 2];
//@ is copy: same-location
        stream local = streams[0];
        local.word += (uint64_t)omp_get_thread_num();
        stream *s = &local;
//@ end
#pragma omp for
        for (int i = 0; i < DRAWS; i++) {
            total += uniform(s);
            heads += coin();
        }
//@ slot count on draws_made
//@ is master: concurrent
#pragma omp master
        draws_made = DRAWS;
//@ is loop_atomic: conflicting
#pragma omp for
        for (int i = 0; i < DRAWS; i++) {
#pragma omp atomic
            draws_made++;
        }
//@ is loop_plain: racy
#pragma omp for
        for (int i = 0; i < DRAWS; i++)
            draws_made++;
//@ is half_atomic: racy
#pragma omp for nowait
        for (int i = 0; i < DRAWS - 1; i++) {
#pragma omp atomic
            draws_made++;
        }
        if (omp_get_thread_num() == NT - 1)
            draws_made++;
//@ end
    }
    mean_out = total / DRAWS;
    printf("mean %.3f heads %ld of %ld\n", mean_out, heads > 0 ? heads : 0, draws_made);
    return 0;
}
