#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CREDIT(acc, n) ((acc)->balance += (n))

struct account {
  long balance;
  int dirty;
};

static struct account book;
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t other = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;
static atomic_int ticket;
static char *note;
static int posted;

static inline __attribute__((always_inline)) void mark(struct account *a) {
  a->dirty = 1;
}

static inline __attribute__((always_inline)) void settle(struct account *a) {
  mark(a);
}

static void *clerk(void *arg) {
  pthread_mutex_lock(&guard);
  CREDIT(&book, 5);
  settle(&book);
  pthread_mutex_unlock(&guard);
  (void)arg;
  return NULL;
}

static void *auditor(void *arg) {
  pthread_mutex_lock(&other);
  pthread_rwlock_rdlock(&table);
  CREDIT(&book, 7);
  mark(&book);
  pthread_rwlock_unlock(&table);
  pthread_mutex_unlock(&other);
  (void)arg;
  return NULL;
}

static void *counter(void *arg) {
  atomic_fetch_add((atomic_int *)arg, 1);
  return NULL;
}

static void *reader(void *arg) {
  char *mine = note;
  if (mine) mine[1] = 'x';
  (void)arg;
  return NULL;
}

static void *local(void *arg) {
  *(int *)arg += 1;
  return NULL;
}

static void *late(void *arg) {
  sleep(1);
  posted = 2;
  (void)arg;
  return NULL;
}

static void races(void) {
  pthread_t a, b;
  int mine = 0;
  pthread_create(&a, NULL, clerk, NULL);
  pthread_create(&b, NULL, auditor, NULL);
  pthread_join(a, NULL);
  pthread_join(b, NULL);
  pthread_create(&a, NULL, counter, &ticket);
  printf("ticket %d\n", *(volatile int *)&ticket);
  *(volatile int *)&ticket = 4;
  pthread_join(a, NULL);
  note = malloc(16);
  strcpy(note, "abc");
  pthread_create(&a, NULL, reader, NULL);
  usleep(200000);
  free(note);
  pthread_join(a, NULL);
  pthread_create(&a, NULL, local, &mine);
  mine += 2;
  pthread_join(a, NULL);
  pthread_create(&a, NULL, late, NULL);
  posted = 1;
  pthread_join(a, NULL);
}

static void locks(void) {
  pthread_mutex_t *m = malloc(sizeof *m);
  pthread_mutex_lock(&guard);
  pthread_mutex_lock(&other);
  pthread_mutex_unlock(&other);
  pthread_mutex_unlock(&guard);
  pthread_mutex_lock(&other);
  pthread_mutex_lock(&guard);
  pthread_mutex_unlock(&guard);
  pthread_mutex_unlock(&other);
  pthread_mutex_init(m, NULL);
  pthread_mutex_destroy(m);
  pthread_mutex_lock(m);
  pthread_mutex_unlock(&table == NULL ? m : &guard);
  free(m);
  static pthread_mutex_t twice;
  pthread_mutex_init(&twice, NULL);
  pthread_mutex_lock(&twice);
  pthread_mutex_destroy(&twice);
}

int main(int argc, char **argv) {
  pthread_t lost;
  (void)argv;
  if (argc > 1) locks(); else races();
  pthread_create(&lost, NULL, counter, &ticket);
  usleep(100000);
  return 0;
}
