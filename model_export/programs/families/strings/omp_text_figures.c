//@ family: omp_text_figures
//@ domain: strings
//@ problem: Figures about a text (letters, vowels, longest word) computed by independent sections and a parallel line loop.
//@ param LINES: 240 | 400
//@ param NT: 2 | 3
#include <stdio.h>
#include <string.h>
#include <ctype.h>
#include <omp.h>

#define LINES @LINES@
#define WIDTH 48

static char text[LINES][WIDTH];
static int line_len[LINES];
static struct {
    long letters;
    long vowels;
    long visits;
    int longest;
    int longest_line;
} fig;

static void write_text(void)
{
    static const char *const words[] = { "river", "oak", "morning", "a", "lighthouse", "ink" };
    for (int l = 0; l < LINES; l++) {
        text[l][0] = '\0';
        for (int w = 0; w < 4; w++) {
            strcat(text[l], words[(l * 5 + w * 3 + l / 7) % 6]);
            strcat(text[l], w < 3 ? " " : "");
        }
    }
}

static int vowel(char c)
{
    return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u';
}

static void sections_pass(void)
{
#pragma omp parallel sections num_threads(2)
    {
#pragma omp section
        {
            long letters = 0;
            for (int l = 0; l < LINES; l++) {
                for (const char *p = text[l]; *p; p++)
                    letters += isalpha((unsigned char)*p) != 0;
//@ slot visit on visits
//@ is both_atomic: conflicting
#pragma omp atomic
                fig.visits++;
//@ is plain: racy
                fig.visits++;
//@ is half: racy
#pragma omp atomic
                fig.visits++;
//@ is first: concurrent
                fig.visits = 2L * (l + 1);
//@ is both_critical: unprotected
#pragma omp critical(visits)
                fig.visits++;
//@ end
            }
            fig.letters = letters;
        }
#pragma omp section
        {
            long vowels = 0;
            for (int l = 0; l < LINES; l++) {
                for (const char *p = text[l]; *p; p++)
                    vowels += vowel(*p);
//@ slot visit
//@ is both_atomic
#pragma omp atomic
                fig.visits++;
//@ is plain
                fig.visits++;
//@ is half
                fig.visits++;
//@ is both_critical
#pragma omp critical(visits)
                fig.visits++;
//@ end
            }
            fig.vowels = vowels;
        }
    }
}

static void longest_pass(void)
{
#pragma omp parallel num_threads(@NT@)
    {
        int best = 0, where = 0;
//@ slot lengths on line_len
//@ is nowait_same_index: same-location
#pragma omp for schedule(static) nowait
        for (int l = 0; l < LINES; l++)
            line_len[l] = (int)strlen(text[l]);
#pragma omp for schedule(static) nowait
        for (int l = 0; l < LINES; l++)
            if (line_len[l] > best) {
                best = line_len[l];
                where = l;
            }
//@ is nowait_other_index: racy
#pragma omp for schedule(static) nowait
        for (int l = 0; l < LINES; l++)
            line_len[l] = (int)strlen(text[l]);
#pragma omp for schedule(static) nowait
        for (int l = 0; l < LINES; l++)
            if (line_len[LINES - 1 - l] > best) {
                best = line_len[LINES - 1 - l];
                where = LINES - 1 - l;
            }
//@ is barrier_other_index: unordered
#pragma omp for schedule(static)
        for (int l = 0; l < LINES; l++)
            line_len[l] = (int)strlen(text[l]);
#pragma omp for schedule(static) nowait
        for (int l = 0; l < LINES; l++)
            if (line_len[LINES - 1 - l] > best) {
                best = line_len[LINES - 1 - l];
                where = LINES - 1 - l;
            }
//@ is nowait_other_schedule: racy
#pragma omp for schedule(static) nowait
        for (int l = 0; l < LINES; l++)
            line_len[l] = (int)strlen(text[l]);
#pragma omp for schedule(static, 5) nowait
        for (int l = 0; l < LINES; l++)
            if (line_len[l] > best) {
                best = line_len[l];
                where = l;
            }
//@ end
//@ slot winner on longest
//@ is critical: unprotected
#pragma omp critical
        if (best > fig.longest) {
            fig.longest = best;
            fig.longest_line = where;
        }
//@ is write_critical: racy
        if (best > fig.longest) {
#pragma omp critical
            {
                fig.longest = best;
                fig.longest_line = where;
            }
        }
//@ is recheck: racy
        if (best > fig.longest) {
#pragma omp critical
            if (best > fig.longest) {
                fig.longest = best;
                fig.longest_line = where;
            }
        }
//@ is atomic_precheck: racy
        int seen;
#pragma omp atomic read
        seen = fig.longest;
        if (best >= seen) {
#pragma omp critical
            if (best >= fig.longest) {
                fig.longest = best;
                fig.longest_line = where;
            }
        }
//@ is lock_free_single: concurrent
#pragma omp single
        {
            fig.longest = best;
            fig.longest_line = where;
        }
//@ end
    }
}

int main(void)
{
    write_text();
    sections_pass();
    longest_pass();
    printf("%ld letters %ld vowels %ld visits, longest %d at %d\n", fig.letters, fig.vowels,
           fig.visits, fig.longest, fig.longest_line);
    return 0;
}
