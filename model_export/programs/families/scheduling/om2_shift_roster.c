//@ family: om2_shift_roster
//@ domain: scheduling
//@ problem: Plan shifts for crews: a plan struct with pointers is copied into the team, costs per crew, a chosen crew broadcast.
//@ param NT: 3 | 4
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <omp.h>

struct plan {
    int  days;
    int  hours[14];
    int *load;
};

struct office {
    int         crews;
    int         cost[96];
    struct plan draft;
    int         chosen;
};

static void draw_up(struct plan *p, int crew)
{
    for (int d = 0; d < p->days; d++)
        p->hours[d] = (crew * 5 + d * 3) % 9;
}

static int price(const struct plan *p)
{
    int c = 0;
    for (int d = 0; d < p->days; d++)
        c += p->hours[d] * (d % 7 > 4 ? 3 : 2);
    return c;
}

int main(void)
{
    struct office *o = calloc(1, sizeof *o);
    int *load = calloc(@NT@ * 16, sizeof *load);
    if (!o || !load) {
        free(load);
        free(o);
        return 1;
    }
    o->crews = 96;
    o->draft.days = 14;
    o->draft.load = load;
    struct plan plan = o->draft;

//@ slot plan on hours
//@ is firstprivate: same-location
#pragma omp parallel num_threads(@NT@) firstprivate(plan)
    {
        struct plan *p = &plan;
//@ is shared: racy
#pragma omp parallel num_threads(@NT@)
    {
        struct plan *p = &plan;
//@ is block_copy: same-location
#pragma omp parallel num_threads(@NT@)
    {
        struct plan copy = plan;
        struct plan *p = &copy;
//@ is field_address: racy
#pragma omp parallel num_threads(@NT@) firstprivate(plan)
    {
        struct plan *p = plan.days ? &o->draft : &plan;
//@ end
        const int me = omp_get_thread_num();
//@ slot load on load
//@ is whole: racy
        int *mine = plan.load;
//@ is slice: same-location
        int *mine = plan.load + me * 16;
//@ is step_of_one: racy
        int *mine = plan.load + me;
//@ is local: same-location
        int mine[16] = { 0 };
//@ end
        int chosen = 0;
#pragma omp for schedule(static, 2)
        for (int c = 0; c < o->crews; c++) {
            draw_up(p, c);
            o->cost[c] = price(p);
            for (int d = 0; d < 14; d++)
                mine[d] += p->hours[d];
        }
//@ slot choose on chosen
//@ is copyprivate: same-location
#pragma omp single copyprivate(chosen)
        chosen = o->cost[0] < o->cost[1] ? 1 : 2;
        chosen += mine[0] > 0;
//@ is field_single: unordered
#pragma omp single
        o->chosen = o->cost[0] < o->cost[1] ? 1 : 2;
        chosen = o->chosen + (mine[0] > 0);
//@ is field_single_nowait: racy
#pragma omp single nowait
        o->chosen = o->cost[0] < o->cost[1] ? 1 : 2;
        chosen = o->chosen + (mine[0] > 0);
//@ end
#pragma omp critical(report)
        o->cost[0] += chosen;
    }
    printf("%d %d %d\n", o->cost[0], o->cost[1], load[3]);
    free(load);
    free(o);
    return 0;
}
