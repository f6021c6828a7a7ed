//@ family: kt_postings_runs
//@ domain: indexing
//@ problem: Documents are split over a team that collects postings into runs; runs are merged into one index per term.
//@ param DOCS: 120 | 200
//@ param TERMS: 32 | 48
#include <omp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS 24
#define TEAM 4
#define RUN_MAX (WORDS * 256)

struct posting {
    int term, doc;
};

struct run {
    struct posting *post;
    int used;
};

static struct run runs[TEAM];
static int df[@TERMS@];
static long total_len;
static int longest;
static omp_lock_t df_lock[8];

static int word_at(int doc, int w)
{
    return (doc * 7 + w * w + doc / 3) % @TERMS@;
}

static int length_of(int doc)
{
    return WORDS / 2 + doc % (WORDS / 2);
}

static void count_term(int term)
{
//@ slot df on df
//@ is lock_by_term: unprotected
    omp_set_lock(&df_lock[term % 8]);
    df[term]++;
    omp_unset_lock(&df_lock[term % 8]);
//@ is lock_by_thread: racy
    omp_set_lock(&df_lock[omp_get_thread_num() % 8]);
    df[term]++;
    omp_unset_lock(&df_lock[omp_get_thread_num() % 8]);
//@ is gnu_builtin: conflicting
    __atomic_fetch_add(&df[term], 1, __ATOMIC_RELAXED);
//@ is orphan_atomic: conflicting
    #pragma omp atomic update
    df[term]++;
//@ is read_atomic_write: racy
    int now;
    #pragma omp atomic read
    now = df[term];
    df[term] = now + 1;
//@ end
}

static void scan_doc(int doc, struct run *r)
{
    unsigned char seen[@TERMS@];

    memset(seen, 0, sizeof seen);
    for (int w = 0; w < length_of(doc); w++) {
        int term = word_at(doc, w);
        if (seen[term]++)
            continue;
        if (r->used < RUN_MAX)
            r->post[r->used++] = (struct posting){ term, doc };
        count_term(term);
    }
}

//@ slot engine
//@ is loop: neutral
static void build(void)
{
    #pragma omp parallel for schedule(static) num_threads(TEAM)
    for (int d = 0; d < @DOCS@; d++)
        scan_doc(d, &runs[omp_get_thread_num()]);
}
//@ is region: neutral
static void build(void)
{
    #pragma omp parallel num_threads(TEAM)
    {
        int me = omp_get_thread_num(), n = omp_get_num_threads();
        for (int d = me; d < @DOCS@; d += n)
            scan_doc(d, &runs[me]);
    }
}
//@ is tasks: neutral
static void build(void)
{
    #pragma omp parallel num_threads(TEAM)
    #pragma omp single
    for (int block = 0; block < TEAM; block++) {
        #pragma omp task firstprivate(block)
        for (int d = block; d < @DOCS@; d += TEAM)
            scan_doc(d, &runs[block]);
    }
}
//@ end

static void lengths(void)
{
    long total = 0;
    int best = 0;

//@ slot length on total
//@ is reduction: unprotected
    #pragma omp parallel for reduction(+ : total) num_threads(TEAM)
    for (int d = 0; d < @DOCS@; d++)
        total += length_of(d);
//@ is shared_sum: racy
    #pragma omp parallel for shared(total) num_threads(TEAM)
    for (int d = 0; d < @DOCS@; d++)
        total += length_of(d);
//@ is reduction_of_other: racy
    int count = 0;
    #pragma omp parallel for reduction(+ : count) num_threads(TEAM)
    for (int d = 0; d < @DOCS@; d++) {
        count++;
        total += length_of(d);
    }
//@ is part_then_critical: unprotected
    #pragma omp parallel num_threads(TEAM)
    {
        long part = 0;
        #pragma omp for nowait
        for (int d = 0; d < @DOCS@; d++)
            part += length_of(d);
        #pragma omp critical(lengths)
        total += part;
    }
//@ end
    total_len = total;
//@ slot longest on best
//@ is max_reduction: unprotected
    #pragma omp parallel for reduction(max : best) num_threads(TEAM)
    for (int d = 0; d < @DOCS@; d++)
        best = length_of(d) > best ? length_of(d) : best;
//@ is peek_outside: racy
    #pragma omp parallel for num_threads(TEAM)
    for (int d = 0; d < @DOCS@; d++)
        if (length_of(d) > best) {
            #pragma omp critical(longest)
            best = length_of(d);
        }
//@ is whole_test_inside: unprotected
    #pragma omp parallel for num_threads(TEAM)
    for (int d = 0; d < @DOCS@; d++) {
        #pragma omp critical(longest)
        if (length_of(d) > best)
            best = length_of(d);
    }
//@ is two_names: racy
    #pragma omp parallel num_threads(TEAM)
    {
        #pragma omp for nowait
        for (int d = 0; d < @DOCS@ / 2; d++) {
            #pragma omp critical(first_half)
            best = length_of(d) > best ? length_of(d) : best;
        }
        #pragma omp for
        for (int d = @DOCS@ / 2; d < @DOCS@; d++) {
            #pragma omp critical(second_half)
            best = length_of(d) > best ? length_of(d) : best;
        }
    }
//@ end
    longest = best;
}

struct merge_job {
    int term;
    unsigned sum;
};

static void *merge_term(void *arg)
{
    struct merge_job *j = arg;

    for (int r = 0; r < TEAM; r++)
        for (int i = 0; i < runs[r].used; i++)
            if (runs[r].post[i].term == j->term)
                j->sum += (unsigned)runs[r].post[i].doc;
    return NULL;
}

static unsigned serial_sum(int *terms)
{
    unsigned sum = 0;

    for (int d = 0; d < @DOCS@; d++) {
        unsigned char seen[@TERMS@] = { 0 };
        for (int w = 0; w < length_of(d); w++)
            if (!seen[word_at(d, w)]++) {
                ++*terms;
                sum += word_at(d, w) < TEAM ? (unsigned)d : 0;
            }
    }
    return sum;
}

int main(void)
{
    struct merge_job job[TEAM];
    pthread_t tid[TEAM];
    unsigned sum = 0;
    int terms = 0, want = 0;

    for (int i = 0; i < 8; i++)
        omp_init_lock(&df_lock[i]);
    for (int r = 0; r < TEAM; r++)
        runs[r].post = malloc(sizeof(struct posting) * RUN_MAX);
    build();
    lengths();
    for (int i = 0; i < TEAM; i++) {
        job[i] = (struct merge_job){ i, 0 };
        pthread_create(&tid[i], NULL, merge_term, &job[i]);
    }
    for (int i = 0; i < TEAM; i++) {
        pthread_join(tid[i], NULL);
        sum += job[i].sum;
    }
    for (int t = 0; t < @TERMS@; t++)
        terms += df[t];
    unsigned serial = serial_sum(&want);
    printf("sum %u serial %u terms %d of %d longest %d len %ld\n", sum, serial, terms, want,
           longest, total_len);
    for (int r = 0; r < TEAM; r++)
        free(runs[r].post);
    return 0;
}
