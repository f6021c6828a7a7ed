/* Brightness statistics of a grey image. */
#include <stddef.h>
#include <stdint.h>

#define DARK 16

struct stats {
    long total;
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

    #pragma omp parallel for reduction(+ : total)
    for (size_t i = 0; i < count; i++)
        total += pixels[i];

    out->total = total;
    out->brightest = brightest(pixels, count);
}
