//@ family: om2_slot_append
//@ domain: records
//@ problem: Collect the records that match a filter into a flat list, the slot number comes from a shared counter.
//@ param N: 600 | 1500
//@ param NT: 3 | 4
#include <stdio.h>
#include <stdlib.h>
#include <omp.h>

typedef struct { int key; int amount; } record;
typedef struct {
    record *item;
    int     used;
    int     cap;
    long    volume;
} record_list;

static int append(record_list *l, record r)
{
    int slot;
//@ slot take on used
//@ is capture: conflicting
#pragma omp atomic capture
    slot = l->used++;
    if (slot < l->cap)
        l->item[slot] = r;
//@ is post_increment: racy
    slot = l->used++;
    if (slot < l->cap)
        l->item[slot] = r;
//@ is update_then_read: racy
#pragma omp atomic
    l->used++;
    slot = l->used - 1;
    if (slot < l->cap)
        l->item[slot] = r;
//@ is critical: unprotected
#pragma omp critical(append)
    {
        slot = l->used++;
        if (slot < l->cap)
            l->item[slot] = r;
    }
//@ is capture_before: conflicting
#pragma omp atomic capture
    { l->used += 1; slot = l->used; }
    slot--;
    if (slot < l->cap)
        l->item[slot] = r;
//@ is room_first: racy
    if (l->used >= l->cap)
        return -1;
#pragma omp atomic capture
    slot = l->used++;
    if (slot < l->cap)
        l->item[slot] = r;
//@ end
    return slot;
}

static void collect(const record *in, int n, record_list *out)
{
    int high = -1;
#pragma omp parallel for num_threads(@NT@) schedule(static, 4)
    for (int i = 0; i < n; i++) {
        if (in[i].amount % 3 == 0)
            continue;
        const int slot = append(out, in[i]);
//@ slot volume on volume
//@ is atomic: conflicting
#pragma omp atomic
        out->volume += in[i].amount;
//@ is bare: racy
        out->volume += in[i].amount;
//@ is slot_zero: concurrent
        if (i == 1)
            out->volume += in[i].amount;
//@ is own_critical: racy
        if (i % 2) {
#pragma omp critical(append)
            out->volume += in[i].amount;
        } else {
#pragma omp critical(volume)
            out->volume += in[i].amount;
        }
//@ end
#pragma omp critical(high)
        high = slot > high ? slot : high;
    }
    printf("last slot %d\n", high);
}

int main(void)
{
    const int n = @N@;
    record *in = malloc(sizeof *in * (size_t)n);
    record_list out = { malloc(sizeof(record) * (size_t)n), 0, n, 0 };
    if (!in || !out.item)
        return 1;
    for (int i = 0; i < n; i++)
        in[i] = (record){ i, (i * 7) % 50 };
    collect(in, n, &out);
    printf("%d %ld\n", out.used, out.volume);
    free(out.item);
    free(in);
    return 0;
}
