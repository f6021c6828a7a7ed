//@ family: rank_push_pull
//@ domain: graphs
//@ problem: Page ranks by pushing along out-links or pulling along in-links, fixed rounds.
//@ param PAGES: 500 | 800
//@ param NT: 3 | 4
//@ param ROUNDS: 4 | 6
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define PAGES @PAGES@
#define LINKS 5
#define DAMP 0.85

struct web {
	int out[PAGES][LINKS];
	int in_start[PAGES + 1];
	int *in_from;
	double rank[PAGES];
	double next[PAGES];
	double shift;
	double dangling;
	int top;
};

static int web_build(struct web *w)
{
	unsigned s = 77;
	int *fill = calloc(PAGES, sizeof(*fill));

	w->in_from = malloc(sizeof(int) * PAGES * LINKS);
	if (!fill || !w->in_from) {
		free(fill);
		return -1;
	}
	for (int p = 0; p < PAGES; p++)
		for (int k = 0; k < LINKS; k++) {
			s = s * 1664525u + 1013904223u;
			w->out[p][k] = (int)((s >> 8) % (k ? PAGES : PAGES / 8));
			w->in_start[w->out[p][k] + 1]++;
		}
	for (int p = 0; p < PAGES; p++)
		w->in_start[p + 1] += w->in_start[p];
	for (int p = 0; p < PAGES; p++)
		for (int k = 0; k < LINKS; k++) {
			int q = w->out[p][k];

			w->in_from[w->in_start[q] + fill[q]++] = p;
		}
	free(fill);
	return 0;
}

static void rank_reset(struct web *w)
{
	for (int p = 0; p < PAGES; p++)
		w->rank[p] = 1.0 / PAGES;
	w->shift = w->dangling = 0;
	w->top = 0;
}

static void rank_serial(struct web *w)
{
	for (int r = 0; r < @ROUNDS@; r++) {
		for (int p = 0; p < PAGES; p++)
			w->next[p] = (1 - DAMP) / PAGES;
		for (int p = 0; p < PAGES; p++)
			for (int k = 0; k < LINKS; k++)
				w->next[w->out[p][k]] += DAMP * w->rank[p] / LINKS;
		for (int p = 0; p < PAGES; p++)
			w->rank[p] = w->next[p];
	}
}

static void push_page(struct web *w, int p)
{
	double share = DAMP * w->rank[p] / LINKS;

	for (int k = 0; k < LINKS; k++) {
		double *to = &w->next[w->out[p][k]];
//@ slot spread
//@ is push_atomic
#pragma omp atomic
		*to += share;
//@ is push
		*to += share;
//@ is push_far_atomic
		if (w->out[p][k] >= PAGES / 8) {
#pragma omp atomic
			*to += share;
		} else {
			*to += share;
		}
//@ is pull
		*to += share;
//@ is pull_early
		*to += share;
//@ is push_one_task
		*to += share;
//@ end
	}
}

static void pull_page(struct web *w, int p)
{
	double sum = 0;

	for (int q = w->in_start[p]; q < w->in_start[p + 1]; q++)
		sum += w->rank[w->in_from[q]];
	w->next[p] += DAMP * sum / LINKS;
}

static void rank_team(struct web *w)
{
#pragma omp parallel num_threads(@NT@)
	for (int r = 0; r < @ROUNDS@; r++) {
		double step = 0;
//@ slot spread on next
//@ is push_atomic: conflicting
#pragma omp for schedule(static)
		for (int p = 0; p < PAGES; p++)
			w->next[p] = (1 - DAMP) / PAGES;
#pragma omp for schedule(static)
		for (int p = 0; p < PAGES; p++)
			push_page(w, p);
//@ is push: racy
#pragma omp for schedule(static)
		for (int p = 0; p < PAGES; p++)
			w->next[p] = (1 - DAMP) / PAGES;
#pragma omp for schedule(static)
		for (int p = 0; p < PAGES; p++)
			push_page(w, p);
//@ is push_far_atomic: racy
#pragma omp for schedule(static)
		for (int p = 0; p < PAGES; p++)
			w->next[p] = (1 - DAMP) / PAGES;
#pragma omp for schedule(static)
		for (int p = 0; p < PAGES; p++)
			push_page(w, p);
//@ is pull: same-location
#pragma omp for schedule(static) nowait
		for (int p = 0; p < PAGES; p++)
			w->next[p] = (1 - DAMP) / PAGES;
#pragma omp for schedule(static)
		for (int p = 0; p < PAGES; p++)
			pull_page(w, p);
//@ is pull_early: racy
#pragma omp for schedule(static, 50) nowait
		for (int p = 0; p < PAGES; p++)
			w->next[p] = (1 - DAMP) / PAGES;
#pragma omp for schedule(static)
		for (int p = 0; p < PAGES; p++)
			pull_page(w, p);
//@ is push_one_task: concurrent
#pragma omp for schedule(static)
		for (int p = 0; p < PAGES; p++)
			w->next[p] = (1 - DAMP) / PAGES;
#pragma omp single
		{
#pragma omp task
			for (int p = 0; p < PAGES; p++)
				push_page(w, p);
		}
//@ end
#pragma omp for schedule(static)
		for (int p = 0; p < PAGES; p++) {
			step += fabs(w->next[p] - w->rank[p]);
			w->rank[p] = w->next[p];
		}
//@ slot step on shift
//@ is atomic: conflicting
#pragma omp atomic
		w->shift += step;
//@ is bare: racy
		w->shift += step;
//@ is kept_read: racy
		double before = w->shift;
#pragma omp critical(shift)
		w->shift = before + step;
//@ is held: unprotected
#pragma omp critical(shift)
		{
			double before = w->shift;
			w->shift = before + step;
		}
//@ end
//@ slot top on top
//@ is single_scan: concurrent
#pragma omp single
		for (int p = 0; p < PAGES; p++)
			if (w->rank[p] > w->rank[w->top])
				w->top = p;
//@ is all_scan: racy
		for (int p = 0; p < PAGES; p++)
			if (w->rank[p] > w->rank[w->top] * 1.0001 || p == 0)
				w->top = p;
#pragma omp barrier
//@ is shared_scan: racy
#pragma omp for schedule(static)
		for (int p = 0; p < PAGES; p++)
			if (w->rank[p] >= w->rank[w->top]) {
#pragma omp critical(top)
				w->top = p;
			}
//@ is shared_scan_held: unprotected
#pragma omp for schedule(static)
		for (int p = 0; p < PAGES; p++) {
#pragma omp critical(top)
			if (w->rank[p] >= w->rank[w->top])
				w->top = p;
		}
//@ end
	}
}

int main(void)
{
	struct web *w = calloc(1, sizeof(*w));
	double a = 0, b = 0;

	if (!w || web_build(w))
		return 1;
	rank_reset(w);
	rank_serial(w);
	for (int p = 0; p < PAGES; p++)
		a += w->rank[p] * (p % 9);
	rank_reset(w);
	rank_team(w);
	for (int p = 0; p < PAGES; p++)
		b += w->rank[p] * (p % 9);
	printf("serial %.9f team %.9f shift %.6f top %d\n", a, b, w->shift, w->top);
	free(w->in_from);
	free(w);
	return 0;
}
