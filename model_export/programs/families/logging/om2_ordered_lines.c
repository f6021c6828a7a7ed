//@ family: om2_ordered_lines
//@ domain: logging
//@ problem: Format log records in parallel and write them to one buffer in the order of the loop.
//@ param N: 160 | 240
#include <stdio.h>
#include <string.h>

#define LINES @N@

struct sink {
    char  text[LINES * 40];
    int   used;
    int   lines;
    int   longest;
};

static struct sink sink;
static int previous_level;

static int format(char *out, int cap, int i)
{
    return snprintf(out, (size_t)cap, "%04d unit %d took %d us\n", i, i % 7, (i * 37) % 991);
}

static void put(struct sink *s, const char *line, int n)
{
    memcpy(s->text + s->used, line, (size_t)n);
    s->used += n;
}

int main(void)
{
#pragma omp parallel for ordered schedule(static, 2) num_threads(4)
    for (int i = 0; i < LINES; i++) {
        char line[40];
        const int n = format(line, sizeof line, i);
        const int level = (i * 5) % 4;

//@ slot level on previous_level
//@ is local: same-location
        const int rise = level > (i * 5 + 3) % 4;
//@ is before_ordered: racy
        const int rise = level > previous_level;
//@ is in_ordered: unordered
        int rise = 0;
//@ is critical: unprotected
        int rise;
#pragma omp critical(level)
        {
            rise = level > previous_level;
            previous_level = level;
        }
//@ end
//@ slot put on used
//@ is ordered: unordered
#pragma omp ordered
        {
//@ is count_first: racy
        if (sink.used + n > (int)sizeof sink.text)
            continue;
#pragma omp ordered
        {
//@ is length_outside: racy
        const int at = sink.used;
        if (at < 0)
            line[0] = '#';
#pragma omp ordered
        {
//@ is ordered_with_critical: unordered
#pragma omp ordered
#pragma omp critical(put)
        {
//@ end
            put(&sink, line, n);
//@ slot level
//@ is before_ordered
            previous_level = level;
//@ is in_ordered
            rise = level > previous_level;
            previous_level = level;
//@ end
        }
//@ slot tally on lines
//@ is atomic: conflicting
#pragma omp atomic
        sink.lines += 1 + rise;
//@ is bare: racy
        sink.lines += 1 + rise;
//@ is longest_in_critical: unprotected
#pragma omp critical(tally)
        {
            sink.lines += 1 + rise;
            if (n > sink.longest)
                sink.longest = n;
        }
//@ end
    }
    printf("%d bytes, %d lines, %d\n", sink.used, sink.lines, sink.longest);
    fwrite(sink.text, 1, 40, stdout);
    return 0;
}
