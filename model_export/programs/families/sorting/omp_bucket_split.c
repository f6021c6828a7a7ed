//@ family: omp_bucket_split
//@ domain: sorting
//@ problem: Distribute keys into buckets by their high bits, then sort every bucket alone.
//@ param N: 1500 | 2600
//@ param NT: 3 | 4
//@ param NB: 16 | 32
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <omp.h>

#define N  @N@
#define NB @NB@
#define KEYMAX 4096
#define BUCKET_OF(k) ((k) * NB / KEYMAX)

struct bucket_set {
    int *keys;            /* NB blocks of N keys each */
    int fill[NB];         /* keys stored in a block   */
    int longest;
    int moved;
};

static int input[N];

static int cmp_int(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

//@ slot reserve on fill
//@ is capture: conflicting
static int reserve(struct bucket_set *bs, int b)
{
    int at;
#pragma omp atomic capture
    at = bs->fill[b]++;
    return at;
}
//@ is critical: unprotected
static int reserve(struct bucket_set *bs, int b)
{
    int at;
#pragma omp critical(reserve)
    at = bs->fill[b]++;
    return at;
}
//@ end

static void distribute(struct bucket_set *bs)
{
#pragma omp parallel for num_threads(@NT@) schedule(static)
    for (int i = 0; i < N; i++) {
        int b = BUCKET_OF(input[i]);
        int at = reserve(bs, b);
        bs->keys[b * N + at] = input[i];
//@ slot account on moved
//@ is none_needed: concurrent
        if (i == N - 1)
            bs->moved = N;
//@ is plain: racy
        bs->moved++;
//@ is atomic: conflicting
#pragma omp atomic
        bs->moved++;
//@ is atomic_then_peek: racy
#pragma omp atomic
        bs->moved++;
        if (bs->moved > N)
            abort();
//@ end
    }
}

static void sort_blocks(struct bucket_set *bs)
{
//@ slot widest on longest
//@ is reduction: unprotected
    int longest = 0;
#pragma omp parallel for num_threads(@NT@) schedule(static) reduction(max : longest)
    for (int b = 0; b < NB; b++) {
        qsort(bs->keys + b * N, (size_t)bs->fill[b], sizeof(int), cmp_int);
        if (bs->fill[b] > longest)
            longest = bs->fill[b];
    }
    bs->longest = longest;
//@ is field_plain: racy
#pragma omp parallel for num_threads(@NT@) schedule(static)
    for (int b = 0; b < NB; b++) {
        qsort(bs->keys + b * N, (size_t)bs->fill[b], sizeof(int), cmp_int);
        if (bs->fill[b] > bs->longest)
            bs->longest = bs->fill[b];
    }
//@ is field_critical: unprotected
#pragma omp parallel for num_threads(@NT@) schedule(static)
    for (int b = 0; b < NB; b++) {
        qsort(bs->keys + b * N, (size_t)bs->fill[b], sizeof(int), cmp_int);
#pragma omp critical(longest)
        if (bs->fill[b] > bs->longest)
            bs->longest = bs->fill[b];
    }
//@ is two_criticals: racy
#pragma omp parallel for num_threads(@NT@) schedule(static)
    for (int b = 0; b < NB; b++) {
        qsort(bs->keys + b * N, (size_t)bs->fill[b], sizeof(int), cmp_int);
        if (omp_get_thread_num() % 2 == 0) {
#pragma omp critical(longest_even)
            if (bs->fill[b] > bs->longest)
                bs->longest = bs->fill[b];
        } else {
#pragma omp critical(longest_odd)
            if (bs->fill[b] > bs->longest)
                bs->longest = bs->fill[b];
        }
    }
//@ is one_thread: concurrent
#pragma omp parallel for num_threads(1)
    for (int b = 0; b < NB; b++) {
        qsort(bs->keys + b * N, (size_t)bs->fill[b], sizeof(int), cmp_int);
        if (bs->fill[b] > bs->longest)
            bs->longest = bs->fill[b];
    }
//@ end
}

int main(void)
{
    struct bucket_set bs;
    long check = 0;
    memset(&bs, 0, sizeof bs);
    bs.keys = malloc(sizeof(int) * (size_t)NB * N);
    if (!bs.keys)
        return 1;
    for (int i = 0; i < N; i++)
        input[i] = (int)((i * 2654435761u) >> 20) & (KEYMAX - 1);
    distribute(&bs);
    sort_blocks(&bs);
    for (int b = 0; b < NB; b++)
        for (int i = 0; i < bs.fill[b]; i += 10)
            check += (long)bs.keys[b * N + i] * (b + 1);
    printf("check %ld longest %d moved %d\n", check, bs.longest, bs.moved);
    free(bs.keys);
    return 0;
}
