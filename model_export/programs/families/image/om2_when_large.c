//@ family: om2_when_large
//@ domain: image
//@ problem: Brighten and sharpen a strip of pixels, in parallel only where a condition or a thread count says so.
#include <stdio.h>
#include <omp.h>

#define W 800
#define SMALL 64

static int pix[W + 2];
static int carry;
static int sum_bright;
static int  touched;

static void brighten(int n)
{
//@ slot bright on sum_bright
//@ is if_small: concurrent
#pragma omp parallel for num_threads(4) if (n < SMALL)
    for (int i = 0; i < n; i++)
        sum_bright += pix[i] / 3;
//@ is if_large: racy
#pragma omp parallel for num_threads(4) if (n > SMALL)
    for (int i = 0; i < n; i++)
        sum_bright += pix[i] / 3;
//@ is one_thread: concurrent
#pragma omp parallel for num_threads(1)
    for (int i = 0; i < n; i++)
        sum_bright += pix[i] / 3;
//@ is two_threads: racy
#pragma omp parallel for num_threads(2)
    for (int i = 0; i < n; i++)
        sum_bright += pix[i] / 3;
//@ is if_zero: concurrent
#pragma omp parallel for num_threads(4) if (0)
    for (int i = 0; i < n; i++)
        sum_bright += pix[i] / 3;
//@ end
}

static void sharpen(int n)
{
    int team = 4;
//@ slot run on carry
//@ is team_of_one: concurrent
    team = 1;
#pragma omp parallel for num_threads(team)
    for (int i = 1; i <= n; i++) {
        carry = (carry + pix[i]) / 2;
        pix[i] = carry;
    }
//@ is team_var: racy
#pragma omp parallel for num_threads(team)
    for (int i = 1; i <= n; i++) {
        carry = (carry + pix[i]) / 2;
        pix[i] = carry;
    }
//@ is inner_single: concurrent
#pragma omp parallel num_threads(team)
    {
#pragma omp single
        for (int i = 1; i <= n; i++) {
            carry = (carry + pix[i]) / 2;
            pix[i] = carry;
        }
    }
//@ is leader_and_last: racy
#pragma omp parallel num_threads(team)
    {
        if (omp_get_thread_num() % 3 == 0)
            for (int i = 1 + omp_get_thread_num(); i <= n; i += 4) {
                carry = (carry + pix[i]) / 2;
                pix[i] = carry;
            }
    }
//@ end
#pragma omp parallel num_threads(3)
    {
//@ slot mark on touched
//@ is in_parallel_query: racy
        if (omp_in_parallel() || omp_get_thread_num() == 0)
            touched++;
//@ is by_number: concurrent
        if (omp_get_thread_num() == 0)
            touched++;
//@ is not_zero: racy
        if (omp_get_thread_num() != 0)
            touched++;
        else
            touched--;
//@ is one: concurrent
#pragma omp single
        touched++;
//@ end
    }
}

int main(void)
{
    for (int i = 0; i < W; i++)
        pix[i] = (int)((i * 29) % 256);
    brighten(W);
    sharpen(W);
    int check = 0;
    for (int i = 0; i < W; i++)
        check += pix[i];
    printf("%ld %ld %d\n", (long)check, (long)sum_bright, touched);
    return 0;
}
