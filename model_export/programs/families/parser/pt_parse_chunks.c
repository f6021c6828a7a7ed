//@ family: pt_parse_chunks
//@ domain: parser
//@ problem: A text of key=value records is cut into chunks that threads parse into per-chunk results.
//@ param NT: 3 | 4
//@ param RECORDS: 800 | 1600
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NCHUNKS @NT@
#define RECORD_LEN 8

typedef struct {
    int lo;
    int hi;
    int index;
    long sum;
    int bad;
} chunk_t;

static char *text;
static int *values;
static char strictness;
static long bad_records;
static int names[NCHUNKS];
static int next_chunk;
static pthread_mutex_t bad_mutex = PTHREAD_MUTEX_INITIALIZER;

static void write_record(char *at, int i)
{
    at[0] = (char)('a' + i % 26);
    at[1] = '=';
    for (int d = 5; d >= 2; d--) {
        at[d] = (char)('0' + i % 10);
        i /= 10;
    }
    at[6] = i % 3 ? ';' : '\n';
    at[7] = ' ';
}

static int parse_record(const char *at, int *value)
{
    int v = 0;

    if (at[1] != '=')
        return -1;
    for (int d = 2; d < 6; d++) {
        if (at[d] < '0' || at[d] > '9')
            return -1;
        v = v * 10 + (at[d] - '0');
    }
    *value = v;
    return strictness && v % 7 == 0 ? -1 : 0;
}

static void report_bad(chunk_t *c)
{
//@ slot bad on bad_records
//@ is locked: unprotected
    pthread_mutex_lock(&bad_mutex);
    bad_records++;
    pthread_mutex_unlock(&bad_mutex);
    c->bad++;
//@ is per_chunk: concurrent
    c->bad++;
//@ is bare: racy
    bad_records++;
    c->bad++;
//@ is last_chunk_bare: racy
    if (c->index == NCHUNKS - 1) {
        bad_records++;
    } else {
        pthread_mutex_lock(&bad_mutex);
        bad_records++;
        pthread_mutex_unlock(&bad_mutex);
    }
    c->bad++;
//@ end
}

static void parse_chunk(chunk_t *c)
{
    for (int i = c->lo; i < c->hi; i++) {
        int v = 0;
        if (parse_record(text + i * RECORD_LEN, &v) < 0)
            report_bad(c);
//@ slot val on values
//@ is own_record: same-location
        values[i] += v;
//@ is next_record: racy
        values[i] += v;
        values[i + 1] -= v / 2;
//@ is modulo: racy
        values[i % 50] += v;
//@ is packed_per_chunk: same-location
        values[c->lo + i * NCHUNKS % (c->hi - c->lo)] += v;
//@ is inclusive_end: racy
        values[i] += v;
        if (i + 1 == c->hi)
            for (int k = c->lo; k <= c->hi; k++)
                values[k] += 1;
//@ end
        c->sum += v;
    }
}

static chunk_t chunks[NCHUNKS];

static void *parse_thread(void *arg)
{
    int mine = __atomic_fetch_add(&next_chunk, 1, __ATOMIC_RELAXED);
    chunk_t *c = &chunks[mine];
    int named;

//@ slot name on t, names
//@ is own_element: same-location
    named = *(int *)arg;
//@ is counter_address: racy
    named = *(int *)arg;
//@ is by_value: concurrent
    named = (int)(long)arg;
//@ is last_slot_reused: racy
    named = *(int *)arg;
//@ end
    parse_chunk(c);
    c->sum += named >= 0 ? 0 : 1;
    return NULL;
}

int main(void)
{
    pthread_t tid[NCHUNKS];
    long sum = 0;

    text = malloc(@RECORDS@ * RECORD_LEN + 1);
    values = calloc(@RECORDS@ + 1, sizeof *values);
    strictness = 1;
    for (int i = 0; i < @RECORDS@; i++)
        write_record(text + i * RECORD_LEN, i);
    for (int i = 0; i < NCHUNKS; i++) {
        chunks[i].lo = @RECORDS@ / NCHUNKS * i;
        chunks[i].hi = i == NCHUNKS - 1 ? @RECORDS@ : @RECORDS@ / NCHUNKS * (i + 1);
        chunks[i].index = i;
    }
    for (int t = 0; t < NCHUNKS; t++) {
//@ slot name
//@ is own_element
        names[t] = t;
        pthread_create(&tid[t], NULL, parse_thread, &names[t]);
//@ is counter_address
        pthread_create(&tid[t], NULL, parse_thread, &t);
//@ is by_value
        pthread_create(&tid[t], NULL, parse_thread, (void *)(long)t);
//@ is last_slot_reused
        names[0] = t;
        pthread_create(&tid[t], NULL, parse_thread, &names[0]);
//@ end
    }
    for (int i = 0; i < NCHUNKS; i++)
        pthread_join(tid[i], NULL);
    for (int i = 0; i < NCHUNKS; i++) {
        sum += chunks[i].sum;
//@ slot bad
//@ is per_chunk
        bad_records += chunks[i].bad;
//@ end
    }
    printf("sum %ld bad %d\n", sum, bad_records > 0);
    free(text);
    free(values);
    return 0;
}
