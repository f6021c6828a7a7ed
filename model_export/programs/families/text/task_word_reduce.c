//@ family: task_word_reduce
//@ domain: text
//@ problem: Count words, vowels and the longest word of a text by tasks over its paragraphs.
//@ param NT: 3 | 4
//@ param PARAS: 48 | 72
//@ param COUNTER: long | int
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define PARA_LEN 900

typedef @COUNTER@ counter_t;

static char text[@PARAS@][PARA_LEN + 1];

static counter_t count_words(const char *p) {
  counter_t n = 0;
  int in_word = 0;
  for (; *p; p++) {
    int letter = *p != ' ' && *p != '\n';
    n += letter && !in_word;
    in_word = letter;
  }
  return n;
}

static counter_t count_vowels(const char *p) {
  counter_t n = 0;
  for (; *p; p++)
    n += *p == 'a' || *p == 'e' || *p == 'i' || *p == 'o' || *p == 'u';
  return n;
}

static int longest_run(const char *p) {
  int best = 0, run = 0;
  for (; *p; p++) {
    run = *p == ' ' ? 0 : run + 1;
    best = run > best ? run : best;
  }
  return best;
}

static void fill(void) {
  unsigned s = 9u;
  for (int k = 0; k < @PARAS@; k++)
    for (int i = 0; i < PARA_LEN; i++) {
      s = s * 69069u + 1u;
      text[k][i] = (s >> 24) % 6 == 0 && i > k ? ' ' : (char)('a' + (s >> 16) % 26);
    }
}

int main(void) {
  counter_t words = 0, vowels = 0;
  int longest = 0;
  fill();
#pragma omp parallel num_threads(@NT@)
#pragma omp single
  {
//@ slot words on words
//@ is in_reduction: unprotected
#pragma omp taskgroup task_reduction(+ : words)
    for (int k = 0; k < @PARAS@; k++) {
#pragma omp task in_reduction(+ : words)
      words += count_words(text[k]);
    }
//@ is not_joined: racy
#pragma omp taskgroup
    for (int k = 0; k < @PARAS@; k++) {
#pragma omp task
      words += count_words(text[k]);
    }
//@ is local_then_atomic: conflicting
#pragma omp taskgroup
    for (int k = 0; k < @PARAS@; k++) {
#pragma omp task
      {
        counter_t mine = count_words(text[k]);
#pragma omp atomic
        words += mine;
      }
    }
//@ is local_then_add: racy
#pragma omp taskgroup
    for (int k = 0; k < @PARAS@; k++) {
#pragma omp task
      {
        counter_t mine = count_words(text[k]);
        words += mine;
      }
    }
//@ is copied: same-location
#pragma omp taskgroup
    for (int k = 0; k < @PARAS@; k++) {
#pragma omp task firstprivate(words)
      {
        words += count_words(text[k]);
        text[k][0] = (char)('a' + words % 26);
      }
    }
//@ end
//@ slot vowels on vowels
//@ is loop_reduction: unprotected
#pragma omp taskloop reduction(+ : vowels) grainsize(2)
    for (int k = 0; k < @PARAS@; k++)
      vowels += count_vowels(text[k]);
//@ is loop_shared: racy
#pragma omp taskloop shared(vowels) grainsize(2)
    for (int k = 0; k < @PARAS@; k++)
      vowels += count_vowels(text[k]);
//@ is loop_atomic: conflicting
#pragma omp taskloop shared(vowels) grainsize(2)
    for (int k = 0; k < @PARAS@; k++) {
      counter_t mine = count_vowels(text[k]);
#pragma omp atomic
      vowels += mine;
    }
//@ is undeferred: concurrent
#pragma omp taskloop shared(vowels) grainsize(2) if (0)
    for (int k = 0; k < @PARAS@; k++)
      vowels += count_vowels(text[k]);
//@ end
//@ slot longest on longest
//@ is max_reduction: unprotected
#pragma omp taskloop reduction(max : longest) num_tasks(16)
    for (int k = 0; k < @PARAS@; k++) {
      int run = longest_run(text[k]);
      longest = run > longest ? run : longest;
    }
//@ is shared_max: racy
#pragma omp taskloop num_tasks(16)
    for (int k = 0; k < @PARAS@; k++) {
      int run = longest_run(text[k]);
      longest = run > longest ? run : longest;
    }
//@ is guarded_max: unprotected
#pragma omp taskloop num_tasks(16)
    for (int k = 0; k < @PARAS@; k++) {
      int run = longest_run(text[k]);
#pragma omp critical
      longest = run > longest ? run : longest;
    }
//@ end
  }
  printf("words %ld vowels %ld longest %d\n", (long)words, (long)vowels, longest);
  return 0;
}
