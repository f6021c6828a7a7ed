//@ family: knapsack_rows
//@ domain: dynamic_programming
//@ problem: Fill knapsack tables item by item, capacities shared out among threads.
//@ param ITEMS: 20 | 30
//@ param CAP: 1200 | 2000
//@ param NT: 3 | 4
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <omp.h>

#define ITEMS @ITEMS@
#define CAP @CAP@

struct item { int weight, value; };

struct table {
	int best[2][CAP + 1];
	unsigned char used[ITEMS][CAP + 1];
	int improvements;
	int ceiling;
	int item_no;
};

static struct item items[ITEMS];

static void items_init(void)
{
	for (int i = 0; i < ITEMS; i++) {
		items[i].weight = 7 + (i * 29) % 61;
		items[i].value = 3 + (i * 17) % 41;
	}
}

static int knap_serial(void)
{
	static int b[CAP + 1];

	for (int i = 0; i < ITEMS; i++)
		for (int c = CAP; c >= items[i].weight; c--)
			if (b[c - items[i].weight] + items[i].value > b[c])
				b[c] = b[c - items[i].weight] + items[i].value;
	return b[CAP];
}

static int knap_team(struct table *t)
{
	memset(t, 0, sizeof(*t));
#pragma omp parallel num_threads(@NT@)
	{
		int mine = 0;
//@ slot bump on item_no
//@ is private_loop: same-location
		for (int i = 0; i < ITEMS; i++) {
			const struct item *it = &items[i];
//@ is single_bump: unordered
		while (t->item_no < ITEMS) {
			const int i = t->item_no;
			const struct item *it = &items[i];
#pragma omp barrier
//@ is all_write: racy
		for (int i = 0; i < ITEMS; i++) {
			const struct item *it = &items[i];

			t->item_no = i;
//@ is barred_write: racy
		for (int i = 0; i < ITEMS; i++) {
			const struct item *it = &items[i];

#pragma omp barrier
			t->item_no = i + 1;
#pragma omp barrier
//@ end
//@ slot rows on best
//@ is two_rows: unordered
			int *from = t->best[i & 1], *to = t->best[~i & 1];
#pragma omp for schedule(static)
			for (int c = 0; c <= CAP; c++) {
				int with = c >= it->weight ? from[c - it->weight] + it->value : 0;

				to[c] = from[c] > with ? from[c] : with;
				mine += with > from[c];
			}
//@ is one_row: racy
			int *to = t->best[ITEMS & 1];
#pragma omp for schedule(static)
			for (int c = CAP; c >= it->weight; c--) {
				int with = to[c - it->weight] + it->value;

				mine += with > to[c];
				to[c] = to[c] > with ? to[c] : with;
			}
//@ is two_rows_on: racy
			int *from = t->best[i & 1], *to = t->best[~i & 1];
#pragma omp for schedule(static) nowait
			for (int c = 0; c <= CAP; c++) {
				int with = c >= it->weight ? from[c - it->weight] + it->value : 0;

				to[c] = from[c] > with ? from[c] : with;
				mine += with > from[c];
			}
//@ is one_row_single: concurrent
			int *to = t->best[ITEMS & 1];
#pragma omp single
			for (int c = CAP; c >= it->weight; c--) {
				int with = to[c - it->weight] + it->value;

				mine += with > to[c];
				to[c] = to[c] > with ? to[c] : with;
			}
//@ is residues: same-location
			int *to = t->best[ITEMS & 1];
#pragma omp for schedule(static)
			for (int r = 0; r < it->weight; r++)
				for (int c = CAP - (CAP - r) % it->weight; c >= it->weight; c -= it->weight) {
					int with = to[c - it->weight] + it->value;

					mine += with > to[c];
					to[c] = to[c] > with ? to[c] : with;
				}
//@ end
//@ slot ceil on ceiling
//@ is master_only: concurrent
#pragma omp master
			t->ceiling += it->value;
//@ is every: racy
			t->ceiling += it->value;
//@ is first_half: racy
			if (omp_get_thread_num() < 2)
				t->ceiling += it->value;
//@ is atomic: conflicting
#pragma omp atomic
			t->ceiling += it->value;
//@ end
//@ slot bump
//@ is single_bump
#pragma omp single
			t->item_no++;
//@ end
		}
//@ slot improve on improvements
//@ is atomic: conflicting
#pragma omp atomic
		t->improvements += mine;
//@ is plain: racy
		t->improvements += mine;
//@ is max_check: racy
		if (mine > t->improvements) {
#pragma omp critical
			t->improvements = mine;
		}
//@ is max_critical: unprotected
#pragma omp critical
		if (mine > t->improvements)
			t->improvements = mine;
//@ end
	}
	return t->best[ITEMS & 1][CAP];
}

int main(void)
{
	struct table *t = malloc(sizeof(*t));
	int a, b;

	if (!t)
		return 1;
	items_init();
	a = knap_serial();
	b = knap_team(t);
	printf("serial %d team %d improved %d ceiling %d\n", a, b, t->improvements, t->ceiling);
	free(t);
	return 0;
}
