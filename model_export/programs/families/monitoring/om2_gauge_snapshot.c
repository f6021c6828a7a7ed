//@ family: om2_gauge_snapshot
//@ domain: monitoring
//@ problem: Collect readings of a plant; a shared summary struct is assigned whole and looked at by field.
//@ param N: 400 | 900
//@ param NT: 3 | 4
#include <stdio.h>
#include <string.h>
#include <omp.h>

struct gauge {
    int    at;
    double value;
    double trend;
};

struct plant {
    struct gauge latest;
    struct gauge worst;
    int          raised;
    double       signal[@N@];
};

static struct plant plant;

static struct gauge make_gauge(const struct plant *p, int i)
{
    struct gauge g;
    g.at = i;
    g.value = p->signal[i];
    g.trend = i ? p->signal[i] - p->signal[i - 1] : 0.0;
    return g;
}

static void watch(struct plant *p)
{
#pragma omp parallel num_threads(@NT@)
    {
        double seen = 0.0;
#pragma omp for
        for (int i = 0; i < @N@; i++) {
            const struct gauge g = make_gauge(p, i);
//@ slot latest on latest
//@ is assign: racy
            p->latest = g;
            seen += g.value;
//@ is assign_critical: unprotected
#pragma omp critical(latest)
            p->latest = g;
            seen += g.value;
//@ is read_outside: racy
#pragma omp critical(latest)
            p->latest = g;
            seen += p->latest.value;
//@ is read_copy: unprotected
            struct gauge c;
#pragma omp critical(latest)
            {
                c = p->latest;
                p->latest = g;
            }
            seen += c.value + g.value;
//@ is first_only: concurrent
            if (i == 0)
                p->latest = g;
            seen += g.value;
//@ is first_only_read_all: racy
            if (i == 0)
                p->latest = g;
            seen += g.value + p->latest.trend;
//@ end
//@ slot worst on worst
//@ is critical: unprotected
#pragma omp critical(worst)
            if (g.value > p->worst.value)
                p->worst = g;
//@ is check_first: racy
            if (g.value > p->worst.value) {
#pragma omp critical(worst)
                p->worst = g;
            }
//@ is copy_bytes: racy
            if (g.trend > 0)
                memcpy(&p->worst, &g, sizeof g);
//@ is copy_bytes_critical: unprotected
            if (g.trend > 0) {
#pragma omp critical(worst)
                memcpy(&p->worst, &g, sizeof g);
            }
//@ end
        }
#pragma omp atomic
        p->raised += seen > 10.0;
    }
}

int main(void)
{
    for (int i = 0; i < @N@; i++)
        plant.signal[i] = ((i * 37) % 101) * 0.25;
    watch(&plant);
    printf("%d %.2f %.2f\n", plant.raised, plant.worst.value, plant.latest.value);
    return 0;
}
