#include <pthread.h>
#include <signal.h>
#include <errno.h>
#include <stdlib.h>
#include <stdio.h>
#include <unistd.h>
#include <string.h>
#include <semaphore.h>
static int *cell;
static _Thread_local int mine;
static int *shared_tls;
static sem_t go, done;
static pthread_rwlock_t doors[2] = {PTHREAD_RWLOCK_INITIALIZER, PTHREAD_RWLOCK_INITIALIZER};
static pthread_mutex_t once_more;
static int fd;
static void *drop(void *p) { free(p); return 0; }
static void *use(void *p) { usleep(100000); int *q = p; *q = 1; return 0; }
static void *tls(void *p) { mine = 1; __atomic_store_n(&shared_tls, &mine, __ATOMIC_RELAXED); sleep(1); (void)p; return 0; }
static void *shut(void *p) { close(*(int *)p); return 0; }
static void *names(void *p) { pthread_setname_np(pthread_self(), "sorter one"); *cell = 2; (void)p; return 0; }
static void *forget(void *p) { pthread_mutex_lock(p); return 0; }
static void *copy(void *p) { memcpy(p, "hello, world", 12); return 0; }
static void handler(int s) { (void)s; errno = 3; }
int main(void) {
  pthread_t t, u;
  int *block = malloc(40);
  pthread_create(&t, 0, drop, block);
  pthread_create(&u, 0, use, block);
  pthread_join(t, 0); pthread_join(u, 0);
  cell = calloc(4, 4);
  pthread_create(&t, 0, names, 0);
  *cell = 3;
  pthread_join(t, 0);
  pthread_create(&t, 0, tls, 0);
  int *q;
  while (!(q = __atomic_load_n(&shared_tls, __ATOMIC_RELAXED))) ;
  *q = 7;
  pthread_join(t, 0);
  fd = dup(1);
  pthread_create(&t, 0, shut, &fd);
  usleep(50000);
  if (write(fd, "x", 1) < 0) puts("gone");
  pthread_join(t, 0);
  char *text = malloc(100);
  pthread_create(&t, 0, copy, text);
  strcpy(text, "other");
  pthread_join(t, 0);
  pthread_rwlock_rdlock(&doors[0]); pthread_rwlock_wrlock(&doors[1]);
  pthread_rwlock_unlock(&doors[1]); pthread_rwlock_unlock(&doors[0]);
  pthread_rwlock_rdlock(&doors[1]); pthread_rwlock_wrlock(&doors[0]);
  pthread_rwlock_unlock(&doors[0]); pthread_rwlock_unlock(&doors[1]);
  pthread_mutex_lock(&once_more);
  pthread_mutex_unlock(&once_more);
  pthread_create(&t, 0, forget, &once_more);
  pthread_join(t, 0);
  pthread_mutex_unlock(&once_more);
  sem_init(&go, 0, 0);
  sem_destroy(&go);
  signal(SIGUSR1, handler);
  raise(SIGUSR1);
  return 0;
}
