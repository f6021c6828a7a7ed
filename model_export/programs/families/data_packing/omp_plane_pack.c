//@ family: omp_plane_pack
//@ domain: data_packing
//@ problem: Interleave planes into one stream, unpack by strides, and fold into a ring of slots.
//@ param N: 600 | 1200
//@ param NT: 3 | 4
//@ param RING: 8 | 24
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef uint16_t smp_t;

#define N    @N@
#define RING @RING@
#define PAR_FOR _Pragma("omp parallel for num_threads(@NT@) schedule(static)")

static smp_t left[N], right[N];
static smp_t stream[2 * N + 2];
static uint32_t ring[RING];
static uint32_t tiles[N / 4 + 1];
static uint8_t order[N];

static void planes(void)
{
    PAR_FOR
    for (int i = 0; i < N; i++) {
        left[i] = (smp_t)(i * 7);
        right[i] = (smp_t)(i * 11);
        order[i] = (uint8_t)(i & 255);
    }
}

static void interleave(void)
{
    PAR_FOR
    for (int i = 0; i < N; i++) {
//@ slot pack on stream
//@ is even_odd: same-location
        stream[2 * i] = left[i];
        stream[2 * i + 1] = right[i];
//@ is even_even: racy
        stream[2 * i] = left[i];
        stream[2 * i + 2] = right[i];
//@ is halves: same-location
        stream[i] = left[i];
        stream[i + N] = right[i];
//@ is near_halves: racy
        stream[i] = left[i];
        stream[i + N / 2] = right[i];
//@ end
    }
}

static void fold_ring(void)
{
//@ slot ring on ring
//@ is mod_all: racy
    PAR_FOR
    for (int i = 0; i < N; i++)
        ring[i % RING] += stream[i];
//@ is mod_outer: same-location
    PAR_FOR
    for (int r = 0; r < RING; r++)
        for (int i = r; i < N; i += RING)
            ring[i % RING] += stream[i];
//@ is mod_below: same-location
    PAR_FOR
    for (int i = 0; i < RING; i++)
        ring[i % RING] += stream[i];
//@ is mod_past: racy
    PAR_FOR
    for (int i = 0; i < 2 * RING; i++)
        ring[i % RING] += stream[i];
//@ is mask_all_atomic: conflicting
    PAR_FOR
    for (int i = 0; i < N; i++) {
#pragma omp atomic
        ring[i % RING] += stream[i];
    }
//@ end
}

static void tile_sums(void)
{
//@ slot tile on tiles
//@ is collapse_both: racy
#pragma omp parallel for collapse(2) num_threads(@NT@) schedule(static, 1)
    for (int t = 0; t < N / 4; t++)
        for (int k = 0; k < 4; k++)
            tiles[t] += stream[4 * t + k];
//@ is outer: same-location
#pragma omp parallel for num_threads(@NT@) schedule(static, 1)
    for (int t = 0; t < N / 4; t++)
        for (int k = 0; k < 4; k++)
            tiles[t] += stream[4 * t + k];
//@ is flat: racy
#pragma omp parallel for num_threads(@NT@) schedule(static, 1)
    for (int i = 0; i < N; i++)
        tiles[i / 4] += stream[i];
//@ is flat_chunks: same-location
#pragma omp parallel for num_threads(@NT@) schedule(static, 4)
    for (int i = 0; i < N; i++)
        tiles[i / 4] += stream[i];
//@ is stepped: same-location
#pragma omp parallel for num_threads(@NT@) schedule(static, 1)
    for (int i = 0; i < N; i += 4)
        tiles[i / 4] += stream[i] + stream[i + 1] + stream[i + 2] + stream[i + 3];
//@ end
}

int main(void)
{
    uint32_t crc = 0;
    planes();
    interleave();
    fold_ring();
    tile_sums();
    for (int r = 0; r < RING; r++)
        crc = crc * 31u + ring[r];
    for (int t = 0; t < N / 4; t++)
        crc ^= tiles[t] << (t % 7);
    printf("crc %08x order %u\n", (unsigned)crc, order[N - 1]);
    return EXIT_SUCCESS;
}
