//@ family: om2_extreme_watch
//@ domain: statistics
//@ problem: Track the highest and the lowest price of a day while quotes are processed by a team.
//@ param N: 800 | 1600
//@ param NT: 3 | 4
#include <stdio.h>
#include <limits.h>
#include <omp.h>

#define QUOTES @N@

static int quote[QUOTES];
static int day_high = INT_MIN;
static int day_low = INT_MAX;
static int day_high_at;

static void note_high(int v, int at)
{
//@ slot high on day_high
//@ is double_check: racy
	if (v > day_high) {
		#pragma omp critical(high)
		if (v > day_high) {
			day_high = v;
			day_high_at = at;
		}
	}
//@ is atomic_peek: conflicting
	int seen;
	#pragma omp atomic read
	seen = day_high;
	if (v > seen) {
		#pragma omp critical(high)
		{
			#pragma omp atomic read
			seen = day_high;
			if (v > seen) {
				#pragma omp atomic write
				day_high = v;
				day_high_at = at;
			}
		}
	}
//@ is atomic_peek_plain_store: racy
	int seen;
	#pragma omp atomic read
	seen = day_high;
	if (v > seen) {
		#pragma omp critical(high)
		if (v > day_high) {
			day_high = v;
			day_high_at = at;
		}
	}
//@ is whole_critical: unprotected
	#pragma omp critical(high)
	if (v > day_high) {
		day_high = v;
		day_high_at = at;
	}
//@ end
}

static void note_low(int v)
{
//@ slot low on day_low
//@ is critical: unprotected
	#pragma omp critical(low)
	day_low = v < day_low ? v : day_low;
//@ is bare: racy
	if (v < day_low)
		day_low = v;
//@ is critical_other_name: unprotected
	#pragma omp critical(high)
	day_low = v < day_low ? v : day_low;
//@ is store_in_critical: racy
	const int keep = v < day_low ? v : day_low;
	#pragma omp critical(low)
	day_low = keep;
//@ is atomic_compare: conflicting
	#pragma omp atomic compare
	if (v < day_low) { day_low = v; }
//@ end
}

int main(void)
{
	long turnover = 0;

	for (int i = 0; i < QUOTES; i++)
		quote[i] = i % 2 ? 1000 + i / 4 + (i * 7919) % 41 : 1000 - i / 4 - (i * 7919) % 37;

	#pragma omp parallel for num_threads(@NT@) schedule(static, 2) reduction(+:turnover)
	for (int i = 0; i < QUOTES; i++) {
		turnover += quote[i];
		note_high(quote[i], i);
		note_low(quote[i]);
	}
	printf("%d (%d) %d %ld\n", day_high, day_high_at, day_low, turnover);
	return 0;
}
