#include <omp.h>
#include <stdio.h>
static double total;
static int squares[64];
static int left(int n) {
  int got = 0;
#pragma omp task shared(got)
  got += n;
#pragma omp task shared(got)
  got += 2 * n;
#pragma omp taskwait
  return got;
}
int main(void) {
  int worst = 0;
#pragma omp parallel num_threads(4)
  {
#pragma omp single
    for (int i = 0; i < 20; i++) total += left(i);
#pragma omp for reduction(+ : total)
    for (int i = 0; i < 64; i++) total += squares[i];
#pragma omp sections
    {
#pragma omp section
      worst = 3;
#pragma omp section
      worst = 4;
    }
  }
  printf("%f %d\n", total, worst);
}
