//@ family: pt_particle_steps
//@ domain: simulation
//@ problem: Particles move in time steps; threads own index ranges and the main thread watches the energy.
//@ param NT: 3 | 4
//@ param STEPS: 40 | 80
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#define NPART 120
#define NTHR @NT@

struct particle {
    double x, v, f;
};

struct world {
    struct particle *p;
    double energy[NTHR];
    double total_energy;
    double box;
    int step_done;
};

struct range {
    int id, begin, end;
};

static struct world w;
static struct range ranges[NTHR];
static pthread_barrier_t force_gate, move_gate, energy_gate, end_gate;
static pthread_mutex_t energy_mutex = PTHREAD_MUTEX_INITIALIZER;

#define NEXT(i) ((i) + 1 == NPART ? 0 : (i) + 1)

static void forces(const struct range *r)
{
    for (int i = r->begin; i < r->end; i++) {
        w.p[i].f = w.p[NEXT(i)].x - w.p[i].x;
        if (w.p[i].f > w.box / 2)
            w.p[i].f -= w.box;
    }
}

static void move(const struct range *r)
{
//@ slot move on v
//@ is half_open: same-location
    for (int i = r->begin; i < r->end; i++)
        w.p[i].v += 0.01 * w.p[i].f;
//@ is closed_range: racy
    for (int i = r->begin; i <= r->end && i < NPART; i++)
        w.p[i].v += 0.01 * w.p[i].f;
//@ is strided: same-location
    for (int i = r->id; i < NPART; i += NTHR)
        w.p[i].v += 0.01 * w.p[i].f;
//@ is strided_short: racy
    for (int i = r->id; i < NPART; i += NTHR - 1)
        w.p[i].v += 0.01 * w.p[i].f;
//@ end
}

static void advance(const struct range *r)
{
    for (int i = r->begin; i < r->end; i++)
        w.p[i].x = fmod(w.p[i].x + 0.01 * w.p[i].f + w.box, w.box);
}

static double kinetic(const struct range *r)
{
    double e = 0;
    for (int i = r->begin; i < r->end; i++)
        e += w.p[i].f * w.p[i].f;
    return 0.5 * e;
}

static void *simulate(void *arg)
{
    const struct range *r = arg;
    double trace = 0;

    for (int s = 0; s < @STEPS@; s++) {
        double e;

        forces(r);
        pthread_barrier_wait(&force_gate);
        move(r);
        pthread_barrier_wait(&move_gate);
        advance(r);
        e = kinetic(r);
        w.energy[r->id] = e;
//@ slot total on total_energy
//@ is mutex_add: unprotected
        pthread_mutex_lock(&energy_mutex);
        w.total_energy += e;
        pthread_mutex_unlock(&energy_mutex);
        pthread_barrier_wait(&energy_gate);
//@ is zero_after_barrier: unordered
        pthread_barrier_wait(&energy_gate);
        if (r->id == 0) {
            w.total_energy = 0;
            for (int k = 0; k < NTHR; k++)
                w.total_energy += w.energy[k];
        }
        pthread_barrier_wait(&end_gate);
        e += w.total_energy;
//@ is no_second_barrier: racy
        pthread_barrier_wait(&energy_gate);
        if (r->id == 0)
            w.total_energy += e;
        e += w.total_energy;
//@ is add_between_barriers: racy
        pthread_barrier_wait(&energy_gate);
        w.total_energy += e;
        pthread_barrier_wait(&end_gate);
//@ end
        trace += e;
//@ slot step on step_done
//@ is atomic_watch: conflicting
        if (r->id == 0)
            __atomic_store_n(&w.step_done, s + 1, __ATOMIC_RELEASE);
//@ is volatile_watch: racy
        if (r->id == 0)
            *(volatile int *)&w.step_done = s + 1;
//@ is mutex_watch: unprotected
        if (r->id == 0) {
            pthread_mutex_lock(&energy_mutex);
            w.step_done = s + 1;
            pthread_mutex_unlock(&energy_mutex);
        }
//@ is watch_bare: racy
        if (r->id == 0) {
            pthread_mutex_lock(&energy_mutex);
            w.step_done = s + 1;
            pthread_mutex_unlock(&energy_mutex);
        }
//@ end
    }
    return trace < 0 ? arg : NULL;
}

static int world_init(struct world *world)
{
    world->p = calloc(NPART, sizeof *world->p);
    if (!world->p)
        return -1;
    world->box = NPART;
    for (int i = 0; i < NPART; i++)
        world->p[i].x = i + 0.3 * sin(i);
    return 0;
}

int main(void)
{
    pthread_t tid[NTHR];
    int watched = 0;

    if (world_init(&w))
        return 1;
    pthread_barrier_init(&force_gate, NULL, NTHR);
    pthread_barrier_init(&move_gate, NULL, NTHR);
    pthread_barrier_init(&energy_gate, NULL, NTHR);
    pthread_barrier_init(&end_gate, NULL, NTHR);
    for (int t = 0; t < NTHR; t++) {
        ranges[t] = (struct range){ t, NPART * t / NTHR, NPART * (t + 1) / NTHR };
        pthread_create(&tid[t], NULL, simulate, &ranges[t]);
    }
    for (int i = 0; i < 400; i++) {
//@ slot step
//@ is atomic_watch
        watched += __atomic_load_n(&w.step_done, __ATOMIC_ACQUIRE);
//@ is volatile_watch
        watched += *(volatile int *)&w.step_done;
//@ is mutex_watch
        pthread_mutex_lock(&energy_mutex);
        watched += w.step_done;
        pthread_mutex_unlock(&energy_mutex);
//@ is watch_bare
        watched += w.step_done;
//@ end
        sched_yield();
    }
    for (int t = 0; t < NTHR; t++)
        pthread_join(tid[t], NULL);
    printf("energy %d steps %d watched %d\n", w.total_energy > 0, w.step_done, watched >= 0);
    free(w.p);
    return 0;
}
