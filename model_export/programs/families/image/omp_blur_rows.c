//@ family: omp_blur_rows
//@ domain: image
//@ problem: Blur a grey image with a row buffer, find darkest and brightest values, and count saturated pixels.
//@ param W: 40 | 56
//@ param H: 60 | 84
//@ param NT: 3 | 4
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <limits.h>
#include <omp.h>

typedef unsigned char u8;

struct image {
    int w, h;
    u8 *pix;
};

struct stats {
    int darkest, brightest;
    int saturated;
};

static int image_alloc(struct image *im, int w, int h)
{
    im->w = w;
    im->h = h;
    im->pix = calloc((size_t)w * h, 1);
    return im->pix ? 0 : -1;
}

//@ slot line on line
//@ is static_local: racy
static void blur_row(const struct image *src, struct image *dst, int y)
{
    static int line[@W@];
    const u8 *row = src->pix + (size_t)y * src->w;
    for (int x = 0; x < src->w; x++)
        line[x] = row[x] + row[x ? x - 1 : x] + row[x + 1 < src->w ? x + 1 : x];
    for (int x = 0; x < src->w; x++)
        dst->pix[(size_t)y * dst->w + x] = (u8)(line[x] / 3);
}
//@ is auto_local: same-location
static void blur_row(const struct image *src, struct image *dst, int y)
{
    int line[@W@];
    const u8 *row = src->pix + (size_t)y * src->w;
    for (int x = 0; x < src->w; x++)
        line[x] = row[x] + row[x ? x - 1 : x] + row[x + 1 < src->w ? x + 1 : x];
    for (int x = 0; x < src->w; x++)
        dst->pix[(size_t)y * dst->w + x] = (u8)(line[x] / 3);
}
//@ is threadprivate_static: same-location
static void blur_row(const struct image *src, struct image *dst, int y)
{
    static int line[@W@];
#pragma omp threadprivate(line)
    const u8 *row = src->pix + (size_t)y * src->w;
    for (int x = 0; x < src->w; x++)
        line[x] = row[x] + row[x ? x - 1 : x] + row[x + 1 < src->w ? x + 1 : x];
    for (int x = 0; x < src->w; x++)
        dst->pix[(size_t)y * dst->w + x] = (u8)(line[x] / 3);
}
//@ is file_static: racy
static int line[@W@];

static void blur_row(const struct image *src, struct image *dst, int y)
{
    const u8 *row = src->pix + (size_t)y * src->w;
    for (int x = 0; x < src->w; x++)
        line[x] = row[x] + row[x ? x - 1 : x] + row[x + 1 < src->w ? x + 1 : x];
    for (int x = 0; x < src->w; x++)
        dst->pix[(size_t)y * dst->w + x] = (u8)(line[x] / 3);
}
//@ end

static void blur(const struct image *src, struct image *dst)
{
#pragma omp parallel for num_threads(@NT@)
    for (int y = 0; y < src->h; y++)
        blur_row(src, dst, y);
}

static void measure(const struct image *im, struct stats *st)
{
    int lo = UCHAR_MAX, hi = 0;
    const int n = im->w * im->h;

    st->saturated = 0;
//@ slot range on hi
//@ is both: unprotected
#pragma omp parallel for num_threads(@NT@) reduction(min : lo) reduction(max : hi)
//@ is darkest_alone: racy
#pragma omp parallel for num_threads(@NT@) reduction(min : lo)
//@ is serial_clause: concurrent
#pragma omp parallel for num_threads(1)
//@ is shared_hi: racy
#pragma omp parallel for num_threads(@NT@) reduction(min : lo) shared(hi)
//@ end
    for (int k = 0; k < n; k++) {
        if (im->pix[k] < lo)
            lo = im->pix[k];
        if (im->pix[k] > hi)
            hi = im->pix[k];
    }
#pragma omp parallel for num_threads(@NT@)
    for (int k = 0; k < n; k++) {
        if (im->pix[k] < 250)
            continue;
//@ slot over on saturated
//@ is atomic: conflicting
#pragma omp atomic update
        st->saturated += 1;
//@ is critical: unprotected
#pragma omp critical(saturated)
        st->saturated += 1;
//@ is plain: racy
        st->saturated += 1;
//@ is atomic_write: racy
#pragma omp atomic write
        st->saturated = st->saturated + 1;
//@ end
    }
    st->darkest = lo;
    st->brightest = hi;
}

int main(void)
{
    struct image a, b;
    struct stats st;
    int rc = 1;

    memset(&b, 0, sizeof b);
    if (image_alloc(&a, @W@, @H@))
        goto out;
    if (image_alloc(&b, @W@, @H@))
        goto out_a;
    for (int k = 0; k < a.w * a.h; k++)
        a.pix[k] = (u8)(((k / 9) % 4) ? 255 : (k * 31) % 97);
    blur(&a, &b);
    measure(&b, &st);
    printf("%d..%d, %d saturated\n", st.darkest, st.brightest, st.saturated);
    rc = 0;
    free(b.pix);
out_a:
    free(a.pix);
out:
    return rc;
}
