/* Brightness statistics of a grey image. */
#include <stddef.h>
#include <stdint.h>

#define DARK 16

struct stats {
    long total;
    long dark;
    int brightest;
};

static int brightest(const uint8_t *pixels, size_t count)
{
    int best = 0;

    #pragma omp parallel for
    for (size_t i = 0; i < count; i++) {
        if (pixels[i] > best)
            best = pixels[i];
    }
    return best;
}

void measure(const uint8_t *pixels, size_t count, struct stats *out)
{
    long total = 0;
    long dark = 0;

    #pragma omp parallel for reduction(+ : total)
    for (size_t i = 0; i < count; i++) {
        total += pixels[i];
        if (pixels[i] < DARK)
            dark++;
    }

    out->total = total;
    out->dark = dark;
    out->brightest = brightest(pixels, count);
}

void row_sums(const uint8_t *pixels, int rows, int columns, long *sums)
{
    #pragma omp parallel for
    for (int row = 0; row < rows; row++) {
        sums[row] = 0;
        for (int column = 0; column < columns; column++)
            sums[row] += pixels[(size_t)row * columns + column];
    }
}
