//@ family: om2_folded_tones
//@ domain: filtering
//@ problem: Fold, mirror and spread a tone line with index arithmetic (halves, doubles, remainders, mirror).
//@ param T: short | float
#include <stdio.h>

#define N 512
typedef @T@ tone;

static tone line[N], echo[2 * N], small[N / 2];
static tone bands[8 * 16];

static void mirror(void)
{
//@ slot mirror on line
//@ is other_array: same-location
#pragma omp parallel for num_threads(4)
    for (int i = 0; i < N; i++)
        line[i] = line[i] + echo[N - 1 - i];
//@ is same_array: racy
#pragma omp parallel for num_threads(4)
    for (int i = 0; i < N; i++)
        line[i] = line[i] + line[N - 1 - i];
//@ is swap_half: same-location
#pragma omp parallel for num_threads(4)
    for (int i = 0; i < N / 2; i++) {
        const tone keep = line[i];
        line[i] = line[N - 1 - i];
        line[N - 1 - i] = keep;
    }
//@ is swap_all: racy
#pragma omp parallel for num_threads(4)
    for (int i = 0; i < N; i++) {
        const tone keep = line[i];
        line[i] = line[N - 1 - i];
        line[N - 1 - i] = keep;
    }
//@ end
}

static void spread(void)
{
#pragma omp parallel for num_threads(4) schedule(static, 3)
    for (int i = 0; i < N; i++) {
//@ slot spread on echo
//@ is pair: same-location
        echo[2 * i] = line[i];
        echo[2 * i + 1] = line[i];
//@ is next_pair: racy
        echo[2 * i] = line[i];
        if (i + 1 < N)
            echo[2 * i + 2] += line[i];
//@ is odd_from_even: same-location
        echo[2 * i + 1] = echo[2 * i] + line[i];
//@ is odd_from_next: racy
        echo[2 * i] = line[i];
        echo[2 * i + 1] = i + 1 < N ? echo[2 * (i + 1)] : 0;
//@ end
    }
}

static void fold(void)
{
#pragma omp parallel for num_threads(4) schedule(static, 1)
    for (int i = 0; i < N; i++) {
//@ slot fold on small
//@ is half_index: racy
        small[i / 2] += line[i];
//@ is half_index_even: same-location
        if (i % 2 == 0)
            small[i / 2] = line[i] + line[i + 1];
//@ is lower_half: same-location
        if (i < N / 2)
            small[i] = line[i] + line[i + N / 2];
//@ is wrapped: racy
        small[i % (N / 2 - 1)] += line[i];
//@ end
    }
#pragma omp parallel for num_threads(4)
    for (int b = 0; b < 8; b++)
        for (int k = 0; k < 16; k++)
            bands[b + 8 * k] = small[(b * 16 + k) % (N / 2)];
}

int main(void)
{
    double sum = 0;
    for (int i = 0; i < N; i++)
        line[i] = (tone)((i * 13) % 50), echo[i] = (tone)(i % 7);
    mirror();
    spread();
    fold();
    for (int i = 0; i < 2 * N; i++)
        sum += echo[i] * (i % 5) + bands[i % 128];
    printf("%.1f\n", sum);
    return 0;
}
