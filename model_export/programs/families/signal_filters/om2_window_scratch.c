//@ family: om2_window_scratch
//@ domain: signal_filters
//@ problem: Median-like windows over channels with a scratch buffer obtained in several ways.
//@ param NT: 3 | 4
//@ param W: 9 | 16
#include <stdlib.h>
#include <stdio.h>
#include <omp.h>

#define CHANNELS 48
#define LENGTH   64
#define WIDTH    @W@

static float input[CHANNELS][LENGTH];
static float output[CHANNELS];
static float team_area[@NT@ * WIDTH];
//@ slot tail
//@ is file_scope
static float tail[4];
//@ is threadprivate
static float tail[4];
#pragma omp threadprivate(tail)
//@ end

static float middle(float *w, const float *x, int n)
{
    for (int k = 0; k < n; k++)
        w[k] = x[k] * 0.5f + x[n - 1 - k];
    for (int k = 1; k < n; k++)
        if (w[k] < w[k - 1])
            w[k] = w[k - 1];
    return w[n - 1];
}

int main(void)
{
    for (int c = 0; c < CHANNELS; c++)
        for (int t = 0; t < LENGTH; t++)
            input[c][t] = (float)((c * 7 + t * 3) % 23);

//@ slot scratch on scratch
//@ is before: racy
    float *scratch = malloc(WIDTH * sizeof *scratch);
#pragma omp parallel for num_threads(@NT@)
    for (int c = 0; c < CHANNELS; c++) {
//@ is before_firstprivate: racy
    float *scratch = malloc(WIDTH * sizeof *scratch);
#pragma omp parallel for num_threads(@NT@) firstprivate(scratch)
    for (int c = 0; c < CHANNELS; c++) {
//@ is array_private: same-location
    float scratch[WIDTH];
#pragma omp parallel for num_threads(@NT@) private(scratch)
    for (int c = 0; c < CHANNELS; c++) {
//@ is slice: same-location
#pragma omp parallel for num_threads(@NT@)
    for (int c = 0; c < CHANNELS; c++) {
        float *scratch = team_area + omp_get_thread_num() * WIDTH;
//@ is slice_overlap: racy
#pragma omp parallel for num_threads(@NT@)
    for (int c = 0; c < CHANNELS; c++) {
        float *scratch = team_area + omp_get_thread_num() * (WIDTH / 2);
//@ is inside: same-location
#pragma omp parallel for num_threads(@NT@)
    for (int c = 0; c < CHANNELS; c++) {
        float *scratch = malloc(WIDTH * sizeof *scratch);
//@ end
        float best = 0;
        for (int t = 0; t + WIDTH <= LENGTH; t += 4) {
            float m = middle(scratch, &input[c][t], WIDTH);
            best = m > best ? m : best;
        }
//@ slot tail on tail
//@ is file_scope: racy
        tail[c % 4] = input[c][LENGTH - 1];
        output[c] = best + tail[c % 4];
//@ is threadprivate: same-location
        tail[c % 4] = input[c][LENGTH - 1];
        output[c] = best + tail[c % 4];
//@ is block: same-location
        float tail[4] = { input[c][LENGTH - 1] };
        output[c] = best + tail[0];
//@ is static_block: racy
        static float tail[4];
        tail[0] = input[c][LENGTH - 1];
        output[c] = best + tail[0];
//@ end
//@ slot scratch
//@ is inside
        free(scratch);
//@ end
    }
//@ slot scratch
//@ is before
    free(scratch);
//@ is before_firstprivate
    free(scratch);
//@ end
    double sum = team_area[0] * 0;
    for (int c = 0; c < CHANNELS; c++)
        sum += output[c];
    printf("%.3f\n", sum);
    return 0;
}
