//@ family: omp_first_match
//@ domain: search
//@ problem: Search a table for a key in parallel, remember the smallest matching index, and stop early through a flag.
//@ param N: 2400 | 4800
//@ param NT: 3 | 4
#include <stdio.h>
#include <stdlib.h>
#include <limits.h>
#include <omp.h>

#define ROWS @N@
#define TEAM @NT@

static unsigned table[ROWS];
static int where_found = INT_MAX;
static int stop_flag;
static int hits;
static long probes;

static void table_init(unsigned key)
{
    for (int i = 0; i < ROWS; i++)
        table[i] = (unsigned)(i * 40503u) >> 3;
    for (int i = 60; i < ROWS; i += 97)
        table[i] = key;
}

//@ slot stop on stop_flag
//@ is atomic_pair: conflicting
static int stopped(void)
{
    int f;
#pragma omp atomic read
    f = stop_flag;
    return f;
}

static void raise_stop(void)
{
#pragma omp atomic write
    stop_flag = 1;
}
//@ is plain: racy
static int stopped(void)
{
    return stop_flag;
}

static void raise_stop(void)
{
    stop_flag = 1;
}
//@ is write_atomic: racy
static int stopped(void)
{
    return stop_flag;
}

static void raise_stop(void)
{
#pragma omp atomic write
    stop_flag = 1;
}
//@ is read_atomic: racy
static int stopped(void)
{
    int f;
#pragma omp atomic read
    f = stop_flag;
    return f;
}

static void raise_stop(void)
{
    stop_flag = 1;
}
//@ is critical_pair: unprotected
static int stopped(void)
{
    int f;
#pragma omp critical(stop)
    f = stop_flag;
    return f;
}

static void raise_stop(void)
{
#pragma omp critical(stop)
    stop_flag = 1;
}
//@ end

static void remember(int i)
{
//@ slot smallest on where_found
//@ is critical: unprotected
#pragma omp critical(where)
    {
        if (i < where_found)
            where_found = i;
    }
//@ is test_then_critical: racy
    if (i < where_found) {
#pragma omp critical(where)
        where_found = i;
    }
//@ is compare_atomic: conflicting
#pragma omp atomic compare
    where_found = i < where_found ? i : where_found;
//@ is bare: racy
    if (i < where_found)
        where_found = i;
//@ end
}

static void search_range(unsigned key, int lo, int hi)
{
    long seen = 0;
    int mine = 0, found = 0;
    for (int i = lo; i < hi && mine < 12; i++) {
        seen++;
        if (seen % 64 == 0 && stopped())
            mine++;
        if (table[i] == key) {
            remember(i);
            raise_stop();
            found++;
        }
    }
//@ slot tally on hits
//@ is atomic: conflicting
#pragma omp atomic
    hits += found;
//@ is plain: racy
    hits += found;
//@ is guarded: concurrent
    if (omp_get_thread_num() == 0)
        hits += found;
//@ is two_guarded: racy
    if (omp_get_thread_num() < 2)
        hits += found;
//@ end
#pragma omp atomic
    probes += seen;
}

int main(int argc, char **argv)
{
    unsigned key = argc > 1 ? (unsigned)atoi(argv[1]) : 123456789u;
    table_init(key);
#pragma omp parallel num_threads(TEAM)
    {
        const int id = omp_get_thread_num();
        search_range(key, id * (ROWS / TEAM), (id + 1) * (ROWS / TEAM));
    }
    printf("first %d hits %s probes %s\n", where_found, hits ? "some" : "none", probes > 0 ? "yes" : "no");
    return where_found == INT_MAX;
}
