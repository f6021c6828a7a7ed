//@ family: digit_passes
//@ domain: sorting
//@ problem: Radix sort with a histogram per thread and one scatter pass per digit.
//@ param N: 2048 | 3000
//@ param NT: 3 | 4
//@ param BITS: 4 | 6
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <omp.h>

#define N @N@
#define NT @NT@
#define BITS @BITS@
#define RADIX (1u << BITS)
#define DIGIT(x, s) (((x) >> (s)) & (RADIX - 1))

struct sorter {
	unsigned *from, *to;
	unsigned hist[NT][RADIX];
	unsigned base[RADIX];
	unsigned spread;
	int passes;
};

static int sorter_init(struct sorter *s)
{
	unsigned x = 2463534242u;

	memset(s, 0, sizeof(*s));
	s->from = malloc(N * sizeof(*s->from));
	if (!s->from)
		goto fail;
	s->to = malloc(N * sizeof(*s->to));
	if (!s->to)
		goto fail_from;
	for (int i = 0; i < N; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		s->from[i] = x & 0xffffff;
	}
	return 0;
fail_from:
	free(s->from);
fail:
	return -1;
}

static int cmp_uint(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	return (x > y) - (x < y);
}

static unsigned hash_of(const unsigned *v)
{
	unsigned h = 5381;

	for (int i = 0; i < N; i++)
		h = h * 33u ^ v[i];
	return h;
}

static void sort_pass(struct sorter *s, int shift, int me)
{
	int lo = N / NT * me, hi = me == NT - 1 ? N : lo + N / NT;

	memset(s->hist[me], 0, sizeof(s->hist[me]));
	for (int i = lo; i < hi; i++)
		s->hist[me][DIGIT(s->from[i], shift)]++;
/* offsets need every thread's counts */
//@ slot offsets on hist
//@ is meet_single: unordered
#pragma omp barrier
#pragma omp single
	{
		unsigned run = 0;

		for (unsigned d = 0; d < RADIX; d++)
			for (int t = 0; t < NT; t++) {
				unsigned c = s->hist[t][d];

				s->hist[t][d] = run;
				run += c;
			}
	}
//@ is single_at_once: racy
#pragma omp single
	{
		unsigned run = 0;

		for (unsigned d = 0; d < RADIX; d++)
			for (int t = 0; t < NT; t++) {
				unsigned c = s->hist[t][d];

				s->hist[t][d] = run;
				run += c;
			}
	}
//@ is meet_master: racy
#pragma omp barrier
#pragma omp master
	{
		unsigned run = 0;

		for (unsigned d = 0; d < RADIX; d++)
			for (int t = 0; t < NT; t++) {
				unsigned c = s->hist[t][d];

				s->hist[t][d] = run;
				run += c;
			}
	}
//@ is meet_master_meet: unordered
#pragma omp barrier
#pragma omp master
	{
		unsigned run = 0;

		for (unsigned d = 0; d < RADIX; d++)
			for (int t = 0; t < NT; t++) {
				unsigned c = s->hist[t][d];

				s->hist[t][d] = run;
				run += c;
			}
	}
#pragma omp barrier
//@ end
	for (int i = lo; i < hi; i++)
		s->to[s->hist[me][DIGIT(s->from[i], shift)]++ % N] = s->from[i];
//@ slot widest on spread
//@ is in_critical: unprotected
#pragma omp critical(spread)
	if (s->hist[me][0] > s->spread)
		s->spread = s->hist[me][0];
//@ is open: racy
	if (s->hist[me][0] + shift >= s->spread)
		s->spread = s->hist[me][0] + shift;
//@ is last_thread: concurrent
	if (me == NT - 1)
		s->spread = s->hist[me][0];
//@ is two_parts: racy
	unsigned old;
#pragma omp critical(spread)
	old = s->spread;
	if (s->hist[me][0] + shift >= old)
		s->spread = s->hist[me][0] + shift;
//@ end
}

static void sort_team(struct sorter *s)
{
#pragma omp parallel num_threads(NT)
	for (int shift = 0; shift < 24; shift += BITS) {
		sort_pass(s, shift, omp_get_thread_num());
//@ slot turn on from, to
//@ is meet_both: unordered
#pragma omp barrier
#pragma omp single
		{
			unsigned *t = s->from;

			s->from = s->to;
			s->to = t;
			s->passes++;
		}
//@ is single_only: racy
#pragma omp single
		{
			unsigned *t = s->from;

			s->from = s->to;
			s->to = t;
			s->passes++;
		}
//@ is zero_guard: racy
#pragma omp barrier
		if (omp_get_thread_num() == 0) {
			unsigned *t = s->from;

			s->from = s->to;
			s->to = t;
			s->passes++;
		}
//@ is zero_guard_met: unordered
#pragma omp barrier
		if (omp_get_thread_num() == 0) {
			unsigned *t = s->from;

			s->from = s->to;
			s->to = t;
			s->passes++;
		}
#pragma omp barrier
//@ end
	}
}

int main(void)
{
	static struct sorter s;
	unsigned *copy = malloc(N * sizeof(*copy));

	if (!copy || sorter_init(&s))
		return 1;
	memcpy(copy, s.from, N * sizeof(*copy));
	qsort(copy, N, sizeof(*copy), cmp_uint);
	sort_team(&s);
	printf("serial %u team %u passes %d spread %u\n", hash_of(copy), hash_of(s.from), s.passes,
	       s.spread);
	free(copy);
	free(s.from);
	free(s.to);
	return 0;
}
