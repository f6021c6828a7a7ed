#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
static double total;
static int seen;
static double weigh(const double *row, int n) {
  double sum = 0;
#pragma omp parallel for
  for (int i = 1; i < n; i++) {
    sum += row[i];
#pragma omp critical(other)
    seen++;
  }
  return sum;
}
int main(void) {
  int n = 64;
  double *row = malloc(n * sizeof *row);
  for (int i = 0; i < n; i++) row[i] = i;
#pragma omp parallel
  {
#pragma omp for nowait
    for (int i = 1; i < n; i++) row[i] = row[i - 1] + 1;
#pragma omp atomic
    seen += 1;
#pragma omp single nowait
    {
#pragma omp task
      total += 1;
#pragma omp task
      total += 2;
    }
    if (seen > 1000) puts("many");
  }
  printf("%f %f\n", weigh(row, n), total);
  return 0;
}
