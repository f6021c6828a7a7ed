//@ family: radiation_block
//@ domain: weather_columns
//@ problem: Physics of a block of atmosphere columns: radiation, clouds, surface, budgets.
//@ param NCOL: 240 | 360
//@ param NT: 3 | 4
//@ param NSTEP: 2 | 3
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <omp.h>

#define NCOL @NCOL@
#define NLEV 20
#define NBAND 3
#define NZONE 12
#define NSTEP @NSTEP@

#define SIGMA 5.67e-8
#define CP 1004.0
#define GRAV 9.81
#define LATENT 2.5e6
#define DT 600.0

#define CLAMP(v, lo, hi) ((v) < (lo) ? (lo) : (v) > (hi) ? (hi) : (v))
#define LEV_LOOP(k) for (int k = 0; k < NLEV; k++)
#define BAND_LOOP(b) for (int b = 0; b < NBAND; b++)

typedef double fp;

typedef struct column {
	fp t[NLEV];		/* temperature */
	fp q[NLEV];		/* vapour */
	fp ql[NLEV];		/* cloud water */
	fp p[NLEV];		/* pressure */
	fp heat[NLEV];		/* heating rate */
	fp skin;		/* surface temperature */
	fp rain;
	fp albedo;
	int zone;
	int cloud_base;
	int cloud_top;
} column_t;

typedef struct workspace {
	fp up[NBAND][NLEV + 1];
	fp down[NBAND][NLEV + 1];
	fp tau[NBAND][NLEV];
	fp emis[NLEV];
} workspace_t;

typedef struct zone_stat {
	fp rain;
	fp olr;
	int columns;
} zone_stat_t;

typedef struct block {
	column_t *col;
	workspace_t *work;
	int nwork;
	zone_stat_t zone[NZONE];
	fp absorb[NBAND];
	fp solar;
	fp olr_total;
	fp warmest;
	long convections;
	int step;
	int clipped;
	int status;
} block_t;

/* ------------------------------------------------------------- allocation */

static int block_alloc(block_t *b, int nwork)
{
	memset(b, 0, sizeof(*b));
	b->col = calloc(NCOL, sizeof(*b->col));
	if (!b->col)
		goto nomem;
	b->work = calloc((size_t)nwork, sizeof(*b->work));
	if (!b->work)
		goto free_col;
	b->nwork = nwork;
	return 0;

free_col:
	free(b->col);
	b->col = NULL;
nomem:
	return -ENOMEM;
}

static void block_free(block_t *b)
{
	free(b->work);
	free(b->col);
	b->work = NULL;
	b->col = NULL;
}

static void block_init(block_t *b)
{
	static const fp band[NBAND] = {0.08, 0.25, 0.9};

	memcpy(b->absorb, band, sizeof(band));
	b->solar = 340.0;
	for (int c = 0; c < NCOL; c++) {
		column_t *col = &b->col[c];

		LEV_LOOP(k)
		{
			col->p[k] = 1000.0 * (k + 1) / NLEV;
			col->t[k] = 215.0 + 85.0 * pow((k + 1.0) / NLEV, 0.7) + 0.2 * (c % 11);
			col->q[k] = 0.03 * pow((k + 1.0) / NLEV, 3) * (0.6 + 0.05 * (c % 9));
			col->ql[k] = 0;
			col->heat[k] = 0;
		}
		col->skin = 288.0 + (c % 17) - 8;
		col->albedo = 0.1 + 0.02 * (c % 13);
		col->zone = c % NZONE;
		col->cloud_base = col->cloud_top = -1;
	}
}

/* --------------------------------------------------------------- processes */

static fp saturation(fp t, fp p)
{
	fp es = 6.112 * exp(17.67 * (t - 273.15) / (t - 29.65));

	return 0.622 * es / (p > 2 * es ? p : 2 * es);
}

static void condense(column_t *col)
{
	col->cloud_base = col->cloud_top = -1;
	LEV_LOOP(k)
	{
		fp qs = saturation(col->t[k], col->p[k]);
		fp excess = col->q[k] - qs;

		if (excess > 0) {
			fp d = excess / (1 + LATENT * LATENT * qs / (CP * 461.5 * col->t[k] * col->t[k]));

			col->q[k] -= d;
			col->ql[k] += d;
			col->t[k] += LATENT / CP * d;
		}
		if (col->ql[k] > 1e-6) {
			if (col->cloud_top < 0)
				col->cloud_top = k;
			col->cloud_base = k;
		}
	}
}

static fp rain_out(column_t *col)
{
	fp fall = 0;

	LEV_LOOP(k)
	{
		fp d = col->ql[k] > 5e-4 ? 0.3 * (col->ql[k] - 5e-4) : 0;

		col->ql[k] -= d;
		fall += d * (1000.0 / NLEV) * 100 / GRAV;
	}
	col->rain += fall;
	return fall;
}

static int convect(column_t *col)
{
	int mixed = 0;

	for (int k = NLEV - 1; k > 0; k--) {
		fp lapse = (col->t[k] - col->t[k - 1]) / (col->p[k] - col->p[k - 1]);

		if (lapse > 0.12) {
			fp mean = 0.5 * (col->t[k] + col->t[k - 1]);
			fp half = 0.06 * (col->p[k] - col->p[k - 1]);

			col->t[k] = mean + half;
			col->t[k - 1] = mean - half;
			mixed++;
		}
	}
	return mixed;
}

static void optical_depth(const block_t *b, const column_t *col, workspace_t *w)
{
	BAND_LOOP(n)
	LEV_LOOP(k)
	w->tau[n][k] = b->absorb[n] * (0.04 + 30 * col->q[k] + 900 * col->ql[k]);
	LEV_LOOP(k)
	w->emis[k] = SIGMA * pow(col->t[k], 4) / NBAND;
}

static fp longwave(const column_t *col, workspace_t *w)
{
	fp out = 0;

	BAND_LOOP(n)
	{
		w->down[n][0] = 0;
		LEV_LOOP(k)
		{
			fp a = 1 - exp(-w->tau[n][k]);

			w->down[n][k + 1] = w->down[n][k] * (1 - a) + a * w->emis[k];
		}
		w->up[n][NLEV] = SIGMA * pow(col->skin, 4) / NBAND;
		for (int k = NLEV - 1; k >= 0; k--) {
			fp a = 1 - exp(-w->tau[n][k]);

			w->up[n][k] = w->up[n][k + 1] * (1 - a) + a * w->emis[k];
		}
		out += w->up[n][0];
	}
	return out;
}

static void heating(column_t *col, const workspace_t *w)
{
	LEV_LOOP(k)
	{
		fp net = 0;

		BAND_LOOP(n)
		net += (w->up[n][k + 1] - w->up[n][k]) - (w->down[n][k + 1] - w->down[n][k]);
		col->heat[k] = net * GRAV / (CP * 100 * 1000.0 / NLEV);
	}
}

static void surface(const block_t *b, column_t *col, const workspace_t *w)
{
	fp flux = b->solar * (1 - col->albedo);

	BAND_LOOP(n)
	flux += w->down[n][NLEV] - w->up[n][NLEV];
	col->skin += flux * DT / 2e7;
}

static int apply_heating(column_t *col)
{
	int clipped = 0;

	LEV_LOOP(k)
	{
		fp t = col->t[k] + CLAMP(col->heat[k] * DT, -3.0, 3.0);

		clipped += t < 150 || t > 350;
		col->t[k] = CLAMP(t, 150.0, 350.0);
	}
	return clipped;
}

static fp column_energy(const column_t *col)
{
	fp e = 0;

	LEV_LOOP(k)
	e += CP * col->t[k] + LATENT * col->q[k];
	return e / NLEV;
}

/* --------------------------------------------------------------- reference */

static void physics_serial(block_t *b)
{
	for (int s = 0; s < NSTEP; s++) {
		for (int c = 0; c < NCOL; c++) {
			column_t *col = &b->col[c];

			condense(col);
			b->zone[col->zone].rain += rain_out(col);
			b->convections += convect(col);
			optical_depth(b, col, &b->work[0]);
			b->olr_total += longwave(col, &b->work[0]);
			heating(col, &b->work[0]);
			surface(b, col, &b->work[0]);
			b->clipped += apply_heating(col);
		}
		b->solar *= 1.001;
		b->step++;
	}
}

/* -------------------------------------------------------------- the driver */

static void physics_team(block_t *b)
{
	fp energy[NCOL];

	memset(energy, 0, sizeof(energy));
#pragma omp parallel num_threads(@NT@) shared(b, energy)
	{
		const int me = omp_get_thread_num();
		const int team = omp_get_num_threads();
		int lo = NCOL * me / team;
		int hi = NCOL * (me + 1) / team;
		int my_clipped = 0;
		long my_mixed = 0;
		fp my_olr = 0;
//@ slot space on work
//@ is by_thread: same-location
		workspace_t *w = &b->work[me];
//@ is first: racy
		workspace_t *w = b->work;
//@ is on_stack: same-location
		workspace_t space, *w = &space;
//@ is by_pair: racy
		workspace_t *w = &b->work[me / 2];
//@ end

		for (int s = 0; s < NSTEP; s++) {
			/* moist processes first; they touch the column alone */
			for (int c = lo; c < hi; c++) {
				column_t *col = &b->col[c];
				fp fall;

				condense(col);
				fall = rain_out(col);
				my_mixed += convect(col);
//@ slot zones on zone
//@ is atomic: conflicting
#pragma omp atomic
				b->zone[col->zone].rain += fall;
//@ is plain: racy
				b->zone[col->zone].rain += fall;
//@ is lower_zones: racy
				if (col->zone < NZONE / 2) {
#pragma omp atomic
					b->zone[col->zone].rain += fall;
				} else {
					b->zone[col->zone].rain += fall;
				}
//@ is later: concurrent
				col->rain += 0 * fall;
//@ end
			}

			/* budgets before radiation, for the closure check */
			for (int c = lo; c < hi; c++)
				energy[c] = column_energy(&b->col[c]);

			/* radiation needs the work space of this thread */
			for (int c = lo; c < hi; c++) {
				column_t *col = &b->col[c];

				optical_depth(b, col, w);
				my_olr += longwave(col, w);
				heating(col, w);
				surface(b, col, w);
			}

			/* lateral smoothing of the skin temperature between neighbours */
//@ slot skin on skin
//@ is meet_two_loops: unordered
#pragma omp barrier
			for (int c = lo; c < hi; c++) {
				fp l = b->col[c ? c - 1 : c].skin;
				fp r = b->col[c < NCOL - 1 ? c + 1 : c].skin;

				b->col[c].heat[NLEV - 1] += 1e-7 * (l - 2 * b->col[c].skin + r);
			}
#pragma omp barrier
//@ is no_meeting: racy
			for (int c = lo; c < hi; c++) {
				fp l = b->col[c ? c - 1 : c].skin;
				fp r = b->col[c < NCOL - 1 ? c + 1 : c].skin;

				b->col[c].heat[NLEV - 1] += 1e-7 * (l - 2 * b->col[c].skin + r);
			}
#pragma omp barrier
//@ is in_place: racy
#pragma omp barrier
			for (int c = lo; c < hi; c++) {
				fp l = b->col[c ? c - 1 : c].skin;
				fp r = b->col[c < NCOL - 1 ? c + 1 : c].skin;

				b->col[c].skin += 0.01 * (l - 2 * b->col[c].skin + r);
			}
#pragma omp barrier
//@ is within_range: same-location
			for (int c = lo; c < hi; c++) {
				fp l = b->col[c > lo ? c - 1 : c].skin;
				fp r = b->col[c < hi - 1 ? c + 1 : c].skin;

				b->col[c].skin += 0.01 * (l - 2 * b->col[c].skin + r);
			}
#pragma omp barrier
//@ end

			/* heating is applied at last, then the warmest level is sought */
			fp my_warmest = 0;

			for (int c = lo; c < hi; c++) {
				column_t *col = &b->col[c];

				my_clipped += apply_heating(col);
				LEV_LOOP(k)
				if (col->t[k] > my_warmest)
					my_warmest = col->t[k];
				energy[c] -= column_energy(col);
			}
//@ slot warm on warmest
//@ is critical: unprotected
#pragma omp critical(warm)
			if (my_warmest > b->warmest)
				b->warmest = my_warmest;
//@ is plain: racy
			if (my_warmest > b->warmest - 50)
				b->warmest = my_warmest;
//@ is split: racy
			fp seen;
#pragma omp critical(warm)
			seen = b->warmest;
			b->warmest = my_warmest > seen ? my_warmest : seen;
//@ is by_first: concurrent
			if (me == 0)
				b->warmest = my_warmest;
//@ end

			/* the sun rises for all */
//@ slot sun on solar
//@ is meet_single: unordered
#pragma omp barrier
#pragma omp single
			{
				b->solar *= 1.001;
				b->step++;
			}
//@ is single: racy
#pragma omp single nowait
			{
				b->solar *= 1.001;
				b->step++;
			}
//@ is master: racy
#pragma omp barrier
#pragma omp master
			{
				b->solar *= 1.001;
				b->step++;
			}
//@ is meet_master_meet: unordered
#pragma omp barrier
#pragma omp master
			{
				b->solar *= 1.001;
				b->step++;
			}
#pragma omp barrier
//@ end
		}

#pragma omp atomic
		b->clipped += my_clipped;
#pragma omp atomic
		b->convections += my_mixed;
#pragma omp critical(olr)
		b->olr_total += my_olr;
	}

//@ slot zones
//@ is later
	for (int c = 0; c < NCOL; c++)
		b->zone[b->col[c].zone].rain += b->col[c].rain;
//@ end
	for (int c = 0; c < NCOL; c++)
		b->zone[b->col[c].zone].columns += energy[c] != 0;
}

/* ------------------------------------------------------------------ report */

static fp block_digest(const block_t *b)
{
	fp d = 0;

	for (int c = 0; c < NCOL; c++) {
		LEV_LOOP(k)
		d += b->col[c].t[k] * ((c + k) % 5);
		d += b->col[c].skin;
	}
	return d;
}

static void block_report(const char *name, const block_t *b)
{
	fp rain = 0;
	int columns = 0;

	for (int z = 0; z < NZONE; z++) {
		rain += b->zone[z].rain * (z + 1);
		columns += b->zone[z].columns;
	}
	printf("%s %.6f olr %.4f rain %.6f warmest %.3f mixed %ld clipped %d columns %d step %d\n", name,
	       block_digest(b), b->olr_total / NCOL, rain, b->warmest, b->convections, b->clipped, columns,
	       b->step);
}

int main(void)
{
	block_t a, b;
	int rc;

	rc = block_alloc(&a, 1);
	if (rc)
		return 1;
	rc = block_alloc(&b, @NT@);
	if (rc)
		goto out;
	block_init(&a);
	block_init(&b);
	physics_serial(&a);
	physics_team(&b);
	block_report("serial", &a);
	block_report("team", &b);
	block_free(&b);
out:
	block_free(&a);
	return rc ? 1 : 0;
}
