//@ family: omp_frame_relay
//@ domain: pipelines
//@ problem: One section fills a frame, the other waits for a ready mark and consumes it; a counter is kept by both.
//@ param N: 256 | 512
//@ param FR: 3 | 5
/* Two-stage relay used in a camera test bench. */
#include <stdio.h>
#include <sched.h>
#include <omp.h>

#define PIXELS @N@
#define FRAMES @FR@
#define SPIN_LIMIT 2000000L

static int frame[PIXELS];
static int store[FRAMES][PIXELS];
static int ready;
static int taken;
static long checksum;
static long ticks;

static void acquire_frame(int f)
{
    for (int i = 0; i < PIXELS; i++)
        frame[i] = (i * 3 + f) & 255;
}

//@ slot mark on frame
//@ is release_acquire: unordered
static void post(int *flag, int v)
{
#pragma omp atomic write release
    *flag = v;
}

static int peek(int *flag)
{
    int v;
#pragma omp atomic read acquire
    v = *flag;
    return v;
}
//@ is relaxed: racy
static void post(int *flag, int v)
{
#pragma omp atomic write relaxed
    *flag = v;
}

static int peek(int *flag)
{
    int v;
#pragma omp atomic read relaxed
    v = *flag;
    return v;
}
//@ is seq_cst: unordered
static void post(int *flag, int v)
{
#pragma omp atomic write seq_cst
    *flag = v;
}

static int peek(int *flag)
{
    int v;
#pragma omp atomic read seq_cst
    v = *flag;
    return v;
}
//@ is early_post: racy
static void post(int *flag, int v)
{
#pragma omp atomic write release
    *flag = v;
    if (v > 0)
        frame[PIXELS - 1] = v;
}

static int peek(int *flag)
{
    int v;
#pragma omp atomic read acquire
    v = *flag;
    return v;
}
//@ end

static void wait_until(int *flag, int v)
{
    for (long n = 0; peek(flag) < v && n < SPIN_LIMIT; n++)
        sched_yield();
}

static void camera(void)
{
    for (int f = 1; f <= FRAMES; f++) {
        wait_until(&taken, f - 1);
        acquire_frame(f);
        post(&ready, f);
//@ slot tick on ticks
//@ is both_atomic: conflicting
#pragma omp atomic
        ticks++;
//@ is plain: racy
        ticks++;
//@ is plain_and_atomic: racy
        ticks++;
//@ is camera_only: concurrent
        ticks += 2;
//@ is after_region: unordered
//@ end
    }
}

static void recorder(void)
{
    for (int f = 1; f <= FRAMES; f++) {
        wait_until(&ready, f);
        for (int i = 0; i < PIXELS; i++)
            store[f - 1][i] = 2 * frame[i] + f;
        post(&taken, f);
//@ slot tick
//@ is both_atomic
#pragma omp atomic
        ticks++;
//@ is plain
        ticks++;
//@ is plain_and_atomic
#pragma omp atomic
        ticks++;
//@ end
    }
}

int main(void)
{
#pragma omp parallel sections num_threads(2)
    {
#pragma omp section
        camera();
#pragma omp section
        recorder();
    }
//@ slot tick
//@ is after_region
    ticks = 2 * FRAMES;
//@ end
//@ slot fold on checksum
//@ is reduction: unprotected
#pragma omp parallel for collapse(2) reduction(+ : checksum) num_threads(3)
    for (int f = 0; f < FRAMES; f++)
        for (int i = 0; i < PIXELS; i++)
            checksum += store[f][i];
//@ is collapse_shared: racy
#pragma omp parallel for collapse(2) num_threads(3)
    for (int f = 0; f < FRAMES; f++)
        for (int i = 0; i < PIXELS; i++)
            checksum += store[f][i];
//@ is serial: concurrent
    for (int f = 0; f < FRAMES; f++)
        for (int i = 0; i < PIXELS; i++)
            checksum += store[f][i];
//@ is row_sums: racy
#pragma omp parallel for num_threads(3)
    for (int f = 0; f < FRAMES; f++) {
        long row = 0;
        for (int i = 0; i < PIXELS; i++)
            row += store[f][i];
        checksum += row;
    }
//@ end
    printf("sum %ld ticks %ld\n", checksum, ticks);
    return 0;
}
