//@ family: om2_grid_turns
//@ domain: matrix
//@ problem: Turn, mirror and symmetrise square grids by loops over rows and columns.
//@ param D: 40 | 64
//@ param NT: 3 | 4
#include <stdio.h>

#define D @D@
static int a[D][D], b[D][D], s[D][D];
static int rowsum[D];

static void fill(void)
{
    for (int i = 0; i < D; ++i)
        for (int j = 0; j < D; ++j) {
            a[i][j] = (i * 31 + j * 17) % 97;
            s[i][j] = (i * 3 + j) % 29;
        }
}

static void turn(void)
{
//@ slot turn on b
//@ is transpose: same-location
    #pragma omp parallel for num_threads(@NT@)
    for (int i = 0; i < D; ++i)
        for (int j = 0; j < D; ++j)
            b[j][i] = a[i][j];
//@ is diagonal_index: racy
    #pragma omp parallel for num_threads(@NT@)
    for (int i = 0; i < D; ++i)
        for (int j = 0; j < D; ++j)
            b[j][(i + j) / 2] = a[i][j];
//@ is wrapped_diagonal: same-location
    #pragma omp parallel for num_threads(@NT@)
    for (int i = 0; i < D; ++i)
        for (int j = 0; j < D; ++j)
            b[j][(i + j) % D] = a[i][j];
//@ is shifted_both: racy
    #pragma omp parallel for num_threads(@NT@)
    for (int i = 1; i < D; ++i)
        for (int j = 1; j < D; ++j)
            b[i][j] = b[i - 1][j - 1] + a[i][j];
//@ is shifted_column: same-location
    #pragma omp parallel for num_threads(@NT@)
    for (int i = 1; i < D; ++i)
        for (int j = 1; j < D; ++j)
            b[i][j] = b[i][j - 1] + a[i - 1][j];
//@ is collapsed_column: racy
    #pragma omp parallel for num_threads(@NT@) collapse(2) schedule(static, 5)
    for (int i = 1; i < D; ++i)
        for (int j = 1; j < D; ++j)
            b[i][j] = b[i][j - 1] + a[i - 1][j];
//@ end
}

static void symmetrise(void)
{
    #pragma omp parallel for num_threads(@NT@) schedule(static, 4)
    for (int i = 0; i < D; ++i) {
//@ slot half on s
//@ is upper: same-location
        for (int j = i + 1; j < D; ++j) {
            const int m = (s[i][j] + s[j][i]) / 2;
            s[i][j] = m;
            s[j][i] = m;
        }
//@ is full: racy
        for (int j = 0; j < D; ++j) {
            const int m = (s[i][j] + s[j][i]) / 2;
            s[i][j] = m;
            s[j][i] = m;
        }
//@ is upper_to_lower: same-location
        for (int j = 0; j < i; ++j)
            s[i][j] = s[j][i];
//@ is own_row_only: racy
        for (int j = 0; j < D; ++j)
            s[i][j] = (s[i][j] + s[j][i]) / 2;
//@ end
    }
}

int main(void)
{
    long check = 0;
    fill();
    turn();
    symmetrise();
    #pragma omp parallel for num_threads(@NT@)
    for (int i = 0; i < D; ++i)
        for (int j = 0; j < D; ++j)
            rowsum[i] += b[i][j] ^ s[j][i];
    for (int i = 0; i < D; ++i)
        check += rowsum[i] * (i + 1);
    printf("%ld\n", check);
    return 0;
}
