//@ family: om2_linear_cursor
//@ domain: data_packing
//@ problem: Copy fields of fixed-size packets with cursors that move along with the loop, and remember the last packet.
//@ param P: 300 | 500
#include <stdio.h>
#include <stdint.h>

#define PACKETS @P@
#define WORDS   3

static uint32_t wire[PACKETS * WORDS];
static uint32_t field[PACKETS];
static uint32_t crc[PACKETS];

static uint32_t fold(uint32_t a, uint32_t b)
{
    return (a << 5 | a >> 27) ^ b;
}

int main(void)
{
    int pos = 0;
    uint32_t last = 0, sum = 0, state = 7;

    for (int i = 0; i < PACKETS * WORDS; i++)
        wire[i] = (uint32_t)i * 2246822519u;

//@ slot cursor on pos
//@ is linear: same-location
#pragma omp parallel for num_threads(4) linear(pos : WORDS)
    for (int i = 0; i < PACKETS; i++) {
        field[i] = wire[pos] >> 3;
        pos += WORDS;
    }
//@ is shared: racy
#pragma omp parallel for num_threads(4)
    for (int i = 0; i < PACKETS; i++) {
        field[i] = wire[pos % (PACKETS * WORDS)] >> 3;
        pos += WORDS;
    }
//@ is from_index: same-location
#pragma omp parallel for num_threads(4) private(pos)
    for (int i = 0; i < PACKETS; i++) {
        pos = i * WORDS;
        field[i] = wire[pos] >> 3;
    }
//@ is from_index_shared: racy
#pragma omp parallel for num_threads(4)
    for (int i = 0; i < PACKETS; i++) {
        pos = i * WORDS;
        field[i] = wire[pos] >> 3;
    }
//@ is capture: conflicting
#pragma omp parallel for num_threads(4)
    for (int i = 0; i < PACKETS; i++) {
        int at;
#pragma omp atomic capture
        { at = pos; pos += WORDS; }
        field[i] = wire[at] >> 3;
    }
//@ end

//@ slot keep on last
//@ is lastprivate: same-location
#pragma omp parallel for num_threads(4) lastprivate(last) reduction(^ : sum)
    for (int i = 0; i < PACKETS; i++) {
        last = fold(field[i], (uint32_t)i);
        sum ^= last;
    }
//@ is assign: racy
#pragma omp parallel for num_threads(4) reduction(^ : sum)
    for (int i = 0; i < PACKETS; i++) {
        last = fold(field[i], (uint32_t)i);
        sum ^= last;
    }
//@ is at_end: concurrent
#pragma omp parallel for num_threads(4) reduction(^ : sum)
    for (int i = 0; i < PACKETS; i++) {
        const uint32_t f = fold(field[i], (uint32_t)i);
        sum ^= f;
        if (i == PACKETS - 1)
            last = f;
    }
//@ is near_end: racy
#pragma omp parallel for num_threads(4) schedule(static, 1) reduction(^ : sum)
    for (int i = 0; i < PACKETS; i++) {
        const uint32_t f = fold(field[i], (uint32_t)i);
        sum ^= f;
        if (i >= PACKETS - 2)
            last = f;
    }
//@ end

//@ slot chain on state
//@ is firstprivate: same-location
#pragma omp parallel for num_threads(4) firstprivate(state)
//@ is shared: racy
#pragma omp parallel for num_threads(4)
//@ is first_and_last: same-location
#pragma omp parallel for num_threads(4) firstprivate(state) lastprivate(state)
//@ end
    for (int i = 0; i < PACKETS; i++) {
        state = fold(state, field[i]);
        crc[i] = state;
    }
    printf("%d %08x %08x %08x\n", pos, last, sum, crc[PACKETS - 1] ^ state);
    return 0;
}
