//@ family: om2_shared_statics
//@ domain: strings
//@ problem: Normalise many labels with small helpers that keep work buffers, tables and counters of their own.
//@ param L: 200 | 360
//@ param NT: 3 | 4
#include <stdio.h>
#include <string.h>
#include <ctype.h>

enum { LABELS = @L@, WIDTH = 24 };

static char label[LABELS][WIDTH];
static unsigned digest[LABELS];
static int table_ready;
static unsigned char fold[128];

static void build_fold(void)
{
    for (int c = 0; c < 128; c++)
        fold[c] = (unsigned char)tolower(c);
    table_ready = 1;
}

static unsigned normalise(char *s)
{
//@ slot buffer on work
//@ is automatic: same-location
    char work[WIDTH];
//@ is static: racy
    static char work[WIDTH];
//@ is thread_local: same-location
    static _Thread_local char work[WIDTH];
//@ is static_critical: unprotected
    static char work[WIDTH];
//@ is static_rows: racy
    static char rows[2][WIDTH];
    char *work = rows[s[0] & 1];
//@ end
    unsigned h = 5381;
//@ slot buffer
//@ is static_critical
#pragma omp critical(normalise)
    {
//@ end
    size_t n = 0;
    for (const char *p = s; *p && n < WIDTH - 1; p++)
        if (!isspace((unsigned char)*p))
            work[n++] = (char)fold[*p & 127];
    work[n] = 0;
    memcpy(s, work, n + 1);
    for (size_t k = 0; k < n; k++)
        h = h * 33 + (unsigned char)work[k];
//@ slot buffer
//@ is static_critical
    }
//@ end
    return h;
}

static int call_number(void)
{
//@ slot number on calls
//@ is static: racy
    static int calls;
    return ++calls;
//@ is static_capture: conflicting
    static int calls;
    int n;
#pragma omp atomic capture
    n = ++calls;
    return n;
//@ is threadprivate: same-location
    static int calls;
#pragma omp threadprivate(calls)
    return ++calls;
//@ is static_update_then_return: racy
    static int calls;
#pragma omp atomic
    ++calls;
    return calls;
//@ end
}

int main(void)
{
    int most = 0;
    for (int i = 0; i < LABELS; i++)
        snprintf(label[i], WIDTH, "%c Label  %d X", 'A' + i % 26, i * 7);
    build_fold();
#pragma omp parallel for num_threads(@NT@) reduction(max : most)
    for (int i = 0; i < LABELS; i++) {
        digest[i] = normalise(label[i]);
        const int n = call_number();
        most = n > most ? n : most;
    }
    unsigned x = 0;
    for (int i = 0; i < LABELS; i++)
        x ^= digest[i];
    printf("%08x %d %d\n", x, most, table_ready);
    return 0;
}
